"""WebSockets of a room: frames on their way out, the faults that hit them, and what the ledger says of both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import WSCloseCode, WSMsgType, web

from .air import Air
from .ledger import Ledger, SocketRecord

QUEUE_BYTES = 128 * 2**20  # what may wait for a reader that does not read before its socket is closed
Payload = bytes | str  # a binary frame or a text frame
Left = Callable[[int, int], None]  # called with the frame's number on its socket and its wall time in nanoseconds


@dataclass(slots=True)
class Outbox:
    """Frames on their way out over one socket, in order. ``page`` is the page's id, "" when the socket names none."""

    connection: web.WebSocketResponse
    request: web.Request
    record: SocketRecord
    page: str
    queue: asyncio.Queue[tuple[Payload, Left | None]]
    waiting: int = 0
    closing: asyncio.Task[bool] | None = None

    def put(self, payload: Payload, left: Left | None = None) -> None:
        """Send this as soon as those before it are sent; ``left`` is called once the connection took it."""
        self.waiting += len(payload)
        self.queue.put_nowait((payload, left))
        if self.waiting > QUEUE_BYTES:
            self.shut(abruptly=True)

    def shut(self, *, abruptly: bool) -> None:
        """Close the socket: with a close frame, or by cutting the connection."""
        if abruptly and self.request.transport is not None:
            self.request.transport.abort()
        elif self.closing is None:
            self.closing = asyncio.create_task(self.connection.close(code=WSCloseCode.GOING_AWAY))


def page_of(own_id: str) -> str:
    """The id of the page in the id of one of its sockets or media: ``p1`` in ``p1-s2`` and ``p1.2-s1``."""
    return own_id.partition("-")[0].partition(".")[0]


class Sockets:
    """All open sockets. Hooks: ``opened`` greets a new one, ``heard`` answers what its page sent."""

    def __init__(self, air: Air, ledger: Ledger, clock: Callable[[], int]) -> None:
        self._air, self._ledger, self._clock = air, ledger, clock
        self.open: dict[str, Outbox] = {}
        self.opened: Callable[[Outbox], None] | None = None
        self.heard: Callable[[Outbox, Payload], None] | None = None

    async def watch_faults(self) -> None:
        """Close sockets when a drop begins, and note when silences and drops really began."""
        while True:
            await asyncio.sleep(0.02)
            if self._air.started_ns is None:
                continue
            now = self._air.now()
            if (silence := self._air.active("chat_silent", now)) is not None:
                self._ledger.fault_begins(silence.id, self._clock(), "server")
            if (drop := self._air.active("chat_drop", now)) is not None and self.open:
                self._ledger.fault_begins(drop.id, self._clock(), "server")
                for outbox in list(self.open.values()):
                    outbox.shut(abruptly=drop.variant == "abort")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET of a WebSocket, ``c`` in its query is its id; refused with 503 while a drop lasts."""
        if self._air.active("chat_drop", self._air.now()) is not None or self._air.media_over(self._air.now()):
            return web.Response(status=503, text="chat is away")
        connection = web.WebSocketResponse(compress=False, max_msg_size=1 << 20, timeout=1.0)
        await connection.prepare(request)
        ledger, wanted = self._ledger, request.query.get("c", "")
        asking = ledger.pages.get(page_of(wanted))
        known = self._air.scenario.room.id if asking is None else asking.room_id
        room = request.match_info.get("room", known)
        record = SocketRecord(ledger.unique(wanted, ledger.sockets, "s"), room, self._clock())
        ledger.sockets[record.id] = record
        outbox = Outbox(connection, request, record, page_of(wanted), asyncio.Queue())
        self.open[record.id] = outbox
        pump = asyncio.create_task(self._pump(outbox))
        try:
            if self.opened is not None:
                self.opened(outbox)
            async for message in connection:
                if message.type in (WSMsgType.BINARY, WSMsgType.TEXT):
                    payload = message.data if isinstance(message.data, bytes) else message.data.encode()
                    record.client.add(payload, self._clock())
                    if self.heard is not None:
                        self.heard(outbox, message.data)
        finally:
            del self.open[record.id]
            record.closed_ns = self._clock()
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
        return connection

    async def _pump(self, outbox: Outbox) -> None:
        """Send until the connection is gone. A frame enters the record once the connection took it."""
        while not outbox.connection.closed and outbox.closing is None:
            payload, left = await outbox.queue.get()
            outbox.waiting -= len(payload)
            try:
                at = self._clock()
                if isinstance(payload, bytes):
                    await outbox.connection.send_bytes(payload)
                else:
                    await outbox.connection.send_str(payload)
            except ConnectionError:
                return
            outbox.record.sent.add(payload if isinstance(payload, bytes) else payload.encode(), at)
            self._frame_leaves(at)
            if left is not None:
                left(len(outbox.record.sent.writes), at)

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
