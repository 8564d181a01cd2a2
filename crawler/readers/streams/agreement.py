"""Two sources of one counter: what the screenshots say and what the original video says (pure).

Same counter: the same kind at the same place, when the video's place is mapped to the screen. Same moment: within the
time uncertainty of the video's picture. The sources agree, contradict each other, or only one of them spoke; a value is
never changed by that, both stay as they were read.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crawler.readers.readings import Reading, Status
from crawler.readers.streams.placing import FITS, Fit, on_screen
from crawler.readers.streams.playhead import Playhead
from crawler.readers.streams.video_readings import VideoReading

SAME_PLACE = 0.5  # shared part of the smaller box
BESIDE_NS = 2_000_000_000  # readings this near in time are compared for their place
REACH_NS = 5_000_000_000  # the gate spares looks at what has not changed, for 3 s at the most
CALL_NS = 150_000_000  # a screenshot's call brackets its picture within this, nearly always (facts: capture)


class Verdict(StrEnum):
    """What the other source makes of a value."""

    AGREE = "two sources agree"
    CONTRADICT = "sources contradict"
    ALONE = "one source"  # the other one has no reading of that moment


@dataclass(frozen=True, slots=True)
class Compared:
    """A value of the video, the screenshot reading that it was held against, and what came of it."""

    video: VideoReading
    screen: Reading | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """All values of both sources. `fields`: for each field of the video the field of the screen that it is."""

    fields: Mapping[str, str]
    values: tuple[Compared, ...]
    screen_alone: tuple[Reading, ...]  # of those fields: values that no picture of the video confirms

    def of(self, verdict: Verdict) -> list[Compared]:
        """The values with one verdict."""
        return [each for each in self.values if each.verdict is verdict]


def compare(screen: Sequence[Reading], video: Sequence[VideoReading], playhead: Playhead) -> Comparison:
    """Hold the accepted values of both sources against each other. Doubted ones (DISAGREE) are no values."""
    fields = same_fields(screen, video, playhead)
    series: dict[str, list[Reading]] = {}
    for accepted in sorted(_accepted(screen), key=lambda r: r.wall_ns):
        series.setdefault(accepted.field, []).append(accepted)
    values: list[Compared] = []
    confirmed: set[tuple[str, int]] = set()
    for each in video:
        if each.reading.status is not Status.ACCEPTED:
            continue
        beside = series.get(fields.get(each.reading.field, ""), [])
        reading, verdict = _held_against(each, beside)
        values.append(Compared(each, reading, verdict))
        if verdict is Verdict.AGREE and reading is not None:
            confirmed.add((reading.field, reading.wall_ns))
    alone = tuple(
        reading
        for field in sorted(set(fields.values()))
        for reading in series.get(field, [])
        if (field, reading.wall_ns) not in confirmed
    )
    return Comparison(fields, tuple(values), alone)


def same_fields(screen: Sequence[Reading], video: Sequence[VideoReading], playhead: Playhead) -> dict[str, str]:
    """Which field of the video is which field of the screen, each used once, the best match first.

    How a page fits a picture into a box of another shape is not known, so each way is tried for all fields at once.
    """
    best: dict[str, str] = {}
    most = 0.0
    for fit in FITS:
        found, total = _matched(screen, video, playhead, fit)
        if total > most:
            best, most = found, total
    return best


def _matched(
    screen: Sequence[Reading], video: Sequence[VideoReading], playhead: Playhead, fit: Fit
) -> tuple[dict[str, str], float]:
    shares: dict[tuple[str, str], list[float]] = {}
    by_kind: dict[str, list[Reading]] = {}
    for accepted in sorted(_accepted(screen), key=lambda r: r.wall_ns):
        by_kind.setdefault(accepted.kind, []).append(accepted)
    times = {kind: [reading.wall_ns for reading in readings] for kind, readings in by_kind.items()}
    for each in video:
        reading = each.reading
        look = playhead.at(reading.wall_ns)
        if look is None or reading.status is not Status.ACCEPTED:
            continue
        place = on_screen(reading.box, look, fit)
        near = times.get(reading.kind, [])
        first = bisect_left(near, reading.wall_ns - BESIDE_NS)
        for other in by_kind.get(reading.kind, [])[first : bisect_right(near, reading.wall_ns + BESIDE_NS)]:
            shares.setdefault((reading.field, other.field), []).append(place.overlap(other.box))
    means = sorted(((sum(s) / len(s), pair) for pair, s in shares.items()), reverse=True)
    found: dict[str, str] = {}
    total = 0.0
    for share, (ours, theirs) in means:
        if share >= SAME_PLACE and ours not in found and theirs not in found.values():
            found[ours] = theirs
            total += share
    return found, total


def _held_against(each: VideoReading, beside: Sequence[Reading]) -> tuple[Reading | None, Verdict]:
    """Held against the screen's readings within the picture's time, the one before and the one after.

    A value that none of them shows, while one of them is of that very moment, is contradicted.
    """
    within = each.within_ns + CALL_NS
    times = [reading.wall_ns for reading in beside]
    first = bisect_left(times, each.reading.wall_ns - within)
    last = bisect_right(times, each.reading.wall_ns + within)
    around = beside[max(0, first - 1) : last + 1]
    for reading in sorted(around, key=lambda r: abs(r.wall_ns - each.reading.wall_ns)):
        if reading.says_the_same(each.reading) and abs(reading.wall_ns - each.reading.wall_ns) <= REACH_NS + within:
            return reading, Verdict.AGREE
    if first < last and each.certain:
        return min(beside[first:last], key=lambda r: abs(r.wall_ns - each.reading.wall_ns)), Verdict.CONTRADICT
    return None, Verdict.ALONE


def _accepted(readings: Sequence[Reading]) -> list[Reading]:
    return [reading for reading in readings if reading.status is Status.ACCEPTED]
