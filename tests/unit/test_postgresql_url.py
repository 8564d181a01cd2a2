"""Where a store on PostgreSQL is found: its URL, and passwords that are never shown."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest

from evidence_store.canonical_json import canonical
from evidence_store.databases.opening import check_named_database
from evidence_store.errors import (
    FutureFormat,
    ReadOnlyStore,
    StorageFailed,
    WrongDatabase,
)
from evidence_store.store import Store
from evidence_store.verify import CHECKS, Status, verify
from tests.harness.postgresql import OWNER, WRITER, Server
from tests.harness.small_store import failing, small_store


@pytest.fixture
def own(postgresql: Server) -> str:
    """The name of a database of this test's own, made ready: its rules may be broken."""
    name = f"own_{secrets.token_hex(4)}"
    postgresql.new_database(name)
    return name


def test_the_url_is_needed_and_has_to_be_the_right_one(
    postgresql: Server, own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "s"
    small_store(root, database=postgresql.url())
    for opening in (Store.open, Store.open_read_only):
        with pytest.raises(WrongDatabase, match=r"got nothing\. Next: export LIVEWITNESS_DATABASE=URL"):
            opening(root)
    report = verify(root)
    assert failing(report) == {3}
    assert {result.number for result in report.results if result.status is Status.UNCHECKED} == set(CHECKS) - {1, 2, 3}
    assert not report.ok
    assert "LIVEWITNESS_DATABASE" in report.results[2].expected
    with pytest.raises(WrongDatabase, match="no such store in"):
        Store.open(root, database=postgresql.url(database=own))
    with pytest.raises(WrongDatabase, match="made ready for stores"):
        Store.open(root, database=postgresql.url(database="postgres"))
    monkeypatch.setenv("LIVEWITNESS_DATABASE", postgresql.url())
    assert verify(root).ok
    Store.open(root).close()


def test_a_store_on_sqlite_stays_there(postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_store(tmp_path / "s")
    with pytest.raises(WrongDatabase, match="this store is on SQLite"):
        Store.open(tmp_path / "s", database=postgresql.url())
    monkeypatch.setenv("LIVEWITNESS_DATABASE", postgresql.url())
    Store.open(tmp_path / "s").close()
    assert verify(tmp_path / "s").ok


def test_a_kind_of_database_that_is_not_known_is_of_the_future(tmp_path: Path) -> None:
    small_store(tmp_path / "s")
    marker = tmp_path / "s" / "store.json"
    marker.write_bytes(canonical({**json.loads(marker.read_bytes()), "database": "stone tablets"}))
    with pytest.raises(FutureFormat, match="stone tablets"):
        Store.open(tmp_path / "s")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:sesame@h/d",
        "sesame",
        "postgresql://u:sesame@127.0.0.1",
        "postgresql://u:sesame@127.0.0.1:1/d",
        "postgresql://u@127.0.0.1:1/d?password=sesame",
        "postgresql://u:sesame@127.0.0.1:port/d",
        "postgresql://u:sesame@127.0.0.1:1/d?nonsense=sesame",
    ],
)
def test_a_password_is_never_shown(tmp_path: Path, url: str) -> None:
    with pytest.raises((WrongDatabase, StorageFailed)) as caught:
        Store.create(tmp_path / "s", database=url)
    shown: BaseException | None = caught.value
    while shown is not None:
        assert "sesame" not in f"{shown} {shown!r}"
        shown = shown.__cause__


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_password_may_come_from_libpqs_own_file(
    postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text(f"127.0.0.1:{postgresql.port}:*:{WRITER}:{postgresql.password}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    monkeypatch.setenv("LIVEWITNESS_DATABASE", f"{scheme}://{WRITER}@127.0.0.1:{postgresql.port}/evidence")
    Store.create(tmp_path / "s").close()
    assert verify(tmp_path / "s").ok
    assert postgresql.password.encode() not in (tmp_path / "s" / "store.json").read_bytes()


def test_where_a_new_store_would_lie_can_be_asked_before_there_is_one(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check_named_database() is None
    monkeypatch.setenv("LIVEWITNESS_DATABASE", postgresql.url())
    assert check_named_database() == f"postgresql://{WRITER}@127.0.0.1:{postgresql.port}/evidence"
    with pytest.raises(ReadOnlyStore, match="Next: livewitness database init"):
        check_named_database(postgresql.url(OWNER))


def test_a_wrong_password_is_said_without_saying_it(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.url().replace(postgresql.password, "sesame")
    with pytest.raises(StorageFailed, match="password authentication failed") as caught:
        Store.create(tmp_path / "s", database=url)
    assert "sesame" not in str(caught.value)
