"""Gaps (空缺): stretches that we know we missed, each with a cause and a time range. Pure.

A gap is written twice: when it begins (so that a kill inside it loses nothing) and when it ends. The range counts from
the last moment that was surely good to the first that is good again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from crawler.clock import Instant
from evidence_store.entries import JSON, Draft, EntryType


class Cause(StrEnum):
    """Why something was missed."""

    FROZEN = "page frozen"
    CRASHED = "page crashed"
    BROWSER_DIED = "browser died"
    NAVIGATED = "page navigated"
    VIDEO_PAUSED = "video paused"
    VIDEO_STALLED = "video stalled"
    NO_VIDEO = "no video"
    COVERED = "picture covered"
    BLACK = "video black"
    CHAT_SILENT = "chat silent"
    CHAT_DROPPED = "chat connection dropped"
    MEDIA_LOST = "media bytes lost"
    ANSWERS_LOST = "answers lost"
    PICTURE_MISSED = "picture not taken"
    MACHINE_ASLEEP = "machine asleep or clock stepped"
    LOAD_SHED = "load shed"
    OTHER_ROOM = "withheld: another room"
    UNSEEN = "withheld: a document that came and went unseen"
    PREFLIGHT = "preflight not made"
    FAULT = "a fault of ours"
    UNREADABLE = "page not readable"


@dataclass(slots=True)
class _Open:
    number: int
    since: Instant
    detail: dict[str, JSON]


@dataclass(slots=True)
class GapLedger:
    """Numbers gaps, keeps those that are open, and drafts their entries. One per session."""

    _count: int = 0
    _open: dict[tuple[Cause, str], _Open] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Gaps so far."""
        return self._count

    def is_open(self, cause: Cause, where: str = "") -> bool:
        return (cause, where) in self._open

    @property
    def causes(self) -> list[str]:
        """Causes of the gaps that are open now."""
        return sorted({cause.value for cause, _ in self._open})

    def begin(self, cause: Cause, since: Instant, now: Instant, where: str = "", **detail: JSON) -> Draft | None:
        """Open a gap; None when it is open already. `where` tells streams of one cause apart."""
        if (cause, where) in self._open:
            return None
        if where:
            detail["where"] = where
        self._open[cause, where] = gap = _Open(self._take_number(), since, detail)
        return _draft(gap.number, cause, since, None, now, detail)

    def end(self, cause: Cause, until: Instant, now: Instant, where: str = "") -> Draft | None:
        """Close a gap; None when none is open."""
        gap = self._open.pop((cause, where), None)
        if gap is None:
            return None
        return _draft(gap.number, cause, gap.since, until, now, gap.detail)

    def end_each(self, cause: Cause, until: Instant, now: Instant) -> list[Draft]:
        """Close the gaps of one cause, wherever they are."""
        ends = (self.end(cause, until, now, where) for kind, where in list(self._open) if kind is cause)
        return [draft for draft in ends if draft is not None]

    def end_all(self, until: Instant) -> list[Draft]:
        """Close what is open when the session ends; the range ends with the session."""
        ends = (self.end(cause, until, until, where) for cause, where in list(self._open))
        return [draft for draft in ends if draft is not None]

    def note(self, cause: Cause, since: Instant, until: Instant, **detail: JSON) -> Draft:
        """A gap that is over when it is found."""
        return _draft(self._take_number(), cause, since, until, until, detail)

    def _take_number(self) -> int:
        self._count += 1
        return self._count


def instant_body(instant: Instant) -> dict[str, JSON]:
    """Both clocks as decimal strings of nanoseconds (RFC 8785 numbers end at 2**53)."""
    return {"wall": str(instant.wall_ns), "mono": str(instant.mono_ns)}


def _draft(
    number: int, cause: Cause, since: Instant, until: Instant | None, now: Instant, detail: dict[str, JSON]
) -> Draft:
    body: dict[str, JSON] = {
        "gap": number,
        "cause": cause.value,
        "from": instant_body(since),
        "to": None if until is None else instant_body(until),
    }
    if detail:
        body["detail"] = detail
    return Draft(EntryType.GAP, now.wall_ns, now.mono_ns, body)
