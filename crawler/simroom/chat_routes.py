"""The chat: one clock that makes the broadcast's frames, and the sockets that they go out on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from itertools import count

from aiohttp import WSCloseCode, WSMsgType, web

from . import wire
from .air import Air
from .chatter import hostile_frame, viewer_frame
from .ledger import Ledger, SocketRecord
from .timeline import Showing

QUEUE_BYTES = 128 * 2**20  # what may wait for a reader that does not read before its socket is closed


class Chat:
    """All chat sockets of the room. ``counters`` are the page's, by name: each change is sent as a frame too."""

    def __init__(
        self, air: Air, ledger: Ledger, seed: int, clock: Callable[[], int], counters: dict[str, tuple[Showing, ...]]
    ) -> None:
        self._air, self._ledger, self._seed, self._clock = air, ledger, seed, clock
        self._open: dict[str, _Outbox] = {}
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

    async def watch_faults(self) -> None:
        """Close sockets when a drop begins, and note when silences and drops really began."""
        while True:
            await asyncio.sleep(0.02)
            if self._air.started_ns is None:
                continue
            now = self._air.now()
            if (silence := self._air.active("chat_silent", now)) is not None:
                self._ledger.fault_begins(silence.id, self._clock(), "server")
            if (drop := self._air.active("chat_drop", now)) is not None and self._open:
                self._ledger.fault_begins(drop.id, self._clock(), "server")
                for outbox in list(self._open.values()):
                    outbox.shut(abruptly=drop.variant == "abort")

    async def _send(self, at: float, payload: bytes) -> None:
        if (wait := at - self._air.now()) > 0:
            await asyncio.sleep(wait)
        if self._air.active("chat_silent", at) is not None or self._air.state(at) != "live":
            return
        for outbox in list(self._open.values()):
            outbox.put(payload)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """GET /chat/{room}: a WebSocket; refused with 503 while a drop lasts."""
        if self._air.active("chat_drop", self._air.now()) is not None or self._air.media_over(self._air.now()):
            return web.Response(status=503, text="chat is away")
        connection = web.WebSocketResponse(compress=False, max_msg_size=1 << 20, timeout=1.0)
        await connection.prepare(request)
        ledger = self._ledger
        record = SocketRecord(
            ledger.unique(request.query.get("c", ""), ledger.sockets, "s"), request.match_info["room"], self._clock()
        )
        ledger.sockets[record.id] = record
        outbox = self._open[record.id] = _Outbox(connection, request, record, self._clock, self._frame_leaves)
        pump = asyncio.create_task(outbox.run())
        try:
            async for message in connection:
                if message.type in (WSMsgType.BINARY, WSMsgType.TEXT):
                    payload = message.data if isinstance(message.data, bytes) else message.data.encode()
                    record.client.add(payload, self._clock())
        finally:
            del self._open[record.id]
            record.closed_ns = self._clock()
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
        return connection

    def _frame_leaves(self, wall_ns: int) -> None:
        """A frame goes out: drops and silences that had begun are over."""
        now = self._air.now()
        for fault in self._air.faults:
            if (
                fault.kind in ("chat_drop", "chat_silent")
                and fault.length_s is not None
                and now >= fault.at_s + fault.length_s
            ):
                self._ledger.fault_ends(fault.id, wall_ns)


class _Outbox:
    """Frames on their way out over one socket, in order."""

    def __init__(
        self,
        connection: web.WebSocketResponse,
        request: web.Request,
        record: SocketRecord,
        clock: Callable[[], int],
        leaves: Callable[[int], None],
    ) -> None:
        self._connection, self._request, self._record = connection, request, record
        self._clock, self._leaves = clock, leaves
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._waiting = 0
        self._closing: asyncio.Task[bool] | None = None

    def put(self, payload: bytes) -> None:
        """Send this as soon as those before it are sent."""
        self._waiting += len(payload)
        self._queue.put_nowait(payload)
        if self._waiting > QUEUE_BYTES:
            self.shut(abruptly=True)

    def shut(self, *, abruptly: bool) -> None:
        """Close the socket: with a close frame, or by cutting the connection."""
        if abruptly and self._request.transport is not None:
            self._request.transport.abort()
        elif self._closing is None:
            self._closing = asyncio.create_task(self._connection.close(code=WSCloseCode.GOING_AWAY))

    async def run(self) -> None:
        """Send until the connection is gone. A frame enters the record once the connection took it."""
        while not self._connection.closed and self._closing is None:
            payload = await self._queue.get()
            self._waiting -= len(payload)
            try:
                at = self._clock()
                await self._connection.send_bytes(payload)
            except ConnectionError:
                return
            self._record.sent.add(payload, at)
            self._leaves(at)
