"""What capture costs beyond a browser that plays the same page uncaptured; medians of interleaved pairs.

    .venv/bin/python tests/benchmarks/capture_cost.py [--pairs 5] [--seconds 60]

The same browser, flags and page both times. CPU seconds of all processes of a side (browser, driver, ours), per minute
of room time, from 5 s after the room was entered. Reading is off: it is a process of its own. Bar: 15 CPU-s more.
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
from typing import Any

from tests.harness.cost import TreeCost, cpu_between
from tests.harness.room import Room, simulated_room, start_watch, wait_for_event

BAR = 15.0
SETTLE = 5.0
_PLAIN = """
import asyncio, sys
from crawler.browser import Browser, Seat
from crawler.setup import browser_executable
async def main():
    async with Browser(browser_executable(), Seat()) as browser:
        await browser.page.goto(sys.argv[1])
        print("playing", flush=True)
        await asyncio.sleep(float(sys.argv[2]))
asyncio.run(main())
"""


def uncaptured(room: Room, seconds: float) -> float:
    """CPU seconds per minute of a browser that only plays the room."""
    command = [sys.executable, "-c", _PLAIN, room.url, str(seconds + SETTLE + 20)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "playing"
        return _minute(process.pid, seconds)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def captured(room: Room, seconds: float) -> float:
    """CPU seconds per minute of a watch without reading."""
    with tempfile.TemporaryDirectory(prefix="livewitness-bench-") as folder:
        process = start_watch(room.url, Path(folder) / "store", "--for", f"{seconds + SETTLE + 20:g}s", "--no-read")
        try:
            wait_for_event(process, "entry", type="screen")
            return _minute(process.pid, seconds)
        finally:
            process.terminate()
            process.communicate(timeout=20)


def _minute(pid: int, seconds: float) -> float:
    cost = TreeCost(pid)
    time.sleep(SETTLE)
    used = cpu_between(cost, seconds)
    cost.stop()
    return used / seconds * 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    pairs: list[dict[str, Any]] = []
    with simulated_room() as room:
        for _ in range(options.pairs):
            plain, kept = uncaptured(room, options.seconds), captured(room, options.seconds)
            pairs.append(
                {"uncaptured": round(plain, 2), "captured": round(kept, 2), "more": round(kept - plain, 2),
                 "load": round(os.getloadavg()[0], 2)}
            )  # fmt: skip
    more = statistics.median(pair["more"] for pair in pairs)
    ratio = statistics.median(pair["captured"] / pair["uncaptured"] for pair in pairs)
    figures = {"benchmark": "capture_cost", "unit": "CPU-s per room-minute", "pairs": pairs, "more_median": more,
               "ratio_median": round(ratio, 3), "bar": BAR, "met": {"at most 15 CPU-s more": more <= BAR}}  # fmt: skip
    print(json.dumps(figures, indent=1))
    return 0 if more <= BAR else 1


if __name__ == "__main__":
    raise SystemExit(main())
