"""Weighing: which values count, on what ground, and what becomes of a value that was on one picture only.

Looks are made by hand; where a waiting value is recognised again, the real models do it on a drawn picture.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from crawler.readers.cascade import LineReader, Look, Margin, Thresholds
from crawler.readers.counters import parse
from crawler.readers.fields import Field, Frame
from crawler.readers.ocr import Bgr, Box, PaddleEngine, Size
from crawler.readers.readings import Candidate, Ladder, Reading, Status
from crawler.readers.weighing import (
    ALONE_ON_PICTURE,
    LONE,
    LONE_FITTING,
    LONE_ODD,
    MISSED_MOST,
    READING_ENDED,
    REFUSED_MOST,
    Weigher,
    unsettled,
)
from crawler.simroom.lettering import find_font

PX = 24
AT = (40, 40)
CLEAR = 0.99
WAYS: tuple[tuple[Size, Margin], ...] = (("tiny", "tight"), ("small", "loose"), ("small", "tight"))


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


@pytest.fixture(scope="module")
def weigher(engine: PaddleEngine) -> Weigher:
    return Weigher(LineReader(engine, Thresholds()))


def candidate(text: str, probability: float, model: Size = "tiny", margin: Margin = "tight") -> Candidate:
    counter = parse(text)
    return Candidate(text, counter, probability, model, margin, counter is not None and probability >= 0.5)


def look(text: str, *probabilities: float) -> Look:
    """As many recognitions as probabilities (two clear ones without any), by the models in the cascade's order."""
    found = tuple(
        candidate(text, probability, *way)
        for probability, way in zip(probabilities or (CLEAR, CLEAR), WAYS, strict=False)
    )
    return Look(found, found[0], len(found))


def split(*texts: str) -> Look:
    """Recognitions that differ, all of them sure."""
    return Look(tuple(candidate(text, CLEAR, *way) for text, way in zip(texts, WAYS, strict=False)), None, 0)


@cache
def font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(find_font()), PX)


@cache
def picture(text: str) -> Bgr:
    """White text on a dark box, 400x120 px."""
    image = Image.new("RGB", (400, 120), (40, 44, 52))
    ImageDraw.Draw(image).text(AT, text, font=font(), fill="white")
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1], np.uint8)


def line(text: str) -> Box:
    left, top, right, bottom = (int(v) for v in font().getbbox(text))
    return Box(AT[0] + left - 2, AT[1] + top - 2, right - left + 4, bottom - top + 4)


class Watched:
    """One field, looked at once a second; what is drawn is what the looks say unless `drawn` says otherwise."""

    def __init__(self, weigher: Weigher, kind_of: str) -> None:
        counter = parse(kind_of)
        assert counter is not None
        self.weigher = weigher
        self.field = Field("x-1", counter.kind, line(kind_of))
        self.readings: list[Reading] = []
        self.pictures = 0

    def _frame(self, text: str) -> Frame:
        self.pictures += 1
        return Frame(self.pictures - 1, (self.pictures - 1) * 1_000_000_000, picture(text))

    def sees(self, read: Look, drawn: str | None = None) -> list[Reading]:
        text = drawn or read.best.text
        found = self.weigher.weigh(self.field, self._frame(text), line(text), read)
        self.readings += found
        return found

    def sees_all(self, *texts: str) -> list[Reading]:
        for text in texts:
            self.sees(look(text))
        return self.readings

    def sees_nothing(self) -> list[Reading]:
        found = self.weigher.unreadable(self.field, self._frame(""), self.field.box, None)
        self.readings += found
        return found

    def sees_no_change(self) -> list[Reading]:
        found = self.weigher.unchanged(self.field, self._frame(""))
        self.readings += found
        return found

    def ends(self) -> list[Reading]:
        found = self.weigher.settled(self.field)
        self.readings += found
        return found

    @property
    def values(self) -> list[tuple[int, int | None, Ladder | None, str | None]]:
        """Accepted values in the order in which they were handed on."""
        return [(r.entry, r.value, r.ladder, r.agreed_by) for r in self.readings if r.status is Status.ACCEPTED]


def known(weigher: Weigher, text: str) -> Watched:
    """A field that has shown this value on two pictures."""
    watched = Watched(weigher, text)
    watched.sees_all(text, text)
    assert len(watched.values) == 2
    return watched


def assert_refused(readings: list[Reading], entry: int, why: str = ALONE_ON_PICTURE) -> None:
    (row,) = (r for r in readings if r.entry == entry)
    assert row.status is Status.DISAGREE
    assert (row.value, row.lo, row.hi, row.ladder, row.agreed_by) == (None,) * 5
    assert why in row.doubts
    assert row.candidates, "what was recognised is kept beside the refusal"


