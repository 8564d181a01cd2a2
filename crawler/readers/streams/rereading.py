"""Reads every picture of the original video in a stretch of a session, into a reading log of its own (data path 5).

Two passes over the capture log. The first takes the looks (when was which moment of the media on the screen), the
second the media: entries before the stretch give only what later ones need (initialization, configuration). The log is
written as the follower writes its own, and closed whatever happens.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from importlib.metadata import version

from crawler.clock import Clock
from crawler.readers.filing import filed
from crawler.readers.ocr import PADDED_WIDTH, Engine
from crawler.readers.records import MOST_READINGS
from crawler.readers.screen_reader import ScreenReader, ScreenRules
from crawler.readers.streams.following import StreamTally, VideoReader
from crawler.readers.streams.in_turn import InTurn, Stopped
from crawler.readers.streams.offset import MOST_BUFFER_NS
from crawler.readers.streams.pieces import SEGMENT, MediaPiece, piece_of
from crawler.readers.streams.playhead import APART_NS, look_of
from crawler.readers.streams.screenshots import screenshot_of
from crawler.readers.streams.video_readings import SOURCE, VideoReading, video_drafts
from crawler.readers.turns import Turns
from evidence_store.entries import JSON, EntryType, Receipt, StoredEntry
from evidence_store.errors import BlobMissing, Corrupt
from evidence_store.log import LogWriter
from evidence_store.reader import LogReader
from evidence_store.store import Store

MOST_WAITING = 8  # batches on their way to the disk
REPORT_EACH = 25  # pictures between two reports
MOST_CALIBRATING = 12  # pieces that are tried for the stream's times
SCREENS = frozenset({str(EntryType.SCREEN)})
MEDIA = frozenset({str(EntryType.MEDIA)})


@dataclass(frozen=True, slots=True)
class Reread:
    """What a run read: the reading log, why it ended, and what became of the pictures."""

    log: str
    reason: str  # "complete", "stopped" or "failed"
    tally: StreamTally


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    pictures: int  # decoded so far
    read: int
    entries_left: int  # media entries of the stretch


class VideoRereading:
    """One run over a stretch. Use once: `run`. `stop` may be called from anywhere.

    Opening it writes the reading log's first entry: source, stretch, models (BLAKE3), versions and rules. Raises as
    `Store.open_log` does.
    """

    def __init__(
        self,
        store: Store,
        capture_log: str,
        engine: Engine,
        clock: Clock,
        stretch: tuple[int, int],
        *,
        every_frame: bool,
        turns: Turns | None = None,
    ) -> None:
        """`stretch`: Unix nanoseconds (begin, end exclusive) at which the pictures were on the screen.

        `turns`: a turn at the cores is taken for each picture; None takes none.
        """
        rules = ScreenRules()
        self._store = store
        self._capture_log = capture_log
        self._clock = clock
        self._stretch = stretch
        self._stop = threading.Event()
        self._reader = VideoReader(
            InTurn(ScreenReader(engine, rules), turns, self._stop),
            keys_only=not every_frame,
            stretch=stretch,
            whatever=True,
            most_looks=1 << 20,
        )
        self._ids: dict[int, str] = {}
        self._waiting: list[VideoReading] = []
        self._sent: list[Future[Receipt]] = []
        self._read_to: int | None = None
        case, subject = filed(store, capture_log)
        body: dict[str, JSON] = {
            "reads": capture_log,
            "source": SOURCE,
            "every_frame": every_frame,
            "range": {"from": str(stretch[0]), "to": str(stretch[1])},
            "models": dict(engine.digests),
            "padded_width": dict(PADDED_WIDTH),
            "versions": {
                name: version(name) for name in ("paddleocr", "paddlex", "onnxruntime", "opencv-python", "av")
            },
            "rules": asdict(rules),
        }
        self._writer: LogWriter = store.open_log(
            "reading",
            case=case,
            subject=subject,
            body=body,
        )

    @property
    def log(self) -> str:
        """The reading log's id."""
        return self._writer.log

    def stop(self) -> None:
        """Ask for an early end, from any thread: it comes before the next picture is read."""
        self._stop.set()

    def run(self, say: Callable[[Progress], None] = lambda _: None) -> Reread:
        """Read the stretch. What was read before an error is kept, and the error raised."""
        reason = "failed"
        try:
            with self._store.reader(self._capture_log) as log:
                self._looks(log)
                wanted = list(self._pieces(log))
                self._calibrate(wanted)
                told = 0
                for number, (entry, piece, decode) in enumerate(wanted):
                    self._heed()
                    self._piece(entry, piece, decode=decode)
                    tally = self._reader.tally
                    if tally.pictures - told >= REPORT_EACH:
                        told = tally.pictures
                        say(Progress(tally.pictures, tally.read, len(wanted) - number - 1))
                self._take(self._reader.finish())
            reason = "complete"
        except Stopped:
            self._take(self._reader.unsettled())
            reason = "stopped"
        finally:
            self._close(reason)
        return Reread(self.log, reason, self._reader.tally)

    def _heed(self) -> None:
        if self._stop.is_set():
            raise Stopped

    def _looks(self, log: LogReader) -> None:
        for entry in log.entries(types=SCREENS):
            near = self._stretch[0] - _BEFORE_NS <= entry.wall_ns < self._stretch[1] + _BEFORE_NS
            look = look_of(entry) if near else None
            if look is not None:
                self._reader.look(look, screenshot_of(entry, self._store))

    def _calibrate(self, wanted: list[tuple[StoredEntry, MediaPiece, bool]]) -> None:
        """Learn when this player shows what, before anything is read."""
        tried = 0
        for entry, piece, decode in wanted:
            content = self._content(entry)
            self._heed()
            if isinstance(content, bytes):
                tried += decode
                if self._reader.calibrate(piece, content, decode=decode) or tried >= MOST_CALIBRATING:
                    break
        self._reader.begin()

    def _pieces(self, log: LogReader) -> Iterator[tuple[StoredEntry, MediaPiece, bool]]:
        """The media entries that are needed, and whether pictures of theirs may be of the stretch."""
        begun: dict[int, int] = {}
        for entry in log.entries(types=MEDIA):
            piece = piece_of(entry)
            if piece is None:
                continue
            if piece.from_ns >= self._stretch[1]:
                return
            decode = piece.to_ns >= self._stretch[0] - _BEFORE_NS
            begun[piece.stream] = begun.get(piece.stream, 0) + (not piece.init)
            # A stream's times and configuration stand at its beginning; an endless response is one chain of bytes.
            if decode or piece.init or piece.streamed or begun[piece.stream] <= 1:
                yield entry, piece, decode

    def _piece(self, entry: StoredEntry, piece: MediaPiece, *, decode: bool) -> None:
        if decode:
            self._ids[entry.index] = entry.id
            self._read_to = entry.index
        content = self._content(entry)
        if isinstance(content, bytes):
            self._take(self._reader.piece(piece, content, decode=decode))
        else:
            self._take(self._reader.missing(piece, content))

    def _content(self, entry: StoredEntry) -> bytes | str:
        """The bytes of a media entry; words, when they can't be had."""
        ref = next((blob for blob in entry.blobs if blob.role == SEGMENT), None)
        if ref is None:
            return "the entry names no segment"
        try:
            return self._store.blobs.read(ref)
        except (BlobMissing, Corrupt) as error:
            return f"{error.rule}: {error.got}"[:200]

    def _take(self, readings: list[VideoReading]) -> None:
        self._waiting += readings
        while len(self._waiting) >= MOST_READINGS:
            self._send(MOST_READINGS)

    def _send(self, count: int) -> None:
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        for draft in video_drafts(batch, self._ids, self._clock.now()):
            while len(self._sent) >= MOST_WAITING:
                self._sent.pop(0).result()
            self._sent.append(self._writer.submit(draft))

    def _close(self, reason: str) -> None:
        if self._waiting:
            self._send(len(self._waiting))
        body: dict[str, JSON] = {
            "read": self._reader.tally.read,
            "read_to": self._read_to,
            "pictures_left": 0 if reason == "complete" else None,
            **self._reader.told(),
        }
        self._writer.close(reason, body)
        for future in self._sent:
            future.result()


_BEFORE_NS = MOST_BUFFER_NS + APART_NS  # so long before it is shown a picture may have come
