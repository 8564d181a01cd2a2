"""The writer of a log: order, bounds, what fails alone and what fails together, checkpoints, leases."""

from __future__ import annotations

import asyncio
import errno
import itertools
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from evidence_store import tables
from evidence_store.appender import Appender
from evidence_store.checkpoint import Checkpoint, parse_note
from evidence_store.databases.opening import databases_of
from evidence_store.durable import FileSystem
from evidence_store.entries import Attachment, Draft, EntryType, Part, Receipt
from evidence_store.errors import (
    Corrupt,
    Fenced,
    InvalidDraft,
    LogClosed,
    LogHeld,
    QueueFull,
    StorageFailed,
    StoreError,
)
from evidence_store.keys import new_log_key
from evidence_store.lease import Lease
from evidence_store.log import LogWriter, WriterLimits
from evidence_store.store import Store
from evidence_store.verify import verify

pytestmark = pytest.mark.usefixtures("either_database")
# What these do is done to files; tests/unit/test_postgresql_store.py does the like to rows.
ON_FILES = pytest.mark.parametrize("either_database", ["sqlite"], indirect=True)


def draft(number: int, size: int = 10) -> Draft:
    picture = Attachment("picture", "image/jpeg", b"%08d" % number + bytes(size))
    return Draft(EntryType.SCREEN, number, number, {"n": number}, (picture,))


def new_log(store: Store) -> LogWriter:
    return store.open_log("capture", case="c", subject="r", body={})


def types_registered(store: Store) -> list[str]:
    with store.register_reader() as reader:
        return [entry.type for entry in reader.entries()]


class Faulty(FileSystem):
    """The real file system, until `fault` says otherwise for an operation and a path."""

    def __init__(self, *, after: bool = False) -> None:
        """Fail before doing it, or after it was done."""
        self._after = after
        self.fault: Callable[[str, Path], None] = lambda _operation, _path: None

    def write_new(self, path: Path, content: bytes, *, mode: int = 0o644) -> None:
        self._around("write", path, lambda: super(Faulty, self).write_new(path, content, mode=mode))

    def rename(self, source: Path, target: Path) -> None:
        self._around("rename", target, lambda: super(Faulty, self).rename(source, target))

    def sync_folder(self, path: Path) -> None:
        self._around("sync", path, lambda: super(Faulty, self).sync_folder(path))

    def _around(self, operation: str, path: Path, action: Callable[[], None]) -> None:
        if not self._after:
            self.fault(operation, path)
        action()
        if self._after:
            self.fault(operation, path)


