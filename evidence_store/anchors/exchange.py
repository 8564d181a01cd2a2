"""One HTTP exchange within a time and a size. Rim: the network. Synchronous: call it from a thread of its own.

Whatever the other side does (silence, a byte now and then, no end), a call is over within its time.
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from evidence_store.anchors.refusals import BadAnswer, Oversize, Unreachable
from evidence_store.errors import AnchorError

_CONNECT_S: Final = 5.0
_KEPT: Final = 1 << 20  # of an answer that is refused


def exchange(
    method: str,
    url: str,
    *,
    deadline_s: float,
    limit: int,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    answers_with: str | None = None,
) -> bytes:
    """One HTTP exchange without redirects; the answer's body. All of it takes at most `deadline_s`.

    Raises Unreachable, BadAnswer (status, redirect, media type) or Oversize (over `limit` bytes).
    """
    # A loop of its own, closed without waiting: asyncio.run would wait for a name look-up that hangs.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(
            asyncio.wait_for(_exchange(method, url, body, headers or {}, limit, answers_with), deadline_s)
        )
    except aiohttp.ClientError as error:
        raise _unreachable(url, f"{type(error).__name__}: {error}"[:400]) from error
    except TimeoutError as error:
        raise _unreachable(url, f"no whole answer within {deadline_s:g} s") from error
    except (OSError, ValueError) as error:
        raise _unreachable(url, f"{type(error).__name__}: {error}"[:400]) from error
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _exchange(
    method: str, url: str, body: bytes | None, headers: dict[str, str], limit: int, answers_with: str | None
) -> bytes:
    limits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S)
    # Newsrooms sit behind proxies: the environment's are used. Bytes are kept as received, so none come compressed.
    headers = {**headers, "Accept-Encoding": "identity"}
    async with (
        aiohttp.ClientSession(timeout=limits, trust_env=True, auto_decompress=False) as session,
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


def shown(url: str) -> str:
    """An address without account, query and fragment: what is kept in an entry holds no secrets."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return "an address that can't be read"
    return f"{parts.scheme}://{host}{port}{parts.path}"[:300]


def _unreachable(url: str, got: str) -> AnchorError:
    return Unreachable(
        "an answer comes in time",
        expected=f"an answer from {shown(url)}",
        got=got.replace(url, shown(url)),
        next_step="nothing: it is asked again; if it stays so, check the network and the address in the settings",
    )
