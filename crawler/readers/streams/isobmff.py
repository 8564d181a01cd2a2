"""Fragmented MP4 taken apart as it arrives: bytes in, coded pictures out (ISO/IEC 14496-12, -15; pure).

Media segments of a finished resource need the initialization segment that came as a resource of its own: `Tracks`.
Sizes and counts are checked against the bytes that are there, so that no box can ask for more than was sent.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from crawler.readers.streams.coded import Codec, Coded, Piece, Trouble

MOST_BOX = 32 << 20
_CODECS = {b"avc1": "h264", b"avc3": "h264", b"hvc1": "hevc", b"hev1": "hevc", b"av01": "av1", b"vp09": "vp9"}
_CONFIGURATIONS = {b"avcC", b"hvcC", b"av1C"}
_NOT_SYNC = 0x10000
_SAMPLE_ENTRY = 78  # bytes of a visual sample entry before its boxes


@dataclass(frozen=True, slots=True)
class Track:
    """A picture track as its initialization segment describes it."""

    id: int
    scale: int  # units a second
    shift: int  # of its edit list, in those units: presentation begins here
    codec: Codec
    sample_defaults: tuple[int, int, int] = (0, 0, 0)  # duration, size, flags


@dataclass(frozen=True, slots=True)
class Tracks:
    """What an initialization segment says: its picture tracks by number, and why others can't be read."""

    pictures: dict[int, Track]
    troubles: tuple[str, ...] = ()


@dataclass(slots=True)
class Fragments:
    """One resource of boxes. Holds one fragment (`moof` and its `mdat`).

    `tracks` is set by the resource's own `moov`, or from outside before the first `feed`.
    """

    tracks: Tracks | None = None
    _buffer: bytearray = field(default_factory=bytearray)
    _at: int = 0
    _skip: int = 0  # bytes of a box that is passed over
    _moof: tuple[int, bytes] | None = None
    _lost: bool = False

    @property
    def held_from(self) -> int:
        """Everything before this place of the resource is done with."""
        return self._moof[0] if self._moof is not None else self._at

    def feed(self, content: bytes) -> list[Piece]:
        """Take the bytes that follow; returns the pictures of the fragments that are complete."""
        self._buffer += content
        found: list[Piece] = []
        while not self._lost or self._found_again():
            drop = min(self._skip, len(self._buffer))
            self._forget(drop)
            self._skip -= drop
            head = _head(self._buffer)
            if self._skip or head is None:
                return found
            kind, header, size = head
            if size < header or not kind.isalnum():
                found.append(Trouble(self._at, f"no box, but {bytes(self._buffer[:8]).hex()}"))
                self._forget(4)
                self._lost = True
                continue
            if kind not in {b"moov", b"moof", b"mdat"} or size > MOST_BOX:
                if kind in {b"moov", b"moof", b"mdat"}:
                    found.append(Trouble(self._at, f"a box {kind.decode()} of {size} bytes"))
                self._skip = size
                continue
            if len(self._buffer) < size:
                return found
            found += self._box(kind, header, bytes(self._buffer[:size]))
            self._forget(size)
        return found

    def skip(self, at: int, *, at_border: bool) -> None:
        """Bytes are missing; what comes next begins at `at`, with a box if `at_border`."""
        self._buffer.clear()
        self._at, self._skip, self._moof, self._lost = at, 0, None, not at_border

    def finish(self) -> list[Piece]:
        """Nothing more comes: a box that is not complete is lost."""
        left, self._buffer = len(self._buffer), bytearray()
        return [Trouble(self._at, f"the stream ends inside a box ({left} bytes of it came)")] if left else []

    def _found_again(self) -> bool:
        """Look for the next fragment header in what is held; false when there is none yet."""
        place = self._buffer.find(b"moof")
        if place >= 4 and int.from_bytes(self._buffer[place - 4 : place]) <= MOST_BOX:
            self._forget(place - 4)
            self._lost = False
        else:
            self._forget(place + 1 if place >= 0 else max(0, len(self._buffer) - 8))
        return not self._lost

    def _forget(self, count: int) -> None:
        del self._buffer[:count]
        self._at += count

    def _box(self, kind: bytes, header: int, box: bytes) -> list[Piece]:
        if kind == b"moov":
            self.tracks = tracks_of(box)
            return [Trouble(self._at, why) for why in self.tracks.troubles] if self.tracks else []
        if kind == b"moof":
            self._moof = (self._at, box)
            return []
        moof, self._moof = self._moof, None
        if self.tracks is None:
            return [Trouble(self._at, "a fragment before its initialization segment")]
        if moof is None:
            return [Trouble(self._at, "samples without a fragment header")] if len(box) > header else []
        try:
            return list(_pictures(self.tracks, moof[0], moof[1], self._at, box))
        except (struct.error, IndexError, ValueError) as error:
            return [Trouble(moof[0], f"a fragment header that can't be read: {error}")]


