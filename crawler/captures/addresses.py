"""What of an address may stand in an entry: everything but the query, the fragment and any user name in it. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

MAX_CANONICAL = 1000
MAX_SCHEME = 40


def canonical(url: str) -> str:
    """`https://user:secret@host:8443/live/a.flv?token=x#y` -> `https://host:8443/live/a.flv`, at most 1,000 characters.

    Addresses that are no network addresses (`data:`, `blob:`) keep their scheme alone: the rest is content.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "unreadable address"
    if parts.scheme not in {"http", "https", "ws", "wss"}:
        return f"{parts.scheme}:"[:MAX_SCHEME] if parts.scheme else ""
    host = parts.hostname or ""
    if not host:
        return f"{parts.scheme}:"  # a network address without a host: what follows may be anything
    if ":" in host:
        host = f"[{host}]"
    netloc = host if port is None else f"{host}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path, "", ""))[:MAX_CANONICAL]
