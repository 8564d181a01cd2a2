"""Ink of lines in two colours (label brown, digits crimson, on cream), and of letters of which the rims alone stay."""

from __future__ import annotations

from functools import cache
from itertools import permutations, product

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.readers.cascade import LineReader, Thresholds
from crawler.readers.fields import Field, Frame, Looked, Rules
from crawler.readers.ink import INK, Colour, Ink, ink_of
from crawler.readers.looking import FieldReader
from crawler.readers.ocr import Bgr, Box, PaddleEngine
from crawler.readers.pixels import difference, grey
from crawler.readers.readings import Status
from crawler.simroom.lettering import find_font

CREAM: Colour = (214, 236, 250)
BROWN: Colour = (40, 64, 110)
CRIMSON: Colour = (50, 20, 200)
RIM: Colour = (100, 100, 100)
AT = (60, 80)
LABEL = "库存:"
SECOND = 1_000_000_000


@cache
def font(px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(find_font()), px)


def rgb(colour: Colour) -> Colour:
    return (colour[2], colour[1], colour[0])


def extent(text: str, px: int) -> Box:
    left, top, right, bottom = (int(v) for v in font(px).getbbox(text, anchor="ls"))
    return Box(AT[0] + left - 2, AT[1] + top - 2, right - left + 4, bottom - top + 4)


