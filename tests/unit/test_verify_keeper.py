"""What somebody does who holds the store's key and breaks the format's own rules, and the checks that show it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evidence_store.entries import BlobRef, EntryType
from evidence_store.store import Store
from evidence_store.verify import verify
from evidence_store.verify.report import Status
from tests.harness.keeper import Told, keepers_register, own_log, prepared
from tests.harness.small_store import Small, copy_of, failing, small_store


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_store(tmp_path_factory.mktemp("verify") / "store")


@pytest.fixture
def small(original: Small, tmp_path: Path, either_database: str) -> Small:
    if either_database == "postgresql":  # rows are not copied with a folder
        return small_store(tmp_path / "store")
    return copy_of(original, tmp_path / "store")


def head_of_a_log_that_was_never_opened(small: Small) -> None:
    with keepers_register(small.root) as book:
        book.append(EntryType.LOG_HEAD, {"log": "0" * 32, "size": 1, "root": "0" * 64, "head": "0" * 64})


def head_after_the_end(small: Small) -> None:
    with keepers_register(small.root) as book:
        book.append(EntryType.LOG_HEAD, {"log": small.capture, "size": 5, "root": "0" * 64, "head": "0" * 64})


def log_opened_twice(small: Small) -> None:
    with Store.open_read_only(small.root) as store, store.register_reader() as reader:
        first = reader.entry(0)
    with keepers_register(small.root) as book:
        book.append(EntryType.LOG_OPENED, first.body)


def log_key_not_signed_by_the_store(small: Small) -> None:
    own_log(small.root, [prepared("session.open")], Told(counts={"session.open": 1}, signed=False))


def closed_with_false_counts(small: Small) -> None:
    told = Told(counts={"session.open": 1, "gap": 9})
    own_log(small.root, [prepared("session.open"), prepared("gap")], told)


def opened_twice(small: Small) -> None:
    own_log(small.root, [prepared("session.open")] * 2, Told(counts={"session.open": 2}))


def grown_after_its_close(small: Small) -> None:
    told = Told(counts={"session.open": 1}, after=[prepared("gap")])
    own_log(small.root, [prepared("session.open")], told)


def registered_as_closed_but_not_closed(small: Small) -> None:
    own_log(small.root, [prepared("session.open"), prepared("gap")], Told())


def other_parts_root(small: Small) -> None:
    with Store.open_read_only(small.root) as store, store.reader(small.capture) as reader:
        frames = next(blob for blob in reader.entry(1).blobs if blob.role == "frames")
    false = BlobRef("frames", "x", frames.size, frames.blake3, frames.sha256, 2, "0" * 64)
    told = Told(counts={"session.open": 1, "chat": 1})
    own_log(small.root, [prepared("session.open"), prepared("chat", blobs=(false,))], told)


def parts_that_are_none(small: Small) -> None:
    with Store.open_read_only(small.root) as store, store.reader(small.capture) as reader:
        picture = next(blob for blob in reader.entry(1).blobs if blob.role == "picture")
    false = BlobRef("frames", "x", picture.size, picture.blake3, picture.sha256, 1, "0" * 64)
    told = Told(counts={"session.open": 1, "chat": 1})
    own_log(small.root, [prepared("session.open"), prepared("chat", blobs=(false,))], told)


def read(small: Small, readings: object, reads: str | None = None) -> None:
    """A closed reading log whose one batch says this."""
    opened = prepared("session.open", {"reads": reads or small.capture})
    told = Told(kind="reading", counts={"session.open": 1, "readings": 1})
    own_log(small.root, [opened, prepared("readings", {"readings": readings})], told)


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
