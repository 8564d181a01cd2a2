"""Where a store's PostgreSQL database is: a URL that never lies in the store and is never shown whole.

A password may stand in it, or in libpq's own places (`~/.pgpass`, PGPASSFILE), which no list of processes shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from evidence_store.errors import WrongDatabase

ENVIRONMENT: Final = "LIVEWITNESS_DATABASE"
_SCHEMES = {"postgresql", "postgres", "postgresql+psycopg"}


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A parsed URL. `str()` names user, host, port and database only."""

    url: URL = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> DatabaseUrl:
        """Read `postgresql://[user[:password]@][host][:port]/database[?parameters of libpq]`. Raises WrongDatabase."""
        try:
            url = make_url(text)
            known = url.drivername in _SCHEMES and bool(url.database)
        except (ArgumentError, ValueError):
            known = False
        if not known:  # what was given may hold a password, so it is not repeated
            raise WrongDatabase(
                "a store's database is named by a URL of PostgreSQL",
                expected="postgresql://user@host:port/database",
                got="another text (not shown: it may hold a password)",
                next_step=f"set {ENVIRONMENT}, or leave it empty for SQLite",
            )
        return cls(url.set(drivername="postgresql+psycopg"))

    def __str__(self) -> str:
        user = f"{self.url.username}@" if self.url.username else ""
        port = f":{self.url.port}" if self.url.port else ""
        return f"postgresql://{user}{self.url.host or ''}{port}/{self.url.database}"
