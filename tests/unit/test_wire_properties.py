"""The wire readers on whatever was written rightly: it comes out as it went in. On anything else: one error."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.platforms.wire import (
    Undecodable,
    b64,
    gunzip,
    packets,
    parse,
    parse_jsonp,
    sniff,
    unbrotli,
    unwrapped,
    unzlib,
)
from tests.harness.wire_bytes import packet

TEXTS = st.text(max_size=20)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS, st.just("[{")
)
VALUES = st.recursive(
    SCALARS, lambda inside: st.one_of(st.lists(inside, max_size=4), st.dictionaries(TEXTS, inside, max_size=4))
)
BODIES = st.lists(st.tuples(st.sampled_from([5, 8]), st.binary(max_size=30)), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=3000), parts=st.integers(1, 3))
def test_what_was_packed_is_unpacked(content: bytes, parts: int) -> None:
    assert gunzip(gzip.compress(content) * parts) == content * parts
    assert unzlib(zlib.compress(content)) == content
    assert unbrotli(brotli.compress(content, quality=4)) == content
    assert sniff(gzip.compress(content)) == "gzip"
    assert sniff(zlib.compress(content)) == "zlib"
    assert sniff(brotli.compress(content, quality=4)) == "brotli?"


@settings(max_examples=100, deadline=None)
@given(bodies=BODIES, ways=st.lists(st.sampled_from([0, 2, 3]), max_size=3), headers=st.integers(16, 40))
def test_packets_packed_one_by_one_or_together_come_out_in_order(
    bodies: list[tuple[int, bytes]], ways: list[int], headers: int
) -> None:
    padding = bytes(headers - 16)
    plain = [packet(op, padding + body, header=headers) for op, body in bodies]
    pack: dict[int, Callable[[bytes], bytes]] = {2: zlib.compress, 3: brotli.compress}
    frame = b"".join(plain)
    for way in (0, *ways):
        frame = frame + (packet(5, pack[way](b"".join(plain)), way) if way else b"")
    found = packets(frame)
    assert [(each.op, each.body) for each in found] == bodies * (1 + sum(map(bool, ways)))
    for each in found[: len(bodies)]:
        assert frame[each.start : each.end][headers:] == each.body


@settings(max_examples=200, deadline=None)
@given(value=VALUES, escaped=st.booleans(), wraps=st.integers(0, 3))
def test_json_in_each_guise_gives_its_value(value: Any, escaped: bool, wraps: int) -> None:  # noqa: FBT001
    text = json.dumps(value, ensure_ascii=escaped)
    assert parse(text) == parse(text.encode()) == value
    assert parse_jsonp(f"cb_1.x && cb_1.x({text});".encode()) == ("cb_1.x", value)
    held = {"in": value}
    wrapped: Any = held
    for _ in range(wraps):
        wrapped = json.dumps(wrapped, ensure_ascii=escaped)
    assert unwrapped(wrapped) == held


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200), url_safe=st.booleans(), padded=st.booleans(), line=st.integers(1, 90))
def test_base64_in_each_guise_gives_its_bytes(content: bytes, url_safe: bool, padded: bool, line: int) -> None:  # noqa: FBT001
    text = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(content).decode()
    text = text if padded else text.rstrip("=")
    assert b64("\r\n".join(text[at : at + line] for at in range(0, len(text), line))) == content


@pytest.mark.parametrize("read", [gunzip, unzlib, unbrotli, packets, parse, parse_jsonp, b64])
@settings(max_examples=60, deadline=None)
@given(payload=st.one_of(st.binary(max_size=200), TEXTS.map(lambda text: text.encode(errors="surrogatepass"))))
def test_any_bytes_are_read_or_refused(read: Callable[[bytes], object], payload: bytes) -> None:
    refused: Undecodable | None = None
    try:
        read(payload)
    except Undecodable as error:
        refused = error
    if refused is not None:
        assert refused.rule
        assert str(refused).startswith(refused.rule)
        assert refused.expected in str(refused)
