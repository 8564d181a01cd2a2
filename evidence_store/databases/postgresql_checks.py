"""What a PostgreSQL database is found to be when it is opened or verified: rights, rules, tables, indexes."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from evidence_store.databases.postgresql_schema import SCHEMA, TABLES, TYPES, functions, logs, triggers


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
            kind = TYPES[type(column.type)]
            facts.add(f"column {table.name}.{column.name} {kind} not null")
        keys = ", ".join(column.name for column in table.primary_key.columns)
        facts.add(f"constraint on {table.name}: PRIMARY KEY ({keys})")
        if table is not logs:
            facts.add(f"constraint on {table.name}: FOREIGN KEY (log) REFERENCES {SCHEMA}.logs(log)")
    facts.add("constraint on entries: CHECK ((length(raw) <= 65535))")
    facts.update(f"trigger, always enabled: {trigger.definition}" for trigger in triggers())
    facts.update(_flat(f"function {function.name} in plpgsql:{function.body}") for function in functions())
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
