"""Who may write a log: a file lock for the log's life, and a fencing epoch inside its database (FORMAT.md section 6).

The lock tells every other process on this machine that the writer lives; the kernel drops it when the writer dies. The
epoch stops a writer that lost its lock without noticing (a restored machine, a copied lock file): the insert of entries
checks it in the same transaction.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from evidence_store.errors import LogHeld

LOCK_SUFFIX = ".lock"


class Lease:
    """The held lock of one log. Lives until `release` or the end of the process; not inherited by programs we start."""

    def __init__(self, path: Path, handle: int, *, keep: bool) -> None:
        self._path = path
        self._handle: int | None = handle
        self._keep = keep

    @classmethod
    def acquire(cls, path: Path, *, keep: bool = False) -> Lease:
        """Take the lock at once or raise LogHeld; never waits. `keep` leaves its file, for a lock used again."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise LogHeld(
                "a log has one writer",
                expected="a log that nobody writes",
                got=f"{path.name} is held by another writer",
                next_step="let it end (livewitness sessions); several watches may share a store, each with its own log",
            ) from error
        return cls(path, handle, keep=keep)

    def release(self) -> None:
        """Drop the lock and its file. A log id is never used again, so nobody can be waiting for it."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            if not self._keep:
                # A file that can't be removed is empty and unlocked: whoever looks finds that nobody holds it.
                with suppress(OSError):
                    self._path.unlink(missing_ok=True)
            os.close(handle)


def is_held(path: Path) -> bool:
    """Whether a living writer holds the lock at this path. Reads only."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def boot_id() -> str:
    """This boot of this machine; "unknown" where the kernel does not say (not Linux)."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
