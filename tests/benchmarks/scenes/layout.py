"""From a recipe to a plan: which counters stand where, in which letters, and all that is around them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from tests.benchmarks.scenes.clutter import TITLES, Bullet, ChatBox, barrage, chat
from tests.benchmarks.scenes.covers import Cover, covers
from tests.benchmarks.scenes.letters import Dynamics, Letterer, Style
from tests.benchmarks.scenes.recipe import FACES, Recipe
from tests.benchmarks.scenes.timelines import FORMS, Family, Move, showings, widest
from tests.benchmarks.scenes.truth import CounterTruth, Rect

WHITE, INK, RED, GOLD = (255, 255, 255), (28, 24, 26), (196, 22, 40), (255, 226, 90)
STYLES: tuple[Style, ...] = (
    Style(WHITE, stroke=INK, thick=2),
    Style((255, 244, 150), ends=(255, 150, 40), stroke=(120, 10, 20), thick=3),
    Style((255, 70, 70), ends=(200, 10, 40), stroke=WHITE, thick=3),
    Style(WHITE, box=(18, 18, 24, 140)),
    Style(INK, box=(255, 255, 255, 150)),
    Style(WHITE, box=(214, 30, 54, 255)),
    Style(GOLD, stroke=INK, thick=2, shadow=True),
    Style(WHITE, stroke=(40, 40, 40), thick=1, shadow=True),
)
BOXED = tuple(style for style in STYLES if style.box and style.box[3] < 255)
CARDS = (Style(WHITE, cards=True, stroke=INK, thick=1), Style(GOLD, cards=True, stroke=INK, thick=1))
FAMILIES: tuple[Family, ...] = (
    "stock",
    "stock_left",
    "percent",
    "sold",
    "viewers",
    "countdown_h",
    "sold_wan",
    "countdown",
)
MOTION_S: Mapping[Dynamics, tuple[float, float]] = {"still": (0, 0), "slide": (0.15, 0.4), "flip": (0.2, 0.4)}
TRIES = 400


@dataclass(frozen=True, slots=True)
class Sway:
    """A slow movement around a counter's place: pixels, share of its size, and seconds a turn."""

    dx: float = 0
    dy: float = 0
    growth: float = 0
    period_s: float = 1


@dataclass(frozen=True, slots=True)
class CounterPlan:
    """One counter: what it says when (in `truth`), how it is lettered and where it stands (left, top; one per home)."""

    truth: CounterTruth
    face: Path
    px: int
    style: Style
    dynamics: Dynamics
    page: bool
    homes: tuple[tuple[int, int], ...]
    sway: Sway

    def at(self, second: float, home: int) -> tuple[int, int, int]:
        """Left, top and letter height in pixels at a time."""
        turn = math.sin(2 * math.pi * second / self.sway.period_s)
        x, y = self.homes[home % len(self.homes)]
        px = round(self.px * (1 + self.sway.growth * turn))
        return round(x + self.sway.dx * turn), round(y + self.sway.dy * turn), px


