"""Numbers and times that count something else than the words around them suggest: times, people, parcels."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.readers.phrases import Source, as_members, parse_claims

PICTURE_OR_SPEECH: tuple[Source, ...] = ("ocr", "asr")


def said(text: str, source: Source) -> list[dict[str, Any]]:
    return [as_members(claim) for claim in parse_claims(text, source=source)]


def bought(user: str | None, n: int, **more: int) -> list[dict[str, Any]]:
    return [{"type": "event", "kind": "bought", "user": user, "n": n, **more}]


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("有12人下单", bought(None, 12)),
        ("又有3人下单", bought(None, 3)),
        ("12人已购买", bought(None, 12)),
        ("近1分钟12人下单", bought(None, 12)),
        ("最近30秒内有8位用户下单", bought(None, 8)),
        ("1分钟内有12人下单", bought(None, 12)),
        ("刚刚有5人下单", bought(None, 5)),
        ("有人下单", []),
        ("昨天 王** 买了2件", bought("王**", 1)),
        ("昨天王**买了2件", bought("王**", 1)),
        ("2天前 王** 下单成功", bought("王**", 1)),
        ("3分钟前 王** 买了2件", bought("王**", 1, age_seconds=180)),
    ],
)
def test_a_pop_up_of_purchases_counts_people_and_names_nobody_else(text: str, event: list[dict[str, Any]]) -> None:
    assert said(text, "popup") == event


def test_a_name_that_begins_like_a_day_stays_a_name() -> None:
    assert said("今日份快乐 来了", "popup") == [{"type": "event", "kind": "join", "user": "今日份快乐"}]
    assert said("昨** 来了", "popup") == [{"type": "event", "kind": "join", "user": "昨**"}]


def test_people_who_bought_since_the_start_are_sales_and_those_of_a_minute_are_not() -> None:
    count = [{"type": "sold_count", "lo": 12, "hi": 12, "op": "eq", "unit": "人"}]
    assert said("已有12人下单", "popup") == said("已有12人下单", "asr") == count
    assert said("近1分钟有12人下单", "asr") == []
    assert said("近1分钟12人下单", "ocr") == said("刚刚有12人下单", "ocr") == bought(None, 12)
    assert said("今日已有12人下单", "popup") == count


@pytest.mark.parametrize(
    "text", ["共3件", "一共3件", "共6件商品", "拍1发3", "拍一发三", "拍1件发3件", "买2送1", "拍两发四"]
)
@pytest.mark.parametrize("source", PICTURE_OR_SPEECH)
def test_a_cart_or_a_parcel_is_no_stock_no_sale_and_no_prompt(text: str, source: Source) -> None:
    assert said(text, source) == []


@pytest.mark.parametrize("text", ["总共300单", "一共备了300单", "本场共300单", "限量300单", "共300单", "共300单现货"])
def test_what_is_on_offer_in_all_is_still_read(text: str) -> None:
    assert said(text, "asr") == [{"type": "stock_total", "lo": 300, "hi": 300, "unit": "单"}]


def test_a_parcel_leaves_the_price_beside_it() -> None:
    assert said("拍2发3 到手59元", "ocr") == [{"type": "price", "kind": "deal", "value": 59}]


@pytest.mark.parametrize("text", ["第3次补货", "补货3次", "第三次给你们补货", "第三次加单了啊"])
@pytest.mark.parametrize("source", PICTURE_OR_SPEECH)
def test_how_often_stock_is_added_is_no_quantity(text: str, source: Source) -> None:
    assert said(text, source) == [{"type": "restock", "qty": None}]


@pytest.mark.parametrize("text", ["已经补货3次了", "补了三次货", "已经给你们加了两次单", "刚刚给大家补了一波货"])
def test_how_often_stock_was_added_is_no_quantity_either(text: str) -> None:
    assert said(text, "asr") == [{"type": "restock_past", "qty": None}]


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("月底才补货", "end_of_month"),
        ("要到月底才能补货", "end_of_month"),
        ("周末才能补到货", "weekend"),
        ("下周补货", "next_week"),
        ("下个月再补货", "next_month"),
        ("明天补货", "tomorrow"),
        ("明天上午10点补货", "tomorrow"),
        ("下周补50单", "next_week"),
        ("过两天再补货", "later"),
        ("到10号才补货", "later"),
        ("周五补货", "later"),
    ],
)
def test_stock_that_comes_at_a_later_time_is_announced_not_added(text: str, when: str) -> None:
    assert said(text, "asr") == [{"type": "relist_announced", "when": when}]


@pytest.mark.parametrize("text", ["月底补货吗", "明天补货吗", "下周不补货吗"])
def test_a_question_about_later_stock_announces_none(text: str) -> None:
    assert [claim for claim in said(text, "asr") if claim["type"] in {"relist_announced", "restock"}] == []


def test_the_number_of_a_link_is_no_day() -> None:
    assert said("3号链接补货了", "asr") == [{"type": "restock", "qty": None}]
    assert said("3号补货", "asr") == [{"type": "restock", "qty": None}]


def test_stock_that_was_added_another_day_is_not_added_now() -> None:
    assert said("昨天补货了", "asr") == [{"type": "restock_past", "qty": None}]
    assert said("以前补货都很慢", "asr") == []


@pytest.mark.parametrize(
    "text", ["没付款的还有十五单", "跟老板再争取一个价格", "给你一百个赞", "一百个赞", "直播间现在五十位宝宝拍了"]
)
def test_orders_prices_praise_and_buyers_are_no_stock_and_no_counters(text: str) -> None:
    assert said(text, "asr") == []


def test_people_who_are_in_the_room_now_and_likes_so_far_are_counted() -> None:
    assert said("直播间现在两千人了", "asr") == [{"type": "viewers", "kind": "online", "lo": 2000, "hi": 2000}]
    assert said("已经八万个赞了", "asr") == [{"type": "likes", "lo": 80_000, "hi": 80_000}]


def test_stock_that_is_added_tonight_is_added_now() -> None:
    assert said("今晚给大家补五十单", "asr") == [{"type": "restock", "qty": 50, "unit": "单"}]


@pytest.mark.parametrize("text", ["三二一抢光", "3、2、1，抢光！", "三二一 全部抢光", "321秒光"])
@pytest.mark.parametrize("source", PICTURE_OR_SPEECH)
def test_a_count_that_ends_in_a_cheer_neither_calls_nor_sells_out(text: str, source: Source) -> None:
    assert said(text, source) == []


def test_a_count_that_opens_a_link_and_one_after_which_all_is_gone() -> None:
    assert said("三二一，抢！", "asr") == [{"type": "link_call", "link": None}]
    assert said("三二一，抢光了", "asr") == [{"type": "sold_out"}]


@pytest.mark.parametrize("text", ["最后1波", "最后一波", "最后1批", "最后的一轮"])
@pytest.mark.parametrize("source", PICTURE_OR_SPEECH)
def test_the_last_round_in_figures_and_words(text: str, source: Source) -> None:
    assert said(text, source) == [{"type": "last_round"}]


@pytest.mark.parametrize("text", ["最后一个", "最后一个了", "最后一个，快抢", "只剩最后一个"])
def test_the_last_piece_is_stock(text: str) -> None:
    assert said(text, "asr") == [{"type": "stock_left", "lo": 1, "hi": 1, "op": "eq", "unit": "个"}]


@pytest.mark.parametrize("text", ["最后一个，这条裙子给大家看看", "我们来看最后一个", "最后一个颜色", "最后一个问题"])
def test_the_last_thing_shown_is_not(text: str) -> None:
    assert said(text, "asr") == []


@pytest.mark.parametrize("text", ["之前卖399", "以前都卖399", "昨天我们卖399", "上一场卖399", "原来卖三百九十九"])
@pytest.mark.parametrize("source", PICTURE_OR_SPEECH)
def test_what_was_asked_before_is_a_former_price(text: str, source: Source) -> None:
    assert said(text, source) == [{"type": "price", "kind": "original", "value": 399}]


def test_a_former_price_and_the_one_that_undercuts_it() -> None:
    assert said("之前我们卖三百二，今天一百六两瓶", "asr") == [
        {"type": "price", "kind": "original", "value": 320},
        {"type": "price", "kind": "deal", "value": 160, "qty": 2},
    ]


@pytest.mark.parametrize(
    "text", ["还有二十分钟就到了", "还有5分钟就到", "我还有十分钟就到公司了", "还有半小时才到家", "还有五分钟我去喝水"]
)
@pytest.mark.parametrize("source", PICTURE_OR_SPEECH)
def test_somebodys_way_is_no_deadline(text: str, source: Source) -> None:
    assert said(text, source) == []


@pytest.mark.parametrize(
    "text",
    [
        "活动还有二十分钟就到了",
        "还有二十分钟就到时间了",
        "优惠还有二十分钟",
        "还有二十分钟就结束",
        "还有二十分钟去付款",
    ],
)
def test_an_offer_that_ends_is_one(text: str) -> None:
    assert said(text, "asr") == [{"type": "deadline", "kind": "remaining", "seconds": 1200}]


def test_a_price_that_goes_back_in_a_while_is_a_deadline_and_a_promise() -> None:
    both = [
        {"type": "deadline", "kind": "remaining", "seconds": 300},
        {"type": "price_revert", "when": "after_deadline"},
    ]
    assert said("再过五分钟就恢复原价了", "asr") == said("还有五分钟恢复原价", "asr") == both


def test_a_threshold_says_what_it_counts() -> None:
    assert said("点赞到5万给大家补货", "asr") == [{"type": "restock_conditional", "threshold": 50_000, "unit": "赞"}]
    assert said("满五百单再补货", "asr") == [{"type": "restock_conditional", "threshold": 500, "unit": "单"}]


def test_unpaid_orders_that_are_put_back_are_counted() -> None:
    released = {"unit": "单", "reason": "unpaid_released"}
    assert said("有八个人没付款，我把这八单踢出来", "asr") == [{"type": "restock", "qty": 8, **released}]
    assert said("刚才没付款的那十五单我已经放出来了", "asr") == [{"type": "restock_past", "qty": 15, **released}]
    assert said("我把这八单踢出来给大家看", "asr") == []
