"""What speaks against a value that was read well (pure).

Nothing is smoothed and no value is ever changed here: a doubt turns a reading into "disagree", with both candidates
kept. The rules look for ways in which a covered, clipped or misread line still makes a legal counter.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.readers.counters import Counter
from crawler.readers.ocr import Box

COUNTDOWN_SLACK_S = 3.0
COVERED_LEAST = 10.0  # mean grey difference beside the text from which something may lie over it
COVERED_RATIO = 2.0

# Doubts that another picture with the same value does not remove: what hides a digit once hides it twice.
LASTING = frozenset({"covered", "width kept"})


@dataclass(frozen=True, slots=True)
class Seen:
    """An accepted value with what later looks are compared to."""

    counter: Counter
    wall_ns: int
    box: Box


def is_part_of(short: str, long: str) -> bool:
    """Whether `short` is `long` with one or more characters left out."""
    rest = iter(long)
    return len(short) < len(long) and all(char in rest for char in short)


def doubts(before: Seen, now: Seen, surroundings: tuple[float, float]) -> tuple[str, ...]:
    """What speaks against `now` as the value after (or, looking back, ahead of) `before`; empty when nothing does.

    `surroundings`: see `pixels.surroundings_change`.
    """
    old, new = before.counter, now.counter
    if new == old:
        return ()
    found = []
    if new.form != old.form:
        found.append("frame changed")
    fewer = len(old.digits) - len(new.digits)
    if is_part_of(new.digits, old.digits):
        found.append("digits lost")
        vanished, stayed = surroundings
        if vanished > COVERED_LEAST and vanished > COVERED_RATIO * stayed:
            found.append("covered")
    # A digit is about 0.4 box heights wide. A line as wide as before can't have lost one.
    if new.form == old.form and fewer and (before.box.w - now.box.w) * fewer < 0.15 * now.box.h * fewer * fewer:
        found.append("width kept")
    if new.kind == "countdown" and _jumped(before, now):
        found.append("countdown jumped")
    return tuple(found)


def _jumped(before: Seen, now: Seen) -> bool:
    """Whether a countdown is not where its last value says it should be by now."""
    elapsed = (now.wall_ns - before.wall_ns) / 1e9
    return abs(before.counter.lo - elapsed - now.counter.lo) > COUNTDOWN_SLACK_S
