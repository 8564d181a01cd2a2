"""The two hash functions of the format, each from one library.

`hashlib` is not used on purpose (FORMAT.md section 5): BLAKE3 comes from `blake3`, SHA-256 from `cryptography`.
"""

from __future__ import annotations

from io import BufferedIOBase
from typing import NamedTuple

from blake3 import blake3
from cryptography.hazmat.primitives import hashes

ENTRY_CONTEXT = "LiveWitness 2026-11-21 log entry v1"
SMALL = 64 << 10  # read in one piece
CHUNK = 512 << 10  # the second function finds it in the cache where the first one left it


class Digests(NamedTuple):
    """Size in bytes and both digests in lower-case hex, as an entry names a blob."""

    size: int
    blake3: str
    sha256: str


def sha256(*pieces: bytes) -> bytes:
    """SHA-256 of the pieces joined, 32 bytes."""
    state = hashes.Hash(hashes.SHA256())
    for piece in pieces:
        state.update(piece)
    return state.finalize()


def entry_id(raw: bytes) -> str:
    """The id of an entry: BLAKE3 in derive-key mode over its stored bytes, 64 hex (FORMAT.md section 4)."""
    return blake3(raw, derive_key_context=ENTRY_CONTEXT).hexdigest()


def digests(content: bytes) -> Digests:
    """Both digests of bytes in memory."""
    return Digests(len(content), blake3(content).hexdigest(), sha256(content).hex())


def digests_of_file(file: BufferedIOBase) -> Digests:
    """Both digests of an open file in one pass, from where it stands to its end; memory stays at one chunk."""
    b3 = blake3()
    sha = hashes.Hash(hashes.SHA256())
    head = file.read(SMALL)
    b3.update(head)
    sha.update(head)
    size = len(head)
    if size < SMALL:
        return Digests(size, b3.hexdigest(), sha.finalize().hex())
    chunk = memoryview(bytearray(CHUNK))  # one for all: a new one each time is new pages each time
    while count := file.readinto(chunk):
        b3.update(chunk[:count])
        sha.update(chunk[:count])
        size += count
    return Digests(size, b3.hexdigest(), sha.finalize().hex())
