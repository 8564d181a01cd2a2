"""Cuts an endless media stream into pieces of bounded size and time, without changing a byte. Pure.

FLV is cut at tag borders (Adobe FLV 10.1, annex E: 9-byte header, 4-byte previous-tag sizes, tags of 11 + n bytes),
fragmented MP4 at box borders (ISO/IEC 14496-12: before a `moof` or `moov`), anything else wherever the limit falls. The
pieces of a stream, joined in order, are the stream.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_BYTES = 4 << 20
MAX_SECONDS = 10.0
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
    _scanned: int = 0  # up to here the buffer is whole tags or boxes
    _border: int = 0  # last place in the buffer where it may be cut
    _offset: int = 0
    _number: int = 0
    _from_ns: int | None = None
    _to_ns: int = 0

    def feed(self, content: bytes, mono_ns: int) -> list[Piece]:
        """Take bytes that arrived at that moment; return finished pieces (none, one or several)."""
        if not content:
            return []
        if self._from_ns is None:
            self._from_ns = mono_ns
        self._buffer += content
        self._to_ns = mono_ns
        self._scan()
        pieces = []
        while self._due():
            at_border = 0 < self._border <= MAX_BYTES
            pieces.append(
                self._cut(self._border if at_border else min(len(self._buffer), MAX_BYTES), at_border=at_border)
            )
            self._scan()
        return pieces

    def tick(self, mono_ns: int) -> list[Piece]:
        """Let time pass without bytes: a stalled stream still gives its piece in time."""
        if self._from_ns is None or not self._buffer or mono_ns - self._from_ns < (MAX_SECONDS - 1) * 1e9:
            return []
        border = self._border or len(self._buffer)
        return [self._cut(border, at_border=bool(self._border))]

    def finish(self) -> list[Piece]:
        """What is left, when the stream or the watch ends."""
        pieces = []
        while self._buffer:
            size = min(len(self._buffer), MAX_BYTES)
            pieces.append(self._cut(size, at_border=size == self._border))
        return pieces

    def _due(self) -> bool:
        if not self._buffer or self._from_ns is None:
            return False
        seconds = (self._to_ns - self._from_ns) / 1e9
        return (
            len(self._buffer) > MAX_BYTES or (seconds >= CUT_SECONDS and self._border > 0) or seconds >= MAX_SECONDS - 1
        )

    def _cut(self, size: int, *, at_border: bool) -> Piece:
        piece = Piece(
            self._number, self._offset, bytes(self._buffer[:size]), self._from_ns or self._to_ns, self._to_ns, at_border
        )
        del self._buffer[:size]
        self._number += 1
        self._offset += size
        self._scanned = max(0, self._scanned - size)
        self._border = max(0, self._border - size)
        self._from_ns = self._to_ns if self._buffer else None
        return piece

    def _scan(self) -> None:
        if self.container == "flv":
            self._scan_flv()
        elif self.container == "fmp4":
            self._scan_boxes()
        else:
            self._border = len(self._buffer)

    def _scan_flv(self) -> None:
        buffer, at = self._buffer, self._scanned
        if self._offset == 0 and at == 0:
            if len(buffer) < 13:
                return
            if buffer[:3] != b"FLV":
                self.container = "bytes"
                self._border = len(buffer)
                return
            at = int.from_bytes(buffer[5:9]) + 4
        while at + 11 <= len(buffer):
            end = at + 11 + int.from_bytes(buffer[at + 1 : at + 4]) + 4
            if end > len(buffer):
                break
            at = end
            if at <= MAX_BYTES:
                self._border = at
        self._scanned = at

    def _scan_boxes(self) -> None:
        buffer, at = self._buffer, self._scanned
        while at + 8 <= len(buffer):
            size, kind = int.from_bytes(buffer[at : at + 4]), bytes(buffer[at + 4 : at + 8])
            if size == 1 and at + 16 <= len(buffer):
                size = int.from_bytes(buffer[at + 8 : at + 16])
            if size < 8:
                self.container = "bytes"
                self._border = len(buffer)
                return
            if kind in {b"moof", b"moov"} and 0 < at <= MAX_BYTES:
                self._border = at
            if at + size > len(buffer):
                break
            at += size
        self._scanned = at


def initialises(container: str, content: bytes) -> bool:
    """Whether these bytes begin a fragmented MP4 (`ftyp` or `moov`): a player needs them before any other segment."""
    return container == "fmp4" and content[4:8] in {b"ftyp", b"moov"}


def split(content: bytes) -> list[tuple[int, bytes]]:
    """A finished resource as (offset, bytes) pieces of at most `MAX_BYTES`."""
    return [(at, content[at : at + MAX_BYTES]) for at in range(0, len(content), MAX_BYTES)]
