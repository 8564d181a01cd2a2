"""Holds captures back until it is certain that they show our room (data path 3, before preserving).

A live page can jump to another shop's room at any moment, with or without a navigation. So each capture waits for the
first look at the page that began after the capture ended and still saw our room; only then is it handed on. What lies
between the last good look and a jump is dropped, counted, and recorded as a gap: nothing of another room is kept.
Pure, single loop; order in is order out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from evidence_store.entries import Draft

MAX_UNSEEN = 50  # stretches remembered; a page that navigates in a loop can't make this list endless
HELD_BYTES = 64 << 20  # over this the oldest are handed on as unconfirmed: memory stays bounded when a page freezes


@dataclass(frozen=True, slots=True)
class Held:
    """A draft and the moment its content ended."""

    draft: Draft
    ended_mono_ns: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was dropped: captures, bytes, and when the first of them began (None: nothing was)."""

    captures: int
    bytes: int
    since_mono_ns: int | None


class Outbox:
    """Drafts that wait for confirmation, and the function that takes them when it comes."""

    def __init__(self, deliver: Callable[[Draft], None]) -> None:
        self._deliver = deliver
        self._held: deque[Held] = deque()
        self._bytes = 0
        self._unseen: list[tuple[int, int]] = []
        self.confirmed_mono_ns = 0

    def put(self, draft: Draft, ended_mono_ns: int) -> None:
        """Hand in a capture of the room whose content ended at that moment."""
        held = Held(draft, ended_mono_ns)
        if self._is_unseen(held):
            return  # its gap was recorded when the stretch was found
        self._held.append(held)
        self._bytes += draft.size
        self._release()

    def pass_by(self, draft: Draft) -> None:
        """A fact of ours (gap, heartbeat, state, preflight): nothing of a room in it, nothing to wait for."""
        self._deliver(draft)

    def confirm(self, mono_ns: int) -> None:
        """A look that began at this moment saw our room."""
        self.confirmed_mono_ns = max(self.confirmed_mono_ns, mono_ns)
        self._release()

    def drop(self) -> Dropped:
        """Forget all that is held: the page shows another room."""
        return self._drop_where(lambda _: True)

    def drop_unseen(self, from_mono_ns: int, to_mono_ns: int) -> Dropped:
        """Forget what shows a document that came and went without ever being looked at: it may be another room's.

        It holds for captures that are handed in later, too, as far as they began in that stretch.
        """
        self._unseen.append((from_mono_ns, to_mono_ns))
        del self._unseen[:-MAX_UNSEEN]
        return self._drop_where(self._is_unseen)

    def _is_unseen(self, held: Held) -> bool:
        began, ended = held.draft.mono_ns, held.ended_mono_ns
        return any(began < to and ended > since for since, to in self._unseen)

    def _drop_where(self, wrong: Callable[[Held], bool]) -> Dropped:
        dropped = [held for held in self._held if wrong(held)]
        self._held = deque(held for held in self._held if not wrong(held))
        size = sum(held.draft.size for held in dropped)
        self._bytes -= size
        return Dropped(len(dropped), size, min((held.draft.mono_ns for held in dropped), default=None))

    def flush(self) -> None:
        """Hand on the rest: the session ends in our room, or the browser died in it."""
        while self._held:
            self._pop()

    @property
    def held_bytes(self) -> int:
        return self._bytes

    def _release(self) -> None:
        while self._held and (self._held[0].ended_mono_ns <= self.confirmed_mono_ns or self._bytes > HELD_BYTES):
            self._pop()

    def _pop(self) -> None:
        held = self._held.popleft()
        self._bytes -= held.draft.size
        self._deliver(held.draft)
