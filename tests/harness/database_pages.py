"""What a byte of an SQLite file is part of. Source: sqlite.org/fileformat2.html, sections 1.3 and 1.6."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_HEADER = 100  # bytes of the file's header, at the begin of page 1
_POINTERS = {2: 12, 5: 12, 10: 8, 13: 8}  # type of a b-tree page -> bytes of its header


def place_in_database(path: Path, offset: int) -> str:
    """In words: the header, the schema, leases, unused bytes, or the name of the table or index that a byte is of."""
    content = path.read_bytes()
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        size = int(connection.execute("PRAGMA page_size").fetchone()[0])
        owners = dict(connection.execute("SELECT pageno, name FROM dbstat").fetchall())
    if offset < _HEADER:
        return "header"
    number, at = offset // size + 1, offset % size
    owner = str(owners.get(number, "a page that is not used"))
    if number not in owners or _is_unused(content[(number - 1) * size : number * size], at, first=number == 1):
        return "unused bytes of a page"
    if owner == "sqlite_schema":
        return "names and rules of tables"
    return owner


def _is_unused(page: bytes, at: int, *, first: bool) -> bool:
    start = _HEADER if first else 0
    header = _POINTERS.get(page[start])
    if header is None:
        return False
    block, cells, begin = (int.from_bytes(page[start + skip : start + skip + 2], "big") for skip in (1, 3, 5))
    if start + header + 2 * cells <= at < (begin or len(page)):
        return True
    while block:  # what was deleted: two numbers, then old bytes
        following, length = (int.from_bytes(page[block + skip : block + skip + 2], "big") for skip in (0, 2))
        if block + 4 <= at < block + length:
            return True
        block = following
    return False
