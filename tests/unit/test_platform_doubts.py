"""What no site's number, time or text may be, whoever sent it."""

from __future__ import annotations

import pytest

from crawler.platforms.doubts import Doubts, digits, epoch_ms

NOW = 1_790_000_000_000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0),
        (2**53 - 1, 2**53 - 1),
        ("2735", 2735),
        (12.0, 12),
        ("26万", None),
        ("", None),
        ("٣", None),
        (True, None),
        (1.5, None),
        (None, None),
        ([1], None),
    ],
)
def test_numbers(value: object, expected: int | None) -> None:
    doubts = Doubts()
    assert doubts.number(value) == expected
    assert doubts.flags == ()


@pytest.mark.parametrize("value", [-1, 2**53, "9999999999999999999", 1e300])
def test_numbers_out_of_range_are_flagged(value: object) -> None:
    doubts = Doubts()
    assert doubts.number(value) is None
    assert doubts.flags == ("number out of range",)


def test_a_time_of_a_day_ahead_is_doubted_only_where_we_know_our_own() -> None:
    ahead = NOW + 24 * 3600 * 1000 + 1
    doubts = Doubts()
    assert doubts.time_ms(ahead, 0) == ahead
    assert doubts.time_ms(0, NOW) is None
    assert doubts.flags == ()
    assert doubts.time_ms(ahead, NOW) == ahead
    assert doubts.flags == ("time in the future",)


def test_flags_come_once_and_in_their_order() -> None:
    doubts = Doubts(["seen before"])
    doubts.number(-1)
    doubts.text("长" * 10_001)
    doubts.number(-1)
    assert doubts.flags == ("seen before", "number out of range", "text cut")


def test_seconds_and_milliseconds_are_told_apart_and_nothing_else_is_a_time() -> None:
    assert epoch_ms(1_790_000_000) == NOW
    assert epoch_ms(NOW) == NOW
    assert [epoch_ms(each) for each in (None, 0, 5, 10**11, 10**16)] == [None] * 5
    assert digits("1" * 20) is None
