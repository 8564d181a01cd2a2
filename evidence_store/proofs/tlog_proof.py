"""Proof texts: C2SP tlog-proof files and consistency files, read, written and checked (FORMAT.md section 12). Pure.

Sources: c2sp.org/tlog-proof (header, optional `extra` line, index, hashes, empty line, checkpoint verbatim) and
c2sp.org/tlog-witness (the body of an add-checkpoint request: `old` line, hashes, empty line, checkpoint verbatim).
Each text has one form: what is read is compared with what writing it again gives.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from evidence_store.checkpoint import Checkpoint, VerifierKey, parse_note
from evidence_store.errors import Malformed
from evidence_store.merkle import HASH_SIZE, leaf_hash, verify_consistency, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
PROOF_LIMIT = 1 << 20
_HASHES_LIMIT = 63  # c2sp.org/tlog-witness; no tree that can be numbered in 64 bits needs more
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Inclusion of the leaf at `index` in the tree of a checkpoint. `note` is the signed note as it was issued."""

    index: int
    path: tuple[bytes, ...]
    note: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        """The note's checkpoint; nothing is said about its signature. Raises Malformed."""
        if self.unsigned:
            return Checkpoint.parse(self.note.decode("ascii"))
        return Checkpoint.parse(parse_note(self.note).text)

    @property
    def unsigned(self) -> bool:
        """Whether the checkpoint's text stands alone: a cut-off log's, for which nobody could sign any more."""
        return self.note.isascii() and self.note.count(b"\n") == 3

    def to_bytes(self) -> bytes:
        """The file: lines end in LF, no `extra` line."""
        lines = [HEADER, f"index {self.index}", *(_b64(node) for node in self.path)]
        return "\n".join(lines).encode() + b"\n\n" + self.note

    def leads_to_root(self, content: bytes) -> bool:
        """Whether `content` (an entry's bytes) is the leaf at `index` under the checkpoint's root.

        Says nothing about who signed the checkpoint: `signed_by` does. Raises Malformed.
        """
        head = self.checkpoint
        return verify_inclusion(leaf_hash(content), self.index, head.size, self.path, head.root)

    def signed_by(self, key: VerifierKey) -> bool:
        """Whether the checkpoint names this key's log and is signed by it. Raises Malformed."""
        note = parse_note(self.note)
        return Checkpoint.parse(note.text).origin == key.name and note.signed_by([key])


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the tree of the first `old` leaves is a prefix of the tree of a checkpoint."""

    old: int
    path: tuple[bytes, ...]
    note: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        """The note's checkpoint; nothing is said about its signature. Raises Malformed."""
        return Checkpoint.parse(parse_note(self.note).text)

    def to_bytes(self) -> bytes:
        """The file, which is also the body of a C2SP add-checkpoint request."""
        return "\n".join([f"old {self.old}", *(_b64(node) for node in self.path)]).encode() + b"\n\n" + self.note

    def extends(self, old_root: bytes) -> bool:
        """Whether the checkpoint's tree grew out of the tree of size `old` and this root (32 bytes, known before).

        From size 0 everything grew; then the root must be that of the empty tree. Raises Malformed.
        """
        head = self.checkpoint
        return verify_consistency(self.old, head.size, self.path, old_root, head.root)


Proof = TypeVar("Proof", TlogProof, ConsistencyProof)


def parse_tlog_proof(content: bytes) -> TlogProof:
    """Read a tlog-proof from bytes that may be hostile. Raises Malformed, also for an `extra` line: we write none."""
    lines, note = _parts(content, "a tlog-proof")
    if lines[0] != HEADER or len(lines) < 2 or not lines[1].startswith("index "):
        raise _malformed("a tlog-proof begins with its header and an index", f"{HEADER}, index N", lines[:2])
    proof = TlogProof(_number(lines[1].removeprefix("index "), "an index"), _hashes(lines[2:]), note)
    return _in_one_form(proof, content)


def parse_consistency(content: bytes) -> ConsistencyProof:
    """Read a consistency file from bytes that may be hostile. Raises Malformed."""
    lines, note = _parts(content, "a consistency proof")
    if not lines[0].startswith("old "):
        raise _malformed("a consistency proof begins with the old size", "old N", lines[:1])
    proof = ConsistencyProof(_number(lines[0].removeprefix("old "), "an old size"), _hashes(lines[1:]), note)
    return _in_one_form(proof, content)


def _parts(content: bytes, what: str) -> tuple[list[str], bytes]:
    if len(content) > PROOF_LIMIT:
        raise _malformed(f"{what} is at most 1 MiB", PROOF_LIMIT, len(content))
    before, gap, note = content.partition(b"\n\n")
    if not gap or not note:
        raise _malformed(f"{what} ends in a checkpoint", "an empty line, then a signed note", "none")
    try:
        return before.decode("ascii").split("\n"), note
    except UnicodeDecodeError as error:
        raise _malformed(f"{what} is ASCII before its checkpoint", "ASCII", str(error)) from error


def _in_one_form(proof: Proof, content: bytes) -> Proof:
    if proof.to_bytes() != content:
        raise _malformed("a proof has one form", proof.to_bytes()[:80], content[:80])
    return proof


def _number(text: str, what: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise _malformed(f"{what} is decimal", "digits without leading zeroes", repr(text[:40]))
    return int(text)


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > _HASHES_LIMIT:
        raise _malformed("a proof has at most 63 hashes", _HASHES_LIMIT, len(lines))
    try:
        nodes = tuple(base64.b64decode(line, validate=True) for line in lines)
    except (binascii.Error, ValueError) as error:
        raise _malformed("a proof's hashes are base64", "base64", str(error)) from error
    if any(len(node) != HASH_SIZE for node in nodes):
        raise _malformed("a proof's hashes are SHA-256", f"{HASH_SIZE} bytes", sorted({len(node) for node in nodes}))
    return nodes


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _malformed(rule: str, expected: object, got: object) -> Malformed:
    return Malformed(rule, expected=expected, got=str(got)[:200], next_step="livewitness prove --help")
