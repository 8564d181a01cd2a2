"""Protobuf wire format without a schema: each field with its place in the bytes, unknown ones kept (pure).

Why not google's runtime: it needs a schema, and does not say where in the frame a value stands, which is what an
evidence record names. Its rules are ours and it is the oracle of the tests (`test_wire_protobuf_oracle`): what it
refuses is refused here, what it reads is read the same. Source: the protobuf encoding specification.

Bounds: fields in one message (`MOST_FIELDS`), depth 100, varints of 10 bytes, tags of 32 bits. Anything else ends in
`Undecodable`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from crawler.platforms.wire.undecodable import Undecodable

MOST_FIELDS = 20_000  # in one message
MOST_DEPTH = 100  # of messages in messages, and of groups in groups; google's runtime stops there too
VARINT, FIXED64, DELIMITED, GROUP, END_GROUP, FIXED32 = range(6)
_MASK64 = (1 << 64) - 1
_FIXED = {FIXED64: struct.Struct("<Q"), FIXED32: struct.Struct("<I")}

# number, wire type, start and end of the value, and the value of a number where it is known already, else -1. A plain
# tuple, with numbers decoded when they are asked for: ten thousands are made a second, few of them are ever looked at.
Entry = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `start` to `end` is its value within the given bytes, without the tag and the length.

    `value`: an unsigned number for varints (wire type 0), fixed64 (1) and fixed32 (5); else the bytes, for what has a
    length (2) and for groups (3, without the closing tag).
    """

    number: int
    wire_type: int
    start: int
    end: int
    value: int | memoryview


def fields(payload: bytes | memoryview, *, most: int = MOST_FIELDS) -> list[Field]:
    """All fields of one message in their order; messages in it are not looked into.

    Raises:
        Undecodable: at the first byte that makes no sense, with the fields before it in `so_far`.
    """
    content = bytes(payload)
    entries: list[Entry] = []
    try:
        scan(content, 0, len(content), most, entries)
    except Undecodable as broken:
        broken.so_far = [as_field(content, entry) for entry in entries]
        raise
    return [as_field(content, entry) for entry in entries]


def as_field(content: bytes, entry: Entry, base: int = 0) -> Field:
    """A scanned field as others see it; `base` is where `content` begins in the bytes that they know."""
    number, wire, start, end, _ = entry
    value = memoryview(content)[start:end] if wire in {DELIMITED, GROUP} else unsigned(content, entry)
    return Field(number, wire, base + start, base + end, value)


def unsigned(content: bytes, entry: Entry) -> int:
    """The number of a varint or fixed field."""
    _, wire, start, _, value = entry
    if value >= 0:
        return value
    return varint(content, start)[0] if wire == VARINT else int(_FIXED[wire].unpack_from(content, start)[0])


def scan(content: bytes, at: int, end: int, most: int, entries: list[Entry]) -> None:
    """Put the fields between two places of `content` into `entries`, at most so many in all that are in it then.

    Raises:
        Undecodable: at the first byte that makes no sense; what came before it is in `entries`.
    """
    field_at = at
    many = len(entries) + (end - at) // 2 > most  # only then can there be too many: a field has two bytes at least
    append = entries.append
    try:
        while at < end:
            field_at = at
            tag = content[at]
            at += 1
            if tag > 0x7F:
                tag, at = _tag(content, field_at)
            if tag < 8 or (many and len(entries) >= most):
                raise _no_field(tag, most, field_at)
            wire = tag & 7
            value = -1
            if wire == DELIMITED:
                size = content[at]
                at += 1
                if size > 0x7F:
                    size, at = _longer(content, at - 1)
                value_at = at
                at = value_end = at + size
            elif wire == VARINT:
                value_at = at
                value = content[at]
                at += 1
                if value > 0x7F:
                    at = _behind_varint(content, value_at)
                    value = -1
                value_end = at
            else:
                value_at = at
                at, value_end, inside = _fixed_or_group(content, at, end, tag, most - len(entries))
                most -= inside  # what a group holds counts, though it is kept in one piece
            if at > end:
                raise _short(end, field_at)
            append((tag >> 3, wire, value_at, value_end, value))
    except IndexError:
        raise _short(end, field_at) from None


