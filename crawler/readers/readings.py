"""What a reader hands on: readings, and the candidates behind them (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from crawler.readers.counters import Counter, Kind
from crawler.readers.ocr import Box, Size

Agreement = Literal["pictures", "neighbours"]


class Status(StrEnum):
    """What became of one look at a field."""

    ACCEPTED = "accepted"
    UNREADABLE = "unreadable"  # covered, gone, or no legal counter: never a value
    DISAGREE = "disagree"  # a legal counter that something speaks against: kept with its candidates, never a value
    NOT_LOOKED = "not looked"  # the change gate saw the same pixels as at the last look


class Ladder(StrEnum):
    """The confirmation ladder. What two models make of one picture is one sighting; two pictures make two."""

    ONCE = "seen once"
    TWO = "two agree"
    SOURCES = "two sources agree"
    PERSON = "checked by a person"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One recognition of a field's line. `counter` is null when the grammar does not know the text."""

    text: str
    counter: Counter | None
    min_probability: float
    model: Size
    margin: Literal["tight", "loose"]
    sure: bool  # a legal counter at or above the model's threshold


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at one field on one picture.

    `lo`, `hi` (exclusive; null = open) and `value` (exact displays only) are null unless the status is accepted; `text`
    and `min_probability` are then those of the recognition that counts, else of the best candidate.
    """

    entry: int  # index of the picture's entry in the capture log
    wall_ns: int  # the picture's time
    field: str
    kind: Kind
    status: Status
    box: Box
    text: str = ""
    value: int | None = None
    lo: int | None = None
    hi: int | None = None
    min_probability: float = 0.0
    model: Size | None = None
    ladder: Ladder | None = None
    # What the second step rests on: another picture with this value, or a countdown's own neighbours in time.
    agreed_by: Agreement | None = None
    doubts: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()

    def says_the_same(self, other: Reading) -> bool:
        """Whether two accepted readings give one value; statements have none, there the text is it."""
        return (self.lo, self.hi) == (other.lo, other.hi) and (self.kind != "statement" or self.text == other.text)
