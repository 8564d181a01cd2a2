"""Decoded chat against the lines that a page showed: what belongs together is found, and nothing else."""

from __future__ import annotations

import random

import pytest

from crawler.platforms.messages import Kind, Message, Person, Where
from crawler.readers.messages.cross_check import CrossCheck, Shown, compare
from crawler.readers.messages.folded_lines import folded
from crawler.readers.messages.records import ReadMessage

SECOND = 1_000_000_000
BASE = 1_795_000_000 * SECOND


def said(
    name: str | None, text: str | None, at: float = 0.0, kind: Kind = Kind.CHAT, *, again: bool = False
) -> ReadMessage:
    person = None if name is None else Person(name=name)
    message = Message(kind, kind.value, Where(0, 1), person=person, text=text)
    wall_ns = BASE + round(at * SECOND)
    return ReadMessage(message, entry=1, part=1, mono_ns=wall_ns, wall_ns=wall_ns, again=again)


def shown(text: str, at: float = 0.3, *, stood: bool = False) -> Shown:
    return Shown(text, BASE + round(at * SECOND), entry=2, part=1, stood=stood)


def pairs(messages: list[ReadMessage], lines: list[Shown]) -> list[tuple[int, int]]:
    return list(compare(messages, lines).pairs)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("晚风", "多少钱", "晚风：多少钱"),
        ("晚风", "多少钱", "晚风: 多少钱"),
        ("晚风", "多少钱", "晚风多少钱"),
        ("晚风", "多少钱", "晚风 说：多少钱"),
        ("晚风", "多 少\u3000钱", "\n  晚风\n ：\n 多少钱 \n"),
        ("向日葵🌻", "好用👍🏽", "♦23向日葵🌻：好用👍🏽"),
        ("向日葵🌻", "好用👍🏽", "♦23向日葵：好用"),  # emoji are pictures
        ("晚风", "来一件[比心]", "晚风：来一件"),
        ("晚风", "来一件", "晚风：来一件[比心]"),
        ("晚风", "[微笑][微笑]", "晚风："),
        ("晚风", "@阿明 我也要", "晚风：@阿明 我也要"),
        ("晚风", "@阿明 我也要", "晚风 回复 阿明：我也要"),
        ("晚风", "我也要", "晚风 回复@阿明：我也要"),
        ("晚风", "多少钱", "Lv12橙子粉丝团7晚风：多少钱"),
        ("晚风", "1", "♦12晚风：1"),
        ("王小明", "还有吗", "王***：还有吗"),
        ("王小明", "还有吗", "王*明：还有吗"),
        ("王小明", "还有吗", "♦3王****：还有吗"),
        ("w***8", "还有吗", "w**8：还有吗"),
        ("Ａｍｙ", "ＯＫ１２３", "amy：ok123"),
        ("R&B<3", "a:b:c", "R&B<3：a:b:c"),
        ("a：b", "好", "a：b：好"),
        ("José Álvarez", "¿cuánto?", "Jose\u0301 A\u0301lvarez: ¿cuánto?"),
        ("\u202e价特\u202c", "单\u200b001", "价特：单001"),
        (None, "多少钱", "晚风：多少钱"),
        ("晚风", "长" * 300, "晚风：" + "长" * 200),
        ("晚风", "长" * 300, "晚风：" + "长" * 200 + "…"),
    ],
)
def test_a_message_and_its_line_in_the_ways_of_sites(name: str | None, text: str, line: str) -> None:
    check = compare([said(name, text)], [shown(line)])
    assert check.pairs == ((0, 0),)
    assert (check.recall_of_frames, check.recall_of_lines) == (1.0, 1.0)
    assert (check.unmatched_messages, check.unmatched_lines) == ((), ())


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("晚风", "多少钱", "阿明：多少钱"),
        ("晚风", "多少钱", "晚风：多少"),
        ("晚风", "1", "晚风：11"),
        ("晚风", "1", "阿明：晚风：1"),  # the words of another who quotes
        ("王小明", "还有吗", "李***：还有吗"),
        ("王小明", "还有吗", "王**强：还有吗"),
        ("晚风", "来了", "晚风：来了吗"),
        ("晚风", "好", "晚风" + "长" * 50 + "：好"),
        ("晚风", "多少钱", ""),
    ],
)
def test_decoys_are_not_taken(name: str, text: str, line: str) -> None:
    check = compare([said(name, text)], [shown(line)])
    assert check.pairs == ()
    assert check.unmatched_messages == (0,)
    assert (check.recall_of_frames, check.recall_of_lines) == (0.0, 0.0)


def test_the_same_text_of_two_people_stays_with_each() -> None:
    messages = [said("甲", "1", 0.0), said("乙", "1", 0.1), said("丙", "1", 0.2)]
    lines = [shown("丙：1", 0.4), shown("甲：1", 0.5), shown("乙：1", 0.6)]
    assert pairs(messages, lines) == [(0, 1), (1, 2), (2, 0)]


def test_a_name_that_ends_another_name_leaves_that_one_its_own_line() -> None:
    messages = [said("王", "1", 0.0), said("大王", "1", 0.1)]
    lines = [shown("♦3大王：1", 0.4), shown("♦3王：1", 0.5)]
    assert pairs(messages, lines) == [(0, 1), (1, 0)]


def test_a_repeated_text_is_matched_once_for_each_time_and_within_its_time() -> None:
    messages = [said("甲", "1", at) for at in (0, 1, 2, 40)]
    lines = [shown("甲：1", at) for at in (0.2, 1.2, 30.0, 40.2, 40.3)]
    check = compare(messages, lines)
    assert check.pairs == ((0, 0), (1, 1), (3, 3))
    assert check.unmatched_messages == (2,)
    assert check.unmatched_lines == (2, 4)


