"""The chat's place: told by names with colons in a column; what the shop shows is never taken for it."""

from __future__ import annotations

import pytest

from crawler.readers.chat_area import LEAST_LINES, PITCH, REMEMBERED_S, ChatArea, Line, areas_of, is_spoken
from crawler.readers.ocr import Box

H = 20  # px, height of a line of chat
STEP = 30  # px from one line to the next
SECOND = 1_000_000_000


def line(text: str, x: int = 20, y: int = 400, h: int = H) -> Line:
    return Line(Box(x, y, max(h, h * len(text)), h), text)


def chat(*texts: str, x: int = 20, y: int = 400) -> list[Line]:
    """Lines of chat one below the other."""
    return [line(text, x, y + STEP * number) for number, text in enumerate(texts)]


def hearing(lines: list[Line], wall_ns: int = 0) -> ChatArea:
    area = ChatArea()
    area.seen(lines, wall_ns)
    return area


@pytest.mark.parametrize(
    "text", ["小明:库存5", "小明：还有吗", "主播: 欢迎大家", "Lily🌸:喜欢", "用户12345:仅剩3件", "a:b", "小明 :04:59"]
)
def test_a_name_a_colon_and_words_are_spoken(text: str) -> None:
    assert is_spoken(text)


@pytest.mark.parametrize(
    "text",
    [
        "库存: 37",
        "库存:37件",
        "剩余:5",
        "倒计时: 04:59",
        "距本场结束:04:59",
        "在线人数:1.2万",
        "销量:300",
        "规格:红色",
        "价格: 99元",
        "限购:2件",
        "04:59",
        "00:04:59",
        "小明:",
        ":你好",
        "：：：",
        "你好",
        "",
        "一个比任何名字都要长得多的一行话里面很晚很晚才有一个:冒号",
    ],
)
def test_labels_clocks_and_plain_words_are_not_spoken(text: str) -> None:
    assert not is_spoken(text)


def test_two_names_in_a_column_make_an_area() -> None:
    (area,) = areas_of(chat("小明:还有吗", "小红:库存5"))
    assert area.x <= 20
    assert area.y < 400
    assert area.bottom > 400 + STEP + H


def test_one_name_alone_makes_none() -> None:
    assert LEAST_LINES == 2
    assert areas_of(chat("小明:还有吗")) == []
    assert areas_of([*chat("小明:还有吗"), line("库存:37", y=430), line("大家好", y=460)]) == []


def test_what_stands_between_and_just_around_the_names_is_chat() -> None:
    area = hearing(chat("小明:刚才主播说的那个", "库存5", "小红:是的", "仅剩3单"))
    for number in range(-1, 4):
        assert area.covers(line("库存5", y=400 + STEP * number).box, 0), number
    assert not area.covers(line("库存5", y=400 - 4 * STEP).box, 0)
    assert not area.covers(line("库存5", y=400 + 7 * STEP).box, 0)


def test_a_wrapped_line_is_chat_when_it_is_indented_a_little_and_when_it_is_not() -> None:
    area = hearing(chat("小明:刚才主播说的那个", "库存5", "小红:是的"))
    for x in (10, 20, 48):
        assert area.covers(line("库存5", x=x, y=430).box, 0), x


def test_what_stands_beside_the_column_is_no_chat() -> None:
    lines = chat("小明:还有吗", "小红:库存5")
    area = hearing(lines)
    right = max(each.box.right for each in lines)
    assert not area.covers(line("库存:37", x=right + 3 * H, y=415).box, 0)
    assert not hearing(chat("小明:还有吗", "小红:库存5", x=400)).covers(line("库存:37", x=40, y=415).box, 0)


def test_badges_before_a_name_shift_it_little_and_a_line_elsewhere_is_no_column() -> None:
    assert len(areas_of([line("小明:还有吗", x=20), line("小红:有", x=20 + H, y=430)])) == 1
    assert areas_of([line("小明:还有吗", x=20), line("小红:有", x=20 + 3 * H, y=430)]) == []
    assert areas_of([line("小明:还有吗", y=100), line("小红:有", y=100 + 9 * STEP)]) == []
    assert areas_of([line("小明:还有吗"), line("小红:有", y=430, h=2 * H)]) == [], "a headline is no chat"


def test_announcements_between_two_names_do_not_part_them() -> None:
    lines = chat("小明:还有吗", "欢迎来到直播间", "小红 来了", "小刚 下单了", "小红:有")
    assert len(areas_of(lines)) == 1


def test_two_chats_side_by_side_are_two_areas() -> None:
    assert len(areas_of([*chat("甲:一", "乙:二"), *chat("丙:三", "丁:四", x=700)])) == 2


def test_labels_with_values_one_below_the_other_are_no_chat() -> None:
    labels = ["库存: 37", "倒计时: 04:59", "销量: 300", "规格: 红色", "价格: 99元"]
    assert areas_of(chat(*labels)) == []
    area = hearing(chat(*labels))
    assert not any(area.covers(each.box, 0) for each in chat(*labels))


def test_a_product_card_is_no_chat() -> None:
    card = chat("纯棉圆领短袖T恤", "¥99", "库存 37件", "已售1.2万+", x=500, y=100)
    area = hearing([*card, *chat("小明:还有吗", "小红:库存5")])
    assert not any(area.covers(each.box, 0) for each in card)


