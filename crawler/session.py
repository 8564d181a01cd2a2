"""RoomSession: one sitting in one room, from preflight to orderly close (data path 2 and 3).

It owns the browser, the recorder and the order of captures, and yields drafts; it never touches the store. A browser
that dies is replaced and the gap recorded; only the room's own end, a wall, the time limit or a stop ends the sitting.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil

from crawler.browser import Browser, BrowserLaunchError, Seat
from crawler.captures.bursts import BurstRules, Bursts
from crawler.captures.environment import preflight, preflight_more
from crawler.cdp import CdpError
from crawler.clock import Clock, Instant
from crawler.exits import ExitCode
from crawler.gaps import Cause
from crawler.jobs import WatchJob
from crawler.judgement import Ending, VisitEnd
from crawler.platforms import RoomIdentity, RoomState
from crawler.reading import SCARCITY, Changed, StateTold
from crawler.recorder import Recorder
from crawler.visit import Visit
from evidence_store.entries import JSON, Draft, EntryType

BEAT_SECONDS = 10.0
TICK_SECONDS = 1.0
SLEPT_SECONDS = (
    1.5  # a tick this much late, or clocks this far apart, means that the machine slept or the clock stepped
)
BACK_OFF = (0.0, 1.0, 2.0, 5.0, 10.0)  # seconds before a new browser, by how many died within `STEADY_SECONDS`
STEADY_SECONDS = 60.0
CLOSE_UP_SECONDS = 2.0
PREFLIGHT_LEFT_SECONDS = 0.5  # at the end of a short sitting, for a preflight that is nearly done
_FINE = {Ending.ENDED, Ending.ANOTHER_BROADCAST}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a sitting ended: the log's closing reason, the words for a person, the exit code."""

    code: ExitCode
    reason: str
    words: str


@dataclass(slots=True)
class SessionFigures:
    """What the watch shows while it runs. Written by the session alone."""

    entered_mono_ns: int | None = None
    pictures: int = 0  # all of them, bursts and those of a frozen page included
    bursts: int = 0
    burst_pictures: int = 0
    media_bytes: int = 0
    chat_frames: int = 0
    answers: int = 0  # to the page's own requests, kept
    gaps: int = 0
    open_gaps: tuple[str, ...] = ()
    seen_seconds: float = 0.0
    held_bytes: int = 0
    hear: Callable[[Changed | StateTold], None] = field(
        default=lambda _: None, repr=False
    )  # for whom the reader speaks to


