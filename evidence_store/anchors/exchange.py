"""One HTTP exchange within a time and a size. Rim: the network. Synchronous: call it from a thread of its own.

Whatever the other side does (silence, a byte now and then, no end), a call is over within its time.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from evidence_store.anchors.refusals import Unreachable
from evidence_store.errors import AnchorError


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
    import aiohttp  # half a second that those who only verify need not wait for

    from evidence_store.anchors.connection import converse

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(
            asyncio.wait_for(converse(method, url, body, headers or {}, limit, answers_with), deadline_s)
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
