"""How well counters are read: a scenario of the simulated room, in the real browser, against its ground truth.

    .venv/bin/python tests/benchmarks/reading_accuracy.py [--scenario default] [--seconds 60] [--rate 1] [--seed N]
                                                          [--keep DIR | --replay DIR]

Shots are taken with CDP Page.captureScreenshot (JPEG q80) at a fixed rate and read afterwards, so that reading and
capturing do not disturb each other's figures. `--keep` saves shots and truth, `--replay` reads saved ones again.

- Recall: of the values that stayed on the screen for at least 2 s within the time watched, how many were read.
- Wrong: accepted readings whose value was displayed at no time within the shot's bracket +-150 ms.
- Unjudged: accepted readings of a counter that the room calls covered just then; zero unless a fault covers something.

The figures go to stdout as one JSON object; each wrong or missed value is named there.
"""

from __future__ import annotations

import argparse
import base64
import json
import math
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crawler.provision.browser import browser_executable
from crawler.readers.counters import parse
from crawler.readers.ocr import PaddleEngine
from crawler.readers.readings import Reading, Status
from crawler.readers.screen_reader import ScreenReader

SLACK_NS = 150_000_000
FROZEN_NS = 1_000_000_000
STAYS_NS = 2_000_000_000
VIEWPORT = {"width": 1280, "height": 720}


@dataclass(frozen=True)
class Shot:
    before_ns: int
    after_ns: int
    jpeg: bytes


@dataclass(frozen=True)
class Showing:
    """One text of one counter as the room displayed it, Unix nanoseconds."""

    name: str
    text: str
    from_ns: int
    to_ns: int


def record(scenario: str, seed: int | None, seconds: float, rate: float) -> tuple[list[Shot], dict[str, Any]]:
    """Play the scenario in the browser and take shots; returns them with truth.json."""
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "crawler.simroom", "--scenario", scenario]
    command += ["--seed", str(seed)] if seed is not None else []
    room = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert room.stdout is not None
        url = next(line for line in room.stdout if line.startswith("room: ")).split()[1]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=browser_executable(),
                args=["--autoplay-policy=no-user-gesture-required"],
                chromium_sandbox=os.geteuid() != 0,
            )
            page = browser.new_page(viewport=VIEWPORT)
            page.goto(url)
            page.wait_for_timeout(3000)
            cdp = page.context.new_cdp_session(page)
            shots = []
            start = time.monotonic()
            for number in range(int(seconds * rate)):
                # Waiting in the page's own loop keeps Playwright's pipe served.
                page.wait_for_timeout(max(0.0, (start + number / rate - time.monotonic()) * 1000))
                before = time.time_ns()
                answer = cdp.send("Page.captureScreenshot", {"format": "jpeg", "quality": 80})
                shots.append(Shot(before, time.time_ns(), base64.b64decode(answer["data"])))
            page.wait_for_timeout(1500)  # the page's last report
            with urllib.request.urlopen(url.split("/room/")[0] + "/truth.json") as answer:
                truth = json.load(answer)
            browser.close()
        return shots, truth
    finally:
        room.terminate()
        room.wait(10)


def showings(truth: dict[str, Any], until_ns: int) -> list[Showing]:
    """What was displayed when: page counters as painted, burned-in ones by the page's mapping of media to wall time."""
    found = [
        Showing(c["name"], c["text"], c["shown_wall_ns"], c["hidden_wall_ns"] or until_ns)
        for c in truth["page_counters"]
    ]
    frames = sorted((m["wall_ns"], m["media_s"]) for m in truth["media_to_wall"])
    burned: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for counter in truth["burned_counters"]:
        burned[counter["name"]].append(counter)
    for name, stretches in burned.items():
        found += burned_showings(name, sorted(stretches, key=lambda c: c["media_from_s"]), frames, until_ns)
    return found


def burned_showings(
    name: str, stretches: list[dict[str, Any]], frames: list[tuple[int, float]], until_ns: int
) -> list[Showing]:
    """When each text of a burned-in counter was on the screen.

    Between two of the page's samples (wall ns, media s; about 4 a second) the picture ran in real time up to the
    second one, or it stood still and the player jumped: then the first text stayed until the second sample.
    """
    found: list[Showing] = []
    for (wall_1, media_1), (wall_2, media_2) in zip(frames, [*frames[1:], (until_ns, math.inf)], strict=True):
        last = media_2 == math.inf
        pace = (media_2 - media_1) - (wall_2 - wall_1) / 1e9
        jumped = not last and (wall_2 - wall_1 > FROZEN_NS or not -0.5 < pace < 0.5)
        upto = media_1 if last or jumped else media_2
        for stretch in stretches:
            if stretch["media_from_s"] > upto or stretch["media_to_s"] <= media_1:
                continue
            begin, end = wall_1, wall_2
            if not last and not jumped:
                begin = max(wall_1, wall_2 - round((media_2 - stretch["media_from_s"]) * 1e9))
                if stretch["media_to_s"] <= media_2:
                    end = max(wall_1, wall_2 - round((media_2 - stretch["media_to_s"]) * 1e9))
            before = found[-1] if found else None
            if before is not None and before.text == stretch["text"] and before.to_ns >= begin:
                found[-1] = Showing(name, before.text, before.from_ns, max(end, before.to_ns))
            else:
                found.append(Showing(name, stretch["text"], begin, end))
    return found


