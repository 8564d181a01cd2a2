"""`livewitness messages` and `livewitness platforms`: what sites said, and which sites are known."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from crawler.exits import BadInputError
from crawler.speech import JsonOption, StoreOption, say, store_of


def messages(
    session: Annotated[str, typer.Argument(help="The session's log, or enough of its beginning.")],
    store: StoreOption = None,
    *,
    form: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    reading_log: Annotated[str | None, typer.Option(help="Which run, by its log; else the newest whole one.")] = None,
    seat: Annotated[bool, typer.Option("--seat", help="What this seat could see, in place of the messages.")] = False,
) -> None:
    """Chat, events, counts and products that the site sent to the page, a line for each message."""
    from crawler.readers.messages import listing
    from crawler.sessions import find_session

    if form not in {"table", "json", "csv"}:
        msg = f"messages: expected --format table, json or csv, got {form!r}"
        raise BadInputError(msg)
    with find_session(store_of(store), session) as (opened, log):
        found = listing.list_messages(opened, log, reading_log)
        if seat:
            from crawler.readers.messages.seen import seat_table

            say(seat_table(opened, found, form))
            return
        render = {"table": listing.render_table, "json": listing.render_json, "csv": listing.render_csv}[form]
        say(render(found).rstrip("\n"))


def platforms(*, as_json: JsonOption = False) -> None:
    """Which sites are known: what is kept and decoded there, what is not possible and why."""
    from crawler.platforms import table

    say(json.dumps(table.platforms_json(), ensure_ascii=False, indent=2) if as_json else table.platforms_text())
