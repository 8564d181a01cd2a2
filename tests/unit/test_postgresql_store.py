"""A store on a real PostgreSQL: who may do what, what is refused when it is opened, several stores in one database."""

from __future__ import annotations

import secrets
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from evidence_store.databases.opening import databases_of
from evidence_store.databases.preparing import prepare_database
from evidence_store.entries import Attachment, Draft, EntryType
from evidence_store.errors import (
    Corrupt,
    DiskFull,
    FutureFormat,
    ReadOnlyStore,
    StorageFailed,
    StoreError,
    WrongDatabase,
)
from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.postgresql import OWNER, READER, WRITER, Server, running_server
from tests.harness.small_store import failing, small_store

TABLES = ["logs", "entries", "checkpoints", "leases"]
KEYS = {"logs": "store", "entries": "id", "checkpoints": "note", "leases": "holder"}


@pytest.fixture
def own(postgresql: Server) -> str:
    """The name of a database of this test's own, made ready: its rules may be broken."""
    name = f"own_{secrets.token_hex(4)}"
    postgresql.new_database(name)
    return name


def refused(connection: psycopg.Connection, statement: str) -> type[Exception]:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(statement.encode())
    return caught.type


@pytest.mark.parametrize("table", TABLES)
def test_the_writer_may_read_and_add_and_nothing_else(postgresql: Server, tmp_path: Path, table: str) -> None:
    small_store(tmp_path / "s", database=postgresql.url())
    name = f"livewitness.{table}"
    with closing(postgresql.connect(WRITER)) as writer:
        for statement in (
            f"UPDATE {name} SET log = log",  # noqa: S608 - names of ours
            f"UPDATE {name} SET {KEYS[table]} = {KEYS[table]}",  # noqa: S608 - names of ours
            f"DELETE FROM {name}",  # noqa: S608 - names of ours
            f"TRUNCATE {name} CASCADE",
            f"INSERT INTO {name} SELECT * FROM {name} LIMIT 1 ON CONFLICT (log) DO UPDATE SET log = 'x'",  # noqa: S608
            f"ALTER TABLE {name} DISABLE TRIGGER ALL",
            f"DROP TRIGGER {table}_no_delete ON {name}",
            f"DROP TABLE {name} CASCADE",
            f"CREATE TRIGGER mine BEFORE INSERT ON {name} FOR EACH ROW EXECUTE FUNCTION livewitness.append_only()",
            "SET session_replication_role = replica",
            "CREATE TABLE livewitness.mine (x int)",
            "DROP SCHEMA livewitness CASCADE",
        ):
            found = refused(writer, statement)
            assert found in {errors.InsufficientPrivilege, errors.InvalidColumnReference}, statement
    assert verify(tmp_path / "s", database=postgresql.url()).ok


@pytest.mark.parametrize("table", TABLES)
def test_the_owner_and_a_superuser_that_replicates_meet_the_triggers(
    postgresql: Server, tmp_path: Path, table: str
) -> None:
    small_store(tmp_path / "s", database=postgresql.url())
    name = f"livewitness.{table}"
    for role, first in ((OWNER, "SELECT 1"), ("postgres", "SET session_replication_role = replica")):
        with closing(postgresql.connect(role)) as connection:
            connection.execute(first.encode())
            for statement in (
                f"UPDATE {name} SET {KEYS[table]} = {KEYS[table]}",  # noqa: S608 - names of ours
                f"DELETE FROM {name}",  # noqa: S608 - names of ours
                f"TRUNCATE {name} CASCADE",
            ):
                with pytest.raises(errors.RestrictViolation, match="append-only"):
                    connection.execute(statement.encode())


def test_rows_out_of_order_are_refused(postgresql: Server, tmp_path: Path) -> None:
    small = small_store(tmp_path / "s", database=postgresql.url())
    with closing(postgresql.connect("postgres")) as connection:
        connection.execute(b"SET session_replication_role = replica")
        for table, values in (
            ("entries", "6, 'x', 'gap', 'x'"),
            ("checkpoints", "5, 'x', 'x'"),
            ("leases", "3, 'x', 1, 'x', 'x'"),
        ):
            statement = f"INSERT INTO livewitness.{table} VALUES ('{small.capture}', {values})"  # noqa: S608 - of ours
            with pytest.raises(errors.RestrictViolation, match="is not the next one"):
                connection.execute(statement.encode())


