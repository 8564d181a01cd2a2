"""The whole way with a store in PostgreSQL: watched, read, listed, verified, copied out by command."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from tests.harness.grading import entries, gaps
from tests.harness.postgresql import READER, Server
from tests.harness.room import livewitness, simulated_room, watch

pytestmark = pytest.mark.browser


def test_a_room_is_watched_into_postgresql(postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "store"
    monkeypatch.setenv("LIVEWITNESS_DATABASE", postgresql.url())
    with simulated_room() as room:
        watched = watch(room.url, store, "--for", "12s")
    assert watched.code == 0, watched.err
    assert postgresql.password not in watched.out + watched.err
    assert not list(store.rglob("*.db*"))
    assert len(entries(store, watched.log, "screen")) >= 10
    assert gaps(store, watched.log) == []
    (row,) = json.loads(livewitness("sessions", "--store", str(store), "--json").stdout)
    assert (row["state"], row["reason"]) == ("closed", "time over")
    shown = livewitness("readings", "last", "--store", str(store), "--format", "json")
    assert {change["kind"] for change in json.loads(shown.stdout)["changes"]} >= {"stock", "percent"}

    monkeypatch.setenv("LIVEWITNESS_DATABASE", postgresql.url(READER))
    verified = livewitness("verify", str(store))
    assert verified.returncode == 0, verified.stdout
    assert livewitness("database", "copy", str(store), "--out", str(tmp_path / "copy")).returncode == 0

    monkeypatch.delenv("LIVEWITNESS_DATABASE")
    refused = livewitness("verify", str(store))
    assert refused.returncode == 1
    assert "LIVEWITNESS_DATABASE" in refused.stdout
    assert livewitness("sessions", "--store", str(store)).returncode == 2
    assert livewitness("verify", str(tmp_path / "copy")).returncode == 0
    with closing(postgresql.connect(READER)) as connection:
        query = b"SELECT count(*) FROM livewitness.entries WHERE log = %s"
        found = connection.execute(query, (watched.log,)).fetchone()
    assert found is not None
    assert found[0] > 20
