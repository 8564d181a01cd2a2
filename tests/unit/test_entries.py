"""The bytes of an entry: canonical, bounded, read back only in their one form."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.canonical_json import canonical, parse_json
from evidence_store.codec import NO_ENTRY, blob_to_json, encode_entry, parse_entry
from evidence_store.entries import Attachment, BlobRef, Draft, EntryType, Part
from evidence_store.errors import FutureFormat, InvalidDraft, Malformed
from evidence_store.hashing import entry_id

LOG = "0123456789abcdef0123456789abcdef"
BLOB = BlobRef("frames", "application/octet-stream", 7, "ab" * 32, "cd" * 32, 2, "ef" * 32)
CHARACTERS = st.characters(codec="utf-8")  # no lone surrogates
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(CHARACTERS, max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(CHARACTERS, max_size=6), inner, max_size=4),
    max_leaves=12,
)


def entry_bytes(**changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "log": LOG,
        "index": 3,
        "prev": "12" * 32,
        "kind": "screen",
        "wall_ns": 1795298889134306926,
        "mono_ns": 5,
        "body": canonical({"库存": 37}),
        "blobs": (BLOB,),
    }
    return encode_entry(**{**fields, **changes})


def changed(**members: Any) -> bytes:
    value = json.loads(entry_bytes())
    value.update(members)
    return rfc8785.dumps({name: member for name, member in value.items() if member != "(none)"})


def test_an_entry_is_read_back_as_it_was_written() -> None:
    entry = parse_entry(entry_bytes())
    assert (entry.log, entry.index, entry.prev, entry.type) == (LOG, 3, "12" * 32, "screen")
    assert (entry.wall_ns, entry.mono_ns, entry.body) == (1795298889134306926, 5, {"库存": 37})
    assert entry.blobs == (BLOB,)
    assert entry.id == entry_id(entry_bytes())


@given(st.dictionaries(st.text(CHARACTERS, max_size=6), json_values, max_size=5))
def test_splicing_the_body_gives_the_canonical_form_of_the_whole(body: dict[str, Any]) -> None:
    raw = entry_bytes(body=canonical(body))
    whole: Any = {
        "v": 1,
        "log": LOG,
        "index": 3,
        "prev": "12" * 32,
        "type": "screen",
        "time": {"wall": "1795298889134306926", "mono": "5"},
        "body": body,
        "blobs": [blob_to_json(BLOB)],
    }
    assert raw == rfc8785.dumps(whole)
    assert parse_entry(raw).raw == raw


@given(json_values, st.sampled_from([{}, {"sort_keys": True}, {"separators": (",", ":")}, {"ensure_ascii": False}]))
def test_only_the_one_form_of_a_value_is_read_back(value: Any, style: dict[str, Any]) -> None:
    form = rfc8785.dumps(value)
    assert canonical(value) == form
    assert rfc8785.dumps(parse_json(form)) == form
    other = json.dumps(value, **style).encode()
    if other != form:
        with pytest.raises(Malformed):
            parse_json(other)


@pytest.mark.parametrize(
    "body",
    [{"n": float("nan")}, {"n": 2**53}, {"t": "\ud800"}, {"f": object()}, {1: "key"}, {"b": b"bytes"}],
    ids=["nan", "large integer", "lone surrogate", "object", "key that is no text", "bytes"],
)
def test_a_body_that_is_no_json_is_refused(body: dict[Any, Any]) -> None:
    with pytest.raises(InvalidDraft, match="RFC 8785"):
        canonical(body)


def test_a_body_nested_too_deeply_is_refused() -> None:
    body: list[Any] = []
    for _ in range(100_000):
        body = [body]
    with pytest.raises(InvalidDraft, match="RecursionError"):
        canonical(body)


def test_an_entry_over_the_limit_is_refused_with_its_size() -> None:
    with pytest.raises(InvalidDraft, match="65,535 bytes"):
        entry_bytes(body=canonical({"long": "x" * 66_000}))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 60_000,
        b"NaN",
        entry_bytes() + b"\n",
        entry_bytes().replace(b'"index":3', b'"index": 3'),
        entry_bytes().replace(b'"index":3', b'"index":3.0'),
        entry_bytes().replace(b'"index":3', b'"index":3,"index":3'),
        b"1e999",
        b"1" * 5000,
        changed(log="x"),
        changed(log=7),
        changed(index=-1),
        changed(index=True),
        changed(index="3"),
        changed(prev=NO_ENTRY.upper()[:-1] + "A"),
        changed(prev=None),
        changed(type=None),
        changed(time=None),
        changed(time={"wall": "01", "mono": "5"}),
        changed(time={"wall": 1, "mono": "5"}),
        changed(time={"wall": "1"}),
        changed(body=[]),
        changed(body="(none)"),
        changed(blobs={}),
        changed(blobs=[1]),
        changed(blobs=[{**blob_to_json(BLOB), "size": -1}]),
        changed(blobs=[{**blob_to_json(BLOB), "role": 1}]),
        changed(blobs=[{**blob_to_json(BLOB), "sha256": "CD" * 32}]),
        changed(blobs=[{**blob_to_json(BLOB), "parts": 3}]),
        changed(blobs=[{**blob_to_json(BLOB), "parts": {"count": 1}}]),
        changed(long="x" * 66_000),
    ],
)
def test_bytes_that_break_the_format_are_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_entry(raw)


@pytest.mark.parametrize("version", [2, 0, True, "1", 1.5, "(none)"])
def test_an_unknown_version_is_refused(version: Any) -> None:
    with pytest.raises(FutureFormat):
        parse_entry(changed(v=version))


def test_unknown_members_are_kept_and_hashed() -> None:
    raw = changed(later={"x": 1})
    assert parse_entry(raw).raw == raw
    assert parse_entry(raw).id == entry_id(raw) != entry_id(entry_bytes())


def test_an_unknown_kind_is_kept() -> None:
    assert parse_entry(changed(type="later.kind")).type == "later.kind"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_double_survives(number: float) -> None:
    assert parse_json(canonical([number])) == [number]


def test_a_draft_knows_how_much_it_holds() -> None:
    draft = Draft(
        EntryType.CHAT,
        1,
        2,
        attachments=(
            Attachment("picture", "image/jpeg", b"12345"),
            Attachment("frames", "x", (Part(b"1"), Part(b"22"))),
        ),
    )
    assert draft.size == 8
