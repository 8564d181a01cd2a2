"""The margin between a text and its box's border: a box that shrank has one; what lies over a digit begins at the next.

A cover in the page's own colour leaves the same kind of border beside a label without margins as the label had.
"""

from __future__ import annotations

from itertools import product

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.readers.cascade import LineReader, Thresholds
from crawler.readers.counters import parse
from crawler.readers.fields import Field, Frame, Ground, Rules
from crawler.readers.looking import FieldReader
from crawler.readers.ocr import Bgr, Box, PaddleEngine
from crawler.readers.pixels import surroundings
from crawler.readers.plausibility import Seen, doubts
from crawler.readers.readings import Reading, Status
from crawler.simroom.lettering import find_font

SECOND = 1_000_000_000
FONT = ImageFont.truetype(str(find_font()), 26)
X, ROW = 150, 80  # px; where the texts' base line begins
Colour = tuple[int, int, int]
WHITE, GREEN, CRIMSON = (235, 235, 235), (90, 110, 90), (150, 20, 40)
PAGES: tuple[Colour, ...] = (WHITE, GREEN)


def extent(text: str) -> Box:
    """The box of a text, with a margin as the detector leaves it."""
    left, top, right, bottom = (int(v) for v in FONT.getbbox(text, anchor="ls"))
    return Box(X + left - 2, ROW + top - 2, right - left + 4, bottom - top + 4)


def label(text: str, margin: int, page: Colour, cover: Box | None = None) -> Bgr:
    """A label so many px wider than its text on either side, on a plain page; the cover has the page's colour."""
    image = Image.new("RGB", (520, 140), page)
    draw = ImageDraw.Draw(image)
    box = extent(text).grown(margin, 7)
    draw.rectangle((box.x, box.y, box.right, box.bottom), fill=CRIMSON)
    draw.text((X, ROW), text, font=FONT, fill="white", anchor="ls")
    if cover is not None:
        draw.rectangle((cover.x, cover.y, cover.right, cover.bottom), fill=page)
    flat = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
    decoded = cv2.imdecode(cv2.imencode(".jpg", flat, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.astype(np.uint8)


def covered(text: str, left: str, gap: int, margin: int, page: Colour) -> tuple[Bgr, Bgr]:
    """A label, and the same with its last digit under a cover whose border is so many px from the digit before."""
    cover = Box(X + round(FONT.getlength(left)) + gap, extent(text).y - 30, 140, 80)
    return label(text, margin, page), label(text, margin, page, cover)


def against(before: Bgr, was: str, now: Bgr, text: str) -> tuple[str, ...]:
    first, second, old, new = parse(was), parse(text), extent(was), extent(text)
    assert first is not None
    assert second is not None
    ground = Ground.around(old, before)
    around = surroundings(ground.pixels, ground.box.cut(now), ground.place(old), ground.place(new))
    return doubts(Seen(first, 0, old), Seen(second, SECOND, new), around)


@pytest.mark.parametrize(
    ("text", "left"),
    [("剩余库存107", "剩余库存10"), ("剩余库存101", "剩余库存10"), ("库存:98", "库存:9"), ("库存:91", "库存:9")],
)
def test_a_cover_in_the_pages_colour_over_a_label_without_margins_is_no_shrunken_label(text: str, left: str) -> None:
    for margin, gap, page in product((0, 1, 2), (-1, 0, 1, 2, 3, 4, 5), PAGES):
        before, now = covered(text, left, gap, margin, page)
        assert "covered" in against(before, text, now, left), f"margin {margin} px, cover {gap} px away, page {page}"


@pytest.mark.parametrize(
    ("was", "text"),
    [("剩余库存107", "剩余库存84"), ("剩余库存100", "剩余库存99"), ("库存:1032", "库存:998"), ("库存:10", "库存:9")],
)
def test_a_label_with_a_sixth_of_its_height_for_a_margin_may_shrink(was: str, text: str) -> None:
    for margin, page in product((5, 6, 8), PAGES):
        found = against(label(was, margin, page), was, label(text, margin, page), text)
        assert "covered" not in found, f"margin {margin} px, page {page}"


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def read(engine: PaddleEngine, first: str, pictures: list[Bgr]) -> list[Reading]:
    """What becomes of a field that the first picture shows, looked at every 3 s."""
    reader = FieldReader(engine, LineReader(engine, Thresholds()), Rules())
    counter = parse(first)
    assert counter is not None
    field = Field("x-1", counter.kind, extent(first))
    found: list[Reading] = []
    for entry, pixels in enumerate(pictures):
        found += reader.look(field, Frame(entry, 3 * entry * SECOND, pixels))
    return [*found, *reader.settled(field)]


@pytest.mark.parametrize(
    ("text", "left", "margin", "gap"), [("剩余库存107", "剩余库存10", 1, 1), ("库存:98", "库存:9", 0, 1)]
)
def test_what_such_a_cover_leaves_to_read_is_no_value(
    engine: PaddleEngine, text: str, left: str, margin: int, gap: int
) -> None:
    before, now = covered(text, left, gap, margin, WHITE)
    readings = read(engine, text, [before] * 2 + [now] * 6)
    counter = parse(text)
    assert counter is not None
    assert {r.value for r in readings if r.status is Status.ACCEPTED} == {counter.exact}
    assert any("covered" in r.doubts for r in readings)
