"""How fast `verify` goes over blobs, beside b3sum and openssl with as many processes; and over entries.

    .venv/bin/python tests/benchmarks/store_verify.py [--quick]

A store of 1 GB in 16 MB and 4 MB blobs and 3,000 of 20 KB is verified, and at once after it the peer goes over the same
files, by turns: `b3sum`, then `openssl dgst -sha256`, each by `xargs -P` with one process for each core (one thread
each), as verify has workers. All files are in the page cache. Ratio: the peer's time to ours, 1 = as fast. Bar: 0.7.
The second figure is a store of two logs without blobs: entries/s parsed, compared with their canonical form, chained
and put into the tree, one process for each core. The third: SHA-256 of one large file, ours against openssl's.
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
from evidence_store.hashing import digests
from evidence_store.store import Store
from evidence_store.verify.store import verify
from tests.harness.load import draft, machine, new_log, produce, spread

BAR = 0.7
CORES = os.cpu_count() or 1
FILES = "find {blobs} -type f -print0 | xargs -0 -P {cores} -n {each} {command} > {out}"
COMMANDS = ("b3sum --num-threads 1", "openssl dgst -sha256")


def store_of_blobs(root: Path, share: int) -> int:
    """A `share`-th of the full store; bytes in blobs."""
    sizes = {16 << 20: 32, 4 << 20: 128, 20_000: 3_000}
    with new_log(root) as writer:
        for size, all_of_them in sizes.items():
            count = all_of_them // share
            at_once = max(1, min(256, (32 << 20) // size))
            for at in range(0, count, at_once):
                drafts = [
                    Draft(EntryType.MEDIA, 1, 1, {}, (Attachment("segment", "video/mp4", os.urandom(size)),))
                    for _ in range(min(at_once, count - at))
                ]
                produce(writer, drafts, producers=1, window=at_once)
    return sum(path.stat().st_size for path in (root / "blobs").rglob("*") if path.is_file())


def store_of_entries(root: Path, entries: int) -> int:
    """Entries of two logs."""
    with Store.create(root) as store:
        for _ in range(2):
            writer = store.open_log("capture", case="c", subject="room", body={})
            produce(writer, [draft(n) for n in range(entries)], producers=1, window=512)
            writer.close("measured")
    return 2 * (entries + 2)


def verified(root: Path) -> float:
    began = time.perf_counter()
    report = verify(root)
    seconds = time.perf_counter() - began
    assert report.ok, report
    return seconds


def by_the_shell(blobs: Path, out: Path) -> dict[str, float]:
    """Seconds of each command over all files."""
    count = sum(1 for path in blobs.rglob("*") if path.is_file())
    took = {}
    for command in COMMANDS:
        each = min(64, -(-count // CORES))
        line = FILES.format(blobs=blobs, cores=CORES, each=each, command=command, out=out)
        began = time.perf_counter()
        subprocess.run(["sh", "-c", line], check=True)
        took[command.split()[0]] = time.perf_counter() - began
        assert len(out.read_bytes().splitlines()) == count
    return took


def large_file(path: Path, repeats: int) -> dict[str, object]:
    """MB/s over 256 MB in the page cache, one thread."""
    content = os.urandom(256 << 20)
    path.write_bytes(content)
    both, alone = [], []
    for _ in range(repeats):
        began = time.perf_counter()
        digests(content)
        both.append(len(content) / (time.perf_counter() - began) / 1e6)
        began = time.perf_counter()
        subprocess.run(["openssl", "dgst", "-sha256", path], check=True, stdout=subprocess.DEVNULL)
        alone.append(len(content) / (time.perf_counter() - began) / 1e6)
    path.unlink()
    return {"our_blake3_and_sha256_mb_per_s": spread(both, 0), "openssl_sha256_mb_per_s": spread(alone, 0)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="an eighth of the blobs, a fifth of the entries")
    options = parser.parse_args()
    repeats, entries = (3, 10_000) if options.quick else (5, 30_000)
    with tempfile.TemporaryDirectory(prefix="livewitness-bench-") as name:
        folder = Path(name)
        size = store_of_blobs(folder / "blobs", 8 if options.quick else 1)
        total = store_of_entries(folder / "entries", entries)
        ours, theirs, walks = [], [], []
        for _ in range(repeats):
            ours.append(verified(folder / "blobs"))
            theirs.append(by_the_shell(folder / "blobs" / "blobs", folder / "out"))
            walks.append(verified(folder / "entries"))
        alone = large_file(folder / "large", repeats)
    ratios = [sum(their.values()) / our for our, their in zip(ours, theirs, strict=True)]
    met = {f"at least {BAR} times the speed of b3sum and openssl": statistics.median(ratios) >= BAR}
    figures = {
        "benchmark": "store_verify",
        "blob_bytes": size,
        "ours_mb_per_s": spread([size / seconds / 1e6 for seconds in ours], 0),
        "shell_mb_per_s": spread([size / sum(their.values()) / 1e6 for their in theirs], 0),
        "shell_s": {command: spread([their[command] for their in theirs]) for command in theirs[0]},
        "ratio": spread(ratios),
        "entries": total,
        "entries_per_s": spread([total / seconds for seconds in walks], 0),
        **alone,
        **machine(),
        "met": met,
    }
    print(json.dumps(figures, indent=1))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
