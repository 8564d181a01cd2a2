"""Reading one line: tiny first, small when unsure or when the value changed (data path 5).

Thresholds on the lowest character probability: 384 held-out crops gave 0.8 for tiny and 0.5 for small; since full-width
forms are one sign, tiny at 0.7 lets through no more (42 tuning scenes: none wrong of 11,464). None is not never: so a
value that is not the one known before is read by both models, on two crops of different margin. A clipped digit shows
as a difference between the two crops. Where both models have agreed on every digit of a field before (`trust`), a clear
reading of the tiny one does for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from crawler.readers.counters import Counter
from crawler.readers.ocr import Bgr, Box, Engine, Size, Text
from crawler.readers.readings import Candidate
from crawler.readers.statements import read_line
from crawler.readers.trust import Trust

WORDS_LEAST = 0.3  # lowest character probability under which not even a counter's words are believed

Expects = Callable[[Counter], bool]
Margin = Literal["tight", "loose"]

MARGINS: tuple[Margin, ...] = ("tight", "loose")
ALONE = 0.95  # lowest character probability from which a single recognition carries a value
TRUSTED = 0.85  # the same where both models have agreed on every digit of the field before
SMALL_ALONE = 0.8  # the same for the better of the small model's two, when the tiny one is not sure of anything


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Lowest character probability from which a model's legal counter is believed."""

    tiny: float = 0.7
    small: float = 0.5

    def of(self, size: Size) -> float:
        """The threshold of one model."""
        return self.tiny if size == "tiny" else self.small


@dataclass(frozen=True, slots=True)
class Look:
    """One line as read. `chosen` is the candidate that counts: null when nothing legal was sure, or opinions differ."""

    candidates: tuple[Candidate, ...]
    chosen: Candidate | None
    agreeing: int  # sure recognitions that say the same as `chosen`

    @property
    def contradictory(self) -> bool:
        """Whether at least two sure recognitions say different things."""
        return len({c.counter for c in self.candidates if c.sure}) > 1

    @property
    def best(self) -> Candidate:
        """The candidate to show: the chosen one, else a legal one, else the likeliest."""
        return self.chosen or max(self.candidates, key=lambda c: (c.counter is not None, c.min_probability))


