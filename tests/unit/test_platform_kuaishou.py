"""Kuaishou: addresses, page state, frames of the PC page and polls of the mobile one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.platforms.base import Address, Page, RoomIdentity, RoomState, Sight, Video
from crawler.platforms.kuaishou import Kuaishou
from crawler.platforms.messages import Counts, Figure, Kind, Message
from crawler.platforms.pieces import Decoded, Piece, Unknown
from tests.harness.site_messages import kuaishou, socket_message

URL = "https://live.kuaishou.com/u/3xgw4a6r5eiu4nu"
SOCKET = "wss://livejs-ws.kuaishou.cn/group7"
POLL = "https://livev.m.chenzhongtech.com/wap/live/feed?liveStreamId=tboibnUkiRK&cursor=5UJNr1InRqw"
INFO = "https://live.kuaishou.com/live_api/liveroom/websocketinfo?liveStreamId=tboibnUkiRK"
SERVER_MS = 1616134888680
NOW = SERVER_MS + 500
PLAYS = Video(12.0, False, False, 1280, 720, 4, (0, 0, 1280, 720), 0.0, 300)
MEDIA = {"h264": {"adaptationSet": {"representation": [{"url": "https://a.example/1.flv"}]}}}


def decoded(payload: bytes, **more: Any) -> Decoded:
    return Kuaishou().decode(Piece("frame", SOCKET, payload, received_ms=NOW, **more))


def pushed(*, packed: bool = False, **members: Any) -> Decoded:
    return decoded(socket_message(310, kuaishou("FeedPush", **members), packed=packed, server_ms=SERVER_MS))


def page(play: dict[str, Any] | None, **liveroom: Any) -> str:
    """As the site writes it: a bare undefined, and code behind the object."""
    state = {"liveroom": {"playList": [play], "noticeList": [], **liveroom}, "user": {"a": "undefined"}}
    text = json.dumps(state, ensure_ascii=False).replace('"noticeList": []', '"noticeList": undefined')
    return f"window.__INITIAL_STATE__={text};(function(){{var s;}}());"


def seen(play: dict[str, Any] | None, url: str = URL, liveroom: dict[str, Any] | None = None, **more: Any) -> Sight:
    return Sight(1, url, **{"scripts": (page(play, **(liveroom or {})),), **more})


def living(**more: Any) -> dict[str, Any]:
    author = {"id": "3xgw4a6r5eiu4nu", "living": False}
    return {"isLiving": True, "author": author, "liveStream": {"id": "tboibnUkiRK", "playUrls": MEDIA}, **more}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, Address(Page.ROOM, "3xgw4a6r5eiu4nu")),
        ("https://live.kuaishou.com/u/ATM-Heros/?source=x", Address(Page.ROOM, "ATM-Heros")),
        ("https://live.kuaishou.cn/u/tianci666", Address(Page.ROOM, "tianci666")),
        ("https://m.gifshow.com/fw/live/tboibnUkiRK", Address(Page.ROOM, None, "tboibnUkiRK")),
        ("https://livev.m.chenzhongtech.com/fw/live/tboibnUkiRK?a=1", Address(Page.ROOM, None, "tboibnUkiRK")),
        ("https://m.gifshow.com/fw/live/undefined", Address(Page.OTHER)),
        ("https://v.kuaishou.com/AbCdE", Address(Page.SHORT)),
        ("https://live.kuaishou.com/u/", Address(Page.OTHER)),
        ("https://live.kuaishou.com/search?keyword=x", Address(Page.OTHER)),
        ("https://www.kuaishou.com/profile/3xgw4a6r5eiu4nu", Address(Page.OTHER)),
        ("https://www.kuaishou.com/short-video/3x", Address(Page.OTHER)),
        ("https://live.kuaishou.com.evil.example/u/a", None),
    ],
)
def test_addresses(url: str, expected: Address | None) -> None:
    assert Kuaishou().address(url) == expected


def test_a_live_room_for_a_guest_without_chat() -> None:
    """Guests get no socket in many rooms and see the room all the same."""
    guest = seen(living(), liveroom={"websocketUrls": [], "token": ""})
    assert Kuaishou().identity(guest) == RoomIdentity("kuaishou", "3xgw4a6r5eiu4nu", "tboibnUkiRK")
    assert Kuaishou().state(guest) is RoomState.LIVE
    walled = seen(living(), liveroom={"websocketUrls": [], "token": ""}, text="请先登录")
    assert Kuaishou().state(walled) is RoomState.LOGIN_WALL
    assert Kuaishou().state(seen(living(), liveroom={"websocketUrls": ["wss://a"], "token": "t"}, text="请先登录")) is (
        RoomState.LIVE
    )


def test_without_chat_and_without_media_it_is_a_login_wall() -> None:
    bare = living(liveStream={"id": "tboibnUkiRK", "playUrls": {"h264": {}, "hevc": {}}})
    assert Kuaishou().state(seen(bare, liveroom={"websocketUrls": [], "token": ""})) is RoomState.LOGIN_WALL


@pytest.mark.parametrize(
    ("play", "state"),
    [
        (living(isLiving=False, liveStream={"url": "https://m.gifshow.com/fw/live/undefined"}), RoomState.ENDED),
        (living(isLiving=False, errorType={"type": 22, "title": "错误代码22"}), RoomState.ENDED),
        ({"isLiving": False, "author": {}, "liveStream": {}, "errorType": {"type": 22}}, RoomState.NOT_FOUND),
        (living(isLiving=False, errorType={"type": 671, "title": "错误代码671"}), RoomState.NO_CONTENT),
        (living(isLiving=False, errorType={"type": 2, "title": "请求过快，请稍后重试"}), RoomState.BLOCKED),
        (living(isLiving="1"), RoomState.LIVE),
        (living(errorType={"type": 0, "title": ""}), RoomState.LIVE),
        ({}, RoomState.NO_CONTENT),
        (None, RoomState.NO_CONTENT),
    ],
)
def test_the_page_tells_its_state(play: dict[str, Any] | None, state: RoomState) -> None:
    assert Kuaishou().state(seen(play)) is state


def test_words_say_why_a_room_is_not_live() -> None:
    offline = living(isLiving=False, liveStream={})
    assert Kuaishou().state(seen(offline, text="主播尚未开播")) is RoomState.NOT_STARTED
    assert Kuaishou().state(seen(offline, text="直播已结束")) is RoomState.ENDED
    assert Kuaishou().state(Sight(1, URL, text="请求过快，请稍后重试")) is RoomState.BLOCKED
    assert Kuaishou().state(seen(living(), text="主播离开了一会儿")) is RoomState.PAUSED
    assert Kuaishou().state(seen(living(), text="主播离开了一会儿", video=PLAYS)) is RoomState.LIVE


def test_the_video_counts_where_the_page_says_nothing() -> None:
    assert Kuaishou().state(Sight(1, URL, video=PLAYS)) is RoomState.LIVE
    assert Kuaishou().state(Sight(1, URL)) is RoomState.NO_CONTENT
    other = seen(living(), url="https://live.kuaishou.com/u/somebody")
    assert Kuaishou().identity(other) == RoomIdentity("kuaishou", "somebody")
    assert Kuaishou().state(other) is RoomState.NO_CONTENT


@pytest.mark.parametrize("packed", [False, True])
def test_counts_and_comments(packed: bool) -> None:  # noqa: FBT001 - a case
    user = {"principal_id": "3xa", "user_name": "星城大嗨"}
    typed = {
        "id": "c1",
        "user": user,
        "content": "多少钱",
        "device_hash": "AbCdEg==",
        "show_type": 1,
        "time": 1616134888,
    }
    liked = {"id": "c2", "user": user, "content": "星城大嗨赞了这个直播", "show_type": 2}
    strange = {"id": "c3", "user": user, "content": "?", "show_type": 5}
    found = pushed(
        packed=packed,
        display_watching_count="2735",
        display_like_count="26万",
        comment_feeds=[typed, liked, strange],
    )
    counts, comment, like, other = found.messages
    assert counts.figures == (
        Figure(Counts.ONLINE, "SCWebFeedPush.display_watching_count", 2735, "2735"),
        Figure(Counts.LIKES, "SCWebFeedPush.display_like_count", None, "26万"),
    )
    assert (counts.sent_ms, counts.more) == (None, {"server_ms": SERVER_MS})
    assert (comment.kind, comment.text, comment.id, comment.sent_ms) == (Kind.CHAT, "多少钱", "c1", 1616134888000)
    assert comment.person is not None
    assert (comment.person.name, comment.person.id) == ("星城大嗨", "3xa")
    assert "AbCdEg" not in repr(found)  # what may tell devices apart is left in the raw frame
    assert (like.kind, other.kind, other.site_kind) == (Kind.LIKE, Kind.OTHER, "show type 5")
    assert comment.where.steps == (("gzip",) if packed else ())


def test_a_comment_is_found_again_at_its_place() -> None:
    first, second = {"id": "c1", "content": "一"}, {"id": "c2", "content": "二"}
    payload = socket_message(310, kuaishou("FeedPush", comment_feeds=[first, second]))
    for message, sent in zip(decoded(payload).messages, (first, second), strict=True):
        assert payload[message.where.start : message.where.end] == kuaishou("Comment", **sent)


def test_the_other_feeds() -> None:
    user = {"principal_id": "3xb", "user_name": "乙"}
    found = pushed(
        like_feeds=[{"id": "l", "user": user, "device_hash": "x"}],
        gift_feeds=[{"id": "g", "user": user, "gift_id": 9, "batch_size": 3, "time": SERVER_MS}],
        system_notice_feeds=[{"id": "n", "content": "欢迎", "display_type": 2}],
        share_feeds=[{"id": "s", "user": user, "third_party_platform": 1}],
        combo_comment_feed=[{"id": "x", "content": "1"}],
    )
    assert [each.kind for each in found.messages] == [Kind.LIKE, Kind.GIFT, Kind.NOTICE, Kind.SHARE]
    assert found.messages[1].more == {"gift_id": 9, "batch_size": 3}
    assert found.messages[2].site_kind == "type 2"
    assert found.unknown == (Unknown("SCWebFeedPush.combo_comment_feed", 6),)


@pytest.mark.parametrize(
    ("kind", "expected", "state"),
    [
        (301, Kind.ROOM_STATE, RoomState.PAUSED),
        (302, Kind.ROOM_STATE, RoomState.LIVE),
        (360, Kind.PRODUCT_LIST, None),
        (361, Kind.PRODUCT_LIST, None),
        (330, Kind.OTHER, None),
        (355, Kind.OTHER, None),
        (758, Kind.OTHER, None),
        (829, Kind.OTHER, None),
        (103, Kind.OTHER, None),
    ],
)
def test_what_is_known_by_its_type(kind: int, expected: Kind, state: RoomState | None) -> None:
    [message] = decoded(socket_message(kind, b"")).messages
    assert (message.kind, message.state) == (expected, state)
    assert message.more.get("open") == {360: True, 361: False}.get(kind)


def test_the_list_of_viewers_is_no_number_of_viewers() -> None:
    users = [{"user_name": "甲"}, {"user_name": "乙"}]
    listed = kuaishou("WatchingUsers", watching_user=users, display_watching_count="5.6w")
    [message] = decoded(socket_message(340, listed, packed=True)).messages
    assert message.figures == (
        Figure(Counts.ONLINE, "SCWebLiveWatchingUsers.display_watching_count", None, "5.6w"),
        Figure(Counts.RAW, "SCWebLiveWatchingUsers.watching_user", 2),
    )


def test_what_says_nothing_and_what_is_not_known() -> None:
    assert decoded(socket_message(101, b"\x08\x01")) == Decoded()
    assert decoded(socket_message(200, b"\x0a\x01t"), outgoing=True) == Decoded()
    assert decoded(socket_message(412, b"abc")).unknown == (Unknown("payload type 412", 3),)
    locked = kuaishou("SocketMessage", payload_type=310, compression_type=3, payload=b"abcd")
    assert decoded(locked).unknown == (Unknown("SC_FEED_PUSH (AES)", 4),)


@pytest.mark.parametrize("other", [b"", b"{}", b"\x00\x01\x02", b"\x82\x01\x02hi", b"\x08\x01\x10\x09\x1a\x01a"])
def test_frames_without_the_shape_are_not_ours_or_a_fault(other: bytes) -> None:
    assert not Kuaishou().decode(Piece("frame", "wss://log.example/websocket", other)).ours
    assert [each.rule for each in decoded(other).faults] == ["kuaishou: no socket message"]  # on the chat's own path


def test_the_older_socket_is_known_by_the_shape() -> None:
    payload = socket_message(310, kuaishou("FeedPush", display_watching_count="7"))
    older = "wss://live-ws-pg-group3.kuaishou.com/websocket"
    assert len(Kuaishou().decode(Piece("frame", older, payload)).messages) == 1
    assert not Kuaishou().decode(Piece("frame", older, payload, text=True)).ours


def poll(value: Any, *, wrapped: int = 1) -> Decoded:
    text = json.dumps(value, ensure_ascii=False)
    for _ in range(wrapped):
        text = json.dumps(text, ensure_ascii=False)
    return Kuaishou().decode(Piece("answer", POLL, text.encode(), status=200, received_ms=1_790_520_030_000))


def feed(**more: Any) -> dict[str, Any]:
    author = {"userId": 1516004686, "userName": "观众1", "userText": "", "userSex": "U"}
    return {"type": "comment", "content": "好的", "time": 1790520023470, "author": author, **more}


@pytest.mark.parametrize("wrapped", [0, 1, 2])
def test_a_poll(wrapped: int) -> None:
    value = {"result": 1, "cursor": "c", "pullCycleSeconds": 3, "currentWatchingCount": "5.6w"}
    found = poll(value | {"liveStreamFeeds": [feed(), feed(), feed(type="gift")]}, wrapped=wrapped)
    counts, first, again = found.messages
    assert counts.figures == (Figure(Counts.ONLINE, "currentWatchingCount", None, "5.6w"),)
    assert (first.kind, first.text, first.sent_ms, first.id) == (Kind.CHAT, "好的", 1790520023470, None)
    assert first.person is not None
    assert (first.person.name, first.person.id) == ("观众1", "1516004686")
    assert again.text == first.text  # what comes twice is given twice
    assert [each.method for each in found.unknown] == ["feed gift"]
    assert first.where.steps == ("json $",) * wrapped


def test_a_comment_of_a_poll_is_found_again_at_its_place() -> None:
    inner = json.dumps({"result": 1, "liveStreamFeeds": [feed(content="一"), feed(content="二")]}, ensure_ascii=False)
    found = Kuaishou().decode(Piece("answer", POLL, json.dumps(inner).encode(), status=200))
    for message, content in zip(found.messages, ("一", "二"), strict=True):
        assert json.loads(inner.encode()[message.where.start : message.where.end]) == feed(content=content)


def test_a_poll_that_was_refused() -> None:
    assert [each.rule for each in poll({"result": 2, "error_msg": "操作太快了"}).faults] == [
        "kuaishou: a poll answered with result 2"
    ]
    assert Kuaishou().decode(Piece("answer", POLL, b"<html>", status=200)).faults
    [fast] = poll({"result": 2, "error_msg": "操作太快了"}).messages
    assert (fast.kind, fast.state, fast.text) == (Kind.ROOM_STATE, RoomState.BLOCKED, "操作太快了")
    [over] = poll({"result": 671, "error_msg": "直播已结束"}).messages
    assert (over.state, over.site_kind) == (RoomState.ENDED, "result 671")
    assert poll({"result": 400002, "error_msg": "请完成安全验证"}).messages == ()  # before the poll, not the room


def told(value: Any) -> list[Message]:
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    return list(Kuaishou().decode(Piece("answer", INFO, payload, status=200)).messages)


def test_the_answer_about_the_chat_s_socket() -> None:
    assert told({"data": {"result": 1, "token": "t", "websocketUrls": ["wss://livejs-ws.kuaishou.cn/group7"]}}) == []
    [wall] = told({"data": {"result": 1, "token": "", "websocketUrls": []}})
    assert (wall.kind, wall.state) == (Kind.ROOM_STATE, RoomState.LOGIN_WALL)
    [fast] = told({"data": {"result": 2, "error_msg": "操作太快了，请稍微休息一下"}})
    assert fast.state is RoomState.BLOCKED
    [empty] = told(b"")
    assert empty.state is RoomState.NO_CONTENT