def varint(content: bytes, at: int) -> tuple[int, int]:
    """The unsigned 64-bit number at a place, and the place behind it. Bits over 64 are dropped, as google does.

    Raises:
        Undecodable: over 10 bytes.
        IndexError: the bytes end within it.
    """
    value = content[at] & 0x7F
    end = at
    shift = 0
    while content[end] > 0x7F:
        end += 1
        shift += 7
        value |= (content[end] & 0x7F) << shift
        if shift > 63:
            raise _long_varint(at)
    return value & _MASK64, end + 1


def _behind_varint(content: bytes, at: int) -> int:
    end = at
    while content[end] > 0x7F:
        end += 1
        if end - at > 9:
            raise _long_varint(at)
    return end + 1


def packed(content: bytes, start: int, end: int, most: int) -> list[int]:
    """Unsigned varints without tags, as `repeated` numbers are sent.

    Raises:
        Undecodable: they don't end at `end`, or are more than `most`.
    """
    numbers: list[int] = []
    at = value_at = start
    try:
        while at < end:
            if len(numbers) >= most:
                raise _broken("count", f"at most {most} numbers", "more", at)
            value_at = at
            value, at = varint(content, at)
            numbers.append(value)
    except IndexError:
        raise _short(end, value_at) from None
    if at > end:
        raise _short(end, value_at)
    return numbers


def _longer(content: bytes, at: int) -> tuple[int, int]:
    """A varint whose first byte says that more follow: mostly it is one."""
    second = content[at + 1]
    if second < 0x80:
        return content[at] & 0x7F | second << 7, at + 2
    return varint(content, at)


def _tag(content: bytes, at: int) -> tuple[int, int]:
    tag, behind = _longer(content, at) if content[at] > 0x7F else (content[at], at + 1)
    if behind - at > 5 or tag > 0xFFFFFFFF:
        raise _broken("tag", "a tag of 32 bits in at most 5 bytes", f"{tag} in {behind - at} bytes", at)
    return tag, behind


def _delimited(content: bytes, at: int) -> tuple[int, int]:
    size, behind = varint(content, at)
    return behind, behind + size


def _fixed_or_group(content: bytes, at: int, end: int, tag: int, most: int) -> tuple[int, int, int]:
    """Behind such a value, its end, and how many fields are in it."""
    if tag & 7 in _FIXED:
        behind = at + _FIXED[tag & 7].size
        return behind, behind, 0
    if tag & 7 == GROUP:
        return _group(content, at, end, tag, most)
    raise _broken("tag", "wire type 0 to 5, and no group closed that is not open", f"wire type {tag & 7}", at)


def _group(content: bytes, at: int, end: int, tag: int, most: int) -> tuple[int, int, int]:
    """Behind a group, its end, and how many fields are in it. Not recursive: depth is the sender's choice."""
    open_groups = [tag >> 3]
    for inside in range(most):
        field_at = at
        if at >= end:
            break
        tag, at = _tag(content, at)
        if tag < 8:
            raise _no_field(tag, most, field_at)
        if tag & 7 == END_GROUP:
            if open_groups.pop() != tag >> 3:
                raise _broken("group", "the group that was opened last is closed", f"field {tag >> 3}", field_at)
            if not open_groups:
                return at, field_at, inside
        elif tag & 7 == GROUP:
            open_groups.append(tag >> 3)
            if len(open_groups) > MOST_DEPTH:
                raise _broken("depth", f"at most {MOST_DEPTH} groups in each other", "more", field_at)
        else:
            at = _behind(content, at, tag & 7, field_at)
    else:
        raise _no_field(tag, most, at)
    raise _short(end, end)


def _behind(content: bytes, at: int, wire: int, field_at: int) -> int:
    """Behind a value of a field in a group."""
    if wire == VARINT:
        return _behind_varint(content, at)
    if wire == DELIMITED:
        return _delimited(content, at)[1]
    if wire in _FIXED:
        return at + _FIXED[wire].size
    raise _broken("tag", "wire type 0 to 5", f"wire type {wire}", field_at)


def _no_field(tag: int, most: int, at: int) -> Undecodable:
    if tag < 8:
        return _broken("tag", "a field number from 1", "field number 0", at)
    return _broken("count", f"at most {most} fields", "more", at)


def _short(end: int, field_at: int) -> Undecodable:
    return _broken("length", "a whole field", f"bytes that end at {end}", field_at)


def _long_varint(at: int) -> Undecodable:
    return _broken("varint", "at most 10 bytes", "more", at)


def _broken(what: str, expected: str, got: str, offset: int) -> Undecodable:
    return Undecodable(f"protobuf: {what}", expected, got, offset)
