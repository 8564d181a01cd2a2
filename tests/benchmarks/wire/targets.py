"""What is fuzzed: each wire reader and each adapter on top of them, the promises they must keep, seeds to begin from.

A target returns, or raises `Undecodable`; anything else is a finding.
"""

from __future__ import annotations

import base64
import gzip
import json
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import brotli
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from crawler.platforms.wire import (
    Field,
    Message,
    Undecodable,
    b64,
    fields,
    gunzip,
    packets,
    parse,
    parse_jsonp,
    parsed,
    sniff,
    unbrotli,
    unwrapped,
    unzlib,
)
from crawler.platforms.wire.inflate import MOST_INFLATED
from tests.benchmarks.wire.mutations import USUAL
from tests.benchmarks.wire.sites import SPOKEN, decoding
from tests.harness.wire_bytes import douyin_frame, held, number, packet, tag

WALK_DEPTH = 4
WALK_NUMBERS = 30
WALK_CHILDREN = 4


@dataclass(frozen=True, slots=True)
class Target:
    """A reader, seeds for it, and for packed formats how to pack what was mutated unpacked."""

    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    wrap: Callable[[bytes], bytes] | None = None


def promised(holds: object, what: str) -> None:
    """A promise about a result; a broken one is a finding, like any exception."""
    if not holds:
        raise AssertionError(what)


def walk(message: Message, depth: int = 0) -> None:
    """Ask a message everything, and the messages that its fields might be."""
    for at in sorted(message.numbers())[:WALK_NUMBERS]:
        accessors: tuple[Callable[[int], Any], ...] = (
            *(message.int, message.uint, message.sint, message.real, message.bytes, message.ints),
            *(message.range, message.message),
        )
        for accessor in accessors:
            accessor(at)
        for text in (
            message.text(at) or "",
            *message.texts(at),
            *(part for pair in message.pairs(at) for part in pair),
        ):
            text.encode()
        if depth < WALK_DEPTH:
            for child in message.messages(at)[:WALK_CHILDREN]:
                walk(child, depth + 1)
    promised(len(message.flaws) <= 100, "flaws are bounded")


def protobuf(payload: bytes) -> None:
    """`fields`, `Message` strict and partial."""
    partial = Message.of(payload, partial=True)
    try:
        walk(partial)
    except Undecodable as error:
        raise AssertionError("a partial message raised") from error
    for each in fields(payload):
        promised(0 < each.start <= each.end <= len(payload), "places lie within the payload")
    walk(Message.of(payload))


def _theirs(found: UnknownFieldSet) -> list[tuple[int, int, Any]]:
    return [(f.field_number, f.wire_type, _theirs(f.data) if f.wire_type == 3 else f.data) for f in found]


def _ours(found: list[Field]) -> list[tuple[int, int, Any]]:
    return [
        (f.number, f.wire_type, f.value if isinstance(f.value, int) else _held(f.wire_type, bytes(f.value)))
        for f in found
    ]


def _held(wire: int, content: bytes) -> Any:
    return _ours(fields(content)) if wire == 3 else content


def _number_0(found: list[tuple[int, int, Any]]) -> bool:
    return any(not number or (wire == 3 and _number_0(value)) for number, wire, value in found)


def google(payload: bytes) -> None:
    """The same as google's runtime, which takes field number 0, which the specification refuses.

    Larger inputs are for `protobuf`: of 4 MiB, google's list of unknown fields takes 160 MB, and was seen to crash.
    """
    if len(payload) > USUAL:
        fields(payload)
        return
    try:
        theirs: list[tuple[int, int, Any]] | None = _theirs(UnknownFieldSet(Empty.FromString(payload)))
    except DecodeError:
        theirs = None
    if theirs is not None and _number_0(theirs):
        theirs = None
    try:
        ours = _ours(fields(payload))
    except Undecodable as error:
        promised(theirs is None or error.rule == "protobuf: count", f"google reads it; ours: {error}")
        raise
    promised(ours == theirs, "the same fields as google's")


def inflating(
    read: Callable[[bytes], bytes], other: Callable[[bytes], bytes], refusals: tuple[type[Exception], ...]
) -> Callable[[bytes], object]:
    """Not over the bound; what comes out is what the library's one-shot call gives, which is used only after ours."""

    def target(payload: bytes) -> None:
        found = read(payload)
        promised(len(found) <= MOST_INFLATED, "the bound holds")
        try:
            promised(found == other(payload), "the library gives the same")
        except refusals as error:
            raise AssertionError("the library refuses what ours takes") from error

    return target


def sniffing(payload: bytes) -> None:
    """Never raises; says gzip or zlib of what begins so."""
    found = sniff(payload)
    if found == "gzip":
        promised(payload[:3] == b"\x1f\x8b\x08", "gzip has its sign")


def bilibili(payload: bytes) -> None:
    """Places lie within the frame, bodies within the bound."""
    found = packets(payload)
    promised(sum(len(each.body) for each in found) <= len(payload) + MOST_INFLATED, "the bound holds")
    for each in found:
        promised(0 <= each.start < each.end <= len(payload), "places lie within the frame")
        promised(each.inflated == (each.within is not None), "what came packed has a place within")


