"""One form for what looks alike: full width, traditional characters, blanks and emoji (pure).

Each folded character knows where it stood in the text as given, so that a claim can point at its own words. Folding is
by the character: NFKC where it yields one character and makes no digit of what is none (3² stays 3²).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from crawler.readers.grammar.traditional import SIMPLIFIED

# Overrides of the writing direction: what such a text shows is not what it says, so nothing is read from it.
_OVERRIDES = frozenset("\u202d\u202e")
_KEYCAP = "\u20e3"


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; `places[i]` is where its character i stands in the text as given.

    Blanks and emoji are gone, but between two plain letters or digits one blank stays. `breaks` are the places in
    `text` before which one was taken out, `wide` those of full-width digits and letters.
    """

    text: str
    places: tuple[int, ...]
    breaks: frozenset[int]
    wide: frozenset[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place of text[start:end] in the text as given."""
        return self.places[start], self.places[end - 1] + 1


def fold(given: str, *, grouped: bool = False) -> Folded:
    """Fold a text. `grouped`: whether a plain comma between digits may group them (1,200), as counters show them."""
    if not _OVERRIDES.isdisjoint(given):
        return Folded("", (), frozenset(), frozenset())
    text: list[str] = []
    places: list[int] = []
    breaks: set[int] = set()
    wide: set[int] = set()
    blank = False
    for place, char in enumerate(given):
        folded = _one(char)
        if folded == "":
            continue
        if folded == " ":
            blank = True
            continue
        if blank and text:
            if _joins(folded) and (_joins(text[-1]) or (text[-1] == "," and len(text) > 1 and text[-2].isdigit())):
                text.append(" ")
                places.append(place - 1)
            breaks.add(len(text))
        blank = False
        if folded == "," and not (grouped and (char == "," or _is_wide(given[place - 1 : place + 2 : 2]))):
            blank = True  # a pause, never a group: 299，199
        if char != folded and folded.isascii() and (folded.isalnum() or folded == "%"):
            wide.add(len(text))
        text.append(folded)
        places.append(place)
    return Folded("".join(text), tuple(places), frozenset(breaks), frozenset(wide))


def _is_wide(around: str) -> bool:
    """Whether both neighbours are full-width digits: then a full-width comma may group them too."""
    return len(around) == 2 and all("０" <= char <= "９" for char in around)


def _joins(char: str) -> bool:
    """Whether two of these side by side would become one word or number."""
    return char.isascii() and (char.isalnum() or char in ".:")


@lru_cache(maxsize=8192)
def _one(char: str) -> str:
    """The folded character; empty for what is not seen, a blank for what only separates."""
    if char.isascii():
        return char if char.isprintable() and char != " " else " "
    kind = unicodedata.category(char)
    if kind in {"Cf", "Mn", "Me"} or char == _KEYCAP:
        return ""
    if kind in {"So", "Sk", "Zs", "Zl", "Zp", "Cc", "Cs", "Co", "Cn"} and char != "°":
        return " "
    normal = unicodedata.normalize("NFKC", char)
    made_digit = any(each.isdigit() for each in normal) and not "０" <= char <= "９"
    if len(normal) == 1 and not made_digit:
        char = normal
    return SIMPLIFIED.get(char, char)