def tracks_of(resource: bytes) -> Tracks | None:
    """The picture tracks of an initialization segment (`ftyp` and `moov`, or only `moov`); None when it is none."""
    found: dict[int, Track] = {}
    troubles: list[str] = []
    moovs = list(_all(resource, b"moov"))
    for moov in moovs:
        defaults = {}
        for mvex in _all(moov, b"mvex"):
            for trex in _all(mvex, b"trex"):
                if len(trex) >= 24:
                    number, _, *rest = struct.unpack_from(">IIIII", trex, 4)
                    defaults[number] = (rest[0], rest[1], rest[2])
        for trak in _all(moov, b"trak"):
            try:
                track = _track(trak, defaults)
            except (struct.error, IndexError, ValueError, StopIteration) as error:
                troubles.append(f"a track that can't be read: {error}")
                continue
            if isinstance(track, str):
                troubles.append(track)
            elif track is not None:
                found[track.id] = track
    return Tracks(found, tuple(troubles)) if moovs else None


def _track(trak: bytes, defaults: dict[int, tuple[int, int, int]]) -> Track | str | None:
    """A picture track; why it can't be read; None for sound and the like."""
    mdia = next(_all(trak, b"mdia"))
    if next(_all(mdia, b"hdlr"))[8:12] != b"vide":
        return None
    tkhd, mdhd = next(_all(trak, b"tkhd")), next(_all(mdia, b"mdhd"))
    number = int.from_bytes(tkhd[20:24] if tkhd[0] == 1 else tkhd[12:16])
    scale = int.from_bytes(mdhd[20:24] if mdhd[0] == 1 else mdhd[12:16])
    if not scale:
        return "a track without a time scale"
    entries = next(_all(next(_all(next(_all(mdia, b"minf")), b"stbl")), b"stsd"))[8:]
    for kind, entry in _boxes(entries):
        if kind not in _CODECS:
            return f"pictures of codec {kind!r}, which we do not read{' (encrypted)' if kind == b'encv' else ''}"
        inner = [box for name, box in _boxes(entry[_SAMPLE_ENTRY:]) if name in _CONFIGURATIONS]
        codec = Codec(_CODECS[kind], inner[0] if inner else b"")
        return Track(number, scale, _edit(trak), codec, defaults.get(number, (0, 0, 0)))
    return "a track without a sample entry"


def _edit(trak: bytes) -> int:
    """Where presentation begins by an edit list of one entry, as browsers take it; 0 without one."""
    for edts in _all(trak, b"edts"):
        for elst in _all(edts, b"elst"):
            if int.from_bytes(elst[4:8]) == 1:
                wide = elst[0] == 1
                return max(0, int.from_bytes(elst[16:24] if wide else elst[12:16], signed=True))
    return 0


