"""Ink: which changes of a text on a moving picture are seen, and that what moves behind it is not one of them.

Texts are drawn as rooms draw them, over a moving picture, through JPEG q80 as a screenshot is, and cut out where the
gate cuts them out (`fields.Looked`).
"""

from __future__ import annotations

from itertools import permutations
from typing import Literal

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.readers.fields import Frame, Looked, Rules
from crawler.readers.ink import Ink, distance, ink_of
from crawler.readers.ocr import Bgr, Box
from crawler.readers.pixels import difference, grey
from crawler.simroom.lettering import find_font

Style = Literal["on a box", "on a half-transparent box", "outlined", "naked"]

FONT = str(find_font())
SIZES = (18, 24, 36)  # px
STYLES: tuple[Style, ...] = ("on a box", "on a half-transparent box", "outlined", "naked")
AT = (60, 80)  # where the text's base line begins
BOX_ALPHA: dict[Style, int] = {"on a box": 255, "on a half-transparent box": 150}
MOVED = (7, 14, 28, 60, 100)  # px by which the background has moved


def extent(text: str, px: int) -> Box:
    """The box of a drawn text, with a margin as the detector leaves it."""
    font = ImageFont.truetype(FONT, px)
    left, top, right, bottom = (int(v) for v in font.getbbox(text, anchor="ls"))
    return Box(AT[0] + left - 2, AT[1] + top - 2, right - left + 4, bottom - top + 4)


