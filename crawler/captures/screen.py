"""Pictures of the page at a nominal rate, kept as delivered (data path 3).

`Page.captureScreenshot` JPEG q80: the cheapest way below 5 Hz by a factor of four (measured). It has no time-stamp of
its own: the call's bracket (before, after) is the picture's time. A call that takes over a second means a frozen page:
a screencast is started meanwhile, which goes on delivering what the compositor shows.

Between the grid's pictures lie those of bursts (`bursts.py`). They never make the grid wait, and count for nothing that
the grid is judged by: neither for its rate nor for the slots that it missed.
"""

from __future__ import annotations

import asyncio
import contextlib
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from crawler.captures.bursts import Bursts, Prompt
from crawler.cdp import CdpClosedError, CdpConnection, CdpError, CdpTimeoutError
from crawler.clock import Clock, Instant
from crawler.platforms import Sight
from evidence_store.entries import JSON, Attachment, Draft, EntryType

JPEG_QUALITY = 80
_AS_JPEG = {"format": "jpeg", "quality": JPEG_QUALITY}
FROZEN_SECONDS = 1.0
CAST_INTERVAL_NS = 1_000_000_000  # of a frozen page, at most one screencast frame a second is kept
FAR_PX = 1 << 20  # a page may say that its video is anywhere; entries hold whole numbers
FAR_US = 1 << 52


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture with the bracket of the call that took it."""

    picture: bytes
    before: Instant
    after: Instant
    method: str  # "screenshot" or "screencast"
    prompt: Prompt | None = None  # of a burst's picture; null: the grid's own, or a frozen page's


class ScreenCapture:
    """Takes pictures of one page session on a fixed grid.

    `on_shot(shot)` takes each picture and returns when the look after it is done; `on_missed(since, until)` hears of
    slots without a picture. `bursts`, where given, are taken while `may_burst()`.
    """

    def __init__(
        self,
        clock: Clock,
        rate_hz: float,
        *,
        on_shot: Callable[[Shot], Awaitable[None]],
        on_missed: Callable[[Instant, Instant], None],
        bursts: Bursts | None = None,
        may_burst: Callable[[], bool] = lambda: True,
    ) -> None:
        self._clock = clock
        self._interval = 1 / rate_hz
        self._on_shot = on_shot
        self._on_missed = on_missed
        self._last_cast_ns = 0
        self.taken = 0  # the grid's own
        self._bursts = bursts
        self._may_burst = may_burst
        self._burst_picture: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._last_s = 0.0  # when the last picture was begun, and how long it took; the loop's time
        self._call_s = 0.0

    def listen(self, cdp: CdpConnection) -> None:
        cdp.on("Page.screencastFrame", lambda params, session: self._cast(cdp, params, session))

    async def run(self, cdp: CdpConnection, session: str) -> None:
        """Take pictures until cancelled, or the connection is gone (`CdpClosedError`)."""
        loop = asyncio.get_running_loop()
        next_at = loop.time()
        last = self._clock.now()
        try:
            while True:
                await self._until(next_at, cdp, session)
                self._last_s = loop.time()
                shot = await self.take(cdp, session)
                self._call_s = loop.time() - self._last_s
                if shot is not None:
                    last = shot.before
                    self.taken += 1
                    await self._on_shot(shot)
                next_at += self._interval
                late = loop.time() - next_at
                if late > self._interval:  # whole slots have passed: say so, and return to the grid
                    missed = int(late / self._interval)
                    next_at += missed * self._interval
                    if not self._frozen_lately(last):
                        self._on_missed(last, self._clock.now())
        finally:
            if self._burst_picture is not None:
                self._burst_picture.cancel()
                self._burst_picture = None

    def burst(self, age_s: float, entry: int) -> None:
        """A scarcity counter was seen to change, in the picture of capture `entry`, `age_s` seconds ago."""
        if self._bursts is None or not self._may_burst():
            return
        if self._bursts.ask(asyncio.get_running_loop().time(), age_s, entry):
            self._woken.set()

    async def _until(self, grid_s: float, cdp: CdpConnection, session: str) -> None:
        """Sleep until the grid's next slot. On the way a burst's pictures are begun, which nothing here waits for."""
        loop = asyncio.get_running_loop()
        while loop.time() < grid_s:
            due = self._due(loop.time(), grid_s)
            if due is not None and due <= loop.time():
                self._burst_picture = asyncio.create_task(self._take_between(cdp, session), name="burst")
                self._burst_picture.add_done_callback(lambda _: self._woken.set())
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(grid_s if due is None else due):
                    await self._woken.wait()

    def _due(self, now_s: float, grid_s: float) -> float | None:
        """When the next picture of a burst is due; None: none before the grid's."""
        if self._bursts is None:
            return None
        if self._burst_picture is not None:
            if not self._burst_picture.done():
                return None
            self._burst_picture.result()  # a fault of ours in it is raised here
            self._burst_picture = None
        if not self._may_burst():
            self._bursts.give_up()
        return self._bursts.due(now_s, self._last_s, grid_s, self._call_s)

    async def _take_between(self, cdp: CdpConnection, session: str) -> None:
        """One picture of a burst. When the page gives none the burst is over; the grid's own finds out why."""
        assert self._bursts is not None  # noqa: S101 - one of theirs is due
        prompt = self._bursts.begin_picture()
        self._last_s = asyncio.get_running_loop().time()
        before = self._clock.now()
        try:
            answer = await cdp.send("Page.captureScreenshot", _AS_JPEG, session=session)
        except CdpError:
            self._bursts.give_up()
            return
        after = self._clock.now()
        self._call_s = (after.mono_ns - before.mono_ns) / 1e9
        self._bursts.taken += 1
        await self._on_shot(Shot(b64decode(answer["data"]), before, after, "screenshot", prompt))

    async def take(self, cdp: CdpConnection, session: str) -> Shot | None:
        """One picture; None when the page gave none (frozen until its time limit, or between two documents)."""
        before = self._clock.now()
        call = asyncio.ensure_future(cdp.send("Page.captureScreenshot", _AS_JPEG, session=session, timeout=30))
        try:
            done, _ = await asyncio.wait([call], timeout=FROZEN_SECONDS)
            if not done:
                cdp.fire("Page.startScreencast", _AS_JPEG, session=session)
                await asyncio.wait([call])
                cdp.fire("Page.stopScreencast", session=session)
            answer = call.result()
        except (CdpClosedError, asyncio.CancelledError):
            call.cancel()
            raise
        except (CdpTimeoutError, CdpError):
            return None
        return Shot(b64decode(answer["data"]), before, self._clock.now(), "screenshot")

    def _frozen_lately(self, last: Instant) -> bool:
        """A frozen stretch is its own gap; the slots in it are not reported again."""
        return (
            self._last_cast_ns > last.mono_ns or (self._clock.now().mono_ns - last.mono_ns) / 1e9 < 2 * self._interval
        )

    def _cast(self, cdp: CdpConnection, params: dict[str, Any], session: str) -> None:
        cdp.fire("Page.screencastFrameAck", {"sessionId": params["sessionId"]}, session=session)
        now = self._clock.now()
        if now.mono_ns - self._last_cast_ns < CAST_INTERVAL_NS:
            return
        self._last_cast_ns = now.mono_ns
        wall_ns = int(params["metadata"].get("timestamp", now.wall_ns / 1e9) * 1e9)
        before = Instant(wall_ns, now.mono_ns - max(0, now.wall_ns - wall_ns))
        cdp.spawn(self._on_shot(Shot(b64decode(params["data"]), before, now, "screencast")))


