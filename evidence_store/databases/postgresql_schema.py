"""The tables of all logs in one PostgreSQL database, in a schema of their own (FORMAT.md section 6).

Append-only is kept twice: the role that writes may only SELECT and INSERT, and triggers that fire for everybody, the
owner too, also under `session_replication_role = replica` (`ENABLE ALWAYS`). A superuser can still take both away: they
guard against mistakes, the chain and the anchors against intent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

SCHEMA: Final = "livewitness"
SCHEMA_VERSION: Final = 1
_MARK: Final = "LiveWitness evidence store, schema "

metadata = MetaData(schema=SCHEMA)


def _log() -> Column[str]:
    return Column("log", Text, ForeignKey(f"{SCHEMA}.logs.log"), primary_key=True)


# A row here is what a file is on SQLite: the place of a log (or of the register, whose id is the store's).
logs = Table("logs", metadata, Column("log", Text, primary_key=True), Column("store", Text, nullable=False))
entries = Table(
    "entries",
    metadata,
    _log(),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    CheckConstraint("length(raw) <= 65535", name="entry_limit"),
)
checkpoints = Table(
    "checkpoints",
    metadata,
    _log(),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)
leases = Table(
    "leases",
    metadata,
    _log(),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("holder", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("wall", Text, nullable=False),
)
TABLES: Final = (logs, entries, checkpoints, leases)

_IN_ORDER = {
    entries.name: "NEW.idx IS DISTINCT FROM coalesce((SELECT max(idx) + 1 FROM {table} WHERE log = NEW.log), 0)",
    checkpoints.name: "NEW.size <= (SELECT max(size) FROM {table} WHERE log = NEW.log)",
    leases.name: "NEW.epoch IS DISTINCT FROM coalesce((SELECT max(epoch) + 1 FROM {table} WHERE log = NEW.log), 1)",
}
_KEYS = {entries.name: "idx", checkpoints.name: "size", leases.name: "epoch"}
# As the server names them.
TYPES: Final = {BigInteger: "bigint", Integer: "integer", LargeBinary: "bytea", Text: "text"}


def _insert(table: Table) -> str:
    columns = [column for column in table.columns if column.name != "log"]
    arrays = ", ".join(f"%({column.name})b::{TYPES[type(column.type)]}[]" for column in columns)
    names = ", ".join(column.name for column in columns)
    return f"INSERT INTO {SCHEMA}.{table.name} (log, {names}) SELECT %(log)s, * FROM unnest({arrays})"  # noqa: S608


# For psycopg: a list for each column, in the order of the rows.
INSERTS: Final = {table.name: _insert(table) for table in (entries, checkpoints, leases)}


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the schema, in plpgsql."""

    name: str
    body: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """As `pg_get_triggerdef` gives it back, so that a condition added to it is seen."""

    table: str
    name: str
    when: str
    function: str

    @property
    def definition(self) -> str:
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.when.split()[0]} ON {SCHEMA}.{self.table} "
            f"FOR EACH {self.when.split()[1]} EXECUTE FUNCTION {SCHEMA}.{self.function}()"
        )


def functions() -> list[Function]:
    """What the triggers call."""
    refuse = "\nBEGIN\n  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND\n"
    found = [Function("append_only", refuse)]
    for table, rule in _IN_ORDER.items():
        condition = rule.format(table=f"{SCHEMA}.{table}")
        body = (
            f"\nBEGIN\n  IF {condition} THEN\n"
            f"    RAISE EXCEPTION '{table}.{_KEYS[table]} is not the next one' USING ERRCODE = 'restrict_violation';\n"
            "  END IF;\n  RETURN NEW;\nEND\n"
        )
        found.append(Function(f"{table}_in_order", body))
    return found


def triggers() -> list[Trigger]:
    """The rules that keep the tables append-only and in order."""
    found = []
    for table in TABLES:
        for action, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            name = f"{table.name}_no_{action.lower()}"
            found.append(Trigger(table.name, name, f"{action} {each}", "append_only"))
        if table.name in _IN_ORDER:
            found.append(Trigger(table.name, f"{table.name}_in_order", "INSERT ROW", f"{table.name}_in_order"))
    return found


def create_schema(connection: Connection) -> None:
    """Make what is missing of schema, tables, functions and triggers. The connection's role owns the database."""
    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{_MARK}{SCHEMA_VERSION}'")
    metadata.create_all(connection)
    for function in functions():
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {SCHEMA}.{function.name}() RETURNS trigger LANGUAGE plpgsql "
            f"AS $body${function.body}$body$".replace("%", "%%")
        )
    for trigger in triggers():
        connection.exec_driver_sql(trigger.definition.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", 1))
        connection.exec_driver_sql(f"ALTER TABLE {SCHEMA}.{trigger.table} ENABLE ALWAYS TRIGGER {trigger.name}")


def grant(connection: Connection, role: str, *, write: bool) -> None:
    """Give a role what it needs, and take from it, and from everybody, whatever else it was given on these tables."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    for each in ("PUBLIC", quoted):
        connection.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM {each}")
        connection.exec_driver_sql(f"REVOKE ALL ON SCHEMA {SCHEMA} FROM {each}")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {quoted}")
    rights = "SELECT, INSERT" if write else "SELECT"
    connection.exec_driver_sql(f"GRANT {rights} ON ALL TABLES IN SCHEMA {SCHEMA} TO {quoted}")


def version(connection: Connection) -> int | None:
    """The schema's version, None when there is none of ours."""
    query = text("SELECT obj_description(to_regnamespace(:schema), 'pg_namespace')")
    mark = connection.execute(query, {"schema": SCHEMA}).scalar_one()
    number = str(mark or "").removeprefix(_MARK)
    return int(number) if mark is not None and str(mark).startswith(_MARK) and number.isdecimal() else None
