"""Keys of the store on disk, and keys of logs in memory (FORMAT.md sections 2, 8 and 11).

A change of the store's key lies beside it as `*.new` until it is done: `rotation.py` makes and finishes it, what is
here reads whatever of it is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from evidence_store.checkpoint import SigningKey, VerifierKey, log_origin, parse_note, register_origin
from evidence_store.codec import parse_entry
from evidence_store.durable import FileSystem, read_plain
from evidence_store.errors import Corrupt, FutureFormat, KeyMissing, Malformed
from evidence_store.key_history import CHANGES, KeyHistory, KeyProblem, build_key_history
from evidence_store.key_protection import PROTECTED, private_pem
from evidence_store.reader import LogReader

KEYS = "keys"
PRIVATE_NAME = "store.key"
PUBLIC_NAME = "store.pub"
NEW = ".new"
PASSPHRASE_FILE: Final = "LIVEWITNESS_PASSPHRASE_FILE"  # noqa: S105 - the name of a place, no password
PASSPHRASE_LIMIT = 1023
"""The longest passphrase in bytes, as OpenSSL takes it."""


class KeyProtected(KeyMissing):
    """The private key is there and has a passphrase, which was not given, or another one was."""


KEY_LIMIT = 64 << 10  # a key file has a few hundred bytes
KeyIds = Collection[tuple[str, bytes]]
"""Names and key ids, as the signature lines of a note have them."""


def new_log_key(log: str, entropy: Callable[[int], bytes]) -> SigningKey:
    """A log's own key. It is never written anywhere: when the writer ends, nobody can sign for this log again."""
    return SigningKey(log_origin(log), Ed25519PrivateKey.from_private_bytes(entropy(32)))


def create_store_key(root: Path, entropy: Callable[[int], bytes], files: FileSystem) -> None:
    """Write the store's key pair: PKCS#8 PEM, mode 0600, and SubjectPublicKeyInfo PEM. Durable when it returns.

    Protected by the passphrase of $LIVEWITNESS_PASSPHRASE_FILE where that is set. Raises OSError, KeyMissing.
    """
    private = Ed25519PrivateKey.from_private_bytes(entropy(32))
    write_key_pair(root, private, passphrase_in_force(None), files, entropy)


def write_key_pair(
    root: Path,
    private: Ed25519PrivateKey,
    passphrase: bytes | None,
    files: FileSystem,
    entropy: Callable[[int], bytes],
    *,
    suffix: str = "",
) -> None:
    """Write both files of a key under their names with a suffix; durable when this returns. Raises OSError."""
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    folder = root / KEYS
    files.write_new(folder / f"{PRIVATE_NAME}{suffix}", private_pem(private, passphrase, entropy), mode=0o600)
    files.write_new(folder / f"{PUBLIC_NAME}{suffix}", public, mode=0o644)
    files.sync_folder(folder)


def public_pem(key: VerifierKey) -> bytes:
    """SubjectPublicKeyInfo PEM of a key, as `openssl pkeyutl -verify -pubin` takes it."""
    public = Ed25519PublicKey.from_public_bytes(key.public)
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def passphrase_in_force(given: str | None) -> bytes | None:
    """The passphrase that was given, else the one in the file that $LIVEWITNESS_PASSPHRASE_FILE names, else None.

    One line end at the end of the file is no part of it. Raises KeyMissing when the file can't be read or is empty.
    """
    if given is not None:
        return given.encode()
    path = os.environ.get(PASSPHRASE_FILE)
    return read_passphrase(Path(path)) if path else None


def read_passphrase(path: Path) -> bytes:
    """The passphrase in a file, without one line end at its end. Raises KeyMissing."""
    try:
        content = read_plain(path, KEY_LIMIT).removesuffix(b"\n").removesuffix(b"\r")
        got = "an empty one"
    except OSError as error:
        content, got = b"", f"{error.strerror or error}"
    if len(content) > PASSPHRASE_LIMIT:
        content, got = b"", f"{len(content)} bytes"
    if not content:
        raise KeyMissing(
            "the passphrase of the store's key lies in a file that can be read",
            expected=f"1 to {PASSPHRASE_LIMIT} bytes and a line end",
            got=f"{path}: {got}",
            next_step=f"export {PASSPHRASE_FILE}=FILE",
        )
    return content


