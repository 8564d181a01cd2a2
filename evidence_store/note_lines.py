"""What all lines of signed notes have in common: base64, key names, key ids, signature lines, verifier keys. Pure.

Source: c2sp.org/signed-note. One place for these rules, so that a log's signature and a witness's cosignature are read
by the same eyes (FORMAT.md sections 8 and 10.2). All functions that read raise Malformed.
"""

from __future__ import annotations

import base64
import binascii

from evidence_store.errors import Malformed
from evidence_store.hashing import sha256
from evidence_store.merkle import HASH_SIZE

ED25519 = b"\x01"
"""Signature type of a log's key."""
COSIGNATURE = b"\x04"
"""Signature type of a witness's key: time-stamped Ed25519 (c2sp.org/tlog-cosignature)."""

_DASH = "\N{EM DASH} "


def key_id(name: str, kind: bytes, public: bytes) -> bytes:
    """SHA-256(name || LF || signature type || public key), first four bytes."""
    return sha256(name.encode(), b"\n", kind, public)[:4]


def write_vkey(name: str, kind: bytes, public: bytes) -> str:
    """A verifier key: `<name>+<key id in hex>+<base64(signature type || public key)>`."""
    return f"{name}+{key_id(name, kind, public).hex()}+{write_base64(kind + public)}"


def read_vkey(text: str, kind: bytes) -> tuple[str, bytes]:
    """Name and public key (32 bytes) of a verifier key of one signature type."""
    name, identity, encoded = [*text.split("+", 2), "", ""][:3]
    key = read_base64(encoded, "a verifier key")
    check_name(name)
    if len(key) != 1 + HASH_SIZE or key[:1] != kind:
        raise malformed(
            "a verifier key is Ed25519", f"0x{kind.hex()} and 32 bytes", f"{len(key)} bytes {key[:1].hex()}"
        )
    expected = key_id(name, kind, key[1:]).hex()
    if expected != identity:
        raise malformed("a verifier key's id fits name and key", expected, identity[:40])
    return name, key[1:]


def write_signature_line(name: str, identity: bytes, signature: bytes) -> str:
    """A signature line without its line end."""
    return f"{_DASH}{name} {write_base64(identity + signature)}"


def read_signature_line(line: str) -> tuple[str, bytes, bytes]:
    """Name, key id and signature of a line without its line end."""
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH):
        raise malformed("a signature line begins with an em dash", "em dash, name, base64", repr(line[:60]))
    check_name(name)
    raw = read_base64(encoded, "a signature line")
    if len(raw) <= 4:
        raise malformed("a signature line holds key id and signature", "over 4 bytes", f"{len(raw)} bytes")
    return name, raw[:4], raw[4:]


def check_name(name: str) -> None:
    """Refuse a key name that is empty, has spaces, a plus or control characters, or that UTF-8 can't write."""
    if not name or "+" in name or not name.isprintable() or any(character.isspace() for character in name):
        raise malformed("a key's name has no space and no plus, and can be printed", "a name", repr(name[:60]))


def check_text(text: str) -> None:
    """Refuse a note's text that has control characters, or whose last line has no end."""
    if not text.endswith("\n") or any(ord(character) < 0x20 and character != "\n" for character in text):
        raise malformed("a note's text has no control characters and ends its last line", "text", repr(text[:60]))


def write_base64(raw: bytes) -> str:
    """RFC 4648 section 4, with padding."""
    return base64.b64encode(raw).decode("ascii")


def read_base64(text: str, what: str) -> bytes:
    """Undo `write_base64`; `what` names the thing in the error. Only the one spelling of the bytes is taken."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise malformed(f"{what} is base64", "base64", repr(text[:60])) from error
    if write_base64(raw) != text:  # two spellings of one signature would be two notes
        raise malformed(f"{what} is base64 in its one form", write_base64(raw)[:60], text[:60])
    return raw


def malformed(rule: str, expected: object, got: object) -> Malformed:
    """The error of a note, key or checkpoint that breaks the format."""
    return Malformed(rule, expected=expected, got=got, next_step="livewitness verify STORE")
