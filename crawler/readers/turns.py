"""Turns at the cores: however many watches read on this machine, no more pictures are read at once than it has cores.

Each watch has a reader process of its own with one thread for OCR; eight of them at once on two cores would slow the
browsers that they read from. A reader therefore takes a turn for each picture: a lock (`flock`) on one of `count` files
that all readers of one user share. The kernel gives a turn back when its process dies, however it died.

Who waits stands at a door (one more lock) until a turn is free, so a reader that has just given its turn back queues
behind those that wait already: nobody starves. Waiting is looking again: 6 ms of CPU a second for the one that stands
first, 4 for each behind it (measured, two turns; a look itself costs 0.01 ms, waking up for it the rest).
"""

from __future__ import annotations

import errno
import fcntl
import os
import shlex
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crawler.provision.piece import MissingPiece, cache_folder

LOOK_S = 0.03  # how often the first in the queue tries the turns again: what a turn lies idle at most
DOOR_S = 0.05  # how often those behind it try the door
_HELD = {errno.EAGAIN, errno.EACCES}


def cores() -> int:
    """How many cores this process may use at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def turns_folder() -> Path:
    """Where the readers of this user and machine meet: the user's runtime folder, else the cache folder.

    `$XDG_RUNTIME_DIR`, or the folder that it usually names: a watch that cron started has to meet the others too.
    """
    named = os.environ.get("XDG_RUNTIME_DIR")
    usual = Path("/run/user") / str(os.getuid())
    runtime = Path(named) if named else usual
    if named or (runtime.is_dir() and os.access(runtime, os.W_OK)):
        return runtime / "livewitness" / "turns"
    return cache_folder() / "turns"


class Turns:
    """`count` turns that all processes with the same folder share. Safe from any thread.

    Raises:
        MissingPiece: the folder can't be made or written, or its file system has no locks; also from `take`.
        ValueError: `count` below 1.
    """

    def __init__(self, folder: Path | None = None, count: int | None = None) -> None:
        """`folder`: else `turns_folder()`. `count`: else one for each core that this process may use."""
        self.folder = folder or turns_folder()
        self.count = cores() if count is None else count
        if self.count < 1:
            msg = f"turns: expected a count of 1 or more, got {self.count}; leave it out for one a core"
            raise ValueError(msg)
        # At once: a folder that can't be used is told before anything is read.
        with ExitStack() as opened:
            self._try_lock(self._open("door", opened))

    @contextmanager
    def take(self, stop: threading.Event) -> Iterator[bool]:
        """Wait for a turn and hold it for the block. False when `stop` was set first: then no turn is held."""
        with ExitStack() as opened:
            yield self._wait(stop, opened)

    def _wait(self, stop: threading.Event, opened: ExitStack) -> bool:
        """Pass the door, then take the first turn that is free; the door stays shut for others meanwhile."""
        with ExitStack() as at_door:
            door = self._open("door", at_door)
            while not self._try_lock(door):
                if stop.wait(DOOR_S):
                    return False
            # Each starts at another place: with many cores most find a free turn at the first look.
            order = [(os.getpid() + number) % self.count for number in range(self.count)]
            with ExitStack() as tried:
                handles = [self._open(str(number), tried) for number in order]
                while not stop.is_set():
                    for handle in handles:
                        if self._try_lock(handle):
                            opened.callback(os.close, os.dup(handle))  # the lock lasts as long as one of both is open
                            return True
                    stop.wait(LOOK_S)
        return False

    def _open(self, name: str, opened: ExitStack) -> int:
        """Each waiter opens the file anew: locks belong to openings, so threads of one process exclude each other."""
        try:
            # Made again when it is gone: a runtime folder is emptied when its user logs out.
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.folder / f"{name}.turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        opened.callback(os.close, handle)
        return handle

    def _try_lock(self, handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _HELD:
                return False
            raise self._unusable(error) from error
        return True

    def _unusable(self, error: OSError) -> MissingPiece:
        what = (
            f"turns for reading: expected a folder on this machine that can be written and locked, "
            f"got {self.folder}: {error.strerror}"
        )
        shown = shlex.quote(str(self.folder))
        return MissingPiece(what, f"mkdir -p {shown} && chmod u+rwx {shown}")
