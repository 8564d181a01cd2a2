"""Comparing pictures without reading them: the change gate, scene changes, covered surroundings (pure).

The gate's measure is the maximum of the blurred absolute difference. Measured on 150 pairs (one digit changed against
the same text over a background moved by 2 px): mean difference and perceptual hashes can't see a digit, this can.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crawler.readers.ocr import Bgr, Box

Gray = NDArray[np.uint8]

MARGIN = 0.15  # of the line's height, the least margin between a text and the border of its box
BORDER = 12.0  # the least step of a border, strongest channel
ALIKE = 14.0  # mean difference under which two margins look alike

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
    small = cv2.resize(picture[::4, ::4], SCENE_SIZE, interpolation=cv2.INTER_AREA)  # every 16th pixel will do
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)


def scene_change(before: Gray, now: Gray) -> float:
    """Mean grey difference of two thumbnails, 0 to 255."""
    return float(cv2.absdiff(before, now).mean())


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What happened around a line that became shorter: strongest colour channel, 0 to 255; all 0 when it did not."""

    vanished: float = 0.0  # mean change above and below the part that is gone
    stayed: float = 0.0  # the same for the part that is still there
    edge: float = 0.0  # how much more upright an edge stands where the text ends now than stood there before
    framed: bool = False  # the same margin and border stand beside the shorter text: its box shrank with it


def surroundings(before: Bgr, now: Bgr, old: Box, new: Box) -> Surroundings:
    """Compare the surroundings of a line on two pictures of one size; `old` and `new` are its boxes there.

    Where the line became shorter, what is missing was either erased by the page (then the bands above and below it
    changed as little as elsewhere) or covered by something (then they changed more, and the cover has a border).
    """
    least = max(4, old.h // 4)  # the detector's boxes are steady to about 3 px
    stayed = _change(before, now, old, max(old.x, new.x), min(old.right, new.right))
    vanished = edge = 0.0
    gone, framed = [], []
    if new.x - old.x >= least:
        gone.append((old.x, new.x, new.x))
        framed.append(_framed(before[:, ::-1], now[:, ::-1], _mirrored(old, before), _mirrored(new, now)))
    if old.right - new.right >= least:
        gone.append((new.right, old.right, new.right))
        framed.append(_framed(before, now, old, new))
    for left, right, border in gone:
        vanished = max(vanished, _change(before, now, old, left, right))
        reach = old.h // 2
        edges = [_upright_edge(picture, old, border - reach, border + reach) for picture in (before, now)]
        edge = max(edge, edges[1] - edges[0])
    return Surroundings(vanished, stayed, edge, bool(framed) and all(framed))


def _framed(before: Bgr, now: Bgr, old: Box, new: Box) -> bool:
    """Whether right of the text the same margin ends at the same distance in the same kind of border, on both pictures.

    What lies over a digit has its border at the digit before it, where a box has a margin.
    """
    wide = old.h
    sides = [_beside(picture, Box(end, old.y, wide, old.h)) for picture, end in ((before, old.right), (now, new.right))]
    if any(side.shape[1] < wide for side in sides):
        return False
    borders = [_border(side) for side in sides]
    (at, strength), (now_at, now_strength) = borders
    near = min(at, now_at)
    if min(strength, now_strength) < BORDER or near < MARGIN * wide or abs(at - now_at) > max(3, wide // 6):
        return False
    clear = slice(1, max(2, near - 1))
    return float(np.abs(sides[0][:, clear] - sides[1][:, clear]).max(axis=2).mean()) < ALIKE


def _beside(picture: Bgr, box: Box) -> NDArray[np.int16]:
    height, width = picture.shape[:2]
    return box.within(width, height).cut(picture).astype(np.int16)


def _border(side: NDArray[np.int16]) -> tuple[int, float]:
    """The column of the strongest step that goes over the whole height, and its strength (0 to 255)."""
    step = np.median(np.abs(side[:, 2:] - side[:, :-2]).max(axis=2), axis=0)
    at = int(step.argmax())
    return at + 1, float(step[at])


def _mirrored(box: Box, picture: Bgr) -> Box:
    return Box(picture.shape[1] - box.right, box.y, box.w, box.h)


def _bands(picture: Bgr, line: Box, left: int, right: int) -> NDArray[np.int16]:
    """The pixels from `left` to `right` in a band above and one below the line, on top of one another."""
    height, width = picture.shape[:2]
    deep = max(3, line.h // 3)
    span = max(0, right - left)
    above = Box(left, line.y - deep, span, deep).within(width, height).cut(picture)
    below = Box(left, line.bottom, span, deep).within(width, height).cut(picture)
    return np.concatenate([above, below]).astype(np.int16)


def _change(before: Bgr, now: Bgr, line: Box, left: int, right: int) -> float:
    change = np.abs(_bands(before, line, left, right) - _bands(now, line, left, right))
    return float(change.max(axis=2).mean()) if change.size else 0.0


def _upright_edge(picture: Bgr, line: Box, left: int, right: int) -> float:
    """The strongest step from one column to the next but one, as a mean over the rows of both bands."""
    bands = _bands(picture, line, left, right)
    if bands.shape[0] == 0 or bands.shape[1] < 3:
        return 0.0
    step = np.abs(bands[:, 2:] - bands[:, :-2]).max(axis=2)
    return float(step.mean(axis=0).max())
