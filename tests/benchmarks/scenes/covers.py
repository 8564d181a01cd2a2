"""Pop-ups that pass over counters: from a side or from below, stand for a while, and go (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tests.benchmarks.scenes.clutter import POPUPS
from tests.benchmarks.scenes.recipe import Recipe
from tests.benchmarks.scenes.truth import Rect

Side = Literal["left", "right", "below"]
GLIDE_S = 0.32
OPAQUE = 255


@dataclass(frozen=True, slots=True)
class Cover:
    """One pop-up. `box` is where it stands between its two glides; `alpha` 255 hides what lies under it."""

    text: str
    box: Rect
    side: Side
    from_s: float
    to_s: float
    dark: bool
    alpha: int
    px: int

    @property
    def opaque(self) -> bool:
        return self.alpha == OPAQUE

    def at(self, second: float, width: int, height: int) -> Rect | None:
        """Where it is at a time on a picture of `width` x `height`, or null when it is not there."""
        if not self.from_s <= second < self.to_s:
            return None
        share = min(1.0, (second - self.from_s) / GLIDE_S, (self.to_s - second) / GLIDE_S)
        away = 1 - share
        x, y = self.box.x, self.box.y
        if self.side == "left":
            x -= round(away * (self.box.x + self.box.w))
        elif self.side == "right":
            x += round(away * (width - self.box.x))
        else:
            y += round(away * (height - self.box.y))
        return Rect(x, y, self.box.w, self.box.h)


def covers(recipe: Recipe, targets: tuple[Rect, ...]) -> tuple[Cover, ...]:
    """Seeded pop-ups over the counters' places, one at a time; none when the recipe has none."""
    if not recipe.features & {"veils", "popups"}:
        return ()
    split, seconds, width = recipe.split, recipe.seconds, recipe.width
    rng = np.random.default_rng(recipe.seed + 5)
    found, at = [], 2.5
    alphas = [OPAQUE] * ("popups" in recipe.features) + [110, 160] * ("veils" in recipe.features)
    while at < seconds - 2:
        target = targets[int(rng.integers(len(targets)))]
        text = POPUPS[split][int(rng.integers(len(POPUPS[split])))]
        px = round(width / 42) + 8
        w, h = round(px * (len(text) + 2)), round(px * 1.9)
        # Somewhere over the counter: its whole, its head, its tail, or a strip of it.
        x = target.x + round(target.w * float(rng.uniform(-0.3, 0.8)))
        y = target.y + round(target.h * float(rng.uniform(-0.6, 0.6)))
        box = Rect(max(0, min(x, width - w)), max(0, y), min(w, width), h)
        stay = float(rng.uniform(1.0, 3.2))
        side: Side = ("left", "right", "below")[int(rng.integers(3))]
        alpha = int(rng.choice(alphas))
        dark = bool(rng.random() < 0.5)
        found.append(Cover(text, box, side, round(at, 2), round(at + stay, 2), dark, alpha, px))
        at += stay + float(rng.uniform(*recipe.covers_every))
    return tuple(found)
