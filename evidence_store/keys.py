"""Keys of the store on disk, and keys of logs in memory (FORMAT.md sections 2 and 8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from evidence_store.checkpoint import SigningKey, VerifierKey, log_origin, register_origin
from evidence_store.durable import FileSystem
from evidence_store.errors import Corrupt, KeyMissing

KEYS = "keys"
PRIVATE_NAME = "store.key"
PUBLIC_NAME = "store.pub"


def new_log_key(log: str, entropy: Callable[[int], bytes]) -> SigningKey:
    """A log's own key. It is never written anywhere: when the writer ends, nobody can sign for this log again."""
    return SigningKey(log_origin(log), Ed25519PrivateKey.from_private_bytes(entropy(32)))


def create_store_key(root: Path, entropy: Callable[[int], bytes], files: FileSystem) -> None:
    """Write the store's key pair: PKCS#8 PEM, mode 0600, and SubjectPublicKeyInfo PEM. Durable when it returns."""
    private = Ed25519PrivateKey.from_private_bytes(entropy(32))
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files.write_new(root / KEYS / PRIVATE_NAME, pem, mode=0o600)
    files.write_new(root / KEYS / PUBLIC_NAME, public, mode=0o644)
    files.sync_folder(root / KEYS)


def load_verifier(root: Path, store: str) -> VerifierKey:
    """The store's public key under the register's name. Raises Corrupt when the file is no Ed25519 public key."""
    path = root / KEYS / PUBLIC_NAME
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _corrupt(path, str(error)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _corrupt(path, type(key).__name__)
    return VerifierKey(register_origin(store), key.public_bytes_raw())


def load_store_key(root: Path, store: str) -> SigningKey:
    """The store's private key. Raises KeyMissing when it is absent, unreadable or not the one of `store.pub`."""
    path = root / KEYS / PRIVATE_NAME
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _missing(path, str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _missing(path, type(key).__name__)
    signing = SigningKey(register_origin(store), key)
    if signing.verifier != load_verifier(root, store):
        raise _missing(path, "the key of another store")
    return signing


def _corrupt(path: Path, got: str) -> Corrupt:
    return Corrupt(
        "keys/store.pub is the store's public key",
        expected="an Ed25519 key in PEM",
        got=f"{path}: {got}",
        next_step="bring keys/store.pub back from a copy of the store",
    )


def _missing(path: Path, got: str) -> KeyMissing:
    return KeyMissing(
        "writing needs the store's private key",
        expected="the Ed25519 key that belongs to keys/store.pub",
        got=f"{path}: {got}",
        next_step="bring keys/store.key back, or read only (livewitness verify, sessions, readings)",
    )
