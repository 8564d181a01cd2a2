"""Which key of the store signed what: a fold over `key.rotated` and `key.revoked` (FORMAT.md section 11). Pure.

Shared by the store, by verify and by proofs. Entries that break a rule are named as problems, never passed over; the
history still follows them where it can, so that one broken statement does not make every later signature look false.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from evidence_store.checkpoint import SigningKey, VerifierKey, register_origin
from evidence_store.entries import JSON, EntryType, StoredEntry
from evidence_store.errors import Malformed, StoreError

CHANGES = (EntryType.KEY_ROTATED, EntryType.KEY_REVOKED)


def rotation_statement(store: str, index: int, old: str, new: str) -> bytes:
    """The bytes that both keys sign when one takes over: `index` is that of the `key.rotated` entry, keys as vkeys."""
    return f"livewitness/key-rotation/v1\n{store}\n{index}\n{old}\n{new}\n".encode()


def rotation_body(store: str, index: int, old: SigningKey, new: SigningKey) -> dict[str, JSON]:
    """The body of a `key.rotated` entry at that index, signed by both keys."""
    statement = rotation_statement(store, index, str(old.verifier), str(new.verifier))
    return {
        "from": str(old.verifier),
        "to": str(new.verifier),
        "signature_from": base64.b64encode(old.private.sign(statement)).decode("ascii"),
        "signature_to": base64.b64encode(new.private.sign(statement)).decode("ascii"),
    }


@dataclass(frozen=True, slots=True)
class Revocation:
    """What the register says of a key that is not to be trusted any more. `at` is the register's index.

    Good are its checkpoints over at most `good_to` entries, and its statements at an index below `good_to`.
    """

    at: int
    reason: str
    good_to: int


@dataclass(frozen=True, slots=True)
class KeySpan:
    """A key, and the sizes of the register whose checkpoints it signs: `first` to `last`, both included.

    `last` is None for the key that signs now. A key that was replaced before it signed anything has `last` < `first`.
    """

    key: VerifierKey
    first: int
    last: int | None = None
    revoked: Revocation | None = None

    def trusted_at(self, size: int) -> bool:
        """Whether no revocation undoes its checkpoint of this size."""
        return self.revoked is None or size <= self.revoked.good_to


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """A rule of section 11 that is broken. `at` is the register's index, None for keys/store.pub itself."""

    at: int | None
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """The store's keys over time. `changes` counts the entries that it rests on; `problems` are empty in a sound one.

    `unfinished` says that the last change waits for its files to take their names (the next writer does that).
    """

    store: str
    current: VerifierKey
    spans: tuple[KeySpan, ...]
    problems: tuple[KeyProblem, ...] = ()
    changes: int = 0
    unfinished: bool = False

    def span_at(self, size: int) -> KeySpan:
        """The key, with its span, that signs the register's checkpoint of this size."""
        return next((span for span in reversed(self.spans) if span.first <= size), self.spans[0])

    def key_at(self, size: int) -> VerifierKey:
        """The key that signs the register's checkpoint of this size."""
        return self.span_at(size).key

    def signer_of(self, index: int) -> VerifierKey:
        """The key that makes a statement in the register's entry of this index (`log.opened`)."""
        return self.key_at(index + 1)

    @property
    def ends_in_current(self) -> bool:
        """Whether the last change made the key of keys/store.pub the one that signs now."""
        return self.spans[-1].key == self.current


def build_key_history(
    store: str, current: VerifierKey, entries: Iterable[StoredEntry], *, unfinished: bool = False
) -> KeyHistory:
    """The history of a store whose keys/store.pub is `current`; `entries` in index order, other kinds passed over."""
    walk = _Walk(store)
    for entry in entries:
        if entry.type in CHANGES:
            walk.take(entry)
    spans = walk.spans or [KeySpan(current, 1)]
    if spans[-1].key != current:
        problem = KeyProblem(walk.last_rotation, f"the last key is keys/store.pub: {current}", str(spans[-1].key))
        walk.problems.append(problem)
    return KeyHistory(store, current, tuple(spans), tuple(walk.problems), walk.changes, unfinished)


@dataclass(slots=True)
class _Walk:
    store: str
    spans: list[KeySpan] = field(default_factory=list)
    problems: list[KeyProblem] = field(default_factory=list)
    changes: int = 0
    last_rotation: int | None = None

    def take(self, entry: StoredEntry) -> None:
        self.changes += 1
        try:
            if entry.type == EntryType.KEY_ROTATED:
                self._rotated(entry)
            else:
                self._revoked(entry)
        except StoreError as error:
            self._problem(entry, f"{error.rule}: {error.expected}", error.got)

    def _rotated(self, entry: StoredEntry) -> None:
        old, new = (self._key(entry.body, member) for member in ("from", "to"))
        statement = rotation_statement(self.store, entry.index, str(old), str(new))
        for member, key in (("signature_from", old), ("signature_to", new)):
            if not key.verify(_signature(entry.body, member), statement):
                self._problem(entry, f"`{member}` by {key}", "none that verifies over this entry's statement")
        if not self.spans:
            self.spans.append(KeySpan(old, 1))
        if old != self.spans[-1].key:
            self._problem(entry, f"`from` is the key that signed until here: {self.spans[-1].key}", str(old))
        if any(new == span.key for span in self.spans):
            self._problem(entry, "`to` is a key that never signed before", str(new))
        self.spans[-1] = replace(self.spans[-1], last=entry.index)
        self.spans.append(KeySpan(new, entry.index + 1))
        self.last_rotation = entry.index

    def _revoked(self, entry: StoredEntry) -> None:
        key = self._key(entry.body, "vkey")
        reason, good_to = entry.body.get("reason"), entry.body.get("good_to")
        if not isinstance(reason, str) or type(good_to) is not int or good_to < 0:
            raise _malformed("`reason` and `good_to` are there", "a text and a size", [reason, good_to])
        past = [at for at, span in enumerate(self.spans[:-1]) if span.key == key]
        if not past:
            raise _malformed("a key is revoked after another took over", "a key that signed before", str(key))
        for at in past:
            known = self.spans[at].revoked
            if known is None or good_to < known.good_to:  # found stolen even earlier
                self.spans[at] = replace(self.spans[at], revoked=Revocation(entry.index, reason, good_to))

    def _key(self, body: Mapping[str, JSON], member: str) -> VerifierKey:
        text = body.get(member)
        if not isinstance(text, str):
            raise _malformed(f"`{member}` is a verifier key", "text", text)
        key = VerifierKey.parse(text)
        if key.name != register_origin(self.store):
            raise _malformed(f"`{member}` is named for this register", register_origin(self.store), key.name)
        return key

    def _problem(self, entry: StoredEntry, expected: str, got: str) -> None:
        self.problems.append(KeyProblem(entry.index, expected, got))


def _signature(body: Mapping[str, JSON], member: str) -> bytes:
    text = body.get(member)
    try:
        return base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed(f"`{member}` is base64", "a signature", text) from error


def _malformed(rule: str, expected: object, got: object) -> Malformed:
    return Malformed(rule, expected=expected, got=repr(got)[:200], next_step="livewitness verify STORE")
