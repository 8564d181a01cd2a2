"""Pictures of the page at a nominal rate, kept as delivered (data path 3).

`Page.captureScreenshot` JPEG q80: the cheapest way below 5 Hz by a factor of four (measured). It has no time-stamp of
its own: the call's bracket (before, after) is the picture's time. A call that takes over a second means a frozen page:
a screencast is started meanwhile, which goes on delivering what the compositor shows.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from crawler.cdp import CdpClosedError, CdpConnection, CdpError, CdpTimeoutError
from crawler.clock import Clock, Instant
from evidence_store.entries import JSON, Attachment, Draft, EntryType

JPEG_QUALITY = 80
FROZEN_SECONDS = 1.0
CAST_INTERVAL_NS = 1_000_000_000  # of a frozen page, at most one screencast frame a second is kept


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture with the bracket of the call that took it."""

    picture: bytes
    before: Instant
    after: Instant
    method: str  # "screenshot" or "screencast"


class ScreenCapture:
    """Takes pictures of one page session on a fixed grid.

    `on_shot(shot)` takes each picture and returns when the look after it is done; `on_missed(since, until)` hears of
    slots without a picture.
    """

    def __init__(
        self,
        clock: Clock,
        rate_hz: float,
        *,
        on_shot: Callable[[Shot], Awaitable[None]],
        on_missed: Callable[[Instant, Instant], None],
    ) -> None:
        self._clock = clock
        self._interval = 1 / rate_hz
        self._on_shot = on_shot
        self._on_missed = on_missed
        self._last_cast_ns = 0
        self.taken = 0

    def listen(self, cdp: CdpConnection) -> None:
        cdp.on("Page.screencastFrame", lambda params, session: self._cast(cdp, params, session))

    async def run(self, cdp: CdpConnection, session: str) -> None:
        """Take pictures until cancelled, or the connection is gone (`CdpClosedError`)."""
        loop = asyncio.get_running_loop()
        next_at = loop.time()
        last = self._clock.now()
        while True:
            delay = next_at - loop.time()
            if delay > 0:
                await asyncio.sleep(delay)
            shot = await self.take(cdp, session)
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

    async def take(self, cdp: CdpConnection, session: str) -> Shot | None:
        """One picture; None when the page gave none (frozen until its time limit, or between two documents)."""
        before = self._clock.now()
        call = asyncio.ensure_future(
            cdp.send("Page.captureScreenshot", {"format": "jpeg", "quality": JPEG_QUALITY}, session=session, timeout=30)
        )
        try:
            done, _ = await asyncio.wait([call], timeout=FROZEN_SECONDS)
            if not done:
                cdp.fire("Page.startScreencast", {"format": "jpeg", "quality": JPEG_QUALITY}, session=session)
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


def screen_draft(shot: Shot, number: int, **facts: JSON) -> Draft:
    """The `screen` entry of a picture."""
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
    picture = Attachment("picture", "image/jpeg", shot.picture)
    return Draft(EntryType.SCREEN, shot.before.wall_ns, shot.before.mono_ns, body, (picture,))
