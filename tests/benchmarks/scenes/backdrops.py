"""What lies behind the counters: cheap moving pictures, gradients, noise, stripes, and the simulated presenter."""

from __future__ import annotations

import math
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from crawler.simroom.scene import Scene
from tests.benchmarks.scenes.recipe import Backdrop

Picture = NDArray[np.uint8]
ROOM = 64  # pixels by which a panned picture is larger than what is seen of it
GRAIN = {"noise": 15.0}  # standard deviation of camera noise, luma steps; else 1.5


class Ground(Protocol):
    """A backdrop."""

    def at(self, second: float) -> Picture:
        """BGR, height x width x 3; the caller may paint on it."""
        ...


class Grain:
    """Camera noise on a luma plane, different on each picture."""

    def __init__(self, backdrop: Backdrop, seed: int, width: int, height: int) -> None:
        rng = np.random.default_rng(seed)
        noise = rng.normal(0, GRAIN.get(backdrop, 1.5), (height + 64, width + 64))
        self._lighter = np.clip(noise, 0, 255).astype(np.uint8)
        self._darker = np.clip(-noise, 0, 255).astype(np.uint8)
        self._dice = np.random.default_rng(seed + 1)

    def onto(self, luma: Picture) -> None:
        """Add noise in place; height x width."""
        x, y = int(self._dice.integers(0, 64)), int(self._dice.integers(0, 64))
        area = (slice(y, y + luma.shape[0]), slice(x, x + luma.shape[1]))
        luma[:] = cv2.subtract(cv2.add(luma, self._lighter[area]), self._darker[area])


def ground(backdrop: Backdrop, seed: int, width: int, height: int) -> Ground:
    """A backdrop of `width` x `height` px; the seed decides everything."""
    if backdrop == "host":
        return Scene(seed, width, height)
    if backdrop == "gradient":
        return _Gradient(seed, width, height)
    if backdrop == "stripes":
        return _Panned(_stripes(np.random.default_rng(seed), width + ROOM, height + ROOM), width, height, 5.0)
    picture = _photo(np.random.default_rng(seed), width + ROOM, height + ROOM)
    return _Panned(picture, width, height, 11.0 if backdrop == "pan" else 17.0)


class _Panned:
    """A still picture that the camera moves over."""

    def __init__(self, picture: Picture, width: int, height: int, period_s: float) -> None:
        self._picture, self._width, self._height, self._period = picture, width, height, period_s

    def at(self, second: float) -> Picture:
        turn = 2 * math.pi * second / self._period
        x, y = round(ROOM / 2 * (1 + math.sin(turn))), round(ROOM / 2 * (1 + math.cos(0.7 * turn)))
        seen: Picture = self._picture[y : y + self._height, x : x + self._width].copy()
        return seen


class _Gradient:
    """Two gradients that fade into each other, with a soft light that wanders."""

    def __init__(self, seed: int, width: int, height: int) -> None:
        rng = np.random.default_rng(seed)
        self._pair = [_fade(rng, width, height) for _ in range(2)]
        self._size = (width, height)
        reach = min(width, height) // 2
        y, x = np.mgrid[-reach:reach, -reach:reach]
        light = np.clip(1 - np.hypot(x, y) / reach, 0, 1) ** 2 * 70
        self._light = np.repeat(light[..., None], 3, axis=2).astype(np.uint8)

    def at(self, second: float) -> Picture:
        share = 0.5 + 0.5 * math.sin(second / 4.3)
        picture = np.asarray(cv2.addWeighted(self._pair[0], share, self._pair[1], 1 - share, 0), np.uint8)
        width, height = self._size
        reach = self._light.shape[0] // 2
        x = round((width - 2 * reach) * (0.5 + 0.5 * math.sin(second / 3.1)))
        y = round((height - 2 * reach) * (0.5 + 0.5 * math.cos(second / 4.7)))
        area = picture[y : y + 2 * reach, x : x + 2 * reach]
        np.copyto(area, cv2.add(area, self._light))
        return picture


def _fade(rng: np.random.Generator, width: int, height: int) -> Picture:
    corners = rng.integers(20, 215, (2, 2, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _photo(rng: np.random.Generator, width: int, height: int) -> Picture:
    """Something like an out-of-focus photograph of a market stall: clouds of colour, goods, edges, lights."""
    total = np.zeros((height, width, 3), np.float32)
    for cells, depth in ((5, 70), (14, 34), (60, 16), (220, 9)):
        rows = max(2, cells * height // width + 1)
        # Mostly light and shade, some colour.
        coarse = 0.8 * rng.standard_normal((rows, cells, 1)) + 0.35 * rng.standard_normal((rows, cells, 3))
        coarse = coarse.astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * depth
    picture = np.clip(total + rng.uniform(90, 140), 0, 255).astype(np.uint8)
    for _ in range(46):
        spot = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = (int(rng.integers(12, width // 8)), int(rng.integers(12, width // 8)))
        colour = tuple(float(v) for v in np.clip(rng.integers(30, 225) + rng.normal(0, 30, 3), 10, 245))
        if rng.random() < 0.5:
            cv2.ellipse(picture, spot, axes, float(rng.integers(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
        else:
            far = (spot[0] + axes[0], spot[1] + axes[1])
            cv2.rectangle(picture, spot, far, colour, -1)
            cv2.rectangle(picture, spot, far, tuple(0.6 * v for v in colour), 2)
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.6), np.uint8)
    texture = rng.normal(0, 6, (height, width, 1))
    return np.clip(soft + texture, 0, 255).astype(np.uint8)


def _stripes(rng: np.random.Generator, width: int, height: int) -> Picture:
    """Racks of clothes: upright folds in many colours with seams, hard for whatever looks for strokes."""
    picture = np.zeros((height, width, 3), np.uint8)
    for top in range(0, height, max(120, height // 5)):
        x = 0
        while x < width:
            wide = int(rng.integers(14, 60))
            colour = np.clip(rng.integers(30, 220) + rng.normal(0, 34, 3), 10, 245).astype(np.float32)
            folds = 1 + 0.25 * np.sin(np.linspace(0, float(rng.uniform(3, 14)), wide))
            picture[top : top + height // 5, x : x + wide] = np.clip(folds[: width - x, None] * colour, 0, 255)
            x += wide
        cv2.line(picture, (0, top), (width, top), (50, 60, 70), 7)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.1), np.uint8)