def card(digits: str, px: int, moved: int, label: Colour = BROWN, number: Colour = CRIMSON, alpha: int = 235) -> Bgr:
    """A label and its digits on a cream card, through which a moving picture shines a little, as JPEG q80."""
    soft = np.random.default_rng(3).integers(30, 220, (12, 24, 3), dtype=np.uint8)
    behind = cv2.resize(soft, (900, 500), interpolation=cv2.INTER_LINEAR)[40:180, moved : moved + 480]
    image = Image.fromarray(np.ascontiguousarray(behind)).convert("RGBA")
    over = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(over)
    around = extent(LABEL + "8888", px).grown(px, px // 3)
    draw.rectangle((around.x, around.y, around.right, around.bottom), fill=(*rgb(CREAM), alpha))
    draw.text(AT, LABEL, font=font(px), fill=rgb(label), anchor="ls")
    draw.text((AT[0] + font(px).getlength(LABEL), AT[1]), digits, font=font(px), fill=rgb(number), anchor="ls")
    flat = np.asarray(Image.alpha_composite(image, over).convert("RGB"))[:, :, ::-1]
    decoded = cv2.imdecode(cv2.imencode(".jpg", flat, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.astype(np.uint8)


class Place:
    """A line as it was looked at, and what its ink says of another picture."""

    def __init__(self, line: Box, first: Bgr, second: Bgr) -> None:
        looked = Looked.at(line, Frame(0, 0, second), None)
        assert looked is not None
        self.looked = looked
        self.before = looked.close(looked.colours)
        self.ink = ink_of(self.near(first), self.before)

    def near(self, whole: Bgr) -> Bgr:
        return self.looked.close(self.looked.box.cut(whole))

    def spares(self, whole: Bgr) -> bool:
        return self.ink is not None and self.ink.same(self.before, self.near(whole))


def far(a: Colour, b: Colour) -> int:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("px", [20, 24, 30, 40])
@pytest.mark.parametrize(("label", "number"), list(permutations((BROWN, CRIMSON), 2)))
def test_a_change_of_the_digits_is_seen_beside_a_label_in_another_colour(
    px: int, label: Colour, number: Colour
) -> None:
    line = extent(LABEL + "37", px)
    first, second = (card("37", px, moved, label, number) for moved in (0, 21))
    place = Place(line, first, second)
    spared = [
        (digits, moved)
        for digits, moved in product(("36", "38", "87", "31", "17", "3", "77", "30"), (28, 60))
        if place.spares(card(digits, px, moved, label, number))
    ]
    assert spared == []


@pytest.mark.parametrize("px", [24, 30, 40])
def test_a_labels_colour_alone_says_nothing_of_the_digits_beside_it(px: int) -> None:
    """Whatever told the colour: where a stretch of the line holds none of it, each picture is looked at."""
    place = Place(extent(LABEL + "37", px), *(card("37", px, moved) for moved in (0, 21)))
    for colour in (BROWN, CRIMSON):
        one = Ink((colour,))
        assert not one.same(place.before, place.near(card("37", px, 60)))
        assert not one.same(place.before, place.near(card("36", px, 60)))
    whole = Place(extent(LABEL + "37", px), *(card("37", px, moved, BROWN, BROWN) for moved in (0, 21)))
    assert Ink((BROWN,)).same(whole.before, whole.near(card("37", px, 60, BROWN, BROWN))), "in one colour it says so"


@pytest.mark.parametrize("px", [24, 30, 40])
@pytest.mark.parametrize(("label", "number"), [(BROWN, CRIMSON), (CRIMSON, CRIMSON), (BROWN, BROWN)])
def test_a_line_in_one_colour_tells_it_and_a_line_in_two_tells_none(px: int, label: Colour, number: Colour) -> None:
    place = Place(extent(LABEL + "37", px), *(card("37", px, moved, label, number) for moved in (0, 21)))
    colours = place.ink.colours if place.ink else ()
    assert bool(colours) == (label == number)
    assert all(far(colour, number) < INK for colour in colours), "a mixed colour of the rims is none"


def outlined(digits: str, px: int, core: Colour, number: Colour) -> Bgr:
    """A label and digits in two colours, with one outline around both whose colour lies between them."""
    image = Image.new("RGB", (480, 140), rgb(CREAM))
    draw = ImageDraw.Draw(image)
    for text, x, fill in ((LABEL, float(AT[0]), core), (digits, AT[0] + font(px).getlength(LABEL), number)):
        draw.text((x, AT[1]), text, font=font(px), fill=rgb(fill), stroke_width=1, stroke_fill=RIM, anchor="ls")
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1], np.uint8)


@pytest.mark.parametrize("px", [36, 44])
def test_ink_of_rims_only_is_no_ink(px: int) -> None:
    """The outline goes along the whole line, and yet it is the least part of what looks much like it."""
    for core, number in permutations(((155, 100, 100), (100, 155, 100)), 2):
        crop = outlined("37", px, core, number)
        assert Place(extent(LABEL + "37", px), crop, crop).ink is None
    same = outlined("37", px, RIM, RIM)
    ink = Place(extent(LABEL + "37", px), same, same).ink
    assert ink is not None, "letters of that colour all through are ink"
    assert [far(colour, RIM) <= 2 for colour in ink.colours] == [True]


def over_video(digits: str, moved: int) -> Bgr:
    """White digits with an outline, naked on a moving picture."""
    soft = np.random.default_rng(3).integers(30, 170, (12, 24, 3), dtype=np.uint8)
    behind = cv2.resize(soft, (900, 500), interpolation=cv2.INTER_LINEAR)[40:180, moved : moved + 480]
    image = Image.fromarray(np.ascontiguousarray(behind))
    ImageDraw.Draw(image).text(
        AT, LABEL + digits, font=font(36), fill="white", stroke_width=3, stroke_fill="black", anchor="ls"
    )
    decoded = cv2.imdecode(
        cv2.imencode(".jpg", np.asarray(image)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR
    )
    assert decoded is not None
    return decoded.astype(np.uint8)


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def test_ink_spares_looks_at_what_counts_and_none_at_what_waits(engine: PaddleEngine) -> None:
    """What waits is confirmed by equal pixels or by being read again: ink that looks alike is less than either."""
    reader = FieldReader(engine, LineReader(engine, Thresholds()), Rules())
    field = Field("stock-1", "stock", extent(LABEL + "38", 36))
    course = [("38", 0), ("38", 60), ("38", 28), ("36", 60), ("36", 0), ("36", 28)]
    statuses: list[dict[int, Status]] = []
    for entry, (digits, moved) in enumerate(course):
        pixels = over_video(digits, moved)
        last = field.looked
        if last is not None:
            assert difference(last.pixels, grey(pixels, last.box)) >= Rules().gate, "the plain gate sees a change"
        rows = reader.look(field, Frame(entry, entry * SECOND // 2, pixels))
        statuses.append({row.entry: row.status for row in rows})
    assert field.ink is not None
    assert statuses[2] == {2: Status.NOT_LOOKED}, "38 counts: its ink is enough"
    assert statuses[3] == {}, "36 waits"
    assert statuses[4] == {3: Status.ACCEPTED, 4: Status.ACCEPTED}, "36 was read once more, and counts"
    assert statuses[5] == {5: Status.NOT_LOOKED}