def test_a_new_value_waits_for_its_second_picture(weigher: Weigher) -> None:
    watched = Watched(weigher, "库存:37")
    assert watched.sees(look("库存:37")) == []
    assert watched.field.seen is None, "no later value is compared to one that does not count yet"
    watched.sees(look("库存:37"))
    assert watched.values == [(0, 37, Ladder.TWO, "pictures"), (1, 37, Ladder.TWO, "pictures")]


def test_unchanged_pixels_are_a_second_picture(weigher: Weigher) -> None:
    watched = Watched(weigher, "库存:37")
    watched.sees(look("库存:37"))
    watched.sees_no_change()
    assert watched.values == [(0, 37, Ladder.TWO, "pictures")]
    assert [(r.entry, r.status) for r in watched.readings] == [(0, Status.ACCEPTED), (1, Status.NOT_LOOKED)]
    watched.sees_no_change()
    assert len(watched.values) == 1, "it is confirmed once"


def test_a_countdown_is_confirmed_by_its_neighbours(weigher: Weigher) -> None:
    watched = Watched(weigher, "04:59")
    watched.sees_all("04:59", "04:58", "04:57")
    assert watched.values == [(i, 299 - i, Ladder.TWO, "neighbours") for i in range(3)]


@pytest.mark.parametrize("after", ["04:56", "05:00", "03:58", "04:59:58"])
def test_a_countdown_out_of_step_confirms_nothing(weigher: Weigher, after: str) -> None:
    watched = Watched(weigher, "04:59")
    watched.sees(look("04:59", 0.6, 0.6))
    watched.sees(look(after, 0.6, 0.6))
    assert watched.values == []
    assert_refused(watched.readings, 0)


def test_stock_that_falls_by_one_a_second_has_no_neighbours(weigher: Weigher) -> None:
    watched = Watched(weigher, "库存:37")
    watched.sees_all("库存:37", "库存:36", "库存:35")
    assert all(ladder is Ladder.ONCE for _, _, ladder, _ in watched.values)


@pytest.mark.parametrize(("lowest", "counts"), [(LONE, True), (LONE - 0.01, False)])
def test_the_first_value_of_a_field_on_one_picture_must_be_clear_to_both_models(
    weigher: Weigher, lowest: float, *, counts: bool
) -> None:
    for probabilities in ((lowest, CLEAR), (CLEAR, lowest), (CLEAR, CLEAR, lowest)):
        watched = Watched(weigher, "库存:37")
        watched.sees(look("库存:37", *probabilities))
        watched.ends()
        if counts:
            assert watched.values == [(0, 37, Ladder.ONCE, None)]
        else:
            assert_refused(watched.readings, 0)


@pytest.mark.parametrize(("lowest", "counts"), [(LONE_FITTING, True), (LONE_FITTING - 0.01, False)])
@pytest.mark.parametrize("after", ["库存:38", "库存:39"])
def test_a_value_on_its_way_needs_less(weigher: Weigher, after: str, lowest: float, *, counts: bool) -> None:
    watched = known(weigher, "库存:40")
    watched.sees(look("库存:39", lowest, CLEAR))
    watched.sees(look(after))
    if counts:
        assert (2, 39, Ladder.TWO if after == "库存:39" else Ladder.ONCE) in {v[:3] for v in watched.values}
    elif after == "库存:38":
        assert_refused(watched.readings, 2)
    else:
        assert (2, 39, Ladder.TWO, "pictures") in watched.values, "its second picture carries it, however unsure it was"


@pytest.mark.parametrize(("lowest", "counts"), [(LONE_ODD, True), (LONE_ODD - 0.01, False)])
def test_a_value_off_the_way_must_be_clearer_still(weigher: Weigher, lowest: float, *, counts: bool) -> None:
    """39, 59, 40: a digit that was caught while it flipped looks like another one."""
    watched = known(weigher, "库存:39")
    watched.sees(look("库存:59", lowest, CLEAR))
    watched.sees(look("库存:40"))
    if counts:
        assert (2, 59, Ladder.ONCE, None) in watched.values
    else:
        assert_refused(watched.readings, 2)
        assert 59 not in {value for _, value, _, _ in watched.values}


def test_a_reset_on_one_picture_before_nothing_more_is_seen_must_be_clearer_still(weigher: Weigher) -> None:
    for lowest, counts in ((LONE_ODD, True), (LONE_ODD - 0.01, False)):
        watched = known(weigher, "库存:3")
        watched.sees(look("库存:200", lowest, CLEAR))
        watched.ends()
        assert ((2, 200, Ladder.ONCE, None) in watched.values) is counts