def test_order_of_calls_is_order_of_indexes_with_many_threads(tmp_path: Path) -> None:
    receipts: dict[int, list[int]] = {}
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)

        def produce(producer: int) -> None:
            futures = [writer.submit(draft(1000 * producer + n)) for n in range(60)]
            receipts[producer] = [future.result().index for future in futures]

        threads = [threading.Thread(target=produce, args=(producer,)) for producer in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        writer.close("done")
        with store.reader(writer.log) as reader:
            numbers = {entry.index: entry.body["n"] for entry in reader.entries(types={"screen"})}
    assert sorted(itertools.chain(*receipts.values())) == list(range(1, 361))
    for producer, indexes in receipts.items():
        assert indexes == sorted(indexes)
        assert [numbers[index] for index in indexes] == [1000 * producer + n for n in range(60)]
    assert verify(tmp_path / "s").ok


def test_a_receipt_means_that_blob_and_entry_are_there(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        receipt = writer.submit(draft(1)).result()
        with store.reader(writer.log) as reader:
            entry = reader.entry(receipt.index)
        assert entry.id == receipt.id
        assert store.blobs.read(entry.blobs[0]) == b"00000001" + bytes(10)
        writer.close("done")


def test_what_does_not_fit_the_queue_is_refused_and_the_rest_is_kept(tmp_path: Path) -> None:
    files, go = Faulty(), threading.Event()
    with Store.create(tmp_path / "s", files=files, limits=WriterLimits(queue_bytes=40_000)) as store:
        writer = new_log(store)

        def slow(operation: str, _path: Path) -> None:
            if operation == "write":
                go.wait()

        files.fault = slow
        futures: list[Future[Receipt]] = []
        with pytest.raises(QueueFull, match="at most 40000 bytes"):
            futures.extend(writer.submit(draft(number, 10_000)) for number in range(100))
        assert 2 <= len(futures) <= 3
        assert writer.waiting_bytes > 20_000
        go.set()
        assert [future.result().index for future in futures] == list(range(1, len(futures) + 1))
        assert writer.submit(draft(200, 10_000)).result().index == len(futures) + 1
        writer.close("done")
    assert verify(tmp_path / "s").ok


def test_close_writes_what_waits_and_is_the_last_word(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        futures = [writer.submit(draft(number)) for number in range(50)]
        receipt = writer.close("the time given is over", {"shots": 50})
        assert all(future.done() for future in futures)
        assert receipt.index == 51
        assert writer.close("again") == receipt
        with pytest.raises(LogClosed, match="never grows"):
            writer.submit(draft(99))
        assert types_registered(store) == ["log.opened", "log.head", "log.closed"]


@pytest.mark.parametrize("body", [{"reason": "x"}, {"counts": {}}, {"last": ""}, {"t": "\ud800"}])
def test_a_close_body_that_can_not_be_leaves_the_log_open(tmp_path: Path, body: dict[str, object]) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        with pytest.raises(InvalidDraft):
            writer.close("r", body)
        assert writer.submit(draft(1)).result().index == 1
        writer.close("r")


def test_a_draft_that_can_not_be_an_entry_fails_alone(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        good = [writer.submit(draft(1))]
        bad = [
            writer.submit(Draft(EntryType.GAP, 1, 1, {"t": "\ud800"})),
            writer.submit(Draft(EntryType.GAP, 1, 1, {"long": "x" * 70_000})),
            writer.submit(Draft(EntryType.SESSION_CLOSE, 1, 1, {})),
            writer.submit(Draft(EntryType.LOG_CLOSED, 1, 1, {})),
        ]
        good.append(writer.submit(draft(2)))
        assert [future.result().index for future in good] == [1, 2]
        for future in bad:
            with pytest.raises(InvalidDraft):
                future.result()
        writer.close("done")
    assert verify(tmp_path / "s").ok


def test_a_body_changed_after_submit_is_kept_as_it_was(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        body = {"n": 1}
        future = writer.submit(Draft(EntryType.GAP, 1, 1, body))
        body["n"] = 2
        with store.reader(writer.log) as reader:
            assert reader.entry(future.result().index).body == {"n": 1}
        writer.close("done")


async def test_a_cancelled_wait_loses_nothing(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        futures = [writer.submit(draft(number)) for number in range(20)]
        waiting = [asyncio.ensure_future(asyncio.wrap_future(future)) for future in futures]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert (await asyncio.to_thread(writer.close, "done")).index == 21
        assert [future.result().index for future in futures] == list(range(1, 21))


@pytest.mark.parametrize("done", [False, True], ids=["not done", "done all the same"])
@pytest.mark.parametrize("operation", ["write", "rename"])
def test_a_blob_that_fails_takes_only_its_own_draft_with_it(tmp_path: Path, operation: str, *, done: bool) -> None:
    files = Faulty(after=done)
    with Store.create(tmp_path / "s", files=files) as store:
        writer = new_log(store)
        calls = itertools.count()

        def third(name: str, path: Path) -> None:
            if name == operation and next(calls) == 2:
                raise OSError(errno.EIO, "Input/output error", str(path))

        files.fault = third
        futures = [writer.submit(draft(number)) for number in range(6)]
        with pytest.raises(StorageFailed, match="EIO"):
            futures[2].result()
        assert [future.result().index for number, future in enumerate(futures) if number != 2] == [1, 2, 3, 4, 5]
        writer.close("done")
    report = verify(tmp_path / "s")
    assert report.ok
    # An error does not say whether it was done; what was done all the same is listed, never taken for evidence.
    assert len(report.results[17].findings) == (1 if done else 0)


def test_a_folder_that_can_not_be_synced_fails_the_drafts_with_blobs_in_it(tmp_path: Path) -> None:
    files = Faulty()
    with Store.create(tmp_path / "s", files=files) as store:
        writer = new_log(store)
        first = writer.submit(draft(1)).result()
        with store.reader(writer.log) as reader:
            folder = store.blobs.path(reader.entry(first.index).blobs[0]).parent

        def broken(name: str, path: Path) -> None:
            if name == "sync" and path == folder:
                raise OSError(errno.EIO, "Input/output error", str(path))

        files.fault = broken
        with pytest.raises(StorageFailed, match="a blob's folder"):
            writer.submit(draft(1)).result()
        assert writer.submit(Draft(EntryType.GAP, 1, 1, {})).result().index == 2
        writer.close("done")
    assert verify(tmp_path / "s").ok


def test_an_identical_blob_is_kept_and_a_broken_one_is_replaced(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        index = writer.submit(draft(1)).result().index
        with store.reader(writer.log) as reader:
            path = store.blobs.path(reader.entry(index).blobs[0])
        inode = path.stat().st_ino
        writer.submit(draft(1)).result()
        assert path.stat().st_ino == inode
        path.write_bytes(b"cut short")
        writer.submit(draft(1)).result()
        assert path.read_bytes() == b"00000001" + bytes(10)
        writer.close("done")
    assert verify(tmp_path / "s").ok


def test_equal_parts_are_salted_apart(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        chat = Draft(EntryType.CHAT, 1, 1, {}, (Attachment("frames", "x", (Part(b"same"),)),))
        one, two = writer.submit(chat).result(), writer.submit(chat).result()
        with store.reader(writer.log) as reader:
            assert reader.entry(one.index).blobs[0].parts_root != reader.entry(two.index).blobs[0].parts_root
        writer.close("done")


def test_a_checkpoint_is_made_and_registered_when_a_minute_has_gone_by(tmp_path: Path) -> None:
    clock = [1_000_000_000_000]
    with Store.create(tmp_path / "s", now=lambda: (clock[0], clock[0])) as store:
        writer = new_log(store)
        writer.submit(draft(1)).result()
        clock[0] += 61 * 10**9
        writer.submit(draft(2)).result()
        writer.submit(draft(3)).result()  # by now the checkpoint after the second draft is there
        with store.reader(writer.log) as reader:
            rows = list(reader.checkpoints())
        assert [row.size for row in rows] == [1, 3]
        assert Checkpoint.parse(parse_note(rows[1].note).text).size == 3
        while len(types_registered(store)) < 3:  # the register has a thread of its own
            time.sleep(0.01)
        assert types_registered(store) == ["log.opened", "log.head", "log.head"]
        assert writer.trouble is None
        writer.close("done")
    assert verify(tmp_path / "s").ok


def test_the_last_entries_before_a_silence_get_their_checkpoint(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", limits=WriterLimits(checkpoint_every_s=0.1)) as store:
        writer = new_log(store)
        writer.submit(draft(1)).result()
        with store.reader(writer.log) as reader:
            while (last := reader.last_checkpoint()) is None or last.size < 2:
                time.sleep(0.01)
        while types_registered(store).count("log.head") < 2:
            time.sleep(0.01)
        writer.close("done")


def test_a_second_writer_of_a_log_is_refused(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        with pytest.raises(LogHeld, match="held by another writer"):
            Lease.acquire(store.root / "logs" / f"{writer.log}.lock")
        with Store.open(tmp_path / "s") as other:
            assert other.recovered == []  # a living writer's log is not cut off
        writer.close("done")


def test_a_writer_that_was_taken_over_is_fenced(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        writer.submit(draft(1)).result()
        later = Appender(databases_of(store.root).log(writer.log, "rw"), new_log_key(writer.log, bytes), 0)
        with pytest.raises(Fenced, match="epoch 2"):
            writer.submit(draft(2)).result()
        with pytest.raises(Fenced):
            writer.close("done")
        with store.reader(writer.log) as reader:
            assert reader.size() == 2
        later.close()


@ON_FILES
def test_a_log_that_somebody_else_added_to_is_not_continued(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        with sqlite3.connect(store.root / "logs" / f"{writer.log}.db") as other:
            other.execute("INSERT INTO entries VALUES (1, 'x', 'gap', x'00')")
        with pytest.raises(StorageFailed, match="not the next one"):
            writer.submit(draft(1)).result()
        with pytest.raises(Corrupt, match="ends where its writer left it"):
            writer.submit(draft(2)).result()
        with pytest.raises(StoreError):
            writer.close("done")
        other.close()


@ON_FILES
@pytest.mark.parametrize("table", ["entries", "checkpoints", "leases"])
def test_rows_can_not_be_changed_or_taken_away(tmp_path: Path, table: str) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = new_log(store)
        path = store.root / "logs" / f"{writer.log}.db"
        writer.close("done")
    key = {"entries": "idx", "checkpoints": "size", "leases": "epoch"}[table]
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA recursive_triggers = ON")
    for statement in (f"UPDATE {table} SET {key} = 77", f"DELETE FROM {table}"):  # noqa: S608 - names of ours
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            plain.execute(statement)
    with pytest.raises(sqlite3.IntegrityError):
        plain.execute(f"REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")  # noqa: S608 - names of ours
    plain.close()
    engine = tables.open_database(path, "rw")
    for change in (update(tables.metadata.tables[table]).values({key: 77}), delete(tables.metadata.tables[table])):
        with pytest.raises(DatabaseError, match=r"not authorized|prohibited"), engine.begin() as connection:
            connection.execute(change)
    for command in (f"DROP TABLE {table}", f"DROP TRIGGER {table}_no_delete", "PRAGMA recursive_triggers = OFF"):
        with pytest.raises(DatabaseError, match=r"not authorized|prohibited"), engine.begin() as connection:
            connection.exec_driver_sql(command)
    engine.dispose()
