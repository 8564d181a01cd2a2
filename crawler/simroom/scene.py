"""A moving, photo-like picture: a presenter before lit shelves holding up a product, painted once and moved cheaply."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Layer = tuple[Picture, Picture]  # premultiplied colour, and how much of the picture it leaves (255: all of it)

FULL = (255,)  # a mask's "all of it"
PERIODS_S = (16.0, 6.4, 3.2, 1.6)  # all divide into GOPs; loops of other lengths jump a little where they join
MARGIN = 48  # pixels by which the background is larger than the picture, so that it can move by slicing alone


def _cloth(
    rng: np.random.Generator, width: int, height: int, scales: tuple[int, ...], depth: float
) -> NDArray[np.float32]:
    """Smooth noise of several scales, height x width, around 0."""
    total = np.zeros((height, width), np.float32)
    for scale in scales:
        coarse = rng.standard_normal((height // scale + 2, width // scale + 2)).astype(np.float32)
        total += (
            cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * depth * (scale / max(scales)) ** 0.5
        )
    return total


class Scene:
    """Paints pictures of ``width`` x ``height``; the seed decides colours, shelves and texture."""

    def __init__(self, seed: int, width: int, height: int) -> None:
        self._width, self._height = width, height
        rng = np.random.default_rng(seed)
        self._back = self._paint_back(rng)
        self._host = self._paint_host(rng)
        self._thing = self._paint_thing(rng)
        grain = rng.normal(0, 3.2, (height + 64, width + 64))
        self._lighter = np.clip(grain, 0, 255).astype(np.uint8)
        self._darker = np.clip(-grain, 0, 255).astype(np.uint8)
        self._dice = np.random.default_rng(seed + 1)

    def at(self, second: float) -> Picture:
        """The picture at a time, BGR, height x width x 3, without grain."""
        slow, sway, nod, quick = (math.sin(2 * math.pi * second / period) for period in PERIODS_S)
        x, y = round(MARGIN * (0.5 + 0.5 * sway)), round(MARGIN * (0.5 + 0.5 * slow))
        picture: Picture = self._back[y : y + self._height, x : x + self._width].copy()
        self._blend(picture, self._host, 14 * sway, 6 * nod, 1.2 * sway)
        self._blend(picture, self._thing, 26 * sway + 8 * quick, 80 + 16 * nod, 5 * sway)
        return picture

    def grain(self, luma: Picture) -> Picture:
        """Camera noise on a luma plane (height x width), different for each call."""
        x, y = int(self._dice.integers(0, 64)), int(self._dice.integers(0, 64))
        area = (slice(y, y + luma.shape[0]), slice(x, x + luma.shape[1]))
        return np.asarray(cv2.subtract(cv2.add(luma, self._lighter[area]), self._darker[area]), np.uint8)

    def _blend(self, picture: Picture, layer: Layer, dx: float, dy: float, turn: float) -> None:
        colour, keep = layer
        height, width = keep.shape[:2]
        x, y = (self._width - width) // 2, self._height - height
        move = np.asarray(cv2.getRotationMatrix2D((width / 2, height * 0.9), turn, 1.0), np.float64)
        move[:, 2] += (dx, dy)
        area = picture[y:, x : x + width]
        moved = cv2.warpAffine(colour, move, (width, height))
        kept = cv2.warpAffine(keep, move, (width, height), borderValue=(255, 255, 255))
        np.copyto(area, cv2.add(cv2.multiply(area, kept, scale=1 / 255), moved))

    def _paint_back(self, rng: np.random.Generator) -> Picture:
        width, height = self._width + MARGIN, self._height + MARGIN
        base = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
        warm, dim = np.array([150, 180, 214], np.float32), np.array([92, 104, 140], np.float32)
        wall = warm * (1 - base) + dim * base + _cloth(rng, width, height, (8, 40, 160), 7)[..., None]
        picture = np.clip(wall, 0, 255).astype(np.uint8)
        for row in range(5):  # shelves with boxes, bottles and books
            top = int(height * (0.03 + row * 0.155))
            floor = top + int(height * 0.13)
            x = int(rng.integers(0, 20))
            while x < width:
                wide, tall = int(rng.integers(24, 86)), int(rng.integers(int(height * 0.05), int(height * 0.122)))
                colour = np.clip(rng.normal([120, 130, 165], [55, 45, 50]), 10, 245)
                cv2.rectangle(picture, (x, floor - tall), (x + wide, floor), tuple(map(float, colour)), -1)
                cv2.rectangle(picture, (x, floor - tall), (x + wide // 5, floor), tuple(map(float, colour * 1.25)), -1)
                band = floor - tall + int(tall * 0.3)
                cv2.rectangle(picture, (x + 4, band), (x + wide - 4, band + tall // 4), (225, 228, 235), -1)
                x += wide + int(rng.integers(3, 26))
            cv2.rectangle(picture, (0, floor), (width, floor + 13), (58, 84, 120), -1)
            cv2.rectangle(picture, (0, floor + 13), (width, floor + 24), (30, 38, 52), -1)
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 2.6), np.uint8)
        glow = np.zeros_like(picture, np.float32)
        for _ in range(14):  # out-of-focus lamps
            spot = (int(rng.integers(0, width)), int(rng.integers(0, int(height * 0.7))))
            cv2.circle(
                glow, spot, int(rng.integers(12, 46)), tuple(map(float, rng.uniform([30, 60, 90], [90, 130, 150]))), -1
            )
        lit = picture + cv2.GaussianBlur(glow, (0, 0), 7) + _cloth(rng, width, height, (2, 6), 3.5)[..., None]
        return np.clip(lit, 0, 255).astype(np.uint8)

    def _paint_host(self, rng: np.random.Generator) -> Layer:
        width, height = self._width, int(self._height * 0.66)
        s, mid = self._width / 720, width // 2
        ink, mask = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)

        def oval(x: float, y: float, a: float, b: float, colour: tuple[int, int, int], turn: float = 0) -> None:
            centre, axes = (int(mid + x * s), int(y * s)), (int(a * s), int(b * s))
            cv2.ellipse(ink, centre, axes, turn, 0, 360, colour, -1, cv2.LINE_AA)
            cv2.ellipse(mask, centre, axes, turn, 0, 360, FULL, -1, cv2.LINE_AA)

        dress = tuple(
            int(v) for v in rng.choice(np.array([[150, 110, 190], [140, 150, 70], [90, 90, 180], [170, 140, 120]]))
        )
        hair, skin, shade = (34, 30, 42), (170, 196, 232), (146, 172, 214)
        oval(0, 200, 132, 190, hair)
        oval(0, 330, 150, 170, hair)
        oval(0, 700, 285, 330, (dress[0], dress[1], dress[2]))
        oval(0, 870, 330, 300, (dress[0], dress[1], dress[2]))
        oval(-250, 720, 70, 230, (dress[0], dress[1], dress[2]), 14)
        oval(250, 720, 70, 230, (dress[0], dress[1], dress[2]), -14)
        oval(0, 365, 52, 90, shade)
        oval(0, 415, 88, 46, skin)
        oval(0, 205, 100, 135, skin)
        oval(0, 92, 112, 62, hair)
        oval(-96, 190, 26, 120, hair, 6)
        oval(96, 190, 26, 120, hair, -6)
        for side in (-1, 1):
            oval(side * 42, 168, 22, 5, (48, 44, 60), -4 * side)
            oval(side * 42, 192, 19, 10, (238, 240, 244))
            oval(side * 42, 192, 9, 10, (36, 30, 40))
            oval(side * 45, 189, 3, 3, (250, 250, 250))
            oval(side * 58, 246, 24, 14, (160, 178, 236))
        oval(0, 232, 9, 20, shade)
        oval(0, 232, 7, 17, skin)
        oval(0, 278, 30, 12, (92, 84, 196))
        oval(0, 275, 24, 5, (240, 242, 246))
        light = 1 + _cloth(rng, width, height, (24, 90, 220), 0.05)[..., None]
        light = light * np.linspace(1.1, 0.86, width, dtype=np.float32)[None, :, None]
        weave = _cloth(rng, width, height, (2, 5), 4.0)[..., None]
        clipped = np.clip(ink * light + weave, 0, 255).astype(np.float32)
        body = np.asarray(cv2.GaussianBlur(clipped, (0, 0), 1.6), np.float32)
        return self._layer(body, mask, 1.8)

    def _paint_thing(self, rng: np.random.Generator) -> Layer:
        width, height = self._width, int(self._height * 0.45)
        s, mid = self._width / 720, width // 2
        ink, mask = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
        pad = np.array(
            [[mid - 150 * s, 30 * s], [mid + 150 * s, 20 * s], [mid + 172 * s, 300 * s], [mid - 168 * s, 312 * s]]
        )
        for target, colour in ((ink, (196, 214, 246)), (mask, FULL)):
            cv2.fillConvexPoly(target, pad.astype(np.int32), colour, cv2.LINE_AA)
        for _ in range(26):  # a printed pillow
            spot = (int(mid + rng.integers(-130, 130) * s), int(rng.integers(50, 285) * s))
            cv2.circle(
                ink, spot, int(rng.integers(6, 20) * s), tuple(map(int, rng.integers(90, 240, 3))), -1, cv2.LINE_AA
            )
        for side in (-1, 1):  # hands
            spot, axes = (int(mid + side * 160 * s), int(170 * s)), (int(34 * s), int(52 * s))
            cv2.ellipse(ink, spot, axes, 12 * side, 0, 360, (168, 194, 230), -1, cv2.LINE_AA)
            cv2.ellipse(mask, spot, axes, 12 * side, 0, 360, FULL, -1, cv2.LINE_AA)
        light = 1 + _cloth(rng, width, height, (18, 70), 0.10)[..., None]
        return self._layer(np.clip(ink * light + _cloth(rng, width, height, (2, 4), 4)[..., None], 0, 255), mask, 2.2)

    @staticmethod
    def _layer(colour: NDArray[np.float32], mask: Picture, blur: float) -> Layer:
        alpha = (np.asarray(cv2.GaussianBlur(mask, (0, 0), blur), np.float32) / 255.0)[..., None]
        kept = np.repeat(255 * (1.0 - alpha), 3, axis=2)
        return (np.asarray(colour, np.float32) * alpha).astype(np.uint8), kept.astype(np.uint8)