def test_an_entry_is_bounded_and_belongs_to_a_log_that_was_made(postgresql: Server, tmp_path: Path) -> None:
    small = small_store(tmp_path / "s", database=postgresql.url())
    with closing(postgresql.connect(WRITER)) as writer:
        statement = b"INSERT INTO livewitness.entries VALUES (%s, %s, %s, %s, %s)"
        with pytest.raises(errors.CheckViolation):
            writer.execute(statement, (small.capture, 5, "x", "gap", bytes(65_536)))
        with pytest.raises(errors.ForeignKeyViolation):
            writer.execute(statement, ("0" * 32, 0, "x", "gap", b""))


@pytest.mark.parametrize("role", ["postgres", OWNER])
def test_who_could_change_rows_is_not_let_write(postgresql: Server, tmp_path: Path, role: str) -> None:
    with pytest.raises(ReadOnlyStore, match=r"may also: .*Next: livewitness database init"):
        Store.create(tmp_path / "s", database=postgresql.url(role))
    Store.create(tmp_path / "s", database=postgresql.url()).close()
    with pytest.raises(ReadOnlyStore, match="may only read and add"):
        Store.open(tmp_path / "s", database=postgresql.url(role))


@pytest.mark.parametrize("right", ["UPDATE (note) ON livewitness.checkpoints", "DELETE ON livewitness.leases"])
def test_a_writer_with_one_right_too_many_is_not_let_write(
    postgresql: Server, own: str, tmp_path: Path, right: str
) -> None:
    Store.create(tmp_path / "s", database=postgresql.url(database=own)).close()
    postgresql.execute(f"GRANT {right} TO {WRITER}", database=own)
    with pytest.raises(ReadOnlyStore, match=rf"{right.split('.')[1]}: {right[:6]}"):
        Store.open(tmp_path / "s", database=postgresql.url(database=own))
    prepare_database(postgresql.url(OWNER, own), writer=WRITER)  # takes the right away again
    Store.open(tmp_path / "s", database=postgresql.url(database=own)).close()


BROKEN = {
    "disabled": "ALTER TABLE livewitness.entries DISABLE TRIGGER entries_no_update",
    "not always": "ALTER TABLE livewitness.entries ENABLE TRIGGER entries_no_update",
    "dropped": "DROP TRIGGER checkpoints_no_truncate ON livewitness.checkpoints",
    "with a condition": (
        "CREATE OR REPLACE TRIGGER entries_no_delete BEFORE DELETE ON livewitness.entries FOR EACH ROW "
        "WHEN (OLD.idx < 0) EXECUTE FUNCTION livewitness.append_only()"
    ),
    "emptied": (
        "CREATE OR REPLACE FUNCTION livewitness.append_only() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN RETURN NEW; END'"
    ),
    "rule": "CREATE RULE quiet AS ON INSERT TO livewitness.leases DO INSTEAD NOTHING",
}


@pytest.mark.parametrize("statement", BROKEN.values(), ids=BROKEN.keys())
def test_rules_that_are_not_in_force_are_seen_and_mended(
    postgresql: Server, own: str, tmp_path: Path, statement: str
) -> None:
    url = postgresql.url(database=own)
    small_store(tmp_path / "s", database=url)
    postgresql.execute(statement, database=own)
    report = verify(tmp_path / "s", database=postgresql.url(READER, own))
    assert failing(report) == {3}, "\n".join(report.lines())
    with pytest.raises(Corrupt, match="Next: livewitness database init"):
        Store.open(tmp_path / "s", database=url)
    if "RULE" in statement:  # what does not belong there is not taken away: a person looks at it first
        postgresql.execute("DROP RULE quiet ON livewitness.leases", database=own)
    prepare_database(postgresql.url(OWNER, own), writer=WRITER)
    Store.open(tmp_path / "s", database=url).close()


