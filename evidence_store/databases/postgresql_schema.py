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
    UniqueConstraint,
    text,
)
from sqlalchemy.exc import DBAPIError

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
    UniqueConstraint("log", "id"),
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
# As the server names them.
_TYPES: Final = {BigInteger: "bigint", Integer: "integer", LargeBinary: "bytea", Text: "text"}


def _insert(table: Table) -> str:
    columns = [column for column in table.columns if column.name != "log"]
    arrays = ", ".join(f"%({column.name})b::{_TYPES[type(column.type)]}[]" for column in columns)
    names = ", ".join(column.name for column in columns)
    return f"INSERT INTO {SCHEMA}.{table.name} (log, {names}) SELECT %(log)s, * FROM unnest({arrays})"  # noqa: S608


# For psycopg: a list for each column, in the order of the rows.
INSERTS: Final = {table.name: _insert(table) for table in (entries, checkpoints, leases)}
_KEYS = {entries.name: "idx", checkpoints.name: "size", leases.name: "epoch"}


@dataclass(frozen=True, slots=True)
class _Function:
    name: str
    body: str


@dataclass(frozen=True, slots=True)
class _Trigger:
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


def _functions() -> list[_Function]:
    refuse = "\nBEGIN\n  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND\n"
    found = [_Function("append_only", refuse)]
    for table, rule in _IN_ORDER.items():
        condition = rule.format(table=f"{SCHEMA}.{table}")
        body = (
            f"\nBEGIN\n  IF {condition} THEN\n"
            f"    RAISE EXCEPTION '{table}.{_KEYS[table]} is not the next one' USING ERRCODE = 'restrict_violation';\n"
            "  END IF;\n  RETURN NEW;\nEND\n"
        )
        found.append(_Function(f"{table}_in_order", body))
    return found


def _triggers() -> list[_Trigger]:
    found = []
    for table in TABLES:
        for action, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            name = f"{table.name}_no_{action.lower()}"
            found.append(_Trigger(table.name, name, f"{action} {each}", "append_only"))
        if table.name in _IN_ORDER:
            found.append(_Trigger(table.name, f"{table.name}_in_order", "INSERT ROW", f"{table.name}_in_order"))
    return found


def create_schema(connection: Connection) -> None:
    """Make what is missing of schema, tables, functions and triggers. The connection's role owns the database."""
    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{_MARK}{SCHEMA_VERSION}'")
    metadata.create_all(connection)
    for function in _functions():
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {SCHEMA}.{function.name}() RETURNS trigger LANGUAGE plpgsql "
            f"AS $body${function.body}$body$".replace("%", "%%")
        )
    for trigger in _triggers():
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


def excess_rights(connection: Connection) -> list[str]:
    """What the connection's role may do to the tables beside reading and adding; empty for a role that may write."""
    query = text(
        """
        SELECT c.relname AS name,
               pg_has_role(c.relowner, 'MEMBER') AS owner,
               has_any_column_privilege(c.oid, 'UPDATE') AS can_update,
               has_table_privilege(c.oid, 'DELETE') AS can_delete,
               has_table_privilege(c.oid, 'TRUNCATE') AS can_truncate,
               has_table_privilege(c.oid, 'TRIGGER') AS can_trigger
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = :schema AND c.relkind = 'r' ORDER BY c.relname
        """
    )
    superuser = connection.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).scalar_one()
    if superuser:
        return ["everything: it is a superuser"]
    found = []
    for row in connection.execute(query, {"schema": SCHEMA}).mappings():
        kinds = ("owner", "can_update", "can_delete", "can_truncate", "can_trigger")
        words = ["owner" if kind == "owner" else kind.removeprefix("can_").upper() for kind in kinds if row[kind]]
        if words:
            found.append(f"{row['name']}: {', '.join(words)}")
    return found


def schema_problems(connection: Connection) -> list[str]:
    """What differs from what `create_schema` makes, in words; empty when nothing does."""
    there = _facts_there(connection)
    wanted = _facts_wanted()
    missing = [f"{fact} is missing" for fact in sorted(wanted - there)]
    return missing + [f"{fact} does not belong here" for fact in sorted(there - wanted)]


