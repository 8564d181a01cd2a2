"""One browser in the room: enters, keeps looking, and says how it ended (data path 2 and 3).

A visit ends by itself when the broadcast ends, the room changes, a wall comes up, or the browser dies; a crashed page
is replaced within the visit. Whatever happens, the captures of another room are dropped, never handed on.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import Any

from playwright.async_api import Error, Page

from crawler.actions import Actions
from crawler.browser import Browser
from crawler.captures.addresses import canonical
from crawler.captures.bursts import Bursts
from crawler.captures.page import page_draft
from crawler.captures.screen import ScreenCapture, Shot
from crawler.captures.targets import Target, Targets
from crawler.cdp import CdpClosedError, CdpConnection, CdpError, CdpTimeoutError
from crawler.clock import Instant
from crawler.entering import ENTER_SECONDS, opened
from crawler.gaps import Cause
from crawler.jobs import WatchJob
from crawler.judgement import Ending, OurRoom, VisitEnd, judge, judge_told
from crawler.platforms import RoomIdentity, RoomState, Sight, site_named
from crawler.probe import Probe
from crawler.recorder import Recorder
from evidence_store.entries import EntryType

LOOK_SECONDS = 1.5  # a look that takes longer means a frozen page
LOOK_INTERVAL = 0.5
LOST_SECONDS = 10.0  # a page that shows no room for this long is not coming back
PAGE_SECONDS = 5.0
LINES_SECONDS = 1.0  # between two polls of the chat lines
STILL_SECONDS = 0.2  # for what was on its way from the browser to us
WORDS_SECONDS = 3.0  # how long words alone must say that a watch is over
_NO_PAGE = (Cause.FROZEN, Cause.NAVIGATED, Cause.CRASHED, Cause.BROWSER_DIED)


class Visit:
    """Use once: `await visit.run()` until it returns or is cancelled; then `await visit.close_up()`."""

    def __init__(
        self,
        job: WatchJob,
        browser: Browser,
        recorder: Recorder,
        identity: RoomIdentity | None,
        bursts: Bursts | None = None,
    ) -> None:
        self._job = job
        self._browser = browser
        self._recorder = recorder
        self._clock = recorder.clock
        self.identity = identity  # known from an earlier visit, or learned by entering
        self.state: RoomState | None = None
        self.entered = asyncio.Event()
        self._end: asyncio.Future[VisitEnd] = asyncio.get_running_loop().create_future()
        self._session = ""
        self._page_came = asyncio.Event()
        self._probe: Probe | None = None
        self._looking = asyncio.Lock()
        self._good: Instant | None = None  # the last look that saw our room
        self._settling = True  # between entering or navigating and the first look that saw the room
        self._actions = Actions(job.clicks, recorder)
        self._shooting: asyncio.Task[None] | None = None
        self._suspicion: tuple[RoomState, int] | None = None  # what words say, and since which look
        self._navigated_at: Instant | None = None  # of a document that has not been seen yet
        self._targets: Targets | None = None
        self._status: int | None = None
        self._told: RoomState | None = None  # by frames or answers, before the room was seen
        self._screen = ScreenCapture(
            self._clock,
            job.rate_hz,
            on_shot=self._shot,
            on_missed=self._missed,
            bursts=bursts,
            may_burst=self._may_burst,
        )

    @property
    def cdp(self) -> CdpConnection:
        assert self._browser.cdp is not None  # noqa: S101 - a visit is of a started browser
        return self._browser.cdp

    @property
    def ended(self) -> VisitEnd | None:
        """How the visit ended; None while it runs."""
        return self._end.result() if self._end.done() else None

    async def run(self) -> VisitEnd:
        """Watch until something ends it. Gaps of an earlier visit end when the video moves again."""
        cdp = self.cdp
        targets = self._targets = Targets(cdp, self._page_attached, self._crashed, self._popup)
        self._recorder.listen(cdp, targets)
        self._screen.listen(cdp)
        cdp.on("Page.frameNavigated", self._navigated)
        try:
            await targets.start()
            await asyncio.wait_for(self._page_came.wait(), LOST_SECONDS)
        except (CdpError, TimeoutError) as error:
            return VisitEnd(Ending.DIED, RoomState.UNREACHABLE, f"the browser opened no page: {error}")
        tasks = [
            asyncio.create_task(work, name=name)
            for name, work in (("enter", self._enter(self._browser.page)), ("look", self._look_on()),
                               ("screen", self._shoot()), ("lines", self._read_lines()),
                               ("gone", cdp.closed.wait()))
        ]  # fmt: skip
        try:
            return await self._first(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=1)

    async def _first(self, tasks: list[asyncio.Task[Any]]) -> VisitEnd:
        """The visit's end, or what a task of it raised, whichever comes first."""
        waiting: set[asyncio.Future[Any]] = {self._end, *tasks}
        while True:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self._end.done():
                return self._end.result()
            for task in done:
                if (error := task.exception()) is not None and not isinstance(error, CdpClosedError):
                    raise error
            if self.cdp.closed.is_set():
                if self.cdp.handler_error is not None and not isinstance(self.cdp.handler_error, CdpError):
                    raise self.cdp.handler_error
                return VisitEnd(Ending.DIED, self.state or RoomState.UNREACHABLE, "the browser died")

    async def _enter(self, page: Page) -> None:
        """Open the room's address. What the server says is judged there, what the page shows by the looks."""
        self._status, end = await opened(page, self._job.url)
        if end is not None and not self.cdp.closed.is_set() and not self._browser.died.is_set():
            await self._leave(end)

    async def _look_on(self) -> None:
        """Look twice a second, and after each picture; judge what is seen."""
        lost_since = asyncio.get_running_loop().time()
        while True:
            if await self.look():
                lost_since = asyncio.get_running_loop().time()
            limit = ENTER_SECONDS if not self.entered.is_set() else LOST_SECONDS
            frozen = self._recorder.gaps.is_open(Cause.FROZEN)
            if not frozen and asyncio.get_running_loop().time() - lost_since > limit and self._status is not None:
                state = self._told or self.state or RoomState.NO_CONTENT
                await self._leave(
                    VisitEnd(
                        Ending.NOT_LIVE,
                        state,
                        f"no live room is to be seen on the page: {state}; watch again when it is live",
                    )
                )
            await asyncio.sleep(LOOK_INTERVAL)

    async def look(self) -> bool:
        """One look; True when it saw our room. Others that want one meanwhile wait for their own."""
        async with self._looking:
            if self._probe is None:
                return False
            try:
                sight = await self._probe.look(timeout=LOOK_SECONDS)
            except CdpTimeoutError:
                if self._good is not None:
                    self._recorder.begin_gap(Cause.FROZEN, self._good)
                return False
            except CdpClosedError:
                raise
            except CdpError:
                return False  # between two documents; `_look_on` knows how long that may last
            return await self._judge(sight)

    async def _judge(self, sight: Sight) -> bool:
        verdict = judge(sight, self.identity, entered=self.entered.is_set())
        if isinstance(verdict, OurRoom):
            await self._confirm(sight, verdict)
            return True
        if isinstance(verdict, VisitEnd) and not verdict.certain and not self._lasts(verdict, sight):
            return False
        self.state = verdict.state
        if isinstance(verdict, VisitEnd):
            if verdict.ending is Ending.LEFT:
                self._jumped(verdict)
            else:
                await self._leave(verdict)
        return False

    def _lasts(self, verdict: VisitEnd, sight: Sight) -> bool:
        """Words on a page end a watch only when looks agree on them for a while: chat says all kinds of things."""
        if self._suspicion is None or self._suspicion[0] is not verdict.state:
            self._suspicion = (verdict.state, sight.mono_ns)
        return (sight.mono_ns - self._suspicion[1]) / 1e9 >= WORDS_SECONDS

    async def _confirm(self, sight: Sight, room: OurRoom) -> None:
        state = room.state
        self._suspicion = None
        self._navigated_at = None
        recorder, now = self._recorder, self._clock.now()
        self._good = Instant(now.wall_at(sight.mono_ns), sight.mono_ns)
        known = self.identity.broadcast if self.identity is not None else None
        self.identity = replace(room.identity, broadcast=room.identity.broadcast or known)
        recorder.outbox.confirm(sight.mono_ns)
        recorder.end_gap(Cause.FROZEN, self._good)
        recorder.saw(sight, now.mono_ns)
        if recorder.video.good:
            for cause in (Cause.NAVIGATED, Cause.CRASHED, Cause.BROWSER_DIED):
                recorder.end_gap(cause, self._good)
        if state is not self.state or self._settling:
            self._settling = False
            self._state_entry(sight.url, state)
            occasion = f"state: {state}" if self.entered.is_set() else "start"
            self.cdp.spawn(self._keep_page(occasion, PAGE_SECONDS))
        self.entered.set()
        await self._actions.consider(self.cdp, self._session, sight, self._screen)

    def _jumped(self, end: VisitEnd) -> None:
        """The tab shows another room: drop what came since the last good look, and keep nothing of it."""
        self._recorder.leave_room(self._good or self._clock.now())
        self._recorder.fact(EntryType.ROOM_STATE, {"state": end.ending.value})
        if not self._end.done():
            self._end.set_result(end)

    async def _leave(self, end: VisitEnd, told_by: int | None = None) -> None:
        """The visit is over: note the state (`told_by`: the capture that said it), keep the page, then end."""
        if self._end.done():
            return
        self._state_entry(self._job.url, end.state, why=end.words, **({} if told_by is None else {"told_by": told_by}))
        if end.ending is not Ending.UNREACHABLE or self._status is not None:
            await self._keep_page(f"state: {end.state}", 1.5)
        if not self._end.done():
            self._end.set_result(end)

    def _state_entry(self, url: str, state: RoomState, **more: str | int) -> None:
        self.state = state
        identity = self.identity
        self._recorder.fact(
            EntryType.ROOM_STATE,
            {
                "state": state.value,
                "url": canonical(url),
                "asked": canonical(self._job.url),
                "status": self._status,
                "platform": identity.platform if identity else None,
                "room": identity.room if identity else None,
                "broadcast": identity.broadcast if identity else None,
                **more,
            },
        )

    async def _keep_page(self, occasion: str, seconds: float) -> None:
        if self._probe is None:
            return
        since = self._clock.now()
        try:
            draft = await page_draft(
                self.cdp, self._session, self._probe, self._clock, occasion=occasion, seconds=seconds
            )
        except CdpError as error:
            self._recorder.note_gap(Cause.UNREADABLE, since, occasion=occasion, why=str(error)[:300])
            return
        self._recorder.outbox.put(draft, self._clock.now().mono_ns)

    async def close_up(self, seconds: float) -> None:
        """The watch ends: a last page and look within `seconds`; then the page is left, and all that it got is kept."""
        recorder = self._recorder
        gone = self.cdp.closed.is_set() or recorder.gaps.is_open(Cause.FROZEN) or self._session == ""
        if not gone and not self._ended_by(Ending.WALL, Ending.UNREACHABLE, Ending.LEFT):
            await self._keep_page("end", seconds / 2)
            with contextlib.suppress(CdpError, TimeoutError):
                await self._poll_lines(seconds / 4)
                await asyncio.wait_for(self.look(), seconds / 4)
            await recorder.media.drain(seconds / 4)
        recorder.closing = True
        if not self.cdp.closed.is_set():
            # The page is held still before the taps are closed: what its script has got by then has been told to us,
            # and it gets no more. (A page that is left in the middle of a stream keeps its last bytes to itself.)
            if self._targets is not None:
                await self._targets.hold_still(seconds / 4)
            await asyncio.sleep(STILL_SECONDS)
        recorder.finish()
        if recorder.left:
            recorder.outbox.drop()  # its range is a gap already
        recorder.outbox.flush()

    def _ended_by(self, *endings: Ending) -> bool:
        return self._end.done() and self._end.result().ending in endings

    async def _shoot(self) -> None:
        """Pictures from the moment the room is seen, on whichever page shows it."""
        await self.entered.wait()
        while True:
            await self._page_came.wait()
            self._shooting = asyncio.create_task(self._screen.run(self.cdp, self._session))
            try:
                await asyncio.wait([self._shooting])
            finally:
                self._shooting.cancel()
            if not self._shooting.cancelled() and (error := self._shooting.exception()) is not None:
                if isinstance(error, CdpClosedError):
                    return
                raise error

    def told(self, state: RoomState, entry: int, broadcast: str | None) -> None:
        """A frame or an answer of capture `entry` says that the room is in this state."""
        self._told = None if self.entered.is_set() or state is RoomState.LIVE else state
        end = judge_told(state, broadcast, self.identity, entered=self.entered.is_set())
        if end is not None and not self._end.done():
            self.cdp.spawn(self._leave(end, entry))
        elif end is None and not self._end.done():
            shown = self.state.value if self.state is not None else None
            self._recorder.fact(EntryType.ROOM_STATE, {"state": shown, "told": state.value, "told_by": entry})

    def burst(self, age_s: float, entry: int) -> None:
        """A scarcity counter was seen to change, in the picture of capture `entry`, `age_s` seconds ago."""
        self._screen.burst(age_s, entry)

    def _may_burst(self) -> bool:
        """The grid is being shot, of our room, which answers, and nobody is leaving it."""
        gaps = self._recorder.gaps
        gone = self._shooting is None or self._shooting.done() or self._settling or self._end.done()
        return not gone and not self._recorder.closing and not any(gaps.is_open(cause) for cause in _NO_PAGE)

    async def _shot(self, shot: Shot) -> None:
        self._recorder.keep_shot(shot)
        if shot.method == "screenshot":
            await self.look()

    async def _read_lines(self) -> None:
        """Once a second: the chat lines that our room showed."""
        while True:
            await asyncio.sleep(LINES_SECONDS)
            await self._poll_lines(LOOK_SECONDS)

    async def _poll_lines(self, seconds: float) -> None:
        if self._probe is None or self.identity is None or self._settling or self._recorder.gaps.is_open(Cause.FROZEN):
            return
        try:
            rows = site_named(self.identity.platform).chat_rows
            await self._recorder.lines.poll(self._probe, rows, timeout=seconds)
        except CdpClosedError:
            raise
        except CdpError:
            return  # frozen or between two documents: the looks say so, and a document that lives keeps its lines

    def _missed(self, since: Instant, until: Instant) -> None:
        if not self._recorder.gaps.causes:  # within another gap it is explained already
            self._recorder.note_gap(Cause.PICTURE_MISSED, since, until)

    def _page_attached(self, target: Target) -> None:
        self._session = target.session
        self._probe = Probe(self.cdp, target.session, self._clock, self._actions.words)
        self._page_came.set()

    def _navigated(self, params: dict[str, Any], session: str) -> None:
        frame = params["frame"]
        if session != self._session or frame.get("parentId") or self._probe is None or self._recorder.closing:
            return
        self._probe.forget()
        if self.entered.is_set() and self._good is not None and not self.cdp.closed.is_set():
            if not self._recorder.gaps.is_open(Cause.CRASHED):
                self._recorder.begin_gap(Cause.NAVIGATED, self._good)
            self._settling = True
            now = self._clock.now()
            self._recorder.page_lost(now)
            if self._navigated_at is not None:
                self._recorder.forget_unseen(self._navigated_at, now)
            self._navigated_at = now

    def _popup(self, url: str) -> None:
        """The page opened another one: closed unheard, and said."""
        self._recorder.fact(EntryType.ACTION, {"action": "closed a page that the room opened", "url": canonical(url)})

    def _crashed(self, target: Target) -> None:
        if target.session != self._session or self._recorder.closing:
            return
        self._probe = None
        self._session = ""
        self._page_came.clear()
        if self._shooting is not None:
            self._shooting.cancel()  # a crashed page answers no call
        since = self._good or self._clock.now()
        self._recorder.begin_gap(Cause.CRASHED, since)
        self._recorder.page_lost(self._clock.now())
        self._settling = True
        self.cdp.spawn(self._replace_page())

    async def _replace_page(self) -> None:
        """A crashed page can't navigate any more: open a new one in its place."""
        assert self._targets is not None  # noqa: S101 - a page has crashed, so it was attached
        self._targets.expect_page()
        try:
            page = await self._browser.new_page()
        except Error:
            await self.cdp.close()  # a browser that opens no page is as good as dead: the next visit has a new one
            return
        await self._enter(page)
