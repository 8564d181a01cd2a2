"""Check 19, second part: what a reading log counts at its end is there (FORMAT.md section 4, `session.close`)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evidence_store.codec import parse_entry
from evidence_store.entries import JSON, EntryType, StoredEntry
from evidence_store.reader import LogReader
from evidence_store.verify.report import Findings

COMPLETE = "complete"
MOST_NAMED = 200  # FORMAT.md section 4: so many pictures that did not decode are named
SCREENS = frozenset({str(EntryType.SCREEN)})
PICTURES = SCREENS | {str(EntryType.MEDIA)}
_NANOSECONDS = re.compile("[0-9]{1,20}")
_COUNTS = frozenset({"read", "read_to", "pictures_left", "not_decoded", "not_decoded_count", "tally"})

Fail = Callable[[str, str], None]
"""Takes what was expected and what was got."""


class Pictures:
    """The pictures of a capture log that may be growing."""

    def __init__(self, captured: LogReader) -> None:
        self._captured = captured
        self._found: set[int] = set()
        self._next = 0

    def has(self, index: int) -> bool:
        """Whether a `screen` or `media` entry has this index."""
        if index >= self._next:
            rows = self._captured.rows(self._next, PICTURES)
            self._found.update(row.idx for row in rows)
            self._next = max(self._found, default=-1) + 1
        return index in self._found

    def screens(self, stretch: tuple[int, int] | None) -> list[int]:
        """The indexes of its `screen` entries; of those in a stretch (Unix nanoseconds, end exclusive) only."""
        rows = self._captured.rows(0, SCREENS)
        if stretch is None:
            return [row.idx for row in rows]
        return [row.idx for row in rows if stretch[0] <= parse_entry(row.raw).wall_ns < stretch[1]]


def spared(body: Mapping[str, JSON]) -> list[int] | None:
    """The capture entries that `not_looked` names, one for each look that was spared; None when it is malformed."""
    rows = body.get("not_looked", [])
    found: list[int] = []
    for row in rows if isinstance(rows, list) else [None]:
        entries = row.get("entries") if isinstance(row, dict) and isinstance(row.get("field"), str) else None
        if not isinstance(entries, list) or any(type(index) is not int for index in entries):
            return None
        found += entries
    return found


@dataclass(slots=True)
class ReadingCounts:
    """Adds up the batches of one reading log of screenshots, for its `session.close` to be held against."""

    opening: Mapping[str, JSON]
    looks: int = 0
    not_looked: int = 0
    named: set[int] = field(default_factory=set)

    def take(self, entry: StoredEntry, not_looked: Sequence[int]) -> None:
        """Take in a batch. Those of the original video have counts of their own."""
        items = entry.body.get("readings")
        if entry.body.get("source") is not None or not isinstance(items, list):
            return
        self.looks += len(items)
        self.not_looked += len(not_looked)
        self.named.update(not_looked)
        common = entry.body.get("entry")
        indexes = [item.get("entry", common) for item in items if isinstance(item, dict)]
        self.named.update(index for index in indexes if type(index) is int)

    def check(self, closing: StoredEntry, pictures: Pictures, findings: Findings, where: str, *, over: bool) -> None:
        """Hold the closing entry's counts against batches and pictures; one that has none of them says nothing.

        `over`: the capture log had ended before this log was opened, so that no picture came later.
        """
        body = closing.body
        if self.opening.get("source") is not None or not _COUNTS & body.keys():
            return
        findings.count(19)

        def fail(expected: str, got: str) -> None:
            findings.fail(19, expected=expected, got=got, where=where)

        for expected, got in _malformed(body, self.opening):
            fail(expected, got)
            return
        screens = pictures.screens(_stretch(self.opening))
        read_to = body["read_to"]
        read = screens[: bisect_right(screens, -1 if read_to is None else read_to)]
        if read_to not in (read[-1] if read else None, None) or body["read"] != len(read):
            to = "nothing was read" if read_to is None else f"the `screen` entries up to {read_to} that were to be read"
            fail(f"`read` {len(read)}: {to}", f"`read` {body['read']}, `read_to` {read_to}")
            return
        self._check_left(len(screens) - len(read), body["pictures_left"], findings, where, over=over)
        self._check_read(body, set(read), fail)
        if body.get("reason") == COMPLETE:
            self._check_tally(body, fail)

    def _check_left(self, left: int, told: int, findings: Findings, where: str, *, over: bool) -> None:
        if told == left:
            return
        expected = f"`pictures_left` {left}: `screen` entries behind the last one that was read"
        if over or told > left:
            findings.fail(19, expected=expected, got=f"`pictures_left` {told}", where=where)
        else:  # captured after this log was closed, or left out: nothing in the logs tells
            got = f"`pictures_left` {told}; {left - told} more are there, which this log does not account for"
            findings.note(19, expected=expected, got=got, where=where)

    def _check_read(self, body: Mapping[str, JSON], read: set[int], fail: Fail) -> None:
        strangers = sorted(self.named - read)
        if strangers:
            fail(
                "readings and spared looks of pictures that `read` counts",
                f"{len(strangers)} others, first entry {strangers[0]}",
            )
        undecoded, count = body["not_decoded"], body["not_decoded_count"]
        due = min(count, MOST_NAMED)
        if not len(undecoded) == len(read.intersection(undecoded)) == due:
            fail(f"`not_decoded`: {due} of the pictures that were read, each once", f"{undecoded!r:.80}")

    def _check_tally(self, body: Mapping[str, JSON], fail: Fail) -> None:
        """Only of a complete run: one that is stopped in the middle of a picture leaves out what that gave."""
        there = {
            "pictures": body["read"] - body["not_decoded_count"],
            "looks": self.looks,
            "not_looked": self.not_looked,
        }
        told = {name: body["tally"].get(name) for name in there}
        if told != there:
            fail(f"`tally` {there}: what is in this log", f"`tally` {told}")


def _malformed(body: Mapping[str, JSON], opening: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """What is missing or of another type: (expected, got)."""
    for name in ("read", "pictures_left", "not_decoded_count"):
        if type(body.get(name)) is not int or body[name] < 0:
            yield f"`{name}`: a whole number from 0 up", repr(body.get(name))[:80]
    read_to, undecoded = body.get("read_to", ""), body.get("not_decoded")
    if read_to is not None and type(read_to) is not int:
        yield "`read_to`: an index of the capture log, or null", repr(read_to)[:80]
    if not isinstance(undecoded, list) or any(type(index) is not int for index in undecoded):
        yield "`not_decoded`: a list of indexes of the capture log", repr(undecoded)[:80]
    if not isinstance(body.get("tally"), dict):
        yield "`tally`: an object", repr(body.get("tally"))[:80]
    bounds = opening.get("range")
    if bounds is not None and not (
        isinstance(bounds, dict) and all(_NANOSECONDS.fullmatch(str(bounds.get(end))) for end in ("from", "to"))
    ):
        yield "`range`: {from, to} in nanoseconds", repr(bounds)[:80]


def _stretch(opening: Mapping[str, JSON]) -> tuple[int, int] | None:
    """The stretch that was to be read; None for the whole log."""
    bounds = opening.get("range")
    return None if bounds is None else (int(bounds["from"]), int(bounds["to"]))
