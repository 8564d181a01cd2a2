"""What somebody who has only the files adds behind the last checkpoint of a log whose writer died."""

from __future__ import annotations

import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from evidence_store.canonical_json import canonical
from evidence_store.codec import encode_entry, parse_entry
from evidence_store.entries import Draft, EntryType
from evidence_store.hashing import entry_id
from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.small_store import failing

SECOND = 10**9
STATE = {"state": "live"}


@pytest.fixture
def killed(tmp_path: Path) -> tuple[Path, str]:
    """A store as its writer's death leaves it: a copy made while the log was open."""
    with Store.create(tmp_path / "live") as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        for _ in range(5):
            writer.submit(Draft(EntryType.ROOM_STATE, time.time_ns(), time.monotonic_ns(), STATE)).result()
        shutil.copytree(store.root, tmp_path / "killed")
        writer.close("done")
    return tmp_path / "killed", writer.log


def add(root: Path, log: str, kind: EntryType, after_s: int, body: dict[str, object]) -> None:
    """One more entry with the right chain, by somebody who has no key."""
    database = sqlite3.connect(root / "logs" / f"{log}.db")
    try:
        index, prev, raw = database.execute("SELECT idx, id, raw FROM entries ORDER BY idx DESC LIMIT 1").fetchone()
        last = parse_entry(raw)
        forged = encode_entry(
            log=log,
            index=index + 1,
            prev=prev,
            kind=str(kind),
            wall_ns=last.wall_ns + after_s * SECOND,
            mono_ns=last.mono_ns + after_s * SECOND,
            body=canonical(body),
            blobs=(),
        )
        values = (index + 1, entry_id(forged), str(kind), forged)
        database.execute("INSERT INTO entries (idx, id, type, raw) VALUES (?, ?, ?, ?)", values)
        database.commit()
    finally:
        database.close()


def test_a_log_that_was_cut_off_says_how_much_nobody_signed_for(killed: tuple[Path, str]) -> None:
    root, _ = killed
    report = verify(root)
    assert report.ok
    assert any("5 entries" in each.got and "nobody signed for them" in each.got for each in report.results[13].findings)
    with Store.open(root) as store:
        assert [found.problem for found in store.recovered] == [None]


def test_hours_behind_the_last_checkpoint_fail_and_are_not_registered(killed: tuple[Path, str]) -> None:
    root, log = killed
    for _ in range(12):
        add(root, log, EntryType.ROOM_STATE, 600, STATE)
    assert failing(verify(root)) == {14}
    with Store.open(root) as store:
        (found,) = store.recovered
        assert "a checkpoint every minute" in str(found.problem)
    assert failing(verify(root)) == {14}


def test_a_log_is_not_closed_by_somebody_without_its_key(killed: tuple[Path, str]) -> None:
    root, log = killed
    counts = {"room.state": 5, "session.open": 1}
    with Store.open_read_only(root) as store, store.reader(log) as reader:
        last = reader.last()
    assert last is not None
    add(root, log, EntryType.SESSION_CLOSE, 1, {"counts": counts, "last": last.id, "reason": "the time is over"})
    assert failing(verify(root)) == {14}
    with Store.open(root) as store:
        (found,) = store.recovered
        assert "closes under a checkpoint" in str(found.problem)
    assert failing(verify(root)) == {14}
