"""One protobuf message, read by field numbers: each value with its place, decoded when it is asked for (pure).

The rules are protobuf's: of a singular field the last one counts, a message that comes twice is merged, a field of
another wire type than asked for counts as absent (and is noted as a `Flaw`).
"""

from __future__ import annotations

import builtins
import struct
from dataclasses import dataclass
from typing import overload

from crawler.platforms.wire.protobuf import (
    DELIMITED,
    FIXED32,
    FIXED64,
    MOST_DEPTH,
    MOST_FIELDS,
    VARINT,
    Entry,
    Field,
    as_field,
    packed,
    scan,
    unsigned,
)
from crawler.platforms.wire.undecodable import Flaw, Undecodable

MOST_IN_ALL = 100_000  # fields and packed numbers in all messages read from one payload
MOST_FLAWS = 100
_NUMBERS = frozenset({VARINT, FIXED32, FIXED64})
_BYTES = frozenset({DELIMITED})
_ZIGZAG = frozenset({VARINT})
_BITS = {VARINT: 64, FIXED64: 64, FIXED32: 32}
_REALS = {FIXED32: struct.Struct("<f"), FIXED64: struct.Struct("<d")}


@dataclass(slots=True)
class _Left:
    """How many fields may still be read."""

    fields: int = MOST_IN_ALL


