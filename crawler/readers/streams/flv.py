"""FLV taken apart as it arrives: bytes in, coded pictures out (pure).

Adobe FLV 10.1, annex E; HEVC as codec number 12 (a convention of Chinese networks, which libavformat does not read) and
as in Enhanced RTMP ("hvc1", "av01", "vp09"). Written here because each picture must lead to the very bytes that carry
it, and because a stream that is still growing can't be given to a demultiplexer that waits for more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from crawler.readers.streams.coded import Codec, Coded, Piece, Trouble

HEADER = 9
TAG = 11
VIDEO = 9
KEY = 1
FARTHEST_HEADER = 1 << 16  # a header that says it is longer is none
# A tag's kind (sound, picture, script) without filter bits, then size and time, then a stream number of 0.
_TAG_BEGINS = re.compile(rb"(?=[\x08\x09\x12].{7}\x00\x00\x00)", re.DOTALL)
_CODECS = {7: "h264", 12: "hevc"}
_FOURCC = {b"avc1": "h264", b"hvc1": "hevc", b"av01": "av1", b"vp09": "vp9"}


@dataclass(slots=True)
class Flv:
    """One FLV response. Holds at most one tag (16 MiB by the format) and the piece that came last."""

    _buffer: bytearray = field(default_factory=bytearray)
    _at: int = 0  # of the buffer in the resource
    _begun: bool = False
    _lost: bool = False  # looking for the next tag
    _codec: Codec | None = None

    @property
    def held_from(self) -> int:
        """Everything before this place of the resource is done with."""
        return self._at

    def feed(self, content: bytes) -> list[Piece]:
        """Take the bytes that follow; returns the pictures that are complete, in the order of the stream."""
        self._buffer += content
        found: list[Piece] = []
        place = 0 if self._begun else self._header(found)
        while self._begun:
            if self._lost:
                there = _next_tag(self._buffer, place)
                if there is None:
                    place = max(place, len(self._buffer) - TAG)
                    break
                place, self._lost = there, False
            end = _end_of_tag(self._buffer, place)
            if end is None:
                break
            if isinstance(end, str):
                found.append(Trouble(self._at + place, end))
                place, self._lost = place + 1, True
                continue
            if self._buffer[place] == VIDEO:
                found += self._video(self._at + place, bytes(self._buffer[place : end - 4]))
            place = end
        del self._buffer[:place]
        self._at += place
        return found

    def skip(self, at: int, *, at_border: bool) -> None:
        """Bytes are missing; what comes next begins at `at`, with a tag if `at_border`."""
        self._buffer.clear()
        self._at = at
        self._begun = self._begun or at > 0
        self._lost = not at_border

    def finish(self) -> list[Piece]:
        """Nothing more comes: a tag that is not complete is lost."""
        left, self._buffer = len(self._buffer), bytearray()
        return [Trouble(self._at, f"the stream ends inside a tag ({left} bytes of it came)")] if left > 4 else []

    def _header(self, found: list[Piece]) -> int:
        if len(self._buffer) < HEADER + 4:
            return 0
        self._begun = True
        offset = int.from_bytes(self._buffer[5:9])
        if self._buffer[:3] == b"FLV" and HEADER <= offset <= FARTHEST_HEADER:
            if len(self._buffer) >= offset + 4:
                return offset + 4
            self._begun = False
            return 0
        found.append(Trouble(self._at, f"no FLV header, but {bytes(self._buffer[:4]).hex()}"))
        self._lost = True
        return 0

    def _video(self, at: int, tag: bytes) -> list[Piece]:
        ms, body = tag[7] << 24 | int.from_bytes(tag[4:7]), tag[TAG:]
        if not body:
            return []
        if body[0] & 0x80:
            return self._enhanced(at, ms, body)
        name = _CODECS.get(body[0] & 0x0F)
        if name is None or len(body) < 5:
            return [Trouble(at, f"video of codec number {body[0] & 0x0F}, which we do not read")]
        if body[1] == 0:
            self._codec = Codec(name, body[5:])
            return []
        return self._picture(at, ms + _signed(body[2:5]), body[0] >> 4 == KEY, body[5:]) if body[1] == 1 else []

    def _enhanced(self, at: int, ms: int, body: bytes) -> list[Piece]:
        kind, name = body[0] & 0x0F, _FOURCC.get(body[1:5])
        if kind in {2, 4}:  # an end, or colours
            return []
        if name is None or kind > 3:
            return [Trouble(at, f"video of codec {body[1:5]!r}, packet type {kind}, which we do not read")]
        if kind == 0:
            self._codec = Codec(name, body[5:])
            return []
        shift = 3 if kind == 1 and name in {"h264", "hevc"} else 0
        return self._picture(at, ms + _signed(body[5 : 5 + shift]), body[0] >> 4 & 7 == KEY, body[5 + shift :])

    def _picture(self, at: int, ms: int, key: bool, content: bytes) -> list[Piece]:  # noqa: FBT001 - read off a byte
        if self._codec is None:
            return [Trouble(at, "a picture before its decoder's configuration")]
        return [Coded(at, ms * 1000, key, content, self._codec)] if content else []


def _end_of_tag(held: bytearray, place: int) -> int | str | None:
    """Where the tag at a place ends, its size included; None while it is not complete; what is wrong with it."""
    if len(held) < place + TAG:
        return None
    if _TAG_BEGINS.match(held, place) is None:
        return f"no tag, but {bytes(held[place : place + TAG]).hex()}"
    end = place + TAG + int.from_bytes(held[place + 1 : place + 4]) + 4
    if len(held) < end:
        return None
    if int.from_bytes(held[end - 4 : end]) in {end - 4 - place, 0}:  # some servers write no sizes
        return end
    return "a tag is not followed by its size"


def _next_tag(held: bytearray, place: int) -> int | None:
    """The first place at which a whole tag with its size behind it stands."""
    for found in _TAG_BEGINS.finditer(held, place):
        end = _end_of_tag(held, found.start())
        if isinstance(end, int) and any(held[end - 4 : end]):
            return found.start()
    return None


def _signed(three: bytes) -> int:
    return int.from_bytes(three, signed=True) if three else 0
