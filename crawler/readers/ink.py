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
# Distances from the ink's colour (strongest channel, 0 to 255): nearer is ink, from the other on it is none. A pixel in
# between says nothing: the rim of a stroke, or what shines through. Of 17,146 pairs of looks over moving pictures, the
# ones that the limits were chosen on, this spares 38 % of those with one value,
# and takes none of the 7,390 changes for none.
INK, NO_INK = 40, 70
LOWEST = 23  # px of a crop's height: below, strokes are mostly rim, and a 0 differs from an 8 by nothing else
TRIED = 4  # colours
BIN_BITS = 5  # of a channel's eight, given up when the commonest colours are looked for
LEAST, MOST = 0.04, 0.45  # part of the pixels under the line that are ink
STANDS_OUT = 0.4  # ink's part of what is not clearly without ink: less is a mixed colour, of the rims only
AROUND = 0.3  # most ink on the crop's borders: more is the surroundings' colour
ROWS = 0.6  # part of the line's rows that hold ink: less is a part of the letters only
LETTER = 0.8  # of the line's height: a letter with the gap beside it
LETTER_LEAST = 0.06  # part of such a stretch that is ink
CHANGED = 0.12  # part of a small window whose pixels turned from ink to none, or the other way

_BIN_PLACES = np.array([64, 8, 1], np.int32)

Colour = tuple[int, int, int]
Distance = NDArray[np.uint8]  # height x width, strongest channel's distance from the ink's colour


@dataclass(frozen=True, slots=True)
class Ink:
    """A text's colours (BGR, 0 to 255): of its letters, and of their outlines where they have some."""

    colours: tuple[Colour, ...]

    def same(self, before: Bgr, now: Bgr) -> bool:
        """Whether two crops of one size show the same letters in each of these colours, over their whole width.

        A label in one colour beside a number in another says nothing of the number.
        """
        return all(_same_letters(distance(before, colour), distance(now, colour)) for colour in self.colours)

    def came_or_went(self, before: Bgr, now: Bgr) -> bool:
        """Whether a piece of letters is on one of two crops of one size only."""
        return any(ink_changed(distance(before, colour), distance(now, colour)) for colour in self.colours)


def distance(crop: Bgr, colour: Colour) -> Distance:
    """How far each pixel is from a colour."""
    blue, green, red = cv2.split(cv2.absdiff(crop, np.array((*colour, 0), np.float64)))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


def ink_of(before: Bgr, now: Bgr) -> Ink | None:
    """The ink's colours, from two crops of one size that show the same text; null where none stands out.

    Among the commonest colours of the pixels that stayed. Each must make letters (`_makes_letters`), and must say of
    these two crops that nothing changed.
    """
    if before.shape != now.shape or before.shape[0] < LOWEST:
        return None
    stayed = _strongest(before, now) < STAYED
    pixels = now[stayed]
    least = LEAST * stayed.size
    if len(pixels) < least:
        return None
    keys = (pixels >> BIN_BITS).astype(np.int32) @ _BIN_PLACES
    counts = np.bincount(keys)
    found: list[Colour] = []
    for key in np.argsort(counts)[: -TRIED - 1 : -1]:
        if counts[key] < least / 2:
            break
        blue, green, red = pixels[keys == key].mean(axis=0)
        colour = (int(blue), int(green), int(red))
        letters = distance(now, colour)
        if _makes_letters(letters) and _same_letters(distance(before, colour), letters):
            found.append(colour)
    return Ink(tuple(found)) if found else None


def _same_letters(before: Distance, now: Distance) -> bool:
    return _unbroken(before) and _unbroken(now) and not ink_changed(before, now)


def _makes_letters(far: Distance) -> bool:
    """Whether the ink is as letters are: not too little or too much, over the line's height, and not around it."""
    letters = far < INK
    margin = max(1, letters.shape[0] // 4)
    borders = (letters[0], letters[-1], letters[:, :margin], letters[:, -margin:])
    return bool(
        LEAST < letters.mean() < MOST
        and letters.any(axis=1).mean() >= ROWS
        and max(border.mean() for border in borders) <= AROUND
        and letters.sum() >= STANDS_OUT * (far < NO_INK).sum()
    )


def _strongest(a: Bgr, b: Bgr) -> NDArray[np.uint8]:
    """The strongest channel's difference per pixel."""
    blue, green, red = cv2.split(cv2.absdiff(a, b))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


def _unbroken(far: Distance) -> bool:
    """Whether there is ink all along the line: nowhere a stretch with less of it than a letter has.

    Rims of letters in another colour have some too, which is why a little does not count.
    """
    height, width = far.shape
    room = height // 4  # left and right of the line
    columns = (far[:, room : width - room] < INK).mean(axis=0)
    letter = min(len(columns), max(1, round(LETTER * height)))
    return bool(np.convolve(columns, np.full(letter, 1 / letter), "valid").min() >= LETTER_LEAST)


def ink_changed(before: Distance, now: Distance) -> bool:
    """Whether letters came or went between two crops of one size."""
    if before.shape != now.shape:
        return True
    turned = ((before < INK) & (now > NO_INK)) | ((now < INK) & (before > NO_INK))
    side = max(3, before.shape[0] // 5 | 1)
    return bool(cv2.blur(turned.astype(np.float32), (side, side)).max() >= CHANGED)
