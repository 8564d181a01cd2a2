"""Lettering: texts in a face, size and style as patches, and the patches between two texts while digits move.

Digits stand in cells of one width, so that a changing number does not shake its line; only the digits that differ
move when both texts are built alike, else the whole line does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.benchmarks.scenes.truth import Rect

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
Dynamics = Literal["still", "slide", "flip"]
CLEAR = (0, 0, 0, 0)


@lru_cache(maxsize=512)
def font(face: Path, px: int) -> ImageFont.FreeTypeFont:
    """A face in one size; kept, for unpacking a compressed one takes a third of a second."""
    return ImageFont.truetype(str(face), px)


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is drawn; colours are RGB, `box` RGBA. `ends`: the fill's lower colour, when it is a gradient."""

    fill: Colour
    ends: Colour | None = None
    stroke: Colour | None = None
    thick: int = 2  # of the stroke, at 24 px
    shadow: bool = False
    box: tuple[int, int, int, int] | None = None
    cards: bool = False  # each digit on a dark card, as on a flip clock


@dataclass(frozen=True, slots=True)
class Patch:
    """A lettered rectangle: premultiplied BGR, what it leaves of the picture, and where its ink lies in it."""

    colour: NDArray[np.float32]
    keep: NDArray[np.float32]
    ink: Rect

    def onto(self, picture: Picture, x: int, y: int) -> None:
        """Blend onto a BGR picture (height x width x 3), in place; parts outside are left out."""
        height, width = picture.shape[:2]
        top, left = max(0, y), max(0, x)
        bottom, right = min(height, y + self.colour.shape[0]), min(width, x + self.colour.shape[1])
        if top >= bottom or left >= right:
            return
        mine = (slice(top - y, bottom - y), slice(left - x, right - x))
        area = picture[top:bottom, left:right]
        area[:] = (area * self.keep[mine] + self.colour[mine]).astype(np.uint8)

    def at(self, x: int, y: int) -> Rect:
        """Where the ink lies when the patch is put at (x, y)."""
        return Rect(x + self.ink.x, y + self.ink.y, self.ink.w, self.ink.h)


def patch_of(image: Image.Image) -> Patch:
    """A patch of an RGBA image."""
    rgba = np.asarray(image, np.float32)
    alpha = rgba[..., 3:4] / 255.0
    found = np.argwhere(rgba[..., 3] > 24)
    ink = Rect(0, 0, 0, 0)
    if found.size:
        (top, left), (bottom, right) = found.min(axis=0).tolist(), found.max(axis=0).tolist()
        ink = Rect(left, top, right - left + 1, bottom - top + 1)
    return Patch(np.ascontiguousarray(rgba[..., 2::-1] * alpha), 1.0 - alpha, ink)


