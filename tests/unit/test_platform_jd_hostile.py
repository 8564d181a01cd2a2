"""Whatever bytes come, JD's decoder gives messages, counts or faults, and never an error."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.platforms.jd import JD
from crawler.platforms.pieces import Piece

SOCKET = "wss://live-ws4.jd.com?token=t"
STATE = "https://api.m.jd.com/api?functionId=getImmediatePlayToM"
SITE = JD()
METHODS = (
    *("get_statistics_result", "viewer_send_message", "anchor_send_message", "anchor_public_reply", "thumbs_up"),
    *("join_live_broadcast_summary", "viewer_buy_product_summary", "new_anchor_cart_number", "stop_live_broadcast"),
    *("anchor_new_popup_product", "jdlive_refresh_cart", "anchor_new_explain_product_over", "nobody_knows"),
)
MEMBERS = (
    *("data", "content", "nickName", "popupSkuCardV2", "mtaInfo", "base", "skuCard", "activity", "space5"),
    *("benefitList", "price", "extData", "number", "hotSaleInfo", "skuId", "SoldOut", "promotion_endtime", "pv"),
)
NAMES = st.sampled_from(MEMBERS)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=20
)
ENVELOPE = {"datetime": 1790636251817, "id": "i", "from": {"pinmd5": "m"}, "type": "chat_group_message"}


@settings(max_examples=100)
@given(st.binary(max_size=400), st.sampled_from([SOCKET, "wss://x/y", "https://[", ""]), st.booleans())
@example(b'{"body":{},"type":"x","datetime":1}', SOCKET, True)
@example(b'{"body":{"type":[]},"type":"thumbs_up","datetime":[]}', SOCKET, False)
def test_any_bytes(payload: bytes, url: str, text: bool) -> None:  # noqa: FBT001
    for source in ("frame", "answer"):
        SITE.decode(Piece(source, url, payload, text=text))  # type: ignore[arg-type]
    SITE.decode(Piece("answer", STATE, payload))


@settings(max_examples=100)
@given(st.sampled_from(METHODS), st.dictionaries(NAMES, TREES, max_size=8), TREES)
def test_any_members_in_any_place(method: str, body: dict[str, Any], odd: Any) -> None:
    for sender in ({"pinmd5": "m"}, odd):
        envelope = {**ENVELOPE, "from": sender, "id": odd, "datetime": odd, "body": {**body, "type": method}}
        decoded = SITE.decode(Piece("frame", SOCKET, json.dumps(envelope).encode(), text=True, received_ms=1))
        assert len(decoded.messages) + len(decoded.unknown) == 1
    SITE.decode(Piece("answer", STATE, json.dumps({"data": odd}).encode()))


@settings(max_examples=100)
@given(st.data())
def test_frames_cut_short_or_with_bits_turned(source: st.DataObject) -> None:
    card = {"popupSkuCardV2": {"price": "¥1.00", "title": "坏", "skuId": "1"}, "extData": '{"jdPrice":"1.00"}'}
    body = {"type": "anchor_new_popup_product", "groupid": "1", "data": card}
    whole = json.dumps({**ENVELOPE, "body": body}, ensure_ascii=False).encode()
    at = source.draw(st.integers(0, len(whole) - 1))
    turned = bytearray(whole)
    turned[at] ^= 1 << source.draw(st.integers(0, 7))
    for payload in (whole[:at], bytes(turned)):
        decoded = SITE.decode(Piece("frame", SOCKET, payload, text=True))
        assert decoded.messages or decoded.unknown or decoded.faults
