"""Parts blobs: lists of salted parts that can be withheld one by one (FORMAT.md section 3). Pure.

The entry holds the count and the RFC 6962 root over the leaves, so a redacted copy, in which a withheld part is its
leaf hash only, still verifies. The salt keeps a short or guessable payload from being found by trying.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from evidence_store.errors import Malformed
from evidence_store.hashing import sha256
from evidence_store.merkle import HASH_SIZE, tree_root

MAGIC = b"LWPARTS1"
SALT_SIZE = 32
_SHOWN = 0
_WITHHELD = 1
_SMALLEST_PART = 1 + HASH_SIZE


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part with its salt and payload."""

    salt: bytes
    payload: bytes

    @property
    def leaf(self) -> bytes:
        """SHA-256(0x00 || salt || payload), 32 bytes."""
        return sha256(b"\x00", self.salt, self.payload)


@dataclass(frozen=True, slots=True)
class WithheldPart:
    """A part of which only the leaf hash is given."""

    leaf: bytes


@dataclass(frozen=True, slots=True)
class PartsBlob:
    """A parsed parts blob, in order."""

    parts: tuple[ShownPart | WithheldPart, ...]

    @property
    def root(self) -> bytes:
        """The RFC 6962 tree hash over the leaves, 32 bytes."""
        return tree_root(part.leaf for part in self.parts)

    def to_bytes(self) -> bytes:
        pieces = [MAGIC, struct.pack(">I", len(self.parts))]
        for part in self.parts:
            if isinstance(part, ShownPart):
                pieces += [struct.pack(">BI", _SHOWN, len(part.payload)), part.salt, part.payload]
            else:
                pieces += [bytes([_WITHHELD]), part.leaf]
        return b"".join(pieces)


def salted(payloads: Sequence[bytes], entropy: Callable[[int], bytes]) -> PartsBlob:
    """A new parts blob with every part shown. `entropy(n)` gives n random bytes; salts are never used twice."""
    salts = entropy(SALT_SIZE * len(payloads))
    return PartsBlob(
        tuple(ShownPart(salts[SALT_SIZE * at : SALT_SIZE * (at + 1)], payload) for at, payload in enumerate(payloads))
    )


def parse_parts(blob: bytes) -> PartsBlob:
    """Read a parts blob from bytes that may be hostile: never allocates more than the bytes themselves justify.

    Raises Malformed for a wrong magic, a count that can't fit, a part cut short, an unknown kind, or bytes left over.
    """
    if blob[: len(MAGIC)] != MAGIC:
        raise _malformed("a parts blob begins with its magic", MAGIC, blob[: len(MAGIC)])
    if len(blob) < len(MAGIC) + 4:
        raise _malformed("a parts blob says how many parts it has", "4 bytes of count", f"{len(blob)} bytes in all")
    (count,) = struct.unpack_from(">I", blob, len(MAGIC))
    at = len(MAGIC) + 4
    if count * _SMALLEST_PART > len(blob) - at:
        raise _malformed("the parts fit into the blob", f"at least {count * _SMALLEST_PART} bytes", len(blob) - at)
    parts: list[ShownPart | WithheldPart] = []
    for number in range(count):
        part, at = _parse_part(blob, at, number)
        parts.append(part)
    if at != len(blob):
        raise _malformed("nothing follows the last part", f"{at} bytes", f"{len(blob)} bytes")
    return PartsBlob(tuple(parts))


def withhold(blob: bytes, numbers: Collection[int]) -> bytes:
    """A copy of a parts blob in which the parts of these numbers (from 0) are their leaf hashes only.

    The root stays the same. Withholding a part twice changes nothing. Raises Malformed, or IndexError for a number
    outside the blob.
    """
    parsed = parse_parts(blob)
    outside = sorted(number for number in numbers if not 0 <= number < len(parsed.parts))
    if outside:
        raise IndexError(f"parts {outside} of a blob of {len(parsed.parts)} parts")
    wanted = set(numbers)
    return PartsBlob(
        tuple(WithheldPart(part.leaf) if at in wanted else part for at, part in enumerate(parsed.parts))
    ).to_bytes()


def _parse_part(blob: bytes, at: int, number: int) -> tuple[ShownPart | WithheldPart, int]:
    if at >= len(blob):
        raise _malformed(f"part {number} is there", "a part", "the end of the blob")
    kind = blob[at]
    at += 1
    if kind == _WITHHELD:
        return WithheldPart(_take(blob, at, HASH_SIZE, number)), at + HASH_SIZE
    if kind != _SHOWN:
        raise _malformed(f"part {number} is shown (0) or withheld (1)", "0 or 1", kind)
    (size,) = struct.unpack(">I", _take(blob, at, 4, number))
    at += 4
    salt = _take(blob, at, SALT_SIZE, number)
    at += SALT_SIZE
    return ShownPart(salt, _take(blob, at, size, number)), at + size


def _take(blob: bytes, at: int, size: int, number: int) -> bytes:
    piece = blob[at : at + size]
    if len(piece) != size:
        raise _malformed(f"part {number} is complete", f"{size} bytes at {at}", f"{len(piece)} bytes")
    return piece


def _malformed(rule: str, expected: object, got: object) -> Malformed:
    return Malformed(rule, expected=expected, got=got, next_step="livewitness verify STORE")
