"""Writing protobuf wire format (protobuf.dev/programming-guides/encoding), as much of it as the sites use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Value = int | bool | str | bytes | Mapping[int, "Value"] | Sequence["Value"]


def varint(value: int) -> bytes:
    """Base 128, low bits first; negative numbers as 64-bit two's complement, as protobuf's int64 has them."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def message(fields: Mapping[int, Value]) -> bytes:
    """Fields by number: ints and bools as varints, text and bytes as they are, mappings as messages, lists repeated.

    Written in the mapping's order. Numbers given as 0, and "", are written too: what a field holds is up to the caller.
    """
    return b"".join(_field(number, value) for number, value in fields.items())


def nested(depth: int, number: int = 2) -> bytes:
    """Messages in messages, ``depth`` of them, the innermost empty."""
    out = b""
    for _ in range(depth):
        out = varint(number << 3 | 2) + varint(len(out)) + out
    return out


def _field(number: int, value: Value) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    elif isinstance(value, Mapping):
        value = message(value)
    elif not isinstance(value, bytes):
        return b"".join(_field(number, member) for member in value)
    return varint(number << 3 | 2) + varint(len(value)) + value
