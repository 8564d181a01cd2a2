"""Hostile bytes on Kuaishou's socket and polls: never an exception, bounded memory, always counted."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.platforms.kuaishou import Kuaishou
from crawler.platforms.kuaishou.frames import NAMES
from crawler.platforms.pieces import Decoded, Piece
from tests.harness.site_messages import kuaishou, socket_message

NOW = 1_790_000_000_000
SOCKET = "wss://livejs-ws.kuaishou.cn/group7"
POLL = "https://livev.m.chenzhongtech.com/wap/live/feed?liveStreamId=a"
INFO = "https://live.kuaishou.com/live_api/liveroom/websocketinfo"
USER = {"principal_id": "3xa", "user_name": "甲"}
PUSH = kuaishou(
    "FeedPush",
    display_watching_count="2735",
    comment_feeds=[{"id": "1", "user": USER, "content": "多少钱", "show_type": 1, "time": NOW}],
    gift_feeds=[{"id": "2", "user": USER, "gift_id": 3}],
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
MEMBERS = ("result", "currentWatchingCount", "liveStreamFeeds", "data", "token", "websocketUrls")


def decoded(payload: bytes, **more: Any) -> Decoded:
    return Kuaishou().decode(Piece("frame", SOCKET, payload, received_ms=NOW, **more))


def sound(found: Decoded, size: int) -> None:
    assert len(found.faults) <= 20
    for message in found.messages:
        assert 0 <= message.where.start <= message.where.end
        assert message.where.steps or message.where.end <= size
        assert len(message.text or "") <= 10_000
        assert message.sent_ms is None or 0 <= message.sent_ms < 1 << 53
        assert all(figure.value is None or 0 <= figure.value < 1 << 53 for figure in message.figures)


@given(st.binary(max_size=300))
def test_any_bytes_at_all(payload: bytes) -> None:
    sound(decoded(payload), len(payload))
    for url in (POLL, INFO):
        sound(Kuaishou().decode(Piece("answer", url, payload, status=200)), len(payload))


@given(st.sampled_from(sorted(NAMES)), st.binary(max_size=200), st.booleans())
def test_any_bytes_in_a_socket_message(kind: int, inside: bytes, packed: bool) -> None:  # noqa: FBT001 - a case
    payload = socket_message(kind, inside, packed=packed)
    sound(decoded(payload), len(payload))


@settings(max_examples=300)
@given(st.integers(0, 10_000), st.integers(0, 7), st.booleans(), st.booleans())
def test_frames_that_were_cut_or_changed(at: int, bit: int, cut: bool, packed: bool) -> None:  # noqa: FBT001 - a case
    content = socket_message(310, PUSH, packed=packed, server_ms=NOW)
    at %= len(content)
    changed = content[:at] if cut else content[:at] + bytes([content[at] ^ (1 << bit)]) + content[at + 1 :]
    sound(decoded(changed), len(changed))


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=4), st.booleans())
def test_any_json_in_a_poll(value: dict[str, Any], wrapped: bool) -> None:  # noqa: FBT001 - a case
    text = json.dumps({"result": 1} | value)
    payload = (json.dumps(text) if wrapped else text).encode()
    for url in (POLL, INFO):
        sound(Kuaishou().decode(Piece("answer", url, payload, status=200, received_ms=NOW)), len(payload))


def test_a_zip_bomb_is_refused_within_the_bound() -> None:
    bomb = kuaishou("SocketMessage", payload_type=310, compression_type=2, payload=gzip.compress(bytes(64 << 20)))
    tracemalloc.start()
    found = decoded(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [each.rule for each in found.faults] == ["gzip"]
    assert peak < 32 << 20


def test_a_wrong_compression_flag_is_told_and_the_bytes_are_read() -> None:
    plain = kuaishou("SocketMessage", payload_type=310, compression_type=2, payload=PUSH)
    found = decoded(plain)
    assert [each.text for each in found.messages] == [None, "多少钱", None]
    assert [each.rule for each in found.faults] == ["gzip: named in the frame, not in the bytes"]
    packed = kuaishou("SocketMessage", payload_type=310, compression_type=1, payload=gzip.compress(PUSH))
    assert [each.text for each in decoded(packed).messages] == [None, "多少钱", None]
    assert decoded(packed).faults == ()


def test_odd_comments_are_kept_and_flagged() -> None:
    name = "\u202e甲\u0000"
    comments = [
        {"id": "1", "content": "长" * 10_001},
        {"id": "2", "content": "好", "time": NOW + 25 * 3600 * 1000},
        {"id": "3", "content": "好", "user": {"user_name": name}},
        {"id": "4", "content": "好", "time": (1 << 64) - 1},
    ]
    long, late, odd, unreal = decoded(socket_message(310, kuaishou("FeedPush", comment_feeds=comments))).messages
    assert (len(long.text or ""), long.flags) == (10_000, ("text cut",))
    assert (late.sent_ms, late.flags) == (NOW + 25 * 3600 * 1000, ("time in the future",))
    assert odd.person is not None
    assert (odd.person.name, odd.flags) == (name, ())
    assert (unreal.sent_ms, unreal.flags) == (None, ("number out of range",))
    broken = kuaishou("FeedPush", comment_feeds=[{"id": "5", "content": "好"}]).replace("好".encode(), b"\xe5\xa5\x41")
    [comment] = decoded(socket_message(310, broken)).messages
    assert comment.flags == ("text not UTF-8",)


def test_a_push_of_nothing_but_comments_is_bounded() -> None:
    found = decoded(socket_message(310, b"\x2a\x00" * 6_000))
    assert len(found.messages) == 5_000
    assert [each.rule for each in found.faults] == ["count: more than 5000 messages"]
