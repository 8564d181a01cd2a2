"""Decoded messages as entries of a reading log, and back (data path 5; pure).

A batch is one `messages` entry. What people are called and what they say, and all titles, stand only in the parts of
the attachment "texts", one part each, so that they can be withheld one by one; a person's name and id are two parts.
The body has kinds, figures, times, and the place that each message came from: capture entry, part, byte range.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from crawler.clock import Instant
from crawler.platforms.base import RoomState
from crawler.platforms.messages import Counts, Figure, Kind, Message, Person, Product, Where
from evidence_store.entries import JSON, Attachment, Draft, EntryType, Part

TEXTS = "texts"
MOST_BODY = 40_000  # bytes of one entry's messages; an entry is at most 65,535
MOST_TEXT = 10_000  # characters of one text; what is longer is whole in the raw frame
MOST_NAME = 80  # characters of a site's own name for something
MOST_MEMBERS = 40  # figures, products, flags, more: of each so many
_TITLED = ("title", "price_text", "stock_text", "sold_text")  # of a product: texts, so parts


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message with the place and time of its raw piece."""

    message: Message
    entry: int
    part: int
    mono_ns: int
    wall_ns: int  # when the browser received it
    again: bool = False  # the same method and id came before
    answer: bool = False  # of an answer to a request, not of a frame


class _Texts:
    """The texts of one entry, in the order in which they were needed; equal ones are not joined, people differ."""

    def __init__(self) -> None:
        self.parts: list[Part] = []

    def number(self, text: str | None) -> int | None:
        if text is None:
            return None
        self.parts.append(Part(text[:MOST_TEXT].encode("utf-8", "surrogatepass")))
        return len(self.parts) - 1


def drafts(messages: Sequence[ReadMessage], ids: Mapping[int, str], now: Instant) -> Iterator[Draft]:
    """`messages` entries for these messages. `ids` gives the id of each capture entry that was read."""
    texts, size = _Texts(), 0
    rows: list[JSON] = []
    for message in messages:
        before = len(texts.parts)
        row = _to_json(message, ids[message.entry], texts)
        length = len(json.dumps(row))
        if rows and size + length > MOST_BODY:
            moved = texts.parts[before:]
            del texts.parts[before:]
            yield _draft(rows, texts, now)
            texts, rows, size = _Texts(), [], 0
            texts.parts += moved
            row = _renumbered(row, before)
        rows.append(row)
        size += length
    if rows:
        yield _draft(rows, texts, now)


def _draft(rows: list[JSON], texts: _Texts, now: Instant) -> Draft:
    attachments = (Attachment(TEXTS, "text/plain; charset=utf-8", tuple(texts.parts)),) if texts.parts else ()
    return Draft(EntryType.MESSAGES, now.wall_ns, now.mono_ns, {"messages": rows}, attachments)


def _renumbered(value: JSON, less: int) -> JSON:
    """A row whose texts begin a new entry's parts."""
    if isinstance(value, list):
        return [_renumbered(each, less) for each in value]
    if isinstance(value, dict):
        return {
            name: each - less if name.endswith("_part") and isinstance(each, int) else _renumbered(each, less)
            for name, each in value.items()
        }
    return value


