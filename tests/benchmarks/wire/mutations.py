"""Seeded mutations of byte strings, for a machine without a coverage-guided fuzzer."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

LARGE = 4 << 20  # bytes: the longest input that the readers' bounds are stated for
USUAL = 64 << 10  # bytes: a mutation does not grow beyond
INTERESTING = (
    *(b"\0", b"\x7f", b"\x80", b"\xff", b"\xff\xff\xff\xff", b"\x80" * 10 + b"\1", b"\xff" * 9 + b"\1", b"\0\0\0\x10"),
    *(b"\x0a", b"\x0b", b"\x0c", b"\x1f\x8b\x08", b"\x78\x9c", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xef\xbb\xbf"),
    *(b"[", b"]", b"{", b"}", b'"', b"\\", b'\\"', b"\\ud800", b"\\udc00", b",", b":", b"(", b")", b"&&", b"=", b"-_"),
    *(b"NaN", b"-Infinity", b"1e999", b"-0", b"9" * 400, b'{"a":1,"a":2}', b"\n", b" "),
)


def mutated(rng: random.Random, seed: bytes, others: Sequence[bytes]) -> bytes:
    """A few changes of a seed; `others` to splice with."""
    content = bytearray(seed)
    for _ in range(1 << rng.randrange(4)):
        rng.choice(_CHANGES)(rng, content, others)
        if len(content) > USUAL:
            del content[USUAL:]
    return bytes(content)


def grown(rng: random.Random, content: bytes) -> bytes:
    """A part of the input over and over, up to 4 MiB: what repeats is what makes readers slow or large."""
    at = rng.randrange(len(content) + 1)
    piece = content[at : at + rng.choice((1, 2, 3, 8, 64, 1000))] or b"["
    size = rng.choice((1 << 18, 1 << 20, LARGE))
    body = piece * (size // len(piece))
    return (content[:at] + body + content[at:])[:LARGE]


def _flip(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    if content:
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def _set(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    if content:
        content[rng.randrange(len(content))] = rng.randrange(256)


def _insert(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    at = rng.randrange(len(content) + 1)
    content[at:at] = rng.choice(INTERESTING) if rng.random() < 0.7 else rng.randbytes(rng.randrange(1, 9))


def _overwrite(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    piece = rng.choice(INTERESTING)
    at = rng.randrange(len(content) + 1)
    content[at : at + len(piece)] = piece


def _cut(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    at = rng.randrange(len(content) + 1)
    del content[at : at + (1 << rng.randrange(10))]


def _shorten(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    del content[rng.randrange(len(content) + 1) :]


def _repeat(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    at = rng.randrange(len(content) + 1)
    piece = content[at : at + (1 << rng.randrange(8))]
    content[at:at] = piece * rng.randrange(1, 20)


def _splice(rng: random.Random, content: bytearray, others: Sequence[bytes]) -> None:
    other = rng.choice(others)
    at = rng.randrange(len(other) + 1)
    here = rng.randrange(len(content) + 1)
    content[here : here + rng.randrange(64)] = other[at : at + (1 << rng.randrange(11))]


_CHANGES: tuple[Callable[[random.Random, bytearray, Sequence[bytes]], None], ...] = (
    *(_flip, _flip, _set, _set, _insert, _insert, _overwrite, _cut, _shorten, _repeat, _splice),
)
