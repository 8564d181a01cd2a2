"""From media entries to the pictures of the original video (data path 5).

Pieces are fed in the order of the capture log. A response is joined over its entries; finished segments find the
initialization segment that fits them. What can't be read comes out as a `BrokenStretch`, in its place: a reader of
evidence must be able to say why it has no picture of a moment. Memory: one fragment or tag for each of the newest
resources, what decoders keep, and segments that wait for their initialization (`MOST_HELD`).
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from crawler.readers.streams.coded import Coded, Piece, Trouble
from crawler.readers.streams.decoding import MOST_PIXELS, BrokenStretch, Decoder, Found
from crawler.readers.streams.flv import Flv
from crawler.readers.streams.isobmff import Fragments, Tracks, tracks_of
from crawler.readers.streams.mpeg_ts import MpegTs
from crawler.readers.streams.pieces import Container, MediaPiece, likeness, sniffed

MOST_RESOURCES = 4  # responses that are joined at a time
MOST_STREAMS = 4  # a decoder each, with up to 16 pictures
MOST_INITS = 8
MOST_HELD = 4  # segments that wait for an initialization segment
MOST_HELD_BYTES = 32 << 20
MOST_PARTS = 2  # finished segments of which not all pieces have come
MOST_SEGMENT = 64 << 20
MOST_IGNORED = 256
MOST_BEGUN = 256


_NO_INIT = "no initialization segment fits this segment"
Demultiplexer = Flv | MpegTs | Fragments


@dataclass(slots=True)
class _Resource:
    """A response that is joined over its pieces."""

    demultiplexer: Demultiplexer
    next_at: int = 0
    pieces: deque[MediaPiece] = field(default_factory=deque)  # those that may still carry a picture to come


@dataclass(slots=True)
class _Stream:
    """What the responses of one stream have in common."""

    decoder: Decoder
    inits: deque[tuple[str, Tracks]] = field(default_factory=lambda: deque(maxlen=MOST_INITS))  # newest last
    held: deque[tuple[list[MediaPiece], bytes]] = field(default_factory=deque)


class Frames:
    """Joins, takes apart and decodes. Not safe from several threads.

    `keys_only`: pictures that need no other (one in one to four seconds), and of these one in `apart_us` of media time;
    else every picture.
    """

    def __init__(self, *, keys_only: bool, apart_us: int = 0, most_pixels: int = MOST_PIXELS) -> None:
        self._keys_only = keys_only
        self._apart_us = apart_us
        self._spared = 0
        self._most_pixels = most_pixels
        self._resources: OrderedDict[int, _Resource] = OrderedDict()
        self._parts: OrderedDict[int, tuple[list[MediaPiece], bytearray]] = OrderedDict()  # segments not whole yet
        self._ignored: OrderedDict[int, None] = OrderedDict()
        self._streams: OrderedDict[int, _Stream] = OrderedDict()
        self.begun: OrderedDict[int, int] = OrderedDict()  # time of each stream's first picture, microseconds

    def feed(self, piece: MediaPiece, content: bytes, *, decode: bool = True) -> Iterator[Found]:
        """Take the next piece. Without `decode` only what later pieces need of it is kept, and nothing comes out."""
        for found in self._fed(piece, content, decode=decode):
            if decode:
                yield found

    @property
    def spared(self) -> int:
        """How many pictures were left out because they came within `apart_us` of one that was decoded."""
        return self._spared + sum(stream.decoder.spared for stream in self._streams.values())

    def decode_every(self, stream: int, every: bool) -> None:  # noqa: FBT001 - on or off
        """From its next key picture on decode every picture of a stream, or go back to what was asked for at first."""
        self._stream(stream).decoder.keys_only = self._keys_only and not every

    def missing(self, piece: MediaPiece, why: str) -> Iterator[Found]:
        """The bytes of a piece are not there (erased, or damaged in the store)."""
        self._parts.pop(piece.resource, None)
        yield BrokenStretch(piece.entry, why)

    def finish(self) -> Iterator[Found]:
        """Nothing more comes: what is still held, or why it does not come out."""
        for number in list(self._resources):
            yield from self._ended(number)
        for number in list(self._streams):
            yield from self._closed(number)

    def _fed(self, piece: MediaPiece, content: bytes, *, decode: bool) -> Iterator[Found]:
        if piece.resource in self._ignored:
            return
        yield from self._make_room()
        container = sniffed(piece.container, content) if piece.at == 0 else sniffed(piece.container, b"")
        if not piece.streamed and (container == "fmp4" or piece.resource in self._parts):
            yield from self._segment(piece, content, decode=decode)
            return
        resource = self._resources.get(piece.resource)
        if resource is None:
            if container is None:
                self._ignored[piece.resource] = None
                yield BrokenStretch(piece.entry, f"a container that we do not read; it begins with {content[:8].hex()}")
                return
            resource = self._resources[piece.resource] = _Resource(_DEMULTIPLEXERS[container]())
        if piece.at != resource.next_at:
            yield BrokenStretch(piece.entry, f"bytes {resource.next_at} to {piece.at} of the response are missing")
            yield from self._stream(piece.stream).decoder.finish()
            resource.demultiplexer.skip(piece.at, at_border=sniffed("", content) is not None)
        self._resources.move_to_end(piece.resource)
        resource.next_at = piece.at + len(content)
        resource.pieces.append(piece)
        yield from self._decoded(resource.pieces, resource.demultiplexer.feed(content), decode=decode)
        while len(resource.pieces) > 1 and resource.pieces[1].at <= resource.demultiplexer.held_from:
            resource.pieces.popleft()
        if piece.last:
            yield from self._ended(piece.resource, decode=decode)

    def _segment(self, piece: MediaPiece, content: bytes, *, decode: bool) -> Iterator[Found]:
        """A finished fMP4 resource: an initialization segment, or one that needs one."""
        pieces, held = self._parts.setdefault(piece.resource, ([], bytearray()))
        pieces.append(piece)
        held += content
        if len(held) != piece.at + len(content):
            del self._parts[piece.resource]
            yield BrokenStretch(piece.entry, f"bytes of the response are missing before {piece.at}")
        elif piece.last:
            del self._parts[piece.resource]
            stream = self._stream(piece.stream)
            whole = bytes(held)
            if (tracks := tracks_of(whole)) is not None:
                stream.inits.append((piece.name, tracks))
                waiting, stream.held = stream.held, deque()
                for others, bytes_of in waiting:
                    yield from self._with_init(stream, others, bytes_of)
                if b"moof" not in whole:
                    for why in tracks.troubles:
                        yield BrokenStretch(piece.entry, why)
                    return
            if decode or piece.stream not in self.begun:  # the first picture's time is needed in any case
                yield from self._with_init(stream, pieces, whole)
        elif len(held) > MOST_SEGMENT:
            del self._parts[piece.resource]
            self._ignored[piece.resource] = None
            yield BrokenStretch(piece.entry, f"a segment of more than {MOST_SEGMENT} bytes")

    def _with_init(self, stream: _Stream, pieces: list[MediaPiece], content: bytes) -> Iterator[Found]:
        """Decode a segment with the initialization that fits: one of a like name, else the newest; else let it wait.

        A page may fetch a segment of a new rendition first and its initialization afterwards.
        """
        name = pieces[0].name
        alike = [(likeness(init, name), newer, tracks) for newer, (init, tracks) in enumerate(stream.inits)]
        alike.sort(key=lambda each: each[:2], reverse=True)
        if alike and alike[0][0] and not alike[0][2].pictures:
            return  # sound
        for _, _, tracks in alike:
            demultiplexer = Fragments(tracks)
            coded = [*demultiplexer.feed(content), *demultiplexer.finish()]
            begins = next((found for found in coded if isinstance(found, Coded)), None)
            if begins is None:
                continue
            if begins.key:  # it needs nothing of the segment before
                yield from stream.decoder.finish()
            results = self._decoded(deque(pieces), coded, decode=True)
            first = next(results, None)
            if not isinstance(first, BrokenStretch):
                yield from () if first is None else (first,)
                yield from results
                return
        if any(not tracks.pictures for _, _, tracks in alike):
            return  # it fits none of the initializations with pictures, and there is one of sound
        stream.held.append((pieces, content))
        while len(stream.held) > MOST_HELD or sum(len(held) for _, held in stream.held) > MOST_HELD_BYTES:
            others, _ = stream.held.popleft()
            yield BrokenStretch(others[0].entry, _NO_INIT)

    def _decoded(self, pieces: deque[MediaPiece], found: list[Piece], *, decode: bool) -> Iterator[Found]:
        """Decode what a demultiplexer found in these pieces."""
        decoder = self._stream(pieces[0].stream).decoder
        for what in found:
            piece = next((p for p in reversed(pieces) if p.at <= what.at), pieces[0])
            if isinstance(what, Trouble):
                # What follows may lean on a picture that is lost: a decoder would not tell, and show an old one.
                yield from decoder.finish()
                yield BrokenStretch(piece.entry, what.what)
                continue
            self.begun.setdefault(piece.stream, what.media_us)
            if decode:
                yield from decoder.decode(what, piece)

    def _ended(self, number: int, *, decode: bool = True) -> Iterator[Found]:
        resource = self._resources.pop(number)
        yield from self._decoded(resource.pieces, resource.demultiplexer.finish(), decode=decode)

    def _closed(self, number: int) -> Iterator[Found]:
        stream = self._streams.pop(number)
        yield from stream.decoder.finish()
        self._spared += stream.decoder.spared
        for pieces, _ in stream.held:
            yield BrokenStretch(pieces[0].entry, _NO_INIT)

    def _stream(self, number: int) -> _Stream:
        found = self._streams.get(number)
        if found is None:
            decoder = Decoder(keys_only=self._keys_only, apart_us=self._apart_us, most_pixels=self._most_pixels)
            found = self._streams[number] = _Stream(decoder)
        self._streams.move_to_end(number)
        return found

    def _make_room(self) -> Iterator[Found]:
        """What has not been heard of for longest is done with: a page may open any number of responses."""
        while len(self._resources) > MOST_RESOURCES:
            yield from self._ended(next(iter(self._resources)))
        while len(self._streams) > MOST_STREAMS:
            yield from self._closed(next(iter(self._streams)))
        while len(self._parts) > MOST_PARTS:
            self._parts.popitem(last=False)
        while len(self.begun) > MOST_BEGUN:
            self.begun.popitem(last=False)
        while len(self._ignored) > MOST_IGNORED:
            self._ignored.popitem(last=False)


_DEMULTIPLEXERS: Mapping[Container, Callable[[], Demultiplexer]] = {"flv": Flv, "fmp4": Fragments, "mpeg-ts": MpegTs}
