"""Whom the store asks about its register: one interface for authorities and witnesses (data path 6)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from evidence_store.anchors.authority import ask
from evidence_store.anchors.brackets import SECOND_NS
from evidence_store.anchors.cosignature import CosignerKey
from evidence_store.anchors.records import Record, cosignature_record, read_cosignature, read_token, token_record
from evidence_store.anchors.revocation import RevocationSource
from evidence_store.anchors.settings import Authority, Witness
from evidence_store.anchors.witness_client import cosign
from evidence_store.entries import EntryType, StoredEntry
from evidence_store.merkle import consistency_path, leaf_hash
from evidence_store.reader import LogReader

OpenRegister = Callable[[], LogReader]


class Word(NamedTuple):
    """What a party said: the register's size that it anchored, and until when its certificates hold (Unix ns)."""

    size: int
    expires_ns: int | None


class Party(Protocol):
    """An authority or a witness. `kind` is the type of the entries that hold its word; used by one thread."""

    name: str
    kind: EntryType

    def word_in(self, entry: StoredEntry) -> Word | None:
        """What this entry of `kind` says; None when it is another party's. Raises Malformed."""
        ...

    def time_ns(self, record: Record) -> int:
        """When it says that it gave this word: Unix nanoseconds by its clock."""
        ...

    def ask(self, size: int, note: bytes, covered: int) -> Record:
        """Its word on the register's checkpoint of this size; `covered` is the newest that it gave. Raises AnchorError.

        Takes as long as the party's time-out, and for an authority that of the addresses of its revocation lists.
        """
        ...


class AuthorityParty:
    """A time-stamp authority."""

    kind = EntryType.ANCHOR_TOKEN

    def __init__(self, authority: Authority, entropy: Callable[[int], bytes]) -> None:
        self.name = authority.name
        self._authority = authority
        self._entropy = entropy
        self._revocations = RevocationSource()

    def word_in(self, entry: StoredEntry) -> Word | None:
        if entry.body.get("authority") != self.name:
            return None
        record = read_token(entry)
        return Word(record.size, record.expires_ns)

    def time_ns(self, record: Record) -> int:
        return int(record.body["time"])

    def ask(self, size: int, note: bytes, covered: int) -> Record:  # noqa: ARG002 - a token needs no history
        answer = ask(self._authority, note, self._entropy, self._revocations)
        return token_record(self.name, size, note, answer)


class WitnessParty:
    """A witness. It is shown that each checkpoint extends the one before: that takes the register's leaf hashes."""

    kind = EntryType.ANCHOR_COSIGNATURE

    def __init__(self, witness: Witness, open_register: OpenRegister, clock: Callable[[], float] = time.time) -> None:
        self._key = CosignerKey.parse(witness.vkey)
        self.name = self._key.name
        self._witness = witness
        self._open_register = open_register
        self._clock = clock
        self._leaves: list[bytes] = []

    def word_in(self, entry: StoredEntry) -> Word | None:
        return Word(read_cosignature(entry).size, None) if entry.body.get("vkey") == str(self._key) else None

    def time_ns(self, record: Record) -> int:
        return int(record.body["time"]) * SECOND_NS

    def ask(self, size: int, note: bytes, covered: int) -> Record:
        def consistency(old: int) -> Sequence[bytes]:
            return consistency_path(old, self._leaves_to(size))

        cosignature = cosign(
            self._witness.url,
            self._key,
            note,
            old_size=covered,
            consistency=consistency,
            timeout_s=self._witness.timeout_s,
            clock=self._clock,
            register_size=self._register_size,
        )
        return cosignature_record(cosignature)

    def _leaves_to(self, size: int) -> list[bytes]:
        with self._open_register() as reader:
            for row in reader.rows(len(self._leaves)):
                self._leaves.append(leaf_hash(row.raw))
        return self._leaves[:size]

    def _register_size(self) -> int:
        with self._open_register() as reader:
            return reader.size()
