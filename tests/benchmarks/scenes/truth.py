"""What a rendered scene showed when: the ground truth beside its pictures (pure; JSON in and out).

Times are seconds of the video, boxes are pixels of the picture as sampled. Nothing here comes from our readers: kinds
and values are stated by the scene that painted them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

FRAMES_PER_S = 25


@dataclass(frozen=True, slots=True)
class Rect:
    """An upright rectangle; far edges exclusive."""

    x: int
    y: int
    w: int
    h: int

    def shared(self, other: Rect) -> int:
        """Area in common."""
        w = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        h = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        return w * h if w > 0 and h > 0 else 0

    def overlap(self, other: Rect) -> float:
        """Area in common over the smaller of the two, 0 to 1."""
        smaller = min(self.w * self.h, other.w * other.h)
        return self.shared(other) / smaller if smaller > 0 else 0.0

    def grown(self, by: int) -> Rect:
        """This rectangle with `by` more on each side."""
        return Rect(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)


@dataclass(frozen=True, slots=True)
class Showing:
    """One text of one counter, in [from_s, to_s).

    In the first `motion_s` seconds the text before it goes and this one comes: both, and anything between, are to be
    seen then. `kind` is null for a text that is no counter ("已售罄"). `lo`, `hi` as in the readers: every whole number
    n with lo <= n < hi, `hi` null = open.
    """

    text: str
    kind: str | None
    lo: int | None
    hi: int | None
    from_s: float
    to_s: float
    motion_s: float = 0.0

    @property
    def stays_s(self) -> float:
        """How long the text was displayed, its arrival included."""
        return self.to_s - self.from_s


@dataclass(frozen=True, slots=True)
class CounterTruth:
    """One counter of a scene. `strata`: tag by stratum name (font, px, dynamics, compression, background, ...)."""

    name: str
    strata: dict[str, str]
    showings: tuple[Showing, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a counter stood on one picture. `covered`, `veiled`: the share under opaque or half-transparent covers."""

    counter: str
    box: Rect
    covered: float = 0.0
    veiled: float = 0.0

    @property
    def clear(self) -> bool:
        return self.covered == 0 and self.veiled == 0


@dataclass(frozen=True, slots=True)
class Clutter:
    """A line on one picture that is no counter: chat, prices, titles, barrage."""

    text: str
    box: Rect


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture. Counters that were not on it at all have no place."""

    at_s: float
    places: tuple[Place, ...]
    clutter: tuple[Clutter, ...] = ()


@dataclass(frozen=True, slots=True)
class SceneTruth:
    """A scene's whole truth."""

    name: str
    width: int
    height: int
    seconds: float
    counters: tuple[CounterTruth, ...]
    samples: tuple[Sample, ...]


def covered_share(box: Rect, covers: Iterable[Rect]) -> float:
    """How much of a box lies under the one cover that hides most of it, 0 to 1."""
    area = box.w * box.h
    return max((box.shared(cover) / area for cover in covers), default=0.0) if area else 0.0


def to_json(truth: SceneTruth) -> str:
    """The truth as JSON, for the cache folder."""
    return json.dumps(asdict(truth), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> SceneTruth:
    """What `to_json` wrote.

    Raises:
        KeyError, TypeError, json.JSONDecodeError: it was not written by this version.
    """
    raw: dict[str, Any] = json.loads(text)
    return SceneTruth(
        name=raw["name"],
        width=raw["width"],
        height=raw["height"],
        seconds=raw["seconds"],
        counters=tuple(
            CounterTruth(c["name"], c["strata"], tuple(Showing(**s) for s in c["showings"])) for c in raw["counters"]
        ),
        samples=tuple(
            Sample(
                s["at_s"],
                tuple(Place(p["counter"], Rect(**p["box"]), p["covered"], p["veiled"]) for p in s["places"]),
                tuple(Clutter(c["text"], Rect(**c["box"])) for c in s["clutter"]),
            )
            for s in raw["samples"]
        ),
    )
