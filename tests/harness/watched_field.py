"""One field watched by a `Weigher`: looks are made by hand, pictures drawn, so that pixels can be read again."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from crawler.readers.cascade import Look, Margin
from crawler.readers.counters import parse
from crawler.readers.fields import Field, Frame
from crawler.readers.ocr import Bgr, Box, Size
from crawler.readers.readings import Candidate, Ladder, Reading, Status
from crawler.readers.weighing import ALONE_ON_PICTURE, Weigher
from crawler.simroom.lettering import find_font

PX = 24
Point = tuple[int, int]
AT: Point = (40, 40)
CLEAR = 0.99
WAYS: tuple[tuple[Size, Margin], ...] = (("tiny", "tight"), ("small", "loose"), ("small", "tight"))


def candidate(text: str, probability: float, model: Size = "tiny", margin: Margin = "tight") -> Candidate:
    counter = parse(text)
    return Candidate(text, counter, probability, model, margin, counter is not None and probability >= 0.5)


def look(text: str, *probabilities: float) -> Look:
    """As many recognitions as probabilities (two clear ones without any), by the models in the cascade's order."""
    found = tuple(
        candidate(text, probability, *way)
        for probability, way in zip(probabilities or (CLEAR, CLEAR), WAYS, strict=False)
    )
    return Look(found, found[0], len(found))


def split(*texts: str) -> Look:
    """Recognitions that differ, all of them sure."""
    return Look(tuple(candidate(text, CLEAR, *way) for text, way in zip(texts, WAYS, strict=False)), None, 0)


@cache
def font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(find_font()), PX)


@cache
def picture(text: str, at: Point = AT, width: int = 400) -> Bgr:
    """White text on a dark box, 120 px high; `at` is the text's upper left corner."""
    image = Image.new("RGB", (width, 120), (40, 44, 52))
    ImageDraw.Draw(image).text(at, text, font=font(), fill="white")
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1], np.uint8)


def line(text: str, at: Point = AT) -> Box:
    left, top, right, bottom = (int(v) for v in font().getbbox(text))
    return Box(at[0] + left - 2, at[1] + top - 2, right - left + 4, bottom - top + 4)


class Watched:
    """One field, looked at once a second; what is drawn is what the looks say unless `drawn` says otherwise."""

    def __init__(self, weigher: Weigher, kind_of: str, *, every_s: float = 1.0, width: int = 400) -> None:
        counter = parse(kind_of)
        assert counter is not None
        self.weigher = weigher
        self.field = Field("x-1", counter.kind, line(kind_of))
        self.readings: list[Reading] = []
        self.pictures = 0
        self._every_s = every_s
        self._width = width

    def _frame(self, text: str, at: Point = AT) -> Frame:
        self.pictures += 1
        number = self.pictures - 1
        return Frame(number, round(number * self._every_s * 1e9), picture(text, at, self._width))

    def sees(self, read: Look, drawn: str | None = None, at: Point = AT, box: Box | None = None) -> list[Reading]:
        """Look at a picture on which the text stands `at` a place; `box` is where the detector saw it, if elsewhere."""
        text = drawn or read.best.text
        found = self.weigher.weigh(self.field, self._frame(text, at), box or line(text, at), read)
        self.readings += found
        return found

    def sees_all(self, *texts: str) -> list[Reading]:
        for text in texts:
            self.sees(look(text))
        return self.readings

    def sees_nothing(self) -> list[Reading]:
        found = self.weigher.unreadable(self.field, self._frame(""), self.field.box, None)
        self.readings += found
        return found

    def sees_no_change(self) -> list[Reading]:
        found = self.weigher.unchanged(self.field, self._frame(""))
        self.readings += found
        return found

    def ends(self) -> list[Reading]:
        found = self.weigher.settled(self.field)
        self.readings += found
        return found

    @property
    def values(self) -> list[tuple[int, int | None, Ladder | None, str | None]]:
        """Accepted values in the order in which they were handed on."""
        return [(r.entry, r.value, r.ladder, r.agreed_by) for r in self.readings if r.status is Status.ACCEPTED]


def known(weigher: Weigher, text: str) -> Watched:
    """A field that has shown this value on two pictures."""
    watched = Watched(weigher, text)
    watched.sees_all(text, text)
    assert len(watched.values) == 2
    return watched


def assert_refused(readings: list[Reading], entry: int, why: str = ALONE_ON_PICTURE) -> None:
    (row,) = (r for r in readings if r.entry == entry)
    assert row.status is Status.DISAGREE
    assert (row.value, row.lo, row.hi, row.ladder, row.agreed_by) == (None,) * 5
    assert why in row.doubts
    assert row.candidates, "what was recognised is kept beside the refusal"
