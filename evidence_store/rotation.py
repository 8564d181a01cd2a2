"""Changing the store's key, and finishing a change that was cut short (FORMAT.md section 11).

The order of a change: both new files durable as `*.new`; one transaction of the register (entry signed by both keys,
checkpoint by the new one); both files renamed. The transaction decides: killed before it, the `*.new` are discarded
when the store is next opened for writing, killed after it, they get their names. Whoever changes files holds a lock on
keys/.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.checkpoint import SigningKey, VerifierKey, register_origin
from evidence_store.durable import FileSystem, as_store_error
from evidence_store.entries import EntryType, Receipt
from evidence_store.errors import Corrupt, InvalidDraft, KeyMissing, StoreError
from evidence_store.key_history import KeyHistory
from evidence_store.key_protection import private_pem
from evidence_store.keys import (
    KEYS,
    NEW,
    PRIVATE_NAME,
    PUBLIC_NAME,
    find_store_key,
    is_protected,
    key_ids,
    load_key_history,
    load_private,
    load_store_key,
    load_verifier,
    passphrase_in_force,
    public_keys,
    write_key_pair,
)
from evidence_store.reader import LogReader
from evidence_store.registrar import Registrar

DRAFT_NAME = f"{PRIVATE_NAME}.draft"
"""The private key under its next passphrase, while it is being written."""

OpenRegister = Callable[[], LogReader]


@dataclass(frozen=True, slots=True)
class Rotated:
    """A change of the store's key: `index` is that of its entry in the register."""

    old: VerifierKey
    new: VerifierKey
    index: int


def open_store_key(
    root: Path, store: str, open_register: OpenRegister, files: FileSystem, passphrase: str | None
) -> SigningKey:
    """The key that signs now, for whoever opens the store for writing; finishes or discards a change cut short.

    Raises KeyMissing, Corrupt, ReadOnlyStore, DiskFull or StorageFailed.
    """
    try:
        if any((root / KEYS / name).exists() for name in _UNFINISHED):
            with _alone(root, wait=False) as alone:
                if alone:  # else somebody is changing the key at this moment, and will finish that
                    _settle(root, store, open_register, files, passphrase)
    except OSError as error:
        raise as_store_error(error, "finishing a change of the store's key") from error
    note = _last_note(open_register)
    if note is None:
        return load_store_key(root, store, passphrase)
    key = find_store_key(root, store, key_ids(note), passphrase)
    if key.verifier not in public_keys(root, store):
        raise KeyMissing(
            "the key in keys/store.key belongs to keys/store.pub",
            expected=str(key.verifier),
            got="another key in keys/store.pub",
            next_step="livewitness verify STORE; then bring keys/store.pub back from a copy of the store",
        )
    return key


def change_passphrase(
    root: Path,
    store: str,
    open_register: OpenRegister,
    files: FileSystem,
    *,
    passphrase: str | None,
    new: bytes | None,
    entropy: Callable[[int], bytes] = os.urandom,
) -> None:
    """Write keys/store.key anew under another passphrase, or under none. Durable when this returns.

    Killed at any moment, the key opens with the old one or with the new one. Raises as `open_store_key` does.
    """
    try:
        with _alone(root, wait=True):
            _settle(root, store, open_register, files, passphrase)
            private = load_store_key(root, store, passphrase).private
            folder = root / KEYS
            files.write_new(folder / DRAFT_NAME, private_pem(private, new, entropy), mode=0o600)
            files.rename(folder / DRAFT_NAME, folder / PRIVATE_NAME)
            files.sync_folder(folder)
    except OSError as error:
        raise as_store_error(error, "changing the passphrase of the store's key") from error


