"""Chat: every WebSocket frame in both directions, raw, with the browser's own time (data path 3).

A batch is one `chat` entry with one parts blob. Part 0 is an index without personal content, `{"events": [...]}`: per
event its kind, socket, CDP time (CLOCK_MONOTONIC nanoseconds) and, for frames and handshakes, the number of the part
that holds the bytes. Then one part per raw frame, and one per handshake (headers hold cookies). Text frames are kept as
UTF-8; Chromium itself closes a socket on broken UTF-8, so nothing is lost by that.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crawler.captures.addresses import canonical
from crawler.cdp import CdpConnection
from crawler.clock import Clock
from evidence_store.entries import JSON, Attachment, Draft, EntryType, Part

MAX_FRAMES = 1000  # a batch closes early at either limit
MAX_BYTES = 4 << 20
MAX_SOCKETS = 50  # described in an entry's body; the index part has all of them
TEXT_OPCODE = 1


@dataclass(slots=True)
class Socket:
    """One WebSocket of the room, from creation to close."""

    number: int
    url: str
    target: str
    received: int = 0
    sent: int = 0
    received_bytes: int = 0
    open: bool = True
    last_received_mono_ns: int | None = None


@dataclass(slots=True)
class _Batch:
    parts: list[Part] = field(default_factory=list)
    events: list[dict[str, JSON]] = field(default_factory=list)
    frames: int = 0
    size: int = 0
    first_ns: int = 0
    last_ns: int = 0
    sockets: set[int] = field(default_factory=set)


class ChatCapture:
    """Collects frames from all attached targets; `flush` hands on the batch so far.

    `emit(draft, ended_mono_ns)` takes each batch; `on_socket(socket, mono_ns)` hears of a socket's first frame and of
    its close.
    """

    def __init__(
        self,
        clock: Clock,
        target_kind: Callable[[str], str],
        emit: Callable[[Draft, int], None],
        on_socket: Callable[[Socket, int], None],
        numbers: int = 0,
    ) -> None:
        self._clock = clock
        self._target_kind = target_kind
        self._emit = emit
        self._on_socket = on_socket
        self._sockets: dict[tuple[str, str], Socket] = {}
        self.numbers = numbers  # of sockets so far; a new browser's go on from the old one's
        self._batch = _Batch()
        self.frames = 0

    def listen(self, cdp: CdpConnection) -> None:
        """Hear the events of one DevTools connection."""
        for method, handler in (
            ("webSocketCreated", self._created),
            ("webSocketWillSendHandshakeRequest", self._handshake),
            ("webSocketHandshakeResponseReceived", self._handshake),
            ("webSocketFrameReceived", self._received),
            ("webSocketFrameSent", self._sent),
            ("webSocketFrameError", self._error),
            ("webSocketClosed", self._closed),
        ):
            cdp.on(f"Network.{method}", handler)

    @property
    def sockets(self) -> list[Socket]:
        return list(self._sockets.values())

    def close_all(self, mono_ns: int) -> None:
        """The page or browser is gone: its sockets with it, whether or not that was reported."""
        for socket in self._sockets.values():
            if socket.open:
                socket.open = False
                self._on_socket(socket, mono_ns)

    def flush(self) -> None:
        """Hand on what has come since the last batch, if anything."""
        batch, self._batch = self._batch, _Batch()
        if not batch.events:
            return
        index = json.dumps({"events": batch.events}, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        by_number = {s.number: s for s in self._sockets.values()}
        body: dict[str, JSON] = {
            "frames": batch.frames,
            "bytes": batch.size,
            "first_mono": str(batch.first_ns),
            "last_mono": str(batch.last_ns),
            "sockets": [_socket_body(by_number[n]) for n in sorted(batch.sockets) if n in by_number][:MAX_SOCKETS],
        }
        self._sockets = {key: socket for key, socket in self._sockets.items() if socket.open}
        now = self._clock.now()
        frames = Attachment("frames", "application/vnd.livewitness.parts", (Part(index), *batch.parts))
        self._emit(Draft(EntryType.CHAT, now.wall_at(batch.first_ns), batch.first_ns, body, (frames,)), batch.last_ns)

    def _created(self, params: dict[str, Any], session: str) -> None:
        self.numbers += 1
        socket = Socket(self.numbers, canonical(params["url"]), self._target_kind(session))
        self._sockets[session, params["requestId"]] = socket
        now = self._clock.now().mono_ns
        self._record(socket, "created", now, params["url"].encode("utf-8", "surrogatepass"))

    def _handshake(self, params: dict[str, Any], session: str) -> None:
        socket = self._sockets.get((session, params["requestId"]))
        if socket is not None:
            kind = "handshake-request" if "request" in params else "handshake-response"
            message = params.get("request") or params.get("response") or {}
            content = json.dumps(message, sort_keys=True).encode()
            self._record(socket, kind, _mono(params), content)

    def _received(self, params: dict[str, Any], session: str) -> None:
        self._frame(params, session, "in")

    def _sent(self, params: dict[str, Any], session: str) -> None:
        self._frame(params, session, "out")

    def _frame(self, params: dict[str, Any], session: str, direction: str) -> None:
        socket = self._sockets.get((session, params["requestId"]))
        if socket is None:  # opened before we were attached: known by its first frame
            self._created({"requestId": params["requestId"], "url": ""}, session)
            socket = self._sockets[session, params["requestId"]]
        response, mono_ns = params["response"], _mono(params)
        text = response["payloadData"]
        is_text = response["opcode"] == TEXT_OPCODE
        content = text.encode("utf-8", "surrogatepass") if is_text else b64decode(text)
        if direction == "in":
            socket.received += 1
            socket.received_bytes += len(content)
            socket.last_received_mono_ns = mono_ns
            self.frames += 1
            if socket.received == 1:  # only now it is known to deliver: a reconnection may be refused
                self._on_socket(socket, mono_ns)
        else:
            socket.sent += 1
        self._batch.frames += 1
        self._record(socket, direction, mono_ns, content, op=int(response["opcode"]))

    def _error(self, params: dict[str, Any], session: str) -> None:
        socket = self._sockets.get((session, params["requestId"]))
        if socket is not None:
            self._record(
                socket, "error", _mono(params), str(params.get("errorMessage", "")).encode("utf-8", "surrogatepass")
            )

    def _closed(self, params: dict[str, Any], session: str) -> None:
        socket = self._sockets.get((session, params["requestId"]))
        if socket is not None and socket.open:
            socket.open = False
            self._record(socket, "closed", _mono(params), None)
            self._on_socket(socket, _mono(params))

    def _record(self, socket: Socket, kind: str, mono_ns: int, content: bytes | None, **more: JSON) -> None:
        batch = self._batch
        event: dict[str, JSON] = {"kind": kind, "socket": socket.number, "mono": str(mono_ns), **more}
        if content is not None:
            batch.parts.append(Part(content))
            event |= {"part": len(batch.parts), "size": len(content)}
            batch.size += len(content)
        batch.events.append(event)
        batch.sockets.add(socket.number)
        batch.first_ns = batch.first_ns or mono_ns
        batch.last_ns = max(batch.last_ns, mono_ns)
        if len(batch.events) >= MAX_FRAMES or batch.size >= MAX_BYTES:
            self.flush()


def _socket_body(socket: Socket) -> dict[str, JSON]:
    return {
        "socket": socket.number,
        "url": socket.url,
        "target": socket.target,
        "received": socket.received,
        "sent": socket.sent,
        "open": socket.open,
    }


def _mono(params: dict[str, Any]) -> int:
    """CDP's MonotonicTime (CLOCK_MONOTONIC seconds) in nanoseconds, to the microsecond that it carries."""
    microseconds: int = round(params["timestamp"] * 1e6)
    return microseconds * 1000
