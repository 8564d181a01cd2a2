"""Holds the peer's subtitles against a scene's truth (pure); generous to the peer wherever there is a choice.

A subtitle gives lines of text for a stretch of pictures, without boxes. A value was *found* when a line (or two or
three neighbouring lines joined) contains the counter's text, spaces and punctuation aside, or when a line parses with
our grammar to the value, in any subtitle that holds while the value is displayed; a subtitle holds until the next one.
A line *speaks of* a counter when its words are those of one of the counter's texts and nothing else on the picture has
them; it is *wrong* when its numbers were shown by no counter of these words during the subtitle's own stretch.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crawler.readers.counters import parse
from tests.benchmarks.scenes.grading import SLACK_S, Value, shown_then
from tests.benchmarks.scenes.truth import CounterTruth, SceneTruth, Showing

_TIME = r"(\d\d):(\d\d):(\d\d),(\d{3})"
_BLOCK = re.compile(rf"(?:\A|\n\n)\d+\n{_TIME} --> {_TIME}\n(.*?)(?=\n\n\d+\n\d\d:|\s*\Z)", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
JOINED = 3


@dataclass(frozen=True, slots=True)
class Saying:
    """One subtitle: its lines, and the pictures it is for, [first, end); it holds to `held` (excluded)."""

    lines: tuple[str, ...]
    first: int
    end: int
    held: int


@dataclass(frozen=True, slots=True)
class WrongLine:
    """A line that speaks of a counter and says what was not shown."""

    text: str
    at_s: float
    shown: tuple[str, ...]


def sayings(subtitles: str, per_second: int, pictures: int) -> tuple[Saying, ...]:
    """The subtitles of a clip of `pictures` pictures, in order, from SubRip text.

    Raises:
        ValueError: there is text, but not all of it is SubRip.
    """
    blocks = list(_BLOCK.finditer(subtitles))
    if len(blocks) != subtitles.count(" --> "):
        raise ValueError(f"subtitles: expected {subtitles.count(' --> ')} of them, got {len(blocks)}")
    starts = [round(_seconds(block.groups()[:4]) * per_second) for block in blocks]
    found = []
    for block, first, after in zip(blocks, starts, (*starts, pictures)[1:], strict=True):
        end = max(first + 1, round(_seconds(block.groups()[4:8]) * per_second))
        lines = tuple(line for line in block[9].split("\n") if line.strip())
        found.append(Saying(lines, first, min(end, pictures), max(after, first + 1)))
    return tuple(found)


def found(truth: SceneTruth, value: Value, said: Sequence[Saying], *, words_too: bool) -> bool:
    """Whether the peer found a displayed value; `words_too`: by its exact text only."""
    counter = next(c for c in truth.counters if c.name == value.counter)
    number = next(n for n, s in enumerate(counter.showings) if s.from_s == value.from_s)
    shown = counter.showings[number]
    after = counter.showings[number + 1].motion_s if number + 1 < len(counter.showings) else 0.0
    when = {
        n
        for n, sample in enumerate(truth.samples)
        if shown.from_s - SLACK_S <= sample.at_s < shown.to_s + after + SLACK_S
    }
    holding = [saying for saying in said if when & set(range(saying.first, saying.held))]
    if any(contains(saying.lines, shown.text) for saying in holding):
        return True
    return not words_too and any(_means(line, shown) for saying in holding for line in saying.lines)


def judged(truth: SceneTruth, said: Iterable[Saying]) -> tuple[int, list[WrongLine]]:
    """How many lines speak of a counter, and which of them are wrong."""
    spoken, wrong = 0, []
    for saying in said:
        samples = truth.samples[saying.first : saying.end]
        there = {p.counter for s in samples for p in s.places}
        clutter = {words(c.text) for s in samples for c in s.clutter}
        for line in saying.lines:
            meant = [c for c in truth.counters if c.name in there and words(line) in _words_of(c)]
            if not words(line) or not numbers(line) or words(line) in clutter or not meant:
                continue
            spoken += 1
            shown = {one.text for s in samples for c in meant for one in shown_then(c, s.at_s)}
            if numbers(line) not in {numbers(text) for text in shown}:
                wrong.append(WrongLine(line, samples[0].at_s, tuple(sorted(shown))))
    return spoken, wrong


def contains(lines: Sequence[str], text: str) -> bool:
    """Whether a line, or neighbouring ones joined, contains a text with no further digit at its ends."""
    wanted = re.compile(rf"(?<![\d.:]){re.escape(plain(text))}(?![\d.:])")
    joins = (lines[n : n + count] for count in range(1, JOINED + 1) for n in range(len(lines)))
    return any(wanted.search(plain("".join(join))) for join in joins)


def plain(text: str) -> str:
    """A text without spaces and punctuation, full-width forms as ASCII; colons and dots stay inside numbers only."""
    folded = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    folded = re.sub(r"(?<!\d)[.:]|[.:](?!\d)", "", folded)
    return re.sub(r"[^\w.:%+]|_", "", folded)


def words(text: str) -> str:
    """The letters of a text: what remains of a counter when its numbers and signs go."""
    return re.sub(r"[\d.:%+]", "", plain(text))


def numbers(text: str) -> tuple[str, ...]:
    """The numbers of a text in order; a lost dot or colon makes another number."""
    return tuple(_NUMBER.findall(plain(text)))


def _words_of(counter: CounterTruth) -> set[str]:
    return {words(shown.text) for shown in counter.showings if shown.kind is not None}


def _means(line: str, shown: Showing) -> bool:
    value = parse(line)
    return value is not None and (value.kind, value.lo, value.hi) == (shown.kind, shown.lo, shown.hi)


def _seconds(parts: Sequence[str]) -> float:
    hours, minutes, seconds, milliseconds = map(int, parts)
    return 3600 * hours + 60 * minutes + seconds + milliseconds / 1000
