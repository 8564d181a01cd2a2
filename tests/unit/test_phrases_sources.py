"""What each source is trusted for, and how things are said: denied, corrected, asked, supposed, told of others."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from crawler.readers.phrases import Source, as_members, parse_claims


def said(text: str, source: Source) -> list[dict[str, Any]]:
    return [as_members(claim) for claim in parse_claims(text, source=source)]


def types(text: str, source: Source) -> list[str]:
    return [claim.type for claim in parse_claims(text, source=source)]


@pytest.mark.parametrize("source", ["asr", "chat"])
def test_nothing_is_repaired_but_what_was_read_from_a_picture(source: Source) -> None:
    assert types("仅剩l00件", source) == []
    assert types("仅剩l00件", "ocr") == types("仅剩l00件", "popup") == ["stock_left"]


def test_speech_needs_a_unit_and_the_picture_does_not() -> None:
    assert types("库存126", "ocr") == ["stock_left"]
    assert types("库存126", "asr") == []
    assert types("库存126单", "asr") == ["stock_left"]


@pytest.mark.parametrize(
    "text",
    [
        "库存5",
        "还有100单",
        "到手价99",
        "¥100",
        "限时5分钟",
        "已抢98%",
        "3.5万人在线",
        "前50名送小样",
        "想要的扣1",
        "每人限购2件",
        "小***正在去购买",
        "上2号链接",
    ],
)
def test_a_viewers_line_makes_no_claim_of_the_host(text: str) -> None:
    assert types(text, "chat") == []
    assert types(text, "ocr") != []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("又是最后100单", {"about": "stock_left", "lo": 100, "hi": 100}),
        ("昨天说最后一百来单，今天还是", {"about": "stock_left", "lo": 100, "hi": 199}),
        ("主播说限时5分钟", {"about": "deadline", "seconds": 300}),
        ("仅剩3件", {"about": "stock_left", "lo": 3, "hi": 3}),
        ("3 2 1 上链接", {"about": "link_call"}),
        ("每次都说卖完就没货", {"about": "no_restock"}),
    ],
)
def test_a_viewer_who_tells_what_the_host_claims_gives_a_report(text: str, claim: dict[str, Any]) -> None:
    assert said(text, "chat") == [{"type": "third_party_report", **claim}]


@pytest.mark.parametrize(
    "text", ["抢到了", "已拍", "我也抢到了！", "拍了两单，送妈妈", "终于抢到了😭", "买了买了", "刚下单了"]
)
def test_a_viewer_who_bought_says_so(text: str) -> None:
    assert said(text, "chat") == [{"type": "chat_self_report", "kind": "bought"}]


@pytest.mark.parametrize(
    "text", ["没抢到", "抢到了吗", "谁抢到了", "上次买的很好用", "我朋友买了", "买了后悔", "能买吗", "拍了想退"]
)
def test_a_viewer_who_did_not_buy_now_says_nothing(text: str) -> None:
    assert said(text, "chat") == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("没说只剩10单", {"type": "denial", "about": "stock_left", "lo": 10, "hi": 10}),
        ("谁说只剩十单", {"type": "denial", "about": "stock_left", "lo": 10, "hi": 10}),
        ("我没说限时5分钟", {"type": "denial", "about": "deadline"}),
        ("不止100单", {"type": "stock_available", "negated_scarcity": True}),
        ("不是最后一单啊，后面还有货", {"type": "stock_available", "negated_scarcity": True}),
        ("隔壁直播间说只剩10单", {"type": "third_party_report", "about": "stock_left", "lo": 10, "hi": 10}),
    ],
)
def test_a_host_who_denies_or_tells_of_others_claims_no_scarcity(text: str, claim: dict[str, Any]) -> None:
    assert said(text, "asr") == [claim]


@pytest.mark.parametrize(
    "text",
    [
        "如果只剩10单我就停",
        "要是卖完了我就下播",
        "还有50单吗",
        "只剩50单了吗？",
        "5分钟内抢光",
        "抢光了别怪我",
        "刚才还有100单",
        "库存紧张这种话我从来不说",
        "等你们抢光了再说",
        "万一抢光了呢",
        "能不能加库存",
        "什么时候补货",
    ],
)
@pytest.mark.parametrize("source", ["asr", "ocr"])
def test_suppositions_questions_forecasts_and_the_past_are_no_claims(text: str, source: Source) -> None:
    assert said(text, source) == []


@pytest.mark.parametrize(
    ("text", "last", "first"),
    [
        ("还有100单，不对，80单", 80, 100),
        ("还有两百单哦不对是一百二十单", 120, 200),
        ("只剩50单了，说错了，是60单", 60, 50),
    ],
)
def test_of_a_correction_the_last_number_holds_and_the_first_is_kept(text: str, last: int, first: int) -> None:
    (claim,) = said(text, "asr")
    assert (claim["lo"], claim["hi"], claim["corrected_from"]) == (last, last, first)


def test_a_correction_of_something_else_keeps_the_last_alone() -> None:
    assert said("总共三百单，不对，四百单", "asr") == [{"type": "stock_total", "lo": 400, "hi": 400, "unit": "单"}]
    assert said("原价299，说错了，399", "asr") == [{"type": "price", "kind": "original", "value": 399}]


@pytest.mark.parametrize(
    "text",
    [
        "余额只剩100块了",
        "办公室只剩最后我一个人",
        "还有3个链接没讲，大家别走",
        "还有三个颜色",
        "最后一个问题",
        "还有50单没发货",
        "最后100天",
        "满100元减20",
        "好评率98%",
        "100分",
        "身高一米六",
        "321号链接这款，讲一下面料",
        "第二件半价",
        "立减20元",
        "七天无理由",
        "活动时间 19:00-22:00",
        "福袋倒计时 04:59",
        "一直拍",
    ],
)
@pytest.mark.parametrize("source", ["ocr", "asr", "chat", "popup"])
def test_other_counts_are_no_claims(text: str, source: Source) -> None:
    assert said(text, source) == []


def test_a_bare_clock_is_a_countdown_only_when_it_can_be_no_time_of_day() -> None:
    assert said("00:04:59", "ocr") == [{"type": "deadline", "kind": "remaining", "seconds": 299}]
    assert said("04:59", "ocr") == said("20:30", "ocr") == said("20:30:45", "ocr") == []


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("到晚上八点半结束", "20:30"),
        ("到20:30", "20:30"),
        ("活动到今晚12点", "24:00"),
        ("零点截止", "00:00"),
        ("中午十二点截止", "12:00"),
        ("到下午三点一刻结束", "15:15"),
    ],
)
def test_times_of_day(text: str, time: str) -> None:
    assert said(text, "asr") == [{"type": "deadline", "kind": "absolute", "time": time}]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("限时一个半小时", 5400),
        ("限时半小时", 1800),
        ("限时一刻钟", 900),
        ("限时两分半", 150),
        ("限时一小时二十分", 4800),
        ("限时90秒", 90),
        ("限时1.5小时", 5400),
    ],
)
def test_stretches_of_time(text: str, seconds: int) -> None:
    assert said(text, "asr") == [{"type": "deadline", "kind": "duration", "seconds": seconds}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("九块九包邮", 9.9),
        ("三十九块九毛九带走", 39.99),
        ("九毛九包邮", 0.99),
        ("两块五毛带走", 2.5),
        ("只要一百二", 120),
        ("今天八十九块九两瓶带回家", 89.9),
        ("一张五拿走", 150),
        ("到手价一九九", 199),
    ],
)
def test_prices_as_they_are_said(text: str, value: float) -> None:
    (claim,) = said(text, "asr")
    assert (claim["type"], claim["kind"], claim["value"]) == ("price", "deal", value)


def test_a_pause_never_joins_two_prices_into_one() -> None:
    prices = [(claim["kind"], claim["value"]) for claim in said("今天不要399也不要299，199带走", "asr")]
    assert prices == [("decoy", 399), ("decoy", 299), ("deal", 199)]
    assert said("今天不要299,199带走", "asr")[-1]["value"] == 199
    assert said("当前在线 8,888 人", "ocr") == [{"type": "viewers", "kind": "online", "lo": 8888, "hi": 8888}]


def test_the_rules_are_loaded_by_the_first_text_not_by_the_import() -> None:
    """Most commands read no text: listing sessions must not wait for the grammar."""
    program = (
        "import sys; from crawler.readers import phrases, statements; "
        "loaded = lambda: 'crawler.readers.grammar.stock' in sys.modules; "
        "before = loaded(); claims = phrases.parse_claims('仅剩38件', source='ocr'); "
        "print(before, loaded(), phrases.as_members(claims[0])['lo'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "38"]
