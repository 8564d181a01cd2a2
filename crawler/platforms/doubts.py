"""What each adapter checks of the numbers, times and texts of one message (pure).

What can't be right is left out or cut, and a flag of the message says so; the raw bytes keep what was sent.
"""

from __future__ import annotations

from collections.abc import Iterable

MOST_NUMBER = (1 << 53) - 1  # the largest whole number that JSON passes on as it is
MOST_TEXT = 10_000  # characters
DAY_MS = 24 * 3600 * 1000
_SECONDS = range(10**9, 10**10)  # epoch seconds and milliseconds of 2001 to 2286: the two can't be mixed up
_MILLISECONDS = range(10**12, 10**13)

NOT_UTF8 = "text not UTF-8"
TEXT_CUT = "text cut"
OUT_OF_RANGE = "number out of range"
IN_THE_FUTURE = "time in the future"
CUT_SHORT = "cut short"  # the message's own bytes break a rule: what stood before the break was read


class Doubts:
    """The flags of one message, in the order in which they were found, each once."""

    __slots__ = ("_flags",)

    def __init__(self, flags: Iterable[str] = ()) -> None:
        self._flags: dict[str, None] = dict.fromkeys(flags)

    def flag(self, flag: str) -> None:
        self._flags[flag] = None

    @property
    def flags(self) -> tuple[str, ...]:
        return tuple(self._flags)

    def number(self, value: object) -> int | None:
        """A whole number from 0 to 2^53 - 1, or digits that mean one. A number out of range is None and flagged."""
        if isinstance(value, str):
            value = digits(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        if 0 <= value <= MOST_NUMBER:
            return value
        self.flag(OUT_OF_RANGE)
        return None

    def text(self, value: object) -> str | None:
        """A text as it is, control and bidirectional characters included; None for an empty one. Cut at 10,000."""
        if not isinstance(value, str) or not value:
            return None
        if len(value) > MOST_TEXT:
            self.flag(TEXT_CUT)
            return value[:MOST_TEXT]
        return value

    def time_ms(self, value: object, received_ms: int) -> int | None:
        """Epoch milliseconds; None for 0. More than a day after it was received is kept and flagged."""
        found = self.number(value)
        if not found:
            return None
        if received_ms and found > received_ms + DAY_MS:
            self.flag(IN_THE_FUTURE)
        return found


def digits(text: str) -> int | None:
    """The number that a text of 1 to 19 ASCII digits is; None for any other text ("26万", "5.6w", "10万+")."""
    return int(text) if 0 < len(text) <= 19 and text.isascii() and text.isdigit() else None


def epoch_ms(value: int | None) -> int | None:
    """Epoch milliseconds of a time whose unit the facts leave open: seconds or milliseconds, None for anything else."""
    if value is None:
        return None
    if value in _SECONDS:
        return value * 1000
    return value if value in _MILLISECONDS else None
