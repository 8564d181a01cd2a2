"""Attaches to the page, its frames and all its workers before they run, so that no frame of theirs is missed.

Only the one page that was opened for the room is listened to: a pop-up of it is let go without being heard, and closed.
Each target is attached paused, its Network domain switched on, then let go; nothing is awaited in between (awaiting
`Network.enable` on a paused service worker hangs it: measured). A target seen twice is listened to once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crawler.cdp import CdpConnection

_KINDS = ("page", "iframe", "worker", "shared_worker", "service_worker")
# What the browser may hold for `Network.getResponseBody`; over it a body is lost and recorded as a gap.
BUFFERS = {"maxTotalBufferSize": 64 << 20, "maxResourceBufferSize": 24 << 20}
_ATTACH = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}


@dataclass(frozen=True, slots=True)
class Target:
    """A page, frame or worker that we listen to."""

    session: str
    id: str
    kind: str


class Targets:
    """Who is attached on one DevTools connection."""

    def __init__(
        self,
        cdp: CdpConnection,
        on_page: Callable[[Target], None],
        on_crash: Callable[[Target], None],
        on_popup: Callable[[str], None],
    ) -> None:
        self._cdp = cdp
        self._on_page = on_page
        self._on_crash = on_crash  # of our page, and when it closes itself
        self._on_popup = on_popup
        self._wanted = True  # the next page that appears is ours
        self._by_session: dict[str, Target] = {}
        self._ids: set[str] = set()
        cdp.on("Target.attachedToTarget", self._attached)
        cdp.on("Target.detachedFromTarget", self._detached)
        cdp.on("Inspector.targetCrashed", self._crashed)

    def expect_page(self) -> None:
        """A new page is about to be opened by us: it takes the place of the old one."""
        self._wanted = True

    async def hold_still(self, seconds: float) -> None:
        """Stop the scripts of the page and its workers; the last thing that is done in a page before it is closed.

        Returns when all of them have stopped, or when the time is over (a script that is idle stops when it would run).
        """
        paused = asyncio.Event()
        self._cdp.on("Debugger.paused", lambda _, session: paused.set() if self.kind(session) == "page" else None)
        for session in self._by_session:
            self._cdp.fire("Debugger.enable", session=session)
            self._cdp.fire("Debugger.pause", session=session)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(paused.wait(), seconds)

    async def start(self) -> None:
        await self._cdp.send("Target.setAutoAttach", {**_ATTACH, "filter": [{"type": kind} for kind in _KINDS]})

    def kind(self, session: str) -> str:
        """What kind of target a session belongs to; "" when it is not ours."""
        target = self._by_session.get(session)
        return target.kind if target else ""

    def _attached(self, params: dict[str, Any], parent: str) -> None:
        details = params["targetInfo"]
        target = Target(params["sessionId"], details["targetId"], details["type"])
        fire = self._cdp.fire
        top = target.kind == "page" and not parent
        if (top and not self._wanted) or (parent and parent not in self._by_session):
            fire("Runtime.runIfWaitingForDebugger", session=target.session)
            if top:
                fire("Target.closeTarget", {"targetId": target.id})
                self._on_popup(details["url"])
            return
        if top:
            self._wanted = False
        if target.id not in self._ids:
            self._ids.add(target.id)
            self._by_session[target.session] = target
            fire("Network.enable", BUFFERS, session=target.session)
            if target.kind in {"page", "iframe"}:
                fire("Page.enable", session=target.session)
            if target.kind == "page":
                fire("Inspector.enable", session=target.session)
        fire("Target.setAutoAttach", _ATTACH, session=target.session)
        fire("Runtime.runIfWaitingForDebugger", session=target.session)
        if top and self._by_session.get(target.session) is target:
            self._on_page(target)

    def _detached(self, params: dict[str, Any], _: str) -> None:
        target = self._by_session.pop(params["sessionId"], None)
        if target is not None:
            self._ids.discard(target.id)
            if target.kind == "page":
                self._on_crash(target)

    def _crashed(self, _: dict[str, Any], session: str) -> None:
        target = self._by_session.get(session)
        if target is not None and target.kind == "page":
            self._on_crash(target)
