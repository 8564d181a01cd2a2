"""Check 5 against the outside: register checkpoints that the verifier kept, or got from somebody else.

Whoever holds the store's key can rebuild it whole, or bring an older copy of it back: then all that lies in the store
agrees with itself. One checkpoint from elsewhere (a note kept from a visit, a witness's, the `note.txt` of a proof
folder) shows it, as the register must have that very root at that size (FORMAT.md section 1).
"""

from __future__ import annotations

from collections.abc import Iterable

from evidence_store.checkpoint import Checkpoint, parse_note, register_origin
from evidence_store.merkle import EMPTY_ROOT, CompactRange
from evidence_store.verify.report import Findings


def read_known(note: bytes) -> Checkpoint:
    """The checkpoint in a signed note from elsewhere. Its signatures are not looked at: that it is true is given.

    Raises Malformed.
    """
    return Checkpoint.parse(parse_note(note).text)


class KnownCheckpoints:
    """Compares checkpoints from elsewhere with the register's tree as a walk goes by."""

    def __init__(self, known: Iterable[Checkpoint], store: str, findings: Findings) -> None:
        self._findings = findings
        self._ahead: dict[int, list[Checkpoint]] = {}
        for checkpoint in known:
            findings.count(5)
            if checkpoint.origin != register_origin(store):
                self._fail(checkpoint, f"origin {register_origin(store)}", f"origin {checkpoint.origin}")
            elif checkpoint.size == 0:
                self._compare(checkpoint, EMPTY_ROOT)
            else:
                self._ahead.setdefault(checkpoint.size, []).append(checkpoint)

    def at(self, tree: CompactRange) -> None:
        """Compare what is known of this size."""
        for checkpoint in self._ahead.pop(tree.size, ()):
            self._compare(checkpoint, tree.root())

    def end(self, size: int) -> None:
        """Say of what is left that the register has no such size."""
        for checkpoint in (each for some in self._ahead.values() for each in some):
            self._fail(
                checkpoint, f"at least {checkpoint.size} entries", f"{size} entries: cut short, or an older copy"
            )

    def _compare(self, checkpoint: Checkpoint, root: bytes) -> None:
        if checkpoint.root != root:
            self._fail(checkpoint, f"root {checkpoint.root.hex()}", f"root {root.hex()}: another history")

    def _fail(self, checkpoint: Checkpoint, expected: str, got: str) -> None:
        where = f"register checkpoint of size {checkpoint.size}"
        self._findings.fail(5, expected=f"{expected}, as known from elsewhere", got=got, where=where)