class RoomSession:
    """Async context manager. `captures(going)` yields drafts in order until the sitting is over."""

    def __init__(self, job: WatchJob, clock: Clock, executable: Path, store: Path) -> None:
        self.job = job
        self.outcome: Outcome | None = None
        self.figures = SessionFigures(hear=self.hear)
        self._clock = clock
        self._executable = executable
        self._store = store
        self._drafts: asyncio.Queue[Draft] = asyncio.Queue()
        self._recorder = Recorder(clock, self._drafts.put_nowait)
        rules = BurstRules()
        self._bursts = Bursts(rules) if job.burst and rules.fits(job.rate_hz) else None
        self._visit: Visit | None = None
        self._identity: RoomIdentity | None = None
        self._run: asyncio.Task[Outcome] | None = None
        self._stop_reason: Outcome | None = None
        self._stopping = asyncio.Event()
        self._deadline: float | None = None
        self._begun = False
        self._preflights = 0  # parts of the preflight that are made

    async def __aenter__(self) -> Self:
        self._run = asyncio.create_task(self._sit(), name=f"session {self.job.url}")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._run is not None and not self._run.done():
            self._run.cancel()
            await asyncio.wait([self._run], timeout=5)

    def stop(self, code: ExitCode, reason: str, words: str) -> None:
        """End the sitting in an orderly way: drain, last page, close. Safe to call more than once."""
        if self._stop_reason is None:
            self._stop_reason = Outcome(code, reason, words)
            self._stopping.set()

    def hear(self, told: Changed | StateTold) -> None:
        """A reader tells something, on the session's loop.

        Of a scarcity counter's change a burst of pictures follows; what frames or answers say of the room's state is
        judged like what the page shows.
        """
        if self._visit is None or self._stop_reason is not None:
            return
        if isinstance(told, StateTold):
            self._visit.told(RoomState(told.state), told.entry, told.broadcast)
        elif told.kind in SCARCITY:
            self._visit.burst((self._clock.now().wall_ns - told.wall_ns) / 1e9, told.entry)

    def shed(self, draft: Draft) -> None:
        """The store could not take a capture: it is counted as a gap."""
        since = Instant(draft.wall_ns, draft.mono_ns)
        self._recorder.note_gap(Cause.LOAD_SHED, since, type=draft.type.value, bytes=draft.size)

    async def captures(self, going: Callable[[], bool]) -> AsyncIterator[Draft]:
        """Drafts in the order of their capture. `going()` is asked a few times a second: False means stop."""
        assert self._run is not None  # noqa: S101 - entered
        while not (self._run.done() and self._drafts.empty()):
            if not going():
                self.stop(ExitCode.STOPPED, "stopped by a person", "stopped early; what was captured is kept")
            try:
                yield await asyncio.wait_for(self._drafts.get(), 0.2)
            except TimeoutError:
                continue
        self.outcome = self._run.result()

    async def _sit(self) -> Outcome:
        """Visits, one after another, until one of them or something outside ends the sitting."""
        ticker = asyncio.create_task(self._tick(), name="tick")
        visits = asyncio.create_task(self._visits(), name="visits")
        try:
            # The ticker ends by a fault alone: without it batches would stop, and nobody would know.
            await asyncio.wait({ticker, visits}, return_when=asyncio.FIRST_COMPLETED)
            return visits.result() if visits.done() else _never(ticker.result())
        except BrowserLaunchError:
            raise
        except Exception as error:  # whatever it is, the log says that the watch broke here; it is raised on
            now = self._clock.now()
            self._recorder.note_gap(Cause.FAULT, now, now, why=type(error).__name__)
            raise
        finally:
            await _end(ticker, visits)
            self._recorder.finish()
            if self._recorder.left:
                self._recorder.outbox.drop()
            self._recorder.outbox.flush()
            for draft in self._recorder.gaps.end_all(self._clock.now()):
                self._recorder.outbox.pass_by(draft)
            self._beat()

    async def _visits(self) -> Outcome:
        deaths: list[float] = []
        loop = asyncio.get_running_loop()
        while True:
            try:
                outcome = await self._one_visit()
            except BrowserLaunchError:
                if self._stop_reason is not None:
                    return self._stop_reason
                if not self._begun:
                    raise
                outcome = None  # it ran before: try again, further apart each time
            if outcome is not None:
                return outcome
            now = self._clock.now()
            self._recorder.begin_gap(Cause.BROWSER_DIED, now)
            self._recorder.page_lost(now)
            self._recorder.outbox.flush()
            deaths = [at for at in deaths if loop.time() - at < STEADY_SECONDS] + [loop.time()]
            pause = BACK_OFF[min(len(deaths), len(BACK_OFF)) - 1]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            if self._stop_reason is not None:
                return self._stop_reason
            if self._deadline is not None and loop.time() >= self._deadline:
                return _time_over()

    async def _one_visit(self) -> Outcome | None:
        """One browser's time in the room; None when the browser died and the sitting goes on."""
        async with Browser(self._executable, Seat(self.job.profile), headed=self.job.headed) as browser:
            self._begun = True
            visit = self._visit = Visit(self.job, browser, self._recorder, self._identity, self._bursts)
            machine = asyncio.create_task(self._preflight(browser), name="preflight")
            running = asyncio.create_task(visit.run(), name="visit")
            timer = asyncio.create_task(self._until_deadline(visit), name="deadline")
            stopped = asyncio.create_task(self._stopping.wait(), name="stopping")
            try:
                await asyncio.wait({running, timer, stopped}, return_when=asyncio.FIRST_COMPLETED)
                self._identity = visit.identity
                end = running.result() if running.done() else None
                if end is not None and end.ending is Ending.DIED and self._stop_reason is None:
                    return None
                await _end(running)
                await visit.close_up(CLOSE_UP_SECONDS)
                end = end or visit.ended  # the last look may have seen it
                over = None if end is None or end.ending is Ending.DIED else _outcome(end)
                return over or self._stop_reason or _time_over()
            finally:
                self._visit = None
                await asyncio.wait({machine}, timeout=PREFLIGHT_LEFT_SECONDS)
                await _end(running, timer, stopped, machine)

    async def _until_deadline(self, visit: Visit) -> None:
        """The time given counts from the moment the room is first seen."""
        loop = asyncio.get_running_loop()
        if self._deadline is None:
            await visit.entered.wait()
            self._deadline = loop.time() + self.job.seconds
            self.figures.entered_mono_ns = self._clock.now().mono_ns
        await asyncio.sleep(max(0.0, self._deadline - loop.time()))

    async def _preflight(self, browser: Browser) -> None:
        """Once a sitting; a preflight that fails or is cut short is said, and made again with the next browser."""
        since = self._clock.now()
        try:
            if self._preflights == 0:
                self._recorder.outbox.pass_by(await preflight(self._clock, browser, self.job.url, self._store))
                self._preflights = 1
            if self._preflights == 1:
                self._recorder.outbox.pass_by(await preflight_more(self._clock, browser))
                self._preflights = 2
        except (asyncio.CancelledError, CdpError, OSError, ValueError) as error:
            self._recorder.note_gap(Cause.PREFLIGHT, since, part=self._preflights + 1, why=type(error).__name__)
            if isinstance(error, asyncio.CancelledError):
                raise

    async def _tick(self) -> None:
        """Each second: batches, silence, clocks; every ten a heartbeat."""
        last = self._clock.now()
        beat = last.mono_ns
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self._clock.now()
            mono, wall = (now.mono_ns - last.mono_ns) / 1e9, (now.wall_ns - last.wall_ns) / 1e9
            if abs(wall - mono) > SLEPT_SECONDS or mono - TICK_SECONDS > SLEPT_SECONDS:
                self._recorder.note_gap(
                    Cause.MACHINE_ASLEEP, last, now, wall_seconds=round(wall, 3), mono_seconds=round(mono, 3)
                )
            last = now
            self._recorder.flush()
            self._recorder.look_at_chat()
            self._update_figures()
            if (now.mono_ns - beat) / 1e9 >= BEAT_SECONDS:
                beat = now.mono_ns
                self._beat()

    def _beat(self) -> None:
        self._update_figures()
        figures = self.figures
        body: dict[str, JSON] = {
            "pictures": figures.pictures,
            "bursts": figures.bursts,
            "burst_pictures": figures.burst_pictures,
            "media_bytes": figures.media_bytes,
            "chat_frames": figures.chat_frames,
            "answers": figures.answers,
            "gaps": figures.gaps,
            "open_gaps": list(figures.open_gaps),
            "seen_ms": round(figures.seen_seconds * 1000),
            "held_bytes": figures.held_bytes,
            "rss": psutil.Process().memory_info().rss,
            "disk_free": psutil.disk_usage(str(self._store if self._store.exists() else self._store.parent)).free,
            "load": [round(load, 2) for load in psutil.getloadavg()],
        }
        self._recorder.fact(EntryType.HEARTBEAT, body)

    def _update_figures(self) -> None:
        recorder, figures = self._recorder, self.figures
        figures.pictures = recorder.pictures
        if self._bursts is not None:
            figures.bursts, figures.burst_pictures = self._bursts.begun, self._bursts.taken
        figures.media_bytes = recorder.media.bytes
        figures.chat_frames = recorder.chat_frames
        figures.answers = recorder.answers.answers
        figures.gaps = recorder.gaps.count
        figures.open_gaps = tuple(recorder.gaps.causes)
        figures.seen_seconds = recorder.video.seen_ns / 1e9
        figures.held_bytes = recorder.outbox.held_bytes


async def _end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel what still runs and wait a moment for it."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=1.5)


def _never(_: None) -> Outcome:
    msg = "the session's ticker ended by itself"
    raise RuntimeError(msg)


def _time_over() -> Outcome:
    return Outcome(ExitCode.FINE, "time over", "the time given is over")


def _outcome(end: VisitEnd) -> Outcome:
    code = ExitCode.FINE if end.ending in _FINE else ExitCode.ROOM
    return Outcome(code, f"{end.ending}: {end.state}", end.words)
