"""The reader as seen from a watch: a child process, its progress, and its end (data path 5).

The reader follows the log by itself. The watch only starts it, shows what it says (one JSON object a line on its
standard output), and waits for it afterwards. It runs in a session of its own: Ctrl-C goes to the watch alone.
Two things come back: that a counter changed, upon which the watch may look more closely for a moment; and that frames
or answers tell another state of the room, which the page may not show (yet).
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.exits import ExitCode

FOLLOW = "crawler.readers.follow"
MESSAGES = "crawler.readers.messages.follow"
EVERY_FRAME = "crawler.readers.streams.reread_process"
SCARCITY = frozenset({"stock", "stock_left", "percent", "sold"})  # kinds of counters that say how little is left


@dataclass(frozen=True, slots=True)
class Changed:
    """A counter showed another value than before: which field, of which kind, in which capture entry's picture."""

    field: str
    kind: str
    entry: int
    wall_ns: int  # when that picture was taken, Unix nanoseconds


@dataclass(frozen=True, slots=True)
class StateTold:
    """A frame or an answer of capture entry `entry` says that the room is in this state."""

    state: str
    entry: int
    wall_ns: int  # when it was received, Unix nanoseconds
    broadcast: str | None = None  # the one that is meant, where the site says so


@dataclass(slots=True)
class ReadingFigures:
    """What the reader last said."""

    read: int = 0
    behind: int = 0
    latest: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)  # of messages, how many of each kind
    log: str = ""  # of the readings
    error: str = ""


class ReaderProcess:
    """`python -m crawler.readers.follow` on one capture log. Thread-safe to read; ended with `stop` or `wait`."""

    def __init__(
        self, store: Path, log: str, from_ms: int | None = None, to_ms: int | None = None, *, module: str = FOLLOW
    ) -> None:
        """`from_ms` and `to_ms`: epoch milliseconds, for a part of the log only. `module`: the program that reads."""
        self.figures = ReadingFigures()
        self._heard: Callable[[Changed | StateTold], None] | None = None
        self._hearing = threading.Lock()
        command = [sys.executable, "-m", module, "--store", str(store), "--log", log]
        for name, bound in (("--from-ms", from_ms), ("--to-ms", to_ms)):
            command += [] if bound is None else [name, str(bound)]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._threads = [
            threading.Thread(target=self._follow, daemon=True, name="reader-progress"),
            threading.Thread(target=self._complaints, daemon=True, name="reader-errors"),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def listen(self, heard: Callable[[Changed | StateTold], None] | None) -> None:
        """Have `heard` called for each change and each state told, in a thread of the reader's; it may not block.

        With None nobody listens any more: when this returns, no call is under way and none will come.
        """
        with self._hearing:
            self._heard = heard

    def wait(self, seconds: float) -> bool:
        """True when it has ended within the time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        for thread in self._threads:
            thread.join(1)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None and not any(thread.is_alive() for thread in self._threads):
                pipe.close()
        return True

    def ask_to_stop(self) -> None:
        """Tell it to close its log; returns at once. The rest can be read later with `reread`."""
        self._process.terminate()

    def stop(self, seconds: float = 2.5) -> None:
        """Tell it to close its log and wait for that; end it by force when it does not."""
        self.ask_to_stop()
        if not self.wait(seconds):
            self._process.kill()
            self.wait(1)

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    @property
    def failed(self) -> bool:
        """It ended by itself without reading everything; told to stop is no failure."""
        return self.exit_code not in {None, int(ExitCode.FINE), int(ExitCode.STOPPED)}

    def _follow(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        for line in self._process.stdout:
            with contextlib.suppress(json.JSONDecodeError):
                said = json.loads(line)
                if said.get("event") == "reading":
                    self.figures.read = said.get("read", self.figures.read)
                    self.figures.behind = said.get("behind", self.figures.behind)
                    self.figures.latest = said.get("latest", self.figures.latest)
                if said.get("event") == "messages":
                    self.figures.read = said.get("read", self.figures.read)
                    self.figures.behind = said.get("behind", self.figures.behind)
                    self.figures.kinds = said.get("kinds", self.figures.kinds)
                if said.get("event") in {"changed", "state"}:
                    self._pass_on(said)
                if said.get("event") == "opened":
                    self.figures.log = str(said.get("log", ""))
                if said.get("event") == "closed":
                    self.figures.behind = said.get("left", self.figures.behind)
                if said.get("event") == "error":
                    self.figures.error = said.get("message", "")

    def _pass_on(self, said: dict[str, Any]) -> None:
        told: Changed | StateTold
        try:
            if said["event"] == "state":
                told = StateTold(str(said["state"]), int(said["entry"]), int(said["wall"]), said.get("broadcast"))
            else:
                told = Changed(str(said["field"]), str(said["kind"]), int(said["entry"]), int(said["wall"]))
        except (KeyError, ValueError, TypeError) as error:
            self.figures.error = f"the reader told something that can't be understood: {error!r}"
            return
        with self._hearing:
            if self._heard is not None:
                self._heard(told)

    def _complaints(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - a pipe
        for line in self._process.stderr:
            text = line.decode(errors="replace").strip()
            if text:
                self.figures.error = text[-500:]
