"""When a burst of pictures is due: after a scarcity counter changed, between the grid's own pictures. Pure.

A watch at one picture a second sees a value that stays for a second only once. So when the reader hears that a scarcity
counter changed, three more pictures are taken at 4 Hz: two readings then agree on what it shows now. The grid comes
first: a burst's picture is never begun so late that the grid's next one would have to wait for it.

A burst costs 0.1 to 0.2 CPU-s of capture, its looks at the page included (measured in five pairs of watches on a busy
machine: 2 to 7 CPU-s a minute with 29 bursts in it); reading its pictures comes on top. With 2 s from burst to burst
there are never more than 90 pictures a minute, however often a counter changes, and a reader that is behind prompts
none: a machine without time to spare is not asked for more.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BurstRules:
    """All in seconds, but for the number of pictures and the rate."""

    pictures: int = 3
    most_hz: float = 2.0  # of the grid
    spacing_s: float = 0.25  # from the beginning of the picture before, the grid's included: 4 Hz
    rest_s: float = 2.0  # from the beginning of one burst to that of the next; what is not taken by then is left
    fresh_s: float = 2.0  # a change in an older picture is over: the reader is behind
    room_s: float = 0.15  # before the grid's next picture, or twice what the last picture took if that is longer

    def fits(self, rate_hz: float) -> bool:
        """Whether a grid of this rate leaves room for a burst's pictures; a faster one is nearly as dense itself."""
        return rate_hz <= self.most_hz


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a burst follows: the session's `number`-th burst; a change was read in the picture of capture `entry`."""

    number: int
    entry: int


class Bursts:
    """Which burst is under way, and when its next picture is due. One for each session; it outlives browsers.

    `now_s`, `last_s` and `grid_s` are seconds of one monotonic clock: now, the beginning of the last picture, and the
    grid's next slot.
    """

    def __init__(self, rules: BurstRules | None = None) -> None:
        self.rules = rules or BurstRules()
        self.begun = 0
        self.taken = 0
        self.prompt: Prompt | None = None  # of the newest burst
        self._left = 0
        self._began_s: float | None = None

    def ask(self, now_s: float, age_s: float, entry: int) -> bool:
        """A change was read in a picture `age_s` old, capture entry `entry`; true when a burst begins."""
        rested = self._began_s is None or now_s - self._began_s >= self.rules.rest_s
        if not rested or not 0 <= age_s <= self.rules.fresh_s:
            return False
        self.begun += 1
        self.prompt = Prompt(self.begun, entry)
        self._left = self.rules.pictures
        self._began_s = now_s
        return True

    def due(self, now_s: float, last_s: float, grid_s: float, call_s: float) -> float | None:
        """When the burst's next picture is due; None when there is none, or no room for it before `grid_s`.

        `call_s`: how long the last picture took.
        """
        if self._left == 0 or self._began_s is None:
            return None
        if now_s - self._began_s >= self.rules.rest_s:
            self.give_up()
            return None
        at = max(now_s, last_s + self.rules.spacing_s)
        return at if at + max(self.rules.room_s, 2 * call_s) <= grid_s else None

    def begin_picture(self) -> Prompt | None:
        """A picture that was due is being taken; what it follows, for its entry."""
        self._left -= 1
        return self.prompt

    def give_up(self) -> None:
        """Leave the rest of the burst: the page hangs, is another one, or is being left."""
        self._left = 0
