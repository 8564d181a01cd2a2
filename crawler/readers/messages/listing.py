"""What frames and answers said, as lists (data path 7). Names and texts come from the parts of the messages alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crawler.exits import BadInputError
from crawler.platforms.messages import Figure, Message, Product
from crawler.readers.filing import MESSAGES
from crawler.readers.messages.records import TEXTS, ReadMessage, messages_of
from crawler.readers.tabular import aligned, csv_line, defused, moment, printable
from evidence_store.entries import JSON, EntryType
from evidence_store.store import LogSummary, Store

COMPLETE = "complete"
MOST_SHOWN = 60  # characters of a text in the table


@dataclass(frozen=True, slots=True)
class MessageListing:
    """The messages of a session, in the order in which they were received, and where they were read."""

    capture_log: str
    reading_log: str
    platform: str
    ended: str  # why the reading log was closed, or its state while it is not
    closing: Mapping[str, JSON]  # what the run counted at its end; empty while it runs
    messages: Sequence[ReadMessage]


def message_runs(store: Store, log: str) -> list[LogSummary]:
    """The reading logs of a session's frames and answers, oldest first."""
    found = []
    for summary in store.logs():
        if summary.kind == "reading" and summary.reads == log:
            with store.reader(summary.log) as reader:
                if reader.entry(0).body.get("source") == MESSAGES:
                    found.append(summary)
    return found


def list_messages(store: Store, log: str, reading_log: str | None = None) -> MessageListing:
    """The messages of a capture log: those of the newest complete run, else of the newest; or of `reading_log`.

    Raises:
        BadInputError: nobody has read this session's frames, or `reading_log` is no such run.
    """
    runs = [each for each in message_runs(store, log) if reading_log in (None, each.log)]
    if not runs:
        wanted = f" with id {reading_log}" if reading_log else ""
        raise BadInputError(
            f"messages: expected a reading log of the frames of session {log}{wanted}, found none in {store.root}; "
            f"run `livewitness reread {log[:8]} --messages`"
        )
    chosen = ([each for each in runs if each.closed_reason == COMPLETE] or runs)[-1]
    with store.reader(chosen.log) as reader:
        opening, last = reader.entry(0), reader.last()
        messages = [
            message
            for entry in reader.entries(1, {str(EntryType.MESSAGES)})
            for message in messages_of(
                entry.body, next((store.blobs.parts(ref) for ref in entry.blobs if ref.role == TEXTS), [])
            )
        ]
    closed = last is not None and last.type == EntryType.SESSION_CLOSE
    return MessageListing(
        capture_log=log,
        reading_log=chosen.log,
        platform=str(opening.body.get("platform", "")),
        ended=chosen.closed_reason or chosen.state,
        closing=last.body if closed and last is not None else {},
        messages=messages,
    )


def figure_words(figure: Figure) -> str:
    """`online now 1986 (shown: 1,986)`; a number of unknown meaning under the site's own name."""
    what = figure.name if figure.what == "as the site names it" else str(figure.what)
    value = figure.shown if figure.value is None else str(figure.value)
    shown = f" (shown: {figure.shown})" if figure.shown and figure.value is not None else ""
    return f"{what} {value}{shown}"


def product_words(product: Product) -> str:
    """A product card on one line, with what the site gave of it."""
    price = product.price_text or (None if product.price is None else f"{product.price / 100:.2f}")
    stock = product.stock_text or (None if product.stock is None else str(product.stock))
    facts = (
        (None if product.number is None else f"no. {product.number}"),
        product.title,
        price and f"price {price}",
        stock and f"stock {stock}",
        product.sold_text and f"sold {product.sold_text}",
        {True: "sold out", False: None, None: None}[product.sold_out],
        {True: "shown", False: "taken away", None: None}[product.shown],
    )
    return " ".join(fact for fact in facts if fact) or f"product {product.id or '(no id)'}"


