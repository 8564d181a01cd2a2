"""The register: many writers, one chain; and what its entries may say."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from evidence_store.canonical_json import canonical
from evidence_store.catalog import Catalog, Ending
from evidence_store.checkpoint import Checkpoint, parse_note
from evidence_store.codec import NO_ENTRY, encode_entry, parse_entry
from evidence_store.databases.opening import databases_of
from evidence_store.durable import FileSystem
from evidence_store.entries import EntryType, StoredEntry
from evidence_store.errors import Corrupt, InvalidDraft, Malformed
from evidence_store.keys import load_store_key, load_verifier
from evidence_store.options import system_now
from evidence_store.register import Register
from evidence_store.store import Store

LOG = "ab" * 16

pytestmark = pytest.mark.usefixtures("either_database")
# What these do is done to files; tests/unit/test_postgresql_store.py does the like to rows.
ON_FILES = pytest.mark.parametrize("either_database", ["sqlite"], indirect=True)


def open_register(root: Path, store: str) -> Register:
    database = databases_of(root).register("rw")
    return Register(root, database, load_store_key(root, store), FileSystem(), system_now, bytes)


def entry(kind: EntryType, body: dict[str, Any], index: int = 0) -> StoredEntry:
    return parse_entry(
        encode_entry(
            log="0" * 32,
            index=index,
            prev=NO_ENTRY,
            kind=kind,
            wall_ns=7,
            mono_ns=7,
            body=canonical(body),
            blobs=(),
        )
    )


OPENED = {"log": LOG, "kind": "capture", "vkey": "v", "signature": "s"}
HEAD = {"log": LOG, "size": 3, "root": "0" * 64, "head": "1" * 64}


def test_several_writers_make_one_chain_with_a_signed_checkpoint_for_each_entry(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        registers = [open_register(store.root, store.id) for _ in range(3)]

        def append(register: Register) -> None:
            for number in range(15):
                register.append(EntryType.CUSTODY, {"n": number})

        threads = [threading.Thread(target=append, args=(register,)) for register in registers * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for register in registers:
            register.close()
        verifier = load_verifier(store.root, store.id)
        with store.register_reader() as reader:
            entries, rows = list(reader.entries()), list(reader.checkpoints())
    assert [one.index for one in entries] == list(range(90))
    assert [one.prev for one in entries] == [NO_ENTRY, *(one.id for one in entries[:-1])]
    assert [row.size for row in rows] == list(range(1, 91))
    for row in rows:
        note = parse_note(row.note)
        assert note.signed_by([verifier])
        assert Checkpoint.parse(note.text).size == row.size


@ON_FILES
def test_a_register_that_lost_a_checkpoint_is_not_continued(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        register = open_register(store.root, store.id)
        register.append(EntryType.CUSTODY, {})
        with sqlite3.connect(store.root / "register.db") as attacker:
            attacker.execute("DROP TRIGGER checkpoints_no_delete")
            attacker.execute("DELETE FROM checkpoints")
        attacker.close()
        with pytest.raises(Corrupt, match="a checkpoint for each entry"):
            register.append(EntryType.CUSTODY, {})
        register.close()


def test_a_body_that_is_no_json_adds_nothing(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        register = open_register(store.root, store.id)
        with pytest.raises(InvalidDraft):
            register.append(EntryType.CUSTODY, {"t": "\ud800"})
        register.close()
        with store.register_reader() as reader:
            assert reader.size() == 0


def test_the_catalog_follows_a_log_to_its_end() -> None:
    catalog = Catalog()
    catalog.add(entry(EntryType.LOG_OPENED, OPENED))
    catalog.add(entry(EntryType.LOG_HEAD, HEAD, 1))
    catalog.add(entry(EntryType.CUSTODY, {"anything": 1}, 2))
    catalog.add(entry(EntryType.LOG_CUT_OFF, {**HEAD, "size": 5}, 3))
    record = catalog.logs[LOG]
    assert [(head.size, head.at, head.ending) for head in record.heads] == [(3, 1, None), (5, 3, Ending.CUT_OFF)]
    assert record.ending is Ending.CUT_OFF


@pytest.mark.parametrize(
    ("kind", "body", "rule"),
    [
        (EntryType.LOG_OPENED, {**OPENED, "log": "../../x"}, "`log` is a log id"),
        (EntryType.LOG_OPENED, {**OPENED, "log": "cd" * 16, "kind": "other"}, "`kind` is known"),
        (EntryType.LOG_OPENED, {**OPENED, "log": "cd" * 16, "vkey": 1}, "`vkey` and `signature`"),
        (EntryType.LOG_OPENED, OPENED, "opened once"),
        (EntryType.LOG_HEAD, {**HEAD, "log": "cd" * 16}, "belongs to an opened log"),
        (EntryType.LOG_HEAD, {**HEAD, "log": []}, "belongs to an opened log"),
        (EntryType.LOG_HEAD, {**HEAD, "size": "3"}, "`size`, `root`, `head` are there"),
        (EntryType.LOG_HEAD, {**HEAD, "size": True}, "`size`, `root`, `head` are there"),
        (EntryType.LOG_HEAD, {**HEAD, "root": "0"}, "are digests"),
        (EntryType.LOG_CLOSED, {**HEAD, "size": 2}, "only grows"),
    ],
)
def test_register_entries_that_break_the_format_are_refused_by_rule(
    kind: EntryType, body: dict[str, Any], rule: str
) -> None:
    catalog = Catalog()
    catalog.add(entry(EntryType.LOG_OPENED, OPENED))
    catalog.add(entry(EntryType.LOG_HEAD, HEAD, 1))
    with pytest.raises(Malformed, match=rule):
        catalog.add(entry(kind, body, 2))


def test_nothing_follows_the_end_of_a_log() -> None:
    catalog = Catalog()
    catalog.add(entry(EntryType.LOG_OPENED, OPENED))
    catalog.add(entry(EntryType.LOG_CLOSED, HEAD, 1))
    with pytest.raises(Malformed, match="nothing follows the end"):
        catalog.add(entry(EntryType.LOG_HEAD, HEAD, 2))
