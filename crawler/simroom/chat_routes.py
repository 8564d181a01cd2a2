"""The chat: one clock that makes the broadcast's frames, which go out on all open sockets."""

from __future__ import annotations

import asyncio
import random
from itertools import count

from . import wire
from .air import Air
from .chatter import hostile_frame, viewer_frame
from .sockets import Sockets
from .timeline import Showing


class Chat:
    """Makes the room's frames. ``counters`` are the page's, by name: each change is sent as a frame too."""

    def __init__(self, air: Air, sockets: Sockets, seed: int, counters: dict[str, tuple[Showing, ...]]) -> None:
        self._air, self._sockets, self._seed = air, sockets, seed
        self._changes = sorted((s.from_s, name, s.kind, s.text) for name, shown in counters.items() for s in shown)

    async def run(self) -> None:
        """Make frames in real time until cancelled. Their bytes depend on scenario and seed alone."""
        dice, seq, rounds, change = random.Random(f"pace:{self._seed}"), count(1), 0, 0
        at = 0.0
        while True:
            if self._air.started_ns is None:
                await asyncio.sleep(0.05)
                continue
            at += dice.uniform(0.5, 1.5) / self._air.chat_rate(at)
            while self._changes:
                when, name, kind, text = self._changes[change]
                if (when := when + rounds * self._air.scenario.length_s) > at:
                    break
                body = {"name": name, "kind": kind, "text": text}
                number = next(seq)
                await self._send(when, wire.frame(wire.COUNTER, number, round(when * 1000), body))
                change += 1
                if change == len(self._changes):
                    change, rounds = 0, rounds + 1
            number, ms = next(seq), round(at * 1000)
            if self._air.scenario.hostile:
                await self._send(at, hostile_frame(self._seed, number, ms))
            else:
                await self._send(at, viewer_frame(self._air.scenario.chat, self._seed, number, ms))

    async def _send(self, at: float, payload: bytes) -> None:
        if (wait := at - self._air.now()) > 0:
            await asyncio.sleep(wait)
        if self._air.active("chat_silent", at) is not None or self._air.state(at) != "live":
            return
        for outbox in list(self._sockets.open.values()):
            outbox.put(payload)
