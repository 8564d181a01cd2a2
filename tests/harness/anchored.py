"""What comes into a register from outside the watch: a real authority's token, a change of the store's key."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evidence_store.anchors.authority import ask
from evidence_store.anchors.records import token_record
from evidence_store.anchors.revocation import RevocationSource
from evidence_store.anchors.settings import Authority
from evidence_store.databases.opening import databases_of
from evidence_store.durable import FileSystem
from evidence_store.entries import Receipt
from evidence_store.keys import load_store_key
from evidence_store.options import system_now
from evidence_store.reader import LogReader
from evidence_store.register import Register
from evidence_store.store import Store


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
def open_register(root: Path) -> Iterator[Register]:
    databases = databases_of(root)
    database = databases.register("rw")
    register = Register(root, database, load_store_key(root, database.log), FileSystem(), system_now, os.urandom)
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
    """Give the store its next key."""
    with Store.open(root) as store:
        store.keys().rotate()
