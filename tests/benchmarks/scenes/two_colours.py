"""Counters in two colours: the words in one, the number in another, as 仅剩 [128] 件 or 已抢 [98%] stand in rooms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from tests.benchmarks.scenes.layout import GOLD, INK, WHITE, CounterPlan
from tests.benchmarks.scenes.letters import Letterer, Style

DIGITS = "0123456789"
YELLOW, ORANGE, CRIMSON, MAROON = (255, 222, 40), (255, 150, 40), (214, 20, 44), (120, 10, 20)


@dataclass(frozen=True, slots=True)
class TwoColours(Style):
    """A style for the words, and beside it that of the characters in `numerals`; both have strokes of one width."""

    number: Style = field(kw_only=True)
    numerals: str = field(default=DIGITS + ".", kw_only=True)


class TwoColoured(Letterer):
    """Draws texts whose numerals are in a style of their own; boxes and widths are those of the words."""

    def __init__(self, face: Path, px: int, style: TwoColours) -> None:
        super().__init__(face, px, style)
        self._number = Letterer(face, px, style.number)
        self._numerals = frozenset(style.numerals)

    def _glyph(self, char: str) -> tuple[Image.Image, Image.Image]:
        return self._number._glyph(char) if char in self._numerals else super()._glyph(char)


def _pair(words: Style, **number: object) -> TwoColours:
    """The words' style with the number's, which differs in what `number` names."""
    other = replace(words, **number)  # type: ignore[arg-type]
    same = (words.fill, words.ends, words.stroke, words.thick, words.shadow, words.box, words.cards)
    return TwoColours(*same, number=other)


BOXED: tuple[TwoColours, ...] = (
    _pair(Style(WHITE, box=(18, 18, 24, 140)), fill=YELLOW),
    _pair(Style((226, 226, 230), box=(18, 18, 24, 140)), fill=(255, 92, 72)),
    _pair(Style(INK, box=(255, 255, 255, 150)), fill=CRIMSON),
    _pair(Style(WHITE, box=(214, 30, 54, 255)), fill=(255, 238, 70)),
    _pair(Style((120, 70, 20), box=(255, 244, 214, 255)), fill=(226, 20, 40)),
)
NAKED: tuple[TwoColours, ...] = (
    _pair(Style(WHITE, stroke=INK, thick=2), fill=YELLOW),
    _pair(Style(WHITE, stroke=INK, thick=2), fill=(255, 70, 70), stroke=WHITE),
    _pair(Style(GOLD, stroke=MAROON, thick=2), fill=WHITE),
    _pair(Style(INK, stroke=WHITE, thick=2), fill=CRIMSON),
    _pair(Style(WHITE, stroke=INK, thick=1, shadow=True), fill=(255, 244, 150), ends=ORANGE, stroke=MAROON),
)


def in_two_colours(counters: Sequence[CounterPlan], seed: int) -> tuple[CounterPlan, ...]:
    """The counters at their places, boxed ones on boxes and naked ones naked, each in one of the pairs of colours."""
    rng = np.random.default_rng(seed)
    found = []
    for counter in counters:
        pool = BOXED if counter.style.box else NAKED
        style = pool[int(rng.integers(len(pool)))]
        texts = {shown.text for shown in counter.truth.showings if shown.kind is not None}
        numerals = DIGITS + "."
        if "countdown" in counter.truth.strata["family"]:
            # A clock without words keeps its colons in the words' colour, or it would have one colour only.
            numerals += ":" * all(any(char.isalpha() for char in text) for text in texts)
        elif rng.random() < 0.5 or counter.truth.strata["family"] == "percent":
            numerals += "万%+"
        truth = replace(counter.truth, strata={**counter.truth.strata, "colours": "two"})
        found.append(replace(counter, truth=truth, style=replace(style, numerals=numerals)))
    return tuple(found)
