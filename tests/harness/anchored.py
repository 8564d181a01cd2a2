"""What comes into a register from outside the watch: a real authority's token, a change of the store's key."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from evidence_store.anchors.authority import ask
from evidence_store.anchors.records import token_record
from evidence_store.anchors.revocation import RevocationSource
from evidence_store.anchors.settings import Authority
from evidence_store.checkpoint import SigningKey, register_origin
from evidence_store.databases.opening import databases_of
from evidence_store.durable import FileSystem
from evidence_store.entries import EntryType, Receipt
from evidence_store.keys import load_store_key
from evidence_store.options import system_now
from evidence_store.proofs.check import rotation_statement
from evidence_store.reader import LogReader
from evidence_store.register import Register


def register_size(root: Path) -> int:
    databases = databases_of(root)
    with LogReader(databases.register("ro")) as reader:
        size = reader.size()
    databases.close()
    return size


def register_note(root: Path) -> bytes:
    """The newest checkpoint."""
    databases = databases_of(root)
    with LogReader(databases.register("ro")) as reader:
        row = reader.last_checkpoint()
    databases.close()
    assert row is not None
    return row.note


@contextmanager
def open_register(root: Path, key: SigningKey | None = None) -> Iterator[Register]:
    databases = databases_of(root)
    database = databases.register("rw")
    signing = key or load_store_key(root, database.log)
    register = Register(root, database, signing, FileSystem(), system_now, os.urandom)
    try:
        yield register
    finally:
        register.close()
        databases.close()


def stamp(root: Path, *authorities: Authority) -> list[Receipt]:
    """Have the register's newest checkpoint stamped by each, and append the tokens."""
    size, note = register_size(root), register_note(root)
    answers = [ask(authority, note, os.urandom, RevocationSource()) for authority in authorities]
    with open_register(root) as register:
        return [
            register.append(*token_record(authority.name, size, note, answer))
            for authority, answer in zip(authorities, answers, strict=True)
        ]


def rotate(root: Path) -> None:
    """Give the store its next key: both sign, and the checkpoint over the entry is the new one's first."""
    databases = databases_of(root)
    store = databases.register("ro").log
    databases.close()
    old, private = load_store_key(root, store), Ed25519PrivateKey.generate()
    new = SigningKey(register_origin(store), private)
    statement = rotation_statement(store, register_size(root), str(old.verifier), str(new.verifier))
    signatures = [base64.b64encode(key.private.sign(statement)).decode() for key in (old, new)]
    body = {
        "from": str(old.verifier),
        "to": str(new.verifier),
        "signature_from": signatures[0],
        "signature_to": signatures[1],
    }
    with open_register(root, new) as register:
        register.append(EntryType.KEY_ROTATED, body)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (root / "keys" / "store.key").write_bytes(pem)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (root / "keys" / "store.pub").write_bytes(public)
