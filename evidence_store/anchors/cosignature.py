"""Cosignatures of witnesses: `cosignature/v1`, Ed25519 with a time (FORMAT.md section 10.2). Pure.

Source: c2sp.org/tlog-cosignature. A cosignature says: as of this time, the largest consistent tree head that the
witness saw of this log is this one. What is signed is `"cosignature/v1" LF "time " <Unix seconds> LF <note text>`. The
signature line holds `key id || u64be seconds || 64 bytes`; `key id = SHA-256(name || LF || 0x04 || public key)[:4]`.
The signed message does not hold the witness's name, so a key MUST serve one witness only.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evidence_store.checkpoint import Checkpoint
from evidence_store.note_lines import (
    COSIGNATURE,
    key_id,
    malformed,
    read_signature_line,
    read_vkey,
    write_signature_line,
    write_vkey,
)

_TIME_SIZE = 8
_SIGNATURE_SIZE = 64
_TIME_LIMIT = 2**63


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """A witness's public key under its name: `<name>+<key id in hex>+<base64(0x04 || 32 bytes)>`."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || LF || 0x04 || public key), first four bytes."""
        return key_id(self.name, COSIGNATURE, self.public)

    def __str__(self) -> str:
        return write_vkey(self.name, COSIGNATURE, self.public)

    @classmethod
    def parse(cls, text: str) -> CosignerKey:
        """Read a witness's verifier key. Raises Malformed, also for a log's key (type 0x01)."""
        return cls(*read_vkey(text, COSIGNATURE))

    def is_named_in(self, line: str) -> bool:
        """Whether a signature line carries this key's name and id; its signature is not looked at. Raises Malformed."""
        name, identity, _ = read_signature_line(line)
        return (name, identity) == (self.name, self.key_id)

    def verify(self, line: str, text: str) -> Cosignature:
        """Check a signature line (without line end) over a checkpoint's note text.

        Raises Malformed when the line is by another key, has another form, or its signature does not fit the text.
        """
        if not self.is_named_in(line):
            raise malformed("a cosignature is by the key that it is checked with", str(self), line[:160])
        _, _, stamped = read_signature_line(line)
        if len(stamped) != _TIME_SIZE + _SIGNATURE_SIZE:
            raise malformed("a cosignature holds a time and a signature", "72 bytes", f"{len(stamped)} bytes")
        time_s = int.from_bytes(stamped[:_TIME_SIZE], "big")
        if time_s >= _TIME_LIMIT:
            raise malformed("a cosignature's time is at most 2^63 - 1", "seconds since 1970", time_s)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(stamped[_TIME_SIZE:], message(time_s, text))
        except (InvalidSignature, ValueError) as error:
            raise malformed("a cosignature fits the checkpoint", f"a signature by {self.name}", line[:160]) from error
        checkpoint = read_tree_head(text)
        return Cosignature(str(self), checkpoint.origin, checkpoint.size, checkpoint.root, time_s, line)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A cosignature that was checked: who (`vkey`), over which tree head, when (Unix seconds), and the line itself.

    `line` has no line end; appended with one to the note of that size it makes a note that any tlog tool reads.
    """

    vkey: str
    origin: str
    size: int
    root: bytes
    time_s: int
    line: str

    @property
    def witness(self) -> str:
        return self.vkey.partition("+")[0]


@dataclass(frozen=True, slots=True)
class CosigningKey:
    """A witness's Ed25519 private key under its name. Never printed."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> CosignerKey:
        return CosignerKey(self.name, self.private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"CosigningKey(name={self.name!r})"

    def cosign(self, text: str, time_s: int) -> str:
        """The signature line, without its line end, over a checkpoint's note text at a time in Unix seconds."""
        if not 0 <= time_s < _TIME_LIMIT:
            raise malformed("a cosignature's time is at most 2^63 - 1", "seconds since 1970", time_s)
        read_tree_head(text)
        stamped = time_s.to_bytes(_TIME_SIZE, "big") + self.private.sign(message(time_s, text))
        return write_signature_line(self.name, self.verifier.key_id, stamped)


def message(time_s: int, text: str) -> bytes:
    """The bytes that a cosignature signs: two lines before the whole note text, which ends in LF."""
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def read_tree_head(text: str) -> Checkpoint:
    """The first three lines of a note text. Raises Malformed.

    Lines after these (extensions, which other logs may have and ours never write) must not be empty; a cosignature
    covers them without saying anything about them.
    """
    lines = text.split("\n")
    if lines[-1] or not all(lines[3:-1]):
        raise malformed("a checkpoint's lines are not empty and have an end", "text in each line", repr(text[-60:]))
    return Checkpoint.parse("\n".join([*lines[:3], ""]))
