"""The database side of a log's writer: chain state, tree, lease check, group commit (FORMAT.md sections 4 to 6)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from evidence_store.checkpoint import Checkpoint, SigningKey
from evidence_store.codec import NO_ENTRY, encode_entry
from evidence_store.databases.seam import Database
from evidence_store.entries import BlobRef
from evidence_store.errors import Corrupt, Fenced, InvalidDraft
from evidence_store.hashing import entry_id
from evidence_store.lease import boot_id
from evidence_store.merkle import CompactRange, leaf_hash


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an entry is made of once its blobs are durable. `body` is canonical JSON."""

    kind: str
    wall_ns: int
    mono_ns: int
    body: bytes
    blobs: tuple[BlobRef, ...]


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry that was committed."""

    index: int
    id: str


class Appender:
    """Appends to one new log. Used by one thread at a time; takes its lease epoch when it is made, owns its database.

    After an error nothing of the call was acknowledged, and the next call first compares its chain with the database.
    """

    def __init__(self, database: Database, key: SigningKey, wall_ns: int) -> None:
        self._database = database
        self._log = database.log
        self._key = key
        self._index = 0
        self._prev = NO_ENTRY
        self._tree = CompactRange()
        self._checkpointed = 0
        self._in_doubt = False
        try:
            self._epoch = self._take_epoch(wall_ns)
        except BaseException:  # it owns the database from here on, and nobody else will close it
            database.close()
            raise

    @property
    def size(self) -> int:
        return self._index

    @property
    def head(self) -> str:
        """The id of the last entry, 64 zeros in an empty log."""
        return self._prev

    @property
    def root(self) -> str:
        """The tree's root at the present size, hex."""
        return self._tree.root().hex()

    @property
    def checkpointed(self) -> int:
        """The size at the last checkpoint."""
        return self._checkpointed

    def append(self, drafts: Sequence[Prepared], *, checkpoint: bool = False) -> list[Appended | InvalidDraft]:
        """Commit entries in this order in one transaction, with a signed checkpoint of the new size if asked for.

        Durable when it returns. A draft that can't be encoded gives its error in its place and takes no index. Raises
        Fenced when a later writer took the log over, StoreError when the database refuses; then nothing was added.
        """
        tree, index, prev = self._tree.copy(), self._index, self._prev
        rows: list[dict[str, object]] = []
        results: list[Appended | InvalidDraft] = []
        for draft in drafts:
            try:
                raw = encode_entry(
                    log=self._log,
                    index=index,
                    prev=prev,
                    kind=draft.kind,
                    wall_ns=draft.wall_ns,
                    mono_ns=draft.mono_ns,
                    body=draft.body,
                    blobs=draft.blobs,
                )
            except InvalidDraft as error:
                results.append(error)
                continue
            prev = entry_id(raw)
            rows.append({"idx": index, "id": prev, "type": draft.kind, "raw": raw})
            results.append(Appended(index, prev))
            tree.append(leaf_hash(raw))
            index += 1
        self._commit(rows, tree if checkpoint and tree.size > self._checkpointed else None)
        self._tree, self._index, self._prev = tree, index, prev
        if checkpoint:
            self._checkpointed = tree.size
        return results

    def close(self) -> None:
        """Destroy the log's key and close the database; its WAL is folded in where no reader is attached just now."""
        del self._key  # nobody can sign for this log from here on
        self._database.close()

    def _commit(self, rows: list[dict[str, object]], tree: CompactRange | None) -> None:
        was_in_doubt, self._in_doubt = self._in_doubt, True
        database = self._database
        with database.transaction() as connection:
            epoch = database.newest(connection, database.leases)
            if epoch != self._epoch:
                raise Fenced(
                    "entries are appended under the newest lease",
                    expected=f"epoch {self._epoch}",
                    got=f"epoch {epoch}",
                    next_step="start a new watch: each opens a log of its own",
                )
            if was_in_doubt:
                self._check_head(database.newest(connection, database.entries))
            if rows:
                database.add(connection, database.entries, rows)
            if tree is not None:
                note = self._key.sign_note(Checkpoint(self._key.name, tree.size, tree.root()).text())
                row = {"size": tree.size, "note": note, "frontier": tree.frontier()}
                database.add(connection, database.checkpoints, [row])
        self._in_doubt = False

    def _check_head(self, last: int | None) -> None:
        # A commit that reported an error may have reached the disk all the same; then our chain is not the log's.
        if (-1 if last is None else last) != self._index - 1:
            raise Corrupt(
                "the log ends where its writer left it",
                expected=f"last index {self._index - 1}",
                got=f"last index {last}",
                next_step="start a new watch; this log will be cut off",
            )

    def _take_epoch(self, wall_ns: int) -> int:
        database = self._database
        with database.transaction() as connection:
            epoch = (database.newest(connection, database.leases) or 0) + 1
            row = {
                "epoch": epoch,
                "holder": self._log,
                "pid": os.getpid(),
                "boot_id": boot_id(),
                "wall": str(wall_ns),
            }
            database.add(connection, database.leases, [row])
        return epoch
