"""A copy of a store as an ordinary folder: every log in a SQLite file of its own, for whoever has no server.

Entries, checkpoints and leases are copied byte for byte, blobs copied or linked, the public key copied; the private key
stays behind, so that the copy can be read and verified and nothing can be added to it under the store's name.
"""

from __future__ import annotations

import errno
import shutil
import stat
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Table, select

from evidence_store.blobs import BLOBS, TEMPORARY, Blobs
from evidence_store.catalog import build_catalog
from evidence_store.databases.opening import databases_of
from evidence_store.databases.seam import Database, Databases
from evidence_store.databases.sqlite import SqliteDatabases
from evidence_store.durable import FileSystem, as_store_error
from evidence_store.errors import NotAStore
from evidence_store.keys import KEYS, PUBLIC_NAME, load_key_history, public_pem
from evidence_store.marker import LOGS, MARKER_NAME, Marker, read_marker
from evidence_store.reader import LogReader

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds: the store's id, logs beside the register, entries of all of them, blobs and their bytes."""

    store: str
    logs: int
    entries: int
    blobs: int
    bytes: int


def copy_store(root: Path, out: Path, *, database: str | None = None, link: bool = False) -> Copied:
    """Copy a store, from either kind of database, into the new or empty folder `out`; durable when this returns.

    Works while the store is written: the register is read first, then the logs that it names, then the blobs, so that
    nothing in the copy speaks of what is not in it. `database` as in `Store.open`. With `link` blobs are hard links
    where that is possible: quick, but who changes one changes both. Raises StoreError, for a row out of order too.
    """
    marker = read_marker(root)
    files = FileSystem()
    try:
        _empty_folder(out)
        for folder in (out / KEYS, out / BLOBS, out / BLOBS / TEMPORARY, out / LOGS):
            files.make_folder(folder)
        with closing(databases_of(root, database)) as source:
            target = SqliteDatabases(out, marker.store)
            logs, entries = _copy_logs(source, target)
        with LogReader(target.register("ro")) as register:
            # Not the file beside the store: while the key is changed that may be the older or the newer one.
            public = public_pem(load_key_history(root, marker.store, register).spans[-1].key)
        files.write_new(out / KEYS / PUBLIC_NAME, public, mode=0o644)
        files.sync_folder(out / KEYS)
        files.sync_folder(out / LOGS)
        count, size = _copy_blobs(Blobs(root), Blobs(out), files, link=link)
        files.write_new(out / MARKER_NAME, Marker(marker.store).to_bytes())  # last: what has it is whole
        files.sync_folder(out)
    except OSError as error:
        raise as_store_error(error, f"copying a store to {out}") from error
    return Copied(marker.store, logs, entries, count, size)


def _empty_folder(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    there = sorted(path.name for path in out.iterdir())
    if there:
        raise NotAStore(
            "a store is copied into a new or empty folder",
            expected=f"nothing in {out}",
            got=", ".join(there)[:200],
            next_step="choose another --out",
        )


def _copy_logs(source: Databases, target: Databases) -> tuple[int, int]:
    target.create_register()
    with closing(source.register("ro")) as old, closing(target.register("rw")) as new:
        entries = _copy_log(old, new)
    with LogReader(target.register("ro")) as register:
        known = build_catalog(register.entries()).logs
    logs = [log for log in known if source.has_log(log)]
    for log in logs:
        target.create_log(log)
        with closing(source.log(log, "ro")) as old, closing(target.log(log, "rw")) as new:
            _copy_table(old, old.leases, new, new.leases)
            entries += _copy_log(old, new)
    return len(logs), entries


def _copy_log(old: Database, new: Database) -> int:
    """Entries and checkpoints; how many entries. The log may grow meanwhile: no checkpoint is of a size beyond them."""
    sizes = _copy_table(old, old.checkpoints, new, new.checkpoints)
    last = _copy_table(old, old.entries, new, new.entries)
    # Those of entries that came between: the register has one for each, committed together with it.
    _copy_table(
        old, old.checkpoints, new, new.checkpoints, start=(sizes or 0) + 1, end=-1 if last is None else last + 1
    )
    return 0 if last is None else last + 1


def _copy_table(
    old: Database, from_table: Table, new: Database, to_table: Table, start: int = 0, end: int | None = None
) -> int | None:
    """Rows of one table in the order of its number, from `start` to `end` (both included); the last number."""
    names = [column.name for column in to_table.columns if column.name != "log"]
    number = from_table.c[names[0]]
    query = old.only(select(*(from_table.c[name] for name in names)), from_table).order_by(number).limit(PAGE)
    if end is not None:
        query = query.where(number <= end)
    last = None
    while True:
        with old.transaction() as connection:
            page = [dict(row) for row in connection.execute(query.where(number >= start)).mappings()]
        if page:
            with new.transaction() as connection:
                new.add(connection, to_table, page)
            last = int(page[-1][names[0]])
            start = last + 1
        if len(page) < PAGE:
            return last


def _copy_blobs(source: Blobs, target: Blobs, files: FileSystem, *, link: bool) -> tuple[int, int]:
    count = size = 0
    folders: set[Path] = set()
    for path in source.files():
        if path != source.path_of(path.name) or not stat.S_ISREG(path.lstat().st_mode):
            continue  # not a blob: nothing in the store names it
        copy = target.path_of(path.name)
        if copy.parent not in folders:
            files.make_folder(copy.parent)
            folders.add(copy.parent)
        if not (link and _linked(path, copy)):
            _copy_file(path, copy, files)
        count += 1
        size += copy.stat().st_size
    for folder in (*folders, target.root):
        files.sync_folder(folder)
    return count, size


def _linked(path: Path, copy: Path) -> bool:
    try:
        copy.hardlink_to(path)
    except OSError as error:
        if error.errno in {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP}:
            return False  # another file system, or one without links
        raise
    return True


def _copy_file(path: Path, copy: Path, files: FileSystem) -> None:
    with path.open("rb") as old, copy.open("xb") as new:
        shutil.copyfileobj(old, new, 1 << 20)
        new.flush()
        files.sync(new.fileno())