@dataclass(frozen=True, slots=True)
class TitlePlan:
    """A line that stands still and is no counter."""

    text: str
    face: Path
    px: int
    style: Style
    page: bool
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The video shows something else, without its counters, from .. to."""

    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """All of a scene."""

    recipe: Recipe
    counters: tuple[CounterPlan, ...]
    titles: tuple[TitlePlan, ...]
    chat: ChatBox
    chat_px: int
    chat_face: Path
    barrage: tuple[Bullet, ...]
    covers: tuple[Cover, ...]
    cuts: tuple[Cut, ...]


class _Room:
    """Finds free places by trying."""

    def __init__(self, width: int, height: int, rng: np.random.Generator, taken: list[Rect]) -> None:
        self._width, self._height, self._rng, self.taken = width, height, rng, taken

    def place(self, w: int, h: int, margin: int) -> Rect | None:
        """A free place of w x h with `margin` around it, or null when none was found."""
        if w + 2 * margin > self._width:
            return None
        for _ in range(TRIES):
            x = int(self._rng.integers(margin, self._width - w - margin + 1))
            y = int(self._rng.integers(margin, self._height - h - margin + 1))
            box = Rect(x, y, w, h)
            if not any(box.grown(margin).shared(other) for other in self.taken):
                self.taken.append(box)
                return box
        return None


def plan(recipe: Recipe, faces: Mapping[str, Path]) -> Plan:
    """Lay a scene out. `faces`: each face's file by name (a tiny scene may map them all to one file).

    Raises:
        ValueError: the picture has no room for the counters.
    """
    rng = np.random.default_rng(recipe.seed)
    width, height = recipe.width, recipe.height
    chat_px = max(13, round(min(width, height) / 42))
    line = round(chat_px * 1.7)
    most = min(12, int(0.34 * height / line))
    corner = Rect(8, height - 12 - most * line, round(width * (0.46 if height > width else 0.32)), most * line)
    room = _Room(width, height, rng, [corner])
    common = [faces[name] for name in FACES[recipe.split]["common"]]
    families = ["countdown", *(str(family) for family in rng.permutation(FAMILIES))][: recipe.counters]
    counters = tuple(_counter(recipe, n, cast("Family", family), faces, room, rng) for n, family in enumerate(families))
    titles = _titles(recipe, common, room, rng)
    messages = chat(recipe.split, recipe.seed + 3, recipe.seconds, common[1], chat_px, corner.w - chat_px)
    rows = [y for y in range(8, height // 2, chat_px * 3) if _row_free(y, chat_px * 2, counters, recipe)]
    flying = barrage(recipe.split, recipe.seed + 4, recipe.seconds, tuple(rows))
    targets = tuple(Rect(*plan.homes[0], 6 * plan.px, round(1.3 * plan.px)) for plan in counters)
    return Plan(
        recipe=recipe,
        counters=counters,
        titles=titles,
        chat=ChatBox(messages, corner.x, corner.y + corner.h, line, most),
        chat_px=chat_px,
        chat_face=common[1],
        barrage=flying if "barrage" in recipe.features else (),
        covers=covers(recipe, targets),
        cuts=_cuts(recipe, rng) if "cuts" in recipe.features else (),
    )


def _row_free(y: int, tall: int, counters: tuple[CounterPlan, ...], recipe: Recipe) -> bool:
    row = Rect(0, y, recipe.width, tall)
    reach = [
        Rect(*home, 10, round(2 * plan.px)).grown(round(plan.sway.dy) + 4) for plan in counters for home in plan.homes
    ]
    return not any(row.shared(box) for box in reach)


def _cuts(recipe: Recipe, rng: np.random.Generator) -> tuple[Cut, ...]:
    found, at = [], float(rng.uniform(5, 8))
    while at < recipe.seconds - 6:
        away = float(rng.uniform(1.5, 5))
        found.append(Cut(round(at, 2), round(at + away, 2)))
        at += away + float(rng.uniform(6, 11))
    return tuple(found)


def _counter(
    recipe: Recipe, number: int, family: Family, faces: Mapping[str, Path], room: _Room, rng: np.random.Generator
) -> CounterPlan:
    form = FORMS[family][int(rng.integers(len(FORMS[family])))]
    names = FACES[recipe.split]["art" if recipe.art and number % 5 != 4 else "common"]
    name = names[int(rng.integers(len(names)))]
    page = bool(number % 5 < round(5 * recipe.in_page))
    dynamics = recipe.dynamics[number % len(recipe.dynamics)]
    least, most = MOTION_S[dynamics]
    move = Move(*recipe.pace, motion_s=float(rng.uniform(least, most)), sells_out="sells out" in recipe.features)
    shown = showings(family, form, move, recipe.seconds, recipe.seed * 16 + number)
    style = _style(recipe, dynamics, rng)
    px = _px(recipe, page=page, rng=rng)
    sway = _sway(rng, px) if "drift" in recipe.features else Sway()
    # A larger letter and a longer line than now may come: room for both is kept.
    while True:
        largest = Letterer(faces[name], round(px * (1 + sway.growth)), style)
        w, h = largest.size(widest(shown) + "0")
        margin = round(max(abs(sway.dx), abs(sway.dy))) + px // 3
        places = [room.place(w, h, margin) for _ in range(2 if "cuts" in recipe.features and not page else 1)]
        homes = tuple((box.x, box.y) for box in places if box)
        if len(homes) == len(places):
            break
        px -= 2
        if px < 12:
            raise ValueError(f"scene {recipe.name}: expected room for {recipe.counters} counters, got {number}")
    strata = {
        "font": "art" if recipe.art and number % 5 != 4 else "common",
        "face": name,
        "px": _band(round(px * (1 - sway.growth))),
        "dynamics": dynamics,
        "compression": "page" if page else "heavy" if recipe.heavy else "normal",
        "backdrop": recipe.backdrop,
        "resolution": f"{recipe.width}x{recipe.height}",
        "family": family,
    }
    truth = CounterTruth(f"{family}-{number}", strata, shown)
    return CounterPlan(truth, faces[name], px, style, dynamics, page, homes, sway)


def _band(px: int) -> str:
    return "under 16" if px < 16 else "16 to 24" if px <= 24 else "over 24"


def _px(recipe: Recipe, *, page: bool, rng: np.random.Generator) -> int:
    least, most = (16, 32)
    if "small" in recipe.features:
        least, most = (12, 16)
    elif "large" in recipe.features:
        least, most = (30, 48)
    elif min(recipe.width, recipe.height) == 1080:
        least, most = (24, 44)
    if not page:  # what a studio burns in is made to survive the encoder
        least = max(least, 19 if recipe.heavy else 14)
        least = max(least, 22) if recipe.heavy and recipe.art else least
    return int(rng.integers(least, max(most, least + 3) + 1))


def _style(recipe: Recipe, dynamics: Dynamics, rng: np.random.Generator) -> Style:
    pool = STYLES
    if "boxes" in recipe.features:
        pool = BOXED
    elif "cards" in recipe.features and dynamics == "flip":
        pool = CARDS
    return pool[int(rng.integers(len(pool)))]


def _sway(rng: np.random.Generator, px: int) -> Sway:
    return Sway(
        dx=float(rng.uniform(-1.5, 1.5)) * px,
        dy=float(rng.uniform(-0.8, 0.8)) * px,
        growth=float(rng.choice([0, 0, 0.25])),
        period_s=float(rng.uniform(7, 16)),
    )


def _titles(recipe: Recipe, faces: list[Path], room: _Room, rng: np.random.Generator) -> tuple[TitlePlan, ...]:
    found = []
    texts = [str(text) for text in rng.permutation(TITLES[recipe.split])]
    for text in texts[: 6 + recipe.counters // 2]:
        px = max(13, round(int(rng.integers(14, 30)) * min(recipe.width, recipe.height) / 720))
        face = faces[int(rng.integers(len(faces)))]
        style = STYLES[int(rng.integers(len(STYLES)))]
        place = room.place(*Letterer(face, px, style).size(text.replace("#", "10000")), px // 4)
        if place:
            found.append(TitlePlan(text, face, px, style, bool(rng.random() < 0.5), place.x, place.y))
    return tuple(found)
