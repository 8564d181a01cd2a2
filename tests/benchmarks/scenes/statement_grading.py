"""Grades the statements that were read (已抢光, 限时5分钟 ...) against the labels that were displayed (pure).

A statement reading is *right* when the shop displayed a label with its text at its place on that picture, spaces and
punctuation aside: a label of its own, a counter's text that is no counter ("已售罄"), a title or a pop-up. It is
*wrong* otherwise: another text, nothing there, or a line that a viewer wrote. A label is to be read when the reader's
own rules name its text a statement; those that they do not name are counted as shown, and what is read of them is
judged alike.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.benchmarks.scenes.clutter import POPUPS, TITLES
from tests.benchmarks.scenes.figures import ROUNDING_S, by_stratum, share
from tests.benchmarks.scenes.grading import LIES_ON, SLACK_S, place_of, shown_then
from tests.benchmarks.scenes.truth import CounterTruth, Rect, SceneTruth, Showing

LASTING_S = 2.0
MISSED_LISTED = 40
SHOP = frozenset(text for texts in (TITLES, POPUPS) for split in texts.values() for text in split)
Over = Literal["label", "counter", "title", "chat", "nothing"]


@dataclass(frozen=True, slots=True)
class Said:
    """One accepted statement reading. `sample`: which picture; `two`: it stood on "two agree"."""

    field: str
    sample: int
    text: str
    box: Rect
    two: bool


@dataclass(frozen=True, slots=True)
class JudgedSaid:
    """One statement reading, judged. `over`: what it lies on; `expected`: the texts that were to be seen there."""

    said: Said
    at_s: float
    over: Over
    expected: tuple[str, ...]
    right: bool
    strata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Label:
    """One displayed label and what became of it. `named`: the reader's rules call its text a statement."""

    name: str
    text: str
    from_s: float
    stays_s: float
    named: bool
    read: bool
    confirmed: bool
    strata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Statements:
    """A scene's statements."""

    readings: tuple[JudgedSaid, ...]
    labels: tuple[Label, ...]


def folded(text: str) -> str:
    """A text without spaces and punctuation, full-width forms as plain ones."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def grade_statements(
    truth: SceneTruth, said: Iterable[Said], used: Sequence[int], named: Callable[[str], bool]
) -> Statements:
    """Judge a scene's statement readings. `used`: which samples were read; `named`: the reader's rules on a text."""
    judged = tuple(_judge(truth, one) for one in sorted(said, key=lambda s: (s.sample, s.field)))
    labels = tuple(
        _label(counter, shown, truth, judged, named=named(shown.text))
        for counter in truth.counters
        for shown in counter.showings
        if shown.kind is None and _on_some(counter, shown, truth, used)
    )
    return Statements(judged, labels)


def _judge(truth: SceneTruth, said: Said) -> JudgedSaid:
    sample = truth.samples[said.sample]
    place = place_of(sample, said.box)
    if place is not None:
        counter = next(c for c in truth.counters if c.name == place.counter)
        shown = shown_then(counter, sample.at_s)
        right = any(s.kind is None and folded(s.text) == folded(said.text) for s in shown)
        over: Over = "label" if any(s.kind is None for s in shown) else "counter"
        return JudgedSaid(said, sample.at_s, over, tuple(s.text for s in shown), right, counter.strata)
    there = [c for c in sample.clutter if c.box.overlap(said.box) > LIES_ON]
    texts = tuple(c.text for c in there)
    shop = [text for text in texts if text in SHOP]
    if shop:
        right = any(folded(text) == folded(said.text) for text in shop)
        return JudgedSaid(said, sample.at_s, "title", texts, right, {})
    return JudgedSaid(said, sample.at_s, "chat" if there else "nothing", texts, right=False, strata={})


def _on_some(counter: CounterTruth, shown: Showing, truth: SceneTruth, used: Sequence[int]) -> bool:
    there = (truth.samples[n] for n in used if shown.from_s - 1e-6 <= truth.samples[n].at_s < shown.to_s - 1e-6)
    return any(place.counter == counter.name for sample in there for place in sample.places)


def _label(
    counter: CounterTruth, shown: Showing, truth: SceneTruth, judged: Sequence[JudgedSaid], *, named: bool
) -> Label:
    hits = [
        j
        for j in judged
        if j.right
        and folded(j.said.text) == folded(shown.text)
        and shown.from_s - SLACK_S <= j.at_s < shown.to_s + SLACK_S
        and (place := place_of(truth.samples[j.said.sample], j.said.box)) is not None
        and place.counter == counter.name
    ]
    confirmed = any(j.said.two for j in hits) or len({j.said.sample for j in hits}) > 1
    return Label(
        counter.name, shown.text, shown.from_s, shown.stays_s, named, bool(hits), confirmed, dict(counter.strata)
    )


def statement_figures(scenes: Mapping[str, Statements]) -> dict[str, Any]:
    """Wrong share, recall and what was read of labels that are no statements; wrong and missed ones are listed."""
    readings = [(scene, one) for scene, graded in scenes.items() for one in graded.readings]
    labels = [(scene, one) for scene, graded in scenes.items() for one in graded.labels]
    wanted = [(scene, one) for scene, one in labels if one.named]
    lasting = [(scene, one) for scene, one in wanted if one.stays_s >= LASTING_S - ROUNDING_S]
    shorter = [one for _, one in wanted if one.stays_s < LASTING_S - ROUNDING_S]
    others = [one for _, one in labels if not one.named]
    missed = [(scene, one) for scene, one in lasting if not one.read]
    wrong = [(scene, one) for scene, one in readings if not one.right]
    return {
        "wrong": share([not one.right for _, one in readings]),
        "wrong_over": dict(Counter(one.over for _, one in wrong)),
        "right_over": dict(Counter(one.over for _, one in readings if one.right)),
        "recall_of_2_s": share([one.read for _, one in lasting]),
        "confirmed_of_2_s": share([one.confirmed for _, one in lasting]),
        "shorter": share([one.read for one in shorter]),
        "no_statements_shown": {"labels": len(others), "read": sum(one.read for one in others)},
        "recall_by_stratum": by_stratum([one for _, one in lasting], lambda some: share([one.read for one in some])),
        "wrong_by_stratum": by_stratum(
            [one for _, one in readings], lambda some: share([not one.right for one in some])
        ),
        "missed": {"count": len(missed), "first": [_missed_one(*one) for one in missed[:MISSED_LISTED]]},
        "wrong_ones": [_wrong_one(*one) for one in wrong],
    }


def _missed_one(scene: str, label: Label) -> dict[str, Any]:
    strata = {name: label.strata[name] for name in ("face", "px", "compression")}
    return {
        "scene": scene,
        "label": label.name,
        "text": label.text,
        "from_s": label.from_s,
        "stays_s": round(label.stays_s, 2),
        **strata,
    }


def _wrong_one(scene: str, judged: JudgedSaid) -> dict[str, Any]:
    box = judged.said.box
    return {
        "scene": scene,
        "at_s": judged.at_s,
        "sample": judged.said.sample,
        "over": judged.over,
        "expected": list(judged.expected),
        "got": judged.said.text,
        "field": judged.said.field,
        "two": judged.said.two,
        "box": [box.x, box.y, box.w, box.h],
    }
