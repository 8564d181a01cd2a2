"""The follower: a process of its own that reads a capture log while it grows, and after (data path 5).

    python -m crawler.readers.follow --store DIR --log CAPTURE_LOG [--once] [--from-ms T] [--to-ms T]

It never touches the capture: it reads committed entries, at low priority, and writes a reading log. It ends when
the capture log is closed or cut off and every picture is read; with --once when it has read what is there. SIGTERM
and SIGINT make it close its log within 2 s, saying how far it came. One JSON object a line on stdout:

    {"event": "opened", "log": ID, "reads": CAPTURE_LOG}
    {"event": "reading", "read": N, "behind": M, "latest": {FIELD: {"kind", "text", "value", "lo", "hi", ...}}}
    {"event": "changed", "field": FIELD, "kind": KIND, "entry": N, "wall": NS}    (a new value, at once)
    {"event": "closed", "log": ID, "reason": ..., "read": N, "left": M, "tally": {...}}
    {"event": "error", "message": ..., "exit_code": N}
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from crawler.anchors import settings_of
from crawler.clock import Clock, SystemClock
from crawler.exits import ExitCode, LiveWitnessError
from crawler.readers.ocr import Engine, PaddleEngine
from crawler.readers.reading_run import ReadingRun
from crawler.readers.readings import Reading
from crawler.readers.speaking import Say, exit_code_of, speaker
from crawler.readers.turns import Turns
from evidence_store.entries import JSON, EntryType, StoredEntry
from evidence_store.errors import StoreError
from evidence_store.reader import LogReader
from evidence_store.store import Store

POLL_S = 0.1
FAR_MS = 1 << 43  # the year 2248
ASKED_S = 0.1  # how soon a signal is noticed
REPORT_NS = 1_000_000_000
FINISH_S = 1.0  # how long a picture in hand may take after a signal before the process ends without it
SCREENS = frozenset({str(EntryType.SCREEN)})
READ = SCREENS | {str(EntryType.MEDIA)}


class Follower:
    """Reads a capture log to its end in a thread, so that stopping never waits for a picture."""

    def __init__(
        self,
        store: Store,
        log: str,
        load: Callable[[], Engine],
        clock: Clock,
        say: Say,
        *,
        stretch: tuple[int, int] | None = None,
        turns: Turns | None = None,
    ) -> None:
        self._turns = turns or Turns()
        self._store = store
        self._log = log
        self._load = load
        self._clock = clock
        self._say = say
        self._stretch = stretch
        self._stop = threading.Event()
        self._run: ReadingRun | None = None
        self._opening = threading.Lock()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="reading", daemon=True)
        self._once = False
        self._done = threading.Event()
        self._asked = False

    def stop(self) -> None:
        """Ask for an early end; safe in a signal handler, which is why it takes no lock."""
        self._asked = True

    def follow(self, *, once: bool) -> bool:
        """Read to the end; false when it was stopped before. Raises what reading raised, after closing the log."""
        self._once = once
        self._thread.start()
        while not self._asked and not self._done.wait(ASKED_S):
            pass
        complete = self._done.is_set() and self._failed is None
        self._stop.set()
        with self._opening:
            run = self._run
        if run is not None:
            reason = "complete" if complete else ("stopped" if self._failed is None else "failed")
            with self._store.reader(self._log) as reader:
                closed = run.close(reason, lambda read_to: self._left(reader, read_to))
            self._say(
                {
                    "event": "closed",
                    "log": run.log,
                    "reason": reason,
                    "read": closed.read,
                    "left": closed.left,
                    "tally": asdict(run.tally),
                }
            )
        self._thread.join(FINISH_S)
        if self._failed is not None:
            raise self._failed
        return complete

    @property
    def busy(self) -> bool:
        """Whether the thread is still inside the OCR engine."""
        return self._thread.is_alive()

    def _work(self) -> None:
        try:
            engine = self._load()
            with self._opening:
                if self._stop.is_set():
                    return
                self._run = ReadingRun(self._store, self._log, engine, self._clock, stretch=self._stretch)
            self._say({"event": "opened", "log": self._run.log, "reads": self._log})
            with self._store.reader(self._log) as reader:
                self._read_all(reader, self._run)
        except BaseException as error:  # noqa: BLE001 - `follow` raises it in the thread that asked
            self._failed = error
        finally:
            self._done.set()

    def _read_all(self, reader: LogReader, run: ReadingRun) -> None:
        said_ns, said_to = 0, None
        for entry in self._pictures(reader):
            if entry is None:
                run.flush()
                if run.progress().read_to != said_to:  # nothing follows for now: the last picture is told too
                    said_to = self._report(reader, run)
                continue
            with self._turns.take(self._stop) as mine:
                if not mine or not run.video(entry):
                    return
                if entry.type == EntryType.MEDIA:
                    continue
                if not run.picture(entry):
                    return
            self._say_changes(run, entry.index)
            if self._clock.now().mono_ns - said_ns >= REPORT_NS:
                said_ns = self._clock.now().mono_ns
                said_to = self._report(reader, run)
        run.finish()
        self._report(reader, run)

    def _say_changes(self, run: ReadingRun, entry: int) -> None:
        """A new value is told at once, before it counts: the watch may then take pictures that confirm it."""
        for reading in run.waiting():
            if reading.entry == entry:
                self._say(
                    {
                        "event": "changed",
                        "field": reading.field,
                        "kind": reading.kind,
                        "entry": entry,
                        "wall": str(reading.wall_ns),
                    }
                )

    def _pictures(self, reader: LogReader) -> Iterator[StoredEntry | None]:
        """Each `screen` and `media` entry once, in order; null when there is none yet. Ends with the log or a stop."""
        start = 0
        while not self._stop.is_set():
            # Asked before the entries: what was written before the end is then surely seen.
            ended = self._once or reader.closed() or not self._store.being_written(self._log)
            for entry in reader.entries(start, READ if self._stretch is None else SCREENS):
                if self._stop.is_set():
                    return
                start = entry.index + 1
                if self._wanted(entry):
                    yield entry
            if ended:
                return
            yield None
            self._stop.wait(POLL_S)

    def _wanted(self, entry: StoredEntry) -> bool:
        return self._stretch is None or self._stretch[0] <= entry.wall_ns < self._stretch[1]

    def _left(self, reader: LogReader, read_to: int | None) -> int:
        """How many pictures are there and not read yet."""
        start = 0 if read_to is None else read_to + 1
        if self._stretch is None:
            return sum(1 for _ in reader.rows(start, SCREENS))
        return sum(self._wanted(entry) for entry in reader.entries(start, SCREENS))

    def _report(self, reader: LogReader, run: ReadingRun) -> int | None:
        """Say how far the run is; returns the last picture told of."""
        progress = run.progress()
        latest = {field: _shown(reading) for field, reading in sorted(progress.latest.items())}
        behind = self._left(reader, progress.read_to)
        self._say({"event": "reading", "read": progress.read, "behind": behind, "latest": latest})
        return progress.read_to


def _shown(reading: Reading) -> dict[str, JSON]:
    """A reading for display. Its text is a legal counter as a whole, so no name or sentence can be in it."""
    return {
        "kind": reading.kind,
        "text": reading.text,
        "value": reading.value,
        "lo": reading.lo,
        "hi": reading.hi,
        "ladder": str(reading.ladder) if reading.ladder else None,
        "entry": reading.entry,
        "wall": str(reading.wall_ns),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Follow a capture log; returns an exit code of the README's table."""
    parser = argparse.ArgumentParser(prog="python -m crawler.readers.follow", description="Read counters of a session.")
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--log", required=True, help="id of the capture log")
    parser.add_argument("--once", action="store_true", help="read what is there and end")
    parser.add_argument("--from-ms", type=int, help="first picture's time, epoch milliseconds")
    parser.add_argument("--to-ms", type=int, help="time before which the last picture lies, epoch milliseconds")
    options = parser.parse_args(arguments)
    stretch = None
    if options.from_ms is not None or options.to_ms is not None:
        stretch = ((options.from_ms or 0) * 1_000_000, (options.to_ms or FAR_MS) * 1_000_000)
    say = speaker()
    os.nice(10)
    try:
        with Store.open(options.store, anchors=settings_of(options.store)) as store:
            store.reader(options.log).close()
            follower = Follower(store, options.log, PaddleEngine, SystemClock(), say, stretch=stretch)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: follower.stop())
            complete = follower.follow(once=options.once)
    except (StoreError, LiveWitnessError) as error:
        code = exit_code_of(error)
        say({"event": "error", "message": str(error), "exit_code": int(code)})
        return code
    if follower.busy:
        # The log is closed and durable; a thread inside onnxruntime can't be unwound by the interpreter's own exit.
        sys.stderr.flush()
        os._exit(ExitCode.FINE if complete else ExitCode.STOPPED)
    return ExitCode.FINE if complete else ExitCode.STOPPED


if __name__ == "__main__":
    raise SystemExit(main())
