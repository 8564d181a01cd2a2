"""The third step of the ladder: the screenshots' values held against those of the original video (pure).

A value that both show at one moment rests on two sources. Where the video shows another one, both stay as they were
read and the row says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crawler.readers.readings import Ladder, Status
from crawler.readers.series import Change
from crawler.readers.streams.agreement import Compared, Comparison, Verdict


def confirmed(changes: Sequence[Change], comparison: Comparison) -> list[Change]:
    """The changes with what the other source makes of them."""
    return [_held_against(change, comparison) for change in changes]


def _held_against(change: Change, comparison: Comparison) -> Change:
    if change.status is not Status.ACCEPTED:
        return change
    agree = [each for each in comparison.of(Verdict.AGREE) if _within(change, each)]
    against = [each for each in comparison.of(Verdict.CONTRADICT) if _within(change, each)]
    doubts = tuple(dict.fromkeys(f"the original video shows {each.video.reading.text}" for each in against))
    return replace(
        change,
        ladder=Ladder.SOURCES if agree and not against else change.ladder,
        doubts=(*change.doubts, *doubts),
    )


def _within(change: Change, each: Compared) -> bool:
    screen = each.screen
    return (
        screen is not None
        and screen.field == change.field
        and change.first_seen_ns <= screen.wall_ns <= change.last_seen_ns
    )
