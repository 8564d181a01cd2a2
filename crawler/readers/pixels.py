"""Comparing pictures without reading them: the change gate, scene changes, covered surroundings (pure).

The gate's measure is the maximum of the blurred absolute difference. Measured on 150 pairs (one digit changed against
the same text over a background moved by 2 px): mean difference and perceptual hashes can't see a digit, this can.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from crawler.readers.ocr import Bgr, Box

Gray = NDArray[np.uint8]

SCENE_SIZE = (64, 36)  # px to which pictures shrink for scene comparison


def grey(picture: Bgr, box: Box) -> Gray:
    """The grey pixels under a box (which must lie on the picture)."""
    return np.asarray(cv2.cvtColor(box.cut(picture), cv2.COLOR_BGR2GRAY), np.uint8)


def difference(before: Gray, now: Gray) -> float:
    """The strongest local change between two equal-sized crops, 0 to 255; 255 when their sizes differ."""
    if before.shape != now.shape or not before.size:
        return 255.0
    return float(cv2.blur(cv2.absdiff(before, now), (5, 5)).max())


def thumbnail(picture: Bgr) -> Gray:
    """The picture, grey and 64x36, for `scene_change`."""
    small = cv2.resize(picture, SCENE_SIZE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)


def scene_change(before: Gray, now: Gray) -> float:
    """Mean grey difference of two thumbnails, 0 to 255."""
    return float(cv2.absdiff(before, now).mean())


def surroundings_change(before: Bgr, now: Bgr, old: Box, new: Box) -> tuple[float, float]:
    """How much changed around the text that vanished, and around the text that stayed.

    `old` and `new` are the line's boxes on the two pictures (of one size). Where the line became shorter, whatever is
    missing was either erased by the page (then the bands above and below it changed as little as elsewhere) or covered
    by something (then they changed far more). Mean grey differences, 0 to 255; (0, 0) when nothing vanished.
    """
    height, width = now.shape[:2]
    band = max(3, old.h // 3)

    def bands(left: int, right: int) -> float:
        areas = [
            Box(left, old.y - band, right - left, band).within(width, height),
            Box(left, old.bottom, right - left, band).within(width, height),
        ]
        pixels = [cv2.absdiff(grey(before, a), grey(now, a)).reshape(-1) for a in areas if a.w and a.h]
        return float(np.concatenate(pixels).mean()) if pixels else 0.0

    stayed = bands(max(old.x, new.x), min(old.right, new.right)) if old.x < new.right and new.x < old.right else 0.0
    vanished = 0.0
    least = max(4, old.h // 4)  # the detector's boxes are steady to about 3 px
    if new.x - old.x >= least:
        vanished = max(vanished, bands(old.x, new.x))
    if old.right - new.right >= least:
        vanished = max(vanished, bands(new.right, old.right))
    return vanished, stayed
