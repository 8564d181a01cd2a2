"""A box that shrinks with its text covers nothing; a pop-up over a digit does, and no wrong value counts at once.

Labels and pop-ups are drawn over a still or a moving picture and go through JPEG q80, as a screenshot does.
"""

from __future__ import annotations

from itertools import product
from typing import Literal

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

Anchor = Literal["left", "centre", "right"]
Side = Literal["first", "last"]

ANCHORS: tuple[Anchor, ...] = ("left", "centre", "right")
SECOND = 1_000_000_000
FONT = ImageFont.truetype(str(find_font()), 26)
WIDTH, HEIGHT, ROW = 520, 140, 80  # px; the row is the texts' base line
PHASES = (0, 80, 160)  # px by which the picture behind has moved when the first look is had
SHRINKING = (
    ("剩余库存107", "剩余库存84"),
    ("剩余库存100", "剩余库存99"),
    ("库存:1032", "库存:998"),
    ("库存:10", "库存:9"),
)
# What is left to read when a pop-up lies over the last or the first digit:
COVERED: dict[Side, tuple[tuple[str, str], ...]] = {
    "last": (("剩余库存107", "剩余库存10"), ("剩余库存1007", "剩余库存100"), ("库存:98", "库存:9")),
    "first": (("327人在线", "27人在线"), ("1288人在线", "288人在线")),
}

ENDING_IN_1 = (("剩余库存101", "剩余库存10"), ("库存:91", "库存:9"))


def wide(text: str) -> int:
    return round(FONT.getlength(text))