@pytest.mark.parametrize(("at", "matched"), [(-2.1, 0), (-1.9, 1), (9.9, 1), (10.1, 0)])
def test_the_time_window(at: float, matched: int) -> None:
    assert compare([said("甲", "好")], [shown("甲：好", at)]).matched == matched


def test_masked_names_are_matched_in_the_order_of_time_after_the_whole_ones() -> None:
    messages = [said("王小明", "1", 0.0), said("王大力", "1", 0.1)]
    lines = [shown("王大力：1", 0.2), shown("王***：1", 0.3)]
    assert pairs(messages, lines) == [(0, 1), (1, 0)]


def test_lines_of_other_kinds_are_explained_by_their_messages_and_counted_apart() -> None:
    messages = [
        said("甲", "多少钱"),
        said("甲", None, kind=Kind.ARRIVAL),
        said("乙", "乙来了", kind=Kind.ARRIVAL),
        said("丙", None, kind=Kind.LIKE),
        said("丁", None, kind=Kind.FOLLOW),
        said("戊", None, kind=Kind.SHARE),
        said("北方的狼", "北*正在去购买", kind=Kind.PURCHASE),
        said("己", None, kind=Kind.VIEWERS),
        said("小鹿", None, kind=Kind.LIKE),
        said("小鹿", None, kind=Kind.GIFT),
        said("小鹿", None, kind=Kind.FAN_CLUB),
        said("大白", "大白赞了这个直播", kind=Kind.LIKE),
    ]
    lines = [
        shown("甲：多少钱"),
        shown("♦7甲来了"),
        shown("乙 来了"),
        shown("丙 为主播点赞了"),
        shown("丁关注了主播"),
        shown("戊 分享了直播间"),
        shown("♦5北*正在去购买"),
        shown("庚 来了"),  # nobody's arrival
        shown("甲 刚来了吗"),  # no arrival
        shown("甲：来了"),  # words, and no message says them
        shown("小鹿点亮了❤"),
        shown("小鹿送 加油鸭"),
        shown("小鹿 加入了主播的粉丝团"),
        shown("大白：大白赞了这个直播"),
    ]
    check = compare(messages, lines)
    single = dict.fromkeys((Kind.FOLLOW, Kind.SHARE, Kind.PURCHASE, Kind.GIFT, Kind.FAN_CLUB), 1)
    assert check.others == {Kind.ARRIVAL: 2, Kind.LIKE: 3, **single}
    assert check.pairs == ((0, 0),)
    assert check.unmatched_lines == (7, 8, 9)
    assert check.recall_of_frames == 1 / 4
    assert check.recall_of_lines == 1.0


def test_who_writes_that_he_came_is_told_from_who_came() -> None:
    messages = [said("甲", "来了", 0.1), said("甲", None, 0.0, Kind.ARRIVAL), said("乙", "好", 0.0)]
    lines = [shown("甲 来了", 0.1), shown("甲：来了", 0.2), shown("乙：好", 0.2)]
    check = compare(messages, lines)
    assert check.pairs == ((0, 1), (2, 2))
    assert check.others == {Kind.ARRIVAL: 1}


def test_what_came_again_and_what_stood_before_count_for_nothing() -> None:
    messages = [said("甲", "好"), said("甲", "好", 0.5, again=True)]
    lines = [shown("丙：从前", stood=True), shown("甲：好", stood=True), shown("丁：如今")]
    check = compare(messages, lines)
    assert (check.messages, check.lines, check.stood, check.matched) == (1, 3, 1, 1)
    assert check.unmatched_lines == (2,)
    assert check.recall_of_frames == 0.5


def test_of_nothing_nothing_is_said() -> None:
    check = compare([], [])
    assert (check.recall_of_frames, check.recall_of_lines) == (None, None)
    assert check == CrossCheck(messages=0, lines=0, pairs=())


def test_examples_are_bounded() -> None:
    check = compare([said("甲", str(n)) for n in range(80)], [shown(f"乙：{n}") for n in range(70)])
    assert (len(check.unmatched_messages), len(check.unmatched_lines)) == (50, 50)


def test_a_busy_room_is_matched_whole() -> None:
    """10,000 messages, many of them the same, against lines in another order within their time; a tenth not shown."""
    chance = random.Random(7)  # noqa: S311 - a room that repeats
    names = [f"{sign}{number}" for sign in "王李张陈晚用" for number in range(400)]
    texts = ["1", "多少钱", "还有吗", "扣1", "来了", "买了", *(f"第{n}个问题怎么还没有回答" for n in range(3000))]
    messages = [said(chance.choice(names), chance.choice(texts), n / 100) for n in range(10_000)]
    lines = [
        shown(
            f"♦{chance.randint(1, 60)} {each.message.person.name}：{each.message.text}", n / 100 + chance.random() * 3
        )
        for n, each in enumerate(messages)
        if each.message.person is not None and chance.random() < 0.9
    ]
    lines += [shown(f"路人{n}：没有人说过", n / 10) for n in range(200)]
    check = compare(messages, lines)
    assert check.matched == len(lines) - 200
    assert check.recall_of_frames == pytest.approx(1 - 200 / len(lines))
    for message, line in check.pairs:
        person = messages[message].message.person
        assert person is not None
        assert folded(lines[line].text).endswith(folded(f"{person.name}：{messages[message].message.text}"))
