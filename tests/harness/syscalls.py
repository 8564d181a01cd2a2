"""Watching a child process's system calls on the files of one folder, and breaking a chosen one.

The kernel hands each call over before it is made (seccomp user notification, Linux 5.6 and later, no rights needed), so
calls of all threads stand in one order, a write's bytes can be read, and a call can be let through, failed, cut short
or be the moment at which the process is killed. The code under test knows nothing of it; SQLite is seen too.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from tests.harness.calls import NUMBERS, Call, Decoder, Told
from tests.harness.children import run_and_exit

_libc = ctypes.CDLL(None, use_errno=True)
_PIDFD_GETFD: Final = 438
_SECCOMP: Final = {"x86_64": 317, "aarch64": 277}
_RECEIVE, _ANSWER = 0xC0502100, 0xC0182101


@dataclass(frozen=True, slots=True)
class Proceed:
    """The call is made."""


@dataclass(frozen=True, slots=True)
class Fail:
    """The call is not made and returns this error."""

    number: int


@dataclass(frozen=True, slots=True)
class Shorten:
    """Only the first bytes of a write are written, and that many are reported. Nothing is lied about."""

    size: int


@dataclass(frozen=True, slots=True)
class Kill:
    """The process is killed before the call is made."""


Verdict = Proceed | Fail | Shorten | Kill
Rule = Callable[[Call], Verdict]


@dataclass(slots=True)
class Outcome:
    """How a watched process went: each call and line in order, what each call was answered, its exit code."""

    steps: list[tuple[Call | Told, Verdict]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    code: int = 0

    @property
    def calls(self) -> list[Call]:
        return [step for step, _ in self.steps if isinstance(step, Call)]


def proceed(_call: Call) -> Verdict:
    """The rule that breaks nothing."""
    return Proceed()


def watched(
    action: Callable[[Callable[[str], None]], None], folder: Path, rule: Rule = proceed, limit_s: float = 60
) -> Outcome:
    """Run `action(tell)` in a forked process; `rule` decides on each of its calls on files below `folder`.

    `tell` writes a line to a pipe; a line counts once it was written whole. Raises TimeoutError when the process has
    not ended after `limit_s`, OSError where the kernel offers no notifications.
    """
    ours, theirs = socket.socketpair()
    lines_out, lines_in = os.pipe()
    child = os.fork()
    if child == 0:
        _run_child(action, theirs, lines_in)
    theirs.close()
    os.close(lines_in)
    try:
        _, handles, _, _ = socket.recv_fds(ours, 1, 1)
        if not handles:
            os.waitpid(child, 0)
            raise OSError(errno.ENOSYS, "the kernel offers no seccomp notifications (see the child's traceback)")
        watch = _Watch(child, handles[0], lines_out, folder.absolute(), rule)
        try:
            return watch.run(time.monotonic() + limit_s)
        finally:
            watch.close()
    finally:
        ours.close()
        os.close(lines_out)


def _run_child(action: Callable[[Callable[[str], None]], None], theirs: socket.socket, lines_in: int) -> NoReturn:
    def watched_action(tell: Callable[[str], None]) -> None:
        listener = _install_filter()
        socket.send_fds(theirs, [b"x"], [listener])
        os.close(listener)
        action(tell)

    run_and_exit(watched_action, lines_in)


class _FilterProgram(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def _install_filter() -> int:
    """Ask the kernel to hand over the calls of `NUMBERS`; the handle on which they come."""
    numbers = list(NUMBERS[platform.machine()])
    load_number, jump_equal, give_back = 0x20, 0x15, 0x06
    rules = [(load_number, 0, 0, 0)]
    rules += [(jump_equal, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    rules += [(give_back, 0, 0, 0x7FFF0000), (give_back, 0, 0, 0x7FC00000)]  # allow; notify
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
    program = _FilterProgram(len(rules), ctypes.cast(code, ctypes.c_void_p).value)
    if _libc.prctl(38, 1, 0, 0, 0):  # PR_SET_NO_NEW_PRIVS
        raise OSError(ctypes.get_errno(), "prctl")
    # SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER
    listener = int(_libc.syscall(_SECCOMP[platform.machine()], 1, 8, ctypes.byref(program)))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


class _Watch:
    """The parent's side: takes calls one by one until the child is gone."""

    def __init__(self, child: int, listener: int, lines_out: int, folder: Path, rule: Rule) -> None:
        self._child = child
        self._listener = listener
        self._lines_out = lines_out
        self._rule = rule
        self._process = os.pidfd_open(child)
        self._decoder = Decoder(child, folder, os.fstat(lines_out).st_ino)
        self._outcome = Outcome()
        self._status: int | None = None

    def run(self, deadline: float) -> Outcome:
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        poll.register(self._process, select.POLLIN)
        poll.register(self._lines_out, select.POLLIN)
        text = b""
        while True:
            ready = dict(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
            if not ready:
                raise TimeoutError(f"the watched process has not ended; last: {self._outcome.steps[-3:]}")
            if ready.get(self._lines_out, 0) & select.POLLIN:
                text += os.read(self._lines_out, 1 << 16)
            elif ready.get(self._lines_out):
                poll.unregister(self._lines_out)
            if ready.get(self._listener, 0) & select.POLLIN:
                self._take()
            elif self._process in ready:
                break
        os.set_blocking(self._lines_out, False)
        while chunk := os.read(self._lines_out, 1 << 16):
            text += chunk
        self._outcome.lines = [line.decode() for line in text.split(b"\n")[:-1]]
        self._status = os.waitpid(self._child, 0)[1]
        self._outcome.code = os.waitstatus_to_exitcode(self._status)
        return self._outcome

    def close(self) -> None:
        if self._status is None:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
        self._decoder.close()
        for handle in (self._listener, self._process):
            os.close(handle)

    def _take(self) -> None:
        packed = bytearray(80)
        if not self._exchange(_RECEIVE, packed):
            return
        cookie, _tid, _flags, number, _arch, _pointer, *arguments = struct.unpack("=QIIiIQ6Q", packed)
        try:
            step = self._decoder.decode(number, arguments)
        except ProcessLookupError:
            return
        verdict = self._rule(step) if isinstance(step, Call) else Proceed()
        if step is not None:
            self._outcome.steps.append((step, verdict))
        match verdict:
            case Kill():
                os.kill(self._child, signal.SIGKILL)
                return
            case Fail(code):
                answer = (cookie, 0, -code, 0)
            case Shorten(size):
                assert isinstance(step, Call)
                answer = (cookie, self._write(int(arguments[0]), step, size), 0, 0)
            case Proceed():
                answer = (cookie, 0, 0, 1)
        self._exchange(_ANSWER, bytearray(struct.pack("=QqiI", *answer)))

    def _exchange(self, what: int, packed: bytearray) -> bool:
        """Talk to the kernel; False when the process died meanwhile."""
        try:
            fcntl.ioctl(self._listener, what, packed, True)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
            return False
        return True

    def _write(self, handle: int, call: Call, size: int) -> int:
        """Write the first bytes in the process's place, through its own open file."""
        copy = int(_libc.syscall(_PIDFD_GETFD, self._process, handle, 0))
        if copy < 0:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
        try:
            if call.offset is None:
                return os.write(copy, call.content[:size])
            return os.pwrite(copy, call.content[:size], call.offset)
        finally:
            os.close(copy)


__all__ = ["Call", "Fail", "Kill", "Outcome", "Proceed", "Rule", "Shorten", "Told", "Verdict", "proceed", "watched"]
