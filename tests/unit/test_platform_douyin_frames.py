"""Douyin's frames: what was said comes out as it was said, at its place; what is odd is flagged; nothing is guessed."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from crawler.platforms.base import RoomState
from crawler.platforms.douyin import Douyin
from crawler.platforms.messages import Counts, Kind, Message
from crawler.platforms.pieces import Decoded, Piece, Unknown
from tests.harness.site_messages import pushed, response, said, webcast

SOCKET = "wss://webcast100-ws-web-lq.douyin.com/webcast/im/push/v2/?room_id=7630361251285076745"
NOW = 1_790_000_000_000
ROOM = 7630361251285076745
USER = {"id": 987654321, "nick_name": "爱购物的猫", "id_str": "987654321"}


def decoded(payload: bytes, **more: Any) -> Decoded:
    return Douyin().decode(Piece("frame", SOCKET, payload, received_ms=NOW, **more))


def only(payload: bytes) -> Message:
    found = decoded(payload)
    assert found.ours
    assert not found.unknown
    assert not found.faults
    [message] = found.messages
    return message


def figures(message: Message) -> dict[str, tuple[Counts, int | None, str | None]]:
    return {each.name.rpartition(".")[2]: (each.what, each.value, each.shown) for each in message.figures}


def test_a_chat_line_comes_with_name_text_time_and_broadcast() -> None:
    common = {"msg_id": 11, "room_id": ROOM}
    chat = only(
        pushed(said("ChatMessage", number=77, common=common, user=USER, content="多少钱？", event_time=1789999990))
    )
    assert (chat.kind, chat.method, chat.id, chat.text) == (Kind.CHAT, "WebcastChatMessage", "77", "多少钱？")
    assert chat.person is not None
    assert (chat.person.name, chat.person.id) == ("爱购物的猫", "987654321")
    assert (chat.sent_ms, chat.broadcast, chat.flags) == (1_789_999_990_000, str(ROOM), ())


def test_the_event_time_counts_before_the_time_of_the_message_and_ours_never() -> None:
    both = {"common": {"create_time": NOW - 5}, "event_time": (NOW - 9000) // 1000}
    assert only(pushed(said("ChatMessage", content="a", **both))).sent_ms == (NOW - 9000) // 1000 * 1000
    assert only(pushed(said("ChatMessage", content="a", common={"create_time": NOW - 5}))).sent_ms == NOW - 5
    assert only(pushed(said("MemberMessage", user=USER))).sent_ms is None


@pytest.mark.parametrize("packed", [False, True])
def test_a_message_is_found_again_at_its_place(packed: bool) -> None:  # noqa: FBT001 - a case
    first, second = said("ChatMessage", number=1, content="一"), said("ChatMessage", number=2, content="二")
    payload = pushed(first, second, packed=packed)
    inside = gzip.decompress(payload[payload.index(b"\x1f\x8b") :]) if packed else payload
    for message, sent in zip(decoded(payload).messages, (first, second), strict=True):
        assert message.where.steps == (("gzip",) if packed else ())
        assert inside[message.where.start : message.where.end] == webcast("Message", **sent)


def test_gzip_without_a_header_is_still_read() -> None:
    frame = webcast("PushFrame", payload_type="msg", payload=gzip.compress(response(said("ChatMessage", content="好"))))
    assert only(frame).text == "好"


def test_exact_viewer_numbers_stand_beside_what_the_page_rounds() -> None:
    counts = said(
        "RoomUserSeqMessage",
        total=1986,
        total_user=131861,
        total_user_str="10万+",
        total_str="1986",
        total_pv_for_anchor="13.2万",
    )
    message = only(pushed(counts))
    assert message.kind is Kind.VIEWERS
    assert figures(message) == {
        "total": (Counts.ONLINE, 1986, "1986"),
        "total_user": (Counts.CUMULATIVE, 131861, "10万+"),
        "total_pv_for_anchor": (Counts.RAW, None, "13.2万"),
    }


@pytest.mark.parametrize(("display_type", "what"), [(1, Counts.ONLINE), (3, Counts.CUMULATIVE), (9, Counts.RAW)])
def test_the_display_type_says_what_a_number_counts(display_type: int, what: Counts) -> None:
    stats = said("RoomStatsMessage", display_long="91在线观众", display_value=91, display_type=display_type)
    assert figures(only(pushed(stats)))["display_value"] == (what, 91, "91在线观众")


def test_people_do_what_they_do() -> None:
    gift = {"id": 463, "name": "小心心", "diamond_count": 1}
    found = decoded(
        pushed(
            said("MemberMessage", user=USER, member_count=88, action=1),
            said("LikeMessage", user=USER, count=5, total=20000),
            said("SocialMessage", user=USER, action=1, follow_count=151234),
            said("SocialMessage", user=USER, action=3),
            said("SocialMessage", user=USER, action=5),
            said("GiftMessage", user=USER, gift_id=463, repeat_count=3, gift=gift),
            said("FansclubMessage", user=USER, type=2, content="加入了粉丝团"),
            said("FansclubMessage", user=USER, type=4),
            said("EmojiChatMessage", user=USER, emoji_id=7, default_content="[赞]"),
            said("RoomMessage", content="欢迎来到直播间"),
        )
    )
    assert [(each.kind, each.site_kind) for each in found.messages] == [
        (Kind.ARRIVAL, "type 1"),
        (Kind.LIKE, None),
        (Kind.FOLLOW, "follow"),
        (Kind.SHARE, "share"),
        (Kind.OTHER, "type 5"),
        (Kind.GIFT, None),
        (Kind.FAN_CLUB, "join"),
        (Kind.FAN_CLUB, "type 4"),
        (Kind.CHAT, None),
        (Kind.NOTICE, None),
    ]
    assert figures(found.messages[1])["total"] == (Counts.LIKES, 20000, None)
    assert figures(found.messages[2])["follow_count"] == (Counts.FANS, 151234, None)
    assert found.messages[5].more["gift.name"] == "小心心"
    assert found.messages[5].more["repeat_count"] == 3
    assert all(each.person is not None and each.person.id == "987654321" for each in found.messages[:9])
    assert found.messages[9].person is None
    assert found.messages[9].text == "欢迎来到直播间"


def test_people_whom_the_host_hides_are_not_told_apart() -> None:
    hidden = only(pushed(said("MemberMessage", user={"id": 111111, "nick_name": "薛***"})))
    assert hidden.person is not None
    assert hidden.person.masked


@pytest.mark.parametrize(("action", "state"), [(3, RoomState.ENDED), (1, None), (4, None)])
def test_only_control_3_ends_the_broadcast(action: int, state: RoomState | None) -> None:
    message = only(pushed(said("ControlMessage", action=action)))
    assert (message.kind, message.state) == (Kind.ROOM_STATE, state)


def test_what_comes_twice_is_given_twice_with_the_same_id() -> None:
    chat = said("ChatMessage", number=5, content="真好")
    assert [each.id for each in decoded(pushed(chat, chat)).messages] == ["5", "5"]


def test_what_is_not_known_is_counted_by_name_and_size() -> None:
    strange = {"method": "WebcastBrandNewMessage", "payload": b"\x08\x01\x10\x02"}
    found = decoded(pushed(strange, said("ChatMessage", content="后面的")))
    assert found.unknown == (Unknown("WebcastBrandNewMessage", 4),)
    assert [each.text for each in found.messages] == ["后面的"]


@pytest.mark.parametrize("outgoing", [bytes.fromhex("3A026862"), pushed(kind="ack")])
def test_what_the_page_sends_is_ours_and_says_nothing(outgoing: bytes) -> None:
    assert decoded(outgoing, outgoing=True) == Decoded()


def test_a_heartbeat_says_nothing() -> None:
    assert decoded(pushed(kind="hb")) == Decoded()


def test_other_sockets_of_the_page_are_not_ours() -> None:
    assert not Douyin().decode(Piece("frame", "wss://frontier.douyin.com/ws/v2", b"\x08\x01")).ours


def test_the_path_decides_and_not_the_host() -> None:
    piece = Piece("frame", "ws://127.0.0.1:4711/webcast/im/push/v2/?a=1", pushed(said("ChatMessage", content="嗨")))
    assert [each.text for each in Douyin().decode(piece).messages] == ["嗨"]


def test_the_long_poll_says_the_same() -> None:
    url = "https://live.douyin.com/webcast/im/fetch/?aid=6383"
    found = Douyin().decode(Piece("answer", url, response(said("ChatMessage", number=9, content="嗨")), status=200))
    [chat] = found.messages
    assert (chat.text, chat.id, chat.where.steps) == ("嗨", "9", ())
    assert [each.rule for each in Douyin().decode(Piece("answer", url, b"", status=200)).faults] == [
        "webcast: an empty answer"
    ]
    refused = Douyin().decode(Piece("answer", url, b"x", status=444))
    assert [each.rule for each in refused.faults] == ["webcast: answered with HTTP status 444"]
