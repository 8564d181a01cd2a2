"""Which model to ask first, and when a second opinion can be spared: per field, per digit (pure).

The small model costs three times the tiny one. A field shows the same digits in the same type again and again; where
both models have agreed on each of them, the tiny one alone is believed when it is clear. Every few values the small
one is asked all the same, and one contradiction takes the trust in the field away. Where the tiny one is mostly unsure
(small or blurred type), the small one is asked first.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections import deque
from dataclasses import dataclass, field

from crawler.readers.counters import Counter
from crawler.readers.ocr import Size

AGREED_LEAST = 1  # times both models must have agreed on a digit, and on a frame
RECENT = 6  # recognitions by the tiny model that decide who is asked first
UNSURE_MOST = 3
TRY_AGAIN = 12  # looks after which the tiny model gets another chance
AUDIT_EVERY = 12  # values that the tiny model may carry before the small one is asked again


@dataclass(slots=True)
class Trust:
    """What both models have agreed on in one field. Owned by its `Field`."""

    _digits: Tally[str] = field(default_factory=Tally)
    _forms: Tally[str] = field(default_factory=Tally)
    _carried: int = 0
    _unsure: deque[bool] = field(default_factory=lambda: deque(maxlen=RECENT))
    _small_first: int = 0

    def covers(self, counter: Counter) -> bool:
        """Whether the tiny model alone may carry this value to a first sighting."""
        if self._carried >= AUDIT_EVERY or self._forms[counter.form] < AGREED_LEAST:
            return False
        return all(self._digits[digit] >= AGREED_LEAST for digit in counter.digits)

    @property
    def first(self) -> Size:
        """The model to ask first."""
        if sum(self._unsure) <= UNSURE_MOST:
            return "tiny"
        self._small_first += 1
        if self._small_first % TRY_AGAIN == 0:
            self._unsure.popleft()
        return "small"

    def asked_tiny(self, *, sure: bool) -> None:
        """The tiny model was asked first."""
        self._unsure.append(not sure)

    def carried(self) -> None:
        """The tiny model alone has carried a value."""
        self._carried += 1

    def agreed(self, counter: Counter) -> None:
        """Both models said this."""
        self._forms[counter.form] += 1
        self._digits.update(set(counter.digits))
        self._carried = 0

    def contradicted(self) -> None:
        """The models said different things, or a value that one carried was refused."""
        self._digits.clear()
        self._forms.clear()
        self._carried = 0
