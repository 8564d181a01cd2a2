"""Taobao's polled answers, pages and addresses. Shapes of public clients; no recorded sample was found."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.platforms.base import Address, Page, RoomState, Sight
from crawler.platforms.messages import Counts, Kind, Message, Person
from crawler.platforms.pieces import Decoded, Piece
from crawler.platforms.taobao import Taobao

SITE = Taobao()
COMMENTS = "mtop.taobao.iliad.comment.query.latest"
PUSHED = "mtop.taobao.powermsg.h5.msg.pullnativemsg"
OK = ["SUCCESS::调用成功"]


def url(api: str, host: str = "h5api.m.taobao.com") -> str:
    return f"https://{host}/h5/{api}/1.0/?jsv=2.7.2&appKey=12574478&type=jsonp&callback=mtopjsonp3"


def answer(api: str, data: Any, *, ret: Any = OK, jsonp: bool = False, host: str = "h5api.m.taobao.com") -> Piece:
    body = json.dumps({"api": api, "v": "1.0", "ret": ret, "data": data}, ensure_ascii=False)
    payload = f" mtopjsonp3({body})" if jsonp else body
    return Piece("answer", url(api, host), payload.encode(), status=200, received_ms=1)


def only(found: Decoded) -> Message:
    assert (found.ours, found.unknown, found.faults) == (True, (), ())
    (message,) = found.messages
    return message


@pytest.mark.parametrize("jsonp", [False, True])
def test_polled_comments(jsonp: bool) -> None:  # noqa: FBT001
    comments = [
        {"publisherNick": "t**3", "publisherId": "220", "content": "有货吗 }]", "commentId": 5},
        {"publisherNick": "小王", "publisherId": 221, "content": "买了"},
    ]
    piece = answer(COMMENTS, {"comments": comments, "delay": "6000", "paginationContext": "{}"}, jsonp=jsonp)
    first, second = SITE.decode(piece).messages
    assert (first.kind, first.text, first.id) == (Kind.CHAT, "有货吗 }]", "5")
    assert first.method == f"/h5/{COMMENTS}/1.0/"
    assert first.person == Person("t**3", "220", masked=True)
    assert second.person == Person("小王", "221", masked=False)
    for message, comment in ((first, comments[0]), (second, comments[1])):
        assert message.where.steps == ()
        assert json.loads(piece.payload[message.where.start : message.where.end]) == comment


def test_bytes_that_are_no_utf8_are_flagged_in_jsonp_too() -> None:
    piece = answer(COMMENTS, {"comments": [{"publisherNick": "n", "content": "AB"}, {"content": "C"}]}, jsonp=True)
    message, other = SITE.decode(Piece("answer", piece.url, piece.payload.replace(b"AB", b"A\xff"))).messages
    assert message.text == "A\ufffd"
    assert message.flags == ("text not UTF-8",)
    assert other.flags == ()


def test_no_comments_are_no_messages() -> None:
    found = SITE.decode(answer(COMMENTS, {"comments": [], "delay": "6000"}))
    assert (found.ours, found.messages, found.unknown, found.faults) == (True, (), (), ())


def field(number: int, value: bytes) -> bytes:
    assert len(value) < 1 << 14
    size = bytes([len(value)]) if len(value) < 128 else bytes([len(value) & 0x7F | 0x80, len(value) >> 7])
    return bytes([number << 3 | 2]) + size + value


def wrapped(*objects: Any) -> bytes:
    """Protobuf of numbers that nobody documents, with JSON in some fields."""
    parts = [b"\x08\x96\x01", field(2, b"topic")]
    parts += [field(4, json.dumps(each, ensure_ascii=False).encode()) for each in objects]
    return field(1, b"".join(parts)) + b"\x18\x01"


def pushed(*contents: bytes, host: str = "h5api.m.taobao.com") -> Piece:
    entries = [{"offset": str(n), "data": base64.b64encode(each).decode()} for n, each in enumerate(contents)]
    return answer(PUSHED, {"timestampList": entries}, host=host)


@pytest.mark.parametrize("host", ["h5api.m.taobao.com", "h5api.m.1688.com", "127.0.0.1:8000"])
def test_a_pushed_chat_line(host: str) -> None:
    content = wrapped({"subType": 10001, "nick": "小王", "userid": "22", "content": "多少钱"})
    message = only(SITE.decode(pushed(content, host=host)))
    assert (message.kind, message.method, message.text) == (Kind.CHAT, "10001", "多少钱")
    assert message.person == Person("小王", "22", masked=False)
    assert message.where.steps == ("json $.data.timestampList[0].data", "base64")
    assert json.loads(content[message.where.start : message.where.end])["content"] == "多少钱"


def test_a_length_that_looks_like_a_bracket_hides_nothing() -> None:
    body = {"subType": 10001, "nick": "n", "userid": "1", "content": ""}
    body["content"] = "x" * (0x7B - len(json.dumps(body)))
    content = wrapped(body)
    assert b"{{" in content
    assert only(SITE.decode(pushed(content))).text == body["content"]


@pytest.mark.parametrize("flood", [b"{" * (1 << 18), b"{," * (1 << 17), b'{"' * (1 << 17), b"{}" * (1 << 16)])
def test_a_flood_of_brackets_is_read_through_in_bounds(flood: bytes) -> None:
    found = SITE.decode(pushed(flood, flood))
    assert found.messages == ()
    assert 2 <= len(found.unknown) <= 200


@pytest.mark.parametrize(
    ("body", "method", "kind"),
    [
        ({"subType": 10002, "nick": "小王", "giftName": "花"}, "10002", Kind.GIFT),
        ({"nick": "小王", "flowSourceText": "来自关注", "identify": {"fanLevel": "3"}}, "enter", Kind.ARRIVAL),
        ({"value": {"dig": 120}}, "dig", Kind.LIKE),
        ({"viewCountFormat": "1.2万", "pageViewCount": 1, "totalCount": 3, "onlineCount": 0}, "stats", Kind.VIEWERS),
        ({"status": 3}, "status", Kind.ROOM_STATE),
        ({"status": "3"}, "status", Kind.ROOM_STATE),
    ],
)
def test_kinds_of_pushed_messages(body: dict[str, Any], method: str, kind: Kind) -> None:
    message = only(SITE.decode(pushed(wrapped(body))))
    assert (message.method, message.kind) == (method, kind)
    if kind is Kind.ROOM_STATE:
        assert message.state is RoomState.ENDED


def test_the_online_count_is_never_viewers_now() -> None:
    body = {"viewCountFormat": "1.2万", "pageViewCount": "12000", "totalCount": 3000, "onlineCount": 0}
    message = only(SITE.decode(pushed(wrapped(body))))
    assert {(each.name, each.what, each.value, each.shown) for each in message.figures} == {
        ("pageViewCount", Counts.PAGE_VIEWS, 12000, None),
        ("totalCount", Counts.RAW, 3000, None),
        ("onlineCount", Counts.RAW, 0, None),
        ("viewCountFormat", Counts.RAW, None, "1.2万"),
    }


def test_several_messages_of_an_answer_and_what_is_unknown() -> None:
    chat = {"subType": 10001, "nick": "n", "userid": "1", "content": "a"}
    found = SITE.decode(pushed(wrapped(chat, {"value": {"dig": 1}}), wrapped({"subType": 10009, "status": 3}), b"\x01"))
    assert [each.kind for each in found.messages] == [Kind.CHAT, Kind.LIKE]
    assert [each.id for each in found.messages] == ["0", "0.2"]
    assert [each.method for each in found.unknown] == ["powermsg subType 10009", "powermsg"]


def test_base64_that_is_none_is_a_fault() -> None:
    piece = answer(PUSHED, {"timestampList": [{"offset": "1", "data": "%%%"}]})
    assert [each.steps for each in SITE.decode(piece).faults] == [("json $.data.timestampList[0].data", "base64")]


@pytest.mark.parametrize(("status", "state"), [("1", RoomState.LIVE), (1, RoomState.LIVE), ("0", None), ("4", None)])
def test_stream_status(status: Any, state: RoomState | None) -> None:
    data = {"streamStatus": status, "liveId": "5678", "title": "x", "broadCaster": {"accountName": "店"}}
    message = only(SITE.decode(answer("mtop.mediaplatform.live.livedetail", data)))
    assert (message.state, message.site_kind, message.broadcast) == (state, f"streamStatus {status}", "5678")


def test_a_detail_with_the_topic_alone_says_nothing_of_the_state() -> None:
    found = SITE.decode(answer("mtop.tblive.live.detail.query", {"topic": "8a1b"}))
    assert (found.ours, found.messages, found.unknown) == (True, (), ())


@pytest.mark.parametrize(
    ("ret", "data"),
    [
        (
            ["RGV587_ERROR::SM::哎哟喂,被挤爆啦,请稍后重试"],
            {"url": "https://h5api.m.taobao.com/_____tmd_____/punish?x5secdata=1"},
        ),
        (["FAIL_SYS_USER_VALIDATE"], {}),
        ([], {"url": "https://h5api.m.taobao.com:443/h5/x/_____tmd_____/punish?x5secdata=1"}),
    ],
)
@pytest.mark.parametrize("api", [COMMENTS, "mtop.some.other.api"])
def test_a_slider_is_a_captcha_whatever_was_asked(api: str, ret: list[str], data: dict[str, str]) -> None:
    message = only(SITE.decode(answer(api, data, ret=ret)))
    assert (message.kind, message.state) == (Kind.ROOM_STATE, RoomState.CAPTCHA)


def test_other_failures_claim_no_state() -> None:
    found = SITE.decode(answer(COMMENTS, {}, ret=["FAIL_SYS_TOKEN_EXOIRED::令牌过期"]))
    assert found.messages == ()
    assert [each.method for each in found.unknown] == [f"{COMMENTS} FAIL_SYS_TOKEN_EXOIRED"]


def test_a_list_of_products() -> None:
    items = [
        {"itemId": 7001, "itemName": "杯子", "itemPrice": "39.90", "liveItemStatusData": {"isSpeaking": True}},
        {"itemId": "7002", "itemName": "碗", "itemPrice": "12", "liveItemStatusData": {"isSpeaking": "false"}},
    ]
    piece = answer("mtop.tblive.live.item.getvideodetailitemlistwithpagination", {"totalNum": 2, "itemListv1": items})
    message = only(SITE.decode(piece))
    assert message.kind is Kind.PRODUCT_LIST
    assert [(each.id, each.title, each.price, each.price_text, each.shown) for each in message.products] == [
        ("7001", "杯子", 3990, "39.90", True),
        ("7002", "碗", None, "12", None),
    ]
    assert json.loads(piece.payload[message.where.start : message.where.end]) == items


def test_answers_of_other_apis_and_frames_are_not_ours() -> None:
    assert not SITE.decode(answer("mtop.user.getusersimple", {})).ours
    assert not SITE.decode(Piece("answer", "https://g.alicdn.com/x.js", b"RGV587")).ours
    assert not SITE.decode(Piece("frame", url(COMMENTS), b"{}")).ours


@settings(max_examples=100)
@given(st.binary(max_size=300), st.data())
def test_any_bytes(payload: bytes, source: st.DataObject) -> None:
    for api in (COMMENTS, PUSHED, "mtop.mediaplatform.live.livedetail", "mtop.other"):
        SITE.decode(Piece("answer", url(api), payload))
        SITE.decode(Piece("answer", url(api), b"RGV587" + payload))
    SITE.decode(pushed(payload, b"{" * 80 + payload))
    whole = answer(COMMENTS, {"comments": [{"publisherNick": "坏", "content": "x"}]}, jsonp=True).payload
    at = source.draw(st.integers(0, len(whole) - 1))
    turned = bytearray(whole)
    turned[at] ^= 1 << source.draw(st.integers(0, 7))
    for changed in (bytes(turned), whole[:at]):
        SITE.decode(Piece("answer", url(COMMENTS), changed))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
NAMES = st.sampled_from(["comments", "timestampList", "data", "ret", "value", "dig", "nick", "liveItemStatusData"])
ANY_JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


@settings(max_examples=100)
@given(ANY_JSON, ANY_JSON)
def test_any_members_in_any_place(data: Any, odd: Any) -> None:
    items = "mtop.tblive.live.item.getvideodetailitemlistwithpagination"
    for api in (COMMENTS, PUSHED, items, "mtop.mediaplatform.live.livedetail"):
        SITE.decode(answer(api, data))
        SITE.decode(answer(api, {"comments": data, "timestampList": data, "itemList": [data, odd]}, ret=odd))
    content = json.dumps({"subType": odd, "value": odd, "nick": odd, "flowSourceText": odd, "status": odd}).encode()
    SITE.decode(pushed(content))


ROOM = "https://tbzb.taobao.com/live?liveId=123456789012"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"{ROOM}&spm=a1", Address(Page.ROOM, "123456789012", "123456789012")),
        ("https://huodong.m.taobao.com/act/talent/live.html?id=ab-12", Address(Page.ROOM, "ab-12", "ab-12")),
        ("https://live.1688.com/zb/play.html?feedId=99", Address(Page.ROOM, "99", "99")),
        ("https://tbzb.taobao.com/live", Address(Page.OTHER)),
        ("https://item.taobao.com/item.htm?id=1", Address(Page.OTHER)),
        ("https://detail.tmall.com/item.htm?id=1", Address(Page.OTHER)),
        ("https://shop123.taobao.com/live?liveId=1", Address(Page.OTHER)),
        ("https://m.tb.cn/h.5abc", Address(Page.SHORT)),
        ("https://taobao.com.example/live?liveId=1", None),
    ],
)
def test_addresses(address: str, expected: Address | None) -> None:
    assert SITE.address(address) == expected


@pytest.mark.parametrize(
    ("sight", "state"),
    [
        (Sight(0, "https://h5api.m.taobao.com/h5/x/1.0/_____tmd_____/punish?x5step=1"), RoomState.CAPTCHA),
        (Sight(0, "https://tbzb.taobao.com/punish?x5secdata=abc"), RoomState.CAPTCHA),
        (Sight(0, ROOM, text="请按住滑块，拖动到最右边"), RoomState.CAPTCHA),
        (Sight(0, "https://login.taobao.com/member/login.jhtml"), RoomState.LOGIN_WALL),
        (Sight(0, ROOM, text="直播已结束"), RoomState.ENDED),
        (Sight(0, ROOM, text="亲，请登录 免费注册 手机逛淘宝"), RoomState.NO_CONTENT),
        (Sight(0, ROOM), RoomState.NO_CONTENT),
    ],
)
def test_pages(sight: Sight, state: RoomState) -> None:
    assert SITE.state(sight) is state
