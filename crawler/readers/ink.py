"""Whether a text on a moving picture changed: its ink alone is compared, not what moves behind it (pure).

Counters stand on half-transparent boxes, or naked on the video. There the plain gate sees a change at each picture and
each picture is read. The ink of a text has one colour, which two pictures with the same value tell: it is what stayed.
Ink that came counts as much as ink that went (a 3 lies wholly within an 8), so that whatever in the background has the
ink's colour makes a look, never a miss.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crawler.readers.ocr import Bgr

STAYED = 16  # strongest channel's difference (0 to 255) under which a pixel has stayed
FAR = 150.0  # distance from the ink's colour from which a pixel is no ink at all
TRIED = 4  # colours
BINS = 32  # width of a colour bin when the commonest colour is looked for
LEAST, MOST = 0.04, 0.45  # part of the pixels under the line that are ink
ROWS = 0.6  # part of the line's rows that hold ink: less is a part of the letters only
GAP = 0.6  # of the line's height, the widest gap between two words
CHANGED = 0.17  # mean change of a small window's ink

_DEPTHS = np.clip(1.0 - np.arange(256) / FAR, 0.0, 1.0).astype(np.float32)

Depth = NDArray[np.float32]  # height x width, 1 where a pixel has the ink's colour, 0 from FAR on


@dataclass(frozen=True, slots=True)
class Ink:
    """A text's colour (BGR, 0 to 255)."""

    colour: tuple[int, int, int]

    def depth(self, crop: Bgr) -> Depth:
        """How much of this colour each pixel has: thin strokes have it in part only."""
        return np.asarray(cv2.LUT(_strongest(crop, np.full_like(crop, self.colour)), _DEPTHS), np.float32)

    def same(self, before: Bgr, now: Bgr) -> bool:
        """Whether two crops of one size show the same letters of this colour, over their whole width.

        A label in this colour beside a number in another says nothing of the number.
        """
        first, second = self.depth(before), self.depth(now)
        return _unbroken(first) and _unbroken(second) and not ink_changed(first, second)


def ink_of(before: Bgr, now: Bgr) -> Ink | None:
    """The ink's colour, from two crops of one size that show the same text; null where it does not stand out.

    One of the commonest colours of the pixels that stayed. It must make letters (not too little, not too much of the
    crop, over most of its height), and must say of these two crops that nothing changed.
    """
    if before.shape != now.shape or before.size == 0:
        return None
    stayed = _strongest(before, now) < STAYED
    pixels = now[stayed]
    if len(pixels) < LEAST * stayed.size:
        return None
    bins = (pixels // BINS).astype(np.int32)
    keys = (bins[:, 0] * 8 + bins[:, 1]) * 8 + bins[:, 2]
    counts = np.bincount(keys)
    for key in np.argsort(counts)[: -TRIED - 1 : -1]:
        if counts[key] < LEAST * stayed.size / 2:
            break
        blue, green, red = np.median(pixels[keys == key], axis=0)
        ink = Ink((int(blue), int(green), int(red)))
        letters = ink.depth(now) > 0.7
        makes_letters = LEAST < letters.mean() < MOST and letters.any(axis=1).mean() >= ROWS
        if makes_letters and ink.same(before, now):
            return ink
    return None


def _strongest(a: Bgr, b: Bgr) -> NDArray[np.uint8]:
    """The strongest channel's difference per pixel."""
    blue, green, red = cv2.split(cv2.absdiff(a, b))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


def _unbroken(depth: Depth) -> bool:
    """Whether ink stands all along the line: nowhere a stretch without any that a letter would fit into."""
    height, width = depth.shape
    room = height // 4  # left and right of the line
    inked = np.flatnonzero((depth[:, room : width - room] > 0.6).max(axis=0))
    ends = np.concatenate(([-1], inked, [width - 2 * room]))
    return bool(int(np.diff(ends).max()) - 1 <= GAP * height)


def ink_changed(before: Depth, now: Depth) -> bool:
    """Whether letters came or went between two depths of one size."""
    if before.shape != now.shape:
        return True
    side = max(3, before.shape[0] // 5 | 1)
    return bool(cv2.blur(cv2.absdiff(before, now), (side, side)).max() >= CHANGED)
