"""Between the stream's own count of time and the page's video element lies an offset that the player chose (pure).

`element = media + offset`. A player may keep the stream's times or count from the first picture that it got; some do
neither. Nothing tells which, so each way is tried against what can't be otherwise: no picture is shown before its bytes
have come, and none much later than a player's buffer is deep. Where that leaves more than one way open, the offset is
an interval, and so is the time of each picture. `alignment` narrows it by the pictures themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from crawler.readers.streams.playhead import Playhead, Shown

MOST_BUFFER_NS = 30_000_000_000  # players of live rooms hold 1 to 20 s; those of recordings more
BEFORE_NS = 10_000_000_000  # how far before its arrival a picture is looked for, to see that a way is wrong
FIRST_US = 100_000  # players count from the first picture or sound, by its decoding or its presentation time
LEAST_TESTS = 2
Rule = Literal["own times", "from first picture", "pictures", "arrival"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A picture's time in the stream, and between which wall times its bytes came."""

    media_us: int
    from_ns: int
    to_ns: int


@dataclass(frozen=True, slots=True)
class Offset:
    """Element time minus media time, in microseconds, between two bounds, and what that rests on."""

    low_us: int
    high_us: int
    rule: Rule


def estimate(arrivals: Sequence[Arrival], playhead: Playhead, first_media_us: int) -> Offset | None:
    """The offset of a stream whose first picture was at `first_media_us`; None while too little is known."""
    ways = [Offset(0, 0, "own times")]
    if abs(first_media_us) > FIRST_US:
        ways.append(Offset(-first_media_us - FIRST_US, -first_media_us + FIRST_US, "from first picture"))
    possible = [way for way in ways if _holds(arrivals, playhead, (way.low_us + way.high_us) // 2)]
    return possible[0] if len(possible) == 1 else bounds(arrivals, playhead)


def bounds(arrivals: Iterable[Arrival], playhead: Playhead) -> Offset | None:
    """What arrival alone says: each picture was shown after its bytes came, and within `MOST_BUFFER_NS` of that."""
    lows, highs = [], []
    for arrival in arrivals:
        began = playhead.element_at(arrival.from_ns)
        ended = playhead.element_at(arrival.to_ns)
        if began is not None:
            lows.append(began[0] - began[1] - arrival.media_us)
        if ended is not None:
            highs.append(ended[0] + ended[1] + MOST_BUFFER_NS // 1000 - arrival.media_us)
    if not lows or not highs or max(lows) > min(highs):
        return None
    return Offset(max(lows), min(highs), "arrival")


def shown_at(arrival: Arrival, offset: Offset | None, playhead: Playhead) -> Shown | None:
    """When a picture was on the screen.

    None: the looks reach beyond the time at which it can have been shown, and it was not. Without looks or offset it is
    the time of arrival and the deepest buffer, and not certain.
    """
    if offset is not None:
        since, until = arrival.from_ns - BEFORE_NS, arrival.to_ns + MOST_BUFFER_NS
        ends = [playhead.shown(arrival.media_us + by, since, until) for by in (offset.low_us, offset.high_us)]
        told = [end for end in ends if end is not None]
        if len(told) == 2 or (told and offset.rule != "arrival"):
            low = max(min(end.earliest_ns for end in told), arrival.from_ns)
            high = max(low, *(end.latest_ns for end in told))
            certain = len(told) == 2 and all(end.certain for end in told) and offset.rule != "arrival"
            return Shown((low + high) // 2, (high - low + 1) // 2, certain)
        if offset.rule != "arrival":
            return None
    middle = (arrival.from_ns + arrival.to_ns + MOST_BUFFER_NS) // 2
    return Shown(middle, middle - arrival.from_ns, certain=False)


def possible(offset: Offset, arrivals: Sequence[Arrival], playhead: Playhead) -> bool:
    """Whether nothing speaks against an offset."""
    return _holds(arrivals, playhead, (offset.low_us + offset.high_us) // 2, least=0)


def _holds(arrivals: Sequence[Arrival], playhead: Playhead, offset_us: int, least: int = LEAST_TESTS) -> bool:
    """Whether every picture that the looks tell of was then shown after it came and before it was too old."""
    tested = 0
    for arrival in arrivals:
        since, until = arrival.from_ns - BEFORE_NS, arrival.to_ns + MOST_BUFFER_NS + BEFORE_NS
        shown = playhead.shown(arrival.media_us + offset_us, since, until)
        if shown is None or not shown.certain:
            continue
        tested += 1
        if shown.latest_ns < arrival.from_ns or shown.earliest_ns > arrival.to_ns + MOST_BUFFER_NS:
            return False
    return tested >= least
