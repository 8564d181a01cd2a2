"""A store as text files that any SQLite reads, the same for the same evidence whatever program wrote the pages.

A database `x.db` becomes `x.db.sql`; all else stays as it is. Left out: what is no evidence and differs each time
(leases, locks, the reserve), and the private key.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_LEFT_OUT = {"reserve", "keys/store.key"}
_TABLES = {"entries": "idx", "checkpoints": "size"}
_PRAGMAS = ("application_id", "user_version")


def as_files(root: Path) -> dict[str, bytes]:
    """Name -> content of each file."""
    files: dict[str, bytes] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if not path.is_file() or name in _LEFT_OUT or path.suffix == ".lock":
            continue
        if path.suffix == ".db":
            files[f"{name}.sql"] = _as_sql(path).encode()
        else:
            files[name] = path.read_bytes()
    return files


def to_store(files: dict[str, bytes], root: Path) -> None:
    """Make the store in a new folder."""
    for folder in ("keys", "logs", "blobs/tmp"):
        (root / folder).mkdir(parents=True)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".sql":
            with closing(sqlite3.connect(path.with_suffix(""))) as connection:
                connection.executescript(content.decode())
        else:
            path.write_bytes(content)


def _as_sql(path: Path) -> str:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        lines = [f"PRAGMA {name} = {connection.execute(f'PRAGMA {name}').fetchone()[0]};" for name in _PRAGMAS]
        schema = connection.execute("SELECT type, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
        made = [(kind, sql.replace("\t", "").replace(" \n", "\n").strip()) for kind, sql in schema]
        lines += [f"{sql};" for kind, sql in made if kind == "table"]
        for table, number in _TABLES.items():
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY {number}"):  # noqa: S608 - ours
                values = ", ".join(_literal(value) for value in row)
                lines.append(f"INSERT INTO {table} VALUES ({values});")  # noqa: S608 - text, for people
        lines += [f"{sql};" for kind, sql in made if kind != "table"]
    return "\n".join(lines) + "\n"


def _literal(value: object) -> str:
    if isinstance(value, bytes):
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return f"X'{value.hex()}'"
        return (
            f"X'{value.hex()}'"
            if "\0" in text or "\r" in text or len(value) <= 32
            else f"CAST({_quoted(text)} AS BLOB)"
        )
    return str(value) if isinstance(value, int) else _quoted(str(value))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
