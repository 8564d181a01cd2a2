"""What a follower does with the original video: its key pictures are read beside the screenshots (data path 5).

Handed each `screen` and `media` entry in the order of the log, from one thread. Nothing is decoded while the screenshot
shows as much, and of the key pictures one in `APART_S`: a second source for values that stay, not a second watch.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace

from crawler.readers.ocr import Engine
from crawler.readers.screen_reader import ScreenReader, ScreenRules
from crawler.readers.streams.following import VideoReader
from crawler.readers.streams.pieces import SEGMENT, piece_of
from crawler.readers.streams.playhead import look_of
from crawler.readers.streams.screenshots import screenshot_of
from crawler.readers.streams.video_readings import VideoReading
from evidence_store.entries import JSON, EntryType, StoredEntry
from evidence_store.errors import BlobMissing, Corrupt
from evidence_store.store import Store

APART_S = 3.0
# A search of 720x1280 px costs as much as three key pictures.
RULES = replace(ScreenRules(), search_every_s=30.0, search_missing_s=30.0)
MOST_IDS = 4096  # a picture may wait for its time for half a minute, and its value for the next picture


class KeyPictures:
    """Reads key pictures of one capture log. `take` and `finish` from one thread, `unsettled` from any."""

    def __init__(self, store: Store, engine: Engine, rules: ScreenRules = RULES, *, apart_s: float = APART_S) -> None:
        self._store = store
        self._reader = VideoReader(ScreenReader(engine, rules), keys_only=True, apart_s=apart_s)
        self._ids: OrderedDict[int, str] = OrderedDict()

    @property
    def ids(self) -> Mapping[int, str]:
        """The ids of the media entries that readings name, for `video_drafts`."""
        return self._ids

    def take(self, entry: StoredEntry) -> list[VideoReading]:
        """The next `screen` or `media` entry; other kinds say nothing of the video. Readings may be of earlier ones."""
        if entry.type == EntryType.SCREEN:
            look = look_of(entry)
            return [] if look is None else self._reader.look(look, screenshot_of(entry, self._store))
        piece = piece_of(entry) if entry.type == EntryType.MEDIA else None
        if piece is None:
            return []
        self._ids[entry.index] = entry.id
        if len(self._ids) > MOST_IDS:
            self._ids.popitem(last=False)
        ref = next((blob for blob in entry.blobs if blob.role == SEGMENT), None)
        if ref is None:
            return self._reader.missing(piece, "the entry names no segment")
        try:
            content = self._store.blobs.read(ref)
        except (BlobMissing, Corrupt) as error:
            return self._reader.missing(piece, f"{error.rule}: {error.got}"[:200])
        return self._reader.piece(piece, content)

    def finish(self) -> list[VideoReading]:
        """No entry follows."""
        return self._reader.finish()

    def unsettled(self) -> list[VideoReading]:
        """For a run that is stopped in the middle: values that wait, as no values."""
        return self._reader.unsettled()

    def told(self) -> dict[str, JSON]:
        """What became of the pictures, and how each stream's times were told, for the closing entry."""
        return self._reader.told()
