"""Parts blobs: what is withheld stays provable, and hostile bytes are refused without being believed."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.errors import Malformed
from evidence_store.parts import MAGIC, ShownPart, WithheldPart, parse_parts, salted, withhold

PAYLOADS = [b"", "弹幕：太便宜了".encode(), bytes(range(256)), b"name"]


def entropy(size: int) -> bytes:
    return bytes(number * 7 % 251 for number in range(size))


def test_each_part_can_be_withheld_in_turn_and_all_together() -> None:
    whole = salted(PAYLOADS, entropy)
    for number in range(len(PAYLOADS)):
        redacted = parse_parts(withhold(whole.to_bytes(), {number}))
        assert redacted.root == whole.root
        assert isinstance(redacted.parts[number], WithheldPart)
        shown = [part.payload for part in redacted.parts if isinstance(part, ShownPart)]
        assert shown == PAYLOADS[:number] + PAYLOADS[number + 1 :]
    nothing = withhold(whole.to_bytes(), range(len(PAYLOADS)))
    assert parse_parts(nothing).root == whole.root
    assert all(payload not in nothing for payload in PAYLOADS if payload)


def test_withholding_twice_changes_nothing_more() -> None:
    once = withhold(salted(PAYLOADS, entropy).to_bytes(), {1})
    assert withhold(once, {1}) == once


def test_equal_payloads_have_different_leaves() -> None:
    blob = salted([b"same", b"same"], entropy)
    assert blob.parts[0].leaf != blob.parts[1].leaf


def test_a_part_that_is_not_there_can_not_be_withheld() -> None:
    with pytest.raises(IndexError, match=r"\[9\] of a blob of 4 parts"):
        withhold(salted(PAYLOADS, entropy).to_bytes(), {9})


@given(st.lists(st.binary(max_size=80), max_size=12))
def test_what_is_written_is_read_back(payloads: list[bytes]) -> None:
    blob = salted(payloads, entropy)
    assert parse_parts(blob.to_bytes()) == blob


@pytest.mark.parametrize(
    ("blob", "rule"),
    [
        (b"", "begins with its magic"),
        (b"LWPARTS2" + bytes(4), "begins with its magic"),
        (MAGIC + bytes(3), "how many parts"),
        (MAGIC + struct.pack(">I", 0xFFFFFFFF), "fit into the blob"),
        (MAGIC + struct.pack(">I", 1) + bytes(32), "fit into the blob"),
        (MAGIC + struct.pack(">I", 1) + b"\x02" + bytes(36), "shown \\(0\\) or withheld \\(1\\)"),
        (MAGIC + struct.pack(">IBI", 1, 0, 0xFFFFFFFF) + bytes(40), "part 0 is complete"),
        (MAGIC + struct.pack(">IB", 2, 1) + bytes(65), "part 1 is complete"),
        (MAGIC + struct.pack(">IB", 1, 1) + bytes(33), "nothing follows"),
    ],
)
def test_hostile_bytes_are_refused_by_rule(blob: bytes, rule: str) -> None:
    with pytest.raises(Malformed, match=rule):
        parse_parts(blob)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_otherwise(blob: bytes) -> None:
    try:
        parsed = parse_parts(MAGIC + blob)
    except Malformed:
        return
    assert parsed.to_bytes() == MAGIC + blob
