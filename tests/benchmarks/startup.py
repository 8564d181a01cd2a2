"""How soon the command answers, and how soon a watch has preserved its first capture.

    .venv/bin/python tests/benchmarks/startup.py [--runs 5]

Bars: `livewitness --help` under 0.5 s; first preserved capture of the room within 8 s of `watch`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.harness.room import simulated_room, start_watch, wait_for_event

COMMAND = Path(sys.executable).with_name("livewitness")


def help_seconds() -> float:
    began = time.monotonic()
    subprocess.run([COMMAND, "--help"], check=True, capture_output=True)
    return time.monotonic() - began


def first_capture_seconds(url: str) -> float:
    with tempfile.TemporaryDirectory(prefix="livewitness-bench-") as folder:
        began = time.monotonic()
        process = start_watch(url, Path(folder) / "store", "--for", "60s")
        try:
            wait_for_event(process, "entry", type="screen")
            return time.monotonic() - began
        finally:
            process.terminate()
            process.communicate(timeout=20)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    helps = [help_seconds() for _ in range(options.runs)]
    with simulated_room() as room:
        firsts = [first_capture_seconds(room.url) for _ in range(options.runs)]
    figures = {
        "benchmark": "startup",
        "help_s": [round(seconds, 3) for seconds in helps],
        "help_s_median": round(statistics.median(helps), 3),
        "first_capture_s": [round(seconds, 2) for seconds in firsts],
        "first_capture_s_median": round(statistics.median(firsts), 2),
        "load": [round(load, 2) for load in os.getloadavg()],
    }
    met = {"help under 0.5 s": statistics.median(helps) < 0.5, "first capture within 8 s": max(firsts) <= 8}
    print(json.dumps({**figures, "met": met}, indent=1))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