STRUCTURE = {
    "table of somebody": "CREATE TABLE livewitness.notes (x int)",
    "column": "ALTER TABLE livewitness.entries ADD COLUMN remark text",
    "key": "ALTER TABLE livewitness.leases DROP CONSTRAINT leases_pkey",
    "limit": "ALTER TABLE livewitness.entries DROP CONSTRAINT entry_limit",
    "row security": "ALTER TABLE livewitness.checkpoints ENABLE ROW LEVEL SECURITY",
}


@pytest.mark.parametrize("statement", STRUCTURE.values(), ids=STRUCTURE.keys())
def test_tables_that_differ_fail_check_3(postgresql: Server, own: str, tmp_path: Path, statement: str) -> None:
    small_store(tmp_path / "s", database=postgresql.url(database=own))
    postgresql.execute(statement, database=own)
    report = verify(tmp_path / "s", database=postgresql.url("postgres", own))
    assert failing(report) == {3}, "\n".join(report.lines())


def test_an_index_that_lost_a_row_is_found_by_the_servers_own_check(
    postgresql: Server, own: str, tmp_path: Path
) -> None:
    small = small_store(tmp_path / "s", database=postgresql.url(database=own))
    postgresql.execute("CREATE EXTENSION amcheck", database=own)
    assert verify(tmp_path / "s", database=postgresql.url("postgres", own)).ok
    # The index keeps what it was told; the table is given another row in place of one, as a failing disk might.
    postgresql.execute(
        "ALTER TABLE livewitness.leases DISABLE TRIGGER ALL",
        "UPDATE pg_index SET indisready = false, indisvalid = true WHERE indexrelid = 'livewitness.leases_pkey'"
        "::regclass",
        f"UPDATE livewitness.leases SET epoch = 9 WHERE log = '{small.capture}'",  # noqa: S608 - of ours
        "UPDATE pg_index SET indisready = true WHERE indexrelid = 'livewitness.leases_pkey'::regclass",
        "ALTER TABLE livewitness.leases ENABLE TRIGGER ALL",
        *(
            f"ALTER TABLE livewitness.leases ENABLE ALWAYS TRIGGER leases_{rule}"
            for rule in ("no_update", "no_delete", "no_truncate", "in_order")
        ),
        database=own,
    )
    report = verify(tmp_path / "s", database=postgresql.url("postgres", own))
    assert failing(report) == {3}, "\n".join(report.lines())
    assert "leases_pkey" in report.results[2].got


def test_a_role_that_may_only_read_verifies_and_reads(postgresql: Server, tmp_path: Path) -> None:
    small = small_store(tmp_path / "s", database=postgresql.url())
    url = postgresql.url(READER)
    assert verify(tmp_path / "s", database=url).ok
    with Store.open_read_only(tmp_path / "s", database=url) as store, store.reader(small.capture) as reader:
        assert reader.size() == 5
    with pytest.raises(ReadOnlyStore, match="SELECT and INSERT"):
        Store.create(tmp_path / "other", database=url)


def test_several_stores_share_a_database_and_see_only_their_own(postgresql: Server, tmp_path: Path) -> None:
    one = small_store(tmp_path / "one", database=postgresql.url())
    two = small_store(tmp_path / "two", database=postgresql.url())
    for small in (one, two):
        with Store.open(small.root, database=postgresql.url()) as store:
            assert [summary.log for summary in store.logs()] == [small.capture, small.reading]
        assert verify(small.root, database=postgresql.url()).ok
    with Store.open_read_only(one.root, database=postgresql.url()) as store, pytest.raises(StoreError):
        store.reader(two.capture)


def test_a_later_schema_is_refused(postgresql: Server, own: str, tmp_path: Path) -> None:
    url = postgresql.url(database=own)
    small_store(tmp_path / "s", database=url)
    postgresql.execute("COMMENT ON SCHEMA livewitness IS 'LiveWitness evidence store, schema 2'", database=own)
    with pytest.raises(FutureFormat, match="update livewitness"):
        Store.open(tmp_path / "s", database=url)
    with pytest.raises(FutureFormat, match="update livewitness"):
        prepare_database(postgresql.url(OWNER, own), writer=WRITER)
    assert 3 in failing(verify(tmp_path / "s", database=url))


