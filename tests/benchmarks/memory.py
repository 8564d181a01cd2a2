"""Memory of our own process over ten minutes of the default room, reading included in the watch but not in the figure.

    .venv/bin/python tests/benchmarks/memory.py [--minutes 10]

Bar: under 50 MB of growth between the second minute (caches are warm) and the end.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import psutil

from tests.harness.room import simulated_room, start_watch, wait_for_event

WARM_MINUTES = 1.0
BAR_MB = 50.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    samples: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="livewitness-bench-") as folder, simulated_room() as room:
        seconds = options.minutes * 60
        process = start_watch(room.url, Path(folder) / "store", "--for", f"{seconds:g}s", "--no-read")
        wait_for_event(process, "entry", type="screen")
        began = time.monotonic()
        assert process.stdout is not None
        for _ in process.stdout:  # events come several times a second; the pipe must not fill
            at = time.monotonic() - began
            if not samples or at - samples[-1][0] >= 5:
                try:
                    samples.append((at, psutil.Process(process.pid).memory_info().rss / 1e6))
                except psutil.NoSuchProcess:
                    break
        process.communicate(timeout=30)
    warm = [rss for at, rss in samples if WARM_MINUTES * 60 <= at <= WARM_MINUTES * 60 + 30]
    last = [rss for at, rss in samples if seconds - 30 <= at <= seconds]
    growth = max(last) - min(warm)
    figures = {
        "benchmark": "memory",
        "minutes": options.minutes,
        "rss_mb": [[round(at), round(rss, 1)] for at, rss in samples[:: max(1, len(samples) // 20)]],
        "growth_mb": round(growth, 1),
        "load": [round(load, 2) for load in os.getloadavg()],
        "met": {"under 50 MB of growth": growth < BAR_MB},
    }
    print(json.dumps(figures, indent=1))
    return 0 if growth < BAR_MB else 1


if __name__ == "__main__":
    raise SystemExit(main())
