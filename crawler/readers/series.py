"""From single readings to what a field showed from when to when (pure).

Only accepted readings make a value. A reading that something spoke against makes a row of its own, marked, with its
candidates; unreadable looks and looks that the gate spared are counted where they fall.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crawler.readers.counters import Kind
from crawler.readers.ocr import Box, Size
from crawler.readers.readings import Candidate, Ladder, Reading, Status


@dataclass(frozen=True, slots=True)
class Change:
    """One value of one field, from the first picture that showed it to the last one before something else was read.

    Times are Unix nanoseconds of pictures: the value was certainly shown at both, and nothing else was read between.
    """

    field: str
    kind: Kind
    status: Status  # ACCEPTED, or DISAGREE for a row that is no value
    text: str
    value: int | None
    lo: int | None
    hi: int | None  # exclusive; null = open
    first_seen_ns: int
    last_seen_ns: int
    first_box: Box
    ladder: Ladder | None
    min_probability: float  # the lowest of the looks that count
    models: tuple[Size, ...]
    entries: tuple[int, ...]  # capture log indexes of the looks, in order
    not_looked: int = 0
    unreadable: int = 0
    candidates: tuple[Candidate, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def looks(self) -> int:
        """How many pictures were read with this outcome."""
        return len(self.entries)


def series(readings: Iterable[Reading]) -> dict[str, list[Change]]:
    """Per field its changes in order of time. Readings may come in any order: looking back yields earlier ones late."""
    rows: dict[str, list[_Row]] = {}
    for reading in sorted(readings, key=lambda r: (r.entry, r.wall_ns, r.field)):
        of_field = rows.setdefault(reading.field, [])
        last = of_field[-1] if of_field else None
        if reading.status is Status.NOT_LOOKED or reading.status is Status.UNREADABLE:
            if last is not None:
                last.not_looked += reading.status is Status.NOT_LOOKED
                last.unreadable += reading.status is Status.UNREADABLE
        elif last is not None and _continues(last.looks[0], reading):
            last.looks.append(reading)
        else:
            of_field.append(_Row([reading]))
    return {field: [row.change() for row in of_field] for field, of_field in rows.items() if of_field}


def _continues(first: Reading, reading: Reading) -> bool:
    if first.status is not reading.status:
        return False
    return first.says_the_same(reading) if reading.status is Status.ACCEPTED else first.text == reading.text


@dataclass(slots=True)
class _Row:
    """A change in the making: looks with one outcome, and what fell between."""

    looks: list[Reading]
    not_looked: int = 0
    unreadable: int = 0

    def change(self) -> Change:
        first = self.looks[0]
        twice = first.status is Status.ACCEPTED and len(self.looks) > 1  # a second picture with the same value
        return Change(
            field=first.field,
            kind=first.kind,
            status=first.status,
            text=first.text,
            value=first.value,
            lo=first.lo,
            hi=first.hi,
            first_seen_ns=first.wall_ns,
            last_seen_ns=self.looks[-1].wall_ns,
            first_box=first.box,
            ladder=Ladder.TWO if twice else first.ladder,
            min_probability=min(look.min_probability for look in self.looks),
            models=tuple(dict.fromkeys(look.model for look in self.looks if look.model is not None)),
            entries=tuple(look.entry for look in self.looks),
            not_looked=self.not_looked,
            unreadable=self.unreadable,
            candidates=first.candidates if first.status is Status.DISAGREE else (),
            doubts=tuple(dict.fromkeys(doubt for look in self.looks for doubt in look.doubts)),
        )