class LineReader:
    """Reads the text in a box of a picture."""

    def __init__(self, engine: Engine, thresholds: Thresholds) -> None:
        self._engine = engine
        self._thresholds = thresholds

    def read(
        self, picture: Bgr, line: Box, known: Counter | None, trust: Trust | None = None, expects: Expects | None = None
    ) -> Look:
        """Read one line as the detector boxed it; `known` is the value that the field showed last.

        `known`, `trust` and `expects` (what this picture may show besides, by what was read before) save second
        opinions only; they never decide what is read.
        """
        if trust is not None and trust.first == "small":
            first = self.recognise(picture, line, "small", "tight")
            if first.sure and first.counter is not None:
                fewer = known is not None and len(first.counter.digits) < len(known.digits)
                as_before = first.counter == known or (expects is not None and expects(first.counter))
                if as_before or (first.min_probability >= ALONE and not fewer):
                    return Look((first,), first, 1)
            return self._weighed(picture, line, self.recognise(picture, line, "tiny", "tight"), known, first)
        first = self.recognise(picture, line, "tiny", "tight")
        if trust is not None:
            trust.asked_tiny(sure=first.sure)
        if first.sure and first.counter is not None:
            if first.counter == known or (expects is not None and expects(first.counter)):
                return Look((first,), first, 1)
            if trust is not None and self._trusted(trust, first, known):
                trust.carried()
                return Look((first,), first, 1)
        return self._weighed(picture, line, first, known)

    def second(self, picture: Bgr, line: Box, look: Look) -> Look:
        """The small model's opinions on a line that one recognition has carried alone so far."""
        (first,) = look.candidates
        others = [self.recognise(picture, line, "small", margin) for margin in MARGINS]
        agreeing = all(c.sure and c.counter == first.counter for c in others)
        return Look((first, *others), first if agreeing else None, 3 if agreeing else 0)

    def _trusted(self, trust: Trust, first: Candidate, known: Counter | None) -> bool:
        counter = first.counter
        return (
            known is not None
            and counter is not None
            and first.min_probability >= TRUSTED
            and counter.form == known.form
            and len(counter.digits) == len(known.digits)
            and trust.covers(counter)
        )

    def _weighed(
        self, picture: Bgr, line: Box, first: Candidate, known: Counter | None, tight: Candidate | None = None
    ) -> Look:
        # Where both models find nothing legal, a third opinion made something of it in 1 of 140 cases.
        if tight is not None and first.counter is None and tight.counter is None:
            return Look((first, tight), None, 0)
        second = self.recognise(picture, line, "small", "loose")
        # Fewer digits than before may be a cover's doing: `weighing.CLEAR` asks for one recognition beyond doubt.
        fewer = known is not None and first.counter is not None and len(first.counter.digits) < len(known.digits)
        if first.sure and second.sure and first.counter == second.counter and not fewer:
            return Look((first, second), first, 2)
        # An unsure first one that says the same, or nothing legal, does not speak against a clear second one: the value
        # waits for another picture anyway.
        if second.sure and second.min_probability >= ALONE and first.counter in (None, second.counter) and not fewer:
            return Look((first, second), second, 2 if first.counter is not None else 1)
        if first.counter is None and second.counter is None:
            return Look((first, second), None, 0)
        third = tight or self.recognise(picture, line, "small", "tight")
        candidates = (first, second, third)
        return self._judged(candidates)

    def _judged(self, candidates: tuple[Candidate, ...]) -> Look:
        """Three recognitions: all sure ones must agree, and a lone one must carry."""
        first = candidates[0]
        sure = [c for c in candidates if c.sure]
        agree = bool(sure) and all(c.counter == sure[0].counter for c in sure)
        carried = agree and (len(sure) > 1 or _carried(sure[0], candidates))
        clear = carried and (first.sure or max(c.min_probability for c in sure) >= SMALL_ALONE)
        return Look(candidates, sure[0], len(sure)) if clear else Look(candidates, None, 0)

    def recognise(self, picture: Bgr, line: Box, size: Size, margin: Margin) -> Candidate:
        """One recognition; the tight crop adds 2 px to the detector's box, the loose one a third of its height."""
        grown = line.grown(2, 1) if margin == "tight" else line.grown(max(4, line.h // 3), 2)
        text = self._engine.recognise(grown.within(picture.shape[1], picture.shape[0]).cut(picture), size)
        counter = read_line(text.text)
        probability = text.min_probability if counter is None else _carried_by(counter, text)
        sure = counter is not None and probability >= self._thresholds.of(size)
        return Candidate(text.text, counter, probability, size, margin, sure)


def _carried_by(counter: Counter, text: Text) -> float:
    """The lowest probability of the characters that carry the value.

    A word that is hard to read and makes a legal counter all the same says so by itself: of 49 counters that only
    their words made unsure, the small model read another value in none. A statement is carried by all of it.
    """
    worded = counter.kind == "statement" or text.min_probability < WORDS_LEAST
    return text.min_probability if worded else text.value_probability


def _carried(lone: Candidate, candidates: tuple[Candidate, ...]) -> bool:
    """Whether a lone sure recognition may stand.

    Nothing legal may speak against it, and another recognition, however unsure, must say the same, or it must itself be
    beyond doubt. A half-covered "2.2万" was read as "4.2万" at 0.52, alone.
    """
    others = [c.counter for c in candidates if c is not lone and c.counter is not None]
    if any(counter != lone.counter for counter in others):
        return False
    return bool(others) or lone.min_probability >= ALONE
