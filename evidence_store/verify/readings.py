"""Check 19: what a reading log was read from is there, and what it counts (FORMAT.md section 4)."""

from __future__ import annotations

from collections.abc import Iterator

from evidence_store.catalog import Catalog, LogRecord
from evidence_store.databases.seam import Databases
from evidence_store.entries import JSON, EntryType, StoredEntry
from evidence_store.errors import StoreError
from evidence_store.reader import LogReader
from evidence_store.verify.garbled import garbled_is_corrupt
from evidence_store.verify.reading_counts import Pictures, ReadingCounts, spared
from evidence_store.verify.report import Findings

PIECES = frozenset({str(EntryType.CHAT), str(EntryType.ANSWERS)})


class ReadingCheck:
    """Compares the entries of one reading log with the capture log that it names. Close it."""

    def __init__(self, record: LogRecord, databases: Databases, catalog: Catalog, findings: Findings) -> None:
        self._record = record
        self._databases = databases
        self._catalog = catalog
        self._findings = findings
        self._captured: LogReader | None = None
        self._pictures: Pictures | None = None
        self._counts: ReadingCounts | None = None
        self._size = 0
        self._parts: tuple[int, int] | None = None  # of the entry that was asked for last
        self._over = False  # the capture log had ended before this log was opened

    def take(self, entry: StoredEntry, where: str) -> None:
        """Look at the next entry of the reading log."""
        if entry.index == 0:
            self._open(entry.body.get("reads"), where)
            self._counts = ReadingCounts(entry.body)
            return
        try:
            with garbled_is_corrupt():
                if entry.type == EntryType.READINGS:
                    self._take_batch(entry, where)
                elif entry.type == EntryType.MESSAGES:
                    self._take_messages(entry, where)
                elif entry.type == EntryType.SESSION_CLOSE and self._counts is not None and self._pictures is not None:
                    self._counts.check(entry, self._pictures, self._findings, where, over=self._over)
        except StoreError as error:  # of the capture log: the reading log is not to be blamed
            expected = f"a capture log that can be read: {error.expected}"
            self._findings.fail(19, expected=expected, got=error.got, where=where)

    def _take_batch(self, entry: StoredEntry, where: str) -> None:
        found = list(_named(entry))
        if not found:  # a batch that leads back to no picture
            self._findings.fail(19, expected="`readings`, each with its `entry`", got="none", where=where)
        for named in found:
            self._findings.count(19)
            self._check(named, where)
        not_looked = spared(entry.body)
        if not_looked is None:
            got = repr(entry.body.get("not_looked"))[:80]
            self._findings.fail(19, expected="`not_looked`: a list of {field, entries}", got=got, where=where)
        elif self._pictures is not None:
            strangers = [index for index in not_looked if not self._pictures.has(index)]
            if strangers:
                self._findings.fail(
                    19,
                    expected="`not_looked`: indexes of `screen` or `media` entries of the capture log",
                    got=f"{strangers[0]!r:.80}",
                    where=where,
                )
        if self._counts is not None:
            self._counts.take(entry, not_looked or [])

    def _take_messages(self, entry: StoredEntry, where: str) -> None:
        messages = entry.body.get("messages")
        for item in messages if isinstance(messages, list) and messages else [None]:
            named = item if isinstance(item, dict) else {}
            self._findings.count(19)
            self._check((named.get("entry"), named.get("entry_id")), where)
            parts, piece = self._parts_of(named.get("entry")), named.get("piece")
            if parts is not None and not (type(piece) is int and 0 < piece < parts):
                self._findings.fail(
                    19,
                    expected=f"`piece`: a part, from 1, of a `chat` or `answers` entry (of the {parts} it has)",
                    got=repr(piece)[:80],
                    where=where,
                )

    def _parts_of(self, index: JSON) -> int | None:
        """Into how many parts the frames or answers of a capture entry are divided; 0 for an entry of another kind."""
        if self._captured is None or type(index) is not int or not 0 <= index < self._size:
            return None  # said already
        if self._parts is None or self._parts[0] != index:
            entry = self._captured.entry(index)
            count = max((blob.parts_count or 0 for blob in entry.blobs), default=0) if entry.type in PIECES else 0
            self._parts = (index, count)
        return self._parts[1]

    def close(self) -> None:
        if self._captured is not None:
            self._captured.close()

    def _open(self, reads: JSON, where: str) -> None:
        record = self._catalog.logs.get(reads) if isinstance(reads, str) else None
        if record is None or record.kind != "capture":
            self._findings.fail(19, expected="`reads`: a capture log of this store", got=repr(reads)[:80], where=where)
            return
        try:
            with garbled_is_corrupt():
                self._captured = LogReader(self._databases.log(record.log, "ro"))
                self._size = self._captured.size()
                self._pictures = Pictures(self._captured)
                self._over = record.ending is not None and record.heads[-1].at < self._record.opened_at
        except StoreError as error:
            self._findings.fail(19, expected=f"capture log {record.log}", got=error.got, where=where)

    def _check(self, named: tuple[JSON, JSON], where: str) -> None:
        index, entry_id = named
        if self._captured is None:
            self._findings.fail(19, expected="a capture log to read from", got="none", where=where)
            return
        if type(index) is int and index >= self._size:  # the capture log may have grown since
            self._size = self._captured.size()
        if type(index) is not int or not 0 <= index < self._size:
            self._findings.fail(
                19,
                expected=f"`entry`: an index of capture log {self._captured.log} ({self._size} entries)",
                got=repr(index)[:80],
                where=where,
            )
        elif entry_id is not None:
            found = next(self._captured.rows(index), None)
            if found is None or found.id != entry_id:
                self._findings.fail(
                    19,
                    expected=f"`entry_id` {found.id if found else '(none)'} of capture entry {index}",
                    got=repr(entry_id)[:80],
                    where=where,
                )


def _named(entry: StoredEntry) -> Iterator[tuple[JSON, JSON]]:
    """(index, id or None) of each capture entry that a `readings` entry names."""
    readings = entry.body.get("readings")
    common = "entry" in entry.body
    if common or "entry_id" in entry.body:
        yield entry.body.get("entry"), entry.body.get("entry_id")
    for item in readings if isinstance(readings, list) else [None]:
        if isinstance(item, dict) and ("entry" in item or "entry_id" in item):
            yield item.get("entry"), item.get("entry_id")
        elif not common:
            yield None, None  # a reading that names no picture
