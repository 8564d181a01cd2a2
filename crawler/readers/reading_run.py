"""One reading run: pictures of a capture log in, `readings` entries of a reading log of its own out (data path 5).

A closed reading log never grows; reading again is another run with another log. The run may be closed from another
thread while a picture is being read: what that picture would have given is then left out, and counted as not read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from importlib.metadata import version

from crawler.clock import Clock
from crawler.readers.filing import filed
from crawler.readers.ocr import PADDED_WIDTH, Engine
from crawler.readers.pictures import PictureError
from crawler.readers.readings import Reading, Status
from crawler.readers.records import MOST_READINGS, drafts
from crawler.readers.screen_reader import ScreenReader, ScreenRules, Tally
from crawler.readers.streams.key_pictures import APART_S, KeyPictures
from crawler.readers.streams.video_readings import VideoReading, video_drafts
from evidence_store.entries import JSON, Receipt, StoredEntry
from evidence_store.errors import BlobMissing, Corrupt
from evidence_store.store import Store

PICTURE = "picture"
MOST_UNDECODED = 200  # how many pictures that could not be decoded the closing entry names
MOST_LATEST = 64  # fields whose newest value is told
MOST_WAITING = 8  # batches on their way to the disk before reading waits for it


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `latest` is the newest accepted reading of each field."""

    read: int
    read_to: int | None  # index of the last capture entry read
    latest: Mapping[str, Reading]


@dataclass(frozen=True, slots=True)
class Closed:
    """What a closed run had read, and left; together all pictures that were there when it closed."""

    read: int
    left: int


