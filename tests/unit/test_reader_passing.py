"""A text that crosses the picture (a viewer's comment that flies by) is no counter; one that sways or jumps is."""

from __future__ import annotations

import math

import pytest

from crawler.readers.cascade import LineReader, Thresholds
from crawler.readers.counters import parse
from crawler.readers.ocr import Box, PaddleEngine
from crawler.readers.plausibility import Seen, passes
from crawler.readers.readings import Ladder, Status
from crawler.readers.weighing import PASSES, Weigher
from tests.harness.watched_field import AT, CLEAR, Point, Watched, assert_refused, known, line, look

TEXT = "库存:5"
HEIGHT = line(TEXT).h
WIDE = 1600  # px of the pictures that a text crosses
CROSSING_S = 6  # at 7 line heights a second it is still on the picture by then


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


@pytest.fixture(scope="module")
def weigher(engine: PaddleEngine) -> Weigher:
    return Weigher(LineReader(engine, Thresholds()))


def crossing(heights_a_second: float, every_s: float, looks: int) -> list[Point]:
    """Where a text stands that comes in from the right, at each look."""
    step = heights_a_second * HEIGHT * every_s
    return [(round(WIDE - line(TEXT).w - 10 - step * number), AT[1]) for number in range(looks)]


def watching(weigher: Weigher, hz: float, text: str = TEXT) -> Watched:
    return Watched(weigher, text, every_s=1 / hz, width=WIDE)


def assert_each_picture_has_one_row(watched: Watched) -> None:
    assert sorted(r.entry for r in watched.readings) == list(range(watched.pictures))


def assert_no_value_of_a_crossing(weigher: Weigher, speed: float, hz: int, looks: int) -> None:
    watched = watching(weigher, hz)
    for at in crossing(speed, 1 / hz, looks):
        watched.sees(look(TEXT), at=at)
    for _ in range(2):
        watched.sees_nothing()
    watched.ends()
    assert watched.values == [], f"after {looks} looks"
    assert_each_picture_has_one_row(watched)
    for entry in range(looks):
        assert_refused(watched.readings, entry, PASSES)


@pytest.mark.parametrize("hz", [1, 2])
@pytest.mark.parametrize("speed", [4.0, 5.5, 7.0])
def test_a_text_that_crosses_the_picture_gives_no_value_and_each_look_says_why(
    weigher: Weigher, speed: float, hz: int
) -> None:
    """However long it is on the picture: what is still undecided when it leaves is no value either."""
    for looks in range(2, CROSSING_S * hz + 1):
        assert_no_value_of_a_crossing(weigher, speed, hz, looks)


@pytest.mark.parametrize("hz", [1, 2])
def test_what_rises_or_falls_across_the_picture_gives_no_value_either(weigher: Weigher, hz: int) -> None:
    """Likes and orders rise out of a corner."""
    for way in (-1, 1):
        watched = watching(weigher, hz)
        for number in range(3):
            at = (AT[0], AT[1] + way * round(5 * HEIGHT * number / hz))
            watched.sees(look(TEXT), at=AT, box=line(TEXT, at))
        watched.ends()
        assert watched.values == []
        for entry in range(3):
            assert_refused(watched.readings, entry, PASSES)


