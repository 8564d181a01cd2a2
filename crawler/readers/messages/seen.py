"""Gathers what a seat saw, from all logs of a session, for its table (data path 7)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

from crawler.exits import BadInputError
from crawler.readers.listing import list_changes
from crawler.readers.messages.beside import compared
from crawler.readers.messages.cross_check import compare
from crawler.readers.messages.listing import MessageListing
from crawler.readers.messages.seat import Looked, notes, seat
from crawler.readers.messages.shown_lines import shown_lines
from crawler.readers.readings import Status
from crawler.readers.series import Change
from crawler.readers.tabular import aligned, csv_line, defused, printable
from evidence_store.entries import EntryType
from evidence_store.store import Store


def seat_table(store: Store, listing: MessageListing, form: str) -> str:
    """What this seat could see: as a table, JSON or CSV."""
    changes = _changes(store, listing.capture_log)
    with store.reader(listing.capture_log) as reader:
        pictures = sum(1 for _ in reader.rows(0, {str(EntryType.SCREEN)}))
    counters = Counter(str(change.kind) for change in changes if change.status is Status.ACCEPTED)
    both = compared(changes, listing.messages)
    lines = shown_lines(store, listing.capture_log)
    crossed = compare(listing.messages, lines) if lines else None
    looked = Looked(
        pictures,
        dict(counters),
        both=len(both),
        agree=sum(each.agrees for each in both),
        lines=None if crossed is None else crossed.lines,
        explained=None if crossed is None else len(crossed.pairs) + sum(crossed.others.values()),
        shown_messages=None if crossed is None else len(crossed.pairs),
    )
    rows = seat(listing, looked)
    if form == "json":
        whole = {"capture_log": listing.capture_log, "rows": [asdict(row) for row in rows], "notes": notes(listing)}
        return json.dumps(whole, ensure_ascii=False, indent=1)
    cells = [("what", "seen", "out of"), *((row.what, row.seen, row.of) for row in rows)]
    if form == "csv":
        return "".join(csv_line([defused(cell) for cell in line]) for line in cells).rstrip()
    return "\n".join([*aligned([[printable(cell) for cell in line] for line in cells]), *notes(listing)])


def _changes(store: Store, log: str) -> list[Change]:
    """What the pictures showed; nothing when nobody has read them."""
    try:
        return list(list_changes(store, log).changes)
    except BadInputError:
        return []
