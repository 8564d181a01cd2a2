"""Protobuf against google's own runtime: same fields, same values, same refusals, on messages and on any bytes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import count
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from hypothesis import event, given, settings
from hypothesis import strategies as st

from crawler.platforms.wire import Field, Message, Undecodable, fields

Proto = descriptor_pb2.FieldDescriptorProto
SCALARS: dict[int, st.SearchStrategy[Any]] = {
    Proto.TYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    Proto.TYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    Proto.TYPE_UINT32: st.integers(0, 2**32 - 1),
    Proto.TYPE_UINT64: st.integers(0, 2**64 - 1),
    Proto.TYPE_SINT32: st.integers(-(2**31), 2**31 - 1),
    Proto.TYPE_SINT64: st.integers(-(2**63), 2**63 - 1),
    Proto.TYPE_FIXED32: st.integers(0, 2**32 - 1),
    Proto.TYPE_FIXED64: st.integers(0, 2**64 - 1),
    Proto.TYPE_SFIXED32: st.integers(-(2**31), 2**31 - 1),
    Proto.TYPE_SFIXED64: st.integers(-(2**63), 2**63 - 1),
    Proto.TYPE_BOOL: st.booleans(),
    Proto.TYPE_FLOAT: st.floats(width=32, allow_nan=False),
    Proto.TYPE_DOUBLE: st.floats(allow_nan=False),
    Proto.TYPE_STRING: st.text(max_size=12),
    Proto.TYPE_BYTES: st.binary(max_size=12),
}
VARINTS = (Proto.TYPE_INT32, Proto.TYPE_INT64, Proto.TYPE_BOOL)
NUMBERS = st.one_of(st.integers(1, 20), st.sampled_from([1028, 5000, 2**29 - 1]))


@dataclass(frozen=True)
class Kind:
    """A field of a random message type: its protobuf type, whether it repeats, and the type of a message in it."""

    number: int
    type: int
    repeated: bool
    packed: bool
    inner: tuple[Kind, ...] = ()


def kinds(depth: int) -> st.SearchStrategy[tuple[Kind, ...]]:
    repeated = st.booleans()
    scalar = st.builds(Kind, NUMBERS, st.sampled_from(sorted(SCALARS)), st.just(value=False), st.just(value=False))
    several = st.builds(Kind, NUMBERS, st.sampled_from(VARINTS), st.just(value=True), repeated)
    texts = st.builds(Kind, NUMBERS, st.just(Proto.TYPE_STRING), st.just(value=True), st.just(value=False))
    choices = [scalar, several, texts]
    if depth:
        held = kinds(depth - 1)
        choices.append(st.builds(Kind, NUMBERS, st.just(Proto.TYPE_MESSAGE), repeated, st.just(value=False), held))
    return st.lists(st.one_of(choices), max_size=6, unique_by=lambda kind: kind.number).map(tuple)


def described(into: descriptor_pb2.DescriptorProto, path: str, of: tuple[Kind, ...]) -> None:
    for kind in of:
        field = into.field.add(name=f"f{kind.number}", number=kind.number, type=kind.type)
        field.label = Proto.LABEL_REPEATED if kind.repeated else Proto.LABEL_OPTIONAL
        if kind.repeated and kind.type in VARINTS:
            field.options.packed = kind.packed
        if kind.type == Proto.TYPE_MESSAGE:
            nested = into.nested_type.add(name=f"M{kind.number}")
            field.type_name = f"{path}.M{kind.number}"
            described(nested, field.type_name, kind.inner)


_FILES = count()


def message_type(of: tuple[Kind, ...]) -> Any:
    name = f"wire{next(_FILES)}"
    file = descriptor_pb2.FileDescriptorProto(name=f"{name}.proto", package=name, syntax="proto2")
    described(file.message_type.add(name="M"), f".{name}.M", of)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{name}.M"))


def fill(into: Any, of: tuple[Kind, ...], draw: Any) -> None:
    for kind in of:
        name = f"f{kind.number}"
        if kind.type == Proto.TYPE_MESSAGE:
            for _ in range(draw(st.integers(0, 3))) if kind.repeated else range(draw(st.integers(0, 1))):
                inside = getattr(into, name).add() if kind.repeated else getattr(into, name)
                inside.SetInParent()
                fill(inside, kind.inner, draw)
        elif kind.repeated:
            getattr(into, name).extend(draw(st.lists(SCALARS[kind.type], max_size=5)))
        elif draw(st.booleans()):
            setattr(into, name, draw(SCALARS[kind.type]))


def one(message: Message, kind: Kind) -> Any:
    """The value of a singular field, by the accessor that its type asks for."""
    number = kind.number
    if kind.type in {Proto.TYPE_FLOAT, Proto.TYPE_DOUBLE}:
        return message.real(number)
    if kind.type in {Proto.TYPE_SINT32, Proto.TYPE_SINT64}:
        return message.sint(number)
    if kind.type in {Proto.TYPE_UINT32, Proto.TYPE_UINT64, Proto.TYPE_FIXED32, Proto.TYPE_FIXED64}:
        return message.uint(number)
    if kind.type == Proto.TYPE_STRING:
        return message.text(number)
    if kind.type == Proto.TYPE_BYTES:
        return message.bytes(number)
    return message.int(number)


def compare(theirs: Any, ours: Message, of: tuple[Kind, ...]) -> None:
    assert ours.numbers() == {descriptor.number for descriptor, _ in theirs.ListFields()}
    for kind in of:
        value = getattr(theirs, f"f{kind.number}")
        if kind.type == Proto.TYPE_MESSAGE and kind.repeated:
            for their, our in zip(value, ours.messages(kind.number), strict=True):
                compare(their, our, kind.inner)
        elif kind.type == Proto.TYPE_MESSAGE:
            our = ours.message(kind.number)
            assert (our is not None) == theirs.HasField(f"f{kind.number}")
            if our is not None:
                compare(value, our, kind.inner)
        elif kind.repeated:
            found = ours.texts(kind.number) if kind.type == Proto.TYPE_STRING else ours.ints(kind.number)
            assert found == list(value)
        else:
            found = one(ours, kind)
            assert found == (value if theirs.HasField(f"f{kind.number}") else None)
            if isinstance(found, float) and isinstance(value, float):
                assert math.copysign(1, found) == math.copysign(1, value)


@settings(max_examples=200, deadline=None)
@given(of=kinds(2), draw=st.data())
def test_what_google_writes_is_read_the_same(of: tuple[Kind, ...], draw: Any) -> None:
    theirs = message_type(of)()
    fill(theirs, of, draw.draw)
    ours = Message.of(theirs.SerializeToString())
    compare(theirs, ours, of)
    assert ours.flaws == ours.broken == ()


@settings(max_examples=200, deadline=None)
@given(of=kinds(2), draw=st.data())
def test_two_messages_end_to_end_are_merged_as_google_merges_them(of: tuple[Kind, ...], draw: Any) -> None:
    cls = message_type(of)
    first, second = cls(), cls()
    fill(first, of, draw.draw)
    fill(second, of, draw.draw)
    payload = first.SerializeToString() + second.SerializeToString()
    compare(cls.FromString(payload), Message.of(payload), of)


def varint(value: int, *, longer: int = 0) -> bytes:
    out = bytearray()
    while value > 0x7F or longer > 0:
        out.append(value & 0x7F | 0x80)
        value >>= 7
        longer -= not value
    return bytes([*out, value])


VARINT_BYTES = st.one_of(
    st.builds(varint, st.integers(0, 2**64 - 1)),
    st.builds(lambda value, longer: varint(value, longer=longer), st.integers(0, 300), st.integers(0, 12)),
    st.binary(max_size=11),
)
TAGS = st.builds(lambda number, wire: varint(number << 3 | wire), NUMBERS, st.integers(0, 7))
NUMBER_FIELDS = st.builds(lambda number, value: varint(number << 3) + value, NUMBERS, VARINT_BYTES)
HELD = st.builds(
    lambda number, content: varint(number << 3 | 2) + varint(len(content)) + content, NUMBERS, st.binary(max_size=20)
)
FIXED = st.one_of(
    st.builds(lambda number, value: varint(number << 3 | 1) + value, NUMBERS, st.binary(min_size=8, max_size=8)),
    st.builds(lambda number, value: varint(number << 3 | 5) + value, NUMBERS, st.binary(min_size=4, max_size=4)),
)
PLAIN = st.one_of(HELD, FIXED, st.builds(lambda n, v: varint(n << 3) + varint(v), NUMBERS, st.integers(0, 2**64 - 1)))
FITTING = st.recursive(
    PLAIN,
    lambda inside: st.builds(
        lambda number, held: varint(number << 3 | 3) + b"".join(held) + varint(number << 3 | 4),
        NUMBERS,
        st.lists(inside, max_size=3),
    ),
    max_leaves=6,
)
ODD = st.one_of(TAGS, VARINT_BYTES, NUMBER_FIELDS, st.binary(max_size=10))
ANY_BYTES = st.one_of(
    st.lists(FITTING, max_size=8).map(b"".join),
    st.lists(st.one_of(FITTING, FITTING, FITTING, ODD), max_size=8).map(b"".join),
    st.builds(lambda whole, cut: b"".join(whole)[:cut], st.lists(FITTING, max_size=8), st.integers(0, 100)),
    st.binary(max_size=60),
)


def unknown(found: UnknownFieldSet) -> list[tuple[int, int, Any]]:
    """Google's fields; what it keeps of a group is a set of fields again."""
    return [
        (each.field_number, each.wire_type, unknown(each.data) if each.wire_type == 3 else each.data) for each in found
    ]