def _to_json(read: ReadMessage, entry_id: str, texts: _Texts) -> JSON:
    message, where = read.message, read.message.where
    row: dict[str, JSON] = {
        "entry": read.entry,
        "entry_id": entry_id,
        "piece": read.part,
        "at": [where.start, where.end],
        "wall": str(read.wall_ns),
        "mono": str(read.mono_ns),
        "kind": str(message.kind),
        "method": message.method[:MOST_NAME],
    }
    person = message.person
    optional: dict[str, JSON] = {
        "steps": [step[:MOST_NAME] for step in where.steps],
        "answer": read.answer,
        "again": read.again,
        "id": None if message.id is None else message.id[:MOST_NAME],
        "sent_ms": message.sent_ms,
        "site_kind": None if message.site_kind is None else message.site_kind[:MOST_NAME],
        "name_part": None if person is None else texts.number(person.name),
        "person_part": None if person is None else texts.number(person.id),
        "masked": person is not None and person.masked,
        "text_part": texts.number(message.text),
        "figures": [_figure(each) for each in message.figures[:MOST_MEMBERS]],
        "products": [_product(each, texts) for each in message.products[:MOST_MEMBERS]],
        "products_beyond": len(message.products) - MOST_MEMBERS if len(message.products) > MOST_MEMBERS else None,
        "state": None if message.state is None else str(message.state),
        "broadcast": None if message.broadcast is None else message.broadcast[:MOST_NAME],
        "history": message.history,
        "flags": [flag[:MOST_NAME] for flag in message.flags[:MOST_MEMBERS]],
        "more": {
            str(name)[:MOST_NAME]: value[:MOST_NAME] if isinstance(value, str) else value
            for name, value in list(message.more.items())[:MOST_MEMBERS]
        },
    }
    return row | {name: value for name, value in optional.items() if not _absent(value)}


def _absent(value: JSON) -> bool:
    """What a row leaves out: nothing, no, and empty lists; a zero is something."""
    return value is None or value is False or value in ([], {})


def _figure(figure: Figure) -> JSON:
    shown = None if figure.shown is None else figure.shown[:MOST_NAME]
    return {"what": str(figure.what), "name": figure.name[:MOST_NAME], "value": figure.value, "shown": shown}


def _product(product: Product, texts: _Texts) -> JSON:
    row: dict[str, JSON] = {}
    for each in fields(product):
        value = getattr(product, each.name)
        if value is None:
            continue
        if each.name in _TITLED:
            row[f"{each.name}_part"] = texts.number(value)
        else:
            row[each.name] = value[:MOST_NAME] if isinstance(value, str) else value
    return row


def messages_of(body: Mapping[str, JSON], texts: Sequence[bytes]) -> list[ReadMessage]:
    """The messages of one entry. `texts` are its parts' payloads, in order."""
    said = [text.decode("utf-8", "surrogatepass") for text in texts]
    return [_from_json(row, said) for row in body.get("messages", ())]


def _from_json(row: Mapping[str, JSON], texts: Sequence[str]) -> ReadMessage:
    def text(name: str, of: Mapping[str, JSON] = row) -> str | None:
        number = of.get(name)
        return None if number is None else texts[number]

    name, person_id = text("name_part"), text("person_part")
    someone = name is not None or person_id is not None or row.get("masked", False)

    def product(of: Mapping[str, JSON]) -> Product:
        members: dict[str, Any] = {
            name.removesuffix("_part"): text(name, of) if name.endswith("_part") else value
            for name, value in of.items()
        }
        return Product(**members)

    message = Message(
        kind=Kind(row["kind"]),
        method=row["method"],
        where=Where(row["at"][0], row["at"][1], tuple(row.get("steps", ()))),
        id=row.get("id"),
        sent_ms=row.get("sent_ms"),
        site_kind=row.get("site_kind"),
        person=Person(name, person_id, masked=row.get("masked", False)) if someone else None,
        text=text("text_part"),
        figures=tuple(Figure(Counts(f["what"]), f["name"], f["value"], f["shown"]) for f in row.get("figures", ())),
        products=tuple(product(each) for each in row.get("products", ())),
        state=RoomState(row["state"]) if "state" in row else None,
        broadcast=row.get("broadcast"),
        history=row.get("history", False),
        flags=tuple(row.get("flags", ())),
        more=dict(row.get("more", {})),
    )
    return ReadMessage(
        message,
        row["entry"],
        row["piece"],
        int(row["mono"]),
        int(row["wall"]),
        again=row.get("again", False),
        answer=row.get("answer", False),
    )