class _Payload:
    """What all messages of one payload share: its bytes, what may still be read of it, and what was odd."""

    __slots__ = ("base", "broken", "content", "flaws", "left", "most", "partial")

    def __init__(self, content: bytes, base: int, left: _Left, *, partial: bool, most: int) -> None:
        self.content = content
        self.base = base
        self.partial = partial
        self.most = most
        self.left = left
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

    __slots__ = ("_children", "_depth", "_entries", "_failed", "_last", "_merged", "_payload", "_spans")

    def __init__(self, payload: _Payload, spans: tuple[tuple[builtins.int, builtins.int], ...], depth: int) -> None:
        """For this module; others call `of`."""
        self._payload = payload
        self._spans = spans
        self._depth = depth
        self._entries: list[Entry] = []
        self._last: dict[builtins.int, Entry] | None = None
        self._failed: Undecodable | None = None
        self._children: dict[builtins.int, list[Message]] | None = None
        self._merged: dict[builtins.int, Message] | None = None

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
        return cls(_Payload(content, base, _Left(), partial=partial, most=most), ((0, len(content)),), 0)

    def apart(self, payload: builtins.bytes | memoryview, base: builtins.int = 0, *, partial: bool = False) -> Message:
        """Like `of`, for bytes that came in this message, packed or not: both share the bound on fields in all.

        Flaws and breaks are told apart. With `of`, 8 kB of gzip could hold 400 messages, each read to the bound.
        """
        content, ours = builtins.bytes(payload), self._payload
        return Message(_Payload(content, base, ours.left, partial=partial, most=ours.most), ((0, len(content)),), 0)

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
        return default if entry is None else _signed(self._payload.content, entry)

    @overload
    def uint(self, number: builtins.int, default: None = None) -> builtins.int | None: ...
    @overload
    def uint(self, number: builtins.int, default: builtins.int) -> builtins.int: ...
    def uint(self, number: builtins.int, default: builtins.int | None = None) -> builtins.int | None:
        """The last number of a field as unsigned."""
        entry = self._one(number, _NUMBERS)
        return default if entry is None else unsigned(self._payload.content, entry)

    def sint(self, number: builtins.int) -> builtins.int | None:
        """The last number of a field of type sint32 or sint64 (zigzag)."""
        entry = self._one(number, _ZIGZAG)
        if entry is None:
            return None
        value = unsigned(self._payload.content, entry)
        return (value >> 1) ^ -(value & 1)

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
        if self._merged is None:
            self._merged = {}
        child = self._merged.get(number)
        if child is None:
            pieces = [entry] if self._each_once() else self._all(number, _BYTES)
            child = self._merged[number] = self._child(tuple([(each[2], each[3]) for each in pieces]))
        return child

    def messages(self, number: builtins.int) -> list[Message]:
        """The messages of a repeated field."""
        if self._children is None:
            self._children = {}
        found = self._children.get(number)
        if found is None:
            found = [self._child(((each[2], each[3]),)) for each in self._all(number, _BYTES)]
            self._children[number] = found
        return list(found)

    def texts(self, number: builtins.int) -> list[str]:
        """The texts of a repeated field, each as `text` gives it."""
        return [self._text(each) for each in self._all(number, _BYTES)]

    def ints(self, number: builtins.int) -> list[builtins.int]:
        """The signed numbers of a repeated field, packed varints or not."""
        found: list[builtins.int] = []
        for entry in self._all(number, _NUMBERS | _BYTES):
            found.extend(self._packed(entry) if entry[1] == DELIMITED else (_signed(self._payload.content, entry),))
        return found

    def pairs(self, number: builtins.int) -> list[tuple[str, str]]:
        """A repeated field of messages {1: key, 2: value}, both texts: maps and headers. What is not there is ""."""
        return [(each.text(1) or "", each.text(2) or "") for each in self.messages(number)]

    def range(self, number: builtins.int) -> tuple[builtins.int, builtins.int] | None:
        """Where the last value of a field stands: (start, end) in the outermost payload plus base.

        None too when the field comes in several wire types: the last one need not be what an accessor took.
        """
        entry = self._index().get(number)
        if entry is None:
            return None
        if not self._each_once() and len({each[1] for each in self._entries if each[0] == number}) > 1:
            return None
        return self._payload.base + entry[2], self._payload.base + entry[3]

    def unknown(self, known: frozenset[builtins.int]) -> tuple[Field, ...]:
        """The fields with other numbers than these, in their order."""
        self._index()
        payload = self._payload
        return tuple(as_field(payload.content, each, payload.base) for each in self._entries if each[0] not in known)

    def _index(self) -> dict[builtins.int, Entry]:
        if self._last is not None:
            return self._last
        payload = self._payload
        entries = self._entries
        if self._failed is None:
            for start, end in self._spans:
                before = len(entries)
                try:
                    scan(payload.content, start, end, min(payload.most, payload.left.fields + before), entries)
                except Undecodable as broken:
                    self._failed = broken.with_traceback(None)
                payload.left.fields -= len(entries) - before
                if self._failed is not None:
                    break
        if self._failed is not None:
            self._fail(self._failed, entries)
        self._last = {entry[0]: entry for entry in entries}
        return self._last

    def _each_once(self) -> bool:
        """Whether no number comes twice: so it is in most messages, and then nothing needs searching."""
        return len(self._entries) == len(self._index())

    def _one(self, number: builtins.int, wires: frozenset[builtins.int]) -> Entry | None:
        entry = (self._last or self._index()).get(number)
        if entry is None or entry[1] in wires:
            return entry
        return next(reversed(self._all(number, wires)), None)

    def _all(self, number: builtins.int, wires: frozenset[builtins.int]) -> list[Entry]:
        self._index()
        found = [entry for entry in self._entries if entry[0] == number]
        fitting = [entry for entry in found if entry[1] in wires]
        if len(fitting) < len(found):
            for each in found:
                if each[1] not in wires:
                    self._payload.note("wire type", f"field {number} is of type {each[1]}", each[2], each[3])
        return fitting

    def _child(self, spans: tuple[tuple[builtins.int, builtins.int], ...]) -> Message:
        if self._depth < MOST_DEPTH:
            return Message(self._payload, spans, self._depth + 1)
        got = "one that is deeper"
        self._fail(Undecodable("protobuf: depth", f"messages to depth {MOST_DEPTH}", got, spans[0][0]), [])
        return Message(self._payload, ((spans[0][0], spans[0][0]),), self._depth + 1)

    def _text(self, entry: Entry) -> str:
        content = self._payload.content[entry[2] : entry[3]]
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            start = entry[2] + error.start
            self._payload.note("not UTF-8", f"field {entry[0]}: {error.reason}", start, start + 1)
            return content.decode(errors="replace")

    def _packed(self, entry: Entry) -> list[builtins.int]:
        payload = self._payload
        try:
            found = packed(payload.content, entry[2], entry[3], min(payload.most, payload.left.fields))
        except Undecodable as broken:
            self._fail(broken, [])
            return []
        payload.left.fields -= len(found)
        return [number - (1 << 64) if number >> 63 else number for number in found]

    def _fail(self, broken: Undecodable, entries: list[Entry]) -> None:
        payload = self._payload
        at = (broken.offset or 0) + payload.base
        if not payload.partial:
            so_far = tuple([as_field(payload.content, each, payload.base) for each in entries])
            raise Undecodable(broken.rule, broken.expected, broken.got, at, so_far)
        if len(payload.broken) < MOST_FLAWS:  # without `so_far`: the message itself has it
            payload.broken.append(Undecodable(broken.rule, broken.expected, broken.got, at))


def _signed(content: bytes, entry: Entry) -> int:
    if entry[4] >= 0:  # a varint of one byte
        return entry[4]
    bits = _BITS[entry[1]]
    value = unsigned(content, entry)
    return value - (1 << bits) if value >> (bits - 1) else value
