"""The grammar of counters: which lines are counters, and with which value or interval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.readers.counters import parse, resembles


@pytest.mark.parametrize(
    ("text", "kind", "lo", "hi"),
    [
        ("库存:37", "stock", 37, 38),
        ("库存 37件", "stock", 37, 38),
        ("库存：０", "stock", 0, 1),
        ("剩余 1100", "stock", 1100, 1101),
        ("仅剩100单", "stock_left", 100, 101),
        ("只剩最后100单", "stock_left", 100, 101),
        ("最后3件", "stock_left", 3, 4),
        ("已抢98%", "percent", 98, 99),
        ("已抢100％", "percent", 100, 101),
        ("04:59", "countdown", 299, 300),
        ("00:04:59", "countdown", 299, 300),
        ("距结束 04:59", "countdown", 299, 300),
        ("秒杀 04:37", "countdown", 277, 278),
        ("限时抢购 距离结束还剩：04:37", "countdown", 277, 278),
        ("12：00：00", "countdown", 43200, 43201),
        ("已售1.2万", "sold", 11_500, 13_000),
        ("已售1.2万件", "sold", 11_500, 13_000),
        ("已售1.2万+", "sold", 12_000, None),
        ("已售345", "sold", 345, 346),
        ("1.2万在线", "viewers", 11_500, 13_000),
        ("2.3万人在线", "viewers", 22_500, 24_000),
        ("3万在线", "viewers", 25_000, 40_000),
        ("2345人在线", "viewers", 2345, 2346),
        ("10万+在线", "viewers", 100_000, None),
    ],
)
def test_a_counter_gets_its_kind_and_value(text: str, kind: str, lo: int, hi: int | None) -> None:
    counter = parse(text)
    assert counter is not None
    assert (counter.kind, counter.lo, counter.hi) == (kind, lo, hi)
    assert counter.exact == (lo if hi == lo + 1 else None)


@pytest.mark.parametrize(
    "text",
    # Prices, days, points; misreads that facts/ocr.md names; frames without digits; numbers with lost signs.
    [
        "",
        "¥100",
        "100分",
        "最后100天",
        "最后100块",
        "100",
        "4444",
        "939万",
        "已售93.95万",
        "已抢98",
        "已抢101%",
        "库存:",
        "库存:037",
        "仅剩100",
        "利100单",
        "04:60",
        "4:59",
        "4:5",
        "04:5",
        ":59",
        "库存:3o",
        "小明:仅剩100单",
        "仅剩100单了",
        "昨天仅剩100单",
        "剩余10元",
        ".2万在线",
        "1..2万在线",
    ],
)
def test_what_is_not_exactly_a_counter_is_nothing(text: str) -> None:
    assert parse(text) is None


@given(st.integers(0, 999_999_999))
def test_every_plain_stock_reads_back(n: int) -> None:
    counter = parse(f"库存:{n}")
    assert counter is not None
    assert counter.exact == n
    assert counter.digits == str(n)


@given(st.integers(10_000, 99_999_999))
def test_a_rounded_display_contains_what_it_was_made_from(n: int) -> None:
    """Rounded or cut off: 1.2万 may stand for both 11 500 and 12 999."""
    for tenths in (n // 1000, (n + 500) // 1000):
        counter = parse(f"已售{tenths // 10}.{tenths % 10}万")
        assert counter is not None
        assert counter.hi is not None
        assert counter.lo <= n < counter.hi


@given(st.text(max_size=30))
def test_no_text_breaks_the_grammar(text: str) -> None:
    assert parse(text) == parse(f" {text} ")


@pytest.mark.parametrize("text", ["库存:3²", "库存:③", "库存:٣"])
def test_signs_that_fold_to_digits_are_no_digits(text: str) -> None:
    assert parse(text) is None


def test_the_form_shows_lost_parts() -> None:
    def form(text: str) -> str:
        counter = parse(text)
        assert counter is not None
        return counter.form

    assert form("00:04:59") != form("04:59")
    assert form("已售93.9万") != form("已售939万")
    assert form("库存:37") == form("库存 1100")  # the colon carries nothing


@pytest.mark.parametrize("text", ["库存:3o7", "利100单", "4444:1", "仅余100单", "已抡98%", "1.2万在钱"])
def test_misread_counters_are_looked_at_again(text: str) -> None:
    assert parse(text) is None
    assert resembles(text)


@pytest.mark.parametrize(
    "text", ["♦26大白:昨天也是最后100单", "¥59.9", "1号链接云朵软糯抱枕被", "来了", "♦5小鹿:主播讲一下", "15"]
)
def test_other_lines_are_not(text: str) -> None:
    assert not resembles(text)
