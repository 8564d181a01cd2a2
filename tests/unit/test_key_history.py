"""Which key of the store signed what, from nothing but the entries that say so."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.canonical_json import canonical
from evidence_store.checkpoint import SigningKey, register_origin
from evidence_store.codec import NO_ENTRY, encode_entry, parse_entry
from evidence_store.entries import EntryType, StoredEntry
from evidence_store.key_history import KeyHistory, build_key_history, rotation_body, rotation_statement

STORE = "ab" * 16


def key(seed: int, store: str = STORE) -> SigningKey:
    return SigningKey(register_origin(store), Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


ONE, TWO, THREE, STRANGER = key(1), key(2), key(3), key(9)


def entry(kind: EntryType, index: int, body: dict[str, Any]) -> StoredEntry:
    raw = encode_entry(
        log=STORE, index=index, prev=NO_ENTRY, kind=kind, wall_ns=1, mono_ns=1, body=canonical(body), blobs=()
    )
    return parse_entry(raw)


def rotated(index: int, old: SigningKey, new: SigningKey, **other: object) -> StoredEntry:
    return entry(EntryType.KEY_ROTATED, index, {**rotation_body(STORE, index, old, new), **other})


def revoked(index: int, vkey: object, good_to: object, reason: object = "found on a lost disk") -> StoredEntry:
    return entry(EntryType.KEY_REVOKED, index, {"vkey": vkey, "reason": reason, "good_to": good_to})


def history(current: SigningKey, *entries: StoredEntry) -> KeyHistory:
    return build_key_history(STORE, current.verifier, entries)


def test_a_store_whose_key_never_changed_has_one_key_for_everything() -> None:
    only = history(ONE, entry(EntryType.CUSTODY, 0, {}))
    assert [only.key_at(size) for size in (0, 1, 10**9)] == [ONE.verifier] * 3
    assert (only.problems, only.changes, only.ends_in_current) == ((), 0, True)


def test_the_checkpoint_over_a_change_is_the_first_one_of_the_next_key() -> None:
    keys = history(THREE, rotated(4, ONE, TWO), rotated(9, TWO, THREE))
    assert keys.problems == ()
    assert [keys.key_at(size) for size in (1, 4)] == [ONE.verifier] * 2
    assert [keys.key_at(size) for size in (5, 9)] == [TWO.verifier] * 2
    assert [keys.key_at(size) for size in (10, 99)] == [THREE.verifier] * 2
    # A statement is made in the transaction of its entry: at index 3 before the change, at index 5 after it.
    assert [keys.signer_of(index) for index in (3, 5, 8, 10)] == [
        ONE.verifier,
        TWO.verifier,
        TWO.verifier,
        THREE.verifier,
    ]
    assert [(span.first, span.last) for span in keys.spans] == [(1, 4), (5, 9), (10, None)]


def test_a_key_that_was_replaced_before_it_signed_anything_signs_nothing() -> None:
    keys = history(TWO, rotated(0, ONE, TWO))
    assert keys.problems == ()
    assert keys.key_at(1) == TWO.verifier
    assert (keys.spans[0].first, keys.spans[0].last) == (1, 0)


def test_the_statement_is_the_one_of_the_format() -> None:
    assert rotation_statement("S", 7, "a", "b") == b"livewitness/key-rotation/v1\nS\n7\na\nb\n"
    body = rotation_body(STORE, 7, ONE, TWO)
    statement = rotation_statement(STORE, 7, body["from"], body["to"])
    assert ONE.verifier.verify(base64.b64decode(body["signature_from"]), statement)
    assert TWO.verifier.verify(base64.b64decode(body["signature_to"]), statement)


def test_a_revocation_says_up_to_where_a_past_key_is_good_and_the_earliest_counts() -> None:
    vkey = str(ONE.verifier)
    keys = history(TWO, rotated(4, ONE, TWO), revoked(6, vkey, 4), revoked(8, vkey, 2), revoked(9, vkey, 3))
    assert keys.problems == ()
    first, second = keys.spans
    assert first.revoked is not None
    assert (first.revoked.at, first.revoked.good_to) == (8, 2)
    assert [first.trusted_at(size) for size in (1, 2, 3)] == [True, True, False]
    assert second.revoked is None


FALSE = base64.b64encode(bytes(64)).decode()
BROKEN: list[tuple[str, list[StoredEntry], SigningKey, int | None, str]] = [
    ("the old key did not sign", [rotated(4, ONE, TWO, signature_from=FALSE)], TWO, 4, "`signature_from`"),
    ("the new key did not sign", [rotated(4, ONE, TWO, signature_to=FALSE)], TWO, 4, "`signature_to`"),
    (
        "a statement from another place",
        [entry(EntryType.KEY_ROTATED, 5, rotation_body(STORE, 4, ONE, TWO))],
        TWO,
        5,
        "`signature_from`",
    ),
    ("a key out of nowhere", [rotated(4, ONE, TWO), rotated(6, STRANGER, THREE)], THREE, 6, "`from` is the key"),
    ("a key that signed before", [rotated(4, ONE, TWO), rotated(6, TWO, ONE)], ONE, 6, "never signed before"),
    ("another key in keys/store.pub", [rotated(4, ONE, TWO)], STRANGER, 4, "the last key is keys/store.pub"),
    ("no verifier key", [rotated(4, ONE, TWO, to="nothing")], ONE, 4, "verifier key"),
    ("a number for a key", [rotated(4, ONE, TWO, to=7)], ONE, 4, "`to` is a verifier key"),
    (
        "a key of another store",
        [entry(EntryType.KEY_ROTATED, 4, rotation_body(STORE, 4, ONE, key(2, "cd" * 16)))],
        ONE,
        4,
        "named for this register",
    ),
    ("no base64", [rotated(4, ONE, TWO, signature_to="é")], ONE, 4, "`signature_to` is base64"),
    ("the key in force revoked", [revoked(2, str(ONE.verifier), 1)], ONE, 2, "after another took over"),
    ("an unknown key revoked", [rotated(4, ONE, TWO), revoked(6, str(THREE.verifier), 1)], TWO, 6, "signed before"),
    ("a size that is none", [rotated(4, ONE, TWO), revoked(6, str(ONE.verifier), "1")], TWO, 6, "`good_to`"),
    ("a size below zero", [rotated(4, ONE, TWO), revoked(6, str(ONE.verifier), -1)], TWO, 6, "`good_to`"),
    ("no reason", [rotated(4, ONE, TWO), revoked(6, str(ONE.verifier), 1, None)], TWO, 6, "`reason`"),
]


@pytest.mark.parametrize(("entries", "current", "at", "rule"), [row[1:] for row in BROKEN], ids=[r[0] for r in BROKEN])
def test_each_broken_rule_is_a_problem_that_says_where_and_what(
    entries: list[StoredEntry], current: SigningKey, at: int | None, rule: str
) -> None:
    problems = history(current, *entries).problems
    assert problems[0].at == at
    assert rule in problems[0].expected
    assert problems[0].got


def test_a_broken_statement_is_still_followed_so_that_later_signatures_are_judged_by_their_own_key() -> None:
    keys = history(TWO, rotated(4, ONE, TWO, signature_from=FALSE))
    assert len(keys.problems) == 1
    assert (keys.key_at(4), keys.key_at(5)) == (ONE.verifier, TWO.verifier)
