"""Texts that cross drawn pictures, found and read by the real models: no value of theirs counts."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from crawler.readers.cascade import LineReader, Thresholds
from crawler.readers.counters import parse
from crawler.readers.fields import Field, Frame, Rules
from crawler.readers.looking import FieldReader
from crawler.readers.ocr import Bgr, PaddleEngine
from crawler.readers.readings import Ladder, Reading, Status
from crawler.readers.screen_reader import ScreenReader
from crawler.readers.weighing import PASSES
from tests.harness.watched_field import Point, assert_refused, line, picture

TEXT = "库存:57"
HEIGHT = line(TEXT).h
WIDE = 1400  # px
SECOND = 1_000_000_000

Shown = tuple[str, Point]
NOTHING: Shown = ("", (40, 40))


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def shows(text: str, at: Point, moved: int | None) -> Bgr:
    """White text on a plain picture, or on a moving one that has moved by so many pixels."""
    lettered = picture(text, at, WIDE)
    if moved is None:
        return lettered
    soft = np.random.default_rng(3).integers(20, 130, (10, 120, 3), dtype=np.uint8)
    behind = cv2.resize(soft, (2 * WIDE, 200), interpolation=cv2.INTER_LINEAR)[40:160, moved : moved + WIDE]
    return np.maximum(lettered, behind)


def looked_at(engine: PaddleEngine, *shown: Shown, moves: bool = True) -> list[Reading]:
    """What becomes of a field that was found where the first picture shows its text; a picture a second."""
    reader = FieldReader(engine, LineReader(engine, Thresholds()), Rules())
    counter = parse(shown[0][0])
    assert counter is not None
    field = Field("x-1", counter.kind, line(*shown[0]))
    found: list[Reading] = []
    for entry, (text, at) in enumerate(shown):
        pixels = shows(text, at, 37 * entry if moves else None)
        found += reader.look(field, Frame(entry, entry * SECOND, pixels))
    return sorted([*found, *reader.settled(field)], key=lambda r: r.entry)


def values(readings: list[Reading]) -> list[tuple[int, int | None, Ladder | None]]:
    return [(r.entry, r.value, r.ladder) for r in readings if r.status is Status.ACCEPTED]


@pytest.mark.parametrize("moves", [True, False])
def test_the_only_value_of_a_field_that_stands_elsewhere_on_its_row_is_no_value(
    engine: PaddleEngine, *, moves: bool
) -> None:
    for way in (-1, 1):
        readings = looked_at(engine, (TEXT, (700, 40)), (TEXT, (700 + way * 6 * HEIGHT, 40)), moves=moves)
        assert_refused(readings, 0, PASSES)
        assert values(readings) == []
        assert [r.entry for r in readings] == [0, 1]


def test_the_only_value_of_a_field_that_is_simply_gone_was_seen_once(engine: PaddleEngine) -> None:
    assert values(looked_at(engine, (TEXT, (700, 40)), NOTHING, NOTHING)) == [(0, 57, Ladder.ONCE)]


@pytest.mark.parametrize(
    "elsewhere",
    [
        ("库存:83", (700 - 6 * HEIGHT, 40)),  # another counter
        ("穿M码", (700 - 6 * HEIGHT, 40)),  # talk
        (TEXT, (200, 85)),  # the same words on another row: a second label of the same counter, or another scene
    ],
)
def test_what_else_the_picture_shows_does_not_make_a_value_that_passes(engine: PaddleEngine, elsewhere: Shown) -> None:
    readings = looked_at(engine, (TEXT, (700, 10)), elsewhere, elsewhere)
    assert values(readings) == [(0, 57, Ladder.ONCE)]


def test_a_value_of_two_pictures_stays_one_when_its_words_cross_the_picture_later(engine: PaddleEngine) -> None:
    readings = looked_at(engine, *[(TEXT, (700, 40))] * 2, (TEXT, (700 - 6 * HEIGHT, 40)))
    assert values(readings)[0] == (0, 57, Ladder.TWO)
    assert {r.entry for r in readings if r.status is Status.ACCEPTED} <= {0, 1}


def watched(engine: PaddleEngine, shown: list[Shown], every_s: float, *, moves: bool) -> list[Reading]:
    """What becomes of pictures as the whole reader sees them: search, fields, looking back."""
    reader = ScreenReader(engine)
    found: list[Reading] = []
    for entry, (text, at) in enumerate(shown):
        pixels = shows(text, at, 37 * entry if moves else None)
        jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        found += reader.read(entry, round(entry * every_s * SECOND), jpeg)
    return [*found, *reader.finish()]


def assert_no_value_of_a_comment(
    engine: PaddleEngine, text: str, speed: float, hz: int, looks: int, *, moves: bool
) -> None:
    step = speed * HEIGHT / hz
    crossing = [(text, (round(WIDE - line(text).w - 20 - step * number), 40)) for number in range(looks)]
    readings = watched(engine, [*crossing, *[NOTHING] * (2 * hz)], 1 / hz, moves=moves)
    assert any(r.text == text for r in readings), "it was looked at"
    assert values(readings) == []


@pytest.mark.parametrize("moves", [True, False])
@pytest.mark.parametrize("speed", [4.0, 5.0, 6.0, 7.0])
def test_a_comment_that_crosses_a_watch_at_two_pictures_a_second_is_never_a_counter(
    engine: PaddleEngine, speed: float, *, moves: bool
) -> None:
    for looks in (9, 12):
        assert_no_value_of_a_comment(engine, TEXT, speed, 2, looks, moves=moves)


@pytest.mark.parametrize("moves", [True, False])
@pytest.mark.parametrize("speed", [4.0, 5.0, 6.0, 7.0])
def test_a_comment_that_crosses_a_watch_at_one_picture_a_second_is_never_a_counter(
    engine: PaddleEngine, speed: float, *, moves: bool
) -> None:
    assert_no_value_of_a_comment(engine, TEXT, speed, 1, 4, moves=moves)


@pytest.mark.parametrize(("speed", "looks"), [(4.0, 6), (7.0, 5)])
def test_a_comment_that_a_search_finds_anew_just_before_it_leaves_is_no_counter_either(
    engine: PaddleEngine, speed: float, looks: int
) -> None:
    assert_no_value_of_a_comment(engine, TEXT, speed, 1, looks, moves=True)


@pytest.mark.parametrize("hz", [1, 2])
@pytest.mark.parametrize("text", ["已抢光", "仅剩3件", "已抢98%"])
def test_a_viewers_bare_label_that_crosses_the_picture_is_none_of_the_shops(
    engine: PaddleEngine, text: str, hz: int
) -> None:
    assert_no_value_of_a_comment(engine, text, 5.5, hz, 5 * hz, moves=True)


@pytest.mark.parametrize("hz", [1, 2])
def test_a_counter_that_is_cut_to_another_place_counts_at_both(engine: PaddleEngine, hz: int) -> None:
    shown = [(TEXT, (200, 40))] * (2 * hz) + [(TEXT, (900, 40))] * (6 * hz)
    readings = watched(engine, shown, 1 / hz, moves=True)
    assert {r.value for r in readings if r.status is Status.ACCEPTED} == {57}
    boxes = [r.box.x for r in readings if r.status is Status.ACCEPTED]
    assert min(boxes) < 300
    assert max(boxes) > 800
    assert not any(PASSES in r.doubts for r in readings)
