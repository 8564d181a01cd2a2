"""Douyin's answers: room states, walls, counters and carts; an answer that shows no room never reads as an end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.platforms.base import RoomState
from crawler.platforms.douyin import Douyin
from crawler.platforms.messages import Counts, Figure, Kind, Message, Product
from crawler.platforms.pieces import Piece

ENTER = "https://live.douyin.com/webcast/room/web/enter/?aid=6383&web_rid=80017709309"
PAGE = "https://live.douyin.com/live/promotions/page/?room_id=1"
POP = "https://live.douyin.com/live/promotions/pop/v3/?room_id=1"
ROOM = "7630361251285076745"


def answered(url: str, value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Message:
    payload = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    piece = Piece("answer", url, payload, status=status, headers=headers or {}, received_ms=1_790_000_000_000)
    found = Douyin().decode(piece)
    assert not found.faults
    [message] = found.messages
    return message


def room(**members: Any) -> dict[str, Any]:
    return {"data": {"data": [{"id_str": ROOM, **members}]}, "status_code": 0}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (1, RoomState.NOT_STARTED),
        (2, RoomState.LIVE),
        ("2", RoomState.LIVE),
        (3, RoomState.PAUSED),
        (4, RoomState.ENDED),
        (0, None),
        (7, None),
    ],
)
def test_the_room_tells_its_state(status: int | str, state: RoomState | None) -> None:
    message = answered(ENTER, room(status=status))
    assert (message.kind, message.state, message.broadcast) == (Kind.ROOM_STATE, state, ROOM)
    assert message.site_kind == f"status {status}"


@pytest.mark.parametrize(("room_status", "state"), [(0, RoomState.LIVE), (2, RoomState.ENDED), (5, None)])
def test_the_other_number_counts_where_the_first_is_missing(room_status: int, state: RoomState | None) -> None:
    value = room()
    value["data"]["room_status"] = room_status
    assert answered(ENTER, value).state is state


def test_what_shows_no_room_is_no_end() -> None:
    not_found = {"data": {"prompts": "该内容暂时无法无法查看"}, "status_code": 4001038}
    assert answered(ENTER, not_found).state is RoomState.NOT_FOUND
    assert answered(ENTER, {"status_code": 2483, "status_msg": "请先登录"}).state is RoomState.LOGIN_WALL
    assert answered(ENTER, b"").state is RoomState.NO_CONTENT
    assert answered(ENTER, {"data": {"data": []}, "status_code": 0}).state is RoomState.NO_CONTENT
    assert answered(ENTER, b"", headers={"bdturing-verify": "{}"}).state is RoomState.CAPTCHA
    assert answered(ENTER, b"", headers={"x-vc-bdturing-parameters": "e30="}).state is RoomState.CAPTCHA
    assert answered(ENTER, b"<html>", status=444).state is RoomState.BLOCKED


def test_the_room_s_counters() -> None:
    view = {
        "display_short": "91",
        "display_long": "91在线观众",
        "display_value": 91,
        "display_type": 1,
        "is_hidden": False,
    }
    stats = {"total_user_str": "1310", "user_count_str": "91", "like_count": 20000}
    cart = {"contain_cart": False, "total": 0, "show_cart": 0}
    message = answered(
        ENTER,
        room(
            status=2, user_count_str="2000+", stats=stats, room_view_stats=view, has_commerce_goods=True, room_cart=cart
        ),
    )
    assert message.figures == (
        Figure(Counts.ONLINE, "stats.user_count_str", 91, "91"),
        Figure(Counts.ONLINE, "user_count_str", None, "2000+"),
        Figure(Counts.CUMULATIVE, "stats.total_user_str", 1310, "1310"),
        Figure(Counts.LIKES, "stats.like_count", 20000),
        Figure(Counts.RAW, "room_cart.total", 0),  # no cart size: this room sells
        Figure(Counts.ONLINE, "room_view_stats.display_value", 91, "91在线观众"),
    )
    assert message.more["has_commerce_goods"] is True
    assert message.more["room_cart.contain_cart"] is False


def test_a_cart() -> None:
    cards = [
        {
            "promotion_id": "3700000000000000001",
            "product_id": "36",
            "title": "纯棉短袖",
            "min_price": 2990,
            "max_price": 5990,
            "index": 3,
            "in_stock": True,
            "sales": 12345,
            "campaign_info": {"left_stock": 37, "price": 1990, "campaign_id": "1"},
        },
        {"promotion_id": 3700000000000000002, "title": "售罄", "in_stock": 0, "min_price": 100},
    ]
    message = answered(PAGE, {"status_code": 0, "promotions": cards})
    assert message.kind is Kind.PRODUCT_LIST
    assert message.products == (
        Product(
            id="3700000000000000001",
            title="纯棉短袖",
            number=3,
            price=2990,
            price_most=5990,
            stock=37,
            in_stock=True,
            sold_text="12345",
        ),
        Product(id="3700000000000000002", title="售罄", price=100, in_stock=False),
    )
    assert message.figures == (Figure(Counts.STOCK, "promotions.0.campaign_info.left_stock", 37),)


def test_what_is_offered_now_stands_at_its_place() -> None:
    card = {"promotion_id": "5", "campaign": {"left_stock": 2}, "hot_atmosphere": {"sale_num": 900}}
    text = json.dumps({"status_code": 0, "promotions": [card]}).encode()
    message = answered(POP, text)
    assert message.kind is Kind.PRODUCT
    assert message.products == (Product(id="5", stock=2, sold_text="900"),)
    assert json.loads(text[message.where.start : message.where.end]) == [card]


def test_a_wall_before_the_cart_is_none_before_the_room() -> None:
    for value, headers, flag in (
        (b"", {}, "an empty answer"),
        (b"", {"bdturing-verify": "{}"}, "captcha asked for"),
        ({"status_code": 2483}, {}, "login asked for"),
    ):
        message = answered(PAGE, value, headers=headers)
        assert (message.state, message.products, message.flags) == (None, (), (flag,))


def test_no_json_is_a_fault_and_other_paths_are_not_ours() -> None:
    assert [each.rule for each in Douyin().decode(Piece("answer", ENTER, b"<html>", status=200)).faults] == ["JSON"]
    assert not Douyin().decode(Piece("answer", "https://live.douyin.com/webcast/feed/", b"{}")).ours
