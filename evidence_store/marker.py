"""`store.json`: what makes a folder a store (FORMAT.md section 2). Read by the store and by verify."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evidence_store.canonical_json import canonical, parse_json
from evidence_store.codec import is_log_id
from evidence_store.durable import read_plain
from evidence_store.errors import Corrupt, FutureFormat, Malformed, NotAStore, StorageFailed, StoreIsAFile

MARKER_NAME = "store.json"
REGISTER_NAME = "register.db"
LOGS = "logs"
FORMAT = "livewitness-store"
FORMAT_VERSION = 1
MARKER_LIMIT = 4096


DatabaseKind = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True)
class Marker:
    """What store.json says: the store's id (32 hex), and where its logs lie."""

    store: str
    database: DatabaseKind = "sqlite"

    def to_bytes(self) -> bytes:
        """The content of store.json. SQLite is not named: a store is one unless it says otherwise."""
        database = {} if self.database == "sqlite" else {"database": self.database}
        return canonical({"format": FORMAT, "store": self.store, "v": FORMAT_VERSION, **database})


def read_marker(root: Path) -> Marker:
    """What store.json says. Raises StoreIsAFile, NotAStore, FutureFormat, Corrupt or StorageFailed."""
    if root.exists() and not root.is_dir():
        raise StoreIsAFile(
            "a store is a folder", expected="a folder", got=f"{root} is a file", next_step="choose another --store"
        )
    path = root / MARKER_NAME
    try:
        content = read_plain(path, MARKER_LIMIT)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise NotAStore(
            "a store has store.json",
            expected=str(path),
            got="no such file" if root.is_dir() else f"no folder {root}",
            next_step="livewitness watch URL --store DIR makes a store in a new or empty folder",
        ) from error
    except OSError as error:
        raise StorageFailed(
            "store.json can be read",
            expected="a file that this user may read",
            got=f"{path}: {error.strerror}",
            next_step=f"ls -l {root}",
        ) from error
    try:
        value = parse_json(content)
    except Malformed as error:
        raise _corrupt(path, str(error)) from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise _corrupt(path, repr(content[:80]))
    version = value.get("v")
    if type(version) is int and version > FORMAT_VERSION:
        raise FutureFormat(
            "the store's format is known", expected=FORMAT_VERSION, got=version, next_step="update livewitness"
        )
    store = value.get("store")
    if type(version) is not int or version != FORMAT_VERSION or not isinstance(store, str) or not is_log_id(store):
        raise _corrupt(path, repr(content[:120]))
    database = value.get("database", "sqlite")
    if database not in {"sqlite", "postgresql"}:
        raise FutureFormat(
            "the kind of a store's database is known",
            expected="postgresql, or no member `database` (SQLite)",
            got=repr(database)[:80],
            next_step="update livewitness",
        )
    return Marker(store, "postgresql" if database == "postgresql" else "sqlite")


def _corrupt(path: Path, got: str) -> Corrupt:
    return Corrupt(
        "store.json says what this folder is",
        expected=f'{{"format":"{FORMAT}","store":"<32 hex>","v":{FORMAT_VERSION}}}',
        got=f"{path}: {got}",
        next_step="livewitness verify STORE",
    )
