"""JD Live's frames, answers and pages. Frames are written here from the facts, as the site writes them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from crawler.platforms.base import Address, Page, RoomState, Sight, Video
from crawler.platforms.jd import JD
from crawler.platforms.messages import Counts, Kind, Message, Person
from crawler.platforms.pieces import Decoded, Piece

SOCKET = "wss://live-ws4.jd.com?token=amQubWFsbF8x"
NOW = 1_790_636_326_300
SITE = JD()


def frame(body: dict[str, Any], *, kind: str = "chat_group_message", url: str = SOCKET, **outer: Any) -> Piece:
    envelope = {
        "datetime": NOW - 100,
        "from": {"app": "jd.live", "pinmd5": "f2f72bb8d7904f9f32a72d72712138c8", "secretPin": "sXr4EXYw=="},
        "id": "67aa2ff3347449c7a94e8519d63c0f82",
        "body": {"groupid": "48399381", "needAck": False, **body},
        "type": kind,
        "msgSource": 0,
        **outer,
    }
    payload = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    return Piece("frame", url, payload, text=True, received_ms=NOW)


def only(decoded: Decoded) -> Message:
    assert decoded.ours
    assert not decoded.faults
    assert not decoded.unknown
    (message,) = decoded.messages
    return message


def test_statistics_are_texts_and_each_number_has_its_meaning() -> None:
    body = {
        "message_num": "41",
        "pv": "1065",
        "thumbs_up_num": "1892",
        "total_viwer": "1741",
        "max_viewer": "3",
        "current_viewer": "0",
        "cart_num": "0",
    }
    message = only(SITE.decode(frame(body, kind="get_statistics_result")))
    assert message.kind is Kind.VIEWERS
    assert message.method == "get_statistics_result"
    assert {each.name: (each.what, each.value) for each in message.figures} == {
        "current_viewer": (Counts.ONLINE, 0),
        "total_viwer": (Counts.CUMULATIVE, 1741),
        "pv": (Counts.PAGE_VIEWS, 1065),
        "max_viewer": (Counts.MOST_ONLINE, 3),
        "message_num": (Counts.MESSAGES, 41),
        "thumbs_up_num": (Counts.LIKES, 1892),
        "cart_num": (Counts.CART, 0),
    }
    assert message.sent_ms == NOW - 100
    assert message.broadcast == "48399381"
    assert message.flags == ()


def test_minus_100_is_no_number() -> None:
    message = only(SITE.decode(frame({"current_viewer": "-100", "pv": -100}, kind="get_statistics_result")))
    assert message.figures == ()
    assert message.flags == ()


def test_a_chat_line_with_its_writer() -> None:
    piece = frame(
        {"type": "viewer_send_message", "nickName": "多重", "content": "有优惠券吗", "autoSend": "1", "plus": "1"}
    )
    message = only(SITE.decode(piece))
    assert message.kind is Kind.CHAT
    assert message.text == "有优惠券吗"
    assert message.person == Person("多重", "f2f72bb8d7904f9f32a72d72712138c8", masked=False)
    assert message.id == "67aa2ff3347449c7a94e8519d63c0f82"
    assert dict(message.more) == {"autoSend": "1"}  # a person's membership is not for the entry
    assert (message.where.start, message.where.end, message.where.steps) == (0, len(piece.payload), ())


def test_a_masked_writer_is_told_as_masked() -> None:
    message = only(SITE.decode(frame({"type": "viewer_send_message", "nickName": "j***n", "content": "好"})))
    assert message.person is not None
    assert message.person.masked


@pytest.mark.parametrize("method", ["viewer_buy_product_summary", "viewer_add_product_to_cart", "user_places_order"])
def test_what_jd_says_of_buying_keeps_its_own_word(method: str) -> None:
    message = only(SITE.decode(frame({"type": method, "nickName": "x", "content": "x正在购买510号商品"})))
    assert message.kind is Kind.PURCHASE
    assert message.site_kind == method
    assert message.text == "x正在购买510号商品"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            {"type": "join_live_broadcast_summary", "nickName": "甲", "joinUserNum": "2", "content": "甲来了"},
            Kind.ARRIVAL,
        ),
        ({"type": "thumbs_up", "thumbs_up_num": "1892"}, Kind.LIKE),
        ({"type": "pay_attention_to_anchor", "nickName": "甲"}, Kind.FOLLOW),
        ({"type": "viewer_get_coupon", "nickName": "甲"}, Kind.COUPON),
        ({"type": "anchor_send_exclusive_coupon"}, Kind.COUPON),
        ({"type": "anchor_send_message", "content": "正在讲解3号宝贝"}, Kind.NOTICE),
        ({"type": "anchor_public_reply", "reNickName": "甲", "reContent": "?", "content": "有"}, Kind.NOTICE),
        ({"type": "anchor_send_notice", "content": "公告"}, Kind.NOTICE),
        ({"type": "new_anchor_cart_number", "number": 78}, Kind.PRODUCT_LIST),
        ({"type": "anchor_new_explain_product_over"}, Kind.PRODUCT),
        ({"type": "clean_chat_view"}, Kind.OTHER),
    ],
)
def test_each_method_of_the_facts_has_its_kind(body: dict[str, Any], kind: Kind) -> None:
    assert only(SITE.decode(frame(body))).kind is kind


def test_numbers_beside_events() -> None:
    cart = only(SITE.decode(frame({"type": "new_anchor_cart_number", "number": 78})))
    assert [(each.what, each.name, each.value) for each in cart.figures] == [(Counts.CART, "number", 78)]
    likes = only(SITE.decode(frame({"type": "thumbs_up", "thumbs_up_num": "1892"})))
    assert [(each.what, each.value) for each in likes.figures] == [(Counts.LIKES, 1892)]


@pytest.mark.parametrize(
    ("method", "state"),
    [
        ("suspend_live_broadcast", RoomState.PAUSED),
        ("resume_live_broadcast", RoomState.LIVE),
        ("stop_live_broadcast", RoomState.ENDED),
    ],
)
def test_states_told_by_frames(method: str, state: RoomState) -> None:
    message = only(SITE.decode(frame({"type": method, "close_mode": 2})))
    assert (message.kind, message.state) == (Kind.ROOM_STATE, state)
    assert message.more["close_mode"] == 2


def popup(**base: str) -> dict[str, Any]:
    return {
        "bType": "anchor_new_popup_product_V12010",
        "type": "anchor_new_popup_product",
        "data": {
            "popupSkuCardV2": {
                "displayTime": 300000,
                "explainStatus": "0",
                "skuStatus": "0",
                "topInfo": {"tagContent": "爆品"},
                "title": "葫芦玉髓珍珠项链",
                "price": "¥530.00",
                "skuId": "10210341089269",
                "hotSaleInfo": {"timeStamp": 1790636326176, "reverseTime": "5000", "hotSaleValue": "14"},
                "mtaInfo": {
                    "base": {
                        "promotion_starttime": "-100",
                        "promotion_endtime": "-100",
                        "SoldOut": "-100",
                        "couponStatus": "-100",
                        **base,
                    }
                },
            },
            "popupCardVO": {"limitTime": 259200000},
            "extData": '{"preSale":0,"jdPrice":"530.00","shopId":"16522714","sku":"10210341089269"}',
        },
    }


def test_a_card_that_pops_up() -> None:
    message = only(SITE.decode(frame(popup())))
    assert message.kind is Kind.PRODUCT
    assert message.site_kind == "anchor_new_popup_product_V12010"
    (product,) = message.products
    assert (product.id, product.title) == ("10210341089269", "葫芦玉髓珍珠项链")
    assert (product.price, product.price_text) == (53000, "¥530.00")
    assert product.shown is True
    assert (product.sold_out, product.begins_ms, product.ends_ms, product.stock) == (None, None, None, None)
    assert [(each.what, each.name, each.value) for each in message.figures] == [
        (Counts.RAW, "hotSaleInfo.hotSaleValue", 14),
        (Counts.RAW, "popupCardVO.limitTime", 259200000),
    ]
    assert message.more["topInfo.tagContent"] == "爆品"
    assert message.more["jdPrice"] == "530.00"


def test_a_card_with_its_promotion_set() -> None:
    times = {"promotion_starttime": "1790600000000", "promotion_endtime": "1790700000000", "SoldOut": "1"}
    (product,) = only(SITE.decode(frame(popup(**times)))).products
    assert (product.begins_ms, product.ends_ms, product.sold_out) == (1790600000000, 1790700000000, True)


def test_a_promotion_in_a_unit_that_is_not_known_is_kept_as_it_is() -> None:
    message = only(SITE.decode(frame(popup(promotion_endtime="3600"))))
    assert message.products[0].ends_ms is None
    assert message.more["promotion_endtime"] == "3600"


def test_ext_of_a_card_that_is_no_json_is_noted() -> None:
    body = popup()
    body["data"]["extData"] = '{"jdPrice":'
    message = only(SITE.decode(frame(body)))
    assert message.flags == ("extData is no JSON",)
    assert message.products[0].price == 53000


@pytest.mark.parametrize(("content", "sold"), [("已售3000+", "已售3000+"), ("营养品上直播得优惠", None)])
def test_a_refreshed_card_and_its_sold_text(content: str, sold: str | None) -> None:
    card = {
        "activity": {"content": content},
        "skuStatus": "0",
        "title": "项链",
        "skuId": "10210341089269",
        "explainAsk": {"videoUrl": "https://discover.300hu.com/x.m3u8"},
        "priceContent": {"price": "¥512"},
        "space5": {"benefitList": [{"benefitText": "1件"}, {"benefitText": "7天价保"}]},
    }
    message = only(SITE.decode(frame({"type": "jdlive_refresh_cart", "data": {"skuCard": card}})))
    (product,) = message.products
    assert product.sold_text == sold
    assert [each.shown for each in message.figures if each.what is Counts.SOLD] == ([sold] if sold else [])
    assert message.more.get("activity.content") == (None if sold else content)
    assert (product.price, product.price_text) == (51200, "¥512")
    assert product.shown is None
    assert message.more["space5.benefitList[1].benefitText"] == "7天价保"


def test_a_method_that_nobody_described_is_counted_by_name_and_size() -> None:
    piece = frame({"type": "server_add_product_type", "x": 1})
    decoded = SITE.decode(piece)
    assert decoded.messages == ()
    assert [(each.method, each.size) for each in decoded.unknown] == [("server_add_product_type", len(piece.payload))]


def test_a_resent_message_keeps_its_id() -> None:
    first = only(SITE.decode(frame(popup(), id="39f44c85-0552-4f94-b533-040d01a664dc")))
    again = only(SITE.decode(frame(popup(), id="39f44c85-0552-4f94-b533-040d01a664dc", intv="2")))
    assert (first.method, first.id) == (again.method, again.id)


def test_a_clock_in_the_future_and_numbers_out_of_range_are_flagged() -> None:
    ahead = only(SITE.decode(frame({"type": "clean_chat_view"}, datetime=NOW + 2 * 86_400_000)))
    assert ahead.flags == ("time in the future",)
    assert ahead.sent_ms == NOW + 2 * 86_400_000
    huge = only(SITE.decode(frame({"type": "new_anchor_cart_number", "number": 1 << 60})))
    assert huge.flags == ("number out of range",)
    assert huge.figures == ()


def test_long_texts_are_cut_and_control_characters_stay() -> None:
    nasty = "\u202e坏\u0007\u2066"
    message = only(SITE.decode(frame({"type": "viewer_send_message", "nickName": nasty, "content": "长" * 10_001})))
    assert message.person is not None
    assert message.person.name == nasty
    assert message.text == "长" * 10_000
    assert message.flags == ("text cut",)


def test_a_frame_cut_short_is_a_fault_with_its_place() -> None:
    whole = frame({"type": "viewer_send_message", "content": "x"})
    decoded = SITE.decode(Piece("frame", SOCKET, whole.payload[:-7], text=True))
    assert decoded.ours
    assert decoded.messages == ()
    assert [each.end for each in decoded.faults] == [len(whole.payload) - 7]


def test_frames_of_other_sockets_and_our_own_are_left_alone() -> None:
    assert not SITE.decode(Piece("frame", "wss://push.example/ws", b'{"op":"hello"}', text=True)).ours
    assert not SITE.decode(Piece("frame", "wss://push.example/ws", b"\x00\x01", text=False)).ours
    sent = SITE.decode(Piece("frame", SOCKET, b'{"body":{"type":"join_live_broadcast"}}', outgoing=True, text=True))
    assert (sent.ours, sent.messages) == (True, ())


def test_the_host_of_the_socket_does_not_matter() -> None:
    piece = frame({"type": "viewer_send_message", "content": "x"}, url="ws://127.0.0.1:9000/jd/ws")
    assert only(SITE.decode(piece)).text == "x"


def state_answer(status: int | str, *, by_form: bool = False) -> Piece:
    query = {"appid": "h5-live", "functionId": "getImmediatePlayToM", "body": '{"liveId":"48378944"}'}
    slide = {"pre": {"liveId": 47871501, "status": 1}}  # other rooms
    answer = {"code": "0", "data": {"liveId": 48378944, "status": status, "secret": 0, "slide": slide}}
    url, post = (
        ("https://api.m.jd.com/api", urlencode(query))
        if by_form
        else (f"https://api.m.jd.com/api?{urlencode(query)}", "")
    )
    return Piece("answer", url, json.dumps(answer).encode(), status=200, post=post.encode(), received_ms=NOW)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (1, RoomState.LIVE),
        (0, RoomState.NOT_STARTED),
        (2, RoomState.ENDED),
        (3, RoomState.REPLAY),
        (10, RoomState.PAUSED),
        (11, RoomState.PAUSED),
        ("2", RoomState.ENDED),
        (7, None),
    ],
)
@pytest.mark.parametrize("by_form", [False, True])
def test_states_told_by_the_answer(status: int | str, state: RoomState | None, by_form: bool) -> None:  # noqa: FBT001
    message = only(SITE.decode(state_answer(status, by_form=by_form)))
    assert message.state is state
    assert message.site_kind == f"status {status}"
    assert message.broadcast == "48378944"


def test_answers_without_a_state_claim_none() -> None:
    url = "https://api.m.jd.com/api?functionId=getImmediatePlayToM"
    refused = SITE.decode(Piece("answer", url, b'{"code":"2","msg":"the current API does not exist"}'))
    assert refused.messages == ()
    assert [each.method for each in refused.unknown] == ["getImmediatePlayToM"]
    empty = SITE.decode(Piece("answer", url, b""))
    assert empty.messages == ()
    assert empty.faults


def test_the_answer_with_the_token_says_nothing_and_others_are_not_ours() -> None:
    token = SITE.decode(
        Piece("answer", "https://api.m.jd.com/api", b'{"data":{"token":"t"}}', post=b"functionId=liveauth")
    )
    assert (token.ours, token.messages, token.unknown) == (True, (), ())
    assert not SITE.decode(Piece("answer", "https://api.m.jd.com/api?functionId=cartCount", b"{}")).ours


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://lives.jd.com/#/48399381", Address(Page.ROOM, "48399381", "48399381")),
        ("https://lives.jd.com/#/48399381/live?origin=0", Address(Page.ROOM, "48399381", "48399381")),
        ("https://lives.jd.com/?a=1#/48399381?origin=5", Address(Page.ROOM, "48399381", "48399381")),
        ("https://zhibo.jd.com/liveroom?liveId=48399381&x=1", Address(Page.ROOM, "48399381", "48399381")),
        ("https://lives.jd.com/#/", Address(Page.OTHER)),
        ("https://lives.jd.com/", Address(Page.OTHER)),
        ("https://zhibo.jd.com/liveroom", Address(Page.OTHER)),
        ("https://item.jd.com/10210341089269.html", Address(Page.OTHER)),
        ("https://item.jd.com/#/48399381", Address(Page.OTHER)),
        ("https://3.cn/1-abcDEF", Address(Page.SHORT)),
        ("https://notjd.com/#/48399381", None),
        ("https://[broken", None),
        ("ftp://lives.jd.com/#/1", None),
    ],
)
def test_addresses(url: str, expected: Address | None) -> None:
    assert SITE.address(url) == expected


PLAYING = Video(1.0, paused=False, ended=False, width=720, height=1280, ready=4, box=(0, 0, 9, 9), covered=0, frames=9)


def test_pages() -> None:
    room = "https://lives.jd.com/#/48399381"
    live = Sight(0, room, video=PLAYING)
    assert SITE.state(live) is RoomState.LIVE
    identity = SITE.identity(live)
    assert identity is not None
    assert (identity.platform, identity.room, identity.broadcast) == ("jd", "48399381", "48399381")
    assert SITE.state(Sight(0, room, text="直播已结束")) is RoomState.ENDED
    assert SITE.state(Sight(0, room, text="你好，请登录 免费注册")) is RoomState.NO_CONTENT  # on each page of JD
    assert SITE.state(Sight(0, room, text="登录后继续观看")) is RoomState.LOGIN_WALL
    blank = Sight(0, room)
    assert SITE.state(blank) is RoomState.NO_CONTENT
    assert SITE.identity(blank) is None
    login = Sight(0, f"https://passport.jd.com/new/login.aspx?ReturnUrl={quote(room)}")
    assert SITE.state(login) is RoomState.LOGIN_WALL
    assert SITE.identity(login) is None
    assert SITE.state(Sight(0, "https://cfe.m.jd.com/privatedomain/risk_handler/1")) is RoomState.CAPTCHA
