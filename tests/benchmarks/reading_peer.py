"""A peer side by side: a subtitle reader from the package index on the clips that our reader reads.

    PYTHONPATH=. .venv/bin/python tests/benchmarks/reading_peer.py [--scenes a,b] [--seconds 10] [--rate 2|1]
        [--cache DIR] [--as-it-comes-only]

The peer is cshortranslate 0.2.2 (MIT): it takes pictures out of a video, skips those whose perceptual hash is near the
last one's, reads whole pictures with rapidocr 3.10.0, votes among and merges what is alike, and writes SubRip
subtitles. It runs in an environment of its own (`scenes/peer.py` makes it, `scenes/peer_requirements.txt` pins it) and
gets the very pictures that our reader gets, as Motion JPEG; its models: `scenes/peer_entry.py`. It is made for one band
of slow subtitles at 10 pictures a second and advises against whole pictures, yet nobody tells it where counters stand.
It is run in two ways: as it comes, and on every picture with its skipping, voting and merging switched off, which is
its best recall and about what rapidocr alone does on each whole picture.

- Recall: values that were displayed for 1 s and more, found as `scenes/peer_grading.py` says (generous: anywhere on the
  picture, exact text or a line that our grammar reads as the value); `exact_text`: the counter's own text only.
- Wrong: lines with a counter's words whose numbers were not shown then. Ours is judged by place and value.
- CPU: of the peer's process less its start (imports, models), on one thread; ours without its start as well. Clips are
  short to keep the peer's time within minutes, so ours has its searches at the beginning of each in full.

Other packages, looked at on 2026-11-22, that do not run unattended and offline: videocr 0.1.6 (fetches Tesseract's
language files when called), video-ocr 0.0.2 (needs scipy 1.8, not to be had for Python 3.11), shardsub 0.1.1 (fetches
PP-OCRv5 server; local models only in Paddle's own format), rapid-videocr 3.1.1 (reads pictures that VideoSubFinder, a
desktop program, has chosen), dysub 0.1.1 (speech, by a remote service). cshortranslate's own PP-OCRv5 mobile is fetched
too: `scenes/peer_entry.py` says what it gets in its place.

The figures go to stdout as one JSON object; exit 3 with the next command when something is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from crawler.provision.piece import MissingPiece
from tests.benchmarks.reading_scenes import Run, cost, prepared, read_all, used_samples
from tests.benchmarks.scenes.figures import ACCEPTED_S, ROUNDING_S, bar, recall, share
from tests.benchmarks.scenes.film import Rendered
from tests.benchmarks.scenes.fonts import MissingFonts, cache_folder
from tests.benchmarks.scenes.grading import Value, grade
from tests.benchmarks.scenes.peer import WAYS, MissingPeer, PeerRun, Way, environment, run, start_cost, write_clip
from tests.benchmarks.scenes.peer_grading import WrongLine, found, judged, sayings
from tests.benchmarks.scenes.recipe import scenes
from tests.benchmarks.scenes.truth import SceneTruth

SCENES = ("plain-1", "sliding-1", "flipping-1", "popups-1", "heavy-1", "small-1")
SECONDS = 10.0
WRONG_LISTED = 40


@dataclass(frozen=True)
class Held:
    """One scene of the peer's, held against its truth."""

    scene: str
    values: tuple[Value, ...]  # `read`: found generously
    exact: tuple[Value, ...]  # `read`: found by the exact text
    spoken: int
    wrong: tuple[WrongLine, ...]
    ran: PeerRun


def at_rate(scene: Rendered, rate: int) -> SceneTruth:
    """The truth of only the pictures that are read at a rate."""
    return replace(scene.truth, samples=tuple(scene.truth.samples[n] for n in used_samples(scene, rate)))


def held(scene: Rendered, rate: int, ran: PeerRun) -> Held:
    """Judge what the peer said of a scene."""
    truth = at_rate(scene, rate)
    said = sayings(ran.subtitles, rate, len(truth.samples))
    shown = grade(truth, [], range(len(truth.samples))).values
    generous, exact = (
        tuple(replace(value, read=found(truth, value, said, words_too=words_too)) for value in shown)
        for words_too in (False, True)
    )
    spoken, wrong = judged(truth, said)
    return Held(truth.name, generous, exact, spoken, tuple(wrong), ran)


