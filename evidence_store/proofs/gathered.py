"""What one proof folder is made of (FORMAT.md section 12)."""

from __future__ import annotations

from dataclasses import dataclass

from evidence_store.checkpoint import VerifierKey, log_origin
from evidence_store.entries import StoredEntry
from evidence_store.errors import StoreError
from evidence_store.proofs.tlog_proof import TlogProof


class NotProvable(StoreError):
    """The store does not hold (yet) what the proof would rest on."""


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry and its inclusion in a checkpoint."""

    entry: StoredEntry
    proof: TlogProof


@dataclass(frozen=True, slots=True)
class KnownToken:
    """The token that the log knew when the first entry was written: "not before" (FORMAT.md section 10.3).

    `said_by` is the `session.open` or `heartbeat` that names it, `token` its `anchor.token` entry in the register.
    """

    said_by: StoredEntry
    token: StoredEntry


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that goes into one proof folder.

    `entries` are of one log, without a hole, none when only the log itself is shown. `tokens` are `anchor.token`
    entries of the register over the checkpoint that `head` and `opened` lie under, which `register_key`, the store's
    present key, signed. `rotated` are the changes of the store's key since the log was opened, under that checkpoint
    too, oldest first. `not_before` is said about the first entry, and not shown by the folder; nor is `passed_over`,
    an `anchor.token` over an earlier checkpoint that a former key of the store signed (None: there is none).
    """

    store: str
    entries: tuple[Proven, ...]
    head: Proven
    opened: Proven
    log_key: VerifierKey
    register_key: VerifierKey
    tokens: tuple[StoredEntry, ...]
    rotated: tuple[Proven, ...]
    not_before: KnownToken | None = None
    passed_over: StoredEntry | None = None

    @property
    def log(self) -> str:
        return self.log_key.name.removeprefix(log_origin(""))