def test_one_spoken_line_in_a_product_card_does_not_make_it_chat() -> None:
    card = chat("主播推荐:纯棉短袖", "¥99", "库存 37件", x=500, y=100)
    assert areas_of(card) == []


def test_an_area_is_remembered_for_a_minute_and_then_forgotten() -> None:
    area = hearing(chat("小明:还有吗", "小红:库存5"))
    box = line("库存5", y=430).box
    before, after = int((REMEMBERED_S - 1) * SECOND), int((REMEMBERED_S + 1) * SECOND)
    area.seen([], before)  # a quiet moment
    assert area.covers(box, before)
    assert not area.covers(box, after)
    area.seen([], after)
    assert not area.covers(box, 0), "and it is not kept for ever"


def test_an_area_that_is_seen_again_is_remembered_from_then_on() -> None:
    area = hearing(chat("小明:还有吗", "小红:库存5"))
    again = int(0.9 * REMEMBERED_S * SECOND)
    area.seen(chat("小红:库存5", "小刚:谢谢"), again)
    assert area.covers(line("库存5", y=415).box, again + again)


def test_who_asks_for_a_fresh_area_gets_no_old_one() -> None:
    area = hearing(chat("小明:还有吗", "小红:库存5"))
    box = line("库存5", y=430).box
    assert area.covers(box, 10 * SECOND, since_s=11.0)
    assert not area.covers(box, 12 * SECOND, since_s=11.0)


def test_a_picture_of_before_is_covered_too() -> None:
    """Looking back goes to pictures that are older than the search that told the area."""
    area = hearing(chat("小明:还有吗", "小红:库存5"), 100 * SECOND)
    assert area.covers(line("库存5", y=430).box, 95 * SECOND)


def test_a_chat_that_fills_up_line_by_line_grows_its_area() -> None:
    area = hearing(chat("小明:还有吗", "小红:库存5"))
    last = line("库存5", y=400 + 7 * STEP).box
    assert not area.covers(last, 0)
    for number in range(2, 8):  # one name a search: never two new ones, and the old ones are no longer read
        area.seen([line("小刚:好的", y=400 + STEP * number)], number * SECOND)
    assert area.covers(last, 8 * SECOND)
    assert area.covers(line("库存5", y=430).box, 8 * SECOND)


def test_a_chat_grows_upwards_too_and_by_spoken_lines_only() -> None:
    area = hearing(chat("小明:还有吗", "小红:库存5"))
    above = round(400 - PITCH * H) - H
    assert not area.covers(line("仅剩3件", y=above).box, 0)
    area.seen([line("库存:37", y=above)], SECOND)
    assert not area.covers(line("仅剩3件", y=above).box, SECOND), "a counter beside the chat does not make it grow"
    area.seen([line("小刚:好的", y=above)], SECOND)
    assert area.covers(line("仅剩3件", y=above).box, SECOND)


def test_a_name_far_from_the_area_does_not_make_it_grow() -> None:
    area = hearing(chat("小明:还有吗", "小红:库存5"))
    area.seen([line("主播:大家好", y=60), line("小刚:好的", x=900, y=430)], SECOND)
    assert not area.covers(line("库存:37", y=60).box, SECOND)
    assert not area.covers(line("库存:37", x=900, y=430).box, SECOND)


@pytest.mark.parametrize(
    "text",
    [
        "小" * 100_000 + ":" + "明" * 100_000,
        "小明:" + "明" * 100_000,
        ":" * 100_000,
        "小明" * 12 + ":" * 100_000,
        "库存" * 100_000,
        "\x00\x1b[2J:\r\n\t:",
        "\u202e小明:\u200b库存5",
        "9" * 100_000,
    ],
)
def test_hostile_texts_end_in_an_answer_and_make_no_area_of_what_is_not_there(text: str) -> None:
    (place,) = chat("x")
    areas = areas_of([Line(place.box, text), Line(Box(700, 30, 200, H), text)])
    assert areas == [], "two lines far apart are no column"
    area = hearing([Line(place.box, text)])
    assert not area.covers(place.box, 0)


@pytest.mark.parametrize("x_step", [0, 3 * H])
def test_thousands_of_lines_end_in_an_answer(x_step: int) -> None:
    """A picture full of names in one column, or each in a column of its own."""
    lines = [line("小明:库存5", x=20 + x_step * number, y=STEP * number) for number in range(3_000)]
    area = hearing(lines)
    assert area.covers(lines[1_500].box, 0) == (x_step == 0)


def test_the_areas_of_a_long_watch_stay_few() -> None:
    area = ChatArea()
    for minute in range(300):
        area.seen(chat("小明:还有吗", "小红:库存5", x=20 + minute % 7, y=400 - minute % 11), minute * 10 * SECOND)
    assert len(area._areas) <= REMEMBERED_S / 10 + 1


@pytest.mark.parametrize(
    "card",
    [
        ("纯棉短袖", "原价:199", "到手价:99", "库存 37件"),
        ("品牌:安踏", "材质:纯棉", "库存：37"),
        ("好评率:98%", "商品编号:123", "已抢 60%"),
    ],
)
def test_a_card_with_labels_is_no_chat(card: tuple[str, ...]) -> None:
    assert areas_of(chat(*card, x=500, y=100)) == []