@pytest.mark.parametrize(
    "unclear",
    [
        Look((candidate("库存:37", CLEAR), candidate("库存:3", 0.3, "small", "loose")), candidate("库存:37", CLEAR), 1),
        Look((candidate("库存:37", CLEAR), candidate("库存:E", 0.9, "small", "loose")), candidate("库存:37", CLEAR), 1),
        Look(
            (candidate("库存:37", 0.3), candidate("库存:37", CLEAR, "small", "loose")), candidate("库存:37", CLEAR), 1
        ),
    ],
)
def test_a_lone_value_that_one_model_does_not_see_is_refused(weigher: Weigher, unclear: Look) -> None:
    watched = Watched(weigher, "库存:37")
    watched.sees(unclear)
    watched.sees(look("库存:20"))
    assert_refused(watched.readings, 0)


def test_a_field_that_moves_accepts_no_odd_value_on_one_picture_only(weigher: Weigher) -> None:
    watched = known(weigher, "库存:50")
    assert watched.sees(look("库存:99", 0.6, 0.6)) == []
    watched.sees(look("库存:49"))
    assert_refused(watched.readings, 2)
    watched.sees(look("库存:49"))
    watched.sees(look("库存:59", 1.0, 1.0, 1.0))
    watched.sees(look("库存:48"))
    watched.sees(look("库存:48"))
    assert_refused(watched.readings, 5)
    assert {value for _, value, _, _ in watched.values} == {50, 49, 48}


@pytest.mark.parametrize(("lowest", "counts"), [(LONE, True), (LONE - 0.01, False)])
def test_a_field_that_moves_wants_lone_values_on_their_way_clear(
    weigher: Weigher, lowest: float, *, counts: bool
) -> None:
    watched = known(weigher, "库存:50")
    for number in range(REFUSED_MOST):
        watched.sees(look("库存:99", 0.6, 0.6))
        watched.sees(look("库存:50"))
        assert_refused(watched.readings, 2 + 2 * number)
    watched.sees(look("库存:49", lowest, CLEAR))
    watched.sees(look("库存:48"))
    assert ((6, 49, Ladder.ONCE, None) in watched.values) is counts
    if not counts:
        assert_refused(watched.readings, 6)


def test_a_field_that_stands_still_again_is_believed_again(weigher: Weigher) -> None:
    watched = known(weigher, "库存:50")
    watched.sees(look("库存:99", 0.6, 0.6))
    for _ in range(20):
        watched.sees(look("库存:50"))
    watched.sees(look("库存:200", 1.0, 1.0, 1.0))
    watched.sees(look("库存:50"))
    assert 200 in {value for _, value, _, _ in watched.values}


def test_a_moment_that_could_not_be_read_may_be_a_flip(weigher: Weigher) -> None:
    watched = known(weigher, "库存:50")
    watched.sees_nothing()
    watched.sees(look("库存:99", 1.0, 1.0, 1.0))
    watched.sees(look("库存:50"))
    assert_refused(watched.readings, 3)


def test_one_unreadable_look_lets_a_value_wait_and_more_settle_it(weigher: Weigher) -> None:
    watched = Watched(weigher, "库存:37")
    watched.sees(look("库存:37"))
    assert [r.status for r in watched.sees_nothing()] == [Status.UNREADABLE]
    watched.sees(look("库存:37"))
    assert watched.values[0] == (0, 37, Ladder.TWO, "pictures")
    watched = Watched(weigher, "库存:37")
    watched.sees(look("库存:37"))
    for _ in range(MISSED_MOST):
        watched.sees_nothing()
    assert watched.values == [(0, 37, Ladder.ONCE, None)]
    watched.sees(look("库存:37"))
    assert watched.values[0] == (0, 37, Ladder.ONCE, None), "what was handed on is not changed"


def test_recognitions_that_differ_are_kept_as_no_value_and_let_the_value_wait(weigher: Weigher) -> None:
    watched = Watched(weigher, "库存:37")
    watched.sees(look("库存:37"))
    watched.sees(split("库存:38", "库存:88"))
    assert_refused(watched.readings, 1, "recognitions differ")
    watched.sees(look("库存:37"))
    assert watched.values == [(0, 37, Ladder.TWO, "pictures"), (2, 37, Ladder.TWO, "pictures")]


def test_a_counter_of_another_kind_is_no_value_of_this_field(weigher: Weigher) -> None:
    watched = known(weigher, "库存:37")
    (row,) = watched.sees(look("04:59"))
    assert (row.status, row.value) == (Status.UNREADABLE, None)


