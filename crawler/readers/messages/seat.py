"""What one seat could see of a room, kind by kind, after a session (data path 7).

The absence of a reading is never shown as the absence of the thing: each line says how much was looked at, and what
the site does not give to such a seat. A journalist may cite "0 of 28,800 pictures showed a stock number", not "there
was no stock number".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crawler.platforms import site_named
from crawler.platforms.messages import Kind
from crawler.readers.messages.listing import MessageListing
from crawler.readers.messages.records import ReadMessage
from evidence_store.entries import JSON

_EVENTS = (Kind.ARRIVAL, Kind.LIKE, Kind.FOLLOW, Kind.SHARE, Kind.GIFT, Kind.FAN_CLUB)
_STOCK = frozenset({"stock", "stock_left"})


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at besides messages: numbers of captures and of accepted changes of counters by their kind."""

    pictures: int
    counters: Mapping[str, int]
    both: int = 0  # changes in pictures of something that messages tell of at that time
    agree: int = 0  # of them, those that one of the told values can be
    lines: int | None = None  # chat lines that the page showed; None when none were seen
    explained: int | None = None  # of them, lines that a decoded message explains
    shown_messages: int | None = None  # decoded chat messages that a line shows


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what, what was seen of it, and out of how much."""

    what: str
    seen: str
    of: str


def seat(listing: MessageListing, looked: Looked) -> list[Row]:
    """The table, in the order in which a person asks."""
    tally = listing.closing.get("tally", {})
    frames, answers = tally.get("frames", 0), tally.get("answers", 0)
    received = f"{frames} frames and {answers} answers received"
    kinds = Counter(read.message.kind for read in listing.messages if not read.again)
    return [
        Row("chat", _count(kinds[Kind.CHAT], "messages"), received),
        _shown(looked),
        Row("people's events", _listed({str(kind): kinds[kind] for kind in _EVENTS}), received),
        Row("purchase events", _purchases(listing.messages), received),
        Row("numbers of viewers", _figures(listing.messages), received),
        Row("product cards", _products(listing.messages), received),
        Row("counters in pictures", _listed(looked.counters, "none read"), f"{looked.pictures} pictures"),
        Row("stock number in pictures", _stock(looked), f"{looked.pictures} pictures"),
        _beside(looked),
        Row("methods not known", _listed(tally.get("unknown", {}), "none"), received),
        Row("not decodable", _listed(tally.get("undecodable", {}), "none"), received),
    ]


def notes(listing: MessageListing) -> list[str]:
    """What must be said beside the table."""
    site = site_named(listing.platform)
    return [
        "What was not seen here may exist all the same: this is what one seat received and what its pictures showed.",
        f"Not possible on {site.about.title}: {site.about.not_possible}.",
    ]


def _shown(looked: Looked) -> Row:
    if looked.lines is None:
        return Row("chat lines on the page", "none seen", "")
    explained = f"{looked.lines} lines, {looked.explained} explained by messages"
    return Row("chat lines on the page", explained, f"{looked.shown_messages} of the chat messages were shown")


def _beside(looked: Looked) -> Row:
    if not looked.both:
        return Row("pictures beside messages", "nothing that both tell of", "")
    seen = f"{looked.agree} agree, {looked.both - looked.agree} disagree"
    return Row("pictures beside messages", seen, f"{looked.both} changes in pictures that messages tell of")


def _purchases(messages: Sequence[ReadMessage]) -> str:
    kinds = Counter(
        m.message.site_kind or m.message.method for m in messages if m.message.kind is Kind.PURCHASE and not m.again
    )
    return _listed(kinds)


def _figures(messages: Sequence[ReadMessage]) -> str:
    what = Counter(
        f"{figure.what}{'' if figure.value is not None else ' (rounded)'}"
        for read in messages
        for figure in read.message.figures
        if read.message.kind is Kind.VIEWERS
    )
    return _listed(what)


def _products(messages: Sequence[ReadMessage]) -> str:
    cards = [card for read in messages for card in read.message.products]
    told = {
        "with a price": sum(card.price is not None or card.price_text is not None for card in cards),
        "with a stock": sum(card.stock is not None or card.stock_text is not None for card in cards),
        "with a number sold": sum(card.sold_text is not None for card in cards),
        "sold out": sum(card.sold_out is True for card in cards),
    }
    return f"{len(cards)}: {_listed(told, 'with none of price, stock, sold')}" if cards else "none received"


def _stock(looked: Looked) -> str:
    changes = sum(count for kind, count in looked.counters.items() if kind in _STOCK)
    return _count(changes, "changes") if changes else "never shown"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number else "none received"


def _listed(counts: Mapping[str, JSON], otherwise: str = "none received") -> str:
    found = [f"{count} {name}" for name, count in _largest(counts.items()) if count]
    return ", ".join(found) or otherwise


def _largest(items: Iterable[tuple[str, JSON]]) -> list[tuple[str, JSON]]:
    return sorted(items, key=lambda item: -item[1])[:12]
