"""One protobuf message, read by field numbers: each value with its place, nothing decoded before it is asked for (pure).

The rules are protobuf's: of a singular field the last one counts, a message that comes twice is merged, a field of
another wire type than asked for counts as absent (and is noted as a `Flaw`).
"""

from __future__ import annotations

import builtins
import struct
from typing import Literal, overload

from crawler.platforms.wire.protobuf import (
    DELIMITED,
    FIXED32,
    FIXED64,
    GROUP,
    MOST_DEPTH,
    MOST_FIELDS,
    VARINT,
    Entry,
    Field,
    as_field,
    packed,
    scan,
)
from crawler.platforms.wire.undecodable import Flaw, Undecodable

MOST_IN_ALL = 100_000  # fields and packed numbers in all messages read from one payload
MOST_FLAWS = 100
_NUMBERS = frozenset({VARINT, FIXED32, FIXED64})
_BYTES = frozenset({DELIMITED})
_GROUPS = frozenset({GROUP})
_BITS = {VARINT: 64, FIXED64: 64, FIXED32: 32}
_REALS = {FIXED32: struct.Struct("<f"), FIXED64: struct.Struct("<d")}


class _Payload:
    """What all messages of one payload share: its bytes, what may still be read of it, and what was odd."""

    __slots__ = ("base", "broken", "content", "flaws", "left", "most", "partial")

    def __init__(self, content: bytes, base: int, *, partial: bool, most: int) -> None:
        self.content = content
        self.base = base
        self.partial = partial
        self.most = most
        self.left = MOST_IN_ALL
        self.flaws: dict[Flaw, None] = {}
        self.broken: list[Undecodable] = []

    def note(self, rule: str, what: str, start: int, end: int) -> None:
        if len(self.flaws) < MOST_FLAWS:
            self.flaws[Flaw(rule, what, self.base + start, self.base + end)] = None


class Message:
    """One message. Places (`range`, `unknown`, flaws, errors) count in the outermost payload, plus its `base`.

    Each accessor raises `Undecodable` when the message's bytes make no sense; a message made `partial` never does: it
    gives what was read before the break, and `broken` says what broke, in it or in any message within it read so far.
    """

    __slots__ = ("_children", "_depth", "_entries", "_last", "_payload", "_spans")

    def __init__(self, payload: _Payload, spans: tuple[tuple[builtins.int, builtins.int], ...], depth: int) -> None:
        """For this module; others call `of`."""
        self._payload = payload
        self._spans = spans
        self._depth = depth
        self._entries: list[Entry] = []
        self._last: dict[builtins.int, Entry] | None = None
        self._children: dict[builtins.int, list[Message]] = {}

    @classmethod
    def of(
        cls,
        payload: builtins.bytes | memoryview,
        base: builtins.int = 0,
        *,
        partial: bool = False,
        most: builtins.int = MOST_FIELDS,
    ) -> Message:
        """The message that these bytes are; nothing is read yet. `base` is added to all places."""
        content = builtins.bytes(payload)
        return cls(_Payload(content, base, partial=partial, most=most), ((0, len(content)),), 0)

    @property
    def broken(self) -> tuple[Undecodable, ...]:
        """What made no sense in messages of this payload read so far; always empty unless made `partial`."""
        return tuple(self._payload.broken)

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """What was odd in messages of this payload, as far as they were asked: at most 100."""
        return tuple(self._payload.flaws)

    @property
    def start(self) -> builtins.int:
        """Where the message begins, in the outermost payload plus base (where one comes in pieces: the first)."""
        return self._payload.base + self._spans[0][0]

    @property
    def end(self) -> builtins.int:
        """Where the message ends, in the outermost payload plus base."""
        return self._payload.base + self._spans[-1][1]

    def numbers(self) -> frozenset[builtins.int]:
        """The numbers of all fields in it."""
        return frozenset(self._index())

    def __contains__(self, number: object) -> bool:
        return number in self._index()

    @overload
    def int(self, number: builtins.int, default: None = None) -> builtins.int | None: ...
    @overload
    def int(self, number: builtins.int, default: builtins.int) -> builtins.int: ...
    def int(self, number: builtins.int, default: builtins.int | None = None) -> builtins.int | None:
        """The last number of a field as signed: two's complement of 64 bits (varint, fixed64) or 32 (fixed32)."""
        entry = self._one(number, _NUMBERS)
        return default if entry is None else _signed(entry)

    @overload
    def uint(self, number: builtins.int, default: None = None) -> builtins.int | None: ...
    @overload
    def uint(self, number: builtins.int, default: builtins.int) -> builtins.int: ...
    def uint(self, number: builtins.int, default: builtins.int | None = None) -> builtins.int | None:
        """The last number of a field as unsigned."""
        entry = self._one(number, _NUMBERS)
        return default if entry is None else entry[4]

    def sint(self, number: builtins.int) -> builtins.int | None:
        """The last number of a field of type sint32 or sint64 (zigzag)."""
        entry = self._one(number, frozenset({VARINT}))
        return None if entry is None else (entry[4] >> 1) ^ -(entry[4] & 1)

    def real(self, number: builtins.int) -> float | None:
        """The last number of a field of type float (fixed32) or double (fixed64)."""
        entry = self._one(number, frozenset(_REALS))
        return None if entry is None else float(_REALS[entry[1]].unpack_from(self._payload.content, entry[2])[0])

    def text(self, number: builtins.int) -> str | None:
        """The last text of a field. Bytes that are not UTF-8 become U+FFFD, and `flaws` says where."""
        entry = self._one(number, _BYTES)
        return None if entry is None else self._text(entry)

    def bytes(self, number: builtins.int) -> builtins.bytes | None:
        """The last value of a field that has a length."""
        entry = self._one(number, _BYTES)
        return None if entry is None else self._payload.content[entry[2] : entry[3]]

    def message(self, number: builtins.int) -> Message | None:
        """The message in a field; one that comes in several pieces is merged."""
        entry = self._one(number, _BYTES)
        if entry is None:
            return None
        known = self._children.get(number)
        if known is not None and len(known) == 1:
            return known[0]
        if number in self._several():
            spans = tuple((each[2], each[3]) for each in self._all(number, _BYTES))
        else:
            spans = ((entry[2], entry[3]),)
        child = self._child(spans)
        self._children[-number] = [child]
        return child