def _pictures(tracks: Tracks, at: int, moof: bytes, mdat_at: int, mdat: bytes) -> Iterator[Piece]:
    """The pictures of one fragment; `at` and `mdat_at` are the boxes' places in the resource."""
    left = len(mdat)  # samples do not overlap, so together they are no more than what came
    for moof_body in _all(moof, b"moof"):
        for traf in _all(moof_body, b"traf"):
            tfhd = next(_all(traf, b"tfhd"), b"")
            track = tracks.pictures.get(int.from_bytes(tfhd[4:8]))
            if track is None:
                continue
            base, defaults = _header(tfhd, at, track)
            time = 0
            for tfdt in _all(traf, b"tfdt"):
                time = int.from_bytes(tfdt[4:12] if tfdt[0] == 1 else tfdt[4:8])
            end = base
            for trun in _all(traf, b"trun"):
                for place, size, duration, shift, flags in _run(trun, base, end, defaults):
                    inside = place - mdat_at
                    left -= size
                    if inside < 8 or inside + size > len(mdat) or left < 0:
                        yield Trouble(at, f"a sample of {size} bytes at {place} lies outside its fragment")
                        return
                    us = (time + shift - track.shift) * 1_000_000 // track.scale
                    key = not flags & _NOT_SYNC
                    yield Coded(place, us, key, mdat[inside : inside + size], track.codec)
                    time += duration
                    end = place + size


def _header(tfhd: bytes, at: int, track: Track) -> tuple[int, tuple[int, int, int]]:
    """Where samples are counted from, and their default duration, size and flags."""
    flags, place, base = int.from_bytes(tfhd[1:4]), 8, at
    if flags & 1:
        base, place = int.from_bytes(tfhd[place : place + 8]), place + 8
    place += 4 if flags & 2 else 0
    values = list(track.sample_defaults)
    for number, bit in enumerate((8, 0x10, 0x20)):
        if flags & bit:
            (values[number],) = struct.unpack_from(">I", tfhd, place)
            place += 4
    return base, (values[0], values[1], values[2])


def _run(
    trun: bytes, base: int, follows: int, defaults: tuple[int, int, int]
) -> Iterator[tuple[int, int, int, int, int]]:
    """(place, size, duration, composition shift, flags) of each sample of a run."""
    version, flags, count = trun[0], int.from_bytes(trun[1:4]), int.from_bytes(trun[4:8])
    place, start, first = 8, follows, None
    if flags & 1:
        start, place = base + struct.unpack_from(">i", trun, place)[0], place + 4
    if flags & 4:
        (first,) = struct.unpack_from(">I", trun, place)
        place += 4
    fields = [bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800)]
    if not any(fields[:2]) and not defaults[1]:
        raise ValueError(f"{count} samples without a size")
    for number in range(count):
        duration, size, sample_flags = defaults
        shift = 0
        if fields[0]:
            (duration,), place = struct.unpack_from(">I", trun, place), place + 4
        if fields[1]:
            (size,), place = struct.unpack_from(">I", trun, place), place + 4
        if fields[2]:
            (sample_flags,), place = struct.unpack_from(">I", trun, place), place + 4
        elif number == 0 and first is not None:
            sample_flags = first
        if fields[3]:
            (shift,), place = struct.unpack_from(">i" if version else ">I", trun, place), place + 4
        yield start, size, duration, shift, sample_flags
        start += size


def _head(held: bytes | bytearray, at: int = 0) -> tuple[bytes, int, int] | None:
    """(kind, bytes of the header, bytes of the box) of the box at a place; None while that can't be told."""
    if len(held) < at + 8:
        return None
    size, kind = int.from_bytes(held[at : at + 4]), bytes(held[at + 4 : at + 8])
    if size != 1:
        return kind, 8, size
    return (kind, 16, int.from_bytes(held[at + 8 : at + 16])) if len(held) >= at + 16 else None


def _boxes(held: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, content) of each box, as far as they are whole."""
    at = 0
    while (head := _head(held, at)) is not None:
        kind, header, size = head
        if size < header or at + size > len(held):
            return
        yield kind, held[at + header : at + size]
        at += size


def _all(held: bytes, wanted: bytes) -> Iterator[bytes]:
    return (content for kind, content in _boxes(held) if kind == wanted)
