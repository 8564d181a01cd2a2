"""Paints a planned scene at a time, the video's layer and the page's, and says what it painted where."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.benchmarks.scenes.backdrops import ground
from tests.benchmarks.scenes.clutter import ChatLine
from tests.benchmarks.scenes.covers import Cover
from tests.benchmarks.scenes.layout import CounterPlan, Plan
from tests.benchmarks.scenes.letters import Letterer, Patch, Style, font, patch_of
from tests.benchmarks.scenes.truth import Clutter, Place, Rect, Sample, Showing, covered_share

Picture = NDArray[np.uint8]
Painted = tuple[list[tuple[str, Rect]], list[Clutter]]  # counters by name with their boxes, and the rest
LIKES, LIKES_PER_S = 4120, 2.3
TICK = 1e-6  # times are rounded to milliseconds: equal ones must compare so


@dataclass(slots=True)
class Stage:
    """One layer's painter: `page` false paints at the video's scale, true at the picture's own.

    Pictures must be asked for in order of time only for the sake of the caches; any order is right.
    """

    plan: Plan
    page: bool
    _letterers: dict[tuple[Path, int, Style], Letterer] = field(default_factory=dict)
    _patches: dict[object, Patch] = field(default_factory=dict)

    @property
    def scale(self) -> float:
        """Pixels of this layer for one pixel of the picture as sampled."""
        return 1.0 if self.page else self.plan.recipe.scale

    def paint(self, picture: Picture, second: float) -> Painted:
        """Paint this layer; returns the counters' boxes and the clutter, in pixels of the picture as sampled."""
        places: list[tuple[str, Rect]] = []
        clutter: list[Clutter] = []
        away = not self.page and self.cut(second)
        if not away:
            for title in self.plan.titles:
                if title.page == self.page:
                    text = title.text.replace("#", str(LIKES + int(LIKES_PER_S * second)))
                    patch = self._letterer(title.face, title.px, title.style).still(text)
                    clutter.append(Clutter(text, self._put(patch, picture, title.x, title.y)))
            mine = (counter for counter in self.plan.counters if counter.page == self.page)
            places += [(counter.truth.name, self._counter(counter, picture, second)) for counter in mine]
        if self.page == ("chat in the video" not in self.plan.recipe.features):
            lines = self.plan.chat.at(second)
            clutter += [Clutter(line.whole, self._put(self._chat(line), picture, x, y)) for line, x, y in lines]
        if not self.page:
            clutter += self._barrage(picture, second)
        else:
            for cover, box in self.covers(second):
                self._cover(cover, picture, box)
        return places, clutter

    def covers(self, second: float) -> list[tuple[Cover, Rect]]:
        """The pop-ups that are to be seen, with their places; all belong to the page."""
        size = (self.plan.recipe.width, self.plan.recipe.height)
        there = ((cover, cover.at(second, *size)) for cover in self.plan.covers)
        return [(cover, box) for cover, box in there if box is not None]

    def cut(self, second: float) -> bool:
        """Whether the video shows its other scene."""
        return any(c.from_s <= second + TICK < c.to_s for c in self.plan.cuts)

    def _counter(self, counter: CounterPlan, picture: Picture, second: float) -> Rect:
        home = sum(c.to_s <= second + TICK for c in self.plan.cuts)
        x, y, px = counter.at(second, home)
        letterer = self._letterer(counter.face, px, counter.style)
        now = bisect_right(counter.truth.showings, second + TICK, key=lambda s: s.from_s) - 1
        shown: Showing = counter.truth.showings[now]
        since = second - shown.from_s
        if since + TICK < shown.motion_s:
            before = counter.truth.showings[now - 1].text
            patch = letterer.moving(before, shown.text, since / shown.motion_s, counter.dynamics)
        else:
            patch = letterer.still(shown.text)
        return self._put(patch, picture, x, y)

    def _put(self, patch: Patch, picture: Picture, x: int, y: int) -> Rect:
        at = (round(x * self.scale), round(y * self.scale))
        patch.onto(picture, *at)
        box = patch.at(*at)
        return Rect(*(round(v / self.scale) for v in (box.x, box.y, box.w, box.h)))

    def _letterer(self, face: Path, px: int, style: Style) -> Letterer:
        key = (face, px, style)
        if key not in self._letterers:
            self._letterers[key] = Letterer(face, max(8, round(px * self.scale)), style)
        return self._letterers[key]

    def _chat(self, line: ChatLine) -> Patch:
        if line not in self._patches:
            px = round(self.plan.chat_px * self.scale)
            face = font(self.plan.chat_face, px)
            width = round(face.getlength(line.whole)) + 2 * (px // 2)
            image = Image.new("RGBA", (width, round(px * 1.6)), (0, 0, 0, 0))
            draw = ImageDraw.Draw(image)
            draw.rounded_rectangle((0, 0, width - 1, image.height - 1), radius=px // 2, fill=(0, 0, 0, 88))
            head = f"{line.name}：" if line.name else ""
            draw.text((px // 2, px * 0.1), head, font=face, fill=(150, 210, 255, 255))
            draw.text((px // 2 + face.getlength(head), px * 0.1), line.text, font=face, fill=(255, 255, 255, 255))
            self._patches[line] = patch_of(image)
        return self._patches[line]

    def _barrage(self, picture: Picture, second: float) -> list[Clutter]:
        found = []
        style = Style((255, 255, 255), stroke=(20, 20, 20), thick=1)
        for bullet in self.plan.barrage:
            x = bullet.x(second, self.plan.recipe.width)
            letterer = self._letterer(self.plan.chat_face, round(self.plan.chat_px * 1.4), style)
            if x is not None and x > -letterer.size(bullet.text)[0]:
                box = self._put(letterer.still(bullet.text), picture, x, bullet.y)
                found.append(Clutter(bullet.text, box))
        return found

    def _cover(self, cover: Cover, picture: Picture, box: Rect) -> None:
        if cover not in self._patches:
            image = Image.new("RGBA", (cover.box.w, cover.box.h), (0, 0, 0, 0))
            draw = ImageDraw.Draw(image)
            ground_colour = (30, 26, 34) if cover.dark else (250, 248, 246)
            edges = (0, 0, cover.box.w - 1, cover.box.h - 1)
            draw.rounded_rectangle(edges, radius=cover.px // 2, fill=(*ground_colour, cover.alpha))
            ink = (255, 240, 220, 255) if cover.dark else (200, 40, 60, 255)
            face = font(self.plan.chat_face, cover.px)
            draw.text((cover.px, cover.px * 0.3), cover.text, font=face, fill=ink)
            self._patches[cover] = patch_of(image)
        self._patches[cover].onto(picture, box.x, box.y)


def sample_of(stage: Stage, second: float, video: Painted, page: Painted) -> Sample:
    """What one picture shows, from what both layers painted."""
    there = stage.covers(second)
    opaque = [box for cover, box in there if cover.opaque]
    thin = [box for cover, box in there if not cover.opaque]
    places = tuple(
        Place(name, box, round(covered_share(box, opaque), 3), round(covered_share(box, thin), 3))
        for name, box in (*video[0], *page[0])
    )
    shown = Rect(0, 0, stage.plan.recipe.width, stage.plan.recipe.height)
    popups = [Clutter(cover.text, box) for cover, box in there]
    clutter = tuple(c for c in (*video[1], *page[1], *popups) if c.box.shared(shown))
    return Sample(second, places, clutter)


class Scenery:
    """The video's backdrop: another one while the video is cut away; moves at a third of the picture rate."""

    def __init__(self, plan: Plan, width: int, height: int) -> None:
        recipe = plan.recipe
        self._home = ground(recipe.backdrop, recipe.seed + 1, width, height)
        self._other = ground("pan", recipe.seed + 2, width, height) if plan.cuts else self._home
        self._held: tuple[tuple[int, bool], Picture] | None = None

    def at(self, number: int, second: float, *, away: bool) -> Picture:
        """The backdrop of picture `number`, height x width x 3 BGR, free to be painted on."""
        key = (number // 3, away)
        if self._held is None or self._held[0] != key:
            self._held = (key, (self._other if away else self._home).at(second))
        return self._held[1].copy()
