"""What the store asks of a database, so that nothing above this package knows which one it is (FORMAT.md section 6).

A `Database` is the rows of one log, or of the register: on SQLite a file of its own, on PostgreSQL the rows of shared
tables that carry the log's id. `Databases` are those of one store.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Select, Table, func, select

Mode = Literal["ro", "rw"]
Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


class Database(ABC):
    """The rows of one log, or of the register, opened. Safe from any thread; close it.

    `log` is the log's id, the store's in the register; `name` is what messages call it. All methods raise StoreError.
    """

    log: str
    name: str
    entries: Table
    checkpoints: Table
    leases: Table

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Connection]:
        """One transaction, durable when it ends. Waits up to 30 s for others.

        Opened for writing, it is alone with the log from its first moment: what it reads is the newest, and nobody
        adds to it meanwhile.
        """

    @abstractmethod
    def only(self, query: Query, table: Table) -> Query:
        """The query, confined to this log's rows of a table."""

    @abstractmethod
    def add(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert rows of this log in this order. Each names every column of the table but `log`."""

    def newest(self, connection: Connection, table: Table) -> int | None:
        """The largest key of this log in a table: its last index, size or epoch; None without a row."""
        *_, key = table.primary_key.columns  # the one before it, if any, is the log's id
        found: int | None = connection.execute(self.only(select(func.max(key)), table)).scalar_one()
        return found

    @abstractmethod
    def problems(self) -> list[str]:
        """What the database's own checks find, and tables and triggers that differ; empty in a sound one."""

    @abstractmethod
    def close(self) -> None:
        """Give it back. A file that was open for writing is left as one plain file where nobody else reads it."""


class Databases(ABC):
    """The databases of one store. Safe from any thread; close them. All methods raise StoreError."""

    @abstractmethod
    def create_register(self) -> None:
        """Make the register's place, empty. The caller fsyncs the store's folder."""

    @abstractmethod
    def create_log(self, log: str) -> None:
        """Make a log's place, empty. The caller fsyncs the store's folder of logs."""

    @abstractmethod
    def register(self, mode: Mode) -> Database:
        """Open the register."""

    @abstractmethod
    def log(self, log: str, mode: Mode) -> Database:
        """Open a log. Raises Corrupt when it has no place here."""

    @abstractmethod
    def has_log(self, log: str) -> bool:
        """Whether a log's place was made."""

    @abstractmethod
    def logs(self) -> list[str]:
        """Every log that has a place here, registered or not, in order of their ids."""

    @abstractmethod
    def unfolded(self) -> list[str]:
        """Logs that opening for writing and closing would leave as one plain file, which they are not now."""

    @abstractmethod
    def name_of(self, log: str | None) -> str:
        """What messages call a log, or the register (None)."""

    @abstractmethod
    def close(self) -> None:
        """Close connections that nobody uses."""
