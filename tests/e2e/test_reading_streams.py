"""A real watch of the simulated room: what its original video shows, when, against the room's own truth."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.clock import SystemClock
from crawler.readers.counters import fold
from crawler.readers.ocr import PaddleEngine
from crawler.readers.readings import Reading, Status
from crawler.readers.runs import screenshot_readings_in
from crawler.readers.screen_reader import ScreenReader
from crawler.readers.streams.agreement import Verdict, compare
from crawler.readers.streams.following import StreamTally, VideoReader
from crawler.readers.streams.key_pictures import KeyPictures
from crawler.readers.streams.leading_back import pictures_at
from crawler.readers.streams.pieces import piece_of
from crawler.readers.streams.playhead import Playhead, look_of
from crawler.readers.streams.rereading import Progress, VideoRereading
from crawler.readers.streams.screenshots import screenshot_of
from crawler.readers.streams.two_sources import two_sources
from crawler.readers.streams.video_readings import VideoReading, microseconds
from evidence_store.canonical_json import canonical
from evidence_store.entries import StoredEntry
from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.grading import Truth
from tests.harness.sittings import Sitting

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Session:
    """A watched room: the store, the capture log, what the room says, and whether its player keeps its times."""

    store: Path
    log: str
    truth: Truth

    def entries(self) -> list[StoredEntry]:
        with Store.open_read_only(self.store) as store, store.reader(self.log) as reader:
            return list(reader.entries(types={"media", "screen"}))

    def shown_ns(self, media_us: int) -> tuple[int, int] | None:
        """Between which times the page presented this moment of the media, by its own account four times a second."""
        told = sorted((round(each["media_s"] * 1e6), each["wall_ns"]) for each in self.truth["media_to_wall"])
        after = bisect_right(told, (media_us, 0))
        if not 0 < after < len(told):
            return None
        (a_us, a_ns), (b_us, b_ns) = told[after - 1], told[after]
        if b_us - a_us > 1_000_000:
            return None
        ends = a_ns + (media_us - a_us) * 1000, b_ns - (b_us - media_us) * 1000  # apart where the player stood still
        return min(ends), max(ends)

    def burned(self, media_us: int) -> set[str]:
        """What the picture of this moment shows."""
        at = media_us / 1e6
        return {
            fold(each["text"])
            for each in self.truth["burned_counters"]
            if each["media_from_s"] - 0.001 <= at < each["media_to_s"] - 0.001
        }


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


@pytest.fixture(scope="module", params=["flv", "hls"])
def session(
    request: pytest.FixtureRequest,
    sitting: Callable[[str, str, int], Sitting],
    tmp_path_factory: pytest.TempPathFactory,
) -> Session:
    sat = sitting(request.param, "page", 20)
    return Session(sat.copied(tmp_path_factory.mktemp("streams")), sat.log, sat.last_truth)


# What becomes of a reading run does not hang on how the video came: the second way is for `make soak`.
of_either = pytest.mark.parametrize(
    "session", ["flv", pytest.param("hls", marks=pytest.mark.soak)], indirect=True, scope="module"
)


@dataclass(frozen=True)
class Read:
    """What both readers made of a session."""

    screen: list[Reading]
    video: list[VideoReading]
    playhead: Playhead
    tally: StreamTally


@pytest.fixture(scope="module")
def both(session: Session, engine: PaddleEngine) -> Read:
    on_screen, in_video = ScreenReader(engine), VideoReader(ScreenReader(engine), keys_only=True)
    playhead = Playhead()
    screen: list[Reading] = []
    video: list[VideoReading] = []
    with Store.open_read_only(session.store) as store:
        for entry in session.entries():
            content = store.blobs.read(entry.blobs[0])
            if entry.type == "screen":
                screen += on_screen.read(entry.index, entry.wall_ns, content)
                if (look := look_of(entry)) is not None:
                    playhead.take(look)
                    video += in_video.look(look)
            elif (piece := piece_of(entry)) is not None:
                video += in_video.piece(piece, content)
    return Read(screen + on_screen.finish(), video + in_video.finish(), playhead, in_video.tally)


def test_key_pictures_show_what_the_room_burned_in(session: Session, both: Read) -> None:
    values = [each for each in both.video if each.reading.status is Status.ACCEPTED]
    assert {each.reading.kind for each in values} >= {"stock_left", "countdown", "sold"}
    assert len(values) >= 12
    for each in values:
        assert fold(each.reading.text) in session.burned(each.media_us), each
    assert not both.tally.broken
    assert both.tally.pictures == both.tally.read + both.tally.not_shown


def test_the_stated_time_holds_the_true_one(session: Session, both: Read) -> None:
    told = {each.media_us: each for each in both.video if each.certain}
    true = {us: at for us in told if (at := session.shown_ns(us)) is not None}
    assert len(true) >= 4
    for us, at in true.items():
        assert holds(told[us], at)
        assert told[us].within_ns < 2_000_000_000


def holds(each: VideoReading, true: tuple[int, int]) -> bool:
    """Whether the stated time, as far as it may be wrong, reaches the true one."""
    return each.reading.wall_ns - each.within_ns <= true[1] and each.reading.wall_ns + each.within_ns >= true[0]


def test_both_sources_agree(both: Read) -> None:
    found = compare(both.screen, both.video, both.playhead)
    assert {kind.split("-")[1] for kind in found.fields} >= {"stock_left", "sold"}
    assert not found.of(Verdict.CONTRADICT)
    agreeing = found.of(Verdict.AGREE)
    assert {each.video.reading.kind for each in agreeing} >= {"stock_left", "sold"}
    assert len(agreeing) >= 6
    for each in agreeing:
        assert each.screen is not None
        assert (each.screen.lo, each.screen.hi) == (each.video.reading.lo, each.video.reading.hi)


def test_a_player_that_counts_otherwise_is_found_out_by_its_pictures(session: Session, engine: PaddleEngine) -> None:
    """The looks are shifted, as if the element counted from a playlist's position: nothing but the pictures tells."""
    shift_us = 765_433_000
    reader = VideoReader(ScreenReader(engine), keys_only=True)
    readings: list[VideoReading] = []
    with Store.open_read_only(session.store) as store:
        for entry in session.entries():
            if entry.type == "screen":
                if (look := look_of(entry)) is not None:
                    shifted = replace(look, element_us=look.element_us + shift_us)
                    readings += reader.look(shifted, screenshot_of(entry, store))
            elif (piece := piece_of(entry)) is not None:
                readings += reader.piece(piece, store.blobs.read(entry.blobs[0]))
    readings += reader.finish()
    (offset,) = reader.offsets.values()
    assert offset.rule == "pictures"
    assert offset.low_us <= shift_us <= offset.high_us
    assert offset.high_us - offset.low_us < 500_000
    told = {each.media_us: each for each in readings if each.certain}
    true = {us: at for us in told if (at := session.shown_ns(us)) is not None}
    assert true
    for us, at in true.items():
        assert holds(told[us], at)
        assert told[us].within_ns < 1_000_000_000


