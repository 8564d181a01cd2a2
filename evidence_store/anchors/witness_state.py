"""What a witness remembers: for each log the last tree head that it cosigned, in one SQLite file.

Reading the last head, judging a request by it and keeping the new head are one `BEGIN IMMEDIATE` transaction, so that
of several requests, threads or processes none can put an older head over a newer one. A head is durable before its
cosignature leaves `advance`. Each row carries the witness's own cosignature over it: a row that was damaged or written
by somebody else no longer verifies, and then the witness refuses instead of starting over.

A whole file that was put back from an older copy can't be told from the present one: never do that; make a new witness.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from evidence_store.anchors.cosignature import CosignerKey
from evidence_store.anchors.witness_protocol import NOTHING_YET, Head, Refusal, Submission, judge
from evidence_store.durable import FileSystem
from evidence_store.errors import Corrupt, DiskFull, Malformed, StorageFailed, StoreError

APPLICATION_ID: Final = 0x4C575749  # "LWWI"
SCHEMA_VERSION: Final = 1
BUSY_S: Final = 5.0
"""How long a request waits for another process that writes."""
CONTRADICTIONS_LIMIT: Final = 16
"""Kept for each log. One proves the fork; whoever holds the log's key must not be able to fill the disk with more."""

_metadata = MetaData()
_owner = Table("owner", _metadata, Column("vkey", Text, primary_key=True), sqlite_strict=True)
_heads = Table(
    "heads",
    _metadata,
    Column("origin", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("text", Text, nullable=False),
    Column("line", Text, nullable=False),
    sqlite_strict=True,
)
_contradictions = Table(
    "contradictions",
    _metadata,
    Column("origin", Text, primary_key=True),
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, primary_key=True),
    Column("note", LargeBinary, nullable=False),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class CosignedHead:
    """The last tree head that was cosigned for a log: its note text, and the cosignature's line without line end."""

    head: Head
    text: str
    line: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A checkpoint that a log signed although another one of that size had been cosigned: `note` as it was received."""

    origin: str
    size: int
    note: bytes


class WitnessState:
    """The state of one witness. Safe for use by several threads and processes at once; keeps nothing open."""

    def __init__(self, path: Path, key: CosignerKey) -> None:
        self._path = path
        self._key = key
        self._engine = _engine(path)

    def advance(self, submission: Submission, cosign: Callable[[], str]) -> str | Refusal:
        """Judge an admitted request; if it stands, keep its head, durable, and give the cosignature's line.

        `cosign` gives that line (without line end) and is called only when the head is accepted. Nothing is kept, and
        no line is given, when this raises: Corrupt (the row does not verify), DiskFull, StorageFailed (also: busy).
        """
        origin = submission.checkpoint.origin
        with self._transaction() as connection:
            kept = self._read(connection, origin)
            known = kept.head if kept else NOTHING_YET
            verdict = judge(submission, known)
            if isinstance(verdict, Refusal):
                if kept and known.size == submission.head.size and known.root != submission.head.root:
                    self._keep_contradiction(connection, submission)
                return verdict
            line = cosign()
            connection.execute(delete(_heads).where(_heads.c.origin == origin))
            connection.execute(
                insert(_heads).values(
                    origin=origin, size=verdict.size, root=verdict.root, text=submission.note.text, line=line
                )
            )
        return line

    def heads(self) -> dict[str, CosignedHead]:
        """All last heads by origin, each checked. Raises Corrupt."""
        with self._transaction() as connection:
            origins = connection.execute(select(_heads.c.origin).order_by(_heads.c.origin)).scalars().all()
            found = {origin: self._read(connection, origin) for origin in origins}
        return {origin: kept for origin, kept in found.items() if kept}

    def contradictions(self) -> list[Contradiction]:
        """Signed checkpoints that contradict one that was cosigned, by log and size."""
        columns = (_contradictions.c.origin, _contradictions.c.size, _contradictions.c.note)
        with self._transaction() as connection:
            rows = connection.execute(select(*columns).order_by(*columns)).all()
        return [Contradiction(*row) for row in rows]

    def check(self) -> None:
        """Raise Corrupt unless the file is there, sound, of this witness, and each row verifies; or StorageFailed."""
        if not self._path.is_file():
            raise self._corrupt("no such file")
        with self._transaction() as connection:
            marks = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("application_id", "user_version")
            ]
            if marks != [APPLICATION_ID, SCHEMA_VERSION]:
                raise self._corrupt(f"application_id {marks[0]:#x}, user_version {marks[1]}")
            if (verdict := connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()) != "ok":
                raise self._corrupt(str(verdict)[:200])
            owners = connection.execute(select(_owner.c.vkey)).scalars().all()
            if owners != [str(self._key)]:
                raise self._corrupt(f"the state of {', '.join(owners) or 'nobody'}")
        self.heads()

    def _read(self, connection: Connection, origin: str) -> CosignedHead | None:
        row = connection.execute(select(_heads).where(_heads.c.origin == origin)).one_or_none()
        if row is None:
            return None
        try:
            signed = self._key.verify(row.line, row.text)
        except Malformed as error:
            raise self._corrupt(f"the head of {origin}: {error.rule}: {error.got}") from error
        if (signed.origin, signed.size, signed.root) != (origin, row.size, row.root):
            raise self._corrupt(f"the head of {origin}: size {row.size} beside a cosignature of size {signed.size}")
        return CosignedHead(Head(row.size, row.root), row.text, row.line)

    def _keep_contradiction(self, connection: Connection, submission: Submission) -> None:
        head, origin = submission.head, submission.checkpoint.origin
        of_log = select(_contradictions.c.size, _contradictions.c.root).where(_contradictions.c.origin == origin)
        known = connection.execute(of_log).all()
        if (head.size, head.root) not in [tuple(row) for row in known] and len(known) < CONTRADICTIONS_LIMIT:
            connection.execute(
                insert(_contradictions).values(origin=origin, size=head.size, root=head.root, note=submission.raw)
            )

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._failed(error) from error
        except UnicodeDecodeError as error:  # SQLite's own message quotes a damaged schema, and sqlite3 can't read it
            raise self._corrupt(f"{self._path}: {error}") from error

    def _failed(self, error: DBAPIError) -> StoreError:
        name = getattr(error.orig, "sqlite_errorname", None) or type(error.orig).__name__
        got = f"{self._path}: {name} {error.orig}"
        if name == "SQLITE_FULL":
            return DiskFull("a witness keeps what it cosigns", expected="room", got=got, next_step="df -h FOLDER")
        if name in {"SQLITE_NOTADB", "SQLITE_ERROR"} or name.startswith("SQLITE_CORRUPT"):  # ERROR: a table is missing
            return self._corrupt(got)
        return StorageFailed("a witness keeps what it cosigns", expected="no error", got=got, next_step="dmesg | tail")

    def _corrupt(self, got: str) -> Corrupt:
        return Corrupt(
            "a witness knows what it cosigned last",
            expected=f"its own sound heads.db, as it left it ({self._key.name})",
            got=got,
            next_step="never put an older heads.db back; make a new one: livewitness witness init FOLDER --name NAME",
        )


def create_state(path: Path, key: CosignerKey, files: FileSystem) -> None:
    """Make the empty state of a new witness; durable after `sync_folder` of its folder. OSError or StorageFailed."""
    draft = path.with_name(f"{path.name}.new")
    files.write_new(draft, b"", mode=0o600)
    engine = _engine(draft)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
            _metadata.create_all(connection)
            connection.execute(insert(_owner).values(vkey=str(key)))
    except DBAPIError as error:
        raise StorageFailed(
            "a witness's state is made", expected="no error", got=f"{draft}: {error.orig}", next_step="dmesg | tail"
        ) from error
    files.rename(draft, path)


def _engine(path: Path) -> Engine:
    engine = create_engine("sqlite+pysqlite://", creator=lambda: _connect(path), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _connect(path: Path) -> sqlite3.Connection:
    # isolation_level=None: we say BEGIN ourselves, sqlite3's own late BEGIN would read before it locks.
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_S,
    )
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 4 << 20)
        # One plain file: no WAL beside it that a copy could miss. EXTRA: a commit lasts once the journal is removed.
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA fullfsync = ON")  # macOS only; elsewhere it changes nothing
        connection.execute("PRAGMA trusted_schema = OFF")
    except (sqlite3.Error, UnicodeDecodeError):
        connection.close()
        raise
    return connection
