"""What somebody does who holds the store's key and breaks the format's own rules, and the checks that show it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence_store.appender import Appender, Prepared
from evidence_store.canonical_json import canonical
from evidence_store.checkpoint import key_statement
from evidence_store.databases.opening import databases_of
from evidence_store.durable import FileSystem
from evidence_store.entries import BlobRef, EntryType
from evidence_store.keys import load_store_key, new_log_key
from evidence_store.options import system_now
from evidence_store.register import Register
from evidence_store.store import Store
from evidence_store.verify import verify
from evidence_store.verify.report import Status
from tests.harness.small_store import Small, copy_of, failing, small_store

FILES = FileSystem()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_store(tmp_path_factory.mktemp("verify") / "store")


@pytest.fixture
def small(original: Small, tmp_path: Path, either_database: str) -> Small:
    if either_database == "postgresql":  # rows are not copied with a folder
        return small_store(tmp_path / "store")
    return copy_of(original, tmp_path / "store")


def register(small: Small) -> Register:
    store = verify(small.root).store
    assert store is not None
    database = databases_of(small.root).register("rw")
    return Register(small.root, database, load_store_key(small.root, store), FILES, system_now, os.urandom)


def own_log(
    small: Small,
    drafts: list[Prepared],
    *,
    kind: str = "capture",
    counts: dict[str, int] | None = None,
    sign: bool = True,
    after: list[Prepared] | None = None,
) -> str:
    """A log with its own key and the store's signature, written past the store's rules; closed with these counts."""
    log = os.urandom(16).hex()
    key = new_log_key(log, os.urandom)
    book = register(small)
    store = json.loads((small.root / "store.json").read_bytes())["store"]
    statement = key_statement(store, log, kind if sign else "other", str(key.verifier))
    signature = load_store_key(small.root, store).private.sign(statement)
    body = {"log": log, "kind": kind, "vkey": str(key.verifier), "signature": base64.b64encode(signature).decode()}
    book.append(EntryType.LOG_OPENED, body)
    databases = databases_of(small.root)
    databases.create_log(log)
    appender = Appender(databases.log(log, "rw"), key, 0)
    appender.append(drafts, checkpoint=True)
    if counts is not None:
        close = prepared("session.close", {"counts": counts, "last": appender.head, "reason": "r"})
        appender.append([close, *(after or [])], checkpoint=True)
    head = {"log": log, "size": appender.size, "root": appender.root, "head": appender.head}
    book.append(EntryType.LOG_CLOSED, head)
    appender.close()
    book.close()
    return log


def prepared(kind: str, body: dict[str, object] | None = None, blobs: tuple[BlobRef, ...] = ()) -> Prepared:
    return Prepared(kind, 1, 1, canonical(body or {}), blobs)


def head_of_a_log_that_was_never_opened(small: Small) -> None:
    book = register(small)
    book.append(EntryType.LOG_HEAD, {"log": "0" * 32, "size": 1, "root": "0" * 64, "head": "0" * 64})
    book.close()


def head_after_the_end(small: Small) -> None:
    book = register(small)
    book.append(EntryType.LOG_HEAD, {"log": small.capture, "size": 5, "root": "0" * 64, "head": "0" * 64})
    book.close()


def log_opened_twice(small: Small) -> None:
    with Store.open_read_only(small.root) as store, store.register_reader() as reader:
        first = reader.entry(0)
    book = register(small)
    book.append(EntryType.LOG_OPENED, first.body)
    book.close()


def log_key_not_signed_by_the_store(small: Small) -> None:
    own_log(small, [prepared("session.open")], counts={"session.open": 1}, sign=False)


def closed_with_false_counts(small: Small) -> None:
    own_log(small, [prepared("session.open"), prepared("gap")], counts={"session.open": 1, "gap": 9})


def opened_twice(small: Small) -> None:
    own_log(small, [prepared("session.open")] * 2, counts={"session.open": 2})


def grown_after_its_close(small: Small) -> None:
    own_log(small, [prepared("session.open")], counts={"session.open": 1}, after=[prepared("gap")])


def registered_as_closed_but_not_closed(small: Small) -> None:
    own_log(small, [prepared("session.open"), prepared("gap")])


def other_parts_root(small: Small) -> None:
    with Store.open_read_only(small.root) as store, store.reader(small.capture) as reader:
        frames = next(blob for blob in reader.entry(1).blobs if blob.role == "frames")
    false = BlobRef("frames", "x", frames.size, frames.blake3, frames.sha256, 2, "0" * 64)
    own_log(small, [prepared("session.open"), prepared("chat", blobs=(false,))], counts={"session.open": 1, "chat": 1})


def parts_that_are_none(small: Small) -> None:
    with Store.open_read_only(small.root) as store, store.reader(small.capture) as reader:
        picture = next(blob for blob in reader.entry(1).blobs if blob.role == "picture")
    false = BlobRef("frames", "x", picture.size, picture.blake3, picture.sha256, 1, "0" * 64)
    own_log(small, [prepared("session.open"), prepared("chat", blobs=(false,))], counts={"session.open": 1, "chat": 1})


def read(small: Small, readings: object, reads: str | None = None) -> None:
    """A closed reading log whose one batch says this."""
    own_log(
        small,
        [prepared("session.open", {"reads": reads or small.capture}), prepared("readings", {"readings": readings})],
        kind="reading",
        counts={"session.open": 1, "readings": 1},
    )


def reading_of_an_entry_that_is_not_there(small: Small) -> None:
    read(small, [{"entry": 1}, {"entry": 5}])


def reading_of_no_number(small: Small) -> None:
    read(small, [{"entry": "1"}])


def reading_of_another_entry_id(small: Small) -> None:
    read(small, [{"entry": 1, "entry_id": "0" * 64}])


def reading_of_a_log_that_is_not_there(small: Small) -> None:
    read(small, [{"entry": 1}], reads="0" * 32)


def reading_of_a_reading_log(small: Small) -> None:
    read(small, [{"entry": 1}], reads=small.reading)


ATTACKS: list[tuple[Callable[[Small], None], set[int]]] = [
    (head_of_a_log_that_was_never_opened, {6}),
    (head_after_the_end, {6}),
    (log_opened_twice, {6}),
    (log_key_not_signed_by_the_store, {8}),
    (closed_with_false_counts, {14}),
    (opened_twice, {14}),
    (grown_after_its_close, {14}),
    (registered_as_closed_but_not_closed, {14}),
    (other_parts_root, {17}),
    (parts_that_are_none, {17}),
    (reading_of_an_entry_that_is_not_there, {19}),
    (reading_of_no_number, {19}),
    (reading_of_another_entry_id, {19}),
    (reading_of_a_log_that_is_not_there, {19}),
    (reading_of_a_reading_log, {19}),
]


@pytest.mark.parametrize(("change", "expected"), ATTACKS, ids=[change.__name__ for change, _ in ATTACKS])
def test_an_attack_fails_the_checks_that_are_there_for_it(
    small: Small, change: Callable[[Small], None], expected: set[int]
) -> None:
    change(small)
    report = verify(small.root)
    assert failing(report) == expected, "\n".join(report.lines())
    assert report.exit_code == 1
    for result in report.results:
        if result.status is Status.FAIL:
            assert all((result.expected, result.got, result.where))


def test_every_check_that_needs_keys_has_an_attack_of_its_own() -> None:
    alone = [expected for _, expected in ATTACKS if len(expected) == 1]
    assert set().union(*alone) == {6, 8, 14, 17, 19}


def test_files_that_nothing_names_are_listed_and_do_no_harm(small: Small) -> None:
    (small.root / "blobs" / "tmp" / f"{small.capture}-7").write_bytes(b"half a pic")
    orphan = small.root / "blobs" / "aa" / ("a" * 64)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"orphan")
    report = verify(small.root)
    beside = report.results[17]
    assert report.ok
    assert beside.status is Status.NOTE
    assert {Path(finding.where).name for finding in beside.findings} == {"a" * 64, f"{small.capture}-7"}
    assert {finding.got for finding in beside.findings} == {"6 bytes, not adopted", "10 bytes, not adopted"}
