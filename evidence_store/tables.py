"""The tables of a log and of the register on SQLite, and how their files are opened (`databases/` has PostgreSQL's).

Each log is a file of its own. Append-only is kept three times: triggers (in the file, for every program),
an authorizer (on our connections), and `recursive_triggers`, without which REPLACE deletes rows past the triggers.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from evidence_store.errors import Corrupt, DiskFull, FutureFormat, ReadOnlyStore, StorageFailed, StoreError

APPLICATION_ID: Final = 0x4C575354  # "LWST"
SCHEMA_VERSION: Final = 1
BUSY_S: Final = 30.0

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),  # random: an index on it would touch a page for each entry
    Column("type", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    CheckConstraint("length(raw) <= 65535", name="entry_limit"),
    sqlite_strict=True,
)
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    sqlite_strict=True,
)
leases = Table(
    "leases",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("holder", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("wall", Text, nullable=False),
    sqlite_strict=True,
)

LOG_TABLES = (entries, checkpoints, leases)
REGISTER_TABLES = (entries, checkpoints)

_NEXT_ONLY = {
    entries.name: ("idx", "NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries)"),
    checkpoints.name: ("size", "NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints)"),
    leases.name: ("epoch", "NEW.epoch IS NOT (SELECT coalesce(max(epoch) + 1, 1) FROM leases)"),
}
_DENIED = {
    sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_DELETE,
    sqlite3.SQLITE_DROP_TABLE,
    sqlite3.SQLITE_DROP_TRIGGER,
    sqlite3.SQLITE_DROP_INDEX,
    sqlite3.SQLITE_ALTER_TABLE,
    sqlite3.SQLITE_ATTACH,
}
_ALLOWED_PRAGMAS = {"integrity_check", "user_version", "application_id", "busy_timeout", "journal_mode"}


def create_database(path: Path, tables: tuple[Table, ...]) -> None:
    """Make an empty database with its tables and triggers. The file must not exist.

    It is made under another name and renamed when it is whole, so that a file of this name always has its tables. The
    caller fsyncs the folder. Raises StoreError.
    """
    draft = path.with_name(f"{path.name}.new")
    try:
        # Not in WAL mode: what fails when SQLite folds a WAL in as it closes is told to nobody, and the file that is
        # renamed would be without its tables. One plain transaction either stands or raises.
        engine = _engine(draft, "new", guarded=False)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
                metadata.create_all(connection, tables=list(tables))
                for table in tables:
                    _add_triggers(connection, table)
                if leases not in tables:
                    # The register: opening a store asks it for openings and endings, which are few among heads.
                    connection.exec_driver_sql(f"CREATE INDEX {entries.name}_by_type ON {entries.name} (type)")
        finally:
            engine.dispose()
        draft.rename(path)
    except (DBAPIError, sqlite3.Error) as error:
        raise database_error(error, path) from error


def close_database(engine: Engine) -> bool:
    """Close a database that was open for writing and, if nobody else uses it, leave it as one plain file.

    In a plain file (no WAL) a reader leaves nothing behind, and a read-only medium can hold it. False when somebody
    else uses it, or the disk refuses: then the WAL stays beside the file, which loses nothing.
    """
    # Not a SQLAlchemy connection: it would begin a transaction, and the journal mode can't be changed inside one.
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA busy_timeout = 0")
        cursor.execute("PRAGMA journal_mode = MEMORY")  # see _use_wal
        return bool(cursor.fetchone() == ("memory",))
    except sqlite3.DatabaseError:
        return False
    finally:
        raw.close()
        engine.dispose()


def schema_names(tables: tuple[Table, ...]) -> frozenset[tuple[str, str]]:
    """What a database with these tables holds, as (type, name) of sqlite_schema, indexes left out."""
    rules = ("no_update", "no_delete", "in_order")
    triggers = [("trigger", f"{table.name}_{rule}") for table in tables for rule in rules]
    return frozenset([("table", table.name) for table in tables] + triggers)


def open_database(path: Path, mode: Literal["ro", "rw"]) -> Engine:
    """An engine on an existing database. Transactions of "rw" begin IMMEDIATE; "ro" never writes a row.

    "ro" works while another process writes (WAL). It falls back to SQLite's `immutable` only where SQLite can't put its
    shared memory beside the file (a read-only medium) and no WAL lies there, so nothing can be missed. Raises Corrupt
    or FutureFormat when the file is not what FORMAT.md section 6 says.
    """
    if not path.is_file():
        raise Corrupt(
            "a database of the store is there",
            expected=path.name,
            got="no such file",
            next_step="livewitness verify STORE",
        )
    if not os.access(path, os.R_OK):  # SQLite would only say that it can't open the file
        raise StorageFailed(
            "a database can be read",
            expected="a file that this user may read",
            got=f"{path.name}: Permission denied",
            next_step="ls -l STORE",
        )
    engine = _engine(path, mode, guarded=True)
    try:
        # Not a SQLAlchemy connection: it would begin a transaction, and wait for whoever holds the register just now.
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            (application,) = cursor.execute("PRAGMA application_id").fetchone()
            (version,) = cursor.execute("PRAGMA user_version").fetchone()
        finally:
            raw.close()
    except (DBAPIError, sqlite3.Error) as error:
        engine.dispose()
        raise database_error(error, path) from error
    if application != APPLICATION_ID or version != SCHEMA_VERSION:
        engine.dispose()
        kind = FutureFormat if application == APPLICATION_ID and version > SCHEMA_VERSION else Corrupt
        raise kind(
            "a database of the store is marked as one",
            expected=f"application_id {APPLICATION_ID:#x}, user_version {SCHEMA_VERSION}",
            got=f"{path.name}: {application:#x}, {version}",
            next_step="update livewitness" if kind is FutureFormat else "livewitness verify STORE",
        )
    return engine


def database_error(error: DBAPIError | sqlite3.Error, path: Path) -> StoreError:
    """The StoreError that says what a database error means for the store."""
    original = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(original, "sqlite_errorname", None) or type(original).__name__
    got = f"{path.name}: {name} {original}"
    # SQLITE_IOERR_SHMSIZE: no room to grow the shared memory file, which is a full disk under another name.
    if name in {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"}:
        return DiskFull("writing a log needs room on the disk", expected="room", got=got, next_step="df -h STORE")
    if name.startswith("SQLITE_READONLY"):
        return ReadOnlyStore(
            "writing needs a database that can be written", expected="a writable file", got=got, next_step="ls -l STORE"
        )
    if name in {"SQLITE_CORRUPT", "SQLITE_NOTADB"} or name.startswith("SQLITE_CORRUPT"):
        return Corrupt("a log is a sound database", expected="SQLite 3", got=got, next_step="livewitness verify STORE")
    if name.startswith("SQLITE_BUSY"):
        return StorageFailed(
            "a database is written by one process at a time",
            expected=f"that another process lets go of {path.name} within {BUSY_S:g} s",
            got=got,
            next_step="look for one that is stopped: ps -eo pid,stat,args | grep livewitness, then kill -CONT PID",
        )
    if name == "SQLITE_CANTOPEN":
        return StorageFailed(
            "a database can be opened where it lies",
            expected="a folder in which SQLite may keep its -wal and -shm files",
            got=got,
            next_step="copy the store (with *.db-wal) to a folder that can be written",
        )
    return StorageFailed("the database does what it is asked", expected="no error", got=got, next_step="dmesg | tail")


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection: for what is done with each commit, SQLAlchemy costs more than SQLite does.

    What it raises is sqlite3.Error, which `database_error` knows too.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - `_connect` made it
    return driver


def _engine(path: Path, mode: str, *, guarded: bool) -> Engine:
    engine = create_engine(
        "sqlite+pysqlite://",
        creator=lambda: _connect(path, mode, guarded=guarded),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=16,
    )
    begin = "BEGIN" if mode == "ro" else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver_of(connection).execute(begin)

    return engine


def _connect(path: Path, mode: str, *, guarded: bool) -> sqlite3.Connection:
    connection = _connect_uri(path, "mode=rwc" if mode == "new" else f"mode={mode}")
    # Rows hold at most 65,535 bytes: a hostile file can't make us read a gigabyte.
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 4 << 20)
    if mode == "ro":
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            cant_open = error.sqlite_errorname == "SQLITE_CANTOPEN"
            if not cant_open or path.with_name(path.name + "-wal").exists():
                raise
            connection = _connect_uri(path, "mode=ro&immutable=1")
        connection.execute("PRAGMA query_only = ON")
    else:
        if mode == "rw":
            _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS only; elsewhere it changes nothing
    connection.execute("PRAGMA recursive_triggers = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    if guarded:
        connection.set_authorizer(_authorize)
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    # The journal of this one change is kept in memory: one that a crash leaves on the disk shuts out every reader until
    # somebody writes. Only a few bytes of the header change, all in its first sector, so nothing can be torn.
    if connection.execute("PRAGMA journal_mode").fetchone() == ("delete",):
        connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute("PRAGMA journal_mode = WAL")


def _connect_uri(path: Path, options: str) -> sqlite3.Connection:
    # isolation_level=None: we say BEGIN ourselves, sqlite3's own late BEGIN would read before it locks.
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?{options}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_S,
    )


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _by: str | None) -> int:
    # A pragma without an argument only reads; SQLite's own bookkeeping never comes through here.
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if first in _ALLOWED_PRAGMAS or second is None else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_DENY if action in _DENIED else sqlite3.SQLITE_OK


def _add_triggers(connection: Connection, table: Table) -> None:
    column, out_of_order = _NEXT_ONLY[table.name]
    for action in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table.name}_no_{action.lower()} BEFORE {action} ON {table.name} "
            f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
        )
    connection.exec_driver_sql(
        f"CREATE TRIGGER {table.name}_in_order BEFORE INSERT ON {table.name} WHEN {out_of_order} "
        f"BEGIN SELECT RAISE(ABORT, '{table.name}.{column} is not the next one'); END"
    )


__all__ = [
    "LOG_TABLES",
    "REGISTER_TABLES",
    "checkpoints",
    "create_database",
    "database_error",
    "driver_of",
    "entries",
    "leases",
    "open_database",
]
