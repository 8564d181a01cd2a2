"""A 60 s watch of the default scenario against the room's truth: chat, media, pictures, gaps, durability, counters.

    .venv/bin/python tests/benchmarks/watch_fidelity.py [--seconds 60] [--scenario default]

One JSON object on stdout; `met` names each bar and whether it was met. Exit code 1 when one was not.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from crawler.readers.runs import chosen_run, screenshot_readings_in
from evidence_store.entries import StoredEntry
from evidence_store.store import Store
from tests.benchmarks.reading_accuracy import Shot, score
from tests.harness.grading import entries, gaps, grade_chat, grade_media
from tests.harness.room import simulated_room, watch

RATE_HZ = 1.0


def measure(scenario: str, seconds: float, folder: Path) -> dict[str, Any]:
    store = folder / "store"
    with simulated_room(scenario) as room:
        watched = watch(room.url, store, "--for", f"{seconds:g}s", limit=seconds * 3 + 120)
        truth = room.truth()
    log = watched.log
    screens = entries(store, log, "screen")
    grid = [screen for screen in screens if "reason" not in screen.body]  # the others are the bursts'
    starts = [int(screen.body["bracket"]["before_mono"]) for screen in grid]
    intervals = [(after - before) / 1e9 for before, after in pairwise(starts)]
    durable = sorted(event["durable_ms"] for event in watched.events if event.get("type") == "screen")
    chat, media = grade_chat(truth, store, log), grade_media(truth, store, log)
    reading = grade_reading(store, log, screens, truth)
    found = gaps(store, log)
    figures: dict[str, Any] = {
        "exit_code": watched.code,
        "seconds": seconds,
        "load": [round(load, 2) for load in os.getloadavg()],
        "chat_frames_kept": sum(grade.kept for grade in chat),
        "chat_frames_received": sum(grade.received for grade in chat),
        "chat_same": bool(chat) and all(grade.same for grade in chat),
        "media_bytes_kept": sum(grade.kept for grade in media),
        "media_bytes_received": sum(grade.received for grade in media),
        "media_same": bool(media) and all(grade.same for grade in media),
        "shots": len(grid),
        "burst_shots": len(screens) - len(grid),
        "shots_part": round(len(grid) / (seconds * RATE_HZ), 4),
        "longest_interval_s": round(max(intervals), 3),
        "gaps": [gap.cause for gap in found],
        "picture_durable_ms_p50": durable[len(durable) // 2],
        "picture_durable_ms_p95": durable[int(len(durable) * 0.95)],
        "reading": reading,
    }
    figures["met"] = {
        "chat: every frame, same digests": figures["chat_same"]
        and figures["chat_frames_kept"] >= figures["chat_frames_received"],
        "media: every byte, same digests": figures["media_same"]
        and figures["media_bytes_kept"] >= figures["media_bytes_received"],
        "pictures: 95 % of the nominal ones": figures["shots_part"] >= 0.95,
        "pictures: no interval over twice the nominal": figures["longest_interval_s"] <= 2 / RATE_HZ,
        "no gap without a fault": not found,
        "picture durable within 500 ms (p95)": figures["picture_durable_ms_p95"] <= 500,
        "counters: 97 % of values that stay 2 s": (reading["recall"] or 0) >= 0.97,
        "counters: none read wrong": reading["wrong"] == 0,
    }
    return figures


def grade_reading(store: Path, log: str, screens: list[StoredEntry], truth: dict[str, Any]) -> dict[str, Any]:
    """What the reader of this very watch wrote, against what the room displayed."""
    shots = [Shot(int(s.body["bracket"]["before_wall"]), int(s.body["bracket"]["after_wall"]), b"") for s in screens]
    number = {screen.index: at for at, screen in enumerate(screens)}
    with Store.open_read_only(store) as opened:
        readings = screenshot_readings_in(opened, chosen_run(opened, log).log)
    numbered = [replace(reading, entry=number[reading.entry]) for reading in readings if reading.entry in number]
    return score(shots, truth, numbered)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--scenario", default="default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="livewitness-bench-") as folder:
        figures = measure(options.scenario, options.seconds, Path(folder))
    print(json.dumps({"benchmark": "watch_fidelity", **figures}, ensure_ascii=False, indent=1))
    return 0 if all(figures["met"].values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
