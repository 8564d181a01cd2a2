"""What a claim carries: members of the closed table, its place in the text, the repairs that it rests on."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from crawler.readers.grammar import claims
from crawler.readers.grammar.claims import Claim
from crawler.readers.phrases import Source, as_members, parse_claims


def said(text: str, source: Source = "ocr") -> list[dict[str, Any]]:
    return [as_members(claim) for claim in parse_claims(text, source=source)]


def test_a_member_that_is_open_is_null_and_one_that_is_not_said_is_absent() -> None:
    assert said("已售3.5万+") == [{"type": "sold_count", "lo": 35_000, "hi": None, "op": "ge"}]
    assert said("库存126") == [{"type": "stock_left", "lo": 126, "hi": 126, "op": "eq", "unit": None}]
    assert said("补货", "asr") == [{"type": "restock", "qty": None}]
    assert said("再加50单", "asr") == [{"type": "restock", "qty": 50, "unit": "单"}]
    assert said("上链接", "asr") == [{"type": "link_call", "link": None}]
    assert said("已抢98%") == [{"type": "stock_pct_sold", "value": 0.98}]
    assert said("抢掉一大半了", "asr") == [{"type": "stock_pct_sold", "lo": 0.5, "hi": 1.0}]


def test_an_open_upper_bound_of_a_report_is_null_not_absent() -> None:
    assert said("主播说已售10万+", "chat") == [
        {"type": "third_party_report", "about": "sold_count", "lo": 100_000, "hi": None}
    ]
    assert said("又是最后一波", "chat") == [{"type": "third_party_report", "about": "last_round"}]


def test_claims_are_frozen_and_their_members_are_json() -> None:
    found = parse_claims("好几百单瞬间就没了，3号链接还有100单，不对，80单", source="asr")
    assert [claim.type for claim in found] == ["sold_out", "stock_left"]
    members = [as_members(claim) for claim in found]
    assert json.loads(json.dumps(members)) == members
    assert members[0] == {"type": "sold_out", "approx_qty": [200, 999]}
    assert members[1]["corrected_from"] == 100
    assert members[1]["link"] == 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        found[0].span = (0, 1)  # type: ignore[misc]


def test_each_type_of_the_table_has_one_class_with_a_name_of_its_own() -> None:
    classes = [x for x in vars(claims).values() if isinstance(x, type) and issubclass(x, Claim) and x is not Claim]
    assert len(classes) == len({each.type for each in classes}) == 31
    assert {each.type.replace("_", "") for each in classes} == {each.__name__.lower() for each in classes}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("仅剩38件", "仅剩38件"),
        ("🔥🔥 仅剩 🔥 38 件 🔥", "仅剩 🔥 38 件"),
        ("剩餘庫存：５６件！", "剩餘庫存：５６件"),
        ("家人们，只剩最后100单了", "只剩最后100单"),
        ("第一行\n第二行 库存 12", "库存 12"),
        ("3️⃣2️⃣1️⃣ 上链接", "3️⃣2️⃣1️⃣ 上链接"),
    ],
)
def test_a_claim_points_at_its_own_words_in_the_text_as_given(text: str, words: str) -> None:
    (claim,) = parse_claims(text, source="ocr")
    start, end = claim.span
    assert text[start:end] == words


def test_claims_stand_in_the_order_of_the_text() -> None:
    found = parse_claims("原价￥399 到手价￥199 仅剩20件 每人限购2件 距结束00:04:59", source="ocr")
    assert [claim.type for claim in found] == ["price", "price", "stock_left", "purchase_limit", "deadline"]
    assert [claim.span for claim in found] == sorted(claim.span for claim in found)


def test_what_is_said_twice_in_one_line_is_one_claim() -> None:
    assert len(parse_claims("最后十单，最后十单，最后十单了", source="asr")) == 1


@pytest.mark.parametrize(
    ("text", "repairs"),
    [
        ("仅剩l00件", ("l->1",)),
        ("巳抢9B%", ("巳->已", "B->8")),
        ("剩佘１２件", ("佘->余", "fullwidth")),
        ("最后5早", ("早->单",)),
        ("倒计时 OO:O4:59", ("O->0",)),
        ("在线2.3方人", ("方->万",)),
        ("已售500十", ("十->+",)),
        ("仅乘15件", ("乘->剩",)),
        ("已枪98%", ("枪->抢",)),
        ("前5O名送面膜", ("O->0",)),
        ("再延长S分钟", ("S->5",)),
        ("仅剩38件", ()),
    ],
)
def test_repairs_are_listed_in_order_of_appearance(text: str, repairs: tuple[str, ...]) -> None:
    (claim,) = parse_claims(text, source="ocr")
    assert claim.repairs == repairs


def test_a_repair_is_listed_on_the_claim_that_rests_on_it_alone() -> None:
    left, price = parse_claims("仅剩l0件 到手价¥59", source="ocr")
    assert (left.repairs, price.repairs) == (("l->1",), ())


@pytest.mark.parametrize(
    "text",
    [
        "SOLO系列 S码",  # no anchor
        "型号 Z8",
        "ISO9001",
        "库存 S M L XL",  # letters that stand alone
        "剩余5g",  # grams: no anchor behind, but the line ends with a counter's place
        "Q弹软糯 10袋",
    ],
)
def test_letters_outside_a_numeric_slot_stay_letters(text: str) -> None:
    assert [c for c in parse_claims(text, source="ocr") if c.repairs and "g->9" not in c.repairs] == []


def test_names_of_viewers_are_not_repaired() -> None:
    (claim,) = parse_claims("用户_8O1 等l2人 正在去购买", source="popup")
    assert as_members(claim)["user"] == "用户_8O1"
    assert as_members(claim)["n"] == 12


def test_traditional_names_stay_as_shown_while_the_words_around_them_are_read() -> None:
    assert said("3分鐘前 趙** 下單成功", "popup") == [
        {"type": "event", "kind": "bought", "user": "趙**", "n": 1, "age_seconds": 180}
    ]
