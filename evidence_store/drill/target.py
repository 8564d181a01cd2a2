"""A copy of a store that is to be attacked: hard links until a file is attacked, and its databases without triggers."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from evidence_store.blobs import Blobs
from evidence_store.catalog import Catalog, LogRecord, build_catalog
from evidence_store.codec import parse_entry
from evidence_store.entries import BlobRef, EntryType, StoredEntry
from evidence_store.keys import KEYS, PUBLIC_NAME
from evidence_store.marker import LOGS, MARKER_NAME, REGISTER_NAME, read_marker


class NothingToAttackError(Exception):
    """The store has nothing that this attack is about; the text says what it lacks."""


class CheckpointRow(NamedTuple):
    """A row of `checkpoints`."""

    size: int
    note: bytes
    frontier: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """One attacked copy. `random` makes the same choices for the same seed; nothing outside `root` is written."""

    root: Path
    random: random.Random

    @property
    def store(self) -> str:
        return read_marker(self.root).store

    @property
    def marker(self) -> Path:
        return self.root / MARKER_NAME

    @property
    def public_key(self) -> Path:
        return self.root / KEYS / PUBLIC_NAME

    @property
    def register_file(self) -> Path:
        return self.root / REGISTER_NAME

    def log_file(self, log: str) -> Path:
        return self.root / LOGS / f"{log}.db"

    def blob_file(self, ref: BlobRef) -> Path:
        return Blobs(self.root).path(ref)

    def write(self, path: Path, content: bytes) -> None:
        """Give a file other content; what it is a hard link of keeps its own."""
        draft = path.with_name(f"{path.name}.attack")
        draft.write_bytes(content)
        draft.replace(path)

    def flip(self, path: Path) -> None:
        """Flip one bit of a file that is not empty."""
        self.write(path, self.flipped(path.read_bytes()))

    def flipped(self, content: bytes) -> bytes:
        """The content with one bit flipped, any bit."""
        changed = bytearray(content)
        changed[self.random.randrange(len(changed))] ^= 1 << self.random.randrange(8)
        return bytes(changed)

    @contextmanager
    def rows(self, path: Path, *, lost: str | None = None) -> Iterator[sqlite3.Connection]:
        """A database as its owner may change it: triggers off, changes, triggers on again but for a `lost` one."""
        draft = path.with_name(f"{path.name}.attack")
        shutil.copyfile(path, draft)
        draft.replace(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            connection.execute("BEGIN")
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            yield connection
            for name, sql in triggers:
                if name != lost:
                    connection.execute(sql)
            connection.execute("COMMIT")

    def raws(self, path: Path) -> list[bytes]:
        """The bytes of each entry of a database, in order."""
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return [bytes(row[0]) for row in connection.execute("SELECT raw FROM entries ORDER BY idx")]

    def checkpoints(self, path: Path) -> list[CheckpointRow]:
        """The checkpoint rows of a database, in order."""
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            found = connection.execute("SELECT size, note, frontier FROM checkpoints ORDER BY size")
            return [CheckpointRow(*row) for row in found]

    def catalog(self) -> Catalog:
        """The logs that the register knows."""
        return build_catalog(parse_entry(raw) for raw in self.raws(self.register_file))

    def logs(self, kind: str | None = None, *, at_least: int = 1) -> list[LogRecord]:
        """Logs of a kind (any) with a database of at least so many entries, those with most registered first."""
        found = [
            record
            for record in self.catalog().logs.values()
            if kind in {None, record.kind} and record.heads and record.heads[-1].size >= at_least
        ]
        there = [record for record in found if self.log_file(record.log).is_file()]
        return sorted(there, key=lambda record: -record.heads[-1].size)

    def log(self, kind: str | None = None, *, at_least: int = 1) -> LogRecord:
        """The longest such log. Raises NothingToAttackError."""
        found = self.logs(kind, at_least=at_least)
        if not found:
            raise NothingToAttackError(f"no {kind or 'log'} log with {at_least} entries")
        return found[0]

    def entries(self, path: Path, kind: EntryType | None = None) -> list[StoredEntry]:
        """The entries of a database, of one type or all."""
        return [entry for entry in map(parse_entry, self.raws(path)) if kind in {None, entry.type}]

    def blobs(self) -> dict[str, list[BlobRef]]:
        """The blobs that entries name and that are there, by role; of the register's anchors, by `token <role>`."""
        found: dict[str, dict[str, BlobRef]] = {}
        for path in (self.register_file, *(self.log_file(record.log) for record in self.logs())):
            for entry in self.entries(path):
                for ref in entry.blobs:
                    name = f"token {ref.role}" if entry.type == EntryType.ANCHOR_TOKEN else ref.role
                    if ref.size and self.blob_file(ref).is_file():
                        found.setdefault(name, {})[ref.blake3] = ref
        return {role: list(refs.values()) for role, refs in sorted(found.items())}

    def every_blob(self) -> list[BlobRef]:
        """The blobs of all roles. Raises NothingToAttackError."""
        found = [ref for refs in self.blobs().values() for ref in refs]
        if not found:
            raise NothingToAttackError("no blob")
        return found

    def pick(self, refs: Sequence[BlobRef]) -> BlobRef:
        """One of them."""
        return refs[self.random.randrange(len(refs))]


def link_tree(base: Path, root: Path) -> None:
    """Make `root` of hard links to the files of `base`, on the same file system. Raises OSError."""
    for folder, _, names in os.walk(base):
        here = root / Path(folder).relative_to(base)
        here.mkdir()
        for name in names:
            (here / name).hardlink_to(Path(folder) / name)
