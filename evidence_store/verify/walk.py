"""Walking a log from its first byte to its last, recomputing chain and tree (FORMAT.md sections 4, 5, 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evidence_store.checkpoint import Checkpoint, Note, VerifierKey, parse_note
from evidence_store.codec import NO_ENTRY, parse_entry
from evidence_store.entries import StoredEntry
from evidence_store.errors import FutureFormat, Malformed
from evidence_store.hashing import entry_id
from evidence_store.merkle import CompactRange, leaf_hash
from evidence_store.reader import CheckpointRow, LogReader
from evidence_store.verify.report import Findings


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which checks a walk reports to: they differ for the register and for a log."""

    canonical: int
    chain: int
    signatures: int
    roots: int


REGISTER = Numbers(canonical=4, chain=4, signatures=5, roots=5)
LOG = Numbers(canonical=9, chain=10, signatures=11, roots=12)


@dataclass(slots=True)
class Walked:
    """Where a walk stands: the tree over the entries so far and the id of the last one."""

    tree: CompactRange
    head: str = NO_ENTRY


def walk(
    reader: LogReader, findings: Findings, numbers: Numbers, where: str
) -> Iterator[tuple[StoredEntry | None, Walked]]:
    """Each entry in order, None in place of one that can't be read, with the state after it.

    Chain and tree go by the stored bytes, so that one bad entry does not make all that follow look bad. Raises
    StoreError when the database can't be read.
    """
    state = Walked(CompactRange())
    for row in reader.rows():
        here = f"{where} entry {row.idx}"
        findings.count(numbers.canonical)
        if numbers.chain != numbers.canonical:
            findings.count(numbers.chain)
        entry: StoredEntry | None = None
        try:
            entry = parse_entry(row.raw)
        except (Malformed, FutureFormat) as error:
            findings.fail(numbers.canonical, expected=f"{error.rule}: {error.expected}", got=error.got, where=here)
        real_id = entry.id if entry is not None else entry_id(row.raw)
        facts: list[tuple[str, object, object]] = [
            ("index", state.tree.size, row.idx),
            ("id of the bytes", real_id, row.id),
        ]
        if entry is not None:
            facts += [
                ("log", reader.log, entry.log),
                ("index in the bytes", row.idx, entry.index),
                ("prev", state.head, entry.prev),
                ("type in the column", entry.type, row.type),
            ]
        for what, expected, got in facts:
            if expected != got:
                findings.fail(numbers.chain, expected=f"{what} {expected}", got=f"{what} {got}", where=here)
        state.tree.append(leaf_hash(row.raw))
        state.head = real_id
        yield entry, state


class CheckpointCheck:
    """Compares stored checkpoints with the tree as a walk goes by. `rows` were read before the walk began.

    `key_of` gives the key that signs a size; None for one that is not known.
    """

    def __init__(
        self,
        rows: Iterator[CheckpointRow],
        key_of: Callable[[int], VerifierKey | None],
        findings: Findings,
        numbers: Numbers,
        where: str,
    ) -> None:
        self._rows = rows
        self._key_of = key_of
        self._findings = findings
        self._numbers = numbers
        self._where = where
        self._next = next(rows, None)
        self.sizes: set[int] = set()

    def at(self, tree: CompactRange) -> bool:
        """Check the checkpoint of this size; False when there is none."""
        while self._next is not None and self._next.size < tree.size:
            self._beyond(self._next)  # a size that no tree of this walk had: 0, or a column out of order
            self._next = next(self._rows, None)
        if self._next is None or self._next.size != tree.size:
            return False
        row, self._next = self._next, next(self._rows, None)
        self.sizes.add(row.size)
        self._check(row, tree)
        return True

    def end(self) -> None:
        """Report checkpoints of sizes that the log does not have."""
        while self._next is not None:
            self._beyond(self._next)
            self._next = next(self._rows, None)

    def _check(self, row: CheckpointRow, tree: CompactRange) -> None:
        here = f"{self._where} checkpoint of size {row.size}"
        self._findings.count(self._numbers.signatures)
        if self._numbers.roots != self._numbers.signatures:
            self._findings.count(self._numbers.roots)
        key = self._key_of(row.size)
        note, head = self._read(row, key, here)
        if note is not None and key is not None and not note.signed_by([key]):
            self._findings.fail(
                self._numbers.signatures, expected=f"a signature by {key}", got="none that verifies", where=here
            )
        if head is not None and head.root != tree.root():
            self._findings.fail(
                self._numbers.roots, expected=f"root {tree.root().hex()}", got=f"root {head.root.hex()}", where=here
            )
        if row.frontier != tree.frontier():
            self._findings.fail(
                self._numbers.roots,
                expected=f"frontier {tree.frontier().hex()}",
                got=f"frontier {row.frontier.hex()[:2048]}",
                where=here,
            )

    def _read(self, row: CheckpointRow, key: VerifierKey | None, here: str) -> tuple[Note | None, Checkpoint | None]:
        try:
            note = parse_note(row.note)
            head = Checkpoint.parse(note.text)
        except Malformed as error:
            self._findings.fail(
                self._numbers.signatures, expected=f"{error.rule}: {error.expected}", got=error.got, where=here
            )
            return None, None
        if key is not None and (head.origin, head.size) != (key.name, row.size):
            self._findings.fail(
                self._numbers.signatures,
                expected=f"origin {key.name}, size {row.size}",
                got=f"origin {head.origin}, size {head.size}",
                where=here,
            )
        return note, head

    def _beyond(self, row: CheckpointRow) -> None:
        self._findings.fail(
            self._numbers.roots,
            expected=f"a log of at least {row.size} entries, checkpoints in order",
            got="the log has no such size",
            where=f"{self._where} checkpoint of size {row.size}",
        )