@pytest.mark.parametrize("hz", [1, 2])
@pytest.mark.parametrize("sways", ["sideways", "up and down"])
def test_a_counter_that_sways_slowly_counts(weigher: Weigher, sways: str, hz: int) -> None:
    """1.5 line heights to either side in 7 s; its value falls meanwhile."""
    watched = watching(weigher, hz, "库存:50")
    values = [50 - number // (3 * hz) for number in range(14 * hz)]
    for number, value in enumerate(values):
        off = round(1.5 * HEIGHT * math.sin(2 * math.pi * number / hz / 7))
        at = (600 + off, AT[1]) if sways == "sideways" else (600, AT[1] + off)
        watched.sees(look(f"库存:{value}"), at=at)
    watched.ends()
    assert {entry: value for entry, value, _, _ in watched.values} == dict(enumerate(values))
    assert {ladder for _, _, ladder, _ in watched.values} == {Ladder.TWO}


@pytest.mark.parametrize("hz", [1, 2])
def test_a_counter_that_jumps_once_counts_with_its_first_picture(weigher: Weigher, hz: int) -> None:
    """A cut to another scene, where the same counter stands elsewhere."""
    watched = watching(weigher, hz)
    watched.sees(look(TEXT), at=(40, 40))
    for _ in range(3):
        watched.sees(look(TEXT), at=(900, 40))
    assert watched.values == [(entry, 5, Ladder.TWO, "pictures") for entry in range(4)]


@pytest.mark.parametrize("hz", [1, 2])
def test_a_known_counter_that_jumps_once_counts_on(weigher: Weigher, hz: int) -> None:
    watched = watching(weigher, hz)
    for at in ((40, 40), (40, 40), (900, 40), (900, 40), (900, 40)):
        watched.sees(look(TEXT), at=at)
    assert watched.values == [(entry, 5, Ladder.TWO, "pictures") for entry in range(5)]


def test_a_known_counter_is_not_confirmed_by_its_value_crossing_the_picture(weigher: Weigher) -> None:
    """It stood here; what flies on from here with the same words is not it."""
    watched = watching(weigher, 2)
    for at in ((1400, 40), (1400, 40)):
        watched.sees(look(TEXT), at=at)
    for number in range(1, 7):
        watched.sees(look(TEXT), at=(1400 - round(number * 5 * HEIGHT / 2), 40))
    watched.ends()
    assert {entry for entry, _, _, _ in watched.values} == {0, 1}
    assert_each_picture_has_one_row(watched)


@pytest.mark.parametrize("hz", [1, 2])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_box_of_which_one_side_only_moved_did_not_move(weigher: Weigher, side: str, hz: int) -> None:
    """The detector clipped it, or boxed what stands beside it too: the text stands where it stood."""
    away = 5 * HEIGHT
    whole = line(TEXT, (600, 40))
    wider = whole.grown(away, 0)
    longer = Box(wider.x if side == "left" else whole.x, whole.y, whole.w + away, whole.h)
    watched = watching(weigher, hz)
    for box in (whole, longer, whole):
        watched.sees(look(TEXT), at=(600, 40), box=box)
    assert [(entry, value) for entry, value, _, _ in watched.values] == [(0, 5), (1, 5), (2, 5)]


@pytest.mark.parametrize("hz", [1, 2])
@pytest.mark.parametrize("looks", [4, 5, 6, 7])
def test_a_text_that_comes_to_rest_counts_from_then(weigher: Weigher, looks: int, hz: int) -> None:
    """A banner that flies in and stays."""
    watched = watching(weigher, hz)
    way = crossing(5.0, 1 / hz, looks)
    for at in way:
        watched.sees(look(TEXT), at=at)
    for _ in range(3):
        watched.sees(look(TEXT), at=way[-1])
    watched.ends()
    assert {entry for entry, _, _, _ in watched.values} >= {looks, looks + 1, looks + 2}
    assert_each_picture_has_one_row(watched)
    assert_refused(watched.readings, 0, PASSES)


def test_a_text_that_was_met_once_on_its_way_counts_when_it_is_gone_only_if_clear(weigher: Weigher) -> None:
    """Nothing says that it moved: it is listed as seen once, under the rules for such values."""
    for lowest, counts in ((CLEAR, True), (0.6, False)):
        watched = watching(weigher, 1)
        watched.sees(look(TEXT, lowest, lowest))
        watched.ends()
        assert [v[:3] for v in watched.values] == ([(0, 5, Ladder.ONCE)] if counts else [])


def test_another_value_elsewhere_does_not_make_a_text_that_passes(weigher: Weigher) -> None:
    watched = known(weigher, "库存:50")
    watched.sees(look("库存:49"))
    watched.sees(look("库存:48"), at=(240, 40))
    watched.sees(look("库存:48"), at=(240, 40))
    assert [value for _, value, _, _ in watched.values] == [50, 50, 49, 48, 48]
    assert {r.status for r in watched.readings} == {Status.ACCEPTED}


def at_place(seconds: float, x: int, w: int = 100) -> Seen:
    counter = parse(TEXT)
    assert counter is not None
    return Seen(counter, round(seconds * 1e9), Box(x, 10, w, 20))


def test_looking_back_and_long_pauses() -> None:
    assert passes(at_place(0, 0), at_place(1, 100))
    assert passes(at_place(1, 0), at_place(0, 100)), "from the later picture to the earlier one it moves as fast"
    assert not passes(at_place(0, 0), at_place(0, 100)), "two looks at one moment tell no speed"
    assert not passes(at_place(0, 0), at_place(10, 1000)), "it may have jumped once in between"