def same(reading: Reading, showing: Showing) -> bool:
    """Whether a reading says what was displayed: the same value, and the same digits.

    The digits are compared because the value of both sides comes from our own grammar.
    """
    counter = parse(showing.text)
    digits = re.sub(r"\D", "", showing.text)
    return (
        counter is not None
        and (counter.kind, counter.lo, counter.hi) == (reading.kind, reading.lo, reading.hi)
        and digits == re.sub(r"\D", "", reading.text)
    )


def score(shots: list[Shot], truth: dict[str, Any], readings: list[Reading]) -> dict[str, Any]:
    """Recall and wrong ones. A field is held to the one counter with which most of its readings agree."""
    shown = showings(truth, shots[-1].after_ns + SLACK_NS)
    accepted = [r for r in readings if r.status is Status.ACCEPTED]

    def during(reading: Reading) -> list[Showing]:
        shot = shots[reading.entry]
        begin, end = shot.before_ns - SLACK_NS, shot.after_ns + SLACK_NS
        return [s for s in shown if s.from_ns <= end and s.to_ns >= begin]

    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for reading in accepted:
        votes[reading.field].update({s.name for s in during(reading) if same(reading, s)})
    name_of = {field: names.most_common(1)[0][0] for field, names in votes.items() if names}
    wrong, unjudged, right = [], [], set()
    for reading in accepted:
        hits = [s for s in during(reading) if s.name == name_of.get(reading.field) and same(reading, s)]
        right |= set(hits)
        if not hits:
            expected = [s.text for s in during(reading) if s.name == name_of.get(reading.field)]
            case = {"entry": reading.entry, "field": reading.field, "text": reading.text, "displayed": expected}
            # Behind a half-transparent mask the room says that nothing is displayed, though a counter shows through.
            (wrong if expected or reading.field not in name_of else unjudged).append(case)
    first, last = shots[0].before_ns, shots[-1].after_ns
    lasting = [s for s in shown if parse(s.text) and min(s.to_ns, last) - max(s.from_ns, first) >= STAYS_NS]
    missed = [s for s in lasting if s not in right]
    statuses = Counter(str(r.status) for r in readings)
    return {
        "values_of_2_s": len(lasting),
        "values_read": len(lasting) - len(missed),
        "recall": round(1 - len(missed) / len(lasting), 4) if lasting else None,
        "accepted": len(accepted),
        "wrong": len(wrong),
        "wrong_ones": wrong,
        "unjudged": unjudged,
        "missed": [{"name": s.name, "text": s.text, "s": round((s.to_ns - s.from_ns) / 1e9, 2)} for s in missed],
        "all_values": len([s for s in shown if parse(s.text) and s.to_ns > first and s.from_ns < last]),
        "all_values_read": len(right),
        "statuses": dict(statuses),
        "fields": name_of,
    }


def read(shots: list[Shot]) -> tuple[list[Reading], dict[str, Any]]:
    """Read the shots as the follower does; returns the readings and what they cost."""
    reader = ScreenReader(PaddleEngine())
    readings: list[Reading] = []
    begun = time.process_time()
    for number, shot in enumerate(shots):
        readings += reader.read(number, shot.before_ns, shot.jpeg)
    cpu_s = time.process_time() - begun
    minutes = (shots[-1].before_ns - shots[0].before_ns) / 60e9
    return readings, {"cpu_s_per_room_minute": round(cpu_s / minutes, 2), "tally": asdict(reader.tally)}


def keep(folder: Path, shots: list[Shot], truth: dict[str, Any]) -> None:
    """Save shots and truth for `--replay`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, shot in enumerate(shots):
        (folder / f"{number:05d}-{shot.before_ns}-{shot.after_ns}.jpg").write_bytes(shot.jpeg)
    (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")


def load(folder: Path) -> tuple[list[Shot], dict[str, Any]]:
    """What `keep` saved."""
    shots = []
    for path in sorted(folder.glob("*.jpg")):
        _, before, after = path.stem.split("-")
        shots.append(Shot(int(before), int(after), path.read_bytes()))
    return shots, json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def main() -> int:
    parser = argparse.ArgumentParser(description="Accuracy of reading on a scenario of the simulated room.")
    parser.add_argument("--scenario", default="default")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=1.0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--replay", type=Path)
    options = parser.parse_args()
    if options.replay:
        shots, truth = load(options.replay)
    else:
        shots, truth = record(options.scenario, options.seed, options.seconds, options.rate)
        if options.keep:
            keep(options.keep, shots, truth)
    readings, cost = read(shots)
    brackets = sorted((s.after_ns - s.before_ns) / 1e6 for s in shots)
    figures = {
        "benchmark": "reading_accuracy",
        "scenario": truth["scenario"],
        "seed": truth["seed"],
        "shots": len(shots),
        "bracket_ms_median": round(brackets[len(brackets) // 2]),
        "load": round(os.getloadavg()[0], 2),
        **score(shots, truth, readings),
        **cost,
    }
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    met = figures["wrong"] == 0 and (figures["recall"] or 0) >= 0.97
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