@dataclass(slots=True)
class Letterer:
    """Draws texts in one face, size and style; keeps what it drew."""

    face: Path
    px: int
    style: Style
    _still: dict[str, Patch] = field(default_factory=dict)
    _advances: dict[str, int] = field(default_factory=dict)
    _cells: dict[str, tuple[Image.Image, Image.Image]] = field(default_factory=dict)

    @property
    def _font(self) -> ImageFont.FreeTypeFont:
        return font(self.face, self.px)

    @property
    def _stroke(self) -> int:
        return max(1, round(self.style.thick * self.px / 24)) if self.style.stroke else 0

    @property
    def _pad(self) -> int:
        return self._stroke + max(2, self.px // 6) + (self.px // 5 if self.style.box else 0)

    @property
    def _height(self) -> int:
        return round(1.28 * self.px) + 2 * self._pad

    def _advance(self, char: str) -> int:
        if char not in self._advances:
            alike = "0123456789" if char.isdigit() else char
            card = max(4, self.px // 4) if self.style.cards and char.isdigit() else 0
            self._advances[char] = round(max(self._font.getlength(c) for c in alike)) + card
        return self._advances[char]

    def size(self, text: str) -> tuple[int, int]:
        """Width and height of a text's patch in pixels."""
        return sum(self._advance(c) for c in text) + 2 * self._pad, self._height

    def still(self, text: str) -> Patch:
        """The patch of a text at rest."""
        if text not in self._still:
            image = self._ground(text)
            self._put(image, text)
            self._still[text] = patch_of(image)
        return self._still[text]

    def moving(self, old: str, new: str, progress: float, how: Dynamics) -> Patch:
        """The patch on the way from `old` to `new`, `progress` in 0..1."""
        if how == "still":
            return self.still(new)
        image = self._ground(max(old, new, key=lambda text: self.size(text)[0]))
        alike = len(old) == len(new) and all(
            a == b or (a.isdigit() and b.isdigit()) for a, b in zip(old, new, strict=True)
        )
        if not alike:
            before, after = (self._line(text, image.size) for text in (old, new))
            image.alpha_composite(_between(before, after, progress, how))
            return patch_of(image)
        x = self._pad
        for a, b in zip(old, new, strict=True):
            if a == b:
                self._char(image, a, x)
            else:
                before, after = (self._cell(char, x, image.size) for char in (a, b))
                image.alpha_composite(_between(before, after, progress, how))
            x += self._advance(a)
        return patch_of(image)

    def _ground(self, text: str) -> Image.Image:
        """The box behind a text, and the cards behind its digits."""
        image = Image.new("RGBA", self.size(text), CLEAR)
        draw = ImageDraw.Draw(image)
        if self.style.box:
            edges = (0, 0, image.width - 1, image.height - 1)
            draw.rounded_rectangle(edges, radius=image.height // 4, fill=self.style.box)
        x, inset = self._pad, max(1, self.px // 12)
        for char in text:
            if self.style.cards and char.isdigit():
                card = (x + inset, inset, x + self._advance(char) - inset, image.height - 1 - inset)
                draw.rounded_rectangle(card, radius=max(2, self.px // 8), fill=(24, 24, 28, 255))
            x += self._advance(char)
        return image

    def _put(self, image: Image.Image, text: str) -> None:
        # Strokes first: a letter's stroke never lies on its neighbour's fill.
        for layer in (0, 1):
            x = self._pad
            for char in text:
                self._char(image, char, x, layers=(layer,))
                x += self._advance(char)

    def _char(self, image: Image.Image, char: str, x: int, layers: tuple[int, ...] = (0, 1)) -> None:
        if char.isspace():
            return
        margin = self._pad
        for layer in layers:
            glyph = self._glyph(char)[layer]
            image.alpha_composite(
                glyph.crop((0, 0, min(glyph.width, image.width - x + margin), glyph.height)), (x - margin, 0)
            )

    def _glyph(self, char: str) -> tuple[Image.Image, Image.Image]:
        """Stroke and shadow of a character, and its fill; both as wide as its cell and a pad on each side."""
        if char not in self._cells:
            size = (self._advance(char) + 2 * self._pad, self._height)
            at = (size[0] / 2, self._pad + 1.05 * self.px)
            under, over = Image.new("RGBA", size, CLEAR), Image.new("RGBA", size, CLEAR)
            draw = ImageDraw.Draw(under)
            if self.style.shadow:
                off = max(1, self.px // 16)
                draw.text((at[0] + off, at[1] + off), char, font=self._font, fill=(0, 0, 0, 170), anchor="ms")
            if self.style.stroke:
                colour = (*self.style.stroke, 255)
                draw.text(
                    at, char, font=self._font, fill=colour, anchor="ms", stroke_width=self._stroke, stroke_fill=colour
                )
            mask = Image.new("L", size, 0)
            ImageDraw.Draw(mask).text(at, char, font=self._font, fill=255, anchor="ms")
            over.paste(self._ink(size), (0, 0), mask)
            self._cells[char] = (under, over)
        return self._cells[char]

    def _ink(self, size: tuple[int, int]) -> Image.Image:
        upper, lower = self.style.fill, self.style.ends or self.style.fill
        share = np.clip((np.arange(size[1]) - self._pad) / (1.2 * self.px), 0, 1)[:, None]
        rows = np.array(upper) * (1 - share) + np.array(lower) * share
        ink = np.full((size[1], size[0], 4), 255, np.uint8)
        ink[..., :3] = rows[:, None, :]
        return Image.fromarray(ink)

    def _cell(self, char: str, x: int, size: tuple[int, int]) -> Image.Image:
        image = Image.new("RGBA", size, CLEAR)
        self._char(image, char, x)
        return image

    def _line(self, text: str, size: tuple[int, int]) -> Image.Image:
        image = Image.new("RGBA", size, CLEAR)
        self._put(image, text)
        return image


def _between(old: Image.Image, new: Image.Image, progress: float, how: Dynamics) -> Image.Image:
    """Two drawings of one size on the way from the first to the second."""
    width, height = old.size
    image = Image.new("RGBA", old.size, CLEAR)
    if how == "slide":
        gone = round(progress * height)
        image.paste(old, (0, -gone))
        image.paste(new, (0, height - gone))
        return image
    half = height // 2
    upper, lower = (old, old) if progress < 0.5 else (new, new)
    share = abs(1 - 2 * progress)
    tall = max(1, round(half * share))
    if progress < 0.5:  # the old upper half folds down
        folded = upper.crop((0, 0, width, half)).resize((width, tall))
        image.paste(folded, (0, half - tall))
        image.paste(lower.crop((0, half, width, height)), (0, half))
        return image
    image.paste(upper.crop((0, 0, width, half)), (0, 0))  # the new lower half unfolds
    image.paste(lower.crop((0, half, width, height)).resize((width, tall)), (0, half))
    return image
