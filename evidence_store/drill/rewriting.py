"""Rows of a log written anew: entries that fit each other, and checkpoints over them, signed or not."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.canonical_json import canonical
from evidence_store.checkpoint import Checkpoint, SigningKey
from evidence_store.codec import NO_ENTRY
from evidence_store.drill.target import Target
from evidence_store.entries import EntryType
from evidence_store.hashing import entry_id
from evidence_store.merkle import CompactRange, leaf_hash

Entry = dict[str, Any]
"""An entry as JSON values; `index` and `prev` are made when it is written."""


def chained(contents: Iterable[Entry]) -> list[bytes]:
    """Entry bytes with indexes and `prev` made to fit."""
    raws: list[bytes] = []
    prev = NO_ENTRY
    for index, content in enumerate(contents):
        raws.append(canonical({**content, "index": index, "prev": prev}))
        prev = entry_id(raws[-1])
    return raws


def write_entries(connection: sqlite3.Connection, raws: Sequence[bytes]) -> None:
    """Replace all entries by these."""
    connection.execute("DELETE FROM entries")
    rows = [(index, entry_id(raw), json.loads(raw)["type"], raw) for index, raw in enumerate(raws)]
    connection.executemany("INSERT INTO entries (idx, id, type, raw) VALUES (?, ?, ?, ?)", rows)


def trees_of(raws: Sequence[bytes], sizes: Collection[int]) -> dict[int, CompactRange]:
    """The tree at each of these sizes that the log has."""
    tree = CompactRange()
    trees = {0: tree.copy()} if 0 in sizes else {}
    for raw in raws:
        tree.append(leaf_hash(raw))
        if tree.size in sizes:
            trees[tree.size] = tree.copy()
    return trees


def rechain(target: Target, log: str, contents: Sequence[Entry]) -> None:
    """Rewrite a log (or the register) from these entries without any key: the old signatures stay where they were."""
    path = target.register_file if log == target.store else target.log_file(log)
    notes = {row.size: row.note for row in target.checkpoints(path)}
    raws = chained(contents)
    with target.rows(path) as connection:
        write_entries(connection, raws)
        connection.execute("DELETE FROM checkpoints")
        for size, tree in trees_of(raws, notes).items():
            text, line = notes[size].split(b"\n\n", 1)
            origin = text.split(b"\n")[0].decode()
            forged = Checkpoint(origin, size, tree.root()).text().encode() + b"\n" + line
            row = (size, forged, tree.frontier())
            connection.execute("INSERT INTO checkpoints (size, note, frontier) VALUES (?, ?, ?)", row)


def new_key(target: Target, name: str) -> SigningKey:
    """A key of the forger's, the same for the same seed: it guards nothing."""
    return SigningKey(name, Ed25519PrivateKey.from_private_bytes(target.random.randbytes(32)))


def append_signed(target: Target, kind: EntryType, body: Entry, key: SigningKey, time: Entry) -> int:
    """One more entry and checkpoint at the end of the register, signed with this key. The entry's index."""
    raws = target.raws(target.register_file)
    prev = entry_id(raws[-1])
    content = {"blobs": [], "body": body, "index": len(raws), "log": target.store, "prev": prev, "time": time}
    raw = canonical({**content, "type": str(kind), "v": 1})
    tree = trees_of([*raws, raw], {len(raws) + 1})[len(raws) + 1]
    note = key.sign_note(Checkpoint(key.name, tree.size, tree.root()).text())
    with target.rows(target.register_file) as connection:
        row = (len(raws), entry_id(raw), str(kind), raw)
        connection.execute("INSERT INTO entries (idx, id, type, raw) VALUES (?, ?, ?, ?)", row)
        head = (tree.size, note, tree.frontier())
        connection.execute("INSERT INTO checkpoints (size, note, frontier) VALUES (?, ?, ?)", head)
    return len(raws)


def write_checkpoints(
    connection: sqlite3.Connection,
    raws: Sequence[bytes],
    sizes: Collection[int],
    key_of: Callable[[int], SigningKey],
) -> None:
    """Replace all checkpoints by true ones of these sizes, signed with these keys."""
    connection.execute("DELETE FROM checkpoints")
    for size, tree in trees_of(raws, sizes).items():
        key = key_of(size)
        row = (size, key.sign_note(Checkpoint(key.name, size, tree.root()).text()), tree.frontier())
        connection.execute("INSERT INTO checkpoints (size, note, frontier) VALUES (?, ?, ?)", row)
