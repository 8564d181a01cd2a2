"""What somebody does who administers the PostgreSQL server but holds no key, and the checks that show it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from evidence_store.verify import verify
from tests.harness.postgresql import Server
from tests.harness.small_store import Small, failing, small_store

TABLES = ("entries", "checkpoints", "leases", "logs")
REPLACED = "raw = convert_to(replace(convert_from(raw, 'UTF8'), {old}, {new}), 'UTF8')"


@dataclass(frozen=True)
class Attacked:
    small: Small
    connection: psycopg.Connection

    @property
    def register(self) -> str:
        query = "SELECT store FROM livewitness.logs WHERE log = %s"
        row = self.connection.execute(query, (self.small.capture,)).fetchone()
        assert row is not None
        return str(row[0])

    def change(self, statement: str, log: str, **literals: str) -> None:
        """Run a statement with `{log}` and other literals in place; superusers may switch foreign keys off."""
        composed = sql.SQL(statement).format(  # type: ignore[arg-type] - a literal of this file
            log=sql.Literal(log), **{name: sql.Literal(value) for name, value in literals.items()}
        )
        self.connection.execute(composed)


@pytest.fixture
def attacked(postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Attacked]:
    """A store in a database of its own, its triggers off; put them on again with `restore`."""
    name = f"attacked_{secrets.token_hex(4)}"
    monkeypatch.setenv("LIVEWITNESS_DATABASE", postgresql.new_database(name))
    small = small_store(tmp_path / "store")
    with postgresql.connect(database=name) as connection:
        for table in TABLES:
            connection.execute(f"ALTER TABLE livewitness.{table} DISABLE TRIGGER ALL".encode())
        yield Attacked(small, connection)


def restore(connection: psycopg.Connection) -> None:
    """Triggers on again as they were: the attacker leaves no trace in the schema."""
    for table in TABLES:
        connection.execute(f"ALTER TABLE livewitness.{table} ENABLE TRIGGER ALL".encode())
    query = (
        "SELECT relname, tgname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid "
        "WHERE NOT tgisinternal AND relnamespace = 'livewitness'::regnamespace"
    )
    for table, trigger in connection.execute(query).fetchall():
        connection.execute(f"ALTER TABLE livewitness.{table} ENABLE ALWAYS TRIGGER {trigger}".encode())


def replace(attacked: Attacked, log: str, index: int, old: str, new: str) -> None:
    statement = f"UPDATE livewitness.entries SET {REPLACED} WHERE log = {{log}} AND idx = {index}"  # noqa: S608 - ours
    attacked.change(statement, log, old=old, new=new)


def nothing(_: Attacked) -> None:
    """The attacker looks round."""


def entry_changed(attacked: Attacked) -> None:
    replace(attacked, attacked.small.capture, 2, '"n":1', '"n":7')


def entry_with_a_space(attacked: Attacked) -> None:
    replace(attacked, attacked.small.capture, 2, '"n":1', '"n": 1')


def entries_swapped(attacked: Attacked) -> None:
    for old, new in ((1, 99), (2, 1), (99, 2)):
        attacked.change(
            f"UPDATE livewitness.entries SET idx = {new} WHERE log = {{log}} AND idx = {old}",  # noqa: S608 - ours
            attacked.small.capture,
        )


def entry_dropped(attacked: Attacked) -> None:
    attacked.change("DELETE FROM livewitness.entries WHERE log = {log} AND idx = 2", attacked.small.capture)


def id_column_changed(attacked: Attacked) -> None:
    attacked.change("UPDATE livewitness.entries SET id = 'x' WHERE log = {log} AND idx = 1", attacked.small.capture)


def log_cut_short(attacked: Attacked) -> None:
    attacked.change("DELETE FROM livewitness.entries WHERE log = {log} AND idx > 2", attacked.small.capture)
    attacked.change("DELETE FROM livewitness.checkpoints WHERE log = {log} AND size > 3", attacked.small.capture)


def frontier_changed(attacked: Attacked) -> None:
    attacked.change(
        "UPDATE livewitness.checkpoints SET frontier = sha256(frontier) WHERE log = {log} AND size = 5",
        attacked.small.capture,
    )


def checkpoint_of_another_log(attacked: Attacked) -> None:
    attacked.change(
        "UPDATE livewitness.checkpoints SET note = (SELECT note FROM livewitness.checkpoints "
        "WHERE log = {other} AND size = 1) WHERE log = {log} AND size = 1",
        attacked.small.capture,
        other=attacked.small.reading,
    )


def register_entry_changed(attacked: Attacked) -> None:
    replace(attacked, attacked.register, 0, '"wall":"1', '"wall":"2')


def register_cut_short(attacked: Attacked) -> None:
    attacked.change("DELETE FROM livewitness.entries WHERE log = {log} AND idx = 5", attacked.register)


def log_taken_away(attacked: Attacked) -> None:
    for table in TABLES:
        attacked.change(f"DELETE FROM livewitness.{table} WHERE log = {{log}}", attacked.small.capture)  # noqa: S608


def log_added(attacked: Attacked) -> None:
    attacked.change("INSERT INTO livewitness.logs VALUES ({log}, {store})", "0" * 32, store=attacked.register)


def log_given_to_another_store(attacked: Attacked) -> None:
    attacked.change("UPDATE livewitness.logs SET store = {other} WHERE log = {log}", attacked.small.reading, other="x")


ATTACKS: list[tuple[Callable[[Attacked], None], set[int]]] = [
    (nothing, set()),
    (entry_changed, {10, 12, 13}),
    (entry_with_a_space, {9, 10, 12, 13, 14}),
    (entries_swapped, {10, 12, 13}),
    (entry_dropped, {10, 11, 12, 13, 14}),
    (id_column_changed, {10}),
    (log_cut_short, {11, 13, 14, 19}),
    (frontier_changed, {12}),
    (checkpoint_of_another_log, {11, 12}),
    (register_entry_changed, {4, 5}),
    (register_cut_short, {5}),
    (log_taken_away, {7, 19}),
    (log_added, {7}),
    (log_given_to_another_store, {7}),
]


@pytest.mark.parametrize(("change", "expected"), ATTACKS, ids=[change.__name__ for change, _ in ATTACKS])
def test_an_attack_by_the_administrator_fails_the_checks_that_are_there_for_it(
    attacked: Attacked, change: Callable[[Attacked], None], expected: set[int]
) -> None:
    change(attacked)
    restore(attacked.connection)
    report = verify(attacked.small.root)
    assert failing(report) == expected, "\n".join(report.lines())


def test_triggers_that_stay_off_are_seen(attacked: Attacked) -> None:
    report = verify(attacked.small.root)
    assert failing(report) == {3}
    assert "disabled" in "\n".join(report.lines())
