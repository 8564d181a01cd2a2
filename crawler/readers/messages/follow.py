"""The follower of frames and answers: a process of its own beside the watch (data path 5).

    python -m crawler.readers.messages.follow --store DIR --log CAPTURE_LOG [--once]

It reads committed `chat` and `answers` entries, decodes them by the adapter that the session's first `room.state` with
a platform names, and writes a reading log. It ends when the capture log is closed or cut off and everything is read.
One JSON object a line on stdout:

    {"event": "opened", "log": ID, "reads": CAPTURE_LOG}
    {"event": "state", "state": STATE, "entry": N, "wall": NS, "broadcast": ID}   (as frames or answers tell it)
    {"event": "messages", "read": N, "behind": M, "kinds": {KIND: COUNT}}
    {"event": "closed", "log": ID, "reason": ..., "read": N, "left": M, "tally": {...}}
    {"event": "error", "message": ..., "exit_code": N}
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from crawler.anchors import settings_of
from crawler.clock import Clock, SystemClock
from crawler.exits import ExitCode, LiveWitnessError
from crawler.readers.messages.run import GENERIC, READ, MessageRun, told_of
from crawler.readers.speaking import Say, exit_code_of, speaker
from evidence_store.entries import EntryType, StoredEntry
from evidence_store.errors import StoreError
from evidence_store.reader import LogReader
from evidence_store.store import Store

POLL_S = 0.2
REPORT_NS = 1_000_000_000
STATE = str(EntryType.ROOM_STATE)
MOST_BEFORE = 2000  # entries that wait for the platform to be known; then they are read as a site nobody knows


class MessageFollower:
    """Reads a capture log's frames and answers to its end. `stop` may be called from a signal handler."""

    def __init__(self, store: Store, log: str, clock: Clock, say: Say) -> None:
        self._store = store
        self._log = log
        self._clock = clock
        self._say = say
        self._stop = threading.Event()
        self._run: MessageRun | None = None
        self._before: list[StoredEntry] = []  # what came before the platform was known
        self._said_ns = 0

    def stop(self) -> None:
        """Ask for an early end."""
        self._stop.set()

    def follow(self, *, once: bool) -> bool:
        """Read to the end; false when it was stopped before."""
        with self._store.reader(self._log) as reader:
            reason = "failed"
            try:
                complete = self._read_all(reader, once=once)
                if complete and self._run is None:
                    self._begin(GENERIC)
                reason = "complete" if complete else "stopped"
            finally:
                self._close(reader, reason)
        return complete

    def _read_all(self, reader: LogReader, *, once: bool) -> bool:
        start = 0
        while not self._stop.is_set():
            # Asked before the entries: what was written before the end is then surely seen.
            ended = once or reader.closed() or not self._store.being_written(self._log)
            for entry in reader.entries(start, READ | {STATE}):
                if self._stop.is_set():
                    return False
                start = entry.index + 1
                self._take(entry)
                self._report(reader)
            if self._run is not None:
                self._run.flush()
            if ended:
                self._report(reader, now=True)
                return True
            self._stop.wait(POLL_S)
        return False

    def _take(self, entry: StoredEntry) -> None:
        if entry.type == STATE:
            if self._run is None and (platform := entry.body.get("platform")):
                self._begin(str(platform))
        elif self._run is not None:
            self._decode(self._run, entry)
        else:
            self._before.append(entry)
            if len(self._before) >= MOST_BEFORE:
                self._begin(GENERIC)

    def _begin(self, platform: str) -> None:
        self._run = run = MessageRun(self._store, self._log, platform, self._clock)
        self._say({"event": "opened", "log": run.log, "reads": self._log})
        before, self._before = self._before, []
        for entry in before:
            self._decode(run, entry)

    def _decode(self, run: MessageRun, entry: StoredEntry) -> None:
        for told in run.entry(entry):
            self._say(
                {
                    "event": "state",
                    "state": str(told.state),
                    "entry": told.entry,
                    "wall": str(told.wall_ns),
                    "broadcast": told.broadcast,
                }
            )
        run.flush()

    def _report(self, reader: LogReader, *, now: bool = False) -> None:
        run, at_ns = self._run, self._clock.now().mono_ns
        if run is None or (not now and at_ns - self._said_ns < REPORT_NS):
            return
        self._said_ns = at_ns
        kinds = dict(sorted(run.tally.kinds.items()))
        self._say({"event": "messages", "read": run.read, "behind": _left(reader, run.read_to), "kinds": kinds})

    def _close(self, reader: LogReader, reason: str) -> None:
        run = self._run
        if run is None:
            return
        closed = run.close(reason, lambda read_to: _left(reader, read_to))
        self._say(
            {
                "event": "closed",
                "log": run.log,
                "reason": reason,
                "read": closed.read,
                "left": closed.left,
                "tally": told_of(run.tally),
            }
        )


def _left(reader: LogReader, read_to: int | None) -> int:
    """How many entries of frames and answers are there and not read yet."""
    return sum(1 for _ in reader.rows(0 if read_to is None else read_to + 1, READ))


def main(arguments: Sequence[str] | None = None) -> int:
    """Follow a capture log; returns an exit code of the README's table."""
    parser = argparse.ArgumentParser(
        prog="python -m crawler.readers.messages.follow", description="Read frames and answers of a session."
    )
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--log", required=True, help="id of the capture log")
    parser.add_argument("--once", action="store_true", help="read what is there and end")
    options = parser.parse_args(arguments)
    say = speaker()
    os.nice(10)
    try:
        with Store.open(options.store, anchors=settings_of(options.store)) as store:
            store.reader(options.log).close()
            follower = MessageFollower(store, options.log, SystemClock(), say)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: follower.stop())
            complete = follower.follow(once=options.once)
    except (StoreError, LiveWitnessError) as error:
        code = exit_code_of(error)
        say({"event": "error", "message": str(error), "exit_code": int(code)})
        return code
    return ExitCode.FINE if complete else ExitCode.STOPPED


if __name__ == "__main__":
    raise SystemExit(main())