def peer_runs(python: Path, every: list[Rendered], rate: int, way: Way) -> list[Held]:
    """The peer over all clips, one after the other."""
    done = []
    with tempfile.TemporaryDirectory(prefix="reading-peer-") as folder:
        for scene in every:
            clip = Path(folder) / f"{scene.truth.name}.mkv"
            write_clip([scene.jpeg(number) for number in used_samples(scene, rate)], rate, clip)
            done.append(held(scene, rate, run(python, clip, rate, way)))
            print(f"reading_peer: {way.name}: {scene.truth.name}: {done[-1].ran.cpu_s:.1f} CPU-s", file=sys.stderr)
    return done


def recalls(values: list[Value]) -> dict[str, Any]:
    """Found among values of 1 s and more, where our bar holds and in all."""
    return {
        "bar": recall([value for value in values if bar(value)])["accepted_of_1_s"],
        "all": recall(values)["accepted_of_1_s"],
    }


def line_of(values: tuple[Value, ...]) -> str:
    """How many values of 1 s and more of one scene were read."""
    lasting = [value for value in values if value.stays_s >= ACCEPTED_S - ROUNDING_S]
    return f"{sum(value.read for value in lasting)} of {len(lasting)}"


def peer_figures(way: Way, done: list[Held], start_s: float, minutes: float) -> dict[str, Any]:
    """The peer's figures in one way of running it."""
    raw = sum(one.ran.cpu_s for one in done)
    wrong = [(one.scene, line) for one in done for line in one.wrong]
    spoken = sum(one.spoken for one in done)
    return {
        "way": way.name,
        "options": list(way.options),
        **recalls([value for one in done for value in one.values]),
        "exact_text": recalls([value for one in done for value in one.exact]),
        "wrong_lines": share([True] * len(wrong) + [False] * (spoken - len(wrong))),
        "pictures_read": sum(one.ran.read for one in done),
        "pictures": sum(one.ran.pictures for one in done),
        "cpu_s": round(raw, 1),
        "cpu_s_per_room_minute": round((raw - start_s * len(done)) / minutes, 1),
        "read_of_1_s_by_scene": {one.scene: line_of(one.values) for one in done},
        "wrong_ones": [{"scene": scene, **asdict(line)} for scene, line in wrong[:WRONG_LISTED]],
    }


def our_figures(runs: list[Run], rate: int) -> dict[str, Any]:
    """Our reader's figures on the same clips."""
    readings = [reading for one in runs for reading in one.graded.readings]
    return {
        **recalls([value for one in runs for value in one.graded.values]),
        "wrong_readings": share([not reading.right for reading in readings]),
        "cpu_s_per_room_minute": cost(runs, rate)["cpu_s_per_room_minute"],
        "read_of_1_s_by_scene": {one.scene.truth.name: line_of(one.graded.values) for one in runs},
    }


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Everything: clips, our reader, the peer.

    Raises:
        ValueError: no such scene.
        MissingFonts, MissingPeer, MissingPiece: something can't be had.
    """
    load = [round(os.getloadavg()[0], 2)]
    names = [name for name in options.scenes.split(",") if name]
    recipes = scenes("test", names, options.seconds)
    python = environment()
    every = prepared(recipes, options.cache)
    ours = our_figures(read_all(every, options.rate), options.rate)
    pictures = sum(len(used_samples(scene, options.rate)) for scene in every)
    minutes = pictures / options.rate / 60
    start_s = start_cost(python)
    ways = WAYS[:1] if options.as_it_comes_only else WAYS
    peers = [peer_figures(way, peer_runs(python, every, options.rate, way), start_s, minutes) for way in ways]
    load.append(round(os.getloadavg()[0], 2))
    return {
        "benchmark": "reading_peer",
        "split": "test",
        "rate": options.rate,
        "seconds": options.seconds,
        "scenes": [scene.truth.name for scene in every],
        "pictures": pictures,
        "ours": ours,
        "peer": "cshortranslate 0.2.2, rapidocr 3.10.0, PP-OCRv6 small",
        "peer_start_cpu_s": round(start_s, 2),
        "peer_ways": peers,
        "cost_ratio": {
            one["way"]: round(ours["cpu_s_per_room_minute"] / one["cpu_s_per_room_minute"], 4) for one in peers
        },
        "load": load,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="A subtitle reader from the package index on our clips.")
    parser.add_argument("--scenes", default=",".join(SCENES), help="names or kinds, comma between")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rate", type=int, choices=(1, 2), default=2)
    parser.add_argument("--cache", type=Path, default=cache_folder() / "bench-scenes")
    parser.add_argument("--as-it-comes-only", action="store_true", help="only the peer as it comes: half the time")
    options = parser.parse_args()
    try:
        figures = measured(options)
    except (MissingFonts, MissingPeer, MissingPiece) as error:
        print(f"reading_peer: {error}", file=sys.stderr)
        return 3
    except ValueError as error:
        parser.error(str(error))
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