def json_value(payload: bytes) -> None:
    """Whatever is read can be written again, as UTF-8 and without NaN, and reads as the same."""
    found = parsed(payload)
    promised(len(found.flaws) <= 100, "flaws are bounded")
    if len(payload) > USUAL:
        return  # writing it again would take more memory than reading it, and be counted
    again = json.dumps(found.value, ensure_ascii=False, allow_nan=False).encode()
    promised(json.loads(again) == found.value, "it reads the same again")


def json_in_json(payload: bytes) -> None:
    """Unwrapping ends, in something that can be written."""
    found = unwrapped(parse(payload))
    if len(payload) <= USUAL:
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


def jsonp(payload: bytes) -> None:
    """The callback's name stands in the payload, the value can be written."""
    callback, value = parse_jsonp(payload)
    promised(callback.encode() in payload, "the callback is the payload's")
    if len(payload) <= USUAL:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def base_64(payload: bytes) -> None:
    """Encoded again it is what it was, but for the alphabet, line ends, padding and unused bits."""
    found = b64(payload.decode("latin-1") if payload[:1] == b" " else payload)
    bare = payload.translate(bytes.maketrans(b"-_", b"+/"), b" \t\r\n=")
    again = base64.b64encode(found).rstrip(b"=")
    promised(len(again) == len(bare) and again[:-1] == bare[:-1], "it encodes to what it was")


def douyin(payload: bytes) -> None:
    """The whole way of a frame: envelope, gzip, response, messages."""
    frame = Message.of(payload)
    content = frame.bytes(8) or b""
    walk(Message.of(gunzip(content) if sniff(content) == "gzip" else content))


_FRAME = douyin_frame(random.Random(1), 1, messages=2)  # noqa: S311 the same seeds each time
_RESPONSE = gunzip(Message.of(_FRAME).bytes(8) or b"")
_GROUP = tag(1, 3) + number(9, 5) + held(8, b"x") + tag(2, 3) + tag(2, 4) + tag(1, 4)
_MIXED = number(1, -1) + tag(3, 5) + b"\1\0\0\x80" + tag(1028, 1) + b"\xff" * 8 + held(4, b"\1\x96\1\0") + _GROUP
_JSON = (
    '{"cmd":"DANMU_MSG:4:0:2:2:2:0","info":[[0,1,25,16777215,1790000000123,1.5e3,-0.25],"还有货吗😀",[0,"x***"]]}',
    '{"data":{"popupSkuCardV2":{"price":"29.9","extData":"{\\"jdPrice\\":\\"29.90\\",\\"sku\\":1}"},"a":null,"a":true}}',
    '["\\ud83d\\ude00","\\ud800","\\u4ec5",[[[[[]]]]],{},"]}",-0,1E5]',
)
_JSONS = tuple(each.encode() for each in _JSON)
_TWICE = tuple(json.dumps(each).encode() for each in _JSON)
_PACKETS = b"".join(packet(5, each) for each in _JSONS) + packet(8, b'{"code":0}', 1)
_PLAIN = (b"", b"\0" * 1000, _RESPONSE, *_JSONS, _PACKETS)


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


def _brotli(content: bytes) -> bytes:
    return bytes(brotli.compress(content, quality=4))


def _zlib_packet(content: bytes) -> bytes:
    return packet(5, zlib.compress(content), 2)


def _douyin(content: bytes) -> bytes:
    return held(7, "msg") + held(8, _gzip(content))


TARGETS: dict[str, Target] = {
    "protobuf": Target(protobuf, (_RESPONSE, _FRAME, _MIXED, b"")),
    "google": Target(google, (_RESPONSE[:1200], _MIXED, _GROUP * 3)),
    "gzip": Target(
        inflating(gunzip, gzip.decompress, (OSError, EOFError, zlib.error)), tuple(map(_gzip, _PLAIN)), _gzip
    ),
    "zlib": Target(inflating(unzlib, zlib.decompress, (zlib.error,)), tuple(map(zlib.compress, _PLAIN)), zlib.compress),
    "brotli": Target(inflating(unbrotli, brotli.decompress, (brotli.error,)), tuple(map(_brotli, _PLAIN)), _brotli),
    "sniff": Target(sniffing, (*map(_gzip, _PLAIN), *map(zlib.compress, _PLAIN), *map(_brotli, _PLAIN))),
    "bilibili": Target(bilibili, (_PACKETS, _zlib_packet(_PACKETS), packet(5, _brotli(_PACKETS), 3)), _zlib_packet),
    "json": Target(json_value, _JSONS),
    "json_in_json": Target(json_in_json, (*_TWICE, *(json.dumps(each.decode()).encode() for each in _TWICE))),
    "jsonp": Target(jsonp, tuple(b"typeof cb === 'function' && cb(" + each + b");" for each in _JSONS)),
    "base64": Target(base_64, (*map(base64.b64encode, _PLAIN), *map(base64.urlsafe_b64encode, _PLAIN))),
    "douyin": Target(douyin, (_FRAME,), _douyin),
    **{f"site_{name}": Target(decoding(name), spoken.seeds) for name, spoken in SPOKEN.items()},
}