def ours(found: list[Field]) -> list[tuple[int, int, Any]]:
    listed: list[tuple[int, int, Any]] = []
    for each in found:
        if each.wire_type == 3:
            assert isinstance(each.value, memoryview)
            listed.append((each.number, 3, ours(fields(each.value))))
        else:
            value = bytes(each.value) if isinstance(each.value, memoryview) else each.value
            listed.append((each.number, each.wire_type, value))
    return listed


def no_number_0(found: list[tuple[int, int, Any]]) -> bool:
    return all(number and (wire != 3 or no_number_0(value)) for number, wire, value in found)


@settings(max_examples=500, deadline=None)
@given(payload=ANY_BYTES)
def test_any_bytes_are_read_or_refused_as_google_does(payload: bytes) -> None:
    try:
        theirs: list[tuple[int, int, Any]] | None = unknown(UnknownFieldSet(Empty.FromString(payload)))
    except DecodeError:
        theirs = None
    if theirs is not None and not no_number_0(theirs):
        theirs = None  # this one of google's runtimes takes field number 0; the specification and the others refuse it
    try:
        found = fields(payload)
    except Undecodable:
        event("refused")
        assert theirs is None
        return
    event("read")
    assert ours(found) == theirs
    for each in found:
        assert 0 < each.start <= each.end <= len(payload)


@settings(max_examples=150, deadline=None)
@given(payload=ANY_BYTES, base=st.integers(0, 10**6))
def test_a_partial_message_gives_of_any_bytes_what_fields_gives(payload: bytes, base: int) -> None:
    try:
        found = fields(payload)
    except Undecodable as error:
        found = list(error.so_far)
    message = Message.of(payload, base, partial=True)
    assert [(f.number, f.start - base, f.end - base, f.value) for f in message.unknown(frozenset())] == [
        (f.number, f.start, f.end, f.value) for f in found
    ]
    for number in message.numbers() | {7}:
        accessors = (
            *(message.int, message.uint, message.sint, message.real, message.text, message.bytes, message.ints),
            *(message.texts, message.message, message.messages, message.pairs, message.range),
        )
        for accessor in accessors:
            accessor(number)
