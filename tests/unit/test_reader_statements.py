"""Statements: overlay texts that state something of scarcity without a counter, and texts that do not."""

from __future__ import annotations

import re

import pytest

from crawler.readers.statements import LONGEST, read_line, statement


@pytest.mark.parametrize(
    "text",
    [
        "已抢光",
        "已售罄",
        "卖完了",
        "即将售罄",
        "库存不多",
        "仅剩最后几单",
        "最后一轮",
        "不再补货",
        "补货中",
        "限时5分钟",
        "最后3分钟",
        "每人限购2件",
        "全场库存500件",
        "今晚8点恢复原价",
    ],
)
def test_what_an_overlay_says_of_scarcity_is_a_statement(text: str) -> None:
    said = statement(text)
    assert said is not None
    assert (said.kind, said.lo, said.hi, said.exact) == ("statement", None, None, None), "a statement has no value"
    assert said.form == text


@pytest.mark.parametrize(
    "text",
    [
        "大家好",
        "好看",
        "喜欢的点点关注",
        "穿M码",
        "尺码S-XL",
        "纯棉圆领短袖",
        "点赞到1万",
        "100分",
        "满99减30",
        "",
        "   ",
        "光",
        "37",
        "04:5",
    ],
)
def test_talk_and_product_names_are_none(text: str) -> None:
    assert statement(text) is None


@pytest.mark.parametrize("text", ["秒杀价¥99", "到手价99元", "¥199", "欢迎小明进入直播间", "小明下单了", "上链接"])
def test_prices_events_and_calls_are_left_out(text: str) -> None:
    assert statement(text) is None


@pytest.mark.parametrize("text", ["小明:已抢光", "小明：已抢光", "主播: 每人限购2件", "小明﹕已抢光", "a:已抢光"])
def test_what_a_person_says_behind_a_name_and_a_colon_is_none(text: str) -> None:
    assert statement(re.split("[:：﹕]", text)[1]) is not None, "the words alone are one"
    assert statement(text) is None


@pytest.mark.parametrize("text", [":已抢光", "已抢光:", "：已抢光："])
def test_a_colon_at_the_rim_names_nobody(text: str) -> None:
    assert statement(text) is not None


def test_a_line_of_talk_is_too_long_to_be_one() -> None:
    longest = "每人限购2件，限时5分钟售完即止蓝色均码现货包邮"
    assert len(longest) == LONGEST
    assert statement(longest) is not None
    assert statement(longest + "。") is None
    assert statement(" ".join(longest)) is not None, "blanks do not count"


@pytest.mark.parametrize(("torn", "clean"), [("每人限购l件", "每人限购1件"), ("限时S分钟", "限时5分钟")])
def test_a_text_that_needs_a_repair_is_none(torn: str, clean: str) -> None:
    assert statement(clean) is not None
    assert statement(torn) is None


def test_the_form_is_the_folded_text_so_that_one_text_is_one_value() -> None:
    plain = statement("每人限购2件")
    assert plain is not None
    assert statement(" 每人 限购 2 件　") == plain
    assert statement("每人限购3件") != plain
    assert plain.digits == "2"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("库存:37", "stock"),
        ("仅剩100单", "stock_left"),
        ("已抢98%", "percent"),
        ("04:59", "countdown"),
        ("已抢光", "statement"),
        ("限时5分钟", "statement"),
    ],
)
def test_a_counter_is_read_as_a_counter_and_not_as_a_statement(text: str, kind: str) -> None:
    found = read_line(text)
    assert found is not None
    assert found.kind == kind
    assert (found.exact is None) == (kind == "statement")


@pytest.mark.parametrize("text", ["", "小明:库存5", "大家好", "¥99", "已抢"])
def test_a_line_that_is_neither_is_read_as_nothing(text: str) -> None:
    assert read_line(text) is None


@pytest.mark.parametrize(
    "text",
    ["已抢光" * 50_000, "\x00已抢光", "已抢光\u202e", "9" * 100_000, ":" * 100_000, "限购" * 100_000],
)
def test_hostile_texts_end_in_an_answer(text: str) -> None:
    found = read_line(text)
    assert found is None or (found.kind == "statement" and len(found.form) <= LONGEST)
