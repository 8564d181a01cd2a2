"""Bilibili's packets and commands. Frames are packed here with `struct`, zlib and brotli."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import brotli
import pytest

from crawler.platforms.base import RoomState
from crawler.platforms.bilibili import Bilibili
from crawler.platforms.messages import Counts, Kind, Message, Person
from crawler.platforms.pieces import Decoded, Piece

SOCKET = "wss://tx-bj-live-comet-01.chat.bilibili.com/sub"
NOW = 1_790_504_180_000
SITE = Bilibili()


def packet(body: bytes, *, version: int = 0, op: int = 5) -> bytes:
    return struct.pack(">IHHII", 16 + len(body), 16, version, op, 0) + body


def command(name: str, data: Any = None, **outer: Any) -> bytes:
    whole = {"cmd": name, **({} if data is None else {"data": data}), **outer}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def decoded(payload: bytes, url: str = SOCKET) -> Decoded:
    return SITE.decode(Piece("frame", url, payload, received_ms=NOW))


def only(name: str, data: Any = None, **outer: Any) -> Message:
    found = decoded(packet(command(name, data, **outer)))
    assert found.ours
    assert not found.faults
    assert not found.unknown
    (message,) = found.messages
    return message


def danmaku(text: str, uid: int, name: str, **outer: Any) -> bytes:
    extra = json.dumps({"id_str": "2b1f7a", "send_from_me": False})
    info = [[0, 1, 25, 16777215, NOW - 50, 0, 0, "", 0, 0, 0, "", 0, {}, {}, {"extra": extra}], text, [uid, name, 0]]
    return command(outer.pop("cmd", "DANMU_MSG"), None, info=info, **outer)


def test_a_chat_line() -> None:
    (message,) = decoded(packet(danmaku("你好", 730732, "瓶子"))).messages
    assert message.kind is Kind.CHAT
    assert message.method == "DANMU_MSG"
    assert message.text == "你好"
    assert message.person == Person("瓶子", "730732", masked=False)
    assert message.sent_ms == NOW - 50
    assert message.id == "2b1f7a"


def test_a_guest_sees_masked_people() -> None:
    (message,) = decoded(packet(danmaku("你好", 0, "瓶***"))).messages
    assert message.person == Person("瓶***", "0", masked=True)


def test_a_command_with_a_suffix() -> None:
    (message,) = decoded(packet(danmaku("你好", 1, "x", cmd="DANMU_MSG:4:0:2:2:2:0"))).messages
    assert message.method == "DANMU_MSG"


@pytest.mark.parametrize(("version", "pack", "kind"), [(2, zlib.compress, "zlib"), (3, brotli.compress, "brotli")])
def test_packed_packets_and_where_each_stands(version: int, pack: Any, kind: str) -> None:
    first, second = danmaku("一", 1, "甲"), command("WATCHED_CHANGE", {"num": 93177, "text_large": "9.3万人看过"})
    inside = packet(first) + packet(second)
    frame = packet(command("LIVE")) + packet(pack(inside), version=version)
    live, chat, watched = decoded(frame).messages
    assert live.where.steps == ()
    assert json.loads(frame[live.where.start : live.where.end])["cmd"] == "LIVE"
    for message, body in ((chat, first), (watched, second)):
        assert message.where.steps == ("packet 2", kind)
        assert inside[message.where.start : message.where.end] == body


def test_plain_packets_of_one_frame_stand_in_the_frame() -> None:
    bodies = [danmaku(f"{n}", n, "x") for n in range(1, 4)]
    frame = b"".join(packet(each) for each in bodies)
    for message, body in zip(decoded(frame).messages, bodies, strict=True):
        assert message.where.steps == ()
        assert frame[message.where.start : message.where.end] == body


def test_the_heartbeat_reply_has_the_popularity() -> None:
    (message,) = decoded(packet((619543).to_bytes(4, "big"), version=1, op=3)).messages
    assert message.kind is Kind.VIEWERS
    assert [(each.what, each.value) for each in message.figures] == [(Counts.POPULARITY, 619543)]
    short = decoded(packet(b"\x01", version=1, op=3))
    assert (short.messages, len(short.faults)) == ((), 1)


def test_the_reply_to_our_entry_says_nothing() -> None:
    found = decoded(packet(b'{"code":0}', version=1, op=8))
    assert (found.ours, found.messages, found.unknown, found.faults) == (True, (), (), ())


@pytest.mark.parametrize(
    ("name", "data", "figures"),
    [
        (
            "WATCHED_CHANGE",
            {"num": 93177, "text_small": "9.3万", "text_large": "9.3万人看过"},
            [(Counts.CUMULATIVE, "num", 93177, "9.3万人看过")],
        ),
        (
            "ONLINE_RANK_COUNT",
            {"count": 2, "count_text": "2", "online_count": 31, "online_count_text": "31"},
            [(Counts.RAW, "count", 2, "2"), (Counts.ONLINE, "online_count", 31, "31")],
        ),
        ("LIKE_INFO_V3_UPDATE", {"click_count": 171835}, [(Counts.LIKES, "click_count", 171835, None)]),
        ("ROOM_REAL_TIME_MESSAGE_UPDATE", {"roomid": 1, "fans": 4327923}, [(Counts.FANS, "fans", 4327923, None)]),
    ],
)
def test_counters(name: str, data: dict[str, Any], figures: list[tuple[Any, ...]]) -> None:
    message = only(name, data)
    assert [
        (each.what, each.name.removeprefix(f"{name}."), each.value, each.shown) for each in message.figures
    ] == figures


@pytest.mark.parametrize(
    ("name", "outer", "state", "site_kind"),
    [
        ("LIVE", {"roomid": 42062}, RoomState.LIVE, None),
        ("PREPARING", {"roomid": "42062"}, RoomState.ENDED, None),
        ("PREPARING", {"roomid": "42062", "round": 0}, RoomState.ENDED, None),
        ("PREPARING", {"roomid": "42062", "round": 1}, RoomState.REPLAY, "round 1"),
        ("CUT_OFF", {"msg": "禁播内容", "roomid": 42062}, RoomState.ENDED, "CUT_OFF"),
        ("ROOM_LOCK", {"expire": "2026-12-01"}, None, "ROOM_LOCK"),
    ],
)
def test_states(name: str, outer: dict[str, Any], state: RoomState | None, site_kind: str | None) -> None:
    message = only(name, **outer)
    assert (message.kind, message.state, message.site_kind) == (Kind.ROOM_STATE, state, site_kind)


def test_going_to_buy_is_not_bought() -> None:
    message = only("GOTO_BUY_FLOW", {"text": "x**正在去买"})
    assert (message.kind, message.site_kind, message.text) == (Kind.PURCHASE, "GOTO_BUY_FLOW", "x**正在去买")


def test_hot_buy_number_of_a_product() -> None:
    message = only("HOT_BUY_NUM", {"goods_id": "1531173988422647808", "num": 12})
    assert message.kind is Kind.PRODUCT
    assert message.products[0].id == "1531173988422647808"
    assert [(each.what, each.value) for each in message.figures] == [(Counts.BUYING, 12)]


def test_a_product_that_is_spoken_of() -> None:
    data = {
        "goods_id": "1531173988422647808",
        "goods_name": "台式电脑",
        "goods_price": "5599",
        "goods_max_price": "",
        "sale_status": 0,
        "h5_url": "https://live.bilibili.com/p/html/x",
    }
    message = only("SHOPPING_EXPLAIN_CARD", data)
    (product,) = message.products
    assert (product.title, product.price, product.price_text, product.price_most) == ("台式电脑", 559900, "5599", None)
    assert message.more["sale_status"] == 0


def test_recommended_cards_and_their_numbers() -> None:
    cards = [
        {"shopping_card_detail": {"goods_id": "1", "goods_name": "甲", "goods_price": "19.90", "hot_buy_num": 0}},
        {"shopping_card_detail": {"goods_id": "2", "goods_price": "20", "goods_max_price": "30.5", "hot_buy_num": 7}},
    ]
    message = only("RECOMMEND_CARD", {"recommend_list": cards})
    assert [(each.id, each.price, each.price_most) for each in message.products] == [
        ("1", 1990, None),
        ("2", 2000, 3050),
    ]
    assert [(each.what, each.name, each.value) for each in message.figures] == [
        (Counts.BUYING, "RECOMMEND_CARD.recommend_list[0].shopping_card_detail.hot_buy_num", 0),
        (Counts.BUYING, "RECOMMEND_CARD.recommend_list[1].shopping_card_detail.hot_buy_num", 7),
    ]


def test_the_cart() -> None:
    bubbles = only(
        "SHOPPING_BUBBLES_STYLE", {"goods_count": 23, "bubbles_list": [{"tag": "onlyone", "name": "快抢啊"}]}
    )
    assert bubbles.kind is Kind.PRODUCT_LIST
    assert [(each.what, each.value) for each in bubbles.figures] == [(Counts.CART, 23)]
    assert bubbles.more["bubbles_list[0].name"] == "快抢啊"
    assert bubbles.text == "快抢啊"
    two = only("SHOPPING_BUBBLES_STYLE", {"bubbles_list": [{"name": "快抢啊"}, {"name": "福哩购"}]})
    assert (two.text, two.more["bubbles_list[1].name"]) == (None, "福哩购")
    assert only("SHOPPING_CART_SHOW", {"status": 1}).more["status"] == 1


@pytest.mark.parametrize("name", ["INTERACT_WORD_V2", "SEND_GIFT_V2", "ONLINE_RANK_V3", "NOBODY_KNOWS"])
def test_what_has_no_known_fields_is_counted(name: str) -> None:
    body = command(name, {"dmscore": 1, "pb": "Egbmg7MqKio="})
    found = decoded(packet(body))
    assert found.messages == ()
    assert [(each.method, each.size) for each in found.unknown] == [(name, len(body))]


def test_what_stands_before_a_break_is_read() -> None:
    body = danmaku("一", 1, "甲")
    found = decoded(packet(body) + packet(zlib.compress(packet(body))[:-9], version=2))
    assert [each.text for each in found.messages] == ["一"]
    assert [each.start for each in found.faults] == [16 + len(body)]
    wrong_flag = decoded(packet(brotli.compress(packet(body)), version=2))
    assert (wrong_flag.messages, len(wrong_flag.faults)) == ((), 1)
    no_json = decoded(packet(b'{"cmd":"DANMU_MSG"') + packet(body))
    assert (len(no_json.messages), len(no_json.faults)) == (1, 1)


def test_a_bomb_is_a_fault() -> None:
    found = decoded(packet(zlib.compress(bytes(64 << 20), 9), version=2))
    assert (found.messages, [each.rule for each in found.faults]) == ((), ["zlib"])


def test_other_sockets_and_what_the_page_sends() -> None:
    assert not decoded(b'{"t":4}', "wss://other.example/ws").ours
    assert decoded(packet(danmaku("一", 1, "甲")), "ws://127.0.0.1:8000/any").messages
    sent = SITE.decode(Piece("frame", SOCKET, packet(b"{}", version=1, op=7), outgoing=True))
    assert (sent.ours, sent.messages) == (True, ())


def test_the_platforms_own_message_id_and_time() -> None:
    message = only("HOT_BUY_NUM", {"goods_id": "1", "num": 1}, msg_id="9:8:7", send_time=NOW)
    assert message.id == "9:8:7"
    watched = only("WATCHED_CHANGE", {"num": 1}, msg_id="1:2", send_time=NOW + 3 * 86_400_000)
    assert (watched.id, watched.flags) == ("1:2", ("time in the future",))
