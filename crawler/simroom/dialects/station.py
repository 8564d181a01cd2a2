"""Makes the broadcast's events in real time, has the dialect put them into frames, and sends them on all sockets."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from crawler.simroom.air import Air
from crawler.simroom.sockets import Outbox, Payload, Sockets

from .base import HOSTILITIES, Dialect, Frame, Moment
from .events import STATE_NUMBERS, Event, event
from .sent import Sent

AGAIN = 0.02  # of the events are sent a second time, with the same ids (platforms.md, 1.2)
KEPT = 4000  # events that a poll or a late socket can still be told of
LINGER_S = 1.5  # a site closes its sockets this long after it said that the broadcast is over
HOSTILE_EVERY = 4  # ticks


class Station:
    """One broadcast in one dialect. ``shows(page, event)`` is called when a page was sent an event."""

    def __init__(
        self, dialect: Dialect, air: Air, sockets: Sockets, sent: Sent, seed: int, clock: Callable[[], int]
    ) -> None:
        self.dialect, self.sent = dialect, sent
        self._air, self._sockets, self._seed, self._clock = air, sockets, seed, clock
        self._recent: deque[Event] = deque(maxlen=KEPT)
        self._again: list[Event] = []
        self._state = ""
        self._hostile_ticks = 0
        self.shows: Callable[[str, Event], None] = lambda _page, _event: None
        self.acknowledges: Callable[[str, Payload], None] = lambda _page, _payload: None
        sockets.opened = lambda outbox: self._put(outbox, dialect.opened(self.moment(), self.since))
        sockets.heard = lambda outbox, payload: self._put(outbox, dialect.heard(payload, self.moment()))

    def moment(self, at_s: float | None = None, room_id: str = "") -> Moment:
        """Where the broadcast stands at a second of broadcast time (default: now), in one of the scenario's rooms."""
        air, script = self._air, self._air.scenario
        room = script.room
        if room_id == room.other_id:
            broadcast = f"{room.broadcast[:-4]}9{room_id[-3:]}"
            room = replace(room, id=room_id, shop=room.other_shop, broadcast=broadcast)
        at = air.now() if at_s is None else at_s
        wall_ns = air.wall_ns(at) or self._clock()
        return Moment(
            wall_ns // 1_000_000,
            round(at * 1000),
            air.state(at),
            air.broadcast(at),
            self._seed,
            room,
            script.product,
        )

    def since(self, number: int) -> list[Event]:
        """Events that went on air after event ``number``, oldest first; none in a silence.

        Some from shortly before ``number`` come first again, as sites that poll tell them again.
        """
        if self._air.active("chat_silent", self._air.now()) is not None:
            return []
        recent = list(self._recent)
        after = bisect_right(recent, number, key=lambda one: one.number)
        again = [one for one in recent[max(0, after - 60) : after] if self._comes_again(one)]
        return [*again, *recent[after:]]

    async def run(self) -> None:
        """Send in real time until cancelled. Which events there are depends on scenario and seed alone."""
        script, dice = self._air.scenario, random.Random(f"pace:{self._seed}")
        tick, number, at = 0, 0, 0.0
        while True:
            if self._air.started_ns is None:
                await asyncio.sleep(0.05)
                continue
            if not self._state:
                self._state_changes(self._air.state(0.0), 0.0)
            until, batch = (tick + 1) * self.dialect.tick_s, []
            while at < until:
                number += 1
                batch.append(event(self._seed, number, round(at * 1000), hostile=script.hostile))
                at += dice.uniform(0.5, 1.5) / self._air.chat_rate(at)
            await asyncio.sleep(max(0.0, until - self._air.now()))  # also when late: others want their turn
            tick += 1
            await self._tell(batch, until)

    async def _tell(self, batch: list[Event], at_s: float) -> None:
        state = self._air.state(at_s)
        if state != self._state:
            self._state_changes(state, at_s)
        for one in batch:
            self.sent.events[one.number] = one
        if state != "live" or self._air.active("chat_silent", at_s) is not None:
            self._again.clear()
            return
        self._recent.extend(batch)
        again, self._again = self._again, [one for one in batch if self._comes_again(one)]
        self._broadcast(at_s, lambda moment: self.dialect.frames([*batch, *again], moment))
        if self._air.scenario.hostile:
            self._hostile_ticks += 1
            if self._hostile_ticks % HOSTILE_EVERY == 0:
                what = HOSTILITIES[self._hostile_ticks // HOSTILE_EVERY % len(HOSTILITIES)]
                self._broadcast(at_s, lambda moment: [f for f in [self.dialect.hostile(what, batch, moment)] if f])

    def _state_changes(self, state: str, at_s: float) -> None:
        moment, first = self.moment(at_s), not self._state
        run = {"broadcast_id": self.dialect.broadcast_id(moment), "from_wall_ns": self._air.wall_ns(at_s)}
        if not self.sent.broadcasts or self.sent.broadcasts[-1]["broadcast_id"] != run["broadcast_id"]:
            self.sent.broadcasts.append(run)
        self._state = state
        number = STATE_NUMBERS + len(self.sent.states)
        self.sent.states.append({"state": state, "from_wall_ns": self._air.wall_ns(at_s), "number": number})
        if first and state == "live":
            return
        change = Event(number, "state", round(at_s * 1000), None, state)
        self.sent.events[number] = change
        self._broadcast(at_s, lambda moment: self.dialect.frames([change], moment))
        if self._air.media_over(at_s):
            for outbox in list(self._sockets.open.values()):
                asyncio.get_running_loop().call_later(LINGER_S, partial(outbox.shut, abruptly=False))

    def _comes_again(self, one: Event) -> bool:
        return random.Random(f"again:{self._seed}:{one.number}").random() < AGAIN

    def _broadcast(self, at_s: float, make: Callable[[Moment], list[Frame]]) -> None:
        """Send on all sockets; a socket of the other shop's room gets the same events under that room's ids."""
        made: dict[str, list[Frame]] = {}
        for outbox in list(self._sockets.open.values()):
            room_id = outbox.record.room_id
            if room_id not in made:
                made[room_id] = make(self.moment(at_s, room_id))
            self._put(outbox, made[room_id])

    def _put(self, outbox: Outbox, frames: list[Frame]) -> None:
        for frame in frames:
            outbox.put(frame.payload, partial(self._left, outbox, frame))

    def _left(self, outbox: Outbox, frame: Frame, n: int, wall_ns: int) -> None:
        """A frame went out over a socket as its number ``n``."""
        place = {"socket": outbox.record.id, "frame": n}
        new = self.sent.left(frame.carried, outbox.page, wall_ns, place, frame.hostility)
        if frame.hostility:
            self.sent.hostile.append({**place, "what": frame.hostility, "wall_ns": wall_ns})
        self.show(outbox.page, new)
        if (payload := self.dialect.acknowledge(frame, self.moment())) is not None:
            self.acknowledges(outbox.page, payload)

    def show(self, page: str, numbers: Sequence[int]) -> None:
        """Give a page these events to show."""
        for number in numbers:
            self.shows(page, self.sent.events[number])
