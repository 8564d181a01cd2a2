"""What frames and answers said beside what pictures showed, at about the same time (data path 7; pure).

Only like is held against like: people online now against a picture's viewers, a card's stock against a picture's
stock, a card's sold figure against a picture's. A rounded display is an interval, and agrees with any value in it.
Sites push a number and paint it seconds apart, so a picture agrees when any value told within `WITHIN_S` of it does.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from crawler.platforms.messages import Counts
from crawler.readers.counters import parse
from crawler.readers.messages.records import ReadMessage
from crawler.readers.readings import Status
from crawler.readers.series import Change

WITHIN_S = 10.0
Held = Literal["viewers", "stock", "sold"]
_KINDS: Mapping[str, Held] = {"viewers": "viewers", "stock": "stock", "stock_left": "stock", "sold": "sold"}
_FIGURES: Mapping[Counts, Held] = {Counts.ONLINE: "viewers", Counts.STOCK: "stock", Counts.SOLD: "sold"}
_WORDS: Mapping[Held, str] = {"viewers": "{}人在线", "stock": "库存{}", "sold": "已售{}"}


@dataclass(frozen=True, slots=True)
class Said:
    """A value that a message tells: every whole number n with lo <= n < hi; `hi` None is open above."""

    what: Held
    lo: int
    hi: int | None
    wall_ns: int
    entry: int


@dataclass(frozen=True, slots=True)
class Beside:
    """A change in pictures with what was told at that time; `agrees` when one of the values can be the shown one."""

    change: Change
    said: tuple[Said, ...]

    @property
    def agrees(self) -> bool:
        return any(_meet(self.change, said) for said in self.said)


def compared(changes: Sequence[Change], messages: Sequence[ReadMessage]) -> list[Beside]:
    """Each accepted change of a counter that messages tell of as well, within `WITHIN_S` before or after it."""
    told: dict[Held, list[Said]] = {"viewers": [], "stock": [], "sold": []}
    for said in _all_said(messages):
        told[said.what].append(said)
    times = {what: [said.wall_ns for said in every] for what, every in told.items()}
    found = []
    for change in changes:
        what = _KINDS.get(change.kind)
        if what is None or change.status is not Status.ACCEPTED or change.lo is None:
            continue
        first = bisect_left(times[what], change.first_seen_ns - int(WITHIN_S * 1e9))
        last = bisect_right(times[what], change.last_seen_ns + int(WITHIN_S * 1e9))
        if first < last:
            found.append(Beside(change, tuple(told[what][first:last])))
    return found


def _all_said(messages: Sequence[ReadMessage]) -> Iterator[Said]:
    """In order of time, as messages are received."""
    for read in sorted(messages, key=lambda m: m.wall_ns):
        for figure in read.message.figures:
            what = _FIGURES.get(figure.what)
            if what is not None:
                yield from _said(what, figure.value, figure.shown, read)
        for card in read.message.products:
            yield from _said("stock", card.stock, card.stock_text, read)
            yield from _said("sold", None, card.sold_text, read)


def _said(what: Held, value: int | None, shown: str | None, read: ReadMessage) -> Iterator[Said]:
    if value is not None:
        yield Said(what, value, value + 1, read.wall_ns, read.entry)
        return
    if shown is None:
        return
    # The site's bare number in the words that a picture would have it in: one grammar for both.
    bare = shown.replace(",", "").strip()
    for text in (bare, _WORDS[what].format(bare)):
        counter = parse(text)
        if counter is not None and counter.lo is not None:
            yield Said(what, counter.lo, counter.hi, read.wall_ns, read.entry)
            return


def _meet(change: Change, said: Said) -> bool:
    """Whether the shown interval and the told one have a number in common."""
    below = change.hi is None or said.lo < change.hi
    above = said.hi is None or (change.lo is not None and change.lo < said.hi)
    return below and above
