"""A store in PostgreSQL as a folder that anyone can check without a server, and the commands for it."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from evidence_store.databases.copying import copy_store
from evidence_store.entries import Draft, EntryType
from evidence_store.errors import KeyMissing, NotAStore, StorageFailed
from evidence_store.log import WriterLimits
from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.postgresql import OWNER, READER, WRITER, Server
from tests.harness.room import livewitness
from tests.harness.small_store import small_store


def rows(store: Store, log: str) -> tuple[list[object], list[object]]:
    with store.reader(log) as reader:
        return list(reader.rows()), list(reader.checkpoints())


@pytest.mark.usefixtures("either_database")
@pytest.mark.parametrize("link", [False, True])
def test_a_copy_holds_the_same_bytes_and_verifies_without_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, link: bool
) -> None:
    small = small_store(tmp_path / "s")
    done = copy_store(small.root, tmp_path / "copy", link=link)
    assert (done.logs, done.entries) == (2, 5 + 3 + 6)
    with Store.open_read_only(small.root) as old, Store.open_read_only(tmp_path / "copy") as new:
        assert old.id == new.id
        for log in (small.capture, small.reading):
            assert rows(old, log) == rows(new, log)
        with old.register_reader() as before, new.register_reader() as after:
            assert list(before.rows()) == list(after.rows())
            assert list(before.checkpoints()) == list(after.checkpoints())
        assert [summary.state for summary in new.logs()] == ["closed", "closed"]
    monkeypatch.delenv("LIVEWITNESS_DATABASE", raising=False)
    report = verify(tmp_path / "copy")
    assert report.ok, "\n".join(report.lines())
    assert not (tmp_path / "copy" / "keys" / "store.key").exists()
    assert b"database" not in (tmp_path / "copy" / "store.json").read_bytes()
    with pytest.raises(KeyMissing):
        Store.open(tmp_path / "copy")
    linked = [path.stat().st_nlink for path in (tmp_path / "copy" / "blobs").rglob("*") if path.is_file()]
    assert set(linked) == {2 if link else 1}
    assert (done.blobs, len(linked)) == (len(linked), done.blobs)
    # Rows of a copy are as append-only as those of any store.
    with (
        closing(sqlite3.connect(tmp_path / "copy" / "register.db")) as plain,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        plain.execute("DELETE FROM entries")


@pytest.mark.usefixtures("either_database")
def test_a_store_that_is_being_written_is_copied_whole(tmp_path: Path) -> None:
    stop = threading.Event()
    with Store.create(tmp_path / "s", limits=WriterLimits(checkpoint_every_s=0.01)) as store:
        writer = store.open_log("capture", case="c", subject="r", body={})

        def produce() -> None:
            number = 0
            while not stop.is_set():
                writer.submit(Draft(EntryType.GAP, number, number, {"n": number})).result()
                number += 1

        producer = threading.Thread(target=produce)
        producer.start()
        try:
            for attempt in range(5):
                copy_store(tmp_path / "s", tmp_path / f"copy-{attempt}")
        finally:
            stop.set()
            producer.join()
        writer.close("done")
    for attempt in range(5):
        report = verify(tmp_path / f"copy-{attempt}")
        assert report.ok, "\n".join(report.lines())


def test_a_copy_does_not_go_over_anything_and_does_not_straighten_a_damaged_store(tmp_path: Path) -> None:
    small = small_store(tmp_path / "s")
    with pytest.raises(NotAStore, match="choose another --out"):
        copy_store(small.root, small.root)
    with closing(sqlite3.connect(small.capture_db, isolation_level=None)) as attacker:
        attacker.execute("DROP TRIGGER entries_no_delete")
        attacker.execute("DELETE FROM entries WHERE idx = 2")
    with pytest.raises(StorageFailed, match="not the next one"):
        copy_store(small.root, tmp_path / "copy")
    assert not (tmp_path / "copy" / "store.json").exists()


def test_the_commands_make_a_database_ready_and_copy_a_store(
    postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgresql.execute(f"CREATE DATABASE by_command OWNER {OWNER}", database="postgres")
    done = livewitness("database", "init", postgresql.url(OWNER, "by_command"), "--writer", WRITER, "--reader", READER)
    assert done.returncode == 0, done.stderr
    assert f"{WRITER} may read and add, {READER} may read" in done.stdout
    assert postgresql.password not in done.stdout + done.stderr
    small = small_store(tmp_path / "s", database=postgresql.url(database="by_command"))
    again = livewitness("database", "init", postgresql.url(OWNER, "by_command"), "--writer", WRITER, "--json")
    assert json.loads(again.stdout)["schema"] == 1
    monkeypatch.setenv("LIVEWITNESS_DATABASE", postgresql.url(READER, "by_command"))
    copied = livewitness("database", "copy", str(small.root), "--out", str(tmp_path / "copy"), "--json")
    assert json.loads(copied.stdout)["entries"] == 14, copied.stderr
    monkeypatch.delenv("LIVEWITNESS_DATABASE")
    refused = livewitness("database", "init", postgresql.url(WRITER, "by_command"), "--writer", READER)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Next: livewitness database init URL_OF_ITS_OWNER" in refused.stderr
    assert postgresql.password not in refused.stderr
    assert verify(tmp_path / "copy").ok
