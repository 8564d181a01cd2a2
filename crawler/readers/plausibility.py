"""What speaks against a value that was read well (pure).

Nothing is smoothed and no value is ever changed here: a doubt turns a reading into "disagree", with both candidates
kept. The rules look for ways in which a covered, clipped or misread line still makes a legal counter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.readers.counters import Counter
from crawler.readers.ocr import Box
from crawler.readers.pixels import Surroundings

COUNTDOWN_SLACK_S = 3.0
FOLLOWS_SLACK_S = 1.3  # whole seconds are shown, and a picture's time is a bracket
COVERED_LEAST = 10.0  # change above and below missing text from which something may lie over it
COVERED_RATIO = 1.5  # of that change to the one above and below the rest
COVERED_EDGE = 15.0  # the cover's border: an upright edge that was not there before

JUMP = 10.0  # ratio of two values from which a jump is marked: 12 to 1288 may be new stock, or digits on their way

# Line heights a second. Comments cross a picture at 3.5 to 7; a counter that sways stays under 1.5.
PASSING = 2.5
PASSING_WITHIN_S = 3.0  # what moved over a longer time may have moved once

NEAR = 2.0  # a value within this ratio of the one before may lose a sign of its frame: 9.9万 becomes 10万

# Doubts that another picture with the same value does not remove: what hides a digit once hides it twice.
LASTING = frozenset({"covered", "width kept", "frame lost"})
# Of these, the ones that a longer run removes: a covered place does not go on counting plausibly for that long.
WORN_OUT_BY_RUN = LASTING - {"covered"}
RUN_LOOKS = 4
RUN_VALUES = 2


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


def doubts(before: Seen, now: Seen, around: Surroundings) -> tuple[str, ...]:
    """What speaks against `now` as the value after (or, looking back, ahead of) `before`; empty when nothing does.

    `around`: see `pixels.surroundings`.
    """
    old, new = before.counter, now.counter
    if new == old:
        return ()
    if new.kind == "statement":  # a shorter label at its place is no cover: 每人限购2件, then 已抢光
        return ("frame lost" if _frame_lost(old, new) else "frame changed",)
    found = []
    if new.form != old.form:
        found.append("frame lost" if _frame_lost(old, new) else "frame changed")
    fewer = len(old.digits) - len(new.digits)
    if fewer > 0 or is_part_of(new.digits, old.digits):
        found.append("digits lost")
    covered = around.vanished > max(COVERED_LEAST, COVERED_RATIO * around.stayed) and around.edge > COVERED_EDGE
    covered = covered and not around.framed
    # A digit that is hidden in part does not go on counting down to the second.
    if covered and not (new.form == old.form and _enclosed(new.form)) and not (follows(before, now) and not fewer):
        found.append("covered")
    # A digit is about 0.4 box heights wide. A line as wide as before can't have lost one.
    if new.form == old.form and fewer and (before.box.w - now.box.w) * fewer < 0.15 * now.box.h * fewer * fewer:
        found.append("width kept")
    if new.kind == "countdown" and _jumped(before, now):
        found.append("countdown jumped")
    return tuple(found)


def remarks(before: Seen, now: Seen) -> tuple[str, ...]:
    """What a person should look at, though nothing speaks against the value: it is believed and marked."""
    old, new = before.counter.lo, now.counter.lo
    if now.counter.kind in ("countdown", "statement") or not old or not new:
        return ()
    return ("jumped",) if max(old, new) >= JUMP * min(old, new) else ()


def _enclosed(form: str) -> bool:
    """Whether words stand on both sides of the digits: what lies over a digit then lies over the words beside it too.

    A box that shrinks with its text, from 仅剩100份 to 仅剩99份, looks like a cover otherwise.
    """
    return not form[0].isdigit() and not form[-1].isdigit()


def _frame_lost(old: Counter, new: Counter) -> bool:
    """Whether the new frame is the old one less something that changes the value: 1.3万 to 13万, 2.8万 to 8万."""
    if not is_part_of(new.form, old.form):
        return False
    if "+" in old.form and "+" not in new.form:
        return True
    if old.lo is None or new.lo is None:
        return True
    near = old.lo <= NEAR * new.lo and new.lo <= NEAR * old.lo
    return new.digits == old.digits or not near


def lifted(against: tuple[str, ...], held: Sequence[Seen], now: Seen) -> bool:
    """Whether these doubts about `now` are outweighed by the looks before it, whose doubted values are `held`.

    A second picture with the same value, or with one that may well follow it, lifts a passing doubt; a run of looks
    with more than one value lifts most lasting ones.
    """
    if not held:
        return False
    lasting = LASTING.intersection(against)
    if not lasting:
        return not doubts(held[-1], now, Surroundings())
    values = {seen.counter for seen in (*held, now)}
    return lasting <= WORN_OUT_BY_RUN and len(held) + 1 >= RUN_LOOKS and len(values) >= RUN_VALUES


def follows(before: Seen, now: Seen) -> bool:
    """Whether `now` is what a countdown must show after `before`: the time between the pictures, to a second."""
    if not before.counter.kind == now.counter.kind == "countdown" or before.counter.form != now.counter.form:
        return False
    return abs(_off(before, now)) <= FOLLOWS_SLACK_S


def passes(before: Seen, now: Seen) -> bool:
    """Whether the same text stands so far from where it stood a moment ago that it crosses the picture.

    A box of which one side only moved has grown or was clipped; it did not move.
    """
    seconds = abs(now.wall_ns - before.wall_ns) / 1e9
    if before.counter != now.counter or not 0 < seconds <= PASSING_WITHIN_S:
        return False
    old, new = before.box, now.box
    ways = ((new.x - old.x, new.right - old.right), (new.y - old.y, new.bottom - old.bottom))
    moved = max(min(abs(near), abs(far)) if near * far > 0 else 0 for near, far in ways)
    return moved > PASSING * seconds * new.h


def _jumped(before: Seen, now: Seen) -> bool:
    """Whether a countdown is not where its last value says it should be by now."""
    return abs(_off(before, now)) > COUNTDOWN_SLACK_S


def _off(before: Seen, now: Seen) -> float:
    """Seconds by which a countdown is off from where its earlier value says it should be."""
    then, value = before.counter.lo, now.counter.lo
    if then is None or value is None:
        raise ValueError(f"a countdown has a value; got {before.counter} and {now.counter}")
    return then - (now.wall_ns - before.wall_ns) / 1e9 - value