def video_fact(sight: Sight, ended_mono_ns: int) -> JSON:
    """The video as the look nearest to a picture saw it, for the picture's entry; None when it saw none.

    It says which moment of the media was on the screen: `time_us` (media time, microseconds) was read between
    `from_mono` and `to_mono`. `width` and `height` are the original picture's, `box` is where it lies on the screen
    (x, y, w, h in px).
    """
    video = sight.video
    if video is None:
        return None
    return {
        "from_mono": str(sight.mono_ns),
        "to_mono": str(ended_mono_ns),
        "time_us": _whole(video.time * 1e6, FAR_US),
        "paused": bool(video.paused),
        "width": _whole(video.width, FAR_PX),
        "height": _whole(video.height, FAR_PX),
        "box": [_whole(side, FAR_PX) for side in video.box],
    }


def _whole(number: float, limit: int) -> int:
    """A page's number as a whole one within the limits; what is no number (NaN) is 0."""
    return round(min(max(number, -limit), limit)) if number == number else 0  # noqa: PLR0124 - NaN differs from itself


def screen_draft(shot: Shot, number: int, **facts: JSON) -> Draft:
    """The `screen` entry of a picture.

    Body: `number` (of all pictures of the session), `method`, `bracket`, what else is known of it (`facts`). A picture
    of a burst has `reason` "burst", and as `burst` its `number` and the `entry` in whose picture the change was read
    that prompted it. A picture without `reason` is the grid's, or by its method a frozen page's.
    """
    body: dict[str, JSON] = {
        "number": number,
        "method": shot.method,
        "bracket": {
            "before_wall": str(shot.before.wall_ns),
            "after_wall": str(shot.after.wall_ns),
            "before_mono": str(shot.before.mono_ns),
            "after_mono": str(shot.after.mono_ns),
        },
        **facts,
    }
    if shot.prompt is not None:
        body["reason"] = "burst"
        body["burst"] = {"number": shot.prompt.number, "entry": shot.prompt.entry}
    picture = Attachment("picture", "image/jpeg", shot.picture)
    return Draft(EntryType.SCREEN, shot.before.wall_ns, shot.before.mono_ns, body, (picture,))
