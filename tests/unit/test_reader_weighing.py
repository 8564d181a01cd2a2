"""Weighing: which values count at once or with their second picture, and on what ground; looks are made by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.readers.cascade import LineReader, Thresholds
from crawler.readers.ocr import PaddleEngine
from crawler.readers.readings import Ladder, Status
from crawler.readers.weighing import MISSED_MOST, READING_ENDED, STANDS_STILL, Weigher, unsettled
from tests.harness.watched_field import CLEAR, Watched, assert_refused, known, look, split


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


@pytest.fixture(scope="module")
def weigher(engine: PaddleEngine) -> Weigher:
    return Weigher(LineReader(engine, Thresholds()))


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
    assert_refused(watched.readings, 0, STANDS_STILL)


@pytest.mark.parametrize("clock", ["20:30", "20:30:15"])
def test_a_clock_that_does_not_count_down_is_no_countdown(weigher: Weigher, clock: str) -> None:
    """The time of day on a phone's own bar."""
    watched = Watched(weigher, clock)
    watched.sees_all(*[clock] * 8)
    watched.ends()
    assert watched.values == []
    assert {r.status for r in watched.readings} == {Status.DISAGREE}
    assert len(watched.readings) == 8, "each look is kept"


def test_a_bare_clock_counts_from_its_first_picture_once_it_counts_down(weigher: Weigher) -> None:
    watched = Watched(weigher, "04:59")
    watched.sees_all("04:59", "04:58", "04:57")
    assert [value for _, value, _, _ in watched.values] == [299, 298, 297]


def test_stock_that_falls_by_one_a_second_has_no_neighbours(weigher: Weigher) -> None:
    watched = Watched(weigher, "库存:37")
    watched.sees_all("库存:37", "库存:36", "库存:35")
    assert all(ladder is Ladder.ONCE for _, _, ladder, _ in watched.values)


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


def test_pixels_that_stay_unreadable_confirm_nothing(weigher: Weigher) -> None:
    watched = Watched(weigher, "库存:37")
    watched.sees(look("库存:37"))
    watched.sees_nothing()
    assert [r.status for r in watched.sees_no_change()] == [Status.UNREADABLE]
    assert watched.values == []
    watched.ends()
    assert watched.values == [(0, 37, Ladder.ONCE, None)]


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


def test_pixels_on_which_recognitions_differed_confirm_nothing(weigher: Weigher) -> None:
    watched = Watched(weigher, "库存:59")
    watched.sees(look("库存:59", 0.6, 0.6))
    watched.sees(split("库存:40", "库存:46"))
    watched.sees_no_change()
    assert watched.values == []
