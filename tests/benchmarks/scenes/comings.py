"""Plans and stages of scenes on which something comes and goes, has two colours, or stands on a still page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.scenes.layout import CounterPlan, Plan, Sway, _band
from tests.benchmarks.scenes.letters import Letterer, Style
from tests.benchmarks.scenes.recipe import Recipe
from tests.benchmarks.scenes.stage import TICK, Painted, Stage
from tests.benchmarks.scenes.timelines import widest
from tests.benchmarks.scenes.truth import CounterTruth, Rect, Showing
from tests.benchmarks.scenes.two_colours import TwoColoured, TwoColours

Picture = NDArray[np.uint8]
TRIES = 600


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What the page shows around the one picture that moves: BGR, as large as the picture, and the window in it."""

    picture: Picture
    window: Rect


@dataclass(frozen=True, slots=True)
class ComingPlan(Plan):
    """A plan with what comes and goes: its showings leave gaps, in which nothing stands at its place."""

    coming: tuple[CounterPlan, ...] = ()
    ground: Page | None = None


def with_coming(
    base: Plan, *, counters: tuple[CounterPlan, ...] | None = None, coming: tuple[CounterPlan, ...] = ()
) -> ComingPlan:
    """A plan with other counters in the place of its own, and with what comes and goes."""
    return ComingPlan(
        recipe=base.recipe,
        counters=base.counters if counters is None else counters,
        titles=base.titles,
        chat=base.chat,
        chat_px=base.chat_px,
        chat_face=base.chat_face,
        barrage=base.barrage,
        covers=base.covers,
        cuts=base.cuts,
        coming=coming,
    )


class ComingStage(Stage):
    """Paints a `ComingPlan`."""

    def __init__(self, plan: ComingPlan, *, page: bool) -> None:
        super().__init__(plan, page)
        self._scene = plan

    def paint(self, picture: Picture, second: float) -> Painted:
        if self.page and self._scene.ground is not None:
            window, moving = self._scene.ground.window, picture.copy()
            seen = (slice(window.y, window.y + window.h), slice(window.x, window.x + window.w))
            picture[:] = self._scene.ground.picture
            picture[seen] = moving[seen]
        places, clutter = super().paint(picture, second)
        for one in self._scene.coming:
            if one.page == self.page and any(s.from_s <= second + TICK < s.to_s for s in one.truth.showings):
                places.append((one.truth.name, self._counter(one, picture, second)))
        return places, clutter

    def _letterer(self, face: Path, px: int, style: Style) -> Letterer:
        if not isinstance(style, TwoColours):
            return super()._letterer(face, px, style)
        key = (face, px, style)
        if key not in self._letterers:
            self._letterers[key] = TwoColoured(face, max(8, round(px * self.scale)), style)
        return self._letterers[key]


@dataclass(frozen=True, slots=True)
class Lettering:
    """A common face of a split, a size and a style."""

    name: str
    face: Path
    px: int
    style: Style

    def size(self, text: str) -> tuple[int, int]:
        """Width and height of a text in pixels, with room for one more digit."""
        return Letterer(self.face, self.px, self.style).size(text + "0")


def standing(
    recipe: Recipe,
    name: str,
    shown: tuple[Showing, ...],
    letters: Lettering,
    place: Rect,
    *,
    page: bool,
    strata: Mapping[str, str],
) -> CounterPlan:
    """A counter or a label that stands still at `place` while it is displayed. `strata`: the family and what is new."""
    every = {
        "font": "common",
        "face": letters.name,
        "px": _band(letters.px),
        "dynamics": "still",
        "compression": "page" if page else "heavy" if recipe.heavy else "normal",
        "backdrop": recipe.backdrop,
        "resolution": f"{recipe.width}x{recipe.height}",
        **strata,
    }
    truth, home = CounterTruth(name, every, shown), (place.x, place.y)
    return CounterPlan(truth, letters.face, letters.px, letters.style, "still", page, (home,), Sway())


def reach(counter: CounterPlan) -> Rect:
    """All that a still counter may cover at its first place."""
    w, h = Letterer(counter.face, counter.px, counter.style).size(widest(counter.truth.showings) + "0")
    return Rect(*counter.homes[0], w, h)


def free_place(
    size: tuple[int, int],
    within: Rect,
    taken: Sequence[Rect],
    far: Sequence[Rect],
    apart: tuple[int, int],
    rng: np.random.Generator,
) -> Rect | None:
    """A place for `size` (width, height) within `within`, `apart[0]` px from `taken` and `apart[1]` px from `far`.

    Null when none was found.
    """
    w, h = size
    if w > within.w or h > within.h:
        return None
    for _ in range(TRIES):
        x = within.x + int(rng.integers(0, within.w - w + 1))
        y = within.y + int(rng.integers(0, within.h - h + 1))
        box = Rect(x, y, w, h)
        near = any(box.grown(apart[0]).shared(other) for other in taken)
        if not near and not any(box.grown(apart[1]).shared(other) for other in far):
            return box
    return None
