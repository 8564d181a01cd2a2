"""A witness over HTTP: `POST /add-checkpoint` of c2sp.org/tlog-witness, for logs whose keys it was given.

Whoever can reach the port may send anything: the size of a request, the time it may take, and the number of connections
are bounded, and nothing of a request is repeated in the log of requests but what is known here already.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from evidence_store.anchors.witness_folder import Witness
from evidence_store.anchors.witness_protocol import (
    REQUEST_LIMIT,
    TEXT_TYPE,
    Refusal,
    Submission,
    admit,
    known_logs,
)
from evidence_store.checkpoint import VerifierKey
from evidence_store.errors import StoreError

PATH = "/add-checkpoint"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may take. Seconds, and connections open at once."""

    request_s: float = 10.0
    idle_s: float = 20.0
    connections: int = 64


class WitnessServer:
    """Answers requests for one witness. `clock` gives Unix seconds; `report` gets one line for each request."""

    def __init__(
        self,
        witness: Witness,
        logs: Mapping[str, tuple[VerifierKey, ...]],
        clock: Callable[[], float],
        report: Callable[[str], object],
        limits: Limits,
    ) -> None:
        self._witness = witness
        self._logs = logs
        self._clock = clock
        self._report = report
        self._limits = limits
        self._workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="witness-state")

    def close(self) -> None:
        """Wait for what is being kept."""
        self._workers.shutdown()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """The answer to any HTTP request."""
        refusal = Refusal(404, f"a witness answers at {PATH} only\n")
        if request.path == PATH:
            refusal = Refusal(405, "a checkpoint is added by POST\n")
            if request.method == "POST":
                return await self._add_checkpoint(request)
        return self._refuse(request, refusal)

    async def _add_checkpoint(self, request: web.BaseRequest) -> web.Response:
        try:
            async with asyncio.timeout(self._limits.request_s):
                body = await _read(request)
        except TimeoutError:
            return self._refuse(request, Refusal(408, f"a request takes at most {self._limits.request_s:g} s\n"))
        if body is None:
            return self._refuse(request, Refusal(413, f"a request is at most {REQUEST_LIMIT} bytes\n"))
        submission = admit(body, self._logs)
        if isinstance(submission, Refusal):
            return self._refuse(request, submission)
        what = f"{submission.checkpoint.origin} {submission.old}->{submission.checkpoint.size}"
        loop = asyncio.get_running_loop()
        try:
            verdict = await loop.run_in_executor(self._workers, self._advance, submission)
        except StoreError as error:
            # Not cosigned: without a state that can be trusted a witness says nothing.
            self._report(f"{_peer(request)} 503 {what} {error}")
            return _response(Refusal(503, "this witness can't keep what it would cosign\n"))
        if isinstance(verdict, Refusal):
            return self._refuse(request, verdict, what)
        self._report(f"{_peer(request)} 200 {what}")
        return web.Response(body=f"{verdict}\n".encode(), headers={"Content-Type": TEXT_TYPE})

    def _advance(self, submission: Submission) -> str | Refusal:
        text = submission.note.text
        return self._witness.state.advance(submission, lambda: self._witness.key.cosign(text, int(self._clock())))

    def _refuse(self, request: web.BaseRequest, refusal: Refusal, what: str = "-") -> web.Response:
        self._report(f"{_peer(request)} {refusal.status} {what}")
        return _response(refusal)


@asynccontextmanager
async def serve(
    witness: Witness,
    logs: Iterable[VerifierKey],
    *,
    host: str,
    port: int,
    clock: Callable[[], float],
    report: Callable[[str], object],
    limits: Limits | None = None,
) -> AsyncIterator[str]:
    """Serve until the block ends; gives the URL. Port 0 takes a free one. Raises OSError when the port is taken."""
    bounds = limits or Limits()
    answering = WitnessServer(witness, known_logs(logs), clock, report, bounds)
    http = web.Server(
        answering.answer,
        access_log=None,
        logger=_faults(report),
        keepalive_timeout=bounds.idle_s,
        lingering_time=1.0,
    )

    def connection() -> asyncio.Protocol:
        return http() if len(http.connections) < bounds.connections else _Full()

    try:
        listener = await asyncio.get_running_loop().create_server(connection, host, port)
        try:
            bound, number = listener.sockets[0].getsockname()[:2]
            yield f"http://[{bound}]:{number}" if ":" in bound else f"http://{bound}:{number}"
        finally:
            listener.close()
            http.pre_shutdown()  # whoever is idle is let go at once, whoever is being answered gets the answer
            await http.shutdown(bounds.request_s)
    finally:
        answering.close()


def run_witness(
    witness: Witness,
    logs: Iterable[VerifierKey],
    *,
    host: str,
    port: int,
    clock: Callable[[], float],
    report: Callable[[str], object],
    serving: Callable[[str], object],
) -> None:
    """Serve until SIGINT or SIGTERM. `serving` gets the URL once it answers. Raises OSError when the port is taken."""

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with serve(witness, logs, host=host, port=port, clock=clock, report=report) as url:
            serving(url)
            await stop.wait()

    asyncio.run(main())


class _Full(asyncio.Protocol):
    """One connection too many: closed as it comes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class _OneLine(logging.Handler):
    """What the HTTP library has to say, as a line of the log of requests: it would repeat what a stranger sent."""

    def __init__(self, report: Callable[[str], object]) -> None:
        super().__init__(logging.WARNING)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            self._report(f"- {error.code} no HTTP that is understood ({type(error).__name__})")
        else:
            self._report(f"- 500 {record.getMessage()}: {error!r}"[:500])


def _faults(report: Callable[[str], object]) -> logging.Logger:
    logger = logging.Logger("witness", logging.WARNING)  # noqa: LOG001 - of this server alone, it has its own `report`
    logger.addHandler(_OneLine(report))
    return logger


async def _read(request: web.BaseRequest) -> bytes | None:
    """The body, or None when it is over the limit."""
    if (request.content_length or 0) > REQUEST_LIMIT:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > REQUEST_LIMIT:
            return None
    return bytes(body)


def _response(refusal: Refusal) -> web.Response:
    answer = web.Response(status=refusal.status, body=refusal.body.encode())
    answer.headers["Content-Type"] = refusal.content_type
    if refusal.status in {408, 413}:  # the rest of the body is not waited for
        answer.force_close()
    return answer


def _peer(request: web.BaseRequest) -> str:
    return str(request.remote or "-")
