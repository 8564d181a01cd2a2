"""Which databases a store has, or is to have."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from evidence_store.databases.seam import Databases
from evidence_store.databases.sqlite import SqliteDatabases
from evidence_store.databases.url import ENVIRONMENT, DatabaseUrl
from evidence_store.errors import WrongDatabase
from evidence_store.marker import Marker, read_marker


def databases_of(root: Path, database: str | None = None) -> Databases:
    """The databases of an existing store; `database` is the URL of its PostgreSQL, else $LIVEWITNESS_DATABASE.

    The environment is passed over by a store on SQLite. Raises WrongDatabase, and as `read_marker` does.
    """
    marker = read_marker(root)
    if marker.database == "sqlite" and database:
        raise WrongDatabase(
            "a store stays in the kind of database in which it was made",
            expected="no URL: this store is on SQLite",
            got="the URL of a PostgreSQL database",
            next_step="open it without one, or choose another --store",
        )
    url = _url(database)
    if marker.database == "postgresql" and url is None:
        raise WrongDatabase(
            "a store on PostgreSQL is opened with its URL",
            expected=f"postgresql://user@host:port/database in {ENVIRONMENT}",
            got="nothing",
            next_step=f"export {ENVIRONMENT}=URL",
        )
    return _databases(root, marker, url)


def new_databases(root: Path, store: str, database: str | None = None) -> tuple[Marker, Databases]:
    """Where a new store is to lie, with the marker that will say so: SQLite when no URL is given or in the environment.

    Raises WrongDatabase for a text that is no URL. Connects to nothing.
    """
    url = _url(database)
    marker = Marker(store, "sqlite" if url is None else "postgresql")
    return marker, _databases(root, marker, url)


def check_named_database(database: str | None = None) -> str | None:
    """The name of the PostgreSQL in which a new store would lie, without password, once looked at; None for SQLite.

    Raises StoreError when no store could be written there, with the command that mends it.
    """
    url = _url(database)
    if url is None:
        return None
    from evidence_store.databases.postgresql import PostgresDatabases  # its driver is loaded where it is used alone

    with closing(PostgresDatabases(url, "")) as databases:
        databases.check_writable()
    return str(url)


def _url(given: str | None) -> DatabaseUrl | None:
    text = given or os.environ.get(ENVIRONMENT)
    return DatabaseUrl.parse(text) if text else None


def _databases(root: Path, marker: Marker, url: DatabaseUrl | None) -> Databases:
    if url is None or marker.database == "sqlite":
        return SqliteDatabases(root, marker.store)
    from evidence_store.databases.postgresql import PostgresDatabases  # its driver is loaded where it is used alone

    return PostgresDatabases(url, marker.store)
