"""Making a PostgreSQL database ready for stores: tables, triggers, and roles that may only read and add.

Done once, by the database's owner; stores are made in it later, by a role that could not have done this.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from evidence_store.databases import postgresql_schema as schema
from evidence_store.databases.postgresql_errors import database_error
from evidence_store.databases.url import DatabaseUrl
from evidence_store.errors import FutureFormat, WrongDatabase

OLDEST_SERVER = 140000  # CREATE OR REPLACE TRIGGER


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was made ready: the database (no password in it), its schema's version, who may write and read."""

    database: str
    version: int
    writer: str
    reader: str | None


def prepare_database(owner: str, *, writer: str, reader: str | None = None) -> Prepared:
    """Make schema, tables and triggers where they are missing, and grant: one transaction, may be repeated.

    `owner` is the URL of a role that owns the database; `writer` and `reader` are other roles that exist. Raises
    WrongDatabase, FutureFormat, ReadOnlyStore or StorageFailed; then nothing was changed.
    """
    url = DatabaseUrl.parse(owner)
    engine = create_engine(url.url, hide_parameters=True, connect_args={"connect_timeout": 10})
    try:
        with engine.begin() as connection:
            _check_server(connection, url)
            schema.create_schema(connection)
            for role, write in ((writer, True), (reader, False)):
                if role is not None:
                    _check_role(connection, role)
                    schema.grant(connection, role, write=write)
    except DBAPIError as error:
        raise database_error(error, str(url)) from error
    finally:
        engine.dispose()
    return Prepared(str(url), schema.SCHEMA_VERSION, writer, reader)


def _check_server(connection: Connection, url: DatabaseUrl) -> None:
    number = int(str(connection.exec_driver_sql("SHOW server_version_num").scalar_one()))
    if number < OLDEST_SERVER:
        raise WrongDatabase(
            "the server is new enough",
            expected=f"PostgreSQL {OLDEST_SERVER // 10000} or later",
            got=f"{number // 10000} at {url}",
            next_step="update the server",
        )
    found = schema.version(connection)
    if found is not None and found > schema.SCHEMA_VERSION:
        raise FutureFormat(
            "the database's schema is known",
            expected=schema.SCHEMA_VERSION,
            got=found,
            next_step="update livewitness",
        )


def _check_role(connection: Connection, role: str) -> None:
    query = text("SELECT rolsuper OR pg_has_role(rolname, current_user, 'MEMBER') FROM pg_roles WHERE rolname = :role")
    owns = connection.execute(query, {"role": role}).scalar_one_or_none()
    if owns is None:
        raise WrongDatabase(
            "a role exists before it is given rights",
            expected=f"a role {role}",
            got="none",
            next_step=f"createuser --pwprompt {role}",
        )
    if owns:  # it could take the triggers away again
        raise WrongDatabase(
            "the role that writes is not the one that owns",
            expected="a role of its own, no superuser, no member of the owner",
            got=role,
            next_step="createuser --pwprompt NAME, and give that as --writer",
        )
