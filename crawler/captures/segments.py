"""Cuts an endless media stream into pieces of bounded size and time, without changing a byte. Pure.

FLV is cut at tag borders (Adobe FLV 10.1, annex E: 9-byte header, 4-byte previous-tag sizes, tags of 11 + n bytes),
fragmented MP4 at box borders (ISO/IEC 14496-12: before a `moof` or `moov`), anything else wherever the limit falls. The
pieces of a stream, joined in order, are the stream.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MAX_BYTES = 4 << 20
MAX_SECONDS = 10.0
PARTIAL_SECONDS = MAX_SECONDS - 1  # how long a tag or box may take to arrive before it is cut in two
CUT_SECONDS = 4.0  # well under the limit, so that a kill costs little and a slow stream still keeps to it


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a stream from `offset`, received between two monotonic moments."""

    number: int
    offset: int
    content: bytes
    from_mono_ns: int
    to_mono_ns: int
    at_border: bool  # it ends where the container has a border (false: limit, or the end of what came)


@dataclass(slots=True)
class Cutter:
    """Feed it what arrives; it gives the pieces that are complete."""

    container: str  # "flv", "fmp4" or "bytes"
    _buffer: bytearray = field(default_factory=bytearray)
    _offset: int = 0  # of the buffer in the stream; the places below are places in the stream too
    _next: int = 0  # where the next tag or box begins; may lie beyond what has come
    _borders: deque[int] = field(default_factory=deque)  # in the buffer, where it may be cut
    _number: int = 0
    _arrivals: deque[tuple[int, int]] = field(default_factory=deque)  # of the buffer: from which place, and when

    def feed(self, content: bytes, mono_ns: int) -> list[Piece]:
        """Take bytes that arrived at that moment; return finished pieces (none, one or several)."""
        if not content:
            return []
        self._arrivals.append((self._end, mono_ns))
        self._buffer += content
        self._scan()
        pieces = []
        while self._due():
            pieces.append(self._cut())
        return pieces

    def tick(self, mono_ns: int) -> list[Piece]:
        """Let time pass without bytes: a stalled stream still gives its piece in time."""
        age = (mono_ns - self._arrivals[0][1]) / 1e9 if self._buffer else 0.0
        return [self._cut()] if age >= (MAX_SECONDS - 1 if self._borders else PARTIAL_SECONDS) else []

    def finish(self) -> list[Piece]:
        """All that is left, when the stream stalls or ends: at a border or not."""
        pieces = []
        while self._buffer:
            whole = len(self._buffer) <= MAX_BYTES
            pieces.append(self._cut_at(self._end) if whole else self._cut())
        return pieces

    def finish_until(self, mono_ns: int) -> list[Piece]:
        """What had arrived by that moment; the rest is dropped with the cutter."""
        place = next((start for start, at in self._arrivals if at > mono_ns), self._end)
        pieces = []
        while self._offset < place:
            pieces.append(self._cut_at(min(place, self._offset + MAX_BYTES)))
        self._buffer.clear()
        return pieces

    @property
    def _end(self) -> int:
        return self._offset + len(self._buffer)

    def _due(self) -> bool:
        if not self._buffer:
            return False
        seconds = (self._arrivals[-1][1] - self._arrivals[0][1]) / 1e9
        limit = CUT_SECONDS if self._borders else PARTIAL_SECONDS
        return len(self._buffer) > MAX_BYTES or seconds >= limit

    def _cut(self) -> Piece:
        """Cut at the last border that keeps to the size, or, where there is none, at the limit or the end."""
        within = [border for border in self._borders if border <= self._offset + MAX_BYTES]
        return self._cut_at(within[-1] if within else min(self._end, self._offset + MAX_BYTES))

    def _cut_at(self, place: int) -> Piece:
        at_border = place in self._borders or place == self._next
        size = place - self._offset
        last_start, first_ns = self._arrivals[0]
        last_ns = first_ns
        while self._arrivals and self._arrivals[0][0] < place:
            last_start, last_ns = self._arrivals.popleft()
        if place < self._end and (not self._arrivals or self._arrivals[0][0] > place):
            self._arrivals.appendleft((last_start, last_ns))  # its rest opens the next piece
        piece = Piece(self._number, self._offset, bytes(self._buffer[:size]), first_ns, last_ns, at_border)
        del self._buffer[:size]
        self._number += 1
        self._offset = place
        while self._borders and self._borders[0] <= place:
            self._borders.popleft()
        return piece

    def _scan(self) -> None:
        if self.container == "flv":
            self._scan_flv()
        elif self.container == "fmp4":
            self._scan_boxes()
        if self.container == "bytes":
            self._borders.clear()
            self._borders.append(self._end)
            self._next = self._end

    def _at(self, place: int, size: int) -> bytes | None:
        """Bytes of the stream, None while they have not all come."""
        begin = place - self._offset
        return bytes(self._buffer[begin : begin + size]) if begin + size <= len(self._buffer) else None

    def _scan_flv(self) -> None:
        if self._next == 0:
            head = self._at(0, 13)
            if head is None:
                return
            if head[:3] != b"FLV":
                self.container = "bytes"
                return
            self._next = int.from_bytes(head[5:9]) + 4
        while (head := self._at(self._next, 11)) is not None:
            self._borders.append(self._next)
            self._next += 11 + int.from_bytes(head[1:4]) + 4

    def _scan_boxes(self) -> None:
        while (head := self._at(self._next, 8)) is not None:
            size = int.from_bytes(head[:4])
            if size == 1:  # the size follows as 64 bits
                long = self._at(self._next + 8, 8)
                if long is None:
                    return
                size = int.from_bytes(long)
            if size < 8:  # smaller than its own header: not boxes (0, "to the end", is not a live stream)
                self.container = "bytes"
                return
            if head[4:8] in {b"moof", b"moov"} and self._next > self._offset:
                self._borders.append(self._next)
            self._next += size


def initialises(container: str, content: bytes) -> bool:
    """Whether these bytes begin a fragmented MP4 (`ftyp` or `moov`): a player needs them before any other segment."""
    return container == "fmp4" and content[4:8] in {b"ftyp", b"moov"}


def split(content: bytes) -> list[tuple[int, bytes]]:
    """A finished resource as (offset, bytes) pieces of at most `MAX_BYTES`."""
    return [(at, content[at : at + MAX_BYTES]) for at in range(0, len(content), MAX_BYTES)]
