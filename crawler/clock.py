"""Wall and monotonic time, always taken together (data path 3).

Chromium's DevTools timestamps of network events are CLOCK_MONOTONIC seconds of the same boot (measured, spread
0.16 ms), so one reading of both clocks puts everything on one timeline. Tests pass a fake.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks: Unix nanoseconds, and CLOCK_MONOTONIC nanoseconds of this boot."""

    wall_ns: int
    mono_ns: int

    def wall_at(self, mono_ns: int) -> int:
        """The wall time of another monotonic moment, by this reading's offset."""
        return self.wall_ns + (mono_ns - self.mono_ns)


class Clock(Protocol):
    """Where time comes from. Never blocks; safe from any thread."""

    def now(self) -> Instant: ...


class SystemClock:
    """This machine's clocks, read back to back (well under a microsecond apart)."""

    def now(self) -> Instant:
        return Instant(time.time_ns(), time.monotonic_ns())
