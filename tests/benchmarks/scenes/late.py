"""A still page on which counters appear late: nothing moves but one picture, and no clock runs.

Two counters stand there from the start and never change. In the middle of the scene another one appears far from them,
stays some seconds and vanishes; later ones appear elsewhere, one at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from tests.benchmarks.scenes.backdrops import Picture, ground
from tests.benchmarks.scenes.clutter import TITLES, ChatBox
from tests.benchmarks.scenes.comings import ComingPlan, Lettering, Page, free_place, standing
from tests.benchmarks.scenes.layout import GOLD, INK, RED, WHITE, CounterPlan, TitlePlan
from tests.benchmarks.scenes.letters import Letterer, Style
from tests.benchmarks.scenes.recipe import FACES, Recipe
from tests.benchmarks.scenes.timelines import FORMS, Family, Move, _on_picture, showings, widest
from tests.benchmarks.scenes.truth import Rect, Showing

FAMILIES: tuple[Family, ...] = ("stock", "stock_left", "percent", "sold", "viewers", "sold_wan")  # no clocks
STYLES: tuple[Style, ...] = (
    Style(INK),
    Style(RED),
    Style(WHITE, box=(214, 30, 54, 255)),
    Style(GOLD, box=(40, 36, 44, 255)),
    Style((190, 60, 10), box=(255, 238, 220, 255)),
)
PAPER, RULE, GREY = (247, 246, 245), (226, 224, 222), (110, 108, 112)  # BGR of the page; RGB of its small print
STANDING = 2
FAR = (0.2, 0.15, 0.1)  # shares of the picture's width from all other counters; the farthest that fits
# Beginnings spread over more than ten seconds, so that no cadence of looking around meets them all, or none.
FIRST_S, STAY_S, PAUSE_S = (6.0, 16.0), (4.0, 8.0), (2.0, 9.0)


def late_plan(recipe: Recipe, faces: Mapping[str, Path]) -> ComingPlan:
    """A page with one moving picture, two counters that stand, and counters that come late and go."""
    rng = np.random.default_rng(recipe.seed)
    ground_page, cards = _page(recipe, rng)
    titles = _titles(recipe, faces, cards, rng)
    floor = _Floor(recipe, faces, rng, [ground_page.window, *(_of(title) for title in titles)], cards)
    families = [str(family) for family in rng.permutation(FAMILIES)]
    every = [(0.0, recipe.seconds)] * STANDING + windows(recipe.seconds, rng)
    counters = [floor.counter(n, families[n % len(families)], window) for n, window in enumerate(every)]
    face = faces[FACES[recipe.split]["common"][1]]
    return ComingPlan(
        recipe=recipe,
        counters=tuple(counters[:STANDING]),
        titles=titles,
        chat=ChatBox((), 0, 0, 1, 1),
        chat_px=14,
        chat_face=face,
        barrage=(),
        covers=(),
        cuts=(),
        coming=tuple(counters[STANDING:]),
        ground=ground_page,
    )


def windows(seconds: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """When something stands there, one at a time: each for 4 to 8 s, the first one from 6 to 16 s on."""
    found, at = [], float(rng.uniform(*FIRST_S))
    while True:
        stay = float(rng.uniform(*STAY_S))
        if at + stay > seconds - 1.0:
            return found
        found.append((_on_picture(at), _on_picture(at + stay)))
        at += stay + float(rng.uniform(*PAUSE_S))


@dataclass(slots=True)
class _Floor:
    """Finds places for counters, each far from those that stand and from the one before it."""

    recipe: Recipe
    faces: Mapping[str, Path]
    rng: np.random.Generator
    taken: list[Rect]
    photographs: list[Rect]  # words without a box are not put there: no designer would
    standing: list[Rect] = field(default_factory=list)
    before: list[Rect] = field(default_factory=list)

    def counter(self, number: int, family: str, window: tuple[float, float]) -> CounterPlan:
        recipe, rng = self.recipe, self.rng
        late = number >= STANDING
        kind = next(known for known in FAMILIES if known == family)
        form = FORMS[kind][int(rng.integers(len(FORMS[kind])))]
        move = Move(*recipe.pace, motion_s=0.0)
        shown = showings(kind, form, move, window[1] - window[0], recipe.seed * 16 + number)
        if not late:  # the page is still: what stands there does not change
            shown = (replace(shown[0], to_s=window[1]),)
        shown = tuple(_later(one, window[0]) for one in shown)
        name = str(rng.choice(FACES[recipe.split]["common"]))
        style = STYLES[int(rng.integers(len(STYLES)))]
        letters = Lettering(name, self.faces[name], int(rng.integers(17, 30)), style)
        shop = Rect(8, 72, recipe.width - 16, recipe.height - 84)  # below the page's head
        size, place, others = letters.size(widest(shown)), None, [*self.standing, *self.before]
        taken = self.taken if style.box else [*self.taken, *self.photographs]
        for share in FAR:
            apart = (8, round(share * recipe.width))
            place = place or free_place(size, shop, taken, others, apart, rng)
        if place is None:
            raise ValueError(f"scene {recipe.name}: expected room for counter {number} far from others, got none")
        self.before = [place]
        if not late:
            self.standing.append(place)
            self.taken.append(place)
        strata = {"family": family, "backdrop": "page", "appears": "late" if late else "from the start"}
        return standing(recipe, f"{family}-{number}", shown, letters, place, page=True, strata=strata)


def _later(shown: Showing, by: float) -> Showing:
    return replace(shown, from_s=round(shown.from_s + by, 3), to_s=round(shown.to_s + by, 3))


def _page(recipe: Recipe, rng: np.random.Generator) -> tuple[Page, list[Rect]]:
    """The page without its texts, and its cards: photographs of goods, with room for two lines below each."""
    width, height = recipe.width, recipe.height
    picture: Picture = np.full((height, width, 3), PAPER, np.uint8)
    cv2.rectangle(picture, (0, 0), (width, 63), (255, 255, 255), -1)
    cv2.line(picture, (0, 64), (width, 64), RULE, 1)
    wide = round(0.27 * width)
    left = bool(rng.random() < 0.5)
    window = Rect(24 if left else width - wide - 24, 88, wide, height - 112)
    begin = window.x + wide + 28 if left else 28
    cell = (width - wide - 80) // 3
    cards = []
    for column in range(3):
        card = Rect(begin + column * cell, 88, cell - 16, round(0.44 * height))
        cards.append(card)
        far = (card.x + card.w, card.y + card.h)
        cv2.rectangle(picture, (card.x, card.y), far, (255, 255, 255), -1)
        cv2.rectangle(picture, (card.x, card.y), far, RULE, 1)
        goods = ground("pan", recipe.seed + 10 + column, card.w - 2, card.h - 82).at(0.0)
        picture[card.y + 1 : card.y + 1 + goods.shape[0], card.x + 1 : card.x + 1 + goods.shape[1]] = goods
    foot = Rect(begin, cards[0].y + cards[0].h + 16, 3 * cell - 16, height - cards[0].y - cards[0].h - 40)
    cv2.rectangle(picture, (foot.x, foot.y), (foot.x + foot.w, foot.y + foot.h), (255, 255, 255), -1)
    return Page(picture, window), cards


def _titles(
    recipe: Recipe, faces: Mapping[str, Path], cards: list[Rect], rng: np.random.Generator
) -> tuple[TitlePlan, ...]:
    texts = [str(text) for text in rng.permutation([t for t in TITLES[recipe.split] if "#" not in t])]
    spots = [(20, 16, 24), (300, 20, 18)]
    spots += [(card.x + 4, card.y + card.h - 76 + 36 * line, 16) for card in cards for line in (0, 1)]
    common = [faces[name] for name in FACES[recipe.split]["common"]]
    colours = (INK, RED, GREY)
    return tuple(
        TitlePlan(text, common[int(rng.integers(len(common)))], px, Style(colours[n % 3]), True, x, y)
        for n, (text, (x, y, px)) in enumerate(zip(texts, spots, strict=False))
    )


def _of(title: TitlePlan) -> Rect:
    return Rect(title.x, title.y, *Letterer(title.face, title.px, title.style).size(title.text))
