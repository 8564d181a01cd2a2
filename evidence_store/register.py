"""Appending to the register, the one log that several processes write (FORMAT.md section 7).

Each append is one transaction that is alone with the register: read the last checkpoint and head, add the entry and a
checkpoint signed with the store's key. What it reads it takes as it lies there; `livewitness verify` recomputes it.
The key is the one that made the last checkpoint: another process may have changed it meanwhile (section 11).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import select

from evidence_store.blob_writer import BlobWriter
from evidence_store.blobs import Blobs
from evidence_store.canonical_json import canonical
from evidence_store.checkpoint import Checkpoint, SigningKey
from evidence_store.codec import NO_ENTRY, encode_entry
from evidence_store.databases.seam import Database
from evidence_store.durable import FileSystem, as_store_error
from evidence_store.entries import JSON, Attachment, BlobRef, EntryType, Receipt
from evidence_store.errors import Corrupt
from evidence_store.hashing import entry_id
from evidence_store.key_history import rotation_body
from evidence_store.keys import find_store_key, key_ids
from evidence_store.merkle import CompactRange, leaf_hash

BodyMaker = Callable[[SigningKey, int], Mapping[str, JSON]]
"""Makes a body inside the transaction, from the key in force there and the index of the entry to be."""


class Register:
    """Write access to the register. Safe from any thread and any number of processes; each append is durable."""

    def __init__(
        self,
        root: Path,
        database: Database,
        key: SigningKey,
        files: FileSystem,
        now: Callable[[], tuple[int, int]],
        entropy: Callable[[int], bytes],
        *,
        passphrase: str | None = None,
    ) -> None:
        """`passphrase` (else $LIVEWITNESS_PASSPHRASE_FILE) opens the key that follows, should `key` be replaced."""
        self._root = root
        self._passphrase = passphrase
        self._database = database
        self._use(key)
        self._now = now
        self._lock = threading.Lock()
        tag = f"register-{entropy(8).hex()}"
        self._blobs = BlobWriter(Blobs(root), files, entropy, tag)

    def append(
        self, kind: EntryType, body: Mapping[str, JSON] | BodyMaker, attachments: Sequence[Attachment] = ()
    ) -> Receipt:
        """Add one entry; durable, with its checkpoint, when this returns. Waits up to 30 s for other writers.

        A body that the store's key signs is given as a function of that key and the entry's index: only inside the
        transaction are both known. Raises StoreError; then nothing was added.
        """
        made = body if callable(body) else None
        encoded = b"" if callable(body) else canonical(dict(body))
        with self._lock:
            refs = self._write_blobs(attachments)
            return self._append(
                kind, lambda key, index: encoded if made is None else canonical(dict(made(key, index))), refs
            )

    def rotate(self, successor: SigningKey) -> Receipt:
        """Add `key.rotated`, signed by the key in force and by its successor, which signs the checkpoint over it.

        From then on the successor signs. Its files must be durable as `*.new`. Raises StoreError as `append` does.
        """

        def body(key: SigningKey, index: int) -> bytes:
            return canonical(rotation_body(self._database.log, index, key, successor))

        with self._lock:
            return self._append(EntryType.KEY_ROTATED, body, [], successor)

    def close(self) -> None:
        """Close the database; on SQLite its WAL is folded in when no other process uses it."""
        self._database.close()

    def _write_blobs(self, attachments: Sequence[Attachment]) -> list[BlobRef]:
        try:
            refs = [self._blobs.write(attachment)[0] for attachment in attachments]
            for error in self._blobs.flush().values():
                raise error
        except OSError as error:
            raise as_store_error(error, "registering a log") from error
        return refs

    def _use(self, key: SigningKey) -> None:
        self._key, self._key_id = key, (key.name, key.verifier.key_id)

    def _follow(self, note: bytes) -> None:
        """Take up the key that made the register's last checkpoint, where that is no longer the one we hold."""
        made_by = key_ids(note)
        if self._key_id not in made_by:
            self._use(find_store_key(self._root, self._database.log, made_by, self._passphrase))

    def _append(
        self,
        kind: EntryType,
        body: Callable[[SigningKey, int], bytes],
        refs: list[BlobRef],
        successor: SigningKey | None = None,
    ) -> Receipt:
        database, rows, notes = self._database, self._database.entries, self._database.checkpoints
        with database.transaction() as connection:
            newest = database.only(select(rows.c.idx, rows.c.id), rows).order_by(rows.c.idx.desc()).limit(1)
            last = connection.execute(newest).first()
            index, prev = (0, NO_ENTRY) if last is None else (last.idx + 1, last.id)
            newest = database.only(select(notes.c.size, notes.c.frontier, notes.c.note), notes)
            found = connection.execute(newest.order_by(notes.c.size.desc()).limit(1)).first()
            size, frontier = (0, b"") if found is None else (found.size, found.frontier)
            if size != index:
                raise Corrupt(
                    "the register has a checkpoint for each entry",
                    expected=f"a checkpoint of size {index}",
                    got=f"size {size}",
                    next_step="livewitness verify STORE",
                )
            if found is not None:
                self._follow(found.note)
            tree = CompactRange.from_bytes(size, frontier)
            wall_ns, mono_ns = self._now()
            raw = encode_entry(
                log=database.log,
                index=index,
                prev=prev,
                kind=kind,
                wall_ns=wall_ns,
                mono_ns=mono_ns,
                body=body(self._key, index),
                blobs=refs,
            )
            tree.append(leaf_hash(raw))
            note = (successor or self._key).sign_note(Checkpoint(self._key.name, tree.size, tree.root()).text())
            new_id = entry_id(raw)
            row = {"idx": index, "id": new_id, "type": str(kind), "raw": raw}
            database.add(connection, rows, [row])
            row = {"size": tree.size, "note": note, "frontier": tree.frontier()}
            database.add(connection, notes, [row])
        if successor is not None:
            self._use(successor)
        return Receipt(database.log, index, new_id, self._now()[1])
