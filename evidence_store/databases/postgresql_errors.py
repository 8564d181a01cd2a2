"""What PostgreSQL's errors mean for a store. Nothing here repeats a URL or a password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError

from evidence_store.databases.url import ENVIRONMENT
from evidence_store.errors import Corrupt, DiskFull, ReadOnlyStore, StorageFailed, StoreError

INIT: Final = "livewitness database init URL_OF_ITS_OWNER --writer ROLE"


@dataclass(frozen=True, slots=True)
class _Meaning:
    kind: type[StoreError]
    rule: str
    expected: str
    next_step: str


_DAMAGED = _Meaning(Corrupt, "a log's rows can be read", "a sound database", "livewitness verify STORE")
_BY_STATE: Final = {
    "53100": _Meaning(DiskFull, "writing a log needs room on the database's disk", "room", "df -h on its server"),
    "42501": _Meaning(ReadOnlyStore, "the role may do what a writer does", "SELECT and INSERT", INIT),
    "25006": _Meaning(
        ReadOnlyStore,
        "writing needs a database that takes writes",
        "a server that is no standby",
        f"name the primary server in {ENVIRONMENT}",
    ),
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
    "55P03": _Meaning(
        StorageFailed,
        "a log is free before the lock time-out",
        "no other transaction on it",
        "look for a writer that was stopped: SELECT * FROM pg_stat_activity",
    ),
}
_UNREACHABLE = _Meaning(
    StorageFailed,
    "the database can be reached",
    "a server that answers and lets this role in",
    f"start the server, or mend {ENVIRONMENT}; a log whose writer stops is cut off by the next one",
)
_OTHER = _Meaning(StorageFailed, "the database does what it is asked", "no error", "read the server's log")
# Connection, authorisation, no such database, the server goes down or ends the session.
_UNREACHABLE_CLASSES: Final = ("08", "28", "3D", "57", "25P03")


def database_error(error: DBAPIError, name: str) -> StoreError:
    """The StoreError that says what a database error means. `name` is the log, as messages call it."""
    original = error.orig
    state = original.sqlstate if isinstance(original, psycopg.Error) else None
    meaning = _BY_STATE.get(state or "", _OTHER)
    if meaning is _OTHER and (state is None or state.startswith(_UNREACHABLE_CLASSES) or error.connection_invalidated):
        meaning = _UNREACHABLE
    words = " ".join(str(original).split())
    got = f"{name}: {state or type(original).__name__} {words}"[:600]
    return meaning.kind(meaning.rule, expected=meaning.expected, got=got, next_step=meaning.next_step)
