"""Where values of a JSON text stand in its bytes (pure). For texts that a parser has accepted; never raises.

One pass over the text finds any number of values: a hostile text with thousands of them costs no more than one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},:]|[^\s"\[\]{},:]++', re.DOTALL)  # linear on any bytes
_OPENS = re.compile(rb"[\[{]")
_OBJECT, _LIST, _OBJECT_END, _LIST_END, _COLON, _COMMA = b"{[}]:,"
Span = tuple[int, int]
Path = tuple[str | int, ...]


def root(content: bytes, begin: int = 0, end: int | None = None) -> Span | None:
    """Where the first object or list stands, from a place on (behind a JSONP callback's bracket, say).

    None when there is none, or none that is closed before `end`.
    """
    limit = len(content) if end is None else end
    match = _OPENS.search(content, begin, limit)
    if match is None:
        return None
    depth = 0
    for token in _TOKEN.finditer(content, match.start(), limit):
        sign = content[token.start()]
        if sign in (_OBJECT, _LIST):
            depth += 1
        elif sign in (_OBJECT_END, _LIST_END):
            depth -= 1
            if not depth:
                return match.start(), token.end()
    return None


def span_of(content: bytes, path: Path, begin: int = 0) -> Span | None:
    """Where the value at a path stands: member names and places in lists. None when it does not."""
    return spans_of(content, (path,), begin).get(path)


def spans_of(content: bytes, paths: Collection[Path], begin: int = 0) -> dict[Path, Span]:
    """Where the values at these paths stand, those that are there. Of two members with one name the last counts."""
    wanted = frozenset(paths)
    return {path: span for path, span in _spans(content, begin, max(map(len, wanted), default=0)) if path in wanted}


def spans_in(content: bytes, path: Path, begin: int = 0) -> list[Span]:
    """Where the elements of the list at a path stand."""
    depth = len(path) + 1
    found = {each: span for each, span in _spans(content, begin, depth) if len(each) == depth and each[:-1] == path}
    places = range(len(found))
    return [found[*path, place] for place in places] if all((*path, place) in found for place in places) else []


def _spans(content: bytes, begin: int, most: int) -> list[tuple[Path, Span]]:
    """All values down to a depth, each with its path, in the order of their ends."""
    match = _OPENS.search(content, begin)
    found: list[tuple[Path, Span]] = []
    walk = _Walk(content, most, found)
    for token in () if match is None else _TOKEN.finditer(content, match.start()):
        if not walk.take(*token.span()):
            break
    return found


class _Walk:
    """The containers that are open at a place of the text, and what stands in the innermost."""

    def __init__(self, content: bytes, most: int, found: list[tuple[Path, Span]]) -> None:
        self._content = content
        self._most = most
        self._found = found
        self._open: list[int] = []  # where each began
        self._path: list[str | int] = []  # one step for each: where in it the walk is
        self._scalar: Span | None = None  # a value, or a name whose colon is still to come

    def take(self, start: int, end: int) -> bool:
        """One token; false when the outermost container is closed."""
        sign = self._content[start]
        if sign in (_OBJECT, _LIST):
            self._open.append(start)
            self._path.append(0 if sign == _LIST else "")
            self._scalar = None
        elif sign in (_OBJECT_END, _LIST_END):
            self._settle()
            self._path.pop()
            self._note((self._open.pop(), end))
        elif sign == _COLON:
            self._path[-1] = self._name()
            self._scalar = None
        elif sign == _COMMA:
            self._settle()
            step = self._path[-1]
            self._path[-1] = step + 1 if isinstance(step, int) else ""
        else:
            self._scalar = start, end
        return bool(self._open)

    def _settle(self) -> None:
        if self._scalar is not None:
            self._note(self._scalar)
        self._scalar = None

    def _note(self, span: Span) -> None:
        if len(self._path) <= self._most:
            self._found.append((tuple(self._path), span))

    def _name(self) -> str | int:
        if self._scalar is None or isinstance(self._path[-1], int):
            return self._path[-1]
        text = self._content[slice(*self._scalar)].decode(errors="replace")
        try:
            found = json.loads(text)
        except ValueError:
            return text.strip('"')
        return found if isinstance(found, str) else text
