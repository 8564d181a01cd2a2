"""One reading run over frames and answers: `messages` entries of a reading log of its own (data path 5).

As with pictures, a closed reading log never grows; a later adapter decodes the same frames again in another run. All
from one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from crawler.clock import Clock
from crawler.platforms import site_named
from crawler.readers.filing import MESSAGES, filed
from crawler.readers.messages.raw import RawPieces
from crawler.readers.messages.reader import MessageReader, Tally, Told
from crawler.readers.messages.records import ReadMessage, drafts
from evidence_store.entries import JSON, EntryType, Receipt, StoredEntry
from evidence_store.errors import BlobMissing, Corrupt, Malformed
from evidence_store.store import Store

READ = frozenset({str(EntryType.CHAT), str(EntryType.ANSWERS)})
BATCH_NS = 2_000_000_000
MOST_IN_BATCH = 2000
MOST_NAMED = 200  # entries that could not be read, named by the closing entry
MOST_WAITING = 8  # batches on their way to the disk before reading waits for it
GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class Closed:
    """What a closed run had read, and left, in entries of frames and answers."""

    read: int
    left: int


class MessageRun:
    """Decodes `chat` and `answers` entries one by one and keeps what they say.

    Opening it writes the reading log's first entry: what is read, and by which adapter. Raises as `Store.open_log` and
    `LogWriter.submit` do.
    """

    def __init__(self, store: Store, capture_log: str, platform: str, clock: Clock) -> None:
        """`platform`: the adapter's name, as the capture log's `room.state` entries give it."""
        self._store = store
        self._clock = clock
        self._raw = RawPieces()
        self._reader = MessageReader(site_named(platform))
        self._waiting: list[ReadMessage] = []
        self._ids: dict[int, str] = {}
        self._sent: list[Future[Receipt]] = []
        self._flushed_ns = clock.now().mono_ns
        self._unreadable: list[int] = []
        self.read = 0
        self.read_to: int | None = None
        case, subject = filed(store, capture_log)
        body: dict[str, JSON] = {"reads": capture_log, "source": MESSAGES, "platform": platform}
        self._writer = store.open_log("reading", case=case, subject=subject, body=body)

    @property
    def log(self) -> str:
        """The reading log's id."""
        return self._writer.log

    @property
    def tally(self) -> Tally:
        """What was read so far."""
        return self._reader.tally

    def entry(self, entry: StoredEntry) -> list[Told]:
        """Decode one `chat` or `answers` entry; returns what it tells of the room's state."""
        ref = next((blob for blob in entry.blobs if blob.parts_count is not None), None)
        try:
            parts = self._store.blobs.parts(ref) if ref is not None else []
        except (BlobMissing, Corrupt, Malformed):
            parts = []  # what the entry lacks is for verify to judge; it is named when the run closes
        if not parts:
            self._unreadable.append(entry.index)
        of = self._raw.of_chat if entry.type == EntryType.CHAT else self._raw.of_answers
        messages, told = self._reader.read(of(entry, parts) if parts else ())
        self.read += 1
        self.read_to = entry.index
        if messages:
            self._ids[entry.index] = entry.id
            self._waiting += messages
        if len(self._waiting) >= MOST_IN_BATCH:
            self._flush()
        return told

    def flush(self) -> None:
        """Send what waits, if a batch is due."""
        if self._waiting and self._clock.now().mono_ns - self._flushed_ns >= BATCH_NS:
            self._flush()

    def close(self, reason: str, left_after: Callable[[int | None], int]) -> Closed:
        """Keep what waits and close the reading log; `left_after` counts the entries after the given one."""
        self._flush()
        left = left_after(self.read_to)
        tally = self.tally
        body: dict[str, JSON] = {
            "entries_read": self.read,
            "entries_read_to": self.read_to,
            "entries_left": left,
            "unreadable": self._unreadable[:MOST_NAMED],
            "unreadable_count": len(self._unreadable),
            "tally": told_of(tally),
        }
        self._writer.close(reason, body)
        for future in self._sent:
            future.result()
        return Closed(self.read, left)

    def _flush(self) -> None:
        now = self._clock.now()
        self._flushed_ns = now.mono_ns
        for draft in drafts(self._waiting, self._ids, now):
            while len(self._sent) >= MOST_WAITING:
                self._sent.pop(0).result()
            self._sent.append(self._writer.submit(draft))
        self._waiting, self._ids = [], {}


def told_of(tally: Tally) -> dict[str, JSON]:
    """A tally as the closing entry has it."""
    return {
        "frames": tally.frames,
        "frames_sent": tally.frames_sent,
        "answers": tally.answers,
        "not_ours": tally.not_ours,
        "messages": tally.messages,
        "again": tally.again,
        "kinds": dict(sorted(tally.kinds.items())),
        "unknown": dict(tally.unknown.most_common()),
        "unknown_bytes": tally.unknown_bytes,
        "undecodable": dict(tally.undecodable.most_common()),
    }
