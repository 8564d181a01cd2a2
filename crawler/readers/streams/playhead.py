"""When a moment of the media was on the screen, from what the page's video element said at each look (pure).

Each look gives one point: the element's media time, read within a bracket of wall time. Between two looks the time is
interpolated; how far that may be wrong is said with each answer and never assumed away.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

from evidence_store.entries import JSON, StoredEntry

# A video element's time runs with its sound; the picture that belongs to it is composed a little before or after.
# Measured against the simulated room's own account: 95 % within 30 ms, and up to 0.1 s on a machine with five times the
# work that its cores can do.
DISPLAY_NS = 120_000_000
APART_NS = 5_000_000_000  # looks further apart say nothing of what lies between
BEYOND_NS = 1_500_000_000  # so long before the first and after the last look the time is still told
JUMP_US = 1_000_000  # media time that runs ahead of the clock by this much between two looks has jumped
MOST_LOOKS = 1200  # at one a second, the last 20 minutes


@dataclass(frozen=True, slots=True)
class Look:
    """The page's video at one look: media time `element_us` at a wall time between `from_ns` and `to_ns`."""

    from_ns: int
    to_ns: int
    element_us: int
    paused: bool
    width: int  # of the original picture
    height: int
    box: tuple[int, int, int, int]  # x, y, w, h on the screen

    @property
    def wall_ns(self) -> int:
        """The middle of the bracket."""
        return (self.from_ns + self.to_ns) // 2

    @property
    def half_ns(self) -> int:
        """Half of the bracket: how far the middle may be wrong."""
        return (self.to_ns - self.from_ns + 1) // 2


@dataclass(frozen=True, slots=True)
class Shown:
    """A wall time and how far it may be wrong, either way. `certain`: false where a player may have skipped it."""

    wall_ns: int
    within_ns: int
    certain: bool = True

    @property
    def earliest_ns(self) -> int:
        return self.wall_ns - self.within_ns

    @property
    def latest_ns(self) -> int:
        return self.wall_ns + self.within_ns


def look_of(entry: StoredEntry) -> Look | None:
    """The look that a `screen` entry tells of; None when it tells of none (an older log, or a page without video)."""
    video: Mapping[str, JSON] | None = entry.body.get("video")
    if video is None or not video["width"] or not video["height"]:
        return None
    from_mono, to_mono = int(video["from_mono"]), int(video["to_mono"])
    x, y, w, h = video["box"]
    return Look(
        entry.wall_ns + from_mono - entry.mono_ns,
        entry.wall_ns + to_mono - entry.mono_ns,
        int(video["time_us"]),
        bool(video["paused"]),
        int(video["width"]),
        int(video["height"]),
        (int(x), int(y), int(w), int(h)),
    )


class Playhead:
    """The looks so far, newest last. Not safe from several threads."""

    def __init__(self, most: int = MOST_LOOKS) -> None:
        self._looks: list[Look] = []
        self._most = most

    @property
    def newest(self) -> Look | None:
        return self._looks[-1] if self._looks else None

    def take(self, look: Look) -> None:
        """The next look; the same one again (a picture that had no look of its own) and earlier ones say nothing."""
        if not self._looks or look.from_ns > self._looks[-1].from_ns:
            self._looks.append(look)
            if len(self._looks) > self._most + MOST_LOOKS:
                del self._looks[: -self._most]

    def at(self, wall_ns: int) -> Look | None:
        """The look nearest to a wall time, if it is near enough to speak for it."""
        after = bisect_left(self._looks, wall_ns, key=_wall)
        sides = [self._looks[at] for at in (after - 1, after) if 0 <= at < len(self._looks)]
        near = min(sides, key=lambda look: abs(look.wall_ns - wall_ns), default=None)
        return near if near is not None and abs(near.wall_ns - wall_ns) <= APART_NS else None

    def element_at(self, wall_ns: int) -> tuple[int, int] | None:
        """(media time, how far it may be wrong) in microseconds at a wall time; None where no looks tell."""
        looks = self._looks
        after = bisect_left(looks, wall_ns, key=_wall)
        if 0 < after < len(looks):
            a, b = looks[after - 1], looks[after]
            if b.wall_ns - a.wall_ns > APART_NS:
                return None
            straight = [_run(a, wall_ns - a.wall_ns), b.element_us - _run_back(b, b.wall_ns - wall_ns)]
            spread = max(straight) - min(straight)
            return (straight[0] + straight[1]) // 2, spread // 2 + max(a.half_ns, b.half_ns) // 1000
        near = self.at(wall_ns)
        if near is None or abs(near.wall_ns - wall_ns) > BEYOND_NS:
            return None
        off = wall_ns - near.wall_ns
        return _run(near, off), abs(off) // 10_000 + near.half_ns // 1000

    def shown(self, element_us: int, since_ns: int, until_ns: int) -> Shown | None:
        """When a media time was first on the screen within a stretch of wall time; None when no looks say that it was.

        The stretch matters: an element that begins anew counts from 0 again.
        """
        looks = self._looks
        first = max(0, bisect_left(looks, since_ns, key=_wall) - 1)
        last = min(len(looks), bisect_left(looks, until_ns, key=_wall) + 1)
        for at in range(first, last - 1):
            a, b = looks[at], looks[at + 1]
            if a.element_us <= element_us <= b.element_us and b.wall_ns - a.wall_ns <= APART_NS:
                return _between(a, b, element_us)
        for at in (first, last - 1):  # a little before the first look, and after the last
            if not 0 <= at < len(looks) or looks[at].paused or at not in {0, len(looks) - 1}:
                continue
            look, off = looks[at], (element_us - looks[at].element_us) * 1000
            if (-BEYOND_NS <= off < 0 and at == 0) or (0 <= off <= BEYOND_NS and at == len(looks) - 1):
                return Shown(look.wall_ns + off, look.half_ns + abs(off) // 10 + DISPLAY_NS, certain=False)
        return None


def _wall(look: Look) -> int:
    return look.wall_ns


def _between(a: Look, b: Look, element_us: int) -> Shown:
    """Played on from the look before, or up to the look after: the truth lies between, if nothing was skipped."""
    ends = (a.wall_ns + (element_us - a.element_us) * 1000, b.wall_ns - (b.element_us - element_us) * 1000)
    low, high = max(min(ends), a.wall_ns), min(max(ends), b.wall_ns)
    jumped = b.element_us - a.element_us - (b.wall_ns - a.wall_ns) // 1000 > JUMP_US
    return Shown((low + high) // 2, (high - low) // 2 + max(a.half_ns, b.half_ns) + DISPLAY_NS, certain=not jumped)


def _run(look: Look, ns: int) -> int:
    return look.element_us if look.paused else look.element_us + ns // 1000


def _run_back(look: Look, ns: int) -> int:
    return 0 if look.paused else ns // 1000
