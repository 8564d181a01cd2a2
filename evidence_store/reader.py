"""Reading one log, or the register: used by the store, by verify and by whoever follows a log.

Nothing here writes. Reading works while another process appends; rows are fetched in pages, so that no long read
transaction keeps SQLite's WAL from being folded back, and memory stays at one page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from types import TracebackType
from typing import NamedTuple, Self

from sqlalchemy import func, select

from evidence_store.codec import parse_entry
from evidence_store.databases.seam import Database
from evidence_store.entries import EntryType, StoredEntry
from evidence_store.errors import Corrupt

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

    def __init__(self, database: Database) -> None:
        self.log = database.log
        self._database = database

    def entries(
        self, start: int = 0, types: Collection[str] | None = None, naming: str | None = None
    ) -> Iterator[StoredEntry]:
        """Entries from index `start`, of the given types only (all when None).

        `naming`: only those in whose bytes this text stands somewhere; parsing all others is what takes long.
        """
        wanted = (naming or "").encode()
        for row in self.rows(start, types):
            if wanted in row.raw:
                yield self._parsed(row)

    def size(self) -> int:
        """How many entries are committed now."""
        table = self._database.entries
        query = self._database.only(select(func.coalesce(func.max(table.c.idx) + 1, 0)), table)
        with self._database.transaction() as connection:
            return int(connection.execute(query).scalar_one())

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

    def newest(self, *, without: Collection[str] = ()) -> int | None:
        """The index of the newest entry that is of none of these types; None when there is none."""
        table = self._database.entries
        query = self._database.only(select(table.c.idx), table).order_by(table.c.idx.desc()).limit(1)
        query = query.where(table.c.type.not_in([str(kind) for kind in without]))
        with self._database.transaction() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else int(found)

    def closed(self) -> bool:
        """Whether the log ends in `session.close`. A cut-off log never does: ask the store for its state."""
        last = self.last()
        return last is not None and last.type == EntryType.SESSION_CLOSE

    def rows(self, start: int = 0, types: Collection[str] | None = None) -> Iterator[Row]:
        """Rows of `entries` from an index on, unchecked."""
        table = self._database.entries
        query = self._database.only(select(table.c.idx, table.c.id, table.c.type, table.c.raw), table)
        query = query.order_by(table.c.idx).limit(PAGE)
        if types is not None:
            query = query.where(table.c.type.in_([str(kind) for kind in types]))
        while True:
            with self._database.transaction() as connection:
                page = [_row(*row) for row in connection.execute(query.where(table.c.idx >= start))]
            yield from page
            if len(page) < PAGE:
                return
            start = page[-1].idx + 1

    def checkpoints(self, start: int = 0) -> Iterator[CheckpointRow]:
        """Checkpoint rows from a size on, unchecked."""
        table = self._database.checkpoints
        query = self._database.only(select(table.c.size, table.c.note, table.c.frontier), table)
        query = query.order_by(table.c.size).limit(PAGE)
        while True:
            with self._database.transaction() as connection:
                page = [_checkpoint(*row) for row in connection.execute(query.where(table.c.size >= start))]
            yield from page
            if len(page) < PAGE:
                return
            start = page[-1].size + 1

    def last_checkpoint(self) -> CheckpointRow | None:
        """The newest checkpoint row, unchecked; None when there is none."""
        table = self._database.checkpoints
        query = self._database.only(select(table.c.size, table.c.note, table.c.frontier), table)
        with self._database.transaction() as connection:
            row = connection.execute(query.order_by(table.c.size.desc()).limit(1)).first()
        return None if row is None else _checkpoint(*row)

    def integrity(self) -> list[str]:
        """What the database's own checks find, and tables and triggers that differ; empty in a sound one."""
        return self._database.problems()

    def close(self) -> None:
        self._database.close()

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
