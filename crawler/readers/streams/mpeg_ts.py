"""MPEG transport streams taken apart as they arrive: bytes in, coded pictures out (ISO/IEC 13818-1; pure).

The first program's first picture stream is followed. A picture is complete when the next one begins, or at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from crawler.readers.streams.coded import Codec, Coded, Piece, Trouble

PACKET = 188
SYNC = 0x47
MOST_PICTURE = 16 << 20
CLOCK_HZ = 90_000
_CODECS = {0x1B: "h264", 0x24: "hevc"}
_NAL = re.compile(rb"\x00\x00\x01(.)", re.DOTALL)


@dataclass(slots=True)
class MpegTs:
    """One transport stream (a segment, or an endless one). Holds one picture and less than one packet."""

    _buffer: bytearray = field(default_factory=bytearray)
    _at: int = 0
    _tables: int | None = None  # the packets that tell the program's streams
    _pictures: int | None = None  # the packets that carry its pictures
    _codec: Codec | None = None
    _picture: bytearray = field(default_factory=bytearray)
    _picture_at: int | None = None
    _counter: int | None = None
    _broken: bool = False  # packets of the picture under way are missing

    @property
    def held_from(self) -> int:
        """Everything before this place of the resource is done with."""
        return self._at if self._picture_at is None else self._picture_at

    def feed(self, content: bytes) -> list[Piece]:
        """Take the bytes that follow; returns the pictures that are complete."""
        self._buffer += content
        found: list[Piece] = []
        place = 0
        while len(self._buffer) - place >= PACKET:
            if self._buffer[place] != SYNC:
                there = self._in_step(place + 1)
                found.append(Trouble(self._at + place, f"no packet for {there - place} bytes"))
                place, self._broken = there, True
                continue
            found += self._packet(self._at + place, bytes(self._buffer[place : place + PACKET]))
            place += PACKET
        del self._buffer[:place]
        self._at += place
        return found

    def skip(self, at: int, *, at_border: bool) -> None:  # noqa: ARG002 - packets are found wherever they begin
        """Bytes are missing; what comes next begins at `at`."""
        self._buffer.clear()
        self._picture.clear()
        self._at, self._picture_at, self._counter, self._broken = at, None, None, False

    def finish(self) -> list[Piece]:
        """Nothing more comes: the picture under way is complete."""
        return self._done()

    def _in_step(self, place: int) -> int:
        """The next place from which packets follow each other, as far as that can be seen; else the end."""
        held = self._buffer
        while (place := held.find(SYNC, place)) >= 0:
            if place + PACKET >= len(held) or held[place + PACKET] == SYNC:
                return place
            place += 1
        return len(held)

    def _packet(self, at: int, packet: bytes) -> list[Piece]:
        pid = int.from_bytes(packet[1:3]) & 0x1FFF
        begins, has_payload = bool(packet[1] & 0x40), bool(packet[3] & 0x10)
        start = 5 + packet[4] if packet[3] & 0x20 else 4
        if packet[1] & 0x80 or packet[3] & 0xC0 or not has_payload or start >= PACKET:
            if pid == self._pictures and packet[3] & 0xC0:
                return [Trouble(at, "a scrambled packet")]
            return []
        payload = packet[start:]
        if pid == 0 and begins:
            self._tables = _program(payload)
        elif pid == self._tables and begins:
            return self._streams(at, payload)
        elif pid == self._pictures:
            return self._elementary(at, packet[3] & 0x0F, payload, begins=begins)
        return []

    def _streams(self, at: int, payload: bytes) -> list[Piece]:
        section = payload[1 + payload[0] :]
        if len(section) < 12 or section[0] != 2:
            return []
        end = min(3 + (int.from_bytes(section[1:3]) & 0x0FFF) - 4, len(section))
        place = 12 + (int.from_bytes(section[10:12]) & 0x0FFF)
        kinds = []
        while place + 5 <= end:
            kind, pid = section[place], int.from_bytes(section[place + 1 : place + 3]) & 0x1FFF
            kinds.append(kind)
            if kind in _CODECS:
                if self._pictures != pid:
                    self._pictures, self._codec, self._counter = pid, Codec(_CODECS[kind]), None
                return []
            place += 5 + (int.from_bytes(section[place + 3 : place + 5]) & 0x0FFF)
        if self._pictures is None and any(kind in {1, 2, 0x10, 0x33} for kind in kinds):
            return [Trouble(at, f"streams of types {kinds}, none of which we read")]
        return []

    def _elementary(self, at: int, counter: int, payload: bytes, *, begins: bool) -> list[Piece]:
        found: list[Piece] = []
        if self._counter is not None and counter == self._counter:
            return []  # sent twice, as the format allows
        if self._counter is not None and counter != (self._counter + 1) & 0x0F:
            self._broken = True
        self._counter = counter
        if begins:
            found = self._done()
            self._picture_at, self._broken = at, False
        if self._picture_at is not None:
            self._picture += payload
        if len(self._picture) > MOST_PICTURE:
            found.append(Trouble(at, f"a picture of more than {MOST_PICTURE} bytes"))
            self._picture.clear()
            self._picture_at = None
        return found

    def _done(self) -> list[Piece]:
        at, held = self._picture_at, bytes(self._picture)
        self._picture_at = None
        self._picture.clear()
        if at is None or self._codec is None:
            return []
        if self._broken:
            return [Trouble(at, "packets of a picture are missing")]
        if len(held) < 14 or held[:3] != b"\0\0\1" or not held[7] & 0x80:
            return [Trouble(at, "a picture without a time")]
        clock = (held[9] >> 1 & 7) << 30 | int.from_bytes(held[10:12]) >> 1 << 15 | int.from_bytes(held[12:14]) >> 1
        content = held[9 + held[8] :]
        return [Coded(at, clock * 1_000_000 // CLOCK_HZ, _begins_anew(self._codec.name, content), content, self._codec)]


def _program(payload: bytes) -> int | None:
    """The packets that tell the first program's streams (program association table)."""
    section = payload[1 + payload[0] :]
    for place in range(8, min(3 + (int.from_bytes(section[1:3]) & 0x0FFF) - 4, len(section) - 3), 4):
        if int.from_bytes(section[place : place + 2]):
            return int.from_bytes(section[place + 2 : place + 4]) & 0x1FFF
    return None


def _begins_anew(codec: str, content: bytes) -> bool:
    """Whether a decoder can begin at this access unit: it holds a slice of a random access picture."""
    for unit in _NAL.finditer(content):
        kind = unit[1][0] & 0x1F if codec == "h264" else unit[1][0] >> 1 & 0x3F
        if codec == "h264" and kind in {1, 5}:
            return kind == 5
        if codec == "hevc" and kind < 32:
            return 16 <= kind <= 21
    return False
