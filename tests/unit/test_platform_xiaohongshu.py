"""Xiaohongshu's frames, pages and addresses. Frames: JSON, in it base64 of JSON, in it JSON as a text."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.platforms.base import Address, Page, RoomState, Sight, Video
from crawler.platforms.messages import Counts, Kind, Message, Person
from crawler.platforms.pieces import Decoded, Piece
from crawler.platforms.xiaohongshu import Xiaohongshu

SOCKET = "wss://apppush.xiaohongshu.example/ws"
ROOM = "https://www.xiaohongshu.com/livestream/570459564696889177"
SITE = Xiaohongshu()
PLAYING = Video(1.0, paused=False, ended=False, width=720, height=1280, ready=4, box=(0, 0, 9, 9), covered=0, frames=9)


def custom(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, "profile": {"nickname": "小明", "user_id": "63301151000000002303b082"}, **members}


def pushed(*messages: Any, as_text: bool = True) -> dict[str, Any]:
    entries = []
    for each in messages:
        inner = {
            "command": 1,
            "msgId": "m1",
            "ts": 1786806862881,
            "roomId": "5704",
            "customData": json.dumps(each, ensure_ascii=False) if as_text else each,
        }
        entries.append({"d": base64.b64encode(json.dumps(inner, ensure_ascii=False).encode()).decode()})
    return {"t": 4, "b": {"d": {"b": entries}}}


def decoded(frame: Any) -> Decoded:
    payload = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
    return SITE.decode(Piece("frame", SOCKET, payload, text=True, received_ms=1))


def only(*messages: Any, as_text: bool = True) -> Message:
    found = decoded(pushed(*messages, as_text=as_text))
    assert (found.ours, found.unknown, found.faults) == (True, (), ())
    (message,) = found.messages
    return message


def test_a_chat_line() -> None:
    message = only(custom("text", desc="多少钱", commentId="c1", current_time=1786806862704))
    assert (message.kind, message.method, message.text) == (Kind.CHAT, "text", "多少钱")
    assert message.person == Person("小明", "63301151000000002303b082", masked=False)
    assert (message.id, message.sent_ms, message.broadcast) == ("m1", 1786806862704, "5704")


def test_where_a_message_in_a_text_stands() -> None:
    frame = pushed(custom("like"), custom("text", desc="多少钱"))
    message = decoded(frame).messages[1]
    assert message.where.steps == ("json $.b.d.b[1].d", "base64", "json $.customData")
    inner = json.loads(base64.b64decode(frame["b"]["d"]["b"][1]["d"]))["customData"].encode()
    assert (message.where.start, message.where.end) == (0, len(inner))


def test_where_a_message_that_is_an_object_stands() -> None:
    frame = pushed(custom("text", desc="多少钱"), as_text=False)
    (message,) = decoded(frame).messages
    assert message.where.steps == ("json $.b.d.b[0].d", "base64")
    inner = base64.b64decode(frame["b"]["d"]["b"][0]["d"])
    assert json.loads(inner[message.where.start : message.where.end])["desc"] == "多少钱"


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("audience_join", Kind.ARRIVAL),
        ("audience_join_v2", Kind.ARRIVAL),
        ("like", Kind.LIKE),
        ("praise", Kind.LIKE),
        ("gift", Kind.GIFT),
        ("gift_dock_and_effect", Kind.GIFT),
        ("follow_emcee", Kind.FOLLOW),
        ("share", Kind.SHARE),
        ("refresh", Kind.OTHER),
        ("letter_refresh", Kind.OTHER),
    ],
)
def test_each_type_of_the_facts_has_its_kind(method: str, kind: Kind) -> None:
    message = only(custom(method))
    assert (message.kind, message.method) == (kind, method)


def test_a_line_without_the_platforms_time_and_id_has_none() -> None:
    bare = {
        "t": 4,
        "b": {"d": {"b": [{"d": base64.b64encode(json.dumps({"customData": custom("text")}).encode()).decode()}]}},
    }
    (message,) = decoded(bare).messages
    assert (message.id, message.sent_ms, message.broadcast) == (None, None, None)  # ours are never put in their place


def test_likes_of_one_message() -> None:
    message = only({"type": "praise", "profile": {"user_id": "u1"}, "praise_info": {"count": 13}})
    assert message.person == Person(None, "u1")
    assert [(each.what, each.name, each.value) for each in message.figures] == [(Counts.RAW, "praise_info.count", 13)]


def test_a_gift_as_newer_pages_get_it() -> None:
    gift = {
        "type": "gift_dock_and_effect",
        "send_user_info": {"id": "s1", "nick_name": "晴天**"},
        "base_gift_info": {"name": "人气票", "coins": 1},
        "gift_action_info": {"count": 1, "comb_count": 70},
    }
    message = only(gift)
    assert message.person == Person("晴天**", "s1", masked=True)
    assert message.more["base_gift_info.name"] == "人气票"
    (other,) = decoded(pushed({**gift, "send_user_info": {"user_id": "s2", "nick_name": "x"}})).messages
    assert other.person == Person("x", "s2")
    assert message.more["gift_action_info.comb_count"] == 70


def test_a_gift_and_its_number() -> None:
    assert dict(only(custom("gift", giftName="玫瑰", count=3)).more) == {"giftName": "玫瑰", "count": 3}


def test_what_is_not_described_is_counted() -> None:
    found = decoded(pushed(custom("goods_card_popup"), custom("text", desc="x")))
    assert [each.text for each in found.messages] == ["x"]
    assert [each.method for each in found.unknown] == ["goods_card_popup"]
    assert [each.method for each in decoded({"t": 2}).unknown] == ["t 2"]
    assert [each.method for each in decoded({"t": 4, "b": {"d": {}}}).unknown] == ["t 4"]


def test_one_broken_message_does_not_take_the_others_along() -> None:
    frame = pushed(custom("text", desc="一"), custom("text", desc="二"), custom("text", desc="三"))
    entries = frame["b"]["d"]["b"]
    entries[1]["d"] = entries[1]["d"][:-20] + "!" + entries[1]["d"][-19:]
    found = decoded(frame)
    assert [each.text for each in found.messages] == ["一", "三"]
    assert [each.steps for each in found.faults] == [("json $.b.d.b[1].d", "base64")]


def test_frames_of_other_sockets_and_our_own() -> None:
    assert not decoded({"op": 1}).ours
    assert not decoded([4]).ours
    assert not decoded({"t": "4"}).ours
    assert not SITE.decode(Piece("frame", SOCKET, b"\x0a\x04abcd")).ours
    sent = SITE.decode(Piece("frame", SOCKET, json.dumps(pushed(custom("text"))).encode(), outgoing=True, text=True))
    assert (sent.ours, sent.messages) == (True, ())


def test_a_frame_cut_short_is_a_fault() -> None:
    whole = json.dumps(pushed(custom("text", desc="x"))).encode()
    found = decoded(whole[:-3])
    assert (found.ours, found.messages, len(found.faults)) == (True, (), 1)


@settings(max_examples=100)
@given(st.binary(max_size=300), st.binary(max_size=200), st.data())
def test_any_bytes(payload: bytes, inner: bytes, source: st.DataObject) -> None:
    decoded(payload)
    decoded({"t": 4, "b": {"d": {"b": [{"d": base64.b64encode(inner).decode()}, {"d": 3}, None]}}})
    whole = json.dumps(pushed(custom("text", desc="坏"))).encode()
    at = source.draw(st.integers(0, len(whole) - 1))
    turned = bytearray(whole)
    turned[at] ^= 1 << source.draw(st.integers(0, 7))
    decoded(bytes(turned))
    decoded(whole[:at])
    SITE.decode(Piece("answer", ROOM, payload))
    SITE.decode(Piece("answer", ROOM, b"<script>__INITIAL_STATE__={" + payload))


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "desc", "profile", "d", "b", "nickname", "customData"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=100)
@given(ANY_JSON, st.sampled_from(["text", "gift", "share", 3]))
def test_any_members_in_any_place(odd: Any, kind: Any) -> None:
    decoded({"t": 4, "b": odd})
    decoded(pushed(odd))
    decoded(pushed({"type": kind, "desc": odd, "profile": odd, "count": odd}, as_text=False))


def page(stream: str) -> str:
    return f'window.__INITIAL_STATE__={{"global":{{"x":undefined,"y":"undefined}}"}},"liveStream":{stream}}}'


LIVE = (
    '{"pageStatus":"success","liveStatus":"success","errorType":undefined,"roomData":{"hostInfo":{"nickName":"x"},'
    '"roomInfo":{"status":2,"displayViewerCount":"300万+","roomId":"570459564696889177"}},"nextRoomInfo":{}}'
)
LIVE_AS_TEXTS = '{"pageStatus":"success","liveStatus":"success","roomData":{"roomInfo":{"status":"2"}}}'
ENDED = (
    '{"pageStatus":"success","liveStatus":"end","roomData":{"roomInfo":{"status":"3"}},'
    '"nextRoomInfo":{"status":2,"roomId":"999","liveStatus":"success"}}'
)
NOT_FOUND = '{"pageStatus":"error","errorMessage":"未找到直播间，请稍后再试","nextRoomInfo":{"status":2}}'
OTHERS_ONLY = '{"pageStatus":"success","nextRoomInfo":{"status":3,"liveStatus":"end"}}'


@pytest.mark.parametrize(
    ("stream", "state"),
    [
        (LIVE, RoomState.LIVE),
        (LIVE_AS_TEXTS, RoomState.LIVE),
        (ENDED, RoomState.ENDED),
        (NOT_FOUND, RoomState.NOT_FOUND),
        (OTHERS_ONLY, RoomState.NO_CONTENT),
        ("{}", RoomState.NO_CONTENT),
    ],
)
def test_states_of_the_page(stream: str, state: RoomState) -> None:
    assert SITE.state(Sight(0, ROOM, scripts=("var a=1", page(stream)))) is state


def test_what_the_page_shows_now_counts_over_live_in_its_first_state() -> None:
    assert SITE.state(Sight(0, ROOM, scripts=(page(LIVE),), text="直播已结束")) is RoomState.ENDED
    assert SITE.state(Sight(0, ROOM, video=PLAYING)) is RoomState.LIVE
    assert SITE.state(Sight(0, ROOM, scripts=(page(ENDED),), video=PLAYING)) is RoomState.ENDED
    assert SITE.state(Sight(0, ROOM)) is RoomState.NO_CONTENT


def test_the_page_as_an_answer_gives_state_and_display() -> None:
    html = f"<html><script>a()</script><script>{page(LIVE)}</script></html>".encode()
    state, viewers = SITE.decode(Piece("answer", f"{ROOM}?share_id=1", html)).messages
    assert (state.state, state.broadcast) == (RoomState.LIVE, "570459564696889177")
    assert [(each.what, each.value, each.shown) for each in viewers.figures] == [(Counts.CUMULATIVE, None, "300万+")]
    assert html[state.where.start : state.where.end].decode() == page(LIVE)
    other = SITE.decode(Piece("answer", "https://www.xiaohongshu.com/explore", html))
    assert not other.ours


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{ROOM}?share_id=1&xsec_token=A", Address(Page.ROOM, "570459564696889177", "570459564696889177")),
        ("https://www.xiaohongshu.com/livestream/dynpathAbCd1234/57", Address(Page.ROOM, "57", "57")),
        ("https://www.xiaohongshu.com/hina/livestream/57/alias", Address(Page.ROOM, "57", "57")),
        ("https://www.xiaohongshu.com/explore/6aa937b50000000011034712", Address(Page.OTHER)),
        ("https://www.xiaohongshu.com/user/profile/63301151000000002303b082", Address(Page.OTHER)),
        ("https://www.xiaohongshu.com/livelist", Address(Page.OTHER)),
        ("https://xhslink.com/m/18ox3lAz", Address(Page.SHORT)),
        ("http://xhslink.com/", Address(Page.OTHER)),
        ("https://example.com/livestream/57", None),
    ],
)
def test_addresses(url: str, expected: Address | None) -> None:
    assert SITE.address(url) == expected


def test_identity() -> None:
    found = SITE.identity(Sight(0, ROOM, video=PLAYING))
    assert found is not None
    assert (found.platform, found.room) == ("xiaohongshu", "570459564696889177")
    assert SITE.identity(Sight(0, ROOM, scripts=(page(NOT_FOUND),))) is None
