"""What a holder of keys does wrong with them, and the one check that shows it (5, 8, 20)."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from evidence_store.appender import Appender, Prepared
from evidence_store.canonical_json import canonical
from evidence_store.checkpoint import SigningKey, key_statement, parse_note
from evidence_store.databases.opening import databases_of
from evidence_store.durable import FileSystem
from evidence_store.entries import JSON, EntryType
from evidence_store.key_history import rotation_body
from evidence_store.keys import load_private, load_store_key
from evidence_store.options import system_now
from evidence_store.register import Register
from evidence_store.store import Store
from evidence_store.verify import Status, verify
from tests.harness.key_files import KEY_FILES, rotate, store_id
from tests.harness.small_store import Small, copy_of, failing, small_store


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_store(tmp_path_factory.mktemp("keys") / "store")


@pytest.fixture
def small(original: Small, tmp_path: Path) -> Small:
    return copy_of(original, tmp_path / "store")


def open_register(root: Path, key: SigningKey | None = None) -> Register:
    store = store_id(root)
    database = databases_of(root).register("rw")
    return Register(root, database, key or load_store_key(root, store), FileSystem(), system_now, os.urandom)


def old_key_signs_a_checkpoint(small: Small) -> None:
    old = load_store_key(small.root, store_id(small.root))
    rotate(small.root)
    with closing(sqlite3.connect(small.register_db)) as attacker:
        triggers = attacker.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            attacker.execute(f"DROP TRIGGER {name}")
        size, note = attacker.execute("SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1").fetchone()
        changed = old.sign_note(parse_note(note).text)
        attacker.execute("UPDATE checkpoints SET note = ? WHERE size = ?", (changed, size))
        for _, sql in triggers:
            attacker.execute(sql)
        attacker.commit()


def own_log(small: Small, signer: SigningKey) -> None:
    """A log whose key statement this key signed."""
    store, log = store_id(small.root), os.urandom(16).hex()
    key = SigningKey(f"livewitness/log/{log}", signer.private)
    vkey = str(key.verifier)
    signature = base64.b64encode(signer.private.sign(key_statement(store, log, "capture", vkey))).decode()
    book = open_register(small.root)
    book.append(EntryType.LOG_OPENED, {"log": log, "kind": "capture", "vkey": vkey, "signature": signature})
    databases = databases_of(small.root)
    databases.create_log(log)
    appender = Appender(databases.log(log, "rw"), key, 0)
    appender.append([Prepared("session.open", 1, 1, canonical({}), ())], checkpoint=True)
    closing_body = {"counts": {"session.open": 1}, "last": appender.head, "reason": "r"}
    appender.append([Prepared("session.close", 1, 1, canonical(closing_body), ())], checkpoint=True)
    head = {"log": log, "size": appender.size, "root": appender.root, "head": appender.head}
    book.append(EntryType.LOG_CLOSED, head)
    appender.close()
    book.close()


def old_key_signs_a_statement(small: Small) -> None:
    old = load_store_key(small.root, store_id(small.root))
    rotate(small.root)
    own_log(small, old)


def change_with(small: Small, change: Callable[[dict[str, JSON]], Mapping[str, JSON]]) -> None:
    """A change of keys whose body says something else than it should; its files are as they should be."""
    store = store_id(small.root)
    with Store.create(small.root.parent / "another") as other:
        private = load_private(other.root, other.id).private
    successor = SigningKey(f"livewitness/register/{store}", private)
    book = open_register(small.root)

    def body(key: SigningKey, index: int) -> bytes:
        return canonical(dict(change(rotation_body(store, index, key, successor))))

    book._append(EntryType.KEY_ROTATED, body, [], successor)
    book.close()
    for name in KEY_FILES:
        shutil.copy(small.root.parent / "another" / "keys" / name, small.root / "keys" / name)


def change_that_the_old_key_did_not_sign(small: Small) -> None:
    change_with(small, lambda body: {**body, "signature_from": body["signature_to"]})


def change_that_the_new_key_did_not_sign(small: Small) -> None:
    change_with(small, lambda body: {**body, "signature_to": body["signature_from"]})


def change_to_a_key_that_is_not_the_one_that_is_there(small: Small) -> None:
    rotate(small.root)
    Store.create(small.root.parent / "other").close()
    for name in KEY_FILES:
        shutil.copy(small.root.parent / "other" / "keys" / name, small.root / "keys" / name)


def revoked_too_early(small: Small) -> None:
    rotate(small.root)
    with Store.open(small.root) as store:
        keys = store.keys()
        keys.revoke(str(keys.history().spans[0].key), "a copy was found elsewhere", good_to=2)


def key_in_force_revoked(small: Small) -> None:
    store = store_id(small.root)
    book = open_register(small.root)
    vkey = str(load_store_key(small.root, store).verifier)
    book.append(EntryType.KEY_REVOKED, {"vkey": vkey, "reason": "r", "good_to": 0})
    book.close()


ATTACKS: list[tuple[Callable[[Small], None], set[int]]] = [
    (old_key_signs_a_checkpoint, {5}),
    (old_key_signs_a_statement, {8}),
    (change_that_the_old_key_did_not_sign, {20}),
    (change_that_the_new_key_did_not_sign, {20}),
    (change_to_a_key_that_is_not_the_one_that_is_there, {20}),
    (revoked_too_early, {20}),
    (key_in_force_revoked, {20}),
]


@pytest.mark.parametrize(("change", "expected"), ATTACKS, ids=[change.__name__ for change, _ in ATTACKS])
def test_a_broken_rule_of_keys_fails_the_one_check_that_is_there_for_it(
    small: Small, change: Callable[[Small], None], expected: set[int]
) -> None:
    change(small)
    report = verify(small.root)
    assert failing(report) == expected, "\n".join(report.lines())
    for result in report.results:
        if result.status is Status.FAIL:
            assert all((result.expected, result.got, result.where))


def test_what_a_revoked_key_signed_too_late_is_named_checkpoints_and_statements(small: Small) -> None:
    revoked_too_early(small)
    findings = verify(small.root).results[19].findings
    with Store.open_read_only(small.root) as store, store.register_reader() as reader:
        last = next(entry.index for entry in reader.entries() if entry.type == EntryType.KEY_ROTATED)
        late = [entry.index for entry in reader.entries(2) if entry.type == EntryType.LOG_OPENED and entry.index < last]
    assert findings[0].got.startswith(f"{last - 2}, of sizes 3 to {last}, by livewitness/register/")
    assert "a copy was found elsewhere" in findings[0].expected
    assert [finding.where.split(" (")[0] for finding in findings[1:]] == [f"register entry {index}" for index in late]
