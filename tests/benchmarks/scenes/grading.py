"""Grades readings of one scene against its truth (pure).

A reading lies on the counter whose place, on that picture, it overlaps most. It is *wrong* when that counter showed no
such value on that picture (while a text comes, the one before it counts as shown too), or when it lies on no counter.
A value *stays* as long as its text was displayed; it was *read* when a right reading of it was accepted, *confirmed*
when one of them stood on "two agree" or two pictures gave it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.benchmarks.scenes.truth import CounterTruth, Place, Rect, Sample, SceneTruth, Showing

LIES_ON = 0.3  # shared area over the smaller one, from which a reading lies on a counter
SLACK_S = 0.041  # one picture of the video
CLEAR_S = 1.0  # a value counts as seen in part when it was clear for this long


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted reading. `sample`: which picture; `hi` null = open; `two`: it stood on "two agree"."""

    field: str
    sample: int
    kind: str
    lo: int
    hi: int | None
    text: str
    box: Rect
    two: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """One accepted reading, judged."""

    reading: Accepted
    at_s: float
    counter: str | None
    expected: tuple[str, ...]  # what was to be seen there: the counter's texts, else the clutter
    right: bool
    same_digits: bool  # the text has the digits that were shown, not only the value
    strata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Value:
    """One displayed value and what became of it. `pictures_late`: first right reading against the first possible."""

    counter: str
    text: str
    from_s: float
    stays_s: float
    strata: dict[str, str]
    read: bool
    confirmed: bool
    pictures_late: int | None


@dataclass(frozen=True, slots=True)
class Graded:
    """A scene's grades. `changes` are runs of one field's readings with one value; wrong when none of them is right."""

    readings: tuple[Judged, ...]
    values: tuple[Value, ...]
    changes: int
    changes_wrong: tuple[Judged, ...]  # each run's first reading


def grade(truth: SceneTruth, accepted: Iterable[Accepted], used: Sequence[int]) -> Graded:
    """Judge a scene's accepted readings. `used`: which samples were read, in order (every second one at 1 Hz)."""
    readings = sorted(accepted, key=lambda r: (r.sample, r.field))
    judged = tuple(_judge(truth, reading) for reading in readings)
    values = tuple(
        _value(counter, number, truth, judged, used)
        for counter in truth.counters
        for number, shown in enumerate(counter.showings)
        if shown.kind is not None and _on_picture(counter, shown, truth, used)
    )
    runs = _runs(judged)
    wrong = tuple(run[0] for run in runs if not any(j.right for j in run))
    return Graded(judged, values, len(runs), wrong)


def shown_then(counter: CounterTruth, at_s: float) -> list[Showing]:
    """The texts that a counter shows at a time: two while one goes and the next one comes."""
    found = []
    for shown, after in zip(counter.showings, (*counter.showings[1:], None), strict=True):
        until = shown.to_s + (after.motion_s if after else 0.0)
        if shown.from_s - SLACK_S <= at_s < until + SLACK_S:
            found.append(shown)
    return found


def place_of(sample: Sample, box: Rect) -> Place | None:
    """The counter that something in `box` lies on."""
    best = max(sample.places, key=lambda p: p.box.overlap(box), default=None)
    return best if best is not None and best.box.overlap(box) > LIES_ON else None


def digits(text: str) -> str:
    """All digits of a text, in order."""
    return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text))


def _judge(truth: SceneTruth, reading: Accepted) -> Judged:
    sample = truth.samples[reading.sample]
    place = place_of(sample, reading.box)
    if place is None:
        there = tuple(c.text for c in sample.clutter if c.box.overlap(reading.box) > LIES_ON)
        return Judged(reading, sample.at_s, None, there, right=False, same_digits=False, strata={})
    counter = next(c for c in truth.counters if c.name == place.counter)
    shown = shown_then(counter, sample.at_s)
    same = [s for s in shown if (s.kind, s.lo, s.hi) == (reading.kind, reading.lo, reading.hi)]
    occlusion = "clear" if place.clear else "veiled" if not place.covered else "covered"
    return Judged(
        reading=reading,
        at_s=sample.at_s,
        counter=counter.name,
        expected=tuple(s.text for s in shown),
        right=bool(same),
        same_digits=any(digits(s.text) == digits(reading.text) for s in same),
        strata={**counter.strata, "occlusion": occlusion},
    )


def _runs(judged: Iterable[Judged]) -> list[list[Judged]]:
    fields: dict[str, list[list[Judged]]] = defaultdict(list)
    for one in judged:
        runs = fields[one.reading.field]
        last = runs[-1][0].reading if runs else None
        if last is not None and (last.kind, last.lo, last.hi) == (one.reading.kind, one.reading.lo, one.reading.hi):
            runs[-1].append(one)
        else:
            runs.append([one])
    return [run for runs in fields.values() for run in runs]


def _at_rest(shown: Showing, truth: SceneTruth, used: Sequence[int]) -> list[int]:
    return [n for n in used if shown.from_s + shown.motion_s - 1e-6 <= truth.samples[n].at_s < shown.to_s - 1e-6]


def _clear_on(counter: CounterTruth, sample: Sample) -> bool:
    return any(place.counter == counter.name and place.clear for place in sample.places)


def _on_picture(counter: CounterTruth, shown: Showing, truth: SceneTruth, used: Sequence[int]) -> bool:
    """Whether the counter stood on at least one of the pictures that were taken while this text was displayed."""
    there = (truth.samples[n] for n in used if shown.from_s - 1e-6 <= truth.samples[n].at_s < shown.to_s - 1e-6)
    return any(place.counter == counter.name for sample in there for place in sample.places)


def _value(
    counter: CounterTruth, number: int, truth: SceneTruth, judged: Sequence[Judged], used: Sequence[int]
) -> Value:
    shown = counter.showings[number]
    window = (shown.from_s - SLACK_S, shown.to_s + SLACK_S)
    after = counter.showings[number + 1].motion_s if number + 1 < len(counter.showings) else 0.0
    hits = [
        j
        for j in judged
        if j.counter == counter.name
        and j.right
        and window[0] <= j.at_s < window[1] + after
        and (j.reading.lo, j.reading.hi) == (shown.lo, shown.hi)
    ]
    rest = _at_rest(shown, truth, used)
    clear = [n for n in rest if _clear_on(counter, truth.samples[n])]
    late = None
    if hits and clear:
        first = min(used.index(j.reading.sample) for j in hits)
        late = max(0, first - used.index(clear[0]))
    confirmed = any(j.reading.two for j in hits) or len({j.reading.sample for j in hits}) > 1
    occlusion = _occlusion(rest, clear, truth)
    strata = {**counter.strata, "occlusion": occlusion}
    return Value(counter.name, shown.text, shown.from_s, shown.stays_s, strata, bool(hits), confirmed, late)


def _occlusion(rest: list[int], clear: list[int], truth: SceneTruth) -> str:
    """ "clear" throughout, "partly" when it was clear for `CLEAR_S` on end, else "hidden"."""
    if len(clear) == len(rest):
        return "clear"
    longest, begun = 0.0, None
    for n in rest:
        if n not in clear:
            begun = None
            continue
        begun = n if begun is None else begun
        longest = max(longest, truth.samples[n].at_s - truth.samples[begun].at_s)
    return "partly" if longest >= CLEAR_S - 0.05 else "hidden"
