"""Addresses of pages, taken apart without raising (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

MOST_MEMBERS = 200  # of a query; a page's own have some tens


@dataclass(frozen=True, slots=True)
class Parts:
    """An address of the web in parts: `host` in lower case, `path` without the slash at its end."""

    host: str
    path: str
    query: Mapping[str, str]
    fragment: str

    def of(self, *hosts: str) -> bool:
        """Whether the host is one of these or lies below one."""
        return any(self.host == each or self.host.endswith(f".{each}") for each in hosts)


def parts_of(url: str) -> Parts | None:
    """None for what is no address of the web (another scheme, no host, not readable)."""
    try:
        split = urlsplit(url)
        host = (split.hostname or "").rstrip(".").lower()
    except ValueError:
        return None
    if split.scheme not in {"http", "https"} or not host:
        return None
    return Parts(host, split.path.rstrip("/"), members_of(split.query), split.fragment)


def members_of(query: str) -> dict[str, str]:
    """A query's or a form's members; of several with one name the first. {} when there are too many."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_MEMBERS)
    except ValueError:
        return {}
    return dict(reversed(pairs))
