"""Between which moments an entry was written, by the word of others (FORMAT.md section 10.3). Pure.

"not before" rests on the token that the log knew (`after`), "not after" on the first anchor over a register that knew
the entry. Either may be missing, and that is said: None is a value.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

SECOND_NS = 1_000_000_000
_DAYS_TO_9999 = 2_932_896


@dataclass(frozen=True, slots=True)
class Anchor:
    """A token or a cosignature over the register at `size` entries: who says so (`by`), when (Unix nanoseconds).

    `at` is the register's index of the entry that holds it; `reply` the BLAKE3 of a token's reply, None of a witness.
    """

    by: str
    size: int
    time_ns: int
    accuracy_ns: int
    at: int
    reply: str | None


@dataclass(frozen=True, slots=True)
class Bracket:
    """The anchors between which an entry was written; None where there is none."""

    not_before: Anchor | None
    not_after: Anchor | None

    def outside_ns(self, wall_ns: int) -> int:
        """By how much a clock's word lies outside, in nanoseconds; 0 inside. The anchors' own accuracy is allowed."""
        before = after = 0
        if self.not_before is not None:
            before = self.not_before.time_ns - self.not_before.accuracy_ns - wall_ns
        if self.not_after is not None:
            after = wall_ns - self.not_after.time_ns - self.not_after.accuracy_ns
        return max(before, after, 0)

    def __str__(self) -> str:
        return f"not before {_words(self.not_before)}, not after {_words(self.not_after)}"


class Brackets:
    """Finds brackets. `heads` are a log's registered heads in order: (size of the log, register index).

    `opened` is where in the register each log was opened: its key was made there, so nothing of it is older than what
    the register held by then. `others` are replies of tokens that a log may name, whose time counts for nothing.
    """

    def __init__(
        self,
        anchors: Iterable[Anchor],
        heads: Mapping[str, Sequence[tuple[int, int]]],
        opened: Mapping[str, int] | None = None,
        others: Iterable[str] = (),
    ) -> None:
        anchors = list(anchors)
        self._opened = opened or {}
        self._others = frozenset(others)
        # The latest word among all anchors that the register held by then.
        self._places: list[int] = []
        self._latest: list[Anchor] = []
        for anchor in sorted(anchors, key=lambda anchor: anchor.at):
            best = self._latest[-1] if self._latest else anchor
            self._places.append(anchor.at)
            self._latest.append(max(best, anchor, key=lambda each: each.time_ns - each.accuracy_ns))
        by_size = sorted(anchors, key=lambda anchor: anchor.size)
        self._known = {anchor.reply: anchor for anchor in by_size if anchor.reply is not None}
        self._sizes = [anchor.size for anchor in by_size]
        # The earliest word among all anchors of at least this size: a later anchor can be the earlier one in time.
        self._earliest: list[Anchor] = []
        for anchor in reversed(by_size):
            best = self._earliest[-1] if self._earliest else anchor
            self._earliest.append(min(anchor, best, key=lambda each: (each.time_ns + each.accuracy_ns, each.at)))
        self._earliest.reverse()
        self._heads = {log: ([size for size, _ in found], [at for _, at in found]) for log, found in heads.items()}

    @property
    def any(self) -> bool:
        """Whether there is any anchor at all."""
        return bool(self._sizes)

    def knows(self, reply: str) -> bool:
        """Whether a token that passed has a reply of this BLAKE3."""
        return reply in self._known or reply in self._others

    def of_register_entry(self, index: int) -> Bracket:
        """Of an entry of the register: not before the anchors that the register held before it."""
        return Bracket(self._held_before(index), self._covering(index))

    def of_log_entry(self, log: str, index: int, after: str | None) -> Bracket:
        """Of an entry of a log. `after` is that of the nearest `session.open` or `heartbeat` at or before it."""
        sizes, places = self._heads.get(log, ([], []))
        found = bisect_right(sizes, index)  # the first head whose size is over the index
        not_after = self._covering(places[found]) if found < len(places) else None
        before = [self._held_before(self._opened.get(log, 0)), None if after is None else self._known.get(after)]
        known = [anchor for anchor in before if anchor is not None]
        return Bracket(max(known, key=lambda each: each.time_ns - each.accuracy_ns, default=None), not_after)

    def _held_before(self, register_index: int) -> Anchor | None:
        found = bisect_left(self._places, register_index)
        return self._latest[found - 1] if found else None

    def _covering(self, register_index: int) -> Anchor | None:
        found = bisect_right(self._sizes, register_index)
        return self._earliest[found] if found < len(self._earliest) else None


def _words(anchor: Anchor | None) -> str:
    if anchor is None:
        return "none"
    return f"{moment(anchor.time_ns)} ({anchor.by})"


def moment(time_ns: int) -> str:
    """A time as RFC 3339 in UTC, to the millisecond. Any number gives words: what is stored may be hostile."""
    seconds, rest = divmod(time_ns, SECOND_NS)
    days, second = divmod(seconds, 86_400)
    if not 0 <= days < _DAYS_TO_9999:
        return f"{time_ns} ns after 1970"
    return datetime.fromtimestamp(days * 86_400 + second, UTC).strftime(f"%Y-%m-%dT%H:%M:%S.{rest // 1_000_000:03}Z")
