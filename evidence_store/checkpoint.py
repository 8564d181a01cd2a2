"""Checkpoints: C2SP tlog-checkpoint texts inside C2SP signed notes, Ed25519 (FORMAT.md section 8). Pure.

Sources: c2sp.org/signed-note (text, last empty line, signature lines, key id) and c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evidence_store.merkle import HASH_SIZE
from evidence_store.note_lines import (
    ED25519,
    check_text,
    key_id,
    malformed,
    read_base64,
    read_signature_line,
    read_vkey,
    write_base64,
    write_signature_line,
    write_vkey,
)

_NOTE_LIMIT = 1 << 20
_SIGNATURES_LIMIT = 100
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name, as a log hands it out: `<name>+<key id hex>+<base64(0x01 || 32 bytes)>`."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || LF || 0x01 || public key), first four bytes."""
        return key_id(self.name, ED25519, self.public)

    def __str__(self) -> str:
        return write_vkey(self.name, ED25519, self.public)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether this is the key's Ed25519 signature over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a verifier key. Raises Malformed when its form or its key id is wrong, or it is no Ed25519 key."""
        return cls(*read_vkey(text, ED25519))


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 private key under a name. Never printed, never stored by this class."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"SigningKey(name={self.name!r})"

    def sign_note(self, text: str) -> bytes:
        """A signed note: text, empty line, one signature line. The text ends in LF."""
        check_text(text)
        signature = self.private.sign(text.encode())
        return f"{text}\n{write_signature_line(self.name, self.verifier.key_id, signature)}\n".encode()


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed signed note: its text (with the last LF) and its signature lines as (name, key id, signature)."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def signed_by(self, keys: Iterable[VerifierKey]) -> bool:
        """Whether at least one of these keys signed, and none of their lines is false. Other lines are ignored."""
        known = {(key.name, key.key_id): key for key in keys}
        verdicts = [
            known[name, key_id].verify(signature, self.text.encode())
            for name, key_id, signature in self.signatures
            if (name, key_id) in known
        ]
        return bool(verdicts) and all(verdicts)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree head of a log at one size. `root` is 32 bytes."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text: origin, size and root, a line each."""
        return f"{self.origin}\n{self.size}\n{write_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a note text. Extension lines are refused: we never write them, and they can't be audited."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise malformed("a checkpoint is three lines", "origin, size, root", f"{len(lines) - 1} lines")
        if _SIZE.fullmatch(lines[1]) is None:
            raise malformed("a checkpoint's size is decimal", "digits without leading zeroes", repr(lines[1][:40]))
        root = read_base64(lines[2], "a checkpoint's root")
        if len(root) != HASH_SIZE:
            raise malformed("a checkpoint's root is SHA-256", f"{HASH_SIZE} bytes", f"{len(root)} bytes")
        return cls(lines[0], int(lines[1]), root)


def parse_note(note: bytes) -> Note:
    """Read a signed note from bytes that may be hostile. Raises Malformed."""
    if len(note) > _NOTE_LIMIT:
        raise malformed("a note is at most 1 MiB", _NOTE_LIMIT, len(note))
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise malformed("a note is UTF-8", "UTF-8", str(error)) from error
    text, gap, lines = whole.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise malformed("a note's signatures follow its last empty line", "an empty line, then lines", "none")
    text += "\n"
    check_text(text)
    signatures = [read_signature_line(line) for line in lines[:-1].split("\n")]
    if len(signatures) > _SIGNATURES_LIMIT:
        raise malformed("a note has at most 100 signatures", _SIGNATURES_LIMIT, len(signatures))
    return Note(text, tuple(signatures))


def log_origin(log: str) -> str:
    """Origin and key name of a capture or reading log."""
    return f"livewitness/log/{log}"


def register_origin(store: str) -> str:
    """Origin and key name of a store's register."""
    return f"livewitness/register/{store}"


def key_statement(store: str, log: str, kind: str, vkey: str) -> bytes:
    """The bytes that the store's key signs to tie a log's key to the store (FORMAT.md section 8)."""
    return f"livewitness/log-key/v1\n{store}\n{log}\n{kind}\n{vkey}\n".encode()
