"""Between which moments an entry was written: pure rules."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.anchors.brackets import SECOND_NS, Anchor, Brackets, moment

LOG = "a" * 32


def token(size: int, time_s: float, at: int, by: str = "one", accuracy_s: float = 0) -> Anchor:
    return Anchor(by, size, int(time_s * SECOND_NS), int(accuracy_s * SECOND_NS), at, f"reply-{at}")


def test_an_entry_lies_between_the_token_that_its_log_knew_and_the_first_over_a_head_that_has_it() -> None:
    # Register: 0 log.opened, 1 head of size 1, 2 token over 2, 3 head of size 5, 4 token over 4, 5 token over 5.
    anchors = [token(2, 100, 2), token(4, 160, 4), token(5, 150, 5, by="two")]
    brackets = Brackets(anchors, {LOG: [(1, 1), (5, 3)]})
    first = brackets.of_log_entry(LOG, 0, None)
    assert (first.not_before, first.not_after) == (None, anchors[0])
    later = brackets.of_log_entry(LOG, 3, "reply-2")
    assert later.not_before == anchors[0]
    assert later.not_after == anchors[2]  # a later anchor may carry the earlier time
    unregistered = brackets.of_log_entry(LOG, 5, "reply-4")
    assert (unregistered.not_before, unregistered.not_after) == (anchors[1], None)
    assert brackets.of_log_entry("b" * 32, 0, "reply-9").not_before is None


def test_none_is_a_value_and_is_said() -> None:
    nothing = Brackets([], {}).of_log_entry(LOG, 0, None)
    assert str(nothing) == "not before none, not after none"
    assert nothing.outside_ns(0) == 0


@pytest.mark.parametrize(
    ("wall_s", "outside_s"), [(99, 0), (98, 1), (100, 0), (160, 0), (162, 0), (163, 1), (90_000, 89_838)]
)
def test_how_far_a_clock_lies_outside_allows_for_the_accuracy_of_the_anchors(wall_s: int, outside_s: int) -> None:
    anchors = [token(2, 100, 2, accuracy_s=1), token(4, 160, 4, accuracy_s=2)]
    bracket = Brackets(anchors, {LOG: [(5, 3)]}).of_log_entry(LOG, 3, "reply-2")
    assert bracket.outside_ns(wall_s * SECOND_NS) == outside_s * SECOND_NS


def test_a_register_entry_is_covered_by_the_first_token_over_it() -> None:
    anchors = [token(2, 100, 2), token(4, 160, 4)]
    brackets = Brackets(anchors, {})
    found = [brackets.of_register_entry(index).not_after for index in range(5)]
    assert found == [anchors[0], anchors[0], anchors[1], anchors[1], None]
    before = [brackets.of_register_entry(index).not_before for index in range(6)]
    assert before == [None, None, None, anchors[0], anchors[0], anchors[1]]


def test_nothing_of_a_log_is_older_than_what_the_register_held_when_its_key_was_made() -> None:
    anchors = [token(2, 100, 2), token(4, 160, 4)]
    brackets = Brackets(anchors, {LOG: [(5, 6)]}, {LOG: 5}, others=["reply-9"])
    assert brackets.of_log_entry(LOG, 0, None).not_before == anchors[1]
    assert brackets.of_log_entry(LOG, 0, "reply-2").not_before == anchors[1]  # an older one can't be claimed instead
    assert brackets.of_log_entry("b" * 32, 0, "reply-2").not_before == anchors[0]
    assert [brackets.knows(reply) for reply in ("reply-2", "reply-9", "reply-1")] == [True, True, False]


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 50)), max_size=12), st.integers(0, 30))
def test_no_anchor_that_covers_an_entry_is_earlier_than_the_one_that_is_named(
    drawn: list[tuple[int, int]], index: int
) -> None:
    anchors = [token(size, time_s, at) for at, (size, time_s) in zip(itertools.count(100), drawn, strict=False)]
    named = Brackets(anchors, {}).of_register_entry(index).not_after
    covering = [anchor.time_ns for anchor in anchors if anchor.size > index]
    assert (named.time_ns if named else None) == min(covering, default=None)


@pytest.mark.parametrize(
    ("time_ns", "words"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_298_889_134_306_926, "2026-11-21T22:08:09.134Z"),
        (10**40, f"{10**40} ns after 1970"),
        (-1, "-1 ns after 1970"),
    ],
)
def test_any_number_has_words(time_ns: int, words: str) -> None:
    assert moment(time_ns) == words
