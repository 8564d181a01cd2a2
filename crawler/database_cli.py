"""`livewitness database`: a PostgreSQL made ready for stores, and a store in it copied into an ordinary folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Stores whose logs lie in PostgreSQL.")

JsonOption = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def init(
    url: Annotated[str, typer.Argument(metavar="URL", help="postgresql://OWNER@HOST/DATABASE; password in ~/.pgpass.")],
    *,
    writer: Annotated[str, typer.Option("--writer", help="The role that writes stores: may only read and add.")],
    reader: Annotated[str | None, typer.Option("--reader", help="A role that may only read.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make tables and triggers in a database, as its owner, and say who may write. May be repeated."""
    from evidence_store.databases.preparing import prepare_database

    done = prepare_database(url, writer=writer, reader=reader)
    if as_json:
        facts = {"database": done.database, "schema": done.version, "writer": done.writer, "reader": done.reader}
        sys.stdout.write(f"{json.dumps(facts)}\n")
        return
    sys.stdout.write(
        f"ready: {done.database}, schema {done.version}; {done.writer} may read and add"
        f"{f', {done.reader} may read' if done.reader else ''}\n"
        f"next: export LIVEWITNESS_DATABASE=postgresql://{done.writer}@HOST/DATABASE, then livewitness watch URL\n"
    )


@app.command()
def copy(
    store: Annotated[Path, typer.Argument(help="The store's folder; its database is $LIVEWITNESS_DATABASE.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="A new or empty folder.")],
    link: Annotated[
        bool, typer.Option("--link", help="Hard links in place of copies of blobs, where possible.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy a store into a folder with SQLite files that verifies without a server. The private key stays behind."""
    from evidence_store.databases.copying import copy_store

    done = copy_store(store, out, link=link)
    if as_json:
        facts = {"store": done.store, "logs": done.logs, "entries": done.entries, "blobs": done.blobs}
        sys.stdout.write(f"{json.dumps({**facts, 'bytes': done.bytes, 'out': str(out)})}\n")
        return
    sys.stdout.write(
        f"copied: store {done.store}, {done.logs} logs, {done.entries} entries, {done.blobs} blobs to {out}\n"
        f"next: livewitness verify {out}\n"
    )
