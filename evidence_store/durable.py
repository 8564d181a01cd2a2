"""The few file operations that durability rests on, behind one seam.

Everything the store writes outside SQLite goes through a `FileSystem`, so that tests can break each operation, and the
exact sequence of calls stands in one place: write, fsync, rename, fsync of the folder (a rename is durable only when
its folder is; a failed fsync is never retried, because the kernel may already have dropped the dirty pages).
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from pathlib import Path

from evidence_store.errors import DiskFull, ReadOnlyStore, StorageFailed, StoreError

RESERVE_NAME = "reserve"
RESERVE_SIZE = 8 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


class FileSystem:
    """Writes on the real file system. No state; safe from any thread. Raises OSError; see `as_store_error`."""

    def write_new(self, path: Path, content: bytes, *, mode: int = 0o644) -> None:
        """Write a file that must not exist yet, write all of `content`, fsync it. Not durable until `sync_folder`.

        On an error the file is removed again where that is possible; what can't be removed is a left-over.
        """
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            try:
                self._write_all(handle, content)
                self.sync(handle)
            finally:
                os.close(handle)
        except OSError:
            self.remove(path)
            raise

    def rename(self, source: Path, target: Path) -> None:
        """Give a finished file its name, atomically; replaces what has that name."""
        source.rename(target)

    def make_folder(self, path: Path) -> bool:
        """Create a folder; False when it is there already. Durable after `sync_folder` of its parent."""
        try:
            path.mkdir(0o755)
        except FileExistsError:
            return False
        return True

    def remove(self, path: Path) -> None:
        """Unlink a file; one that is gone already is fine."""
        path.unlink(missing_ok=True)

    def sync_folder(self, path: Path) -> None:
        """Make a folder durable: names that were created or renamed in it are durable when this returns."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.sync(handle)
        finally:
            os.close(handle)

    def sync(self, handle: int) -> None:
        """Make an open file or folder durable."""
        if hasattr(fcntl, "F_FULLFSYNC"):  # macOS: plain fsync leaves bytes in the drive's own cache
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        else:
            os.fsync(handle)

    def write(self, handle: int, content: memoryview) -> int:
        """Write once; less than asked may be written. Returns how much."""
        return os.write(handle, content)

    def _write_all(self, handle: int, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            rest = rest[self.write(handle, rest) :]


def read_plain(path: Path, limit: int) -> bytes:
    """A small file's bytes, at most `limit`. Raises OSError for whatever is no plain file: a pipe would never end."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:  # noqa: PTH123 - of a handle, not of a path
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, f"no plain file but {stat.filemode(mode)}", str(path))
        return file.read(limit)


def ensure_reserve(root: Path) -> None:
    """Make sure that the reserve lies in the store, its blocks really taken. Raises OSError (ENOSPC without room).

    Several processes may do this at once: the file is made in full under a name of its own and then renamed.
    """
    path = root / RESERVE_NAME
    if path.exists() and path.stat().st_size == RESERVE_SIZE:
        return
    draft = root / f"{RESERVE_NAME}.{os.getpid()}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(handle, 0, RESERVE_SIZE)
            else:  # macOS
                os.write(handle, bytes(RESERVE_SIZE))
            os.fsync(handle)
        finally:
            os.close(handle)
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def release_reserve(root: Path) -> None:
    """Give the reserve back to the file system, so that logs can close. Does nothing when it is gone already."""
    (root / RESERVE_NAME).unlink(missing_ok=True)


def as_store_error(error: OSError, doing: str) -> StoreError:
    """The StoreError that says what an OSError means for the store. `doing` names the operation."""
    got = f"{errno.errorcode.get(error.errno or 0, '?')} {error.strerror or error} ({error.filename or 'no name'})"
    if error.errno in _FULL:
        return DiskFull(
            f"{doing} needs room on the disk", expected="room", got=got, next_step="free some space: df -h STORE"
        )
    if error.errno in _READ_ONLY:
        return ReadOnlyStore(
            f"{doing} needs a folder that can be written",
            expected="a writable folder",
            got=got,
            next_step="choose another --store, or make this one writable for your user",
        )
    return StorageFailed(f"{doing} reaches the disk", expected="no error", got=got, next_step="dmesg | tail")
