"""How fast 16 MB blobs become durable entries, beside the shell doing the same work on the same bytes.

    .venv/bin/python tests/benchmarks/store_ingest.py [--quick]

Each blob is handed to a log and its receipt awaited. The peer, at once after it and on the same bytes from a file:
`cp` + `sync FILE` + `b3sum` + `openssl dgst -sha256`, one after another as in a script (b3sum takes every core it
finds). A second figure has three blobs on their way. Ratio: the peer's time to ours, 1 = as fast. Bar: 0.6.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from evidence_store.entries import Attachment, Draft, EntryType
from evidence_store.log import LogWriter
from tests.harness.load import machine, new_log, produce, spread

SIZE, BAR = 16 << 20, 0.6
STEPS = ("cp {source} {copy}", "sync {copy}", "b3sum {copy}", "openssl dgst -sha256 {copy}")


def blob(content: bytes) -> Draft:
    segment = Attachment("segment", "video/mp4", content)
    return Draft(EntryType.MEDIA, time.time_ns(), time.monotonic_ns(), {"bytes": len(content)}, (segment,))


def one_at_a_time(writer: LogWriter, content: bytes) -> float:
    began = time.perf_counter()
    writer.submit(blob(content)).result()
    return time.perf_counter() - began


def by_the_shell(folder: Path, source: Path) -> dict[str, float]:
    """Seconds of each step."""
    copy, took = folder / "copy", {}
    for step in STEPS:
        command = step.format(source=source, copy=copy).split()
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took[command[0]] = time.perf_counter() - began
    copy.unlink()
    return took


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="8 blobs instead of 40")
    options = parser.parse_args()
    count = 8 if options.quick else 40
    ours, theirs, together, steps = [], [], [], []
    with tempfile.TemporaryDirectory(prefix="livewitness-bench-") as name, new_log(Path(name) / "store") as writer:
        folder = Path(name)
        for _ in range(count):
            content = os.urandom(SIZE)
            source = folder / "source"
            source.write_bytes(content)
            ours.append(one_at_a_time(writer, content))
            steps.append(by_the_shell(folder, source))
            theirs.append(sum(steps[-1].values()))
            del content
        for _ in range(count // 4):
            drafts = [blob(os.urandom(SIZE)) for _ in range(4)]
            together.append(produce(writer, drafts, producers=1, window=3).seconds / len(drafts))
    ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
    met = {f"at least {BAR} times the speed of cp, sync, b3sum, openssl": statistics.median(ratios) >= BAR}
    figures = {
        "benchmark": "store_ingest",
        "blob_bytes": SIZE,
        "blobs": count,
        "ours_mb_per_s": spread([SIZE / seconds / 1e6 for seconds in ours], 0),
        "shell_mb_per_s": spread([SIZE / seconds / 1e6 for seconds in theirs], 0),
        "shell_ms": {step: spread([took[step] * 1e3 for took in steps], 1) for step in steps[0]},
        "ratio": spread(ratios),
        "three_on_their_way_mb_per_s": spread([SIZE / seconds / 1e6 for seconds in together], 0),
        **machine(),
        "met": met,
    }
    print(json.dumps(figures, indent=1))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
