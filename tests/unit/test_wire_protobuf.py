"""Protobuf without a schema: values with their places, and hostile bytes that end in one error."""

from __future__ import annotations

import struct

import pytest

from crawler.platforms.wire import Field, Flaw, Message, Undecodable, fields
from crawler.platforms.wire.protobuf import MOST_FIELDS
from tests.harness.wire_bytes import held, number, tag, varint


def test_fields_come_in_their_order_with_their_places() -> None:
    payload = number(1, 300) + held(2, "库存") + tag(3, 5) + struct.pack("<I", 7) + tag(1028, 1) + struct.pack("<Q", 8)
    found = fields(payload)
    assert [(f.number, f.wire_type) for f in found] == [(1, 0), (2, 2), (3, 5), (1028, 1)]
    assert [f.value for f in found] == [300, "库存".encode(), 7, 8]
    assert [payload[f.start : f.end] for f in found] == [
        b"\xac\x02",
        "库存".encode(),
        b"\x07\0\0\0",
        b"\x08\0\0\0\0\0\0\0",
    ]


def test_fields_takes_a_memoryview_and_nothing_at_all() -> None:
    (found,) = fields(memoryview(b"\x08\x05"))
    assert found == Field(1, 0, 1, 2, 5)
    assert fields(b"") == []


def test_a_group_is_one_field_whatever_it_holds() -> None:
    inner = tag(2, 3) + number(3, 1) + tag(2, 4)
    payload = tag(1, 3) + number(9, 5) + held(8, b"x") + inner + tag(1, 4) + number(4, 6)
    group, after = fields(payload)
    assert (group.number, group.wire_type) == (1, 3)
    assert group.value == number(9, 5) + held(8, b"x") + inner
    assert after.value == 6


@pytest.mark.parametrize(
    ("payload", "rule", "offset"),
    [
        (b"\x08", "protobuf: length", 0),
        (b"\x08\x05\x12\x05ab", "protobuf: length", 2),
        (b"\x08\xff", "protobuf: length", 0),
        (b"\x0d\x01\x02", "protobuf: length", 0),
        (b"\x09\x01\x02", "protobuf: length", 0),
        (b"\x80", "protobuf: length", 0),
        (b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "protobuf: length", 0),
        (b"\x00\x01", "protobuf: tag", 0),
        (b"\x08\x01\x0c", "protobuf: tag", 3),
        (b"\x0e\x01", "protobuf: tag", 1),
        (b"\x88\x80\x80\x80\x80\x00\x01", "protobuf: tag", 0),
        (b"\xff\xff\xff\xff\x7f\x01", "protobuf: tag", 0),
        (b"\x08" + b"\xff" * 10 + b"\x01", "protobuf: varint", 1),
        (b"\x0b\x08\x01", "protobuf: length", 3),
        (b"\x0b\x14", "protobuf: group", 1),
        (b"\x0b\x00", "protobuf: tag", 1),
        (b"\x0b\x0f\x0c", "protobuf: tag", 1),
        (b"\x0b" * 200, "protobuf: depth", 100),
        (b"\x08\x01" * (MOST_FIELDS + 1), "protobuf: count", 2 * MOST_FIELDS),
        (b"\x0b" + b"\x08\x01" * (MOST_FIELDS + 1) + b"\x0c", "protobuf: count", 2 * MOST_FIELDS + 1),
    ],
)
def test_what_makes_no_sense_says_which_rule_and_where(payload: bytes, rule: str, offset: int) -> None:
    with pytest.raises(Undecodable) as error:
        fields(payload)
    assert (error.value.rule, error.value.offset) == (rule, offset)
    assert rule in str(error.value)


def test_what_was_read_before_the_break_is_in_the_error() -> None:
    with pytest.raises(Undecodable) as error:
        fields(number(1, 7) + held(2, "仅剩3单") + b"\x1a\x7fcut")
    assert [bytes(f.value) if isinstance(f.value, memoryview) else f.value for f in error.value.so_far] == [
        7,
        "仅剩3单".encode(),
    ]


def test_a_message_gives_values_by_number() -> None:
    user = number(1, 12345678901234567) + held(3, "小王")
    message = Message.of(held(2, user) + held(3, "还有货吗") + number(15, 1700000000) + number(4, -1))
    inside = message.message(2)
    assert inside is not None
    assert (inside.int(1), inside.text(3)) == (12345678901234567, "小王")
    assert message.text(3) == "还有货吗"
    assert message.bytes(3) == "还有货吗".encode()
    assert (message.int(15), message.int(4), message.uint(4)) == (1700000000, -1, (1 << 64) - 1)
    assert (message.int(99), message.int(99, 5), message.text(99), message.message(99)) == (None, 5, None, None)
    assert message.numbers() == {2, 3, 4, 15}
    assert 3 in message
    assert 5 not in message
    assert message.flaws == ()


def test_places_are_those_in_the_outermost_payload() -> None:
    inner = held(3, "已抢98%")
    payload = number(1, 1) + held(2, held(7, inner))
    outer = Message.of(payload, base=1000).message(2)
    assert outer is not None
    deep = outer.message(7)
    assert deep is not None
    found = deep.range(3)
    assert found is not None
    assert payload[found[0] - 1000 : found[1] - 1000].decode() == "已抢98%"
    assert (deep.start, deep.end) == (1000 + len(payload) - len(inner), 1000 + len(payload))
    assert deep.range(4) is None
    (unknown,) = deep.unknown(frozenset())
    assert (unknown.start, unknown.end) == found


