"""The broadcast on one clock: what is on air at a second of broadcast time, with the faults taken into account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .kinds import FaultKind
from .reel import GOP_S
from .scenario import Fault, Scenario

WALLS: dict[FaultKind, str] = {
    "room_ends": "ended",
    "host_pauses": "paused",
    "login_wall": "login",
    "captcha": "captcha",
    "not_found": "not_found",
    "blocked": "blocked",
    "no_content": "no_content",
    "new_broadcast": "ended",
}
PICTURE_FAULTS: dict[FaultKind, str] = {"black_video": "black", "resolution_change": "low"}


class Air:
    """Broadcast time and what is due at it. It starts with the first viewer, so a script always means the same."""

    def __init__(self, scenario: Scenario, clock: Callable[[], int]) -> None:
        self.scenario = scenario
        self.started_ns: int | None = None
        self.faults: list[Fault] = list(scenario.faults)
        self._clock = clock

    def start(self) -> None:
        """Begin the broadcast now, unless it has begun."""
        if self.started_ns is None:
            self.started_ns = self._clock()

    def now(self) -> float:
        """Seconds of broadcast time; 0 before the start."""
        return 0.0 if self.started_ns is None else (self._clock() - self.started_ns) / 1e9

    async def until(self, due: Callable[[float], bool]) -> float:
        """Wait until something is due at the current time, which is returned. Faults may come at any time: it polls."""
        while not due(now := self.now()):  # noqa: ASYNC110 - what is due follows from the clock, nothing sets an event
            await asyncio.sleep(0.02)
        return now

    def wall_ns(self, at_s: float) -> int | None:
        """The wall time of a second of broadcast time; None before the start."""
        return None if self.started_ns is None else self.started_ns + round(at_s * 1e9)

    def active(self, kind: FaultKind, at_s: float) -> Fault | None:
        """The fault of this kind that is going on at a time, if any."""
        for fault in self.faults:
            if (
                fault.kind == kind
                and fault.at_s <= at_s
                and (fault.length_s is None or at_s < fault.at_s + fault.length_s)
            ):
                return fault
        return None

    def broadcast(self, at_s: float) -> int:
        """Which broadcast of the room it is, from 0: one more after each ``new_broadcast`` that is over."""
        news = (fault for fault in self.faults if fault.kind == "new_broadcast")
        return sum(fault.length_s is not None and fault.at_s + fault.length_s <= at_s for fault in news)

    def state(self, at_s: float) -> str:
        """The room's state as its page says it: live, paused, ended, or one of the walls and entries of kinds.py."""
        if self.scenario.room.entry != "live" and self.active("room_starts", at_s) is None:
            return self.scenario.room.entry
        walls = [fault for kind in WALLS if (fault := self.active(kind, at_s)) is not None]
        return WALLS[max(walls, key=lambda fault: fault.at_s).kind] if walls else "live"

    def rendition(self, gop: int) -> str:
        """Which rendition GOP ``gop`` is sent in: picture faults begin and end at the next GOP's start."""
        for kind, name in PICTURE_FAULTS.items():
            if self.active(kind, gop * GOP_S) is not None:
                return name
        return "main"

    def picture_span(self, fault: Fault) -> tuple[float, float | None]:
        """The media time that a picture fault really covers: (first second, end or None)."""
        end = None if fault.length_s is None else _next_gop(fault.at_s + fault.length_s) * GOP_S
        return _next_gop(fault.at_s) * GOP_S, end

    def media_flows(self, at_s: float) -> bool:
        """Whether the server sends media at a time."""
        return self.state(at_s) == "live" and self.active("video_stall", at_s) is None

    def media_over(self, at_s: float) -> bool:
        """Whether media connections are closed: the room is over or walled off."""
        return self.state(at_s) not in ("live", "paused")

    def chat_rate(self, at_s: float) -> float:
        """Frames a second that viewers send at a time."""
        chat = self.scenario.chat
        for burst in chat.bursts:
            if burst.at_s <= at_s < burst.at_s + burst.length_s:
                return burst.per_second
        return chat.per_second


def _next_gop(at_s: float) -> int:
    return -int(-round(at_s / GOP_S, 6) // 1)
