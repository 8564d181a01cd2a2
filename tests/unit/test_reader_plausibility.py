"""Doubts: how a covered, clipped or misread line that still makes a legal counter is held back."""

from __future__ import annotations

import pytest

from crawler.readers.counters import Counter, parse
from crawler.readers.ocr import Box
from crawler.readers.pixels import Surroundings
from crawler.readers.plausibility import LASTING, Seen, doubts, is_part_of, lifted

CALM = Surroundings()


def seen(text: str, at_s: float, width: int = 100) -> Seen:
    counter = parse(text)
    assert counter is not None, text
    return Seen(counter, int(at_s * 1e9), Box(10, 10, width, 24))


def counter(text: str) -> Counter:
    return seen(text, 0).counter


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("库存:37", "库存:36"),
        ("库存:3", "库存:200"),  # a reset is what we are here to see: it must pass as it is
        ("仅剩99单", "仅剩61单"),
        ("04:59", "04:58"),
        ("已售9.8万", "已售9.9万"),
        ("已抢98%", "已抢12%"),
    ],
)
def test_what_happens_in_rooms_is_believed_at_once(before: str, after: str) -> None:
    widths = [60 + 12 * len(counter(text).digits) for text in (before, after)]
    assert doubts(seen(before, 0, widths[0]), seen(after, 1, widths[1]), CALM) == ()


def test_the_same_value_is_never_doubted() -> None:
    assert doubts(seen("04:59", 0), seen("04:59", 30), Surroundings(255.0, 0.0, 255.0)) == ()


def test_lost_digits_need_a_second_picture() -> None:
    was = seen("库存:1100", 0, 120)
    against = doubts(was, seen("库存:100", 1, 108), CALM)
    assert against == ("digits lost",)
    assert not lifted(against, [], seen("库存:100", 3))
    assert lifted(against, [seen("库存:100", 2)], seen("库存:100", 3))
    assert lifted(against, [seen("库存:100", 2, 108)], seen("库存:98", 3, 96)) is False
    assert lifted(against, [seen("库存:100", 2)], seen("库存:101", 3))  # it went on from there


def test_lost_digits_in_a_line_as_wide_as_before_are_not_believed() -> None:
    """A recogniser that drops one of two equal digits: the line still has its width."""
    against = doubts(seen("库存:1100", 0, 120), seen("库存:100", 1, 119), CALM)
    assert "width kept" in against
    assert not lifted(against, [seen("库存:100", 2)] * 2, seen("库存:100", 3))


def test_a_cover_beside_the_text_is_not_believed_however_long_it_lasts() -> None:
    against = doubts(seen("库存:100", 0, 110), seen("库存:10", 1, 98), Surroundings(80.0, 3.0, 60.0))
    assert "covered" in against
    assert not lifted(against, [seen("库存:10", 2)] * 8, seen("库存:10", 3))


def test_a_moving_background_is_no_cover() -> None:
    assert "covered" not in doubts(seen("库存:100", 0, 110), seen("库存:10", 1, 98), Surroundings(30.0, 28.0, 60.0))


@pytest.mark.parametrize(
    ("before", "after"),
    [("已售93.9万", "已售939万"), ("2.8万在线", "8万在线"), ("00:09:22", "00:09"), ("已售1.4万+", "已售1.5万")],
)
def test_lost_signs_that_change_the_value_are_not_believed(before: str, after: str) -> None:
    against = doubts(seen(before, 0), seen(after, 1, 80), CALM)
    assert LASTING.intersection(against)
    assert not lifted(against, [seen(after, 2)] * 3, seen(after, 3))


@pytest.mark.parametrize(
    ("before", "after"), [("9950人在线", "1.0万在线"), ("已售9.9万", "已售10万"), ("01:00:00", "59:59")]
)
def test_another_frame_is_believed_at_the_second_picture(before: str, after: str) -> None:
    against = doubts(seen(before, 0), seen(after, 1, 80), CALM)
    assert against
    assert lifted(against, [seen(after, 2)], seen(after, 3))


def test_a_countdown_that_jumps_needs_a_second_picture_that_ticks_on() -> None:
    against = doubts(seen("16:29", 0), seen("15:28", 1), CALM)
    assert against == ("countdown jumped",)
    assert doubts(seen("15:28", 1), seen("15:27", 2), CALM) == ()
    assert lifted(against, [seen("15:28", 2)], seen("15:27", 3))


def test_looking_back_time_runs_the_other_way() -> None:
    assert doubts(seen("04:50", 10), seen("04:59", 1), CALM) == ()


def test_a_run_of_plausible_values_lifts_a_lost_frame() -> None:
    """ "只剩最后100单" then "最后20单", "最后19单": another text, not a cover."""
    against = doubts(seen("只剩最后100单", 0), seen("最后19单", 4, 80), CALM)
    held = [seen("最后20单", 1), seen("最后20单", 2), seen("最后19单", 3)]
    assert LASTING.intersection(against)
    assert lifted(against, held, seen("最后19单", 4))
    assert not lifted(against, held[:2], seen("最后20单", 3))


def test_parts() -> None:
    assert is_part_of("100", "1100")
    assert is_part_of("10", "1100")
    assert not is_part_of("1100", "1100")
    assert not is_part_of("99", "100")