def test_the_last_one_counts_and_messages_are_merged() -> None:
    first, second = number(1, 1) + held(2, "a"), number(1, 2) + number(3, 9)
    message = Message.of(number(5, 1) + number(5, 2) + held(6, first) + held(6, second))
    merged = message.message(6)
    assert merged is not None
    assert message.int(5) == 2
    assert (merged.int(1), merged.text(2), merged.int(3)) == (2, "a", 9)
    assert [each.int(1) for each in message.messages(6)] == [1, 2]
    assert message.message(6) is merged


def test_repeated_numbers_come_packed_single_or_both() -> None:
    packed = b"".join(varint(v) for v in (1, 300, -5))
    message = Message.of(number(9, 7) + held(9, packed) + number(9, 8) + held(10, "甲") + held(10, "乙"))
    assert message.ints(9) == [7, 1, 300, -5, 8]
    assert message.texts(10) == ["甲", "乙"]
    assert message.ints(11) == []


def test_headers_are_pairs() -> None:
    header = held(5, held(1, "compress_type") + held(2, "gzip")) + held(5, held(1, "empty"))
    assert Message.of(header).pairs(5) == [("compress_type", "gzip"), ("empty", "")]


def test_signs_and_reals_of_fixed_and_zigzag_fields() -> None:
    message = Message.of(
        tag(1, 5) + struct.pack("<i", -2) + tag(2, 1) + struct.pack("<q", -3) + number(3, 5) + number(4, 4)
        + tag(5, 5) + struct.pack("<f", 1.5) + tag(6, 1) + struct.pack("<d", 29.9)
    )  # fmt: skip
    assert (message.int(1), message.uint(1)) == (-2, (1 << 32) - 2)
    assert message.int(2) == -3
    assert (message.sint(3), message.sint(4)) == (-3, 2)
    assert (message.real(5), message.real(6)) == (1.5, 29.9)


def test_text_that_is_no_utf8_is_replaced_and_flagged() -> None:
    payload = held(3, b"ok\xff\xfe") + held(4, b"\xed\xa0\x80")
    message = Message.of(payload, base=50)
    assert message.text(3) == "ok��"
    assert message.text(4) == "���"
    first, second = message.flaws
    assert (first.rule, first.start) == ("not UTF-8", 50 + payload.index(b"\xff"))
    assert second.rule == "not UTF-8"
    message.text(4)
    assert len(message.flaws) == 2


def test_a_field_of_another_type_counts_as_absent_and_is_flagged() -> None:
    message = Message.of(number(1, 5) + held(2, "x") + number(2, 9))
    assert message.text(1) is None
    assert message.text(2) == "x"
    assert message.range(1) == (1, 2)
    assert message.range(2) is None  # which of the two stands there nobody can say
    assert message.flaws == (
        Flaw("wire type", "field 1 is of type 0", 1, 2),
        Flaw("wire type", "field 2 is of type 0", 6, 7),
    )


def test_a_broken_message_raises_where_it_is_asked_and_says_its_place() -> None:
    payload = held(1, "fine") + held(2, number(1, 1) + b"\x12\x7f")
    message = Message.of(payload, base=10)
    assert message.text(1) == "fine"
    inside = message.message(2)
    assert inside is not None
    with pytest.raises(Undecodable) as error:
        inside.int(1)
    assert error.value.offset == 10 + payload.index(b"\x12\x7f")
    assert [f.value for f in error.value.so_far] == [1]
    with pytest.raises(Undecodable):
        inside.int(1)


def test_a_message_made_partial_gives_what_was_read_before_the_break() -> None:
    whole = held(1, held(1, "WebcastChatMessage")) + held(1, held(1, "WebcastLikeMessage"))
    message = Message.of(whole[:-3] + b"", partial=True)
    assert [each.text(1) for each in message.messages(1)] == ["WebcastChatMessage"]
    (broken,) = message.broken
    assert (broken.rule, broken.offset) == ("protobuf: length", len(whole) // 2 + 0)


def test_messages_in_messages_end_at_depth_100() -> None:
    payload = b""
    for _ in range(150):
        payload = held(1, payload)
    message = Message.of(payload)
    for _ in range(100):
        inside = message.message(1)
        assert inside is not None
        message = inside
    with pytest.raises(Undecodable, match="depth"):
        message.message(1)


def test_all_messages_of_a_payload_share_one_bound() -> None:
    payload = held(1, b"\x08\x01" * 15_000) * 20
    first, *others = Message.of(payload).messages(1)
    assert first.int(1) == 1
    with pytest.raises(Undecodable, match="count"):
        [each.int(1) for each in others]


def test_messages_within_another_share_its_bound_and_not_its_flaws() -> None:
    outer = Message.of(held(1, b"\x08\x01" * 15_000), partial=True)
    content = outer.bytes(1)
    assert content is not None
    apart = [outer.apart(content, partial=True) for _ in range(10)]
    alone = Message.of(content, partial=True)
    for each in (*apart, alone):
        each.int(1)
    assert [bool(each.broken) for each in apart] == [False] * 6 + [True] * 4
    assert not outer.broken
    assert not alone.broken


def test_packed_numbers_count_too() -> None:
    with pytest.raises(Undecodable, match="count"):
        Message.of(held(1, b"\x01" * (MOST_FIELDS + 1))).ints(1)
    with pytest.raises(Undecodable, match="length"):
        Message.of(held(1, b"\x01\x80")).ints(1)
