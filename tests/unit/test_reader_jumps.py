"""Jumps: a value ten times the one before is believed as it was read, and marked for a person to look at."""

from __future__ import annotations

import cv2
import pytest

from crawler.readers.counters import Counter, parse
from crawler.readers.ocr import Box, PaddleEngine
from crawler.readers.plausibility import Seen, remarks
from crawler.readers.readings import Ladder, Reading, Status
from crawler.readers.screen_reader import ScreenReader
from crawler.readers.series import series
from tests.harness.watched_field import picture

SECOND = 1_000_000_000
MARK = "jumped"


def seen(text: str, at_s: float = 0) -> Seen:
    counter = parse(text)
    assert counter is not None, text
    return Seen(counter, int(at_s * SECOND), Box(10, 10, 100, 24))


def says(text: str) -> Seen:
    return Seen(Counter("statement", None, None, text, ""), 0, Box(10, 10, 100, 24))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("库存:12", "库存:1288"),
        ("库存:12", "库存:120"),  # ten times as many, to the piece
        ("仅剩3单", "仅剩99单"),
        ("已抢8%", "已抢98%"),
        ("已售900", "已售1.2万"),
        ("30人在线", "1.2万+人在线"),
    ],
)
def test_ten_times_as_many_is_marked_and_so_is_a_tenth(before: str, after: str) -> None:
    assert remarks(seen(before), seen(after, 1)) == (MARK,)
    assert remarks(seen(after), seen(before, 1)) == (MARK,)


@pytest.mark.parametrize(("before", "after"), [("库存:12", "库存:119"), ("仅剩10单", "仅剩99单"), ("库存:7", "库存:7")])
def test_less_than_ten_times_as_many_is_not(before: str, after: str) -> None:
    assert remarks(seen(before), seen(after, 1)) == ()
    assert remarks(seen(after), seen(before, 1)) == ()


def test_a_clock_is_set_anew_and_a_statement_has_no_value_to_jump() -> None:
    for before, after in (("00:10", "59:59"), ("00:59:59", "00:00:02")):
        assert remarks(seen(before), seen(after, 1)) == ()
    assert remarks(says("即将售罄"), says("已售罄")) == ()
    assert remarks(seen("库存:3"), says("已售罄")) == ()
    assert remarks(says("已售罄"), seen("库存:300", 1)) == ()


@pytest.mark.parametrize(("before", "after"), [("库存:0", "库存:500"), ("库存:500", "库存:0"), ("已抢0%", "已抢60%")])
def test_nothing_is_ten_times_nothing(before: str, after: str) -> None:
    assert remarks(seen(before), seen(after, 1)) == ()


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def watched(engine: PaddleEngine, texts: list[str]) -> list[Reading]:
    """What becomes of pictures as the whole reader sees them, one a second."""
    reader = ScreenReader(engine)
    found: list[Reading] = []
    for entry, text in enumerate(texts):
        jpeg = cv2.imencode(".jpg", picture(text), [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        found += reader.read(entry, entry * SECOND, jpeg)
    return [*found, *reader.finish()]


def marked(readings: list[Reading]) -> dict[int, bool]:
    """The accepted values in order, and whether one of their looks is marked."""
    (changes,) = series(readings).values()
    return {each.value: MARK in each.doubts for each in changes if each.status is Status.ACCEPTED and each.value}


def test_new_stock_is_listed_with_its_first_picture_and_a_mark(engine: PaddleEngine) -> None:
    readings = watched(engine, ["库存:12"] * 3 + ["库存:1288"] * 3 + ["库存:1287"] * 3)
    (first,) = [r for r in readings if r.entry == 3]
    assert (first.status, first.value, first.ladder, first.doubts) == (Status.ACCEPTED, 1288, Ladder.TWO, (MARK,))
    assert marked(readings) == {12: False, 1288: True, 1287: False}, "the value that follows a jump is no jump"


def test_a_jump_that_one_picture_alone_shows_keeps_its_mark(engine: PaddleEngine) -> None:
    readings = watched(engine, ["库存:12"] * 3 + ["库存:1288"])
    (lone,) = [r for r in readings if r.entry == 3]
    assert MARK in lone.doubts
    assert lone.ladder is not Ladder.TWO


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        (["库存:12"] * 3 + ["库存:98"] * 3, 98),
        (["库存:0"] * 3 + ["库存:500"] * 3, 500),
        (["距结束00:09", "距结束00:08", "距结束00:07", "距结束59:58", "距结束59:57", "距结束59:56"], 59 * 60 + 56),
    ],
)
def test_what_goes_up_by_less_or_from_nothing_or_is_a_clock_counts_without_a_mark(
    engine: PaddleEngine, texts: list[str], value: int
) -> None:
    readings = watched(engine, texts)
    assert value in {r.value for r in readings if r.status is Status.ACCEPTED}
    assert not any(MARK in r.doubts for r in readings)


def test_a_fall_to_a_tenth_is_not_listed_as_if_nothing_were_odd_either(engine: PaddleEngine) -> None:
    """It has lost digits: that is what stands beside it, and it takes two pictures."""
    readings = watched(engine, ["库存:1288"] * 3 + ["库存:12"] * 4)
    rows = {r.entry: r for r in readings if r.entry >= 3}
    assert (rows[3].status, rows[3].value) == (Status.DISAGREE, None)
    assert (rows[4].status, rows[4].value, rows[4].doubts) == (Status.ACCEPTED, 12, ("digits lost",))