def test_the_values_of_a_reader_that_is_stopped_are_no_values(weigher: Weigher) -> None:
    watched = Watched(weigher, "库存:37")
    assert unsettled(watched.field) == []
    watched.sees(look("库存:37"))
    before = watched.field.pending
    rows = unsettled(watched.field)
    assert_refused(rows, 0, READING_ENDED)
    assert rows[0].text == "库存:37"
    assert watched.field.pending is before, "asking changes nothing: reading may go on"
    assert unsettled(watched.field) == rows
    watched.sees(look("库存:37"))
    assert len(watched.values) == 2
    assert unsettled(watched.field) == []


@pytest.mark.parametrize(("lowest", "counts"), [(0.95, True), (0.85, False)])
def test_fewer_digits_need_a_second_picture_and_one_clear_recognition(
    weigher: Weigher, lowest: float, *, counts: bool
) -> None:
    watched = known(weigher, "库存:1100")
    watched.sees(look("库存:100", lowest, lowest))
    assert_refused(watched.readings, 2, "digits lost")
    watched.sees(look("库存:100", lowest, lowest))
    if counts:
        assert watched.values[2:] == [(3, 100, Ladder.TWO, "pictures")]
        assert watched.readings[-1].doubts == ("digits lost",), "what spoke against it stays beside it"
        assert watched.field.held == []
    else:
        assert_refused(watched.readings, 3, "digits lost")


def test_the_value_of_before_after_a_doubt_is_a_value_again(weigher: Weigher) -> None:
    watched = known(weigher, "库存:1100")
    watched.sees_all("库存:100", "库存:1100", "库存:1100")
    assert [(entry, value) for entry, value, _, _ in watched.values] == [(0, 1100), (1, 1100), (3, 1100), (4, 1100)]


def test_a_value_that_one_recognition_carried_is_recognised_again_before_it_counts_alone(weigher: Weigher) -> None:
    watched = Watched(weigher, "库存:37")
    watched.sees(look("库存:37", CLEAR))
    watched.ends()
    assert watched.values == [(0, 37, Ladder.ONCE, None)]
    (row,) = watched.readings
    assert [(c.model, c.margin) for c in row.candidates] == [("tiny", "tight"), ("small", "tight"), ("small", "loose")]
    assert {c.text.replace("：", ":") for c in row.candidates} == {"库存:37"}


def test_a_value_that_the_picture_does_not_show_is_refused_and_takes_the_trust(weigher: Weigher) -> None:
    """The tiny model alone said 31 where 37 stands: the small one is asked on the pixels that were kept."""
    watched = Watched(weigher, "库存:37")
    for text in ("库存:37", "库存:31"):
        counter = parse(text)
        assert counter is not None
        watched.field.trust.agreed(counter)
    wrong = look("库存:31", 1.0)
    assert wrong.chosen is not None
    assert wrong.chosen.counter is not None
    assert watched.field.trust.covers(wrong.chosen.counter)
    watched.sees(wrong, drawn="库存:37")
    watched.ends()
    assert_refused(watched.readings, 0)
    assert {c.counter.exact for c in watched.readings[0].candidates if c.counter} == {31, 37}
    assert not watched.field.trust.covers(wrong.chosen.counter)


def test_waiting_keeps_the_pixels_around_the_line_only(weigher: Weigher) -> None:
    watched = Watched(weigher, "库存:37")
    watched.sees(look("库存:37"))
    pending = watched.field.pending
    assert pending is not None
    assert pending.ground.pixels.base is None
    assert pending.ground.pixels.nbytes < picture("").nbytes


SEEN = ("库存:50", "库存:49", "库存:48", "库存:59", "库存:5", "库存:200", "unchanged", "unreadable", "differ")


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(SEEN), st.sampled_from([0.6, 0.8, 0.92, 1.0])), min_size=1, max_size=14),
    st.sampled_from(["ends", "is stopped"]),
)
def test_whatever_is_seen_each_picture_is_accounted_for_once_and_values_come_in_order(
    weigher: Weigher, course: list[tuple[str, float]], how: str
) -> None:
    watched = Watched(weigher, "库存:50")
    for seen, lowest in course:
        if seen == "unchanged":
            watched.sees_no_change()
        elif seen == "unreadable":
            watched.sees_nothing()
        elif seen == "differ":
            watched.sees(split("库存:47", "库存:41"), drawn="库存:41")
        else:
            watched.sees(look(seen, lowest, CLEAR))
    if how == "is stopped":
        watched.readings += unsettled(watched.field)
    else:
        watched.ends()
    assert sorted(r.entry for r in watched.readings) == list(range(len(course)))
    entries = [entry for entry, _, _, _ in watched.values]
    assert entries == sorted(entries)
    for entry, value, _, _ in watched.values:
        assert course[entry][0] == f"库存:{value}", "no value that was not read on that very picture"
    assert all(r.value is None for r in watched.readings if r.status is not Status.ACCEPTED)
