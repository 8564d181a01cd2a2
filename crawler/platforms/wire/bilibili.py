"""Bilibili's packets: several in one WebSocket frame, and in a packed one several more (pure).

Header, 16 bytes, big-endian: length of the packet u32, of the header u16, version u16, operation u32, sequence u32.
Version 0 is JSON, 1 a number or nothing, 2 zlib and 3 brotli of packets one after the other. Source: what public
clients read (facts: platforms).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from crawler.platforms.wire.inflate import MOST_INFLATED, Kind, inflated
from crawler.platforms.wire.undecodable import Undecodable

HEARTBEAT_REPLY = 3
MOST_PACKETS = 20_000  # in one frame: those in packed ones and these themselves
MOST_DEPTH = 2  # packed packets in packed packets; seen: 1
_HEADER = struct.Struct(">IHHII")
_PACKED: dict[int, Kind] = {2: "zlib", 3: "brotli"}


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet, not itself packed. `body` is what stands behind its header.

    `start` to `end` is its place in the frame, header and all. For one that came packed (`inflated`) it is the place of
    the packet that carried it, and `within` its place among what that one holds.
    """

    op: int
    version: int
    body: bytes
    start: int
    end: int
    inflated: bool
    within: tuple[int, int] | None = None


def packets(frame: bytes | memoryview, *, most: int = MOST_INFLATED) -> list[Packet]:
    """All packets of a frame in their order, packed ones taken apart; `most` bounds what comes out of all together.

    A version that is not known is no error: its body is handed on as it is. Behind a heartbeat's reply the server
    sends our own heartbeat back, outside the packet's length; that is skipped.

    Raises:
        Undecodable: at the first header or packed body that makes no sense, with the packets before it in `so_far`.
            `offset` counts in the frame, for what came packed it is that of the packet that carried it.
    """
    content = bytes(frame)
    reading = _Reading(most)
    try:
        reading.take(content, None, 0)
    except Undecodable as broken:
        broken.so_far = tuple(reading.found)
        raise
    return reading.found


class _Reading:
    """What was found in one frame, and how much more may come out of it."""

    def __init__(self, most: int) -> None:
        self.found: list[Packet] = []
        self._left = most
        self._seen = 0  # packets, carriers too: each costs a decoder's set-up, even when nothing comes out

    def take(self, content: bytes, carrier: tuple[int, int] | None, depth: int) -> None:
        at = 0
        while at < len(content):
            op, version, body_at, end = _header(content, at, None if carrier is None else carrier[0])
            place = carrier or (at, end)
            self._seen += 1
            if self._seen > MOST_PACKETS:
                raise _broken("count", f"at most {MOST_PACKETS} packets", "more", place[0])
            kind = _PACKED.get(version)
            if kind is not None:
                self._unpack(content[body_at:end], kind, place, depth)
            else:
                within = None if carrier is None else (at, end)
                self.found.append(Packet(op, version, content[body_at:end], *place, carrier is not None, within))
            if op == HEARTBEAT_REPLY:
                return
            at = end

    def _unpack(self, body: bytes, kind: Kind, place: tuple[int, int], depth: int) -> None:
        if depth >= MOST_DEPTH:
            raise _broken("depth", f"packets packed {MOST_DEPTH} times at the most", "more", place[0])
        try:
            inside = inflated(body, kind, self._left)
        except Undecodable as error:
            raise Undecodable(error.rule, error.expected, error.got, place[0]) from None
        self._left -= len(inside)
        self.take(inside, place, depth + 1)


def _header(content: bytes, at: int, carrier_at: int | None) -> tuple[int, int, int, int]:
    """Operation, version, where the body begins and where it ends."""
    offset = at if carrier_at is None else carrier_at
    if len(content) - at < _HEADER.size:
        raise _broken("header", f"{_HEADER.size} bytes", f"{len(content) - at}", offset)
    size, header, version, op, _ = _HEADER.unpack_from(content, at)
    if header < _HEADER.size or size < header:
        raise _broken("header", f"a header of at least {_HEADER.size} bytes in its packet", f"{header}, {size}", offset)
    if size > len(content) - at:
        raise _broken("length", f"a packet of {size} bytes", f"{len(content) - at}", offset)
    return op, version, at + header, at + size


def _broken(what: str, expected: str, got: str, offset: int) -> Undecodable:
    return Undecodable(f"bilibili: {what}", expected, got, offset)
