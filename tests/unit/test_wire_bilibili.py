"""Bilibili's frames taken apart: several packets, packed ones, and hostile ones."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable

import brotli
import pytest

from crawler.platforms.wire import Packet, Undecodable, packets
from crawler.platforms.wire.bilibili import MOST_PACKETS
from crawler.platforms.wire.inflate import MOST_INFLATED
from tests.harness.wire_bytes import packet


def message(cmd: str) -> bytes:
    return packet(5, json.dumps({"cmd": cmd}).encode())


def commands(found: list[Packet]) -> list[str]:
    return [json.loads(each.body)["cmd"] for each in found]


def test_a_plain_packet_says_where_it_stands() -> None:
    frame = message("LIVE") + message("PREPARING")
    first, second = packets(frame)
    assert commands([first, second]) == ["LIVE", "PREPARING"]
    assert (first.op, first.version, first.inflated, first.within) == (5, 0, False, None)
    assert frame[second.start : second.end] == message("PREPARING")


@pytest.mark.parametrize(("version", "pack"), [(2, zlib.compress), (3, brotli.compress)])
def test_a_packed_packet_gives_all_that_it_holds(version: int, pack: Callable[[bytes], bytes]) -> None:
    inside = message("DANMU_MSG") + message("HOT_BUY_NUM")
    before = packet(8, b'{"code":0}', 1)
    carrier = packet(5, pack(inside), version)
    ack, first, second = packets(memoryview(before + carrier))
    assert ack == Packet(8, 1, b'{"code":0}', 0, len(before), inflated=False)
    assert commands([first, second]) == ["DANMU_MSG", "HOT_BUY_NUM"]
    assert (second.start, second.end) == (len(before), len(before) + len(carrier))
    assert second.inflated
    assert second.within is not None
    assert inside[second.within[0] : second.within[1]] == message("HOT_BUY_NUM")


def test_the_echo_behind_a_heartbeats_reply_is_skipped() -> None:
    (found,) = packets(packet(3, struct.pack(">I", 91), 1) + b"[object Object]")
    assert (found.op, int.from_bytes(found.body, "big")) == (3, 91)


def test_a_longer_header_and_an_unknown_version_are_read() -> None:
    (found,) = packets(packet(5, b"____{}", 9, header=20))
    assert (found.version, found.body) == (9, b"{}")
    assert packets(b"") == []
    assert packets(packet(2, b"")) == [Packet(2, 0, b"", 0, 16, inflated=False)]


@pytest.mark.parametrize(
    ("tail", "rule"),
    [
        (b"\0\0\0", "bilibili: header"),
        (packet(5, b"", header=15), "bilibili: header"),
        (packet(5, b"", header=17), "bilibili: header"),
        (packet(5, b"", size=0), "bilibili: header"),
        (packet(5, b"{}", size=19), "bilibili: length"),
        (packet(5, b"{}", size=0xFFFFFFFF), "bilibili: length"),
        (packet(5, b"{}", 2), "zlib"),
        (packet(5, b"{}", 3), "brotli"),
        (packet(5, zlib.compress(b"\0" * 5), 2), "bilibili: header"),
        (packet(5, zlib.compress(bytes(MOST_INFLATED + 1)), 2), "zlib"),
        (packet(5, brotli.compress(bytes(MOST_INFLATED + 1), quality=5), 3), "brotli"),
    ],
)
def test_what_makes_no_sense_ends_with_the_packets_before_it(tail: bytes, rule: str) -> None:
    before = message("LIVE")
    with pytest.raises(Undecodable) as error:
        packets(before + tail)
    assert (error.value.rule, error.value.offset) == (rule, len(before))
    assert commands(list(error.value.so_far)) == ["LIVE"]


def test_packets_in_packets_end_at_depth_2() -> None:
    frame = message("LIVE")
    frame = packet(5, zlib.compress(packet(5, brotli.compress(frame), 3)), 2)
    assert commands(packets(frame)) == ["LIVE"]
    with pytest.raises(Undecodable, match="depth"):
        packets(packet(5, zlib.compress(frame), 2))


def test_many_small_packets_end_at_a_bound() -> None:
    one = packet(2, b"")
    assert len(packets(one * MOST_PACKETS)) == MOST_PACKETS
    with pytest.raises(Undecodable, match="count"):
        packets(packet(5, zlib.compress(one * MOST_PACKETS), 2))
    with pytest.raises(Undecodable, match="count"):
        packets(packet(5, zlib.compress(b""), 2) * (MOST_PACKETS + 1))


def test_all_packed_packets_of_a_frame_share_one_bound() -> None:
    one = packet(5, zlib.compress(packet(5, b"a" * 1000)), 2)
    assert len(packets(one * 3, most=3 * 1016)) == 3
    with pytest.raises(Undecodable, match="at most"):
        packets(one * 4, most=3 * 1016)
