"""gzip, zlib and brotli with a hard bound on what comes out (pure).

A frame of 4 MiB can hold gigabytes; so nothing is ever inflated in one unbounded call. What is refused carries what
came out before in `so_far`. brotli: the package `brotli` from 1.2, the first whose decoder takes an output limit
(before it, a bomb could not be stopped: CVE-2025-6176); its window costs 16 MiB at the most, large windows are off.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Literal

import brotli  # type: ignore[import-untyped]

from crawler.platforms.wire.undecodable import Undecodable

MOST_INFLATED = 8 << 20  # bytes
MOST_MEMBERS = 16  # gzip streams one after the other; each costs its decoder's set-up
Kind = Literal["gzip", "zlib", "brotli"]
_GZIP, _ZLIB = 31, 15  # zlib's `wbits`: that header, and any window
_PEEK = 2048  # bytes that are tried, and the most that may come out
_SHORTEST_ZLIB = 8  # bytes: header, nothing, checksum


def gunzip(payload: bytes | memoryview, most: int = MOST_INFLATED) -> bytes:
    """What gzip holds, its checksum checked; several streams one after the other as one (RFC 1952), zeros behind them.

    Raises:
        Undecodable: no gzip, cut short, damaged, more than `most` bytes, or something else behind it.
    """
    pieces: list[bytes] = []
    size = 0
    rest: bytes | memoryview = payload
    for _ in range(MOST_MEMBERS):
        piece, rest = _zlib_stream("gzip", rest, _GZIP, most - size, pieces, len(payload) - len(rest))
        pieces.append(piece)
        size += len(piece)
        if not rest or not any(rest):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if bytes(rest[:2]) != b"\x1f\x8b":
            raise Undecodable("gzip", "nothing behind it", f"{len(rest)} bytes", len(payload) - len(rest), pieces[0])
    raise Undecodable("gzip", f"at most {MOST_MEMBERS} streams", "more", len(payload) - len(rest), pieces[0])


def unzlib(payload: bytes | memoryview, most: int = MOST_INFLATED) -> bytes:
    """What zlib (RFC 1950) holds, its checksum checked.

    Raises:
        Undecodable: no zlib, cut short, damaged, more than `most` bytes, or something behind it.
    """
    found, rest = _zlib_stream("zlib", payload, _ZLIB, most, [], 0)
    if rest:
        raise Undecodable("zlib", "nothing behind it", f"{len(rest)} bytes", len(payload) - len(rest), found)
    return found


def unbrotli(payload: bytes | memoryview, most: int = MOST_INFLATED) -> bytes:
    """What brotli (RFC 7932) holds. It carries no checksum: what was changed on the way may come out wrong.

    Raises:
        Undecodable: no brotli, cut short, damaged, more than `most` bytes, or something behind it.
    """
    decoder = brotli.Decompressor()
    pieces: list[bytes] = []
    size = 0
    feed = bytes(payload)
    try:
        while True:
            piece = decoder.process(feed, output_buffer_limit=most - size + 1)
            feed = b""
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise Undecodable("brotli", f"at most {most} bytes inflated", "more", None, b"".join(pieces)[:most])
            if decoder.is_finished():
                return b"".join(pieces)
            if not piece:
                raise Undecodable("brotli", "a whole stream", "one that is cut short", len(payload), b"".join(pieces))
    except brotli.error as error:
        raise Undecodable(
            "brotli", "a brotli stream and nothing behind it", str(error), None, b"".join(pieces)
        ) from None


_READERS: dict[Kind, Callable[[bytes | memoryview, int], bytes]] = {
    "gzip": gunzip,
    "zlib": unzlib,
    "brotli": unbrotli,
}


def inflated(payload: bytes | memoryview, kind: Kind, most: int = MOST_INFLATED) -> bytes:
    """What bytes hold that a site says are compressed so.

    Raises:
        Undecodable: they are not, or hold more than `most` bytes.
    """
    return _READERS[kind](payload, most)


def sniff(payload: bytes | memoryview) -> Literal["gzip", "zlib", "brotli?"] | None:
    """What bytes look like, by their first 2 KiB. brotli has no sign: "brotli?" says that it may be one.

    The sign of zlib is short of proof too ("hb", a heartbeat's name, has it): its beginning has to inflate as well.
    """
    head = bytes(payload[:_PEEK])
    if head[:3] == b"\x1f\x8b\x08":
        return "gzip"
    if len(head) >= _SHORTEST_ZLIB and head[0] & 0x8F == 8 and int.from_bytes(head[:2], "big") % 31 == 0:
        try:
            zlib.decompressobj(_ZLIB).decompress(head, _PEEK)
        except zlib.error:
            return None
        return "zlib"
    decoder = brotli.Decompressor()
    try:
        began = decoder.process(head, output_buffer_limit=_PEEK)
    except brotli.error:
        return None
    return "brotli?" if decoder.is_finished() or len(began) >= _PEEK or len(payload) > _PEEK else None


def _zlib_stream(
    rule: Kind, payload: bytes | memoryview, wbits: int, most: int, before: list[bytes], at: int
) -> tuple[bytes, bytes]:
    """What the first stream in `payload` holds, and what lies behind it. `before` and `at` are for the error."""
    decoder = zlib.decompressobj(wbits)
    try:
        found = decoder.decompress(payload, most + 1)  # 0 would mean no limit
    except zlib.error as error:
        raise Undecodable(rule, f"a {rule} stream", str(error), at, b"".join(before)) from None
    if len(found) > most:
        raise Undecodable(rule, f"at most {most} bytes inflated", "more", at, b"".join([*before, found[:most]]))
    if not decoder.eof:
        raise Undecodable(
            rule, "a whole stream", "one that is cut short", at + len(payload), b"".join([*before, found])
        )
    return found, decoder.unused_data
