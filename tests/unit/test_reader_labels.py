"""Labels that come and go at one place: 每人限购2件 gives way to 已抢光, read by the real models."""

from __future__ import annotations

from itertools import product
from typing import Literal

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.readers.cascade import LineReader, Thresholds
from crawler.readers.fields import Field, Frame, Rules
from crawler.readers.looking import FieldReader
from crawler.readers.ocr import Bgr, Box, PaddleEngine
from crawler.readers.readings import Ladder, Reading, Status
from crawler.readers.screen_reader import ScreenReader
from crawler.simroom.lettering import find_font

Shape = Literal["as wide as its text", "of one width", "none"]

SHAPES: tuple[Shape, ...] = ("as wide as its text", "of one width", "none")
SECOND = 1_000_000_000
FONT = ImageFont.truetype(str(find_font()), 26)
LIMIT, GONE, SOON = "每人限购2件", "已抢光", "即将售罄"
WIDTH, HEIGHT, X, ROW = 480, 140, 140, 80  # px; the texts' base line begins at X, ROW


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def extent(text: str) -> Box:
    left, top, right, bottom = (int(v) for v in FONT.getbbox(text, anchor="ls"))
    return Box(X + left - 2, ROW + top - 2, right - left + 4, bottom - top + 4)


def picture(text: str, shape: Shape, moved: int = 0) -> Bgr:
    """A label in white on a crimson box, over a picture that has moved by so many pixels."""
    soft = np.random.default_rng(3).integers(30, 120, (12, 24, 3), dtype=np.uint8)
    behind = cv2.resize(soft, (1200, 500), interpolation=cv2.INTER_LINEAR)[40 : 40 + HEIGHT, moved : moved + WIDTH]
    image = Image.fromarray(np.ascontiguousarray(behind))
    draw = ImageDraw.Draw(image)
    box = extent(text if shape == "as wide as its text" else LIMIT).grown(12, 7)
    if shape != "none" and text:
        draw.rounded_rectangle((box.x, box.y, box.right, box.bottom), 6, fill=(150, 20, 40))
    draw.text((X, ROW), text, font=FONT, fill="white", anchor="ls")
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1], np.uint8)


def followed(engine: PaddleEngine, shown: list[str], shape: Shape, moves: int) -> list[Reading]:
    """What becomes of one field, from picture to picture, one a second."""
    reader = FieldReader(engine, LineReader(engine, Thresholds()), Rules())
    field = Field("x-1", "statement", extent(shown[0]))
    found: list[Reading] = []
    for entry, text in enumerate(shown):
        found += reader.look(field, Frame(entry, entry * SECOND, picture(text, shape, moves * entry)))
    return sorted([*found, *reader.settled(field)], key=lambda r: r.entry)


def accepted(readings: list[Reading]) -> dict[int, str]:
    return {r.entry: r.text for r in readings if r.status is Status.ACCEPTED}


@pytest.mark.parametrize(("shape", "moves"), list(product(SHAPES, (0, 23))))
@pytest.mark.parametrize(
    ("before", "after"), [(LIMIT, GONE), (GONE, LIMIT), (SOON, GONE), (LIMIT, "每人限购1件"), ("补货中", "已抢光")]
)
def test_another_label_at_the_same_place_is_accepted_with_its_second_picture(
    engine: PaddleEngine, before: str, after: str, shape: Shape, moves: int
) -> None:
    shown = [before] * 2 + [after] * 2
    readings = followed(engine, shown, shape, moves)
    found = accepted(readings)
    assert {entry: text for entry, text in found.items() if text != shown[entry]} == {}
    assert before in found.values()
    assert [r.ladder for r in readings if r.status is Status.ACCEPTED and r.text == after][-1:] == [Ladder.TWO]
    assert {r.value for r in readings} == {None}, "a label has no value"
    assert [r.entry for r in readings] == list(range(4))


