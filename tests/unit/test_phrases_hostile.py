"""Any text gives a tuple: whatever stands in it, however long it is."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.readers.grammar.claims import Claim
from crawler.readers.phrases import LONGEST, Source, as_members, parse_claims

SOURCES: tuple[Source, ...] = ("ocr", "chat", "popup", "asr")
sources = st.sampled_from(SOURCES)
WORDS = """
仅剩 只剩 库存 最后 还有 一百 100 单 件 再 给大家 上 链接 3 2 1 、 ， 。 百 零 十 千 点赞到 满 前 名 送 限购 每人 的 了
就 没 抢 卖 完 已 % 万 + ¥ 块 元 九 原价 不要 扣 公屏 打 在线 人 看过 下播 恢复 明天 刚才 补货 O l S 倒计时 00: 59 :
共 一共 月底 下周 才 第3次 次 拍1发3 之前卖 近1分钟 有 就到了
不对 说 昨天 又是 主播 吗 ？ ! 半 小时 分钟 秒 点 号 *** 等 正在去购买 剩餘 ５ 🔥
"""
PIECES = [*WORDS.split(), " ", "\n", "\u202e", "\u200b"]


def check(text: str, found: tuple[Claim, ...]) -> None:
    for claim in found:
        start, end = claim.span
        assert 0 <= start < end <= len(text)
        members = as_members(claim)
        low, high = members.get("lo"), members.get("hi")
        assert low is None or low >= 0
        assert low is None or high is None or high >= low
    assert [c.span[0] for c in found] == sorted(c.span[0] for c in found)


@given(st.text(max_size=200), sources)
@settings(max_examples=400, deadline=None)
def test_any_unicode_text_gives_a_tuple(text: str, source: Source) -> None:
    check(text, parse_claims(text, source=source))


@given(st.lists(st.sampled_from(PIECES), max_size=40), sources)
@settings(max_examples=1500, deadline=None)
def test_the_grammars_own_words_in_any_order_give_a_tuple(pieces: list[str], source: Source) -> None:
    text = "".join(pieces)
    check(text, parse_claims(text, source=source))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("unit", ["1", "一百", "3、2、1", "仅剩l", "踢未付款", "1:", "到手价", "的"])
def test_a_line_of_twenty_thousand_signs_is_read_in_bounded_pieces(unit: str, source: Source) -> None:
    """No time is asserted: a rule that went exponential would never come back (the suite has a time limit)."""
    text = (unit * 20_000)[:20_000]
    check(text, parse_claims(text, source=source))


def test_a_long_text_is_read_to_its_end() -> None:
    dice = random.Random(4)  # noqa: S311 - filler that repeats
    filler = "".join(dice.choice("天地玄黄宇宙洪荒") for _ in range(LONGEST * 20))
    (claim,) = parse_claims(f"{filler}\n仅剩38件", source="ocr")
    assert claim.span == (len(filler) + 1, len(filler) + 6)


def test_a_claim_across_the_cut_of_a_long_line_is_not_seen() -> None:
    """The bound that is documented: pieces are read one by one."""
    assert parse_claims("天" * (LONGEST - 2) + "仅剩38件", source="ocr") == ()
    assert len(parse_claims("天" * (LONGEST - 5) + "仅剩38件", source="ocr")) == 1


def test_a_text_that_overrides_its_direction_says_nothing() -> None:
    """What the screen shows of such a text is the picture's business."""
    assert parse_claims("仅剩\u202e83件\u202c", source="ocr") == ()


@pytest.mark.parametrize("text", ["仅剩3²件", "仅剩①②件", "仅剩½件", "库存٣٧", "仅剩𝟛件"])
def test_digits_of_other_kinds_make_no_numbers(text: str) -> None:
    assert [c for c in parse_claims(text, source="ocr") if as_members(c).get("lo") is not None] == []


def test_an_unknown_source_is_refused_with_what_to_pass() -> None:
    wrong: Any = "ocr2"
    with pytest.raises(ValueError, match=r"one of ocr, chat, popup, asr, got 'ocr2'"):
        parse_claims("仅剩3件", source=wrong)