def middle(session: Session, seconds: float) -> tuple[int, int]:
    """A stretch in the middle of what the page showed."""
    times = [each["wall_ns"] for each in session.truth["media_to_wall"]]
    begin = times[len(times) // 2]
    return begin, begin + round(seconds * 1e9)


def test_every_picture_of_a_stretch_is_read_into_a_log_of_its_own(session: Session, engine: PaddleEngine) -> None:
    stretch = middle(session, 1.5)
    with Store.open(session.store) as store:
        run = VideoRereading(store, session.log, engine, SystemClock(), stretch, every_frame=True)
        said: list[Progress] = []
        done = run.run(said.append)
        assert (done.reason, done.log) == ("complete", run.log)
        assert done.tally.read >= 35  # 25 a second, and those that may belong to it
        assert said
        with store.reader(run.log) as reader:
            opening, closing = reader.entry(0), reader.last()
            batches = [entry.body for entry in reader.entries(types={"readings"})]
            assert all("仅剩".encode() not in row.raw for row in reader.rows())  # raw text in parts only
    assert verify(session.store).ok
    assert (opening.body["source"], opening.body["every_frame"]) == ("video", True)
    assert opening.body["range"] == {"from": str(stretch[0]), "to": str(stretch[1])}
    assert closing is not None
    assert closing.body["pictures_left"] == 0
    assert closing.body["offsets"][0]["rule"] == "own times"
    items = [item for body in batches for item in body["readings"]]
    accepted = [item for item in items if item["status"] == "accepted"]
    # How many looks the gate spares is its own affair: each picture is either.
    accounted = Counter(item["field"] for item in items)
    for row in (row for body in batches for row in body.get("not_looked", ())):
        accounted[row["field"]] += len(row["entries"])
    assert max(accounted[item["field"]] for item in accepted if item["kind"] == "countdown") >= 35
    assert len({item["media_s"] for item in accepted}) > 4
    for item in accepted:
        assert stretch[0] - 10**9 < int(item["wall"]) < stretch[1] + 10**9
        assert item["source"] == "video"
    shown = {item["value"] for item in accepted if item["kind"] == "countdown"}
    seconds = {
        int(text[-5:-3]) * 60 + int(text[-2:])
        for item in accepted
        for text in session.burned(microseconds(item["media_s"]))
        if "结束" in text
    }
    assert shown
    assert shown <= seconds


def test_a_reading_leads_back_to_its_picture(session: Session, both: Read) -> None:
    wanted = {(each.reading.entry, each.media_us) for each in both.video if each.reading.status is Status.ACCEPTED}
    with Store.open_read_only(session.store) as store:
        found = dict(pictures_at(store, session.log, wanted))
    assert set(found) == wanted
    for (_, us), frame in found.items():
        assert (frame.media_us, frame.width, frame.height) == (us, 720, 1280)


def test_a_follower_reads_a_key_picture_in_three_seconds(session: Session, engine: PaddleEngine) -> None:
    with Store.open_read_only(session.store) as store:
        pictures = KeyPictures(store, engine)
        readings = [each for entry in session.entries() for each in pictures.take(entry)] + pictures.finish()
    times = sorted({each.media_us for each in readings})
    assert 2 <= len(times) <= 7
    assert all(b - a >= 3_000_000 for a, b in pairwise(times))
    for each in readings:
        assert each.reading.entry in pictures.ids
        if each.reading.status is Status.ACCEPTED:
            assert fold(each.reading.text) in session.burned(each.media_us)
    told = pictures.told()
    canonical(told)
    tally = told["tally"]
    assert tally["spared"] >= tally["pictures"] - 1 > 0  # every other one, at a key picture each 1.6 s
    assert tally["pictures"] == tally["read"] + tally["not_shown"]


@contextmanager
def process(session: Session, stretch: tuple[int, int]) -> Iterator[subprocess.Popen[str]]:
    bounds = ("--from-ms", str(stretch[0] // 10**6), "--to-ms", str(stretch[1] // 10**6))
    command = [sys.executable, "-m", "crawler.readers.streams.reread_process", "--store", str(session.store)]
    with subprocess.Popen([*command, "--log", session.log, *bounds], stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


@of_either
def test_reading_logs_of_both_sources_are_held_against_each_other(session: Session, engine: PaddleEngine) -> None:
    command = [sys.executable, "-m", "crawler.readers.follow", "--once", "--store", str(session.store)]
    done = subprocess.run([*command, "--log", session.log], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    of_screen = json.loads(done.stdout.splitlines()[-1])["log"]
    with Store.open(session.store) as store:
        run = VideoRereading(store, session.log, engine, SystemClock(), (0, 1 << 62), every_frame=False)
        assert run.run().reason == "complete"
        found = two_sources(store, session.log, screenshot_readings_in(store, of_screen), [of_screen, run.log])
    assert {kind.split("-")[1] for kind in found.fields} >= {"stock_left", "sold"}
    assert len(found.of(Verdict.AGREE)) >= 6
    assert not found.of(Verdict.CONTRADICT)


@of_either
def test_the_process_reads_a_stretch_and_says_so(session: Session) -> None:
    with process(session, middle(session, 1)) as running:
        assert running.stdout is not None
        said = [json.loads(line) for line in running.stdout]
        assert running.wait(60) == 0
    assert said[0]["event"] == "opened"
    assert {event["event"] for event in said} == {"opened", "reading", "closed"}
    assert (said[-1]["reason"], said[-1]["log"]) == ("complete", said[0]["log"])
    assert said[-1]["read"] >= 24


@of_either
def test_the_process_closes_its_log_when_it_is_told_to_stop(session: Session) -> None:
    with process(session, middle(session, 6)) as running:
        assert running.stdout is not None
        first = json.loads(running.stdout.readline())
        running.send_signal(signal.SIGTERM)
        said = [first, *(json.loads(line) for line in running.stdout)]
        assert running.wait(60) == 5
    assert (said[-1]["event"], said[-1]["reason"]) == ("closed", "stopped")
    assert verify(session.store).ok


@of_either
def test_a_run_that_is_stopped_closes_its_log(session: Session, engine: PaddleEngine) -> None:
    with Store.open(session.store) as store:
        run = VideoRereading(store, session.log, engine, SystemClock(), middle(session, 6), every_frame=True)
        done = run.run(lambda _: run.stop())
        assert done.reason == "stopped"
        with store.reader(run.log) as reader:
            closing = reader.last()
    assert closing is not None
    assert (closing.type, closing.body["reason"], closing.body["pictures_left"]) == ("session.close", "stopped", None)
    assert verify(session.store).ok
