"""From single readings to what a field showed from when to when (pure).

Only accepted readings make a value. A reading that something spoke against makes a row of its own, marked, with its
candidates; unreadable looks and looks that the gate spared are counted where they fall.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

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
    changes: dict[str, list[Change]] = {}
    for reading in sorted(readings, key=lambda r: (r.entry, r.wall_ns, r.field)):
        rows = changes.setdefault(reading.field, [])
        last = rows[-1] if rows else None
        if reading.status in (Status.NOT_LOOKED, Status.UNREADABLE):
            if last is not None:
                rows[-1] = _counted(last, reading.status)
        elif last is not None and _continues(last, reading):
            rows[-1] = _extended(last, reading)
        else:
            rows.append(_begun(reading))
    return {field: rows for field, rows in changes.items() if rows}


def _continues(last: Change, reading: Reading) -> bool:
    if last.status is not reading.status:
        return False
    if reading.status is Status.ACCEPTED:
        return (last.lo, last.hi) == (reading.lo, reading.hi) and (
            last.kind != "statement" or last.text == reading.text
        )
    return last.text == reading.text


def _begun(reading: Reading) -> Change:
    return Change(
        field=reading.field,
        kind=reading.kind,
        status=reading.status,
        text=reading.text,
        value=reading.value,
        lo=reading.lo,
        hi=reading.hi,
        first_seen_ns=reading.wall_ns,
        last_seen_ns=reading.wall_ns,
        first_box=reading.box,
        ladder=reading.ladder,
        min_probability=reading.min_probability,
        models=(reading.model,) if reading.model else (),
        entries=(reading.entry,),
        candidates=reading.candidates if reading.status is Status.DISAGREE else (),
        doubts=reading.doubts,
    )


def _counted(last: Change, status: Status) -> Change:
    if status is Status.NOT_LOOKED:
        return replace(last, not_looked=last.not_looked + 1)
    return replace(last, unreadable=last.unreadable + 1)


def _extended(last: Change, reading: Reading) -> Change:
    two = reading.status is Status.ACCEPTED  # a second picture with the same value
    models = last.models if reading.model is None or reading.model in last.models else (*last.models, reading.model)
    return replace(
        last,
        last_seen_ns=reading.wall_ns,
        ladder=Ladder.TWO if two else last.ladder,
        min_probability=min(last.min_probability, reading.min_probability),
        models=models,
        entries=(*last.entries, reading.entry),
        doubts=tuple(dict.fromkeys((*last.doubts, *reading.doubts))),
    )
