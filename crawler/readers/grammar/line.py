"""A folded line, and rules that find claims in it (pure)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from crawler.readers.grammar.claims import Claim
from crawler.readers.grammar.figures import Quantity
from crawler.readers.grammar.folding import Folded, fold
from crawler.readers.grammar.numerals import pattern, quantity
from crawler.readers.grammar.repairs import Repair, repaired
from crawler.readers.grammar.sources import Source

UNIT = "(?:单|件|份|组|套|双|瓶|箱|盒|包|个?名额|个|台|条|支|只|袋|罐|桶|提|对|枚|部|本|床|副|位)"
NUM = pattern("n")
ALL: frozenset[Source] = frozenset({"ocr", "popup", "asr", "chat"})
OVERLAY: frozenset[Source] = frozenset({"ocr", "popup"})
_STOP = re.compile(r"[。!?;…~\n、]|,(?![0-9]{3}(?![0-9]))|(?<![0-9])\.|\.(?![0-9])")
_SENTENCE = re.compile(r"[。!?;…\n]")


@dataclass(frozen=True, slots=True)
class Line:
    """A folded and repaired line of one source. `stops` are the places of punctuation that ends a clause."""

    given: str
    folded: Folded
    text: str
    source: Source
    repairs: tuple[Repair, ...]
    stops: tuple[int, ...]

    @property
    def overlay(self) -> bool:
        """Whether the text was drawn on the picture, where numbers may stand without a unit."""
        return self.source in {"ocr", "popup"}

    def clause(self, place: int) -> tuple[int, int]:
        """Start and end of the clause around a place."""
        behind = bisect_left(self.stops, place)
        start = self.stops[behind - 1] + 1 if behind else 0
        start += self.text[start : start + 1] == " "
        return start, self.stops[behind] if behind < len(self.stops) else len(self.text)

    def before(self, place: int) -> str:
        """What the clause says before a place."""
        return self.text[self.clause(place)[0] : place]

    def after(self, place: int) -> str:
        """What the clause says from a place on."""
        return self.text[place : self.clause(place)[1]]

    def is_end(self, place: int) -> bool:
        """Whether a clause, or a part of it set off by a blank, ends at a place."""
        behind = bisect_left(self.stops, place)
        stopped = behind < len(self.stops) and self.stops[behind] == place
        return stopped or place >= len(self.text) or place in self.folded.breaks

    def sentence(self, place: int) -> tuple[int, int]:
        """Start and end of the sentence around a place."""
        start = max((found.end() for found in _SENTENCE.finditer(self.text, 0, place)), default=0)
        found = _SENTENCE.search(self.text, place)
        return start, found.start() if found else len(self.text)

    def placed(self, claim: Claim, start: int, end: int) -> Claim:
        """The claim with its place in the text as given and the repairs that it rests on."""
        marks = [(each.place, str(each)) for each in self.repairs if start <= each.place < end]
        if self.overlay and any(start <= place < end for place in self.folded.wide):
            marks.append((min(place for place in self.folded.wide if start <= place < end), "fullwidth"))
        repairs = tuple(dict.fromkeys(label for _, label in sorted(marks)))
        return replace(claim, span=self.folded.span(start, end), repairs=repairs)


def read_line(given: str, source: Source) -> Line:
    """Fold a text, and repair it when it comes from a picture."""
    drawn = source in OVERLAY
    folded = fold(given, grouped=drawn)
    text, repairs = repaired(folded.text) if drawn else (folded.text, ())
    return Line(given, folded, text, source, repairs, tuple(found.start() for found in _STOP.finditer(text)))


@dataclass(frozen=True, slots=True)
class Found:
    """A rule's match in a line."""

    line: Line
    match: re.Match[str]

    def __getitem__(self, name: str) -> str:
        """The text of a named group; empty when it took no part. Of 五个名额 the unit is 名额, as of 俩名额."""
        text = self.match.groupdict().get(name) or ""
        return "名额" if text == "个名额" else text

    def quantity(self, name: str = "n") -> Quantity | None:
        """What the numeral of a group says."""
        text = self[name]
        return quantity(text) if text else None

    @property
    def start(self) -> int:
        return self.match.start()

    @property
    def end(self) -> int:
        return self.match.end()

    @property
    def before(self) -> str:
        """What the clause says before the match."""
        return self.line.before(self.start)

    @property
    def after(self) -> str:
        """What the clause says behind the match."""
        return self.line.after(self.end)


Build = Callable[[Found], Sequence[Claim] | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """Where `pattern` matches, `build` tells the claims.

    No claims at all takes the words away from later rules; null leaves them to those.
    """

    pattern: re.Pattern[str]
    build: Build
    sources: frozenset[Source]


def rule(expression: str, build: Build, sources: frozenset[Source] = ALL) -> Rule:
    """A rule for these sources."""
    return Rule(re.compile(expression), build, sources)


@dataclass(frozen=True, slots=True)
class Draft:
    """A claim and its place in the folded text."""

    claim: Claim
    start: int
    end: int


def apply(rules: Iterable[Rule], line: Line) -> list[Draft]:
    """Every claim that the rules find; each character speaks in one rule only, the earlier rule first."""
    drafts: list[Draft] = []
    taken: list[tuple[int, int]] = []
    for each in rules:
        if line.source in each.sources:
            for match, claims in _matches(each, line, taken):
                taken.append(match.span())
                drafts.extend(Draft(claim, *match.span()) for claim in claims)
    return sorted(drafts, key=lambda draft: draft.start)


def _matches(
    each: Rule, line: Line, taken: Sequence[tuple[int, int]]
) -> Iterator[tuple[re.Match[str], Sequence[Claim]]]:
    """One rule's matches that hold. Where words are taken already, it is tried again behind them."""
    place = 0
    while match := each.pattern.search(line.text, place):
        start, end = match.span()
        behind = max((stop for begin, stop in taken if start < stop and begin < end), default=None)
        if behind is not None:
            place = max(behind, start + 1)
            continue
        place = max(end, start + 1)
        claims = each.build(Found(line, match)) if end > start else None
        if claims is not None:
            yield match, claims
