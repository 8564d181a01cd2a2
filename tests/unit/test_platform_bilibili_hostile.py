"""Whatever bytes come, Bilibili's decoder gives messages, counts or faults, and never an error."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.platforms.bilibili import Bilibili
from crawler.platforms.bilibili.commands import COMMANDS
from crawler.platforms.pieces import Piece

SOCKET = "wss://x.chat.bilibili.com/sub"
SITE = Bilibili()
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
NAMES = st.sampled_from(
    [
        "data",
        "info",
        "num",
        "count",
        "fans",
        "text",
        "recommend_list",
        "shopping_card_detail",
        "goods_price",
        "goods_id",
    ]
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=20
)


def packet(body: bytes, version: int = 0, op: int = 5) -> bytes:
    return struct.pack(">IHHII", 16 + len(body), 16, version, op, 0) + body


@settings(max_examples=100)
@given(st.binary(max_size=300), st.integers(0, 5), st.integers(0, 9))
def test_any_bytes(payload: bytes, version: int, op: int) -> None:
    SITE.decode(Piece("frame", SOCKET, payload))
    SITE.decode(Piece("frame", "", payload))
    SITE.decode(Piece("frame", SOCKET, packet(payload, version, op)))
    SITE.decode(Piece("frame", SOCKET, packet(zlib.compress(payload), 2)))
    SITE.decode(Piece("frame", SOCKET, packet(zlib.compress(packet(payload, version, op)), 2)))
    SITE.decode(Piece("answer", "https://api.live.bilibili.com/room/v1/Room/get_info", payload))


@settings(max_examples=100)
@given(st.sampled_from([*COMMANDS, "", "NOBODY"]), TREES, TREES)
def test_any_members_in_any_place(name: str, odd: Any, other: Any) -> None:
    members = {"cmd": name, "data": odd, "info": [[0, 0, 0, 0, other, odd], other, [odd, other], odd], "msg": other}
    decoded = SITE.decode(
        Piece("frame", SOCKET, packet(json.dumps({**members, "round": odd, "send_time": other}).encode()))
    )
    assert len(decoded.messages) + len(decoded.unknown) == 1
    answer = json.dumps({"code": 0, "data": {"room_info": odd, "live_status": other, "watched_show": odd}}).encode()
    for method in ("get_info", "getInfoByRoom"):
        SITE.decode(Piece("answer", f"https://api.live.bilibili.com/{method}", answer))


def test_thousands_of_packed_packets_are_numbered() -> None:
    line = packet(zlib.compress(packet(b'{"cmd":"LIVE"}')), 2)
    messages = SITE.decode(Piece("frame", SOCKET, line * 5_000)).messages
    assert [each.where.steps[0] for each in messages] == [f"packet {n}" for n in range(1, 5_001)]


@settings(max_examples=100)
@given(st.data())
def test_frames_cut_short_or_with_bits_turned(source: st.DataObject) -> None:
    lines = [json.dumps({"cmd": "DANMU_MSG", "info": [[0], f"{n}", [n, "坏"]]}).encode() for n in range(5)]
    whole = packet(lines[0]) + packet(zlib.compress(b"".join(packet(each) for each in lines)), 2)
    at = source.draw(st.integers(0, len(whole) - 1))
    turned = bytearray(whole)
    turned[at] ^= 1 << source.draw(st.integers(0, 7))
    SITE.decode(Piece("frame", SOCKET, bytes(turned)))
    cut = SITE.decode(Piece("frame", SOCKET, whole[:at]))
    first = 16 + len(lines[0])
    assert len(cut.messages) == (1 if at >= first else 0)
    assert len(cut.faults) == (0 if at in (0, first) else 1)
