"""Writing past the store's rules with the store's own key: logs and entries as its keeper could forge them."""

from __future__ import annotations

import base64
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from evidence_store.appender import Appender, Prepared
from evidence_store.canonical_json import canonical
from evidence_store.checkpoint import SigningKey, key_statement
from evidence_store.databases.opening import databases_of
from evidence_store.durable import FileSystem
from evidence_store.entries import JSON, BlobRef, EntryType
from evidence_store.keys import load_store_key, new_log_key
from evidence_store.marker import read_marker
from evidence_store.options import system_now
from evidence_store.register import Register

Now = Callable[[], tuple[int, int]]


def prepared(
    kind: str, body: Mapping[str, object] | None = None, blobs: tuple[BlobRef, ...] = (), wall_ns: int = 1
) -> Prepared:
    """An entry to be."""
    return Prepared(kind, wall_ns, 1, canonical(dict(body or {})), blobs)


@contextmanager
def keepers_register(
    root: Path, *, now: Now = system_now, entropy: Callable[[int], bytes] = os.urandom
) -> Iterator[Register]:
    """The register, open for writing with the store's key."""
    databases = databases_of(root)
    key = load_store_key(root, read_marker(root).store)
    register = Register(root, databases.register("rw"), key, FileSystem(), now, entropy)
    try:
        yield register
    finally:
        register.close()
        databases.close()


@dataclass(frozen=True)
class Told:
    """How a forged log is told. `counts`: closed with these (None: not closed), `after` following the close.

    `closing`: what else the close says.
    `signed`: with a key statement that fits. `ending`: how it is registered; `false_head`: what a head before that says
    otherwise.
    """

    kind: str = "capture"
    counts: Mapping[str, int] | None = None
    closing: Mapping[str, object] | None = None
    signed: bool = True
    after: Sequence[Prepared] = ()
    ending: EntryType = EntryType.LOG_CLOSED
    false_head: Mapping[str, JSON] | None = None


def own_log(
    root: Path,
    drafts: Sequence[Prepared],
    told: Told,
    *,
    now: Now = system_now,
    entropy: Callable[[int], bytes] = os.urandom,
) -> tuple[str, SigningKey]:
    """A log with its own key and the store's signature, written past the store's rules; its id and its key."""
    log = entropy(16).hex()
    key = new_log_key(log, entropy)
    store = read_marker(root).store
    statement = key_statement(store, log, told.kind if told.signed else "other", str(key.verifier))
    signature = base64.b64encode(load_store_key(root, store).private.sign(statement)).decode()
    with keepers_register(root, now=now, entropy=entropy) as register, closing(databases_of(root)) as databases:
        body = {"log": log, "kind": told.kind, "vkey": str(key.verifier), "signature": signature}
        register.append(EntryType.LOG_OPENED, body)
        databases.create_log(log)
        appender = Appender(databases.log(log, "rw"), key, 0)
        appender.append(drafts, checkpoint=True)
        if told.counts is not None:
            last = {"counts": dict(told.counts), "last": appender.head, "reason": "r", **(told.closing or {})}
            close = prepared("session.close", last, wall_ns=drafts[-1].wall_ns)
            appender.append([close, *told.after], checkpoint=True)
        head = {"log": log, "size": appender.size, "root": appender.root, "head": appender.head}
        if told.false_head is not None:
            register.append(EntryType.LOG_HEAD, {**head, **told.false_head})
        leftover = {"leftover": {"bytes": 0, "files": 0}} if told.ending == EntryType.LOG_CUT_OFF else {}
        register.append(told.ending, {**head, **leftover})
        appender.close()
    return log, key


@contextmanager
def rows(path: Path) -> Iterator[sqlite3.Connection]:
    """Change rows as somebody does who owns the file: triggers off, changes, triggers on again."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)
