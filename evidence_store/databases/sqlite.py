"""The store's databases as SQLite files: `register.db` and `logs/<log>.db` (FORMAT.md section 6)."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from evidence_store import tables
from evidence_store.databases.seam import Database, Databases, Mode, Query
from evidence_store.durable import as_store_error
from evidence_store.marker import LOGS, REGISTER_NAME

SUFFIX = ".db"


def _insert(table: Table) -> str:
    names = [column.name for column in table.columns]
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"  # noqa: S608


def _newest(table: Table) -> str:
    return f"SELECT max({table.primary_key.columns[0].name}) FROM {table.name}"  # noqa: S608


# Both belong to each commit; SQLAlchemy would take longer to hand them over than SQLite to run them.
_INSERTS = {table.name: _insert(table) for table in tables.LOG_TABLES}
_NEWEST = {table.name: _newest(table) for table in tables.LOG_TABLES}


class SqliteDatabase(Database):
    """One file. Transactions of "rw" begin IMMEDIATE."""

    entries = tables.entries
    checkpoints = tables.checkpoints
    leases = tables.leases

    def __init__(self, path: Path, log: str, mode: Mode, names: tuple[Table, ...]) -> None:
        self.log = log
        self.name = path.name
        self._path = path
        self._mode = mode
        self._schema = tables.schema_names(names)
        self._engine = tables.open_database(path, mode)
        self._alone = threading.Lock()
        self._kept: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        try:
            if self._mode == "ro":
                with self._engine.begin() as connection:
                    yield connection
            else:
                with self._alone, self._connection() as connection, connection.begin():
                    yield connection
        except (DBAPIError, sqlite3.Error) as error:
            raise tables.database_error(error, self._path) from error

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        # A writer keeps its connection: taking one from the pool for each commit costs as much as the commit.
        kept, self._kept = self._kept or self._engine.connect(), None
        try:
            yield kept
        except BaseException:  # in what state it is nobody knows: the next transaction takes a fresh one
            kept.close()
            raise
        self._kept = kept

    def only(self, query: Query, table: Table) -> Query:  # noqa: ARG002 - a file holds one log
        return query

    def add(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        tables.driver_of(connection).executemany(_INSERTS[table.name], rows)

    def newest(self, connection: Connection, table: Table) -> int | None:
        found: int | None = tables.driver_of(connection).execute(_NEWEST[table.name]).fetchone()[0]
        return found

    def problems(self) -> list[str]:
        try:
            with self._engine.connect() as connection:
                found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
                names = connection.exec_driver_sql("SELECT type, name FROM sqlite_schema").all()
        except (DBAPIError, sqlite3.Error) as error:
            raise tables.database_error(error, self._path) from error
        there = {(str(kind), str(name)) for kind, name in names if kind != "index"}
        problems = [str(line) for line in found if line != "ok"]
        problems += [f"{kind} {name} is missing" for kind, name in sorted(self._schema - there)]
        return problems + [f"{kind} {name} does not belong here" for kind, name in sorted(there - self._schema)]

    def close(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()
        if self._mode == "rw":
            tables.close_database(self._engine)
        else:
            self._engine.dispose()


class SqliteDatabases(Databases):
    """The files of one store."""

    def __init__(self, root: Path, store: str) -> None:
        self._root = root
        self._store = store

    def create_register(self) -> None:
        tables.create_database(self._root / REGISTER_NAME, tables.REGISTER_TABLES)

    def create_log(self, log: str) -> None:
        tables.create_database(self._path(log), tables.LOG_TABLES)

    def register(self, mode: Mode) -> Database:
        return SqliteDatabase(self._root / REGISTER_NAME, self._store, mode, tables.REGISTER_TABLES)

    def log(self, log: str, mode: Mode) -> Database:
        return SqliteDatabase(self._path(log), log, mode, tables.LOG_TABLES)

    def has_log(self, log: str) -> bool:
        return self._path(log).is_file()

    def logs(self) -> list[str]:
        folder = self._root / LOGS
        return sorted(path.stem for path in folder.iterdir() if path.suffix == SUFFIX) if folder.is_dir() else []

    def unfolded(self) -> list[str]:
        try:
            return [path.name.removesuffix(f"{SUFFIX}-wal") for path in (self._root / LOGS).glob(f"*{SUFFIX}-wal")]
        except OSError as error:
            raise as_store_error(error, "looking for logs") from error

    def name_of(self, log: str | None) -> str:
        return REGISTER_NAME if log is None else f"{log}{SUFFIX}"

    def close(self) -> None:
        """Each file is closed on its own."""

    def _path(self, log: str) -> Path:
        return self._root / LOGS / f"{log}{SUFFIX}"
