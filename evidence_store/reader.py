"""Reading one log, or the register: used by the store, by verify and by whoever follows a log.

Nothing here writes. Reading works while another process appends; rows are fetched in pages, so that no long read
transaction keeps SQLite's WAL from being folded back, and memory stays at one page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from evidence_store import tables
from evidence_store.codec import parse_entry
from evidence_store.entries import EntryType, StoredEntry
from evidence_store.errors import Corrupt
from evidence_store.marker import REGISTER_NAME

PAGE = 256


class Row(NamedTuple):
    """A row of `entries` as it lies there, nothing checked."""

    idx: int
    id: str
    type: str
    raw: bytes


class CheckpointRow(NamedTuple):
    """A row of `checkpoints` as it lies there, nothing checked."""

    size: int
    note: bytes
    frontier: bytes


class LogReader:
    """Reads a log that may be growing. Safe from any thread; close it, or use it in a `with`.

    Entries come in index order and exactly once. An iterator ends at the size that the log has when it gets there;
    to follow a log, ask again from the next index. Raises Corrupt or Malformed for a row that is not what FORMAT.md
    says; only `livewitness verify` checks the chain.
    """

    def __init__(self, path: Path, log: str) -> None:
        self.log = log
        self.path = path
        self._schema = tables.schema_names(tables.REGISTER_TABLES if path.name == REGISTER_NAME else tables.LOG_TABLES)
        self._engine = tables.open_database(path, "ro")

    def entries(self, start: int = 0, types: Collection[str] | None = None) -> Iterator[StoredEntry]:
        """Entries from index `start`, of the given types only (all when None)."""
        for row in self.rows(start, types):
            yield self._parsed(row)

    def size(self) -> int:
        """How many entries are committed now."""
        query = select(func.coalesce(func.max(tables.entries.c.idx) + 1, 0))
        try:
            with self._engine.begin() as connection:
                return int(connection.execute(query).scalar_one())
        except DBAPIError as error:
            raise tables.database_error(error, self.path) from error

    def entry(self, index: int) -> StoredEntry:
        """The entry at an index. Raises IndexError when there is none (yet)."""
        for row in self.rows(index):
            if row.idx == index:
                return self._parsed(row)
            break
        raise IndexError(f"log {self.log} has no entry {index}")

    def last(self) -> StoredEntry | None:
        """The newest entry, None in an empty log."""
        size = self.size()
        return self.entry(size - 1) if size else None

    def closed(self) -> bool:
        """Whether the log ends in `session.close`. A cut-off log never does: ask the store for its state."""
        last = self.last()
        return last is not None and last.type == EntryType.SESSION_CLOSE

    def rows(self, start: int = 0, types: Collection[str] | None = None) -> Iterator[Row]:
        """Rows of `entries` from an index on, unchecked."""
        table = tables.entries
        query = select(table.c.idx, table.c.id, table.c.type, table.c.raw).order_by(table.c.idx).limit(PAGE)
        if types is not None:
            query = query.where(table.c.type.in_([str(kind) for kind in types]))
        while True:
            try:
                with self._engine.begin() as connection:
                    page = [_row(*row) for row in connection.execute(query.where(table.c.idx >= start))]
            except DBAPIError as error:
                raise tables.database_error(error, self.path) from error
            yield from page
            if len(page) < PAGE:
                return
            start = page[-1].idx + 1

    def checkpoints(self, start: int = 0) -> Iterator[CheckpointRow]:
        """Checkpoint rows from a size on, unchecked."""
        table = tables.checkpoints
        query = select(table.c.size, table.c.note, table.c.frontier).order_by(table.c.size).limit(PAGE)
        while True:
            try:
                with self._engine.begin() as connection:
                    page = [_checkpoint(*row) for row in connection.execute(query.where(table.c.size >= start))]
            except DBAPIError as error:
                raise tables.database_error(error, self.path) from error
            yield from page
            if len(page) < PAGE:
                return
            start = page[-1].size + 1

    def last_checkpoint(self) -> CheckpointRow | None:
        """The newest checkpoint row, unchecked; None when there is none."""
        table = tables.checkpoints
        query = select(table.c.size, table.c.note, table.c.frontier).order_by(table.c.size.desc()).limit(1)
        try:
            with self._engine.begin() as connection:
                row = connection.execute(query).first()
        except DBAPIError as error:
            raise tables.database_error(error, self.path) from error
        return None if row is None else _checkpoint(*row)

    def integrity(self) -> list[str]:
        """What SQLite's integrity check finds, and tables and triggers that differ; empty in a sound file."""
        try:
            with self._engine.connect() as connection:
                found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
                names = connection.exec_driver_sql("SELECT type, name FROM sqlite_schema").all()
        except DBAPIError as error:
            raise tables.database_error(error, self.path) from error
        there = {(str(kind), str(name)) for kind, name in names if kind != "index"}
        problems = [str(line) for line in found if line != "ok"]
        problems += [f"{kind} {name} is missing" for kind, name in sorted(self._schema - there)]
        return problems + [f"{kind} {name} does not belong here" for kind, name in sorted(there - self._schema)]

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _parsed(self, row: Row) -> StoredEntry:
        entry = parse_entry(row.raw)
        if (entry.index, entry.log) != (row.idx, self.log):
            raise Corrupt(
                "an entry lies where it says",
                expected=f"entry {row.idx} of log {self.log}",
                got=f"entry {entry.index} of log {entry.log}",
                next_step="livewitness verify STORE",
            )
        return entry


def _row(idx: object, entry_id: object, kind: object, raw: object) -> Row:
    # A STRICT table can hold nothing else; a file made by somebody else can.
    if isinstance(idx, int) and isinstance(entry_id, str) and isinstance(kind, str) and isinstance(raw, bytes):
        return Row(idx, entry_id, kind, raw)
    raise _wrong_types("entries", "a number, two texts, bytes", (idx, entry_id, kind, raw))


def _checkpoint(size: object, note: object, frontier: object) -> CheckpointRow:
    if isinstance(size, int) and isinstance(note, bytes) and isinstance(frontier, bytes):
        return CheckpointRow(size, note, frontier)
    raise _wrong_types("checkpoints", "a number and twice bytes", (size, note, frontier))


def _wrong_types(table: str, expected: str, got: tuple[object, ...]) -> Corrupt:
    return Corrupt(
        f"a row of {table} has the types of FORMAT.md section 6",
        expected=expected,
        got=", ".join(type(value).__name__ for value in got),
        next_step="livewitness verify STORE",
    )
