"""Making a new store in a new or empty folder (FORMAT.md section 2)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from evidence_store.blobs import BLOBS, TEMPORARY
from evidence_store.databases.opening import new_databases
from evidence_store.durable import RESERVE_NAME, FileSystem, as_store_error, ensure_reserve
from evidence_store.errors import NotAStore, StoreExists, StoreIsAFile
from evidence_store.keys import KEYS, PRIVATE_NAME, PUBLIC_NAME, create_store_key
from evidence_store.marker import LOGS, MARKER_NAME, REGISTER_NAME

# What may lie in a folder where a creation was cut short. store.json is written last, so nothing was promised yet.
_REMNANTS = {
    KEYS,
    BLOBS,
    LOGS,
    REGISTER_NAME,
    f"{REGISTER_NAME}.new",
    f"{REGISTER_NAME}.new-journal",
    f"{REGISTER_NAME}.new-wal",
    f"{REGISTER_NAME}.new-shm",
    f"{MARKER_NAME}.new",
    RESERVE_NAME,
    "lost+found",
}


def create_store(root: Path, entropy: Callable[[int], bytes], files: FileSystem, database: str | None = None) -> None:
    """Make a store at `root`, which must not exist or be an empty folder; complete and durable when this returns.

    Its logs go to the PostgreSQL at the URL `database`, else $LIVEWITNESS_DATABASE, else into the folder (SQLite).
    Several processes may try at once: one makes it, the others get StoreExists. A creation that was cut short is begun
    again. Raises StoreIsAFile, NotAStore (something else lies there), WrongDatabase, ReadOnlyStore, DiskFull or
    StorageFailed.
    """
    if root.exists() and not root.is_dir():
        raise StoreIsAFile(
            "a store is a folder", expected="a folder", got=f"{root} is a file", next_step="choose another --store"
        )
    try:
        absolute = root.absolute()
        new = [path for path in (absolute, *absolute.parents) if not path.exists()]
        root.mkdir(parents=True, exist_ok=True)
        for path in new or [absolute]:
            files.sync_folder(path.parent)
        with _folder_lock(root):
            _refuse_what_is_there(root)
            _clear_remnants(root)
            _fill(root, entropy, files, database)
    except OSError as error:
        raise as_store_error(error, f"making a store in {root}") from error


def _fill(root: Path, entropy: Callable[[int], bytes], files: FileSystem, database: str | None) -> None:
    marker, databases = new_databases(root, entropy(16).hex(), database)
    for folder in (root / KEYS, root / BLOBS, root / BLOBS / TEMPORARY, root / LOGS):
        files.make_folder(folder)
    create_store_key(root, entropy, files)
    with closing(databases):
        databases.create_register()
    ensure_reserve(root)
    files.sync_folder(root / BLOBS)
    files.sync_folder(root)
    draft = root / f"{MARKER_NAME}.new"
    files.write_new(draft, marker.to_bytes())
    files.rename(draft, root / MARKER_NAME)  # whole or not there: its presence is what makes this a store
    files.sync_folder(root)


def _refuse_what_is_there(root: Path) -> None:
    names = {path.name for path in root.iterdir()}
    if MARKER_NAME in names:
        raise StoreExists(
            "a store is made once", expected="a new or empty folder", got=f"a store in {root}", next_step="open it"
        )
    # A store on PostgreSQL that lost its marker has nothing in logs/, but a blob for each log that was registered.
    in_use = [
        path.name
        for folder in (root / LOGS, root / BLOBS / TEMPORARY, root / BLOBS)
        if folder.is_dir()
        for path in folder.iterdir()
        if path != root / BLOBS / TEMPORARY
    ]
    strange = {name for name in names - _REMNANTS if not name.startswith(f"{RESERVE_NAME}.")}
    if strange or in_use:
        raise NotAStore(
            "a store is made in a new or empty folder",
            expected=f"nothing in {root}",
            got=", ".join(sorted(strange) or sorted(in_use))[:200],
            next_step="choose another --store",
        )


def _clear_remnants(root: Path) -> None:
    for path in (
        root / f"{MARKER_NAME}.new",
        root / KEYS / PRIVATE_NAME,
        root / KEYS / PUBLIC_NAME,
        *root.glob(f"{REGISTER_NAME}*"),
        *root.glob(f"{RESERVE_NAME}.*"),
    ):
        path.unlink(missing_ok=True)


@contextmanager
def _folder_lock(root: Path) -> Iterator[None]:
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
