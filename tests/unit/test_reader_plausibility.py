"""Doubts: how a covered, clipped or misread line that still makes a legal counter is held back."""

from __future__ import annotations

import pytest

from crawler.readers.counters import Counter, parse
from crawler.readers.ocr import Box
from crawler.readers.pixels import Surroundings
from crawler.readers.plausibility import LASTING, Seen, doubts, follows, is_part_of, lifted

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


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [
        ("04:59", "04:58", 1),
        ("04:59", "04:58", 0.2),  # the second turned between two pictures of a burst
        ("04:59", "04:58", 2.0),
        ("04:59", "04:59", 1.2),
        ("04:59", "03:59", 60),
        ("01:00:00", "00:59:59", 1),
        ("距结束00:10", "距结束00:09", 1),
    ],
)
def test_a_countdown_that_keeps_time_follows(before: str, after: str, seconds: float) -> None:
    assert follows(seen(before, 0), seen(after, seconds))
    assert follows(seen(after, seconds), seen(before, 0)), "looking back too"


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [
        ("04:59", "04:58", 3),
        ("04:59", "04:57", 0.5),
        ("04:59", "05:00", 1),  # it runs the other way
        ("04:59", "03:59", 1),
        ("01:00:00", "59:59", 1),  # lost digits, or another frame: a second picture must tell
        ("距结束00:10", "00:09", 1),
        ("库存:37", "库存:36", 1),
        ("库存:37", "库存:37", 1),
        ("04:59", "库存:298", 1),
        ("已抢98%", "已抢99%", 1),
    ],
)
def test_a_countdown_out_of_step_and_any_other_counter_do_not(before: str, after: str, seconds: float) -> None:
    assert not follows(seen(before, 0), seen(after, seconds))


@pytest.mark.parametrize(
    ("before", "after"), [("仅剩100份", "仅剩99份"), ("已抢100%", "已抢99%"), ("剩余10件", "剩余9件")]
)
def test_a_box_that_shrinks_with_an_enclosed_number_is_no_cover(before: str, after: str) -> None:
    """What lies over a digit lies over the words beside it too, and they are still there."""
    against = doubts(seen(before, 0, 110), seen(after, 1, 98), Surroundings(80.0, 3.0, 60.0))
    assert "covered" not in against
    assert lifted(against, [seen(after, 1, 98)], seen(after, 2, 98))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("库存:100", "库存:10"),  # nothing stands behind the digits
        ("9950人在线", "995人在线"),  # nothing before them
        ("仅剩100份", "剩余10份"),  # other words: who knows what became of the line
    ],
)
def test_a_cover_of_a_number_at_the_rim_of_its_line_stays_one(before: str, after: str) -> None:
    against = doubts(seen(before, 0, 110), seen(after, 1, 98), Surroundings(80.0, 3.0, 60.0))
    assert "covered" in against
    assert not lifted(against, [seen(after, 1, 98)] * 8, seen(after, 2, 98))


@pytest.mark.parametrize(("before", "after"), [("仅剩100份", "仅剩10份"), ("已抢100%", "已抢10%")])
def test_an_enclosed_number_that_lost_a_digit_in_a_line_as_wide_as_before_is_not_believed(
    before: str, after: str
) -> None:
    against = doubts(seen(before, 0, 110), seen(after, 1, 109), CALM)
    assert "width kept" in against
    assert not lifted(against, [seen(after, 1, 109)] * 2, seen(after, 2, 109))


def says(text: str, at_s: float) -> Seen:
    return Seen(Counter("statement", None, None, text, ""), int(at_s * 1e9), Box(10, 10, 100, 24))


def test_another_statement_is_believed_at_the_second_picture() -> None:
    against = doubts(says("即将售罄", 0), says("已售罄", 1), CALM)
    assert against == ("frame changed",)
    assert not lifted(against, [], says("已售罄", 1))
    assert lifted(against, [says("已售罄", 1)], says("已售罄", 2))
    assert not follows(says("即将售罄", 0), says("已售罄", 1))


def test_what_is_left_of_a_clipped_statement_is_not_believed() -> None:
    """ "不再补货" (no restock) without its first two characters says the contrary."""
    against = doubts(says("不再补货", 0), says("补货", 1), CALM)
    assert against == ("frame lost",)
    assert not lifted(against, [says("补货", 1)] * 3, says("补货", 4))