class KeyKeeper:
    """Changes and revokes keys of a store that is open for writing. Safe from any thread, and in several processes."""

    def __init__(
        self,
        root: Path,
        store: str,
        open_register: OpenRegister,
        registrar: Registrar,
        files: FileSystem,
        entropy: Callable[[int], bytes],
        *,
        passphrase: str | None,
    ) -> None:
        self._root = root
        self._store = store
        self._open_register = open_register
        self._registrar = registrar
        self._files = files
        self._entropy = entropy
        self._passphrase = passphrase

    def history(self) -> KeyHistory:
        """The store's keys over time. Raises Corrupt or StorageFailed."""
        with self._open_register() as reader:
            return load_key_history(self._root, self._store, reader)

    def rotate(self) -> Rotated:
        """Make a new key and let it take over; complete and durable when this returns.

        Other processes that write the store take it up with their next entry in the register. The new key has the
        passphrase of the old one. Raises StoreError: then the change was made wholly or not at all, as `history` says.
        """
        try:
            with _alone(self._root, wait=True):
                self._settle()
                secret = passphrase_in_force(self._passphrase) if is_protected(self._root) else None
                private = Ed25519PrivateKey.from_private_bytes(self._entropy(32))
                successor = SigningKey(register_origin(self._store), private)
                old = load_verifier(self._root, self._store)
                try:
                    write_key_pair(self._root, private, secret, self._files, self._entropy, suffix=NEW)
                    receipt = self._registrar.rotate(successor)
                except (OSError, StoreError):
                    # Whether it was committed is what the register says; if that can't be asked, the next opening does.
                    with suppress(OSError, StoreError):
                        self._settle()
                    raise
                self._settle()
        except OSError as error:
            raise as_store_error(error, "changing the store's key") from error
        return Rotated(old, successor.verifier, receipt.index)

    def revoke(self, key: str, reason: str, good_to: int | None = None) -> Receipt:
        """Say that a past key is not to be trusted for a register of more than `good_to` entries.

        `key` is its verifier key, or its key id in hex; without `good_to` all that it signed here stands, and nothing
        more. Raises InvalidDraft for the key in force (rotate first), an unknown key, or a size that it never signed.
        """
        history = self.history()
        known = {text: span for span in history.spans for text in (str(span.key), span.key.key_id.hex())}
        span = known.get(key)
        if span is None:
            raise _refused("a key that is revoked signed here before", "a key of `livewitness keys show`", repr(key))
        if span.last is None:
            raise InvalidDraft(
                "the key that signs now can't be revoked",
                expected="a key that another one has replaced",
                got=key,
                next_step="livewitness keys rotate STORE, then the same command again",
            )
        good = span.last if good_to is None else good_to
        if not 0 <= good <= span.last:
            raise _refused("a key is good up to a size that it signed", f"0 to {span.last}", str(good))
        if not reason.strip():
            raise _refused("a revocation says why", "--reason TEXT", "none")
        body = {"vkey": str(span.key), "reason": reason, "good_to": good}
        return self._registrar.append(EntryType.KEY_REVOKED, body)

    def _settle(self) -> None:
        _settle(self._root, self._store, self._open_register, self._files, self._passphrase)


_UNFINISHED = (f"{PRIVATE_NAME}{NEW}", f"{PUBLIC_NAME}{NEW}", DRAFT_NAME)


def _settle(root: Path, store: str, open_register: OpenRegister, files: FileSystem, passphrase: str | None) -> None:
    """Give `*.new` their names, or remove them, as the register says. The caller holds the lock."""
    folder = root / KEYS
    if not any((folder / name).exists() for name in _UNFINISHED):
        return
    note = _last_note(open_register)
    signed_by = None if note is None else key_ids(note)

    def signs(key: VerifierKey) -> bool:
        # A register without a checkpoint saw no change: what lies under the old names is in force.
        return signed_by is None or (key.name, key.key_id) in signed_by

    def private(suffix: str) -> VerifierKey:
        return load_private(root, store, passphrase, suffix=suffix).verifier

    def public(suffix: str) -> VerifierKey:
        return load_verifier(root, store, suffix=suffix)

    for name, load in ((PRIVATE_NAME, private), (PUBLIC_NAME, public)):
        new = folder / f"{name}{NEW}"
        if not new.exists():
            continue
        if signs(load("")):
            files.remove(new)
        elif signs(load(NEW)):
            files.rename(new, folder / name)
        else:
            raise Corrupt(
                "a key of the store made the register's last checkpoint",
                expected=f"{KEYS}/{name} or {KEYS}/{name}{NEW}",
                got="neither",
                next_step="livewitness verify STORE; then bring the keys back from a copy of the store",
            )
    files.remove(folder / DRAFT_NAME)
    files.sync_folder(folder)


def _last_note(open_register: OpenRegister) -> bytes | None:
    with open_register() as reader:
        row = reader.last_checkpoint()
    return None if row is None else row.note


@contextmanager
def _alone(root: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock of keys/. False, when not to wait, for one that another process holds."""
    handle = os.open(root / KEYS, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _refused(rule: str, expected: str, got: str) -> InvalidDraft:
    return InvalidDraft(rule, expected=expected, got=got, next_step="livewitness keys show STORE")