def trigger_problems(connection: Connection) -> list[str]:
    """Rules of append-only that are missing, changed or not enabled for everybody; empty when all are in force."""
    return [problem for problem in schema_problems(connection) if problem.startswith(("trigger", "function", "rule"))]


def index_problems(connection: Connection) -> list[str]:
    """What the server's own `amcheck` finds in the indexes, where it is installed and this role may use it."""
    function = text(
        """
        SELECT p.oid::regproc::text FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_extension e ON e.oid = d.refobjid
        WHERE e.extname = 'amcheck' AND p.proname = 'bt_index_check' AND p.pronargs = 2
              AND has_function_privilege(p.oid, 'EXECUTE')
        """
    )
    name = connection.execute(function).scalar_one_or_none()
    if name is None:
        return []
    indexes = text(
        """
        SELECT x.indexrelid::regclass::text FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema ORDER BY 1
        """
    )
    found = []
    for index in connection.execute(indexes, {"schema": SCHEMA}).scalars().all():
        try:
            connection.execute(text(f"SELECT {name}(CAST(:index AS regclass), true)"), {"index": index})
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            found.append(" ".join(f"{index}: {error.orig}".split()))
    return found


def _facts_wanted() -> set[str]:
    facts = set()
    for table in TABLES:
        for column in table.columns:
            kind = _TYPES[type(column.type)]
            facts.add(f"column {table.name}.{column.name} {kind} not null")
        keys = ", ".join(column.name for column in table.primary_key.columns)
        facts.add(f"constraint on {table.name}: PRIMARY KEY ({keys})")
        if table is not logs:
            facts.add(f"constraint on {table.name}: FOREIGN KEY (log) REFERENCES {SCHEMA}.logs(log)")
    facts.add("constraint on entries: UNIQUE (log, id)")
    facts.add("constraint on entries: CHECK ((length(raw) <= 65535))")
    facts.update(f"trigger, always enabled: {trigger.definition}" for trigger in _triggers())
    facts.update(_flat(f"function {function.name} in plpgsql:{function.body}") for function in _functions())
    return facts


_THERE = """
WITH ours AS (
    SELECT c.oid, c.relname, c.relkind, c.relrowsecurity FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relkind NOT IN ('i', 't')
)
SELECT 'column ' || o.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
FROM ours o JOIN pg_attribute a ON a.attrelid = o.oid WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint on ' || o.relname || ': ' || pg_get_constraintdef(k.oid)
FROM ours o JOIN pg_constraint k ON k.conrelid = o.oid WHERE k.contype NOT IN ('n', 't')
UNION ALL
SELECT 'trigger, ' || CASE t.tgenabled WHEN 'A' THEN 'always enabled' WHEN 'D' THEN 'disabled'
                      ELSE 'not always enabled' END || ': ' || pg_get_triggerdef(t.oid)
FROM ours o JOIN pg_trigger t ON t.tgrelid = o.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT 'function ' || p.proname || ' in ' || l.lanname || ':' || p.prosrc
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname = :schema
UNION ALL
SELECT 'rule ' || r.rulename || ' on ' || o.relname FROM ours o JOIN pg_rewrite r ON r.ev_class = o.oid
UNION ALL
SELECT 'row security on ' || o.relname FROM ours o WHERE o.relrowsecurity
UNION ALL
SELECT 'relation ' || o.relname || ' of kind ' || o.relkind::text FROM ours o WHERE o.relkind <> 'r'
UNION ALL
SELECT 'invalid index ' || x.indexrelid::regclass::text FROM ours o JOIN pg_index x ON x.indrelid = o.oid
WHERE NOT x.indisvalid
"""


def _facts_there(connection: Connection) -> set[str]:
    return {_flat(str(fact)) for fact in connection.execute(text(_THERE), {"schema": SCHEMA}).scalars()}


def _flat(words: str) -> str:
    return " ".join(words.split())
