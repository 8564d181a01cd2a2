from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.readers.grammar.figures import Quantity
from crawler.readers.grammar.numerals import pattern, quantity

FOUND_BEFORE_A_UNIT = re.compile(pattern("n") + "单")


def bounds(text: str) -> tuple[int, int | None, str] | None:
    """What is found and read when the numeral stands before its unit, as in a line."""
    found = FOUND_BEFORE_A_UNIT.fullmatch(f"{text}单")
    assert found is not None, f"{text} is not found"
    number = quantity(found["n"])
    return number and (number.lo, number.hi, number.op)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("38", 38),
        ("1,200", 1200),
        ("一", 1),
        ("两", 2),
        ("俩", 2),
        ("仨", 3),
        ("十", 10),
        ("十五", 15),
        ("廿", 20),
        ("廿五", 25),
        ("卅", 30),
        ("一百二", 120),
        ("一百二十", 120),
        ("一百零二", 102),
        ("二百五", 250),
        ("壹佰", 100),
        ("百", 100),
        ("幺零零", 100),
        ("一九九", 199),
        ("二零零", 200),
        ("两千五", 2500),
        ("一千零五十", 1050),
        ("三万二", 32_000),
        ("两万", 20_000),
        ("十万", 100_000),
        ("三百六十五万", 3_650_000),
        ("一亿二", 120_000_000),
        ("1百", 100),
        ("2千3", 2300),
        ("1万2", 12_000),
        ("5w", 50_000),
        ("3k", 3000),
        ("10万", 100_000),
        ("整整一百", 100),
    ],
)
def test_exact_numerals(text: str, value: int) -> None:
    assert bounds(text) == (value, value, "eq")


@pytest.mark.parametrize(
    ("text", "lo", "hi"),
    [
        ("好几百", 200, 999),
        ("几百", 200, 999),
        ("大几百", 500, 999),
        ("几十", 20, 99),
        ("十几", 11, 19),
        ("二十几", 21, 29),
        ("一百二十几", 121, 129),
        ("十来", 10, 19),
        ("百来", 100, 199),
        ("一百来", 100, 199),
        ("百把", 100, 199),
        ("一百多", 100, 199),
        ("100多", 100, 199),
        ("三十多", 30, 39),
        ("三千多", 3000, 3999),
        ("两万多", 20_000, 29_999),
        ("十多万", 100_000, 199_999),
        ("两千出头", 2000, 2499),
        ("一百出头", 100, 149),
        ("七八", 7, 8),
        ("七八十", 70, 89),
        ("两三百", 200, 399),
        ("三五百", 300, 599),
        ("十七八", 17, 18),
        ("一百五六十", 150, 169),
        ("百八十", 80, 100),
        ("上百", 100, 999),
        ("数百", 200, 999),
        ("近百", 90, 99),
        ("个位数", 1, 9),
        ("两位数", 10, 99),
        ("不到一百", 1, 99),
        ("最多50", 1, 50),
        ("大概五十", 50, 50),
    ],
)
def test_vague_numerals_are_bounds(text: str, lo: int, hi: int) -> None:
    assert bounds(text) == (lo, hi, "approx")


@pytest.mark.parametrize(
    ("text", "lo", "hi"),
    [
        ("1.2万", 11_500, 13_000),
        ("3.5w", 34_500, 36_000),
        ("三点五万", 34_500, 36_000),
        ("12.6万", 125_500, 127_000),
        ("1.2k", 1150, 1300),
        ("1.25万", 12_450, 12_600),
    ],
)
def test_a_rounded_display_reaches_from_half_a_step_below_to_a_step_above(text: str, lo: int, hi: int) -> None:
    assert bounds(text) == (lo, hi, "approx")


@pytest.mark.parametrize(("text", "lo"), [("10w+", 100_000), ("1.2万+", 12_000), ("99+", 99), ("至少200", 200)])
def test_at_least_is_open_above(text: str, lo: int) -> None:
    assert bounds(text) == (lo, None, "ge")


@pytest.mark.parametrize("text", ["三二一", "五四三二一", "一二三", "万一", "几", "十百", "九八"])
def test_a_countdown_and_half_words_are_no_number(text: str) -> None:
    assert bounds(text) is None


def test_a_display_rounds_what_ends_in_its_scale() -> None:
    assert quantity("3万") == Quantity(30_000, 30_000, "eq", Decimal(30_000), 10_000, scaled=True)
    shown = quantity("3万")
    assert shown is not None
    assert (shown.displayed().lo, shown.displayed().hi, shown.displayed().op) == (25_000, 40_000, "approx")
    exact = quantity("3000")
    assert exact is not None
    assert exact.displayed() == exact


def test_the_tail_of_a_number_is_not_read_as_one() -> None:
    assert FOUND_BEFORE_A_UNIT.search("13800138000138单") is None
    assert FOUND_BEFORE_A_UNIT.search("1.2.3单") is None


@given(st.integers(min_value=1, max_value=999_999_999_999))
def test_arabic_numbers_are_themselves(number: int) -> None:
    assert bounds(str(number)) == (number, number, "eq")
    assert bounds(f"{number:,}") == (number, number, "eq")


def in_han(number: int) -> str:
    """A number below 10000 as it is written out, made the other way round than it is read."""
    said, gap = "", False
    for scale, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // scale % 10
        if digit:
            said += ("零" if gap and said else "") + "零一二三四五六七八九"[digit] + word
            gap = False
        else:
            gap = True
    return said


@given(st.integers(min_value=1, max_value=9999), st.integers(min_value=1, max_value=9999))
def test_numbers_written_out_are_read_back(small: int, large: int) -> None:
    assert bounds(in_han(small)) == (small, small, "eq")
    assert bounds(f"{in_han(large)}万零{in_han(small)}") == (large * 10_000 + small, large * 10_000 + small, "eq")


@given(st.text(alphabet="0123456789零一二三四五六七八九十百千万亿两几多来点.,+wk上近好大廿俩半出头个位数", max_size=20))
def test_any_run_of_numeral_signs_is_a_quantity_with_ordered_bounds_or_none(text: str) -> None:
    number = quantity(text)
    if number is not None:
        assert number.lo >= 0
        assert number.hi is None or number.hi >= number.lo