def picture(text: str, px: int, style: Style, moved: int, *, bright: bool = False) -> Bgr:
    """A picture of 480x140 px; the background has moved by `moved` px."""
    low, high = (120, 255) if bright else (30, 170)
    soft = np.random.default_rng(3).integers(low, high, (12, 24, 3), dtype=np.uint8)
    wide = cv2.resize(soft, (900, 500), interpolation=cv2.INTER_LINEAR)
    image = Image.fromarray(np.ascontiguousarray(wide[40:180, moved : moved + 480])).convert("RGBA")
    over = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(over)
    if style in BOX_ALPHA:
        around = extent("库存:88888", px).grown(px, px // 3)  # wider than its text, so that the text alone grows
        draw.rectangle((around.x, around.y, around.right, around.bottom), fill=(20, 20, 24, BOX_ALPHA[style]))
    stroke = max(1, px // 10) if style == "outlined" else 0
    draw.text(
        AT, text, font=ImageFont.truetype(FONT, px), fill="white", stroke_width=stroke, stroke_fill="black", anchor="ls"
    )
    flat = np.asarray(Image.alpha_composite(image, over).convert("RGB"))[:, :, ::-1]
    decoded = cv2.imdecode(cv2.imencode(".jpg", flat, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.astype(np.uint8)


class Place:
    """One text as it was last looked at, and the ink that two pictures of it have told."""

    def __init__(self, text: str, px: int, style: Style, *, bright: bool = False) -> None:
        first, second = (picture(text, px, style, moved, bright=bright) for moved in (0, 21))
        line = extent(text, px)
        self.looked = Looked.at(line, Frame(0, 0, second), None)
        self.ink = ink_of(self._near(first), self._near(second))

    def _near(self, whole: Bgr) -> Bgr:
        return self.looked.close(self.looked.box.cut(whole))

    def changed(self, whole: Bgr) -> bool:
        """What the gate is told of another picture; without ink it looks anyway."""
        if self.ink is None:
            return True
        before, now = self.looked.close(self.looked.colours), self._near(whole)
        return self.ink.came_or_went(before, now)

    def difference(self, whole: Bgr) -> float:
        """The plain gate's measure."""
        return difference(self.looked.pixels, grey(whole, self.looked.box))


@pytest.mark.parametrize("px", SIZES)
@pytest.mark.parametrize("style", STYLES)
def test_two_pictures_of_one_text_tell_its_colour(style: Style, px: int) -> None:
    ink = Place("库存:37", px, style).ink
    assert ink is not None
    whitest = max(min(colour) for colour in ink.colours)
    assert whitest > 225, "it is drawn in white"


@pytest.mark.parametrize("style", STYLES)
def test_small_type_tells_no_ink(style: Style) -> None:
    """Its strokes are rim for the most part: an 8 over a bright picture once passed for a 0."""
    assert Place("库存:37", 14, style).ink is None


@pytest.mark.parametrize("px", SIZES)
@pytest.mark.parametrize("style", ["on a box", "on a half-transparent box", "outlined"])
def test_the_same_text_over_another_background_is_unchanged(style: Style, px: int) -> None:
    place = Place("库存:37", px, style)
    for moved in MOVED:
        assert not place.changed(picture("库存:37", px, style, moved)), f"moved by {moved} px"


@pytest.mark.parametrize("px", [18, 24, 36])
@pytest.mark.parametrize("style", ["outlined", "naked"])
def test_the_ink_spares_looks_where_the_plain_gate_sees_a_change(style: Style, px: int) -> None:
    place = Place("仅剩100单", px, style)
    for moved in (60, 100):
        now = picture("仅剩100单", px, style, moved)
        assert place.difference(now) >= Rules().gate, "else there would be no use in the ink"
        assert not place.changed(now)


@pytest.mark.parametrize("px", SIZES)
@pytest.mark.parametrize("style", STYLES)
def test_each_digit_against_each_other_one_is_a_change(style: Style, px: int) -> None:
    """A 3 lies wholly within an 8: ink that came counts as much as ink that went."""
    places = {digit: Place(f"库存:3{digit}", px, style) for digit in "0123456789"}
    assert all(place.ink for place in places.values()), "without ink nothing would be proved here"
    later = {digit: picture(f"库存:3{digit}", px, style, 60) for digit in places}
    missed = [a + b for a, b in permutations(places, 2) if not places[a].changed(later[b])]
    assert missed == []


@pytest.mark.parametrize("px", SIZES)
@pytest.mark.parametrize("bright", [False, True])
def test_a_change_is_seen_at_each_place_of_a_number(px: int, *, bright: bool) -> None:
    for style in STYLES:
        place = Place("库存:3388", px, style, bright=bright)
        for other in ("库存:8388", "库存:3888", "库存:3398", "库存:3383"):
            assert place.changed(picture(other, px, style, 28, bright=bright)), f"{style}: {other}"


@pytest.mark.parametrize("px", SIZES)
@pytest.mark.parametrize("style", STYLES)
def test_ink_that_the_background_has_too_makes_looks_and_never_a_miss(style: Style, px: int) -> None:
    """White text over a bright picture, some of it white: whatever ink is found, digits are told apart by it."""
    for a, b in ("38", "17", "56", "08", "68", "98"):
        for before, after in ((a, b), (b, a)):
            place = Place(f"库存:5{before}", px, style, bright=True)
            for moved in MOVED:
                now = picture(f"库存:5{after}", px, style, moved, bright=True)
                assert place.changed(now), f"{before} to {after}, moved by {moved} px"


@pytest.mark.parametrize("px", SIZES)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("before", "after"), [("库存:9", "库存:99"), ("库存:37", "库存:371"), ("库存:10", "库存:1")])
def test_a_digit_more_or_less_is_a_change(before: str, after: str, style: Style, px: int) -> None:
    place = Place(before, px, style)
    assert place.ink is not None
    assert place.changed(picture(after, px, style, 60))


@pytest.mark.parametrize("style", STYLES)
def test_a_text_that_is_gone_or_covered_in_part_is_a_change(style: Style) -> None:
    place = Place("库存:37", 24, style)
    assert place.ink is not None
    assert place.changed(picture("", 24, style, 60))
    covered = picture("库存:37", 24, style, 60)
    line = extent("库存:37", 24)
    covered[line.y - 10 : line.bottom + 10, line.right - 12 : line.right + 60] = (90, 70, 255)
    assert place.changed(covered)


def test_a_text_in_another_colour_is_a_change() -> None:
    place = Place("库存:37", 24, "on a box")
    assert place.ink is not None
    painted = picture("库存:37", 24, "on a box", 60)
    painted[:, :, 0] //= 4  # white to yellow
    assert place.changed(painted)


def test_no_ink_is_made_of_pictures_without_letters() -> None:
    plain = np.full((30, 120, 3), 200, np.uint8)
    assert ink_of(plain, plain) is None, "all of one colour"
    noise = np.random.default_rng(1).integers(0, 256, (30, 120, 3), dtype=np.uint8)
    assert ink_of(noise, np.roll(noise, 7, axis=1)) is None, "nothing stayed"
    stripe = plain.copy()
    stripe[12:15] = 20  # a line across: not over most of the height
    assert ink_of(stripe, stripe) is None
    half = plain.copy()
    half[:, :60] = 20
    assert ink_of(half, half) is None, "too much for letters"


@pytest.mark.parametrize("style", STYLES)
def test_no_ink_is_made_of_two_different_texts(style: Style) -> None:
    """It must say of the two crops that told it that nothing changed."""
    near = extent("库存:38", 24).grown(6, 1)
    before, now = (near.cut(picture(text, 24, style, 0)) for text in ("库存:38", "库存:83"))
    assert ink_of(before, before) is not None
    assert ink_of(before, now) is None


def test_crops_that_can_not_be_compared_tell_no_ink_and_count_as_changed() -> None:
    small, large = (np.full((20, width, 3), 9, np.uint8) for width in (40, 41))
    assert ink_of(small, large) is None
    nothing = np.zeros((0, 40, 3), np.uint8)
    assert ink_of(nothing, nothing) is None
    ink = Ink(((255, 255, 255),))
    assert ink.came_or_went(small, large)
    assert not ink.came_or_went(small, small.copy())


def test_the_distance_is_the_strongest_channels() -> None:
    crop = np.array([[[250, 240, 230], [250, 240, 155], [100, 240, 230], [0, 0, 0]]], np.uint8)
    assert distance(crop, (250, 240, 230)).tolist() == [[0, 75, 150, 250]]


def card(number: str, moved: int, label_fill: str, number_fill: str) -> tuple[Bgr, Box]:
    """A label and a number in two colours on a white card over the moving picture, and the line's box."""
    image = Image.fromarray(np.ascontiguousarray(picture("", 20, "naked", moved)[:, :, ::-1]))
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 20)
    label_width = int(font.getlength("库存 "))
    draw.rectangle((AT[0] - 12, AT[1] - 28, AT[0] + 110, AT[1] + 12), fill="white")
    draw.text(AT, "库存", font=font, fill=label_fill, anchor="ls")
    draw.text((AT[0] + label_width, AT[1]), number, font=font, fill=number_fill, anchor="ls")
    jpeg = cv2.imencode(".jpg", np.asarray(image)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    decoded = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.astype(np.uint8), extent("库存 37", 20)


@pytest.mark.parametrize(
    ("label", "number"), [("black", "red"), ("red", "black"), ("gray", "orange"), ("black", "black")]
)
def test_a_number_in_another_colour_than_its_label_is_never_taken_for_unchanged(label: str, number: str) -> None:
    """The usual product card: the label's ink says nothing of the number."""
    first, line = card("37", 7, label, number)
    looked = Looked.at(line, Frame(0, 0, first), None)
    assert looked is not None

    def near(value: str, moved: int) -> Bgr:
        return looked.close(looked.box.cut(card(value, moved, label, number)[0]))

    ink = ink_of(looked.close(looked.colours), near("37", 60))
    for other in ("36", "35", "30", "38", "31", "17", "87"):
        assert ink is None or not ink.same(looked.close(looked.colours), near(other, 60))
