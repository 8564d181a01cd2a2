"""Each fault on cue against the gap entries: is its time range covered to within two seconds?

    .venv/bin/python tests/benchmarks/fault_coverage.py [--faults chat_drop,freeze,...]

One watch of the default room with the faults one after another. A fault counts as covered when the union of all gap
ranges holds its range but for at most two seconds at either end. Resolution changes are no gap: nothing is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from tests.harness.grading import GapRange, gaps
from tests.harness.room import simulated_room, watch

SLACK_NS = 2_000_000_000
FAULTS = {
    "chat_drop": 5,
    "video_stall": 6,
    "continue_mask": 6,
    "popup_cover": 6,
    "black_video": 6,
    "chat_silent": 6,
    "freeze": 4,
    "navigate": None,
    "host_pauses": 6,
}
FIRST, APART = 12, 14


def uncovered_ns(began: int, ended: int, ranges: list[GapRange]) -> int:
    """The longest stretch of a fault's range that no gap covers."""
    longest, at = 0, began
    for gap in sorted(ranges, key=lambda gap: gap.from_ns):
        until = gap.to_ns if gap.to_ns is not None else ended
        if until <= at or gap.from_ns >= ended:
            continue
        longest = max(longest, gap.from_ns - at)
        at = max(at, until)
    return max(longest, ended - at)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faults", default=",".join(FAULTS))
    options = parser.parse_args()
    wanted = options.faults.split(",")
    rows = []
    for number, kind in enumerate(wanted):
        length = FAULTS[kind]
        for_ = f", for: {length}" if length is not None else ""
        rows.append(f"  - {{kind: {kind}, at: {FIRST + number * APART}{for_}}}")
    seconds = FIRST + len(wanted) * APART
    with tempfile.TemporaryDirectory(prefix="livewitness-bench-") as folder:
        file = Path(folder) / "scenario.yaml"
        file.write_text("base: default\nfaults:\n" + "\n".join(rows) + "\n", encoding="utf-8")
        store = Path(folder) / "store"
        with simulated_room(str(file)) as room:
            watched = watch(room.url, store, "--for", f"{seconds}s", "--no-read", limit=seconds * 2 + 60)
            truth = room.truth()
        found = gaps(store, watched.log)
    zero = truth["started_wall_ns"]
    table: list[dict[str, Any]] = []
    spans = []
    for fault in truth["faults"]:
        began = fault["from_wall_ns"]
        ended = fault["to_wall_ns"] or began
        spans.append((began, ended))
        missing = uncovered_ns(began, ended, found)
        table.append(
            {
                "fault": fault["kind"],
                "from_s": round((began - zero) / 1e9, 2),
                "to_s": round((ended - zero) / 1e9, 2),
                "uncovered_s": round(missing / 1e9, 2),
                "causes": sorted({gap.cause for gap in found if _touch(gap, began, ended)}),
                "covered": missing <= SLACK_NS,
            }
        )
    stray = [
        {"cause": gap.cause, "from_s": round((gap.from_ns - zero) / 1e9, 2)}
        for gap in found
        if not any(_touch(gap, began - SLACK_NS, ended + SLACK_NS) for began, ended in spans)
    ]
    met = {"every fault covered to 2 s": all(row["covered"] for row in table), "no gap without a fault": not stray}
    figures = {"benchmark": "fault_coverage", "exit_code": watched.code, "faults": table, "gaps_without_fault": stray,
               "load": [round(load, 2) for load in os.getloadavg()], "met": met}  # fmt: skip
    print(json.dumps(figures, indent=1))
    return 0 if all(met.values()) else 1


def _touch(gap: GapRange, began: int, ended: int) -> bool:
    return gap.from_ns <= ended and (gap.to_ns is None or gap.to_ns >= began)


if __name__ == "__main__":
    raise SystemExit(main())