class ReadingRun:
    """Reads pictures one by one and keeps what it read. `picture` from one thread, `close` from any.

    Opening it writes the reading log's first entry: what is read, and by which models (BLAKE3), versions and rules.
    Raises as `Store.open_log` and `LogWriter.submit` do.
    """

    def __init__(
        self,
        store: Store,
        capture_log: str,
        engine: Engine,
        clock: Clock,
        *,
        rules: ScreenRules | None = None,
        batch_s: float = 2.0,
        stretch: tuple[int, int] | None = None,
    ) -> None:
        """`stretch`: read pictures of these Unix nanoseconds only (begin, end exclusive); said in the first entry."""
        rules = rules or ScreenRules()
        self._store = store
        self._clock = clock
        self._batch_ns = int(batch_s * 1e9)
        self._reader = ScreenReader(engine, rules)
        # A part of a log can't be read so: what a stream began with lies before it (`reread --every-frame` can).
        self._video = KeyPictures(store, engine) if stretch is None else None
        self._video_waiting: list[VideoReading] = []
        self._lock = threading.Lock()
        self._waiting: list[Reading] = []
        self._ids: dict[int, str] = {}
        self._sent: list[Future[Receipt]] = []
        self._flushed_ns = clock.now().mono_ns
        self._read = 0
        self._read_to: int | None = None
        self._latest: dict[str, Reading] = {}
        self._undecoded: list[int] = []
        # What waits as of the last picture that was kept: the one in hand may be changing it just now.
        self._unsettled: list[Reading] = []
        self._video_unsettled: list[VideoReading] = []
        self._finished = False
        self._closed = False
        case, subject = filed(store, capture_log)
        body: dict[str, JSON] = {
            "reads": capture_log,
            "models": dict(engine.digests),
            "padded_width": dict(PADDED_WIDTH),
            "versions": {name: version(name) for name in ("paddleocr", "paddlex", "onnxruntime", "opencv-python")},
            "rules": asdict(rules),
        }
        if self._video is not None:
            body["key_pictures_every_s"] = APART_S
        if stretch is not None:
            body["range"] = {"from": str(stretch[0]), "to": str(stretch[1])}
        self._writer = store.open_log("reading", case=case, subject=subject, body=body)

    @property
    def log(self) -> str:
        """The reading log's id."""
        return self._writer.log

    @property
    def tally(self) -> Tally:
        """What was looked at and what was spared, so far."""
        return self._reader.tally

    def progress(self) -> Progress:
        """How far the run is now."""
        with self._lock:
            return Progress(self._read, self._read_to, dict(self._latest))

    def picture(self, entry: StoredEntry) -> bool:
        """Read one `screen` entry; false when the run was closed meanwhile (then nothing was kept)."""
        try:
            readings = self._look(entry)
        except (PictureError, BlobMissing, Corrupt):
            # What the picture lacks is for verify to judge; the run goes on and names it when it closes.
            readings = None
        with self._lock:
            if self._closed:
                return False
            self._ids[entry.index] = entry.id
            self._read += 1
            self._read_to = entry.index
            self._unsettled = self._reader.unsettled()
            if readings is None:
                self._undecoded.append(entry.index)
                return True
            self._keep(readings)
            due = self._clock.now().mono_ns - self._flushed_ns >= self._batch_ns
            if due or len(self._waiting) >= MOST_READINGS:
                self._flush()
        return True

    def video(self, entry: StoredEntry) -> bool:
        """Take a `screen` or `media` entry for what it says of the original video; false when the run was closed."""
        readings = self._video.take(entry) if self._video is not None else []
        with self._lock:
            if not self._closed:
                self._video_waiting += readings
                self._video_unsettled = self._video.unsettled() if self._video is not None else []
            return not self._closed

    def finish(self) -> None:
        """No picture follows: decide on the values that wait for one. From the thread that reads, before `close`."""
        readings = self._reader.finish()
        of_video = self._video.finish() if self._video is not None else []
        with self._lock:
            if not self._closed:
                self._finished = True
                self._keep(readings)
                self._video_waiting += of_video

    def waiting(self) -> list[Reading]:
        """New values that wait for another look, newest state; safe beside a running look."""
        return self._reader.waiting()

    def flush(self) -> None:
        """Send what waits, if a batch is due."""
        with self._lock:
            if not self._closed and self._clock.now().mono_ns - self._flushed_ns >= self._batch_ns:
                self._flush()

    def close(self, reason: str, left_after: Callable[[int | None], int]) -> Closed:
        """Keep what waits and close the reading log.

        `left_after` counts the pictures after the given entry; it is asked once nothing more can be read, so that
        read and left always add up to what was there.
        """
        with self._lock:
            self._closed = True
            if not self._finished:
                self._keep(self._unsettled)
                self._video_waiting += self._video_unsettled
            self._flush()
            pictures_left = left_after(self._read_to)
            body: dict[str, JSON] = {
                "read": self._read,
                "read_to": self._read_to,
                "pictures_left": pictures_left,
                "not_decoded": self._undecoded[:MOST_UNDECODED],
                "not_decoded_count": len(self._undecoded),
                "tally": asdict(self.tally),
                "video": self._video.told() if self._video is not None else None,
            }
            closed = Closed(self._read, pictures_left)
        self._writer.close(reason, body)
        for future in self._sent:
            future.result()
        return closed

    def _keep(self, readings: list[Reading]) -> None:
        """Take readings for the next batch; the caller holds the lock."""
        self._waiting += readings
        for reading in readings:
            newest = self._latest.get(reading.field)
            if reading.status is Status.ACCEPTED and (newest is None or newest.entry <= reading.entry):
                self._latest[reading.field] = reading
        if len(self._latest) > MOST_LATEST:  # fields that are long gone
            newest_first = sorted(self._latest.items(), key=lambda item: item[1].entry, reverse=True)
            self._latest = dict(newest_first[:MOST_LATEST])

    def _look(self, entry: StoredEntry) -> list[Reading]:
        ref = next((blob for blob in entry.blobs if blob.role == PICTURE), None)
        if ref is None:
            raise PictureError(
                f"capture entry {entry.index}: expected a blob with role {PICTURE}, got {entry.blobs!r:.200}"
            )
        return self._reader.read(entry.index, entry.wall_ns, self._store.blobs.read(ref))

    def _flush(self) -> None:
        """Send what waits; the caller holds the lock."""
        now = self._clock.now()
        self._flushed_ns = now.mono_ns
        of_video = video_drafts(self._video_waiting, self._video.ids, now) if self._video is not None else ()
        for draft in (*drafts(self._waiting, self._ids, now), *of_video):
            while len(self._sent) >= MOST_WAITING:
                self._sent.pop(0).result()
            self._sent.append(self._writer.submit(draft))
        self._waiting, self._video_waiting = [], []
        # Looking back names pictures of the last seconds again; older ids are not needed any more.
        self._ids = dict(sorted(self._ids.items())[-64:])
