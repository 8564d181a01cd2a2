"""gzip, zlib and brotli: what they hold comes out, bombs and damage end in one error."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest

from crawler.platforms.wire import Kind, Undecodable, gunzip, inflated, sniff, unbrotli, unzlib
from crawler.platforms.wire.inflate import MOST_INFLATED, MOST_MEMBERS

TEXT = "1.2万在线 库存 37 仅剩100单 ".encode() * 50
PACKED: dict[Kind, bytes] = {
    "gzip": gzip.compress(TEXT, mtime=0),
    "zlib": zlib.compress(TEXT),
    "brotli": brotli.compress(TEXT),
}
KINDS: tuple[Kind, ...] = ("gzip", "zlib", "brotli")
READ: dict[Kind, Callable[..., bytes]] = {"gzip": gunzip, "zlib": unzlib, "brotli": unbrotli}


def bomb(kind: Kind, size: int) -> bytes:
    """`size` zeros, packed as small as the format allows."""
    return {
        "gzip": lambda: gzip.compress(bytes(size), mtime=0),
        "zlib": lambda: zlib.compress(bytes(size)),
        "brotli": lambda: brotli.compress(bytes(size), quality=5, lgwin=24),
    }[kind]()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_packed_comes_out(kind: Kind) -> None:
    assert READ[kind](PACKED[kind]) == TEXT
    assert READ[kind](memoryview(b"__" + PACKED[kind])[2:]) == TEXT
    assert inflated(PACKED[kind], kind) == TEXT


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_at_all_can_be_packed(kind: Kind) -> None:
    empty = {"gzip": gzip.compress(b"", mtime=0), "zlib": zlib.compress(b""), "brotli": brotli.compress(b"")}
    assert READ[kind](empty[kind]) == b""


@pytest.mark.parametrize("kind", KINDS)
def test_exactly_as_much_as_is_allowed_comes_out_and_a_byte_more_does_not(kind: Kind) -> None:
    assert READ[kind](PACKED[kind], len(TEXT)) == TEXT
    with pytest.raises(Undecodable, match="at most") as error:
        READ[kind](PACKED[kind], len(TEXT) - 1)
    assert error.value.so_far == TEXT[:-1]
    with pytest.raises(Undecodable, match="at most 0 bytes"):
        READ[kind](PACKED[kind], 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_is_stopped_at_the_bound(kind: Kind) -> None:
    with pytest.raises(Undecodable, match="at most") as error:
        READ[kind](bomb(kind, 10 * MOST_INFLATED))
    assert error.value.so_far == bytes(MOST_INFLATED)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_short_is_refused_with_what_came_out(kind: Kind) -> None:
    with pytest.raises(Undecodable) as error:
        READ[kind](PACKED[kind][:-1])
    assert error.value.rule == kind
    assert TEXT.startswith(bytes(error.value.so_far))
    with pytest.raises(Undecodable):
        READ[kind](b"")


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_flag_is_refused(kind: Kind) -> None:
    for other in KINDS:
        if other != kind:
            with pytest.raises(Undecodable):
                READ[kind](PACKED[other])
    with pytest.raises(Undecodable):
        READ[kind](b'{"cmd":"DANMU_MSG"}')


@pytest.mark.parametrize("kind", KINDS)
def test_something_behind_the_stream_is_refused(kind: Kind) -> None:
    with pytest.raises(Undecodable):
        READ[kind](PACKED[kind] + b"more")


@pytest.mark.parametrize("kind", ["gzip", "zlib"])
def test_a_changed_byte_shows_in_the_checksum(kind: Kind) -> None:
    changed = bytearray(PACKED[kind])
    changed[-3 if kind == "zlib" else -7] ^= 1
    with pytest.raises(Undecodable, match="check"):
        READ[kind](bytes(changed))


def test_several_gzip_streams_are_one_and_zeros_may_follow() -> None:
    assert gunzip(PACKED["gzip"] * 3 + bytes(7)) == TEXT * 3
    with pytest.raises(Undecodable, match="at most"):
        gunzip(PACKED["gzip"] * 3, 2 * len(TEXT))
    with pytest.raises(Undecodable, match=f"at most {MOST_MEMBERS} streams"):
        gunzip(gzip.compress(b"", mtime=0) * (MOST_MEMBERS + 1))


def test_sniffing_tells_what_bytes_look_like() -> None:
    assert sniff(PACKED["gzip"]) == "gzip"
    assert sniff(PACKED["zlib"]) == "zlib"
    assert sniff(PACKED["brotli"]) == "brotli?"
    assert sniff(brotli.compress(TEXT * 500, quality=1)) == "brotli?"
    assert [sniff(zlib.compress(TEXT, level)) for level in range(10)] == ["zlib"] * 10
    for plain in (b"", b"{", b'{"cmd":"LIVE"}', b"hb", b":\x02hb", b"\x08\xd0\x0f\x12\x05hello", b"hb" * 20, TEXT):
        assert sniff(plain) is None, plain
