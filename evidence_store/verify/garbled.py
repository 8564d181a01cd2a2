"""What a damaged database makes Python's sqlite3 say when the damage is in a name that its own message quotes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from evidence_store.errors import Corrupt


@contextmanager
def garbled_is_corrupt() -> Iterator[None]:
    """Turn UnicodeDecodeError, which sqlite3 raises in place of its own error, into Corrupt."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise Corrupt(
            "a log is a sound database",
            expected="names in UTF-8",
            got=f"{error.reason} in {error.object[:80]!r}",
            next_step="livewitness verify STORE",
        ) from error
