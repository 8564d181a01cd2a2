"""JSON objects of sites, read tolerantly: each accessor gives a value of its kind or None, and never raises (pure).

What is odd goes to `Notes` and from there to the message's flags. Sites give numbers as texts and ids as numbers, so
both are read from either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.platforms.doubts import MOST_NUMBER, NOT_UTF8, Doubts
from crawler.platforms.pieces import Fault, Piece
from crawler.platforms.spans import root
from crawler.platforms.wire.json_text import Parsed, parse_jsonp, parsed
from crawler.platforms.wire.undecodable import Undecodable

MOST_NAME = 200  # characters of ids and impersonal members
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"  # a byte order mark, white space
NOT_SET = -100  # JD's sign for "no value"
_YUAN = re.compile(r"(?P<sign>[¥￥])?\s*(?P<yuan>[0-9]{1,9})(?:\.(?P<fen>[0-9]{1,2}))?(?:元)?")
_MASKED = re.compile(r"\*{2}")
Step = str | int


class Notes(Doubts):
    """The flags of one message, with what they are judged against."""

    __slots__ = ("received_ms",)

    def __init__(self, received_ms: int = 0) -> None:
        """`received_ms`: when we had the piece, epoch milliseconds; 0 when that is not known."""
        super().__init__()
        self.received_ms = received_ms

    def flaws(self, parsed: Parsed) -> None:
        """Note what was odd about the JSON text itself."""
        for flaw in parsed.flaws:
            self.flag(NOT_UTF8 if flaw.rule == "not UTF-8" else flaw.rule)


@dataclass(frozen=True, slots=True)
class Members:
    """One JSON object. Paths are member names and, for lists, places from 0; the empty path is the object itself."""

    value: Any
    notes: Notes = field(default_factory=Notes)

    def at(self, *path: Step) -> Any:
        """Whatever stands there; None when nothing does."""
        found = self.value
        for step in path:
            if isinstance(found, Mapping) and isinstance(step, str):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and 0 <= step < len(found):
                found = found[step]
            else:
                return None
        return found

    def inside(self, *path: Step) -> Members:
        """What stands there, to read on from."""
        return Members(self.at(*path), self.notes)

    def items(self, *path: Step) -> list[Any]:
        """The list that stands there; empty when it is none."""
        found = self.at(*path)
        return found if isinstance(found, list) else []

    def text(self, *path: Step) -> str | None:
        """A text as it is, control and bidirectional characters included; None for an empty one."""
        return self.notes.text(self.at(*path))

    def short(self, *path: Step) -> str | None:
        """A text of at most 200 characters: more than that is no name, no id and no label."""
        found = self.at(*path)
        return found if isinstance(found, str) and 0 < len(found) <= MOST_NAME else None

    def ident(self, *path: Step) -> str | None:
        """An id, given as text or as number."""
        found = self.at(*path)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found) if abs(found) < 10**40 else None
        return self.short(*path)

    def whole(self, *path: Step) -> int | None:
        """A number from 0 on, given as number or as digits. `NOT_SET` counts as absent; out of range is noted."""
        found = self.at(*path)
        return None if found in (NOT_SET, str(NOT_SET)) else self.notes.number(found)

    def time_ms(self, *path: Step, unit_ms: int = 1) -> int | None:
        """A platform's time as epoch milliseconds; `unit_ms` is 1000 where it gives seconds. 0 counts as absent."""
        found = self.whole(*path)
        return None if found is None else self.notes.time_ms(found * unit_ms, self.notes.received_ms)

    def plain(self, *path: Step) -> int | str | bool | None:
        """A short impersonal value as it is; None for a list, an object, nothing, or a number out of range."""
        found = self.at(*path)
        if isinstance(found, bool):
            return found
        if isinstance(found, str):
            return found[:MOST_NAME]
        if isinstance(found, int):
            return found if abs(found) <= MOST_NUMBER else None
        return None

    def more(self, *names: str, within: tuple[Step, ...] = ()) -> dict[str, int | str | bool]:
        """These members, those that are there and plain, under their own names."""
        inner = self.inside(*within)
        return {name: value for name in names if (value := inner.plain(name)) is not None}

    def yes(self, *path: Step) -> bool | None:
        """True and false given as such, as 1 and 0, or as digits; None for anything else."""
        return {"1": True, "0": False, "true": True, "false": False}.get(str(self.at(*path)).lower())


def json_or_jsonp(payload: bytes) -> tuple[Parsed, int]:
    """The JSON of an answer, and from where on it stands in the bytes (behind the bracket of a JSONP call).

    Raises:
        Undecodable: it is neither, or over a bound.
    """
    if payload.lstrip(_BEFORE_JSON)[:1] in {b"{", b"["}:
        return parsed(payload), 0
    _, value = parse_jsonp(payload)
    begin = payload.find(b"(") + 1
    span = root(payload, begin)
    return Parsed(value, ()) if span is None else parsed(payload[slice(*span)]), begin


def is_masked(name: str | None, person_id: str | None) -> bool:
    """Whether a site hides who this is: the id 0, or a name with stars in place of letters."""
    return person_id == "0" or (name is not None and _MASKED.search(name) is not None)


def hundredths(price: str | None, *, yuan: bool = False) -> int | None:
    """A price text in hundredths: "¥530.00", "¥512", "39.9". Digits alone only where they are known to be yuan."""
    match = None if price is None else _YUAN.fullmatch(price.strip())
    if match is None or not (yuan or match["sign"] or match["fen"]):
        return None
    return int(match["yuan"]) * 100 + int((match["fen"] or "0").ljust(2, "0"))


def fault(error: Undecodable, size: int, steps: tuple[str, ...] = ()) -> Fault:
    """An error of a wire reader as what is counted: from where it broke to the end of the `size` bytes."""
    return Fault(error.rule, min(error.offset or 0, size), size, steps)


def last_segment(piece: Piece) -> str:
    """The end of the path of a piece's address."""
    return piece.address.path.rstrip("/").rpartition("/")[2]