def load_verifier(root: Path, store: str, *, suffix: str = "") -> VerifierKey:
    """The store's public key under the register's name. Raises Corrupt when the file is no Ed25519 public key."""
    path = root / KEYS / f"{PUBLIC_NAME}{suffix}"
    try:
        key = load_pem_public_key(read_plain(path, KEY_LIMIT))
    except (OSError, ValueError) as error:
        raise _corrupt(path, str(error)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _corrupt(path, type(key).__name__)
    return VerifierKey(register_origin(store), key.public_bytes_raw())


def public_keys(root: Path, store: str) -> list[VerifierKey]:
    """The public key in keys/store.pub and, while a change of keys is being made, its successor. Raises Corrupt."""
    found = [load_verifier(root, store)]
    with suppress(Corrupt):  # not there, or a change was cut short while it was being written
        found.append(load_verifier(root, store, suffix=NEW))
    # Once more: store.pub.new may have become store.pub between the two looks.
    return [*found, load_verifier(root, store)]


def is_protected(root: Path) -> bool:
    """Whether keys/store.key has a passphrase. Raises KeyMissing when it can't be read."""
    path = root / KEYS / PRIVATE_NAME
    try:
        return read_plain(path, KEY_LIMIT).lstrip().startswith(PROTECTED)
    except OSError as error:
        raise _missing(path, str(error)) from error


def load_private(root: Path, store: str, passphrase: str | None = None, *, suffix: str = "") -> SigningKey:
    """The private key in keys/store.key, whatever public key lies beside it. Raises KeyMissing.

    `passphrase` or $LIVEWITNESS_PASSPHRASE_FILE open one that has one, and are passed over by one that has none.
    """
    path = root / KEYS / f"{PRIVATE_NAME}{suffix}"
    secret: bytes | None = None
    try:
        content = read_plain(path, KEY_LIMIT)
        if content.lstrip().startswith(PROTECTED):
            secret = passphrase_in_force(passphrase)
            if secret is None:
                raise _closed(path, "none")
        key = load_pem_private_key(content, password=secret)
    except (OSError, ValueError, TypeError) as error:
        if secret is not None and not isinstance(error, OSError):  # what a wrong one makes of the bytes is anything
            raise _closed(path, "another one, or a damaged file") from error
        raise _missing(path, str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _missing(path, type(key).__name__)
    return SigningKey(register_origin(store), key)


def load_store_key(root: Path, store: str, passphrase: str | None = None) -> SigningKey:
    """The store's private key. Raises KeyMissing when it is absent, does not open or is not the one of `store.pub`."""
    signing = load_private(root, store, passphrase)
    if signing.verifier != load_verifier(root, store):
        raise _missing(root / KEYS / PRIVATE_NAME, "the key of another store")
    return signing


def find_store_key(root: Path, store: str, signed_by: KeyIds, passphrase: str | None = None) -> SigningKey:
    """The private key that made the register's last checkpoint, also while another process is changing keys.

    `signed_by` names the keys of that checkpoint's lines. Raises KeyMissing when none of the files holds it.
    """
    found = False
    for suffix in ("", NEW, ""):  # thrice: store.key.new may become store.key between two looks
        try:
            signing = load_private(root, store, passphrase, suffix=suffix)
        except KeyMissing as error:
            if isinstance(error.__cause__, FileNotFoundError):
                continue
            raise
        if (signing.name, signing.verifier.key_id) in signed_by:
            return signing
        found = True
    if not found:
        raise _missing(root / KEYS / PRIVATE_NAME, "no such file")
    raise KeyMissing(
        "what follows in the register is signed by the key of its last checkpoint",
        expected=f"the private key with id {' or '.join(key_id.hex() for _, key_id in signed_by)} in keys/store.key",
        got="another key",
        next_step="livewitness keys show STORE; then bring the keys/store.key back that belongs to the key in force",
    )


def key_ids(note: bytes) -> list[tuple[str, bytes]]:
    """Names and key ids of a note's signature lines. Raises Malformed."""
    return [(name, key_id) for name, key_id, _ in parse_note(note).signatures]


def load_key_history(root: Path, store: str, register: LogReader) -> KeyHistory:
    """The store's keys over time; the store may be written meanwhile. Raises Corrupt, StorageFailed.

    An entry that can't be read becomes a problem of the history.
    """
    # A change is in the register before its files have their names: then store.pub.new is the key that signs now.
    # Should that file get its name between the two looks, a second round finds everything in place.
    for _ in range(2):
        history = _history(store, load_verifier(root, store), register, unfinished=False)
        if history.ends_in_current:
            return history
        successor = history.spans[-1].key
        if successor in public_keys(root, store):
            return _history(store, successor, register, unfinished=(root / KEYS / f"{PUBLIC_NAME}{NEW}").exists())
    return history


def _history(store: str, current: VerifierKey, register: LogReader, *, unfinished: bool) -> KeyHistory:
    entries, problems = [], []
    for row in register.rows(types=CHANGES):
        try:
            entries.append(parse_entry(row.raw))
        except (Malformed, FutureFormat) as error:
            problems.append(KeyProblem(row.idx, f"{error.rule}: {error.expected}", error.got))
    history = build_key_history(store, current, entries, unfinished=unfinished)
    return replace(history, problems=(*problems, *history.problems), changes=history.changes + len(problems))


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


def _closed(path: Path, got: str) -> KeyProtected:
    return KeyProtected(
        "the store's private key opens with its passphrase",
        expected=f"the passphrase of {path}",
        got=got,
        next_step=f"export {PASSPHRASE_FILE}=FILE (a file with the passphrase in it), then the same command again",
    )