def test_commits_that_would_not_last_are_refused(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.url(options="-c synchronous_commit=off")
    with pytest.raises(StorageFailed, match="got synchronous_commit = off"):
        Store.create(tmp_path / "s", database=url)
    with (
        running_server({"fsync": "off"}) as careless,
        pytest.raises(StorageFailed, match=r"expected fsync = on, got fsync = off"),
    ):
        Store.create(tmp_path / "t", database=careless.url())


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("53100", DiskFull),
        ("42501", ReadOnlyStore),
        ("25006", ReadOnlyStore),
        ("XX001", Corrupt),
        ("55P03", StorageFailed),
        ("57P01", StorageFailed),
        ("58030", StorageFailed),
    ],
)
def test_what_the_server_says_becomes_an_error_of_the_store(
    postgresql: Server, own: str, tmp_path: Path, state: str, kind: type[StoreError]
) -> None:
    with Store.create(tmp_path / "s", database=postgresql.url(database=own)) as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        postgresql.execute(
            "CREATE FUNCTION livewitness.saying() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$BEGIN RAISE EXCEPTION 'said' USING ERRCODE = '{state}'; END$$",
            "CREATE TRIGGER a_saying BEFORE INSERT ON livewitness.entries FOR EACH ROW "
            "EXECUTE FUNCTION livewitness.saying()",
            database=own,
        )
        error = writer.submit(Draft(EntryType.GAP, 1, 1, {})).exception()
        assert type(error) is kind
        assert f"{state} said" in str(error)
        assert f"log {writer.log} in postgresql://{WRITER}@127.0.0.1" in str(error)
        postgresql.execute("DROP TRIGGER a_saying ON livewitness.entries", database=own)
        assert writer.submit(Draft(EntryType.GAP, 1, 1, {})).result().index == 1
        writer.close("done")


def test_a_log_that_somebody_else_added_to_is_not_continued(postgresql: Server, tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", database=postgresql.url()) as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        row = f"('{writer.log}', 1, 'x', 'gap', 'x')"
        postgresql.execute(f"INSERT INTO livewitness.entries VALUES {row}", role=WRITER)  # noqa: S608 - of ours
        with pytest.raises(StorageFailed, match="not the next one"):
            writer.submit(Draft(EntryType.GAP, 1, 1, {})).result()
        with pytest.raises(Corrupt, match="ends where its writer left it"):
            writer.submit(Draft(EntryType.GAP, 1, 1, {})).result()
        with pytest.raises(StoreError):
            writer.close("done")


def test_init_says_which_roles_it_will_not_have(postgresql: Server, own: str) -> None:
    for role, words in (
        ("nobody_here", "expected a role nobody_here"),
        (OWNER, "the one that owns"),
        ("postgres", "no superuser"),
    ):
        with pytest.raises(WrongDatabase, match=words):
            prepare_database(postgresql.url(OWNER, own), writer=role)
    with pytest.raises(ReadOnlyStore, match="42501"):
        prepare_database(postgresql.url(WRITER, own), writer=READER)


def test_a_log_is_opened_for_writing_only_where_it_was_made(postgresql: Server, tmp_path: Path) -> None:
    small_store(tmp_path / "s", database=postgresql.url())
    databases = databases_of(tmp_path / "s", postgresql.url())
    with closing(databases), pytest.raises(Corrupt, match="no such log"):
        databases.log("0" * 32, "rw")


def test_blobs_stay_in_the_folder_and_rows_in_the_database(postgresql: Server, tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", database=postgresql.url()) as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        picture = Attachment("picture", "image/jpeg", b"picture" * 100)
        writer.submit(Draft(EntryType.SCREEN, 1, 1, {}, (picture,))).result()
        assert not list((tmp_path / "s").rglob("*.db*"))
        writer.close("done")
    with closing(postgresql.connect(READER)) as connection:
        query = b"SELECT count(*) FROM livewitness.entries WHERE log = %s"
        assert connection.execute(query, (writer.log,)).fetchone() == (3,)