def test_labels_take_turns_and_each_counts_every_time(engine: PaddleEngine) -> None:
    shown = [text for text in (LIMIT, GONE, SOON, LIMIT, GONE) for _ in range(3)]
    found = accepted(followed(engine, shown, "as wide as its text", 0))
    assert {entry: text for entry, text in found.items() if text != shown[entry]} == {}
    assert {entry // 3 for entry in found} == set(range(5))


def test_a_label_on_one_picture_only_is_no_more_than_seen_once(engine: PaddleEngine) -> None:
    readings = followed(engine, [LIMIT, LIMIT, GONE, LIMIT, LIMIT], "as wide as its text", 0)
    assert [r.ladder for r in readings if r.status is Status.ACCEPTED and r.text == GONE] in ([], [Ladder.ONCE])
    assert {entry: text for entry, text in accepted(readings).items() if entry != 2} == {0: LIMIT, 3: LIMIT}
    assert readings[-1].status is Status.NOT_LOOKED, "the same pixels once more"


def test_what_a_pop_up_leaves_of_a_label_is_no_label_however_long_it_lies_there(engine: PaddleEngine) -> None:
    """不再补货 (no restock) without its first two characters says the contrary."""
    whole = "不再补货"
    reader = FieldReader(engine, LineReader(engine, Thresholds()), Rules())
    field = Field("x-1", "statement", extent(whole))
    half = X + round(FONT.getlength("不再"))
    readings: list[Reading] = []
    for entry in range(8):
        pixels = picture(whole, "of one width", 23 * entry)
        if entry >= 2:
            pixels[30:110, :half] = (90, 220, 230)
        readings += reader.look(field, Frame(entry, entry * SECOND, pixels))
    readings += reader.settled(field)
    assert set(accepted(readings).values()) == {whole}
    assert any(r.text == "补货" for r in readings), "it was read, and held back"


def watched(engine: PaddleEngine, shown: list[str], hz: int, moved: list[int]) -> list[Reading]:
    """What becomes of pictures as the whole reader sees them: search, fields, looking back."""
    reader = ScreenReader(engine)
    readings: list[Reading] = []
    for entry, text in enumerate(shown):
        pixels = picture(text, "as wide as its text", moved[entry])
        jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        readings += reader.read(entry, entry * SECOND // hz, jpeg)
    return readings + reader.finish()


@pytest.mark.parametrize("hz", [1, 2])
def test_a_watch_lists_the_label_that_came_and_the_one_that_went(engine: PaddleEngine, hz: int) -> None:
    """Found by a search, followed, replaced, gone, and there again with other words."""
    shown = [LIMIT] * (4 * hz) + [GONE] * (4 * hz) + [""] * (2 * hz) + [SOON] * (4 * hz)
    readings = watched(engine, shown, hz, [3 * entry for entry in range(len(shown))])
    listed = {(shown[r.entry], r.text) for r in readings if r.status is Status.ACCEPTED}
    assert listed == {(text, text) for text in (LIMIT, GONE, SOON)}
    assert {r.ladder for r in readings if r.status is Status.ACCEPTED} == {Ladder.TWO}


@pytest.mark.parametrize("px", [32, 40])
def test_where_a_part_of_a_line_changed_the_whole_line_is_read(engine: PaddleEngine, px: int) -> None:
    """即将开抢 (soon on sale) becomes 即将售罄 (soon sold out) on a page that is still: never 售罄 (sold out)."""
    reader = ScreenReader(engine)
    readings: list[Reading] = []
    for entry, text in enumerate(["即将开抢"] * 12 + [SOON] * 10):
        image = Image.new("RGB", (760, 220), (60, 80, 70))
        draw = ImageDraw.Draw(image)
        draw.rectangle((100, 40, 660, 180), fill=(150, 20, 40))
        draw.text((140, 120), text, font=ImageFont.truetype(str(find_font()), px), fill="white", anchor="ls")
        pixels = np.asarray(image)[:, :, ::-1]
        jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        readings += reader.read(entry, entry * SECOND // 2, jpeg)
    readings += reader.finish()
    assert {r.text for r in readings if r.status is Status.ACCEPTED} <= {SOON}
    assert any(r.text == SOON for r in readings), "it was found"