def start(text: str, anchor: Anchor) -> int:
    """The x at which a text begins."""
    return {"left": 150, "centre": 260 - wide(text) // 2, "right": 370 - wide(text)}[anchor]


def extent(text: str, x: int) -> Box:
    """The box of a text that begins at x, with a margin as the detector leaves it."""
    left, top, right, bottom = (int(v) for v in FONT.getbbox(text, anchor="ls"))
    return Box(x + left - 2, ROW + top - 2, right - left + 4, bottom - top + 4)


def picture(
    text: str, x: int, alpha: int, moved: int, popup: Box | None = None, popup_alpha: int = 255, *, margin: int = 12
) -> Bgr:
    """A label on a box as wide as its text and a margin, and what pops up over it."""
    soft = np.random.default_rng(3).integers(30, 170, (12, 24, 3), dtype=np.uint8)
    behind = cv2.resize(soft, (1200, 500), interpolation=cv2.INTER_LINEAR)[40 : 40 + HEIGHT, moved : moved + WIDTH]
    label = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    draw = ImageDraw.Draw(label)
    box = extent(text, x).grown(margin, 7)
    draw.rounded_rectangle((box.x, box.y, box.right, box.bottom), 6, fill=(30, 20, 60, alpha))
    draw.text((x, ROW), text, font=FONT, fill="white", anchor="ls")
    image = Image.alpha_composite(Image.fromarray(np.ascontiguousarray(behind)).convert("RGBA"), label)
    if popup is not None:
        over = Image.new("RGBA", image.size, (0, 0, 0, 0))
        corners = (popup.x, popup.y, popup.right, popup.bottom)
        ImageDraw.Draw(over).rectangle(corners, fill=(230, 220, 90, popup_alpha))
        image = Image.alpha_composite(image, over)
    flat = np.asarray(image.convert("RGB"))[:, :, ::-1]
    decoded = cv2.imdecode(cv2.imencode(".jpg", flat, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.astype(np.uint8)


def popup_over(whole: str, left: str, side: Side, x: int, gap: int) -> tuple[Box, Box]:
    """A pop-up over one digit, its border `gap` px from the digit beside it; and the box of what is left to read."""
    line = extent(whole, x)
    if side == "last":
        return Box(x + wide(left) + gap, line.y - 30, 120, 80), extent(left, x)
    shifted = x + wide(whole) - wide(left)
    return Box(shifted - gap - 140, line.y - 30, 140, 80), extent(left, shifted)


def against(before: Bgr, was: str, old: Box, now: Bgr, text: str, new: Box) -> tuple[str, ...]:
    """What speaks against the text on the second picture, by what stands around both."""
    first, second = parse(was), parse(text)
    assert first is not None
    assert second is not None
    ground = Ground.around(old, before)
    around = surroundings(ground.pixels, ground.box.cut(now), ground.place(old), ground.place(new))
    return doubts(Seen(first, 0, old), Seen(second, SECOND, new), around)


@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize(("alpha", "moved"), [*product((255,), (0, 7, 23, 60)), *product((200, 150), (0, 7))])
def test_a_box_that_shrinks_with_its_text_covers_nothing(anchor: Anchor, alpha: int, moved: int) -> None:
    for (was, text), phase in product(SHRINKING, PHASES):
        old, new = start(was, anchor), start(text, anchor)
        before, now = picture(was, old, alpha, phase), picture(text, new, alpha, phase + moved)
        found = against(before, was, extent(was, old), now, text, extent(text, new))
        assert "covered" not in found, f"{was} to {text}, picture at {phase} px"


def test_the_detectors_boxes_need_not_be_exact() -> None:
    """They are steady to about 2 px."""
    rng = np.random.default_rng(5)
    for (was, text), anchor, phase in product(SHRINKING, ANCHORS, PHASES):
        boxes = []
        for each in (was, text):
            box, (left, right) = extent(each, start(each, anchor)), (int(v) for v in rng.integers(-2, 3, 2))
            boxes.append(Box(box.x + left, box.y, box.w + right - left, box.h))
        before, now = (picture(each, start(each, anchor), 255, phase + 7 * n) for n, each in enumerate((was, text)))
        assert "covered" not in against(before, was, boxes[0], now, text, boxes[1]), f"{was} to {text}, {anchor}"


@pytest.mark.parametrize("moved", [0, 23])
@pytest.mark.parametrize(("alpha", "popup_alpha"), list(product((255, 150), (255, 170, 120))))
@pytest.mark.parametrize("side", ["last", "first"])
def test_a_pop_up_over_a_digit_covers_it(side: Side, alpha: int, popup_alpha: int, moved: int) -> None:
    """Its border lies close to the digit beside it, wherever in the gap between the two."""
    x = start("", "left")
    for (whole, left), gap, phase in product(COVERED[side], (-1, 0, 1, 3), (0, 160)):
        popup, rest = popup_over(whole, left, side, x, gap)
        before = picture(whole, x, alpha, phase)
        now = picture(whole, x, alpha, phase + moved, popup, popup_alpha)
        found = against(before, whole, extent(whole, x), now, left, rest)
        assert "covered" in found, f"{whole} to {left}, border {gap} px away, picture at {phase} px"


def test_a_pop_up_over_a_digit_of_a_tight_box_covers_it() -> None:
    """The box ended as close to its text as the pop-up does now, in the gap before a 1: it did not shrink for that."""
    x = start("", "left")
    for (whole, left), margin, gap in product(ENDING_IN_1, (0, 1, 2), (0, 1, 2, 3, 4, 5)):
        popup, rest = popup_over(whole, left, "last", x, gap)
        before = picture(whole, x, 255, 0, margin=margin)
        now = picture(whole, x, 255, 0, popup, margin=margin)
        found = against(before, whole, extent(whole, x), now, left, rest)
        assert "covered" in found, f"{whole} to {left}, margin {margin} px, border {gap} px away"


@pytest.mark.parametrize("moved", [0, 23])
def test_a_pop_up_over_the_digit_of_a_box_that_shrank_covers_it(moved: int) -> None:
    """From 107 to 84, of which the 8 alone is seen: the box's own border is under the pop-up."""
    was, text, seen = "剩余库存107", "剩余库存84", "剩余库存8"
    for anchor, alpha, popup_alpha, phase in product(ANCHORS, (255, 150), (255, 170), PHASES):
        x = start(text, anchor)
        popup, rest = popup_over(text, seen, "last", x, 1)
        before = picture(was, start(was, anchor), alpha, phase)
        now = picture(text, x, alpha, phase + moved, popup, popup_alpha)
        found = against(before, was, extent(was, start(was, anchor)), now, seen, rest)
        assert "covered" in found, f"{anchor}, box {alpha}, pop-up {popup_alpha}, picture at {phase} px"


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def read(engine: PaddleEngine, first: str, x: int, pictures: list[Bgr]) -> list[Reading]:
    """What becomes of a field that the first picture shows, at a picture a second."""
    reader = FieldReader(engine, LineReader(engine, Thresholds()), Rules())
    counter = parse(first)
    assert counter is not None
    field = Field("x-1", counter.kind, extent(first, x))
    found: list[Reading] = []
    for entry, pixels in enumerate(pictures):
        found += reader.look(field, Frame(entry, entry * SECOND, pixels))
    return sorted([*found, *reader.settled(field)], key=lambda r: r.entry)


def values(readings: list[Reading]) -> dict[int, int | None]:
    return {r.entry: r.value for r in readings if r.status is Status.ACCEPTED}


@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize(("alpha", "moved"), [(255, 0), (255, 23), (150, 0), (150, 5)])
def test_a_value_in_a_box_that_shrank_counts_with_its_second_picture(
    engine: PaddleEngine, anchor: Anchor, alpha: int, moved: int
) -> None:
    shown = ["剩余库存107"] * 2 + ["剩余库存84"] * 3
    pictures = [picture(text, start(text, anchor), alpha, moved * n) for n, text in enumerate(shown)]
    found = values(read(engine, shown[0], start(shown[0], anchor), pictures))
    assert found[0] == 107
    assert found[3] == 84
    assert set(found.values()) == {107, 84}


@pytest.mark.parametrize("moved", [0, 23])
@pytest.mark.parametrize(("alpha", "popup_alpha"), list(product((255, 150), (255, 120))))
@pytest.mark.parametrize("side", ["last", "first"])
def test_nothing_wrong_is_read_while_a_pop_up_lies_over_a_digit(
    engine: PaddleEngine, side: Side, alpha: int, popup_alpha: int, moved: int
) -> None:
    """However long it stays; what shines through a half-transparent one may be read, rightly."""
    whole, left = COVERED[side][0]
    x = start("", "left")
    popup, _ = popup_over(whole, left, side, x, 1)
    pictures = [picture(whole, x, alpha, moved * n, popup if n >= 2 else None, popup_alpha) for n in range(8)]
    readings = read(engine, whole, x, pictures)
    counter = parse(whole)
    assert counter is not None
    assert set(values(readings).values()) == {counter.exact}
    assert sorted(r.entry for r in readings) == list(range(8))


@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize(("alpha", "popup_alpha"), list(product((255, 150), (255, 120))))
def test_nothing_wrong_is_read_while_a_pop_up_lies_over_a_digit_of_a_box_that_shrank(
    engine: PaddleEngine, anchor: Anchor, alpha: int, popup_alpha: int
) -> None:
    was, text = "剩余库存107", "剩余库存84"
    x = start(text, anchor)
    popup, _ = popup_over(text, "剩余库存8", "last", x, 1)
    pictures = [picture(was, start(was, anchor), alpha, 23 * n) for n in range(2)]
    pictures += [picture(text, x, alpha, 23 * n, popup, popup_alpha) for n in range(2, 5)]
    pictures += [picture(text, x, alpha, 23 * n) for n in range(5, 8)]
    found = values(read(engine, was, start(was, anchor), pictures))
    assert {value for entry, value in found.items() if entry < 2} == {107}
    assert {value for entry, value in found.items() if entry >= 2} == {84}, "it counts once the pop-up is gone"
