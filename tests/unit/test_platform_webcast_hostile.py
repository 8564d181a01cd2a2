"""Hostile bytes on webcast sockets and answers: never an exception, bounded memory, always counted."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.platforms.douyin import WEBCAST, Douyin
from crawler.platforms.douyin.answers import CARTS, ROOM
from crawler.platforms.messages import Message
from crawler.platforms.pieces import Decoded, Piece
from crawler.platforms.tiktok import WEBCAST as TIKTOK_WEBCAST
from crawler.platforms.tiktok import TikTok
from tests.harness.site_messages import pushed, response, said, webcast
from tests.harness.wire_bytes import held, number

NOW = 1_790_000_000_000
PUSH = "wss://a.example/webcast/im/push/v2/"
ANSWERS = [f"https://a.example{path}" for path in ("/webcast/im/fetch/", "/api-live/user/room/", ROOM, *CARTS)]
USER = {"id": 987654321, "nick_name": "爱购物的猫"}
FULL = (
    said(
        "ChatMessage", number=77, common={"create_time": NOW, "room_id": 7}, user=USER, content="多少钱", event_time=9
    ),
    said("RoomUserSeqMessage", total=1986, total_user=131861, total_user_str="10万+"),
    said(
        "LiveShoppingMessage", msg_type=7, promotion_id=5, updated_product_ids=[5, 6], update_sku_info={"min_price": 1}
    ),
    said("LiveEcomMessage", coupon_meta={"left_amount": 12}),
    said("OecLiveShoppingMessage", msg_type=1, pop_product={"title": "T", "price": "$1"}),
    said("GiftMessage", user=USER, gift={"name": "小心心"}),
)
SAFE = (1 << 53) - 1


def numbers_in(value: Any) -> list[int]:
    if isinstance(value, dict):
        return [each for inner in value.values() for each in numbers_in(inner)]
    if isinstance(value, list | tuple):
        return [each for inner in value for each in numbers_in(inner)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


def sound(found: Decoded, size: int) -> None:
    """What a decoder gives of any bytes: places that exist, numbers that JSON can carry, texts of bounded length."""
    assert len(found.faults) <= 20
    for message in found.messages:
        assert 0 <= message.where.start <= message.where.end
        assert message.where.steps or message.where.end <= size
        members = asdict(message)
        members.pop("where")
        assert all(0 <= each <= SAFE for each in numbers_in(members))
        assert len(message.text or "") <= 10_000
        assert message.person is None or len(message.person.name or "") <= 10_000
    for fault in found.faults:
        assert 0 <= fault.start <= fault.end


def both(payload: bytes) -> list[Decoded]:
    piece = Piece("frame", PUSH, payload, received_ms=NOW)
    return [Douyin().decode(piece), TikTok().decode(piece)]


def only(message: dict[str, Any]) -> Message:
    [one] = both(pushed(message))[0].messages
    return one


@given(st.binary(max_size=400))
def test_any_bytes_at_all(payload: bytes) -> None:
    for found in both(payload):
        sound(found, len(payload))
    for url in ANSWERS:
        for site in (Douyin(), TikTok()):
            sound(site.decode(Piece("answer", url, payload, status=200)), len(payload))


@given(st.sampled_from(sorted({*WEBCAST.readers, *TIKTOK_WEBCAST.readers})), st.binary(max_size=200))
def test_any_bytes_under_a_known_method(method: str, inside: bytes) -> None:
    payload = pushed({"method": method, "payload": inside, "msg_id": 1}, packed=False)
    for found in both(payload):
        assert len(found.messages) + len(found.unknown) == 1
        sound(found, len(payload))


CHANGES: list[Callable[[bytes, int, int], bytes]] = [
    lambda content, at, _: content[: at % (len(content) + 1)],
    lambda content, at, bit: (
        content[: at % len(content)]
        + bytes([content[at % len(content)] ^ (1 << bit)])
        + content[at % len(content) + 1 :]
    ),
    lambda content, at, bit: content[: at % len(content)] + b"\xff" * bit + content[at % len(content) :],
]


@settings(max_examples=400)
@given(
    st.sampled_from(CHANGES), st.integers(0, 10_000), st.integers(0, 7), st.sampled_from(["plain", "packed", "inside"])
)
def test_frames_that_were_cut_or_changed(
    change: Callable[[bytes, int, int], bytes], at: int, bit: int, layer: str
) -> None:
    if layer == "inside":
        content = gzip.compress(change(response(*FULL), at, bit))
        payload = webcast("PushFrame", payload_type="msg", payload=content)
    else:
        payload = change(pushed(*FULL, packed=layer == "packed"), at, bit)
    for found in both(payload):
        sound(found, len(payload))


def test_whole_messages_before_a_cut_are_read() -> None:
    payload = pushed(FULL[0], FULL[1], packed=False)
    found = both(payload[:-3])[0]
    assert found.messages == ()  # the payload's own length reaches beyond the frame: nothing of it is certain
    assert found.faults
    cut = response(FULL[0], FULL[1])[:-5]
    again = Douyin().decode(Piece("answer", ANSWERS[0], cut, status=200))
    assert [each.text for each in again.messages] == ["多少钱"]
    assert [each.rule for each in again.faults] == ["protobuf: length"]


def test_a_message_that_breaks_inside_says_what_came_before() -> None:
    inside = webcast("ChatMessage", user=USER, content="好的") + b"\x7a"
    found = both(pushed({"method": "WebcastChatMessage", "payload": inside}))[0]
    [chat] = found.messages
    assert (chat.text, chat.flags) == ("好的", ("cut short",))
    assert [(each.rule, each.steps) for each in found.faults] == [("protobuf: length", ("gzip",))]


def test_a_zip_bomb_is_refused_within_the_bound() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    payload = webcast("PushFrame", payload_type="msg", payload=bomb)
    tracemalloc.start()
    found = both(payload)[0]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [each.rule for each in found.faults] == ["gzip"]
    assert peak < 32 << 20


def test_a_response_of_nothing_but_messages_is_bounded() -> None:
    payload = response(*[{"method": "WebcastChatMessage", "payload": b"\x0a"}] * 5_500)
    found = Douyin().decode(Piece("answer", ANSWERS[0], payload, status=200))
    assert len(found.messages) == 5_000
    assert len(found.faults) == 20


def test_a_wrong_compression_header_is_told_and_the_bytes_are_read() -> None:
    headers = [{"key": "compress_type", "value": "gzip"}]
    payload = webcast("PushFrame", headers=headers, payload_type="msg", payload=response(FULL[0]))
    found = both(payload)[0]
    assert [each.text for each in found.messages] == ["多少钱"]
    assert [each.rule for each in found.faults] == ["gzip: named in the header, not in the bytes"]


def test_names_and_texts_stay_as_they_are() -> None:
    name = "\u202e猫\u0000\u200f\u001b[31m"
    chat = only(said("ChatMessage", user={"id": 1, "nick_name": name}, content="买\u2066它"))
    assert chat.person is not None
    assert (chat.person.name, chat.text, chat.flags) == (name, "买\u2066它", ())


def test_texts_that_are_not_utf8_are_replaced_and_flagged() -> None:
    inside = b"\x1a\x04\xe4\xbd\xff\x41"
    chat = only({"method": "WebcastChatMessage", "payload": inside})
    assert chat.text is not None
    assert chat.text.endswith("A")
    assert "\ufffd" in chat.text
    assert chat.flags == ("text not UTF-8",)


def test_long_texts_are_cut() -> None:
    chat = only(said("ChatMessage", content="长" * 10_001))
    assert chat.text == "长" * 10_000
    assert chat.flags == ("text cut",)


@pytest.mark.parametrize("total", [-1, 1 << 53, (1 << 63) - 1])
def test_numbers_out_of_range_are_dropped(total: int) -> None:
    viewers = only(said("RoomUserSeqMessage", total=total, total_user=5))
    assert [(each.name, each.value) for each in viewers.figures] == [("RoomUserSeqMessage.total_user", 5)]
    assert viewers.flags == ("number out of range",)


def test_a_time_in_the_future_is_kept_and_flagged() -> None:
    day = 24 * 3600 * 1000
    late = only(said("ChatMessage", content="a", event_time=(NOW + day) // 1000 + 1))
    assert late.sent_ms == (NOW + day) // 1000 * 1000 + 1000
    assert late.flags == ("time in the future",)
    assert only(said("ChatMessage", content="a", event_time=(NOW + day) // 1000)).flags == ()
    unreal = only(said("ChatMessage", content="a", event_time=(1 << 64) - 1))
    assert unreal.sent_ms is None
    assert unreal.flags == ("number out of range",)


def test_absent_is_not_zero() -> None:
    viewers = only(said("RoomUserSeqMessage", common={"room_id": 7}))
    assert (viewers.figures, viewers.sent_ms, viewers.id) == ((), None, None)


@pytest.mark.parametrize("site", [Douyin(), TikTok()])
def test_a_few_thousand_bytes_that_unpack_to_many_full_messages_are_read_to_one_bound(site: Douyin | TikTok) -> None:
    full = held(1, held(1, "WebcastChatMessage") + held(2, number(1, 1) * 9000))
    frame = held(7, "msg") + held(8, gzip.compress(full * 400))
    assert len(frame) < 10_000
    found = site.decode(Piece("frame", PUSH, frame, received_ms=NOW))
    assert len(found.messages) < 20, "100,000 fields in all, and none of 400 messages begins again"
    assert any("count" in fault.rule for fault in found.faults)
