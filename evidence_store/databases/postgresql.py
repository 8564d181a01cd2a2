"""The store's databases as rows of one PostgreSQL database, which several stores may share (FORMAT.md section 6).

A writer's transaction first takes an advisory lock of its log, which ends with the transaction, or when the server ends
a session that is idle inside one: a writer stopped there holds up its own log alone, or the register for 10 s.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, Table, create_engine, insert, select, text
from sqlalchemy.exc import DBAPIError

from evidence_store.databases import postgresql_checks as checks
from evidence_store.databases import postgresql_schema as schema
from evidence_store.databases.postgresql_errors import INIT, database_error
from evidence_store.databases.seam import Database, Databases, Mode, Query
from evidence_store.databases.url import DatabaseUrl
from evidence_store.errors import Corrupt, FutureFormat, ReadOnlyStore, StorageFailed, WrongDatabase

LOCK_S: Final = 30
IDLE_S: Final = 10
_READING: Final = "-c default_transaction_read_only=on"
_WRITING: Final = (
    f"-c lock_timeout={LOCK_S}s -c idle_in_transaction_session_timeout={IDLE_S}s "
    "-c synchronous_commit=on -c default_transaction_isolation=read\\ committed"
)
# What makes a commit last: (setting, values that do).
_DURABLE: Final = (("synchronous_commit", {"on", "remote_apply"}), ("fsync", {"on"}), ("full_page_writes", {"on"}))


def engine_for(url: DatabaseUrl, mode: Mode) -> Engine:
    """Connections that end themselves when the server is out of reach, made when they are first needed.

    What the URL says in its own `options` comes last and so holds.
    """
    own = url.url.query.get("options", "")
    options = " ".join((_READING if mode == "ro" else _WRITING, own if isinstance(own, str) else " ".join(own))).strip()
    return create_engine(
        url.url.update_query_dict({"options": options}),
        # One statement is one transaction for a reader, so that none of them keeps the server from tidying up.
        isolation_level="AUTOCOMMIT" if mode == "ro" else "READ COMMITTED",
        hide_parameters=True,
        pool_pre_ping=True,  # a server that was restarted between two batches costs no batch
        pool_size=4,
        max_overflow=-1,
        connect_args={
            "connect_timeout": 10,
            "application_name": "livewitness",
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": LOCK_S * 1000,
        },
    )


class PostgresDatabase(Database):
    """The rows of one log. Its connections are those of the store's databases."""

    entries = schema.entries
    checkpoints = schema.checkpoints
    leases = schema.leases

    def __init__(self, owner: PostgresDatabases, log: str, name: str, mode: Mode) -> None:
        self.log = log
        self.name = name
        self._owner = owner
        self._mode = mode

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self._owner.connection(self._mode, self.name) as connection:
            if self._mode == "rw":
                # The id is random, so that its first eight bytes are as good as a number of its own.
                key = int.from_bytes(bytes.fromhex(self.log)[:8], "big", signed=True)
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
            yield connection

    def only(self, query: Query, table: Table) -> Query:
        return query.where(table.c.log == self.log)

    def add(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        # A column of each at a time: one statement for all rows takes half the time of one for each.
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        connection.exec_driver_sql(schema.INSERTS[table.name], {"log": self.log, **columns})

    def problems(self) -> list[str]:
        return self._owner.problems() if self.log == self._owner.store else []

    def close(self) -> None:
        """Nothing of its own to give back."""


class PostgresDatabases(Databases):
    """The rows of one store."""

    def __init__(self, url: DatabaseUrl, store: str) -> None:
        self.store = store
        self._url = url
        self._engines: dict[Mode, Engine] = {"ro": engine_for(url, "ro"), "rw": engine_for(url, "rw")}
        # A store that nobody closed gives its connections back all the same.
        weakref.finalize(self, _dispose, list(self._engines.values()))

    def create_register(self) -> None:
        self.check_writable()
        self.create_log(self.store)

    def create_log(self, log: str) -> None:
        with self.connection("rw", self.name_of(log)) as connection:
            connection.execute(insert(schema.logs), {"log": log, "store": self.store})

    def register(self, mode: Mode) -> Database:
        if mode == "rw":
            self.check_writable()
        else:
            self._check_version()
        if not self.has_log(self.store):
            raise WrongDatabase(
                "the database holds the store's register",
                expected=f"store {self.store}",
                got=f"no such store in {self._url}",
                next_step="name the database in which this store was made: LIVEWITNESS_DATABASE",
            )
        return PostgresDatabase(self, self.store, self.name_of(None), mode)

    def log(self, log: str, mode: Mode) -> Database:
        if not self.has_log(log):
            raise Corrupt(
                "a log of the store is in its database",
                expected=f"log {log} in {self._url}",
                got="no such log",
                next_step="livewitness verify STORE",
            )
        return PostgresDatabase(self, log, self.name_of(log), mode)

    def has_log(self, log: str) -> bool:
        query = select(schema.logs.c.log).where(schema.logs.c.log == log, schema.logs.c.store == self.store)
        with self.connection("ro", self.name_of(log)) as connection:
            return connection.execute(query).first() is not None

    def logs(self) -> list[str]:
        query = select(schema.logs.c.log).where(schema.logs.c.store == self.store, schema.logs.c.log != self.store)
        with self.connection("ro", str(self._url)) as connection:
            return sorted(str(log) for log in connection.execute(query).scalars())

    def unfolded(self) -> list[str]:
        return []

    def name_of(self, log: str | None) -> str:
        return f"{'register' if log is None or log == self.store else f'log {log}'} in {self._url}"

    def close(self) -> None:
        _dispose(self._engines.values())

    def problems(self) -> list[str]:
        """What differs in the tables that all logs share, and what the server's own check of their indexes finds."""
        with self.connection("ro", str(self._url)) as connection:
            return checks.schema_problems(connection) + checks.index_problems(connection)

    @contextmanager
    def connection(self, mode: Mode, name: str) -> Iterator[Connection]:
        """A connection; for "rw" in a transaction that is committed at the end. Database errors become StoreErrors."""
        try:
            with self._engines[mode].begin() as connection:
                yield connection
        except DBAPIError as error:
            raise database_error(error, name) from error

    def _check_version(self) -> None:
        with self.connection("ro", str(self._url)) as connection:
            found = schema.version(connection)
        if found is None:
            raise WrongDatabase(
                "the database was made ready for stores",
                expected=f"schema {schema.SCHEMA}",
                got=f"none in {self._url}",
                next_step=INIT,
            )
        if found != schema.SCHEMA_VERSION:
            raise FutureFormat(
                "the database's schema is known",
                expected=schema.SCHEMA_VERSION,
                got=found,
                next_step="update livewitness",
            )

    def check_writable(self) -> None:
        """Look whether a store can be written here. Raises WrongDatabase, ReadOnlyStore, Corrupt or StorageFailed."""
        self._check_version()
        with self.connection("rw", str(self._url)) as connection:
            settings = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name, _ in _DURABLE}
            excess = checks.excess_rights(connection)
            unguarded = checks.trigger_problems(connection)
        for name, lasting in _DURABLE:
            if settings[name] not in lasting:
                raise StorageFailed(
                    "what the database acknowledges outlives a power cut",
                    expected=f"{name} = {' or '.join(sorted(lasting))}",
                    got=f"{name} = {settings[name]} on {self._url}",
                    next_step=f"set {name} = on in postgresql.conf (or in the URL's options) and reload the server",
                )
        if excess:
            raise ReadOnlyStore(
                "the role that writes may only read and add",
                expected=f"SELECT and INSERT on the tables of schema {schema.SCHEMA}",
                got=f"{self._url} may also: {'; '.join(excess)}",
                next_step=INIT,
            )
        if unguarded:
            raise Corrupt(
                "the database's own rules keep its tables append-only",
                expected="all triggers there, enabled always",
                got=f"{self._url}: {'; '.join(unguarded)[:300]}",
                next_step=INIT,
            )


def _dispose(engines: Iterable[Engine]) -> None:
    for engine in engines:
        engine.dispose()
