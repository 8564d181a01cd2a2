"""The inside of one HTTP exchange, with aiohttp (imported only when somebody is asked). Rim: the network."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from evidence_store.anchors.exchange import shown
from evidence_store.anchors.refusals import BadAnswer, Oversize

_CONNECT_S: Final = 5.0
_KEPT: Final = 1 << 20  # of an answer that is refused


async def converse(
    method: str, url: str, body: bytes | None, headers: dict[str, str], limit: int, answers_with: str | None
) -> bytes:
    """One exchange, as `exchange` describes it, without a time limit for the whole. Raises aiohttp's errors too."""
    limits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S)
    # Newsrooms sit behind proxies: the environment's are used. Bytes are kept as received, so none come compressed.
    headers = {**headers, "Accept-Encoding": "identity"}
    connector = aiohttp.TCPConnector(resolver=_Resolver())
    async with (
        aiohttp.ClientSession(connector=connector, timeout=limits, trust_env=True, auto_decompress=False) as session,
        session.request(method, url, data=body, headers=headers, allow_redirects=False) as response,
    ):
        received = bytearray()
        async for piece in response.content.iter_any():
            received += piece
            if len(received) > limit:
                raise Oversize(
                    "an answer is small",
                    expected=f"at most {limit} bytes",
                    got=f"more, from {shown(url)}",
                    next_step="check the address in the settings",
                    received=bytes(received[:4096]),
                )
        _check_answer(url, response, bytes(received), answers_with)
        return bytes(received)


def _check_answer(url: str, response: aiohttp.ClientResponse, received: bytes, answers_with: str | None) -> None:
    if 300 <= response.status < 400:
        got = f"status {response.status}, to {shown(response.headers.get('Location', ''))}"
    elif response.status != 200:
        got = f"status {response.status} {response.reason or ''}".rstrip()
    elif answers_with is not None and response.content_type != answers_with:
        got = f"content type {response.content_type}"
    elif (coding := response.headers.get("Content-Encoding", "identity").lower()) != "identity":
        got = f"content encoding {coding[:40]}, which was not asked for"
    else:
        return
    raise BadAnswer(
        "an answer over HTTP has status 200 and the right content type",
        expected=f"status 200, {answers_with or 'any content type'}",
        got=f"{got}, from {shown(url)}",
        next_step="check the address in the settings (a redirect is not followed: name the address that it leads to)",
        received=received[:_KEPT],
    )


class _Resolver(AbstractResolver):
    """Looks names up in a daemon thread: where the name server is silent, neither a call nor the program's end waits.

    (An executor's threads, as aiohttp uses them, are waited for at the end of the program: half a minute of it.)
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def look_up() -> None:
            try:
                infos = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
            except OSError as error:
                _hand_over(loop, found, error)
                return
            _hand_over(loop, found, [_result(host, port, info[0], info[2], str(info[4][0])) for info in infos])

        threading.Thread(target=look_up, name=f"name-{host}", daemon=True).start()
        return await found

    async def close(self) -> None:
        """Nothing is held."""


def _hand_over(
    loop: asyncio.AbstractEventLoop, found: asyncio.Future[list[ResolveResult]], outcome: list[ResolveResult] | OSError
) -> None:
    def settle() -> None:
        if found.cancelled():
            return
        if isinstance(outcome, OSError):
            found.set_exception(outcome)
        else:
            found.set_result(outcome)

    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(settle)


def _result(host: str, port: int, family: int, protocol: int, address: str) -> ResolveResult:
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=protocol, flags=numeric)
