"""Which databases a store has."""

from __future__ import annotations

from pathlib import Path

from evidence_store.databases.seam import Databases
from evidence_store.databases.sqlite import SqliteDatabases
from evidence_store.marker import read_marker


def databases_of(root: Path) -> Databases:
    """The databases of an existing store. Raises as `read_marker` does."""
    return SqliteDatabases(root, read_marker(root))
