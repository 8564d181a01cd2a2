"""A small Chrome DevTools Protocol client beside Playwright's own pipe (data path 3).

Why a second connection: Playwright's CDP session sees the page alone, not its workers, and every event crosses its
Node process first. Chat sockets and FLV fetches in dedicated, shared and service workers, and bit-exact media bytes,
need raw sessions with auto-attach (measured, facts: capture). Playwright keeps what it is good at: launching, and
ending, the browser.

Concurrency: one reader task dispatches events in arrival order to plain (not async) handlers, so that the order seen
here is the browser's order. All calls belong to one event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Self

import aiohttp

Params = Mapping[str, Any]
Handler = Callable[[dict[str, Any], str], None]

# The largest message taken from the browser: a 10 MB chat frame is 13.4 MB in base64. Over it the socket is closed,
# the session sees a dead connection, records the gap and attaches anew.
MAX_MESSAGE = 64 << 20


class CdpError(Exception):
    """The browser refused a command: `method: message`."""


class CdpClosedError(CdpError):
    """The connection to the browser is gone (it died, or sent more than `MAX_MESSAGE`)."""


class CdpTimeoutError(CdpError):
    """The browser did not answer in time: the page is frozen, or the process is stuck."""


class CdpConnection:
    """One DevTools socket with flattened sessions. Use as an async context manager."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._handlers: defaultdict[str, list[Handler]] = defaultdict(list)
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[Any]] = set()
        self.closed = asyncio.Event()
        self.handler_error: BaseException | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        try:
            self._socket = await self._http.ws_connect(self._url, max_msg_size=MAX_MESSAGE, heartbeat=None, compress=0)
        except BaseException:  # refused or cancelled: the client session is ours to close either way
            await self._http.close()
            raise
        self._reader = asyncio.create_task(self._read(), name="cdp-reader")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def on(self, method: str, handler: Handler) -> None:
        """Call `handler(params, session_id)` for each event `method`; session "" is the browser's."""
        self._handlers[method].append(handler)

    async def send(
        self, method: str, params: Params | None = None, *, session: str = "", timeout: float = 5.0
    ) -> dict[str, Any]:
        """Send one command and wait for its answer.

        Raises `CdpError` (refused), `CdpClosedError` (browser gone), `CdpTimeoutError` (no answer in `timeout` s).
        """
        future = self._post(method, params, session)
        try:
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            msg = f"{method}: no answer from the browser within {timeout:g} s"
            raise CdpTimeoutError(msg) from None

    def fire(self, method: str, params: Params | None = None, *, session: str = "") -> None:
        """Send a command whose answer nobody waits for (order is kept; a refusal is not an error here)."""
        future = self._post(method, params, session)
        future.add_done_callback(lambda f: f.cancelled() or f.exception())

    def spawn(self, coroutine: Any) -> None:
        """Run a coroutine for an event handler; owned by this connection, cancelled when it closes."""
        task = asyncio.create_task(coroutine)
        self._background.add(task)
        task.add_done_callback(self._settled)

    async def idle(self) -> None:
        """Wait until no spawned coroutine is under way."""
        while self._background:
            await asyncio.wait(self._background)

    async def close(self) -> None:
        for task in self._background:
            task.cancel()
        if self._socket is not None:
            # Chromium may be gone or stuck: the closing handshake gets no longer than this.
            with contextlib.suppress(TimeoutError, aiohttp.ClientError):
                await asyncio.wait_for(self._socket.close(), 0.5)
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader], timeout=1)
        if self._http is not None:
            await self._http.close()
        self._shut()

    def _post(self, method: str, params: Params | None, session: str) -> asyncio.Future[dict[str, Any]]:
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        if self._socket is None or self.closed.is_set():
            future.set_exception(CdpClosedError(f"{method}: the connection to the browser is closed"))
            return future
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method}
        if params:
            message["params"] = params
        if session:
            message["sessionId"] = session
        self._waiting[number] = future
        future.add_done_callback(lambda _: self._waiting.pop(number, None))
        self.spawn(self._write(json.dumps(message), future))
        return future

    async def _write(self, text: str, future: asyncio.Future[dict[str, Any]]) -> None:
        assert self._socket is not None  # noqa: S101 - _post looked
        try:
            await self._socket.send_str(text)
        except (ConnectionError, aiohttp.ClientError) as error:
            if not future.done():
                future.set_exception(CdpClosedError(f"the connection to the browser broke: {error}"))

    async def _read(self) -> None:
        assert self._socket is not None  # noqa: S101 - connected in __aenter__
        try:
            async for message in self._socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                self._dispatch(json.loads(message.data))
        except BaseException as error:
            if not isinstance(error, asyncio.CancelledError):
                self.handler_error = error
            raise
        finally:
            self._shut()

    def _dispatch(self, message: dict[str, Any]) -> None:
        number = message.get("id")
        if number is None:
            for handler in self._handlers.get(message["method"], ()):
                handler(message.get("params", {}), message.get("sessionId", ""))
            return
        future = self._waiting.get(number)
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(CdpError(message["error"].get("message", "refused")))
        else:
            future.set_result(message.get("result", {}))

    def _settled(self, task: asyncio.Task[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and self.handler_error is None:
            self.handler_error = error
            self._shut()

    def _shut(self) -> None:
        self.closed.set()
        for future in list(self._waiting.values()):
            if not future.done():
                future.set_exception(CdpClosedError("the connection to the browser closed"))
                future.exception()
