"""From a reading of the original video back to its picture: any point leads back to pixels (data path 7)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from crawler.readers.streams.decoding import VideoFrame
from crawler.readers.streams.frames import Frames
from crawler.readers.streams.pieces import SEGMENT, MediaPiece, piece_of
from evidence_store.entries import EntryType, StoredEntry
from evidence_store.errors import BlobMissing, Corrupt
from evidence_store.store import Store

BEFORE_NS = 20_000_000_000  # a picture may lean on one that came so long before
AFTER_PIECES = 3  # a decoder gives a picture some time after its bytes
MEDIA = frozenset({str(EntryType.MEDIA)})


def pictures_at(
    store: Store, capture_log: str, wanted: Collection[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], VideoFrame]]:
    """The pictures of (media entry, microseconds of media time), as readings of the video name them, in any order.

    A picture that can't be decoded any more (its bytes were erased) is left out.
    """
    left = set(wanted)
    entries = {entry for entry, _ in left}
    with store.reader(capture_log) as log:
        pieces = [(entry, piece) for entry in log.entries(types=MEDIA) if (piece := piece_of(entry)) is not None]
    streams = {piece.stream for _, piece in pieces if piece.entry in entries}
    for stream in sorted(streams):
        of_stream = [(entry, piece) for entry, piece in pieces if piece.stream == stream]
        times = [piece.from_ns for _, piece in of_stream if piece.entry in entries]
        last = max(n for n, (_, piece) in enumerate(of_stream) if piece.entry in entries) + AFTER_PIECES
        frames = Frames(keys_only=False)
        for entry, piece in of_stream[: last + 1]:
            decode = any(piece.to_ns >= at - BEFORE_NS and piece.from_ns <= at + BEFORE_NS for at in times)
            if not (decode or piece.init or piece.streamed):
                continue
            for found in _found(store, frames, entry, piece, decode=decode):
                name = (found.piece.entry, found.media_us)
                if name in left:
                    left.discard(name)
                    yield name, found
        for what in frames.finish():
            if isinstance(what, VideoFrame) and (what.piece.entry, what.media_us) in left:
                left.discard((what.piece.entry, what.media_us))
                yield (what.piece.entry, what.media_us), what


def _found(
    store: Store, frames: Frames, entry: StoredEntry, piece: MediaPiece, *, decode: bool
) -> Iterator[VideoFrame]:
    ref = next((blob for blob in entry.blobs if blob.role == SEGMENT), None)
    try:
        content = None if ref is None else store.blobs.read(ref)
    except (BlobMissing, Corrupt):
        content = None  # verify says what is wrong with it; here its pictures are not to be had
    found = frames.missing(piece, "no bytes") if content is None else frames.feed(piece, content, decode=decode)
    for what in found:
        if isinstance(what, VideoFrame):
            yield what
