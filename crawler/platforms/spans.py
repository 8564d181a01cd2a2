"""Where a value of a JSON text stands in its bytes (pure). For texts that a parser has accepted; never raises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},:]|[^\s"\[\]{},:]++', re.DOTALL)  # linear on any bytes
_OPENS = re.compile(rb"[\[{]")
Span = tuple[int, int]


def root(content: bytes, begin: int = 0) -> Span | None:
    """Where the first object or list stands, from a place on (behind a JSONP callback's bracket, say)."""
    match = _OPENS.search(content, begin)
    if match is None:
        return None
    depth = 0
    for token in _TOKEN.finditer(content, match.start()):
        sign = content[token.start()]
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            depth -= 1
            if not depth:
                return match.start(), token.end()
    return None


def span_of(content: bytes, path: tuple[str | int, ...], begin: int = 0) -> Span | None:
    """Where the value at a path stands: member names and places in lists. None when it does not."""
    found = root(content, begin)
    for step in path:
        if found is None:
            return None
        inner = dict(_parts(content, found))
        found = inner.get(step)
    return found


def spans_in(content: bytes, path: tuple[str | int, ...], begin: int = 0) -> list[Span]:
    """Where the elements of the list at a path stand."""
    found = span_of(content, path, begin)
    if found is None or content[found[0]] != 0x5B:
        return []
    return [span for _, span in _parts(content, found)]


def _parts(content: bytes, span: Span) -> Iterator[tuple[str | int, Span]]:
    """The members of an object or the elements of a list, each with its name or place."""
    if content[span[0]] not in b"[{":
        return
    named = content[span[0]] == 0x7B
    name: str | None = None
    place = 0
    for value, sign in _values(content, span):
        if sign == 0x3A:
            name = _name(content, value)
            continue
        if not named:
            yield place, value
        elif name is not None:
            yield name, value
        place, name = place + 1, None


def _values(content: bytes, span: Span) -> Iterator[tuple[Span, int]]:
    """Each value right in an object or list, with the sign behind it: a colon (it is a name), a comma, the end."""
    depth, opened = 0, span[0]
    value: Span | None = None
    for token in _TOKEN.finditer(content, *span):
        sign = content[token.start()]
        closes = sign in b"]}"
        if value is not None and (sign in b":," or closes) and depth == 1:
            yield value, sign
            value = None
        depth += (sign in b"[{") - closes
        if closes and depth == 1:
            value = opened, token.end()
        elif depth == 2 and sign in b"[{":
            opened = token.start()
        elif depth == 1 and sign not in b"[{:,":
            value = token.span()


def _name(content: bytes, span: tuple[int, int] | None) -> str | None:
    if span is None:
        return None
    text = content[slice(*span)].decode(errors="replace")
    try:
        found = json.loads(text)
    except ValueError:
        return text.strip('"')
    return found if isinstance(found, str) else None
