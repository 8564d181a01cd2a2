"""Weighing: what becomes of a value that was on one picture only.

Looks are made by hand; where a waiting value is recognised again, the real models do it on a drawn picture.
"""

from __future__ import annotations

import pytest

from crawler.readers.cascade import LineReader, Look, Thresholds
from crawler.readers.counters import parse
from crawler.readers.ocr import PaddleEngine
from crawler.readers.readings import Ladder
from crawler.readers.weighing import LONE, LONE_FITTING, LONE_ODD, REFUSED_MOST, Weigher
from tests.harness.watched_field import CLEAR, Watched, assert_refused, candidate, known, look, picture


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


@pytest.fixture(scope="module")
def weigher(engine: PaddleEngine) -> Weigher:
    return Weigher(LineReader(engine, Thresholds()))


@pytest.mark.parametrize(("lowest", "counts"), [(LONE, True), (LONE - 0.01, False)])
def test_the_first_value_of_a_field_on_one_picture_must_be_clear_to_both_models(
    weigher: Weigher, lowest: float, *, counts: bool
) -> None:
    for probabilities in ((lowest, CLEAR), (CLEAR, lowest), (CLEAR, CLEAR, lowest)):
        watched = Watched(weigher, "库存:37")
        watched.sees(look("库存:37", *probabilities))
        watched.ends()
        watched.sees(look("库存:37"))
        if counts:
            assert watched.values == [(0, 37, Ladder.ONCE, None), (1, 37, Ladder.TWO, "pictures")]
        else:
            assert_refused(watched.readings, 0)
            assert watched.values == [], "what was refused confirms nothing: this one waits in its turn"


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


def test_a_value_off_the_way_that_one_of_three_recognitions_can_not_read_is_refused(weigher: Weigher) -> None:
    two = (candidate("库存:59", 1.0), candidate("库存:59", 1.0, "small", "loose"))
    for third, counts in (("库存:59", True), ("库存:5E", False)):
        watched = known(weigher, "库存:39")
        watched.sees(Look((*two, candidate(third, 1.0, "small", "tight")), two[0], 2), drawn="库存:59")
        watched.sees(look("库存:40"))
        assert ((2, 59, Ladder.ONCE, None) in watched.values) is counts


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
        Look(
            (candidate("库存:37", CLEAR), candidate("库存:87", CLEAR, "small", "loose")), candidate("库存:37", CLEAR), 1
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
    at = 2 + 2 * REFUSED_MOST
    assert ((at, 49, Ladder.ONCE, None) in watched.values) is counts
    if not counts:
        assert_refused(watched.readings, at)


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