def words(message: Message) -> str:
    """What a message says, on one line."""
    said = [
        message.text,
        *(figure_words(each) for each in message.figures),
        *(product_words(each) for each in message.products),
        None if message.state is None else str(message.state),
    ]
    return "; ".join(each for each in said if each)


def marks(read: ReadMessage) -> str:
    """What a reader should know of a message beside what it says."""
    said = (["sent again"] if read.again else []) + (["from before"] if read.message.history else [])
    return ", ".join([*said, *read.message.flags])


def rows(listing: MessageListing) -> Iterator[dict[str, JSON]]:
    """Each message as flat members; times in epoch milliseconds."""
    for read in listing.messages:
        message = read.message
        yield {
            "received_ms": read.wall_ns // 1_000_000,
            "sent_ms": message.sent_ms,
            "kind": str(message.kind),
            "site_kind": message.site_kind,
            "method": message.method,
            "id": message.id,
            "name": None if message.person is None else message.person.name,
            "person": None if message.person is None else message.person.id,
            "masked": message.person is not None and message.person.masked,
            "text": message.text,
            "figures": [
                {"what": str(f.what), "name": f.name, "value": f.value, "shown": f.shown} for f in message.figures
            ],
            "products": [{k: v for k, v in _members(p).items() if v is not None} for p in message.products],
            "state": None if message.state is None else str(message.state),
            "history": message.history,
            "again": read.again,
            "flags": list(message.flags),
            "more": dict(message.more),
            "capture_log": listing.capture_log,
            "entry": read.entry,
            "piece": read.part,
            "from": message.where.start,
            "to": message.where.end,
            "steps": list(message.where.steps),
            "reading_log": listing.reading_log,
        }


def _members(product: Product) -> dict[str, JSON]:
    return {name: getattr(product, name) for name in product.__dataclass_fields__}


def render_json(listing: MessageListing) -> str:
    """One JSON object: the logs, what the run counted, and the messages as `rows` gives them."""
    whole = {
        "capture_log": listing.capture_log,
        "reading_log": listing.reading_log,
        "platform": listing.platform,
        "ended": listing.ended,
        "counted": listing.closing.get("tally"),
        "messages": list(rows(listing)),
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def render_csv(listing: MessageListing) -> str:
    """Comma-separated, one header line; lists as JSON. What a spreadsheet would run begins with a quote."""
    lines: list[str] = []
    for row in rows(listing):
        if not lines:
            lines.append(csv_line(list(row)))
        cells = [
            json.dumps(cell, ensure_ascii=False) if isinstance(cell, list | dict) else cell for cell in row.values()
        ]
        lines.append(csv_line([defused(cell) if isinstance(cell, str) else cell for cell in cells]))
    return "".join(lines)


def render_table(listing: MessageListing) -> str:
    """Aligned columns for a terminal, and below them what was not understood."""
    table = [("received (UTC)", "kind", "who", "says", "entry", "")]
    for read in listing.messages:
        message = read.message
        who = "" if message.person is None else message.person.name or ("masked" if message.person.masked else "")
        said = printable(words(message))
        table.append(
            (
                moment(read.wall_ns),
                str(message.kind),
                printable(who)[:20],
                said if len(said) <= MOST_SHOWN else f"{said[:MOST_SHOWN]}…",
                str(read.entry),
                printable(marks(read)),
            )
        )
    lines = aligned(table)
    lines.append(f"{len(listing.messages)} messages; reading log {listing.reading_log}: {listing.ended}")
    tally = listing.closing.get("tally", {})
    for name, what in (("unknown", "methods that are not known"), ("undecodable", "what could not be decoded")):
        counted = tally.get(name, {})
        if counted:
            each = ", ".join(f"{printable(str(method)) or '(no name)'} {count}" for method, count in counted.items())
            lines.append(f"{what}, kept raw: {each}")
    return "\n".join(lines) + "\n"
