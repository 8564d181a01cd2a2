"""What the register says about each log: a fold over its entries, shared by the store and by verify. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from evidence_store.codec import is_digest, is_log_id
from evidence_store.entries import BlobRef, EntryType, StoredEntry
from evidence_store.errors import Malformed

SUBJECT_ROLE = "subject"
KINDS = ("capture", "reading")
LONGEST_UNSIGNED_NS = 180 * 1_000_000_000
"""How long entries of a log may go on without a checkpoint (one is due every 60 s): nobody signed for those after the
last one, so whoever has the files could have made them up."""
ENDINGS = (EntryType.LOG_CLOSED, EntryType.LOG_CUT_OFF)


class Ending(StrEnum):
    """How a log ended, as registered."""

    CLOSED = "closed"
    CUT_OFF = "cut off"


@dataclass(frozen=True, slots=True)
class Head:
    """A tree head of a log as registered: `root` and `head` are 64 hex, `at` is the register's index.

    `ending` says how the log ended there, None for a head on the way.
    """

    size: int
    root: str
    head: str
    at: int
    ending: Ending | None


@dataclass(slots=True)
class LogRecord:
    """Everything that the register says about one log."""

    log: str
    kind: str
    vkey: str
    signature: str
    opened_wall_ns: int
    opened_at: int
    subject: BlobRef | None
    heads: list[Head] = field(default_factory=list)
    ending: Ending | None = None


@dataclass(slots=True)
class Catalog:
    """The logs of a store in the order in which they were opened."""

    logs: dict[str, LogRecord] = field(default_factory=dict)

    def add(self, entry: StoredEntry) -> None:
        """Take in the next register entry; kinds without a meaning here are passed over.

        Raises Malformed when the entry lacks a member of FORMAT.md section 4 or breaks the order of section 7.
        """
        match entry.type:
            case EntryType.LOG_OPENED:
                self._opened(entry)
            case EntryType.LOG_HEAD:
                self._head(entry, None)
            case EntryType.LOG_CLOSED:
                self._head(entry, Ending.CLOSED)
            case EntryType.LOG_CUT_OFF:
                self._head(entry, Ending.CUT_OFF)

    def _opened(self, entry: StoredEntry) -> None:
        log, kind = entry.body.get("log"), entry.body.get("kind")
        vkey, signature = entry.body.get("vkey"), entry.body.get("signature")
        if not isinstance(log, str) or not is_log_id(log):
            raise malformed_entry(entry, "`log` is a log id", "32 hex", log)
        if kind not in KINDS:
            raise malformed_entry(entry, "`kind` is known", " or ".join(KINDS), kind)
        if not isinstance(vkey, str) or not isinstance(signature, str):
            raise malformed_entry(entry, "`vkey` and `signature` are there", "text", [vkey, signature])
        if log in self.logs:
            raise malformed_entry(entry, "a log is opened once", f"one log.opened for {log}", "a second")
        subject = next((blob for blob in entry.blobs if blob.role == SUBJECT_ROLE), None)
        self.logs[log] = LogRecord(log, str(kind), vkey, signature, entry.wall_ns, entry.index, subject)

    def _head(self, entry: StoredEntry, ending: Ending | None) -> None:
        log, size = entry.body.get("log"), entry.body.get("size")
        root, head = entry.body.get("root"), entry.body.get("head")
        record = self.logs.get(log) if isinstance(log, str) else None
        if record is None:
            raise malformed_entry(entry, "a head belongs to an opened log", "a log opened before", log)
        if record.ending is not None:
            raise malformed_entry(entry, "nothing follows the end of a log", f"no more heads of {log}", record.ending)
        if type(size) is not int or not isinstance(root, str) or not isinstance(head, str):
            raise malformed_entry(
                entry, "`size`, `root`, `head` are there", "a number and two digests", [size, root, head]
            )
        if not (is_digest(root) and is_digest(head)):
            raise malformed_entry(entry, "`root` and `head` are digests", "64 hex", [root, head])
        least = record.heads[-1].size if record.heads else 0
        if size < least:
            raise malformed_entry(entry, "a log only grows", f"size >= {least}", size)
        record.heads.append(Head(size, root, head, entry.index, ending))
        record.ending = ending


def build_catalog(entries: Iterable[StoredEntry]) -> Catalog:
    """The catalog of a register. Raises Malformed at the first entry that breaks the format."""
    catalog = Catalog()
    for entry in entries:
        catalog.add(entry)
    return catalog


def malformed_entry(entry: StoredEntry, rule: str, expected: object, got: object) -> Malformed:
    """The error of a register entry that lacks what FORMAT.md asks of its kind."""
    return Malformed(
        f"register entry {entry.index} ({entry.type}): {rule}",
        expected=expected,
        got=repr(got)[:200],
        next_step="livewitness verify STORE",
    )
