"""TikTok: addresses, page state, frames and the room's answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.platforms.base import Address, Page, RoomIdentity, RoomState, Sight, Video
from crawler.platforms.messages import Counts, Figure, Kind, Message, Product
from crawler.platforms.pieces import Decoded, Piece
from crawler.platforms.tiktok import TikTok
from tests.harness.site_messages import pushed, response, said

URL = "https://www.tiktok.com/@Some.Shop_1/live"
SOCKET = "wss://webcast-ws.us.tiktok.com/webcast/im/ws_proxy/ws_reuse_supplement/?room_id=7"
USER_ROOM = "https://www.tiktok.com/api-live/user/room/?uniqueId=some.shop_1"
ROOM = "7678059955684969247"
NOW = 1_790_000_000_000
PLAYS = Video(12.0, False, False, 1280, 720, 4, (0, 0, 1280, 720), 0.0, 300)


def decoded(payload: bytes, **more: Any) -> Decoded:
    return TikTok().decode(Piece("frame", SOCKET, payload, received_ms=NOW, **more))


def only(message: dict[str, Any]) -> Message:
    found = decoded(pushed(message))
    assert not found.faults
    [one] = found.messages
    return one


def state_script(status: int, name: str = "some.shop_1") -> str:
    user = {"id": "1", "uniqueId": name, "roomId": ROOM, "status": status}
    return json.dumps({"AppContext": {}, "LiveRoom": {"liveRoomUserInfo": {"user": user, "liveRoom": {"title": "}"}}}})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, Address(Page.ROOM, "some.shop_1")),
        ("https://tiktok.com/@a/live/?lang=en", Address(Page.ROOM, "a")),
        (f"https://www.tiktok.com/share/live/{ROOM}", Address(Page.ROOM, None, ROOM)),
        ("https://vm.tiktok.com/ZMabc/", Address(Page.SHORT)),
        ("https://vt.tiktok.com/ZSabc/", Address(Page.SHORT)),
        ("https://www.tiktok.com/t/ZTabc/", Address(Page.SHORT)),
        ("https://www.tiktok.com/@a", Address(Page.OTHER)),
        ("https://www.tiktok.com/@a/video/7298145681699622182", Address(Page.OTHER)),
        ("https://www.tiktok.com/live", Address(Page.OTHER)),
        ("https://tiktok.com.evil.example/@a/live", None),
    ],
)
def test_addresses(url: str, expected: Address | None) -> None:
    assert TikTok().address(url) == expected


def test_the_page_s_state() -> None:
    tiktok = TikTok()
    live = Sight(1, URL, scripts=(state_script(2),))
    assert tiktok.identity(live) == RoomIdentity("tiktok", "some.shop_1", ROOM)
    assert tiktok.state(live) is RoomState.LIVE
    assert tiktok.state(Sight(1, URL, scripts=(state_script(4),))) is RoomState.ENDED
    assert tiktok.state(Sight(1, URL, scripts=(state_script(4, "other"),))) is RoomState.NO_CONTENT
    assert tiktok.state(Sight(1, URL, video=PLAYS)) is RoomState.LIVE
    assert tiktok.identity(Sight(1, "https://www.tiktok.com/@a")) is None


def test_words_say_why_a_room_is_not_live() -> None:
    tiktok = TikTok()
    bare = state_script(4).replace(ROOM, "")
    assert tiktok.state(Sight(1, URL, scripts=(bare,))) is RoomState.NOT_STARTED
    assert tiktok.state(Sight(1, URL, scripts=(bare,), text="LIVE has ended")) is RoomState.ENDED
    assert tiktok.state(Sight(1, URL, scripts=(bare,), text="Log in to continue watching")) is RoomState.LOGIN_WALL
    assert tiktok.state(Sight(1, URL, text="Drag the slider to fit the puzzle")) is RoomState.CAPTCHA
    assert tiktok.state(Sight(1, URL, text="Couldn't find this account")) is RoomState.NOT_FOUND
    assert tiktok.state(Sight(1, URL, scripts=(state_script(2),), text="Log in to TikTok")) is RoomState.LIVE
    assert tiktok.state(Sight(1, URL, scripts=(state_script(2),), text="LIVE is paused")) is RoomState.PAUSED


def test_the_site_s_own_check_is_no_end() -> None:
    waits = Sight(1, URL, title="Please wait...", text="Please wait...")
    assert TikTok().state(waits) is RoomState.NO_CONTENT


def test_chat_from_before_we_came_is_marked() -> None:
    user = {"id": 5, "nick_name": "Ann"}
    common = {"create_time": NOW - 60_000, "room_id": int(ROOM)}
    old = only(said("ChatMessage", number=3, history=True, common=common, user=user, content="how much?"))
    assert (old.kind, old.text, old.history, old.sent_ms) == (Kind.CHAT, "how much?", True, NOW - 60_000)
    assert old.person is not None
    assert (old.person.name, old.person.id) == ("Ann", "5")
    assert not only(said("ChatMessage", content="now", content_language="en")).history


def test_people_and_counters() -> None:
    found = decoded(
        pushed(
            said("MemberMessage", user={"id": 5}, member_count=9, action=1),
            said("LikeMessage", user={"id": 5}, count=15, total=900),
            said("SocialMessage", user={"id": 5}, action=1, follow_count=40),
            said("SocialMessage", user={"id": 5}, action=3, share_count=2),
            said("Tiktok_RoomUserSeqMessage", total=321, total_user=4321, anonymous=17),
            said("EcBarrageMessage", content="Flash sale", duration=5),
            said("OecLiveManagerMessage", message_type=2, purchase_product_info=b"\x08\x01"),
        )
    )
    assert [each.kind for each in found.messages] == [
        Kind.ARRIVAL,
        Kind.LIKE,
        Kind.FOLLOW,
        Kind.SHARE,
        Kind.VIEWERS,
        Kind.NOTICE,
        Kind.OTHER,  # a name is no explanation: not a purchase
    ]
    assert found.messages[4].figures == (
        Figure(Counts.ONLINE, "RoomUserSeqMessage.total", 321),
        Figure(Counts.CUMULATIVE, "RoomUserSeqMessage.total_user", 4321),
        Figure(Counts.RAW, "RoomUserSeqMessage.anonymous", 17),
    )


@pytest.mark.parametrize(("kind", "word", "shown"), [(1, "pop", True), (4, "un-pop", False), (9, "type 9", None)])
def test_a_product_card_comes_up_and_goes(kind: int, word: str, shown: bool | None) -> None:  # noqa: FBT001 - a case
    card = {"title": "Soft T-shirt", "price": "$9.90", "product_id": 1729385756123, "product_status": 90}
    message = only(said("OecLiveShoppingMessage", msg_type=kind, pop_product=card, timings={"one": NOW}))
    assert (message.kind, message.site_kind) == (Kind.PRODUCT, word)
    assert message.products == (Product(id="1729385756123", title="Soft T-shirt", price_text="$9.90", shown=shown),)
    assert message.more["product_status"] == 90
    assert message.more["timings.1"] == NOW


@pytest.mark.parametrize(("action", "state"), [(3, RoomState.ENDED), (4, RoomState.ENDED), (1, None), (2, None)])
def test_control_3_and_4_end_the_broadcast(action: int, state: RoomState | None) -> None:
    assert only(said("ControlMessage", action=action)).state is state


def test_the_first_fetch_and_other_frames() -> None:
    url = "https://webcast.tiktok.com/webcast/im/fetch/?aid=1988"
    found = TikTok().decode(Piece("answer", url, response(said("ChatMessage", content="hi")), status=200))
    assert [each.text for each in found.messages] == ["hi"]
    assert decoded(pushed(kind="im_enter_room")) == Decoded()
    assert decoded(pushed(said("ChatMessage", content="mine")), outgoing=True) == Decoded()
    assert [each.method for each in decoded(pushed(said("GiftMessage", gift_id=1))).unknown] == ["WebcastGiftMessage"]
    assert not TikTok().decode(Piece("frame", "wss://im-ws.tiktok.com/ws/v2", b"\x08\x01")).ours


def user_room(value: Any) -> Message:
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    [message] = TikTok().decode(Piece("answer", USER_ROOM, payload, status=200)).messages
    return message


def test_the_room_s_answer() -> None:
    user = {"uniqueId": "some.shop_1", "roomId": ROOM, "status": 2}
    stats = {"enterCount": 49334, "userCount": 120}
    live = user_room({"statusCode": 0, "data": {"user": user, "liveRoom": {"status": 2, "liveRoomStats": stats}}})
    assert (live.state, live.broadcast, live.site_kind) == (RoomState.LIVE, ROOM, "status 2")
    assert live.figures == (
        Figure(Counts.ONLINE, "liveRoomStats.userCount", 120),
        Figure(Counts.CUMULATIVE, "liveRoomStats.enterCount", 49334),
    )
    over = user_room({"data": {"user": user, "liveRoom": {"status": 4, "liveRoomStats": {"userCount": 1}}}})
    assert (over.state, over.figures) == (RoomState.ENDED, (Figure(Counts.RAW, "liveRoomStats.userCount", 1),))
    assert user_room({"data": {"user": {"status": 4, "roomId": ""}}}).state is RoomState.NOT_STARTED
    assert user_room({"statusCode": 19881007, "data": {}}).state is RoomState.NOT_FOUND
    assert user_room({"statusCode": 10201}).state is RoomState.NO_CONTENT
    assert user_room(b"").state is RoomState.NO_CONTENT
