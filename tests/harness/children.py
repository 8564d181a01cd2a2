"""A forked process that tells lines, and is killed or stopped when a test wants."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import NoReturn, Self


def run_and_exit(action: Callable[[Callable[[str], None]], None], lines_in: int) -> NoReturn:
    """Run `action(tell)` and end this process: code 0, or 7 with a traceback. `tell` writes one line at once."""
    try:
        action(lambda line: _write_line(lines_in, line))
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - the child must end here, whatever it was
        traceback.print_exception(error)
        sys.stderr.flush()
        os._exit(7)


def _write_line(handle: int, line: str) -> None:
    os.write(handle, f"{line}\n".encode())


class Child:
    """A running child. Killed when the `with` ends."""

    def __init__(self, action: Callable[[Callable[[str], None]], None]) -> None:
        lines_out, lines_in = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            os.close(lines_out)
            run_and_exit(action, lines_in)
        os.close(lines_in)
        self._lines = os.fdopen(lines_out, "rb")
        self.code: int | None = None

    def line(self) -> str:
        """The next whole line. Raises EOFError when the child ended without one."""
        line = self._lines.readline()
        if not line.endswith(b"\n"):
            raise EOFError(f"the child ended: {line!r}")
        return line.decode().rstrip("\n")

    def lines(self) -> Iterator[str]:
        """What is told until the child ends; half a line does not count."""
        with contextlib.suppress(EOFError):
            while True:
                yield self.line()

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process, number)

    def until_stopped(self) -> None:
        """Wait until the child is stopped (SIGSTOP). Raises ChildProcessError when it ended instead."""
        _, status = os.waitpid(self.process, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            self.code = os.waitstatus_to_exitcode(status)
            raise ChildProcessError(f"the child ended with {self.code}")

    def wait(self) -> int:
        """Wait for the end; the exit code, negative for a signal."""
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return self.code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.code is None:
            self.signal(signal.SIGKILL)
            self.wait()
        self._lines.close()
