"""The screen reader with the real models on drawn pictures: fields, moves, covers, growing counters.

Pictures are drawn like screenshots of a room: counters over a moving background, through JPEG q80.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.readers.ocr import PaddleEngine
from crawler.readers.pictures import PictureError
from crawler.readers.readings import Ladder, Reading, Status
from crawler.readers.screen_reader import ScreenReader
from crawler.simroom.lettering import find_font

Draw = Callable[[ImageDraw.ImageDraw, int], None]
PX = 20


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


@pytest.fixture(scope="module")
def font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(find_font()), PX)


def jpeg(draw: Draw, second: int) -> bytes:
    """A picture of 640x360 px: soft moving background, then what `draw` puts on it."""
    rng = np.random.default_rng(3)
    wide = cv2.resize(rng.integers(30, 170, (12, 24, 3), dtype=np.uint8), (900, 500), interpolation=cv2.INTER_CUBIC)
    shift = 7 * second % 200
    image = Image.fromarray(np.ascontiguousarray(wide[40:400, shift : shift + 640]))
    draw(ImageDraw.Draw(image), second)
    return bytes(cv2.imencode(".jpg", np.asarray(image)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())


def watch(engine: PaddleEngine, draw: Draw, seconds: int) -> list[Reading]:
    reader = ScreenReader(engine)
    readings: list[Reading] = []
    for second in range(seconds):
        readings += reader.read(second, second * 1_000_000_000, jpeg(draw, second))
    return sorted([*readings, *reader.finish()], key=lambda r: r.entry)


def values(readings: list[Reading], field: str | None = None) -> dict[int, int | None]:
    """Accepted values by picture."""
    return {r.entry: r.value for r in readings if r.status is Status.ACCEPTED and (field is None or r.field == field)}


def test_a_falling_stock_and_a_countdown_are_read_and_a_chat_line_is_not(
    engine: PaddleEngine, font: ImageFont.FreeTypeFont
) -> None:
    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        on.text((40, 40), f"库存:{103 - second}", font=font, fill="white", stroke_width=1, stroke_fill="black")
        on.text((400, 40), f"04:{59 - second:02d}", font=font, fill="white", stroke_width=1, stroke_fill="black")
        on.text((40, 300 - 20 * second), "小明: 仅剩100单", font=font, fill="white")

    readings = watch(engine, draw, 8)
    assert {r.kind for r in readings} == {"stock", "countdown"}
    countdown = {r.entry: r.value for r in readings if r.kind == "countdown" and r.status is Status.ACCEPTED}
    assert countdown == {i: 299 - i for i in range(8)}
    stock = {r.entry: r.value for r in readings if r.kind == "stock" and r.status is Status.ACCEPTED}
    assert set(stock.items()) <= {(i, 103 - i) for i in range(8)}
    assert len(stock) >= 6  # 100 to 99 loses a digit, so its first picture is held back
    held = [r for r in readings if r.status is Status.DISAGREE]
    assert all(r.candidates and r.doubts and r.value is None for r in held)


def test_a_counter_that_grows_is_never_cut(engine: PaddleEngine, font: ImageFont.FreeTypeFont) -> None:
    numbers = [3, 3, 1100, 1100, 99, 99, 123456, 123456]

    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        on.text((260, 150), f"库存:{numbers[second]}", font=font, fill="white", stroke_width=1, stroke_fill="black")

    read = values(watch(engine, draw, len(numbers)))
    assert set(read.items()) <= set(enumerate(numbers))
    assert set(read.values()) == set(numbers)


def test_a_covered_counter_gives_no_value_and_comes_back(engine: PaddleEngine, font: ImageFont.FreeTypeFont) -> None:
    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        on.text((60, 150), "库存:1187", font=font, fill="white", stroke_width=1, stroke_fill="black")
        if 3 <= second < 7:  # a pop-up over the last two digits
            on.rectangle((134, 100, 420, 230), fill=(255, 70, 90))
            on.text((160, 120), "领券 满99减30", font=font, fill="white")

    readings = watch(engine, draw, 10)
    read = values(readings)
    assert set(read.values()) == {1187}
    assert not {3, 4, 5, 6} & set(read)
    assert {7, 8, 9} & set(read)
    assert {r.status for r in readings if 3 <= r.entry < 7} <= {Status.UNREADABLE, Status.DISAGREE}


def test_a_field_that_moves_keeps_its_name(engine: PaddleEngine, font: ImageFont.FreeTypeFont) -> None:
    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        place = (60, 60) if second < 5 else (350, 260)
        on.text(place, f"仅剩{50 - second}单", font=font, fill="white", stroke_width=1, stroke_fill="black")

    readings = watch(engine, draw, 10)
    assert len({r.field for r in readings}) == 1
    read = values(readings)
    assert set(read.items()) <= {(i, 50 - i) for i in range(10)}
    assert {8, 9} <= set(read)


def test_a_field_found_late_is_read_on_earlier_pictures(engine: PaddleEngine, font: ImageFont.FreeTypeFont) -> None:
    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        if second >= 3:
            on.text((60, 60), f"已抢{70 + second}%", font=font, fill="white", stroke_width=1, stroke_fill="black")

    assert values(watch(engine, draw, 12)) == {i: 70 + i for i in range(3, 12)}


def test_the_ladder_says_what_a_value_rests_on(engine: PaddleEngine, font: ImageFont.FreeTypeFont) -> None:
    def draw(on: ImageDraw.ImageDraw, _: int) -> None:
        on.rectangle((50, 50, 250, 100), fill="white")
        on.text((60, 60), "1.2万在线", font=font, fill="black")

    readings = watch(engine, draw, 5)
    looked = [r for r in readings if r.status is Status.ACCEPTED]
    assert [(r.ladder, r.agreed_by) for r in looked] == [(Ladder.TWO, "pictures"), (Ladder.TWO, "pictures")]
    assert [(r.value, r.lo, r.hi) for r in looked] == [(None, 11_500, 13_000)] * 2
    # Nothing changed, so the gate spared the others; every one of these decisions is there.
    assert [r.status for r in readings].count(Status.NOT_LOOKED) == 3


def test_a_broken_picture_is_an_error_and_the_next_one_is_read(
    engine: PaddleEngine, font: ImageFont.FreeTypeFont
) -> None:
    def draw(on: ImageDraw.ImageDraw, _: int) -> None:
        on.text((60, 60), "库存:37", font=font, fill="white", stroke_width=1, stroke_fill="black")

    reader = ScreenReader(engine)
    for broken in (b"", b"no picture", jpeg(draw, 0)[:100]):
        with pytest.raises(PictureError, match="expected JPEG or PNG"):
            reader.read(0, 0, broken)
    assert values([*reader.read(1, 1_000_000_000, jpeg(draw, 1)), *reader.finish()]) == {1: 37}


def test_the_crop_is_not_kept_whole(engine: PaddleEngine, font: ImageFont.FreeTypeFont) -> None:
    """A field remembers the pixels around its line, never whole pictures: memory must stay flat over hours."""

    def draw(on: ImageDraw.ImageDraw, _: int) -> None:
        on.text((60, 60), "库存:37", font=font, fill="white", stroke_width=1, stroke_fill="black")

    reader = ScreenReader(engine)
    for second in range(2):
        reader.read(second, second * 1_000_000_000, jpeg(draw, second))
    (field,) = reader.fields
    assert field.ground is not None
    assert field.looked is not None
    for pixels in (field.ground.pixels, field.looked.pixels, field.looked.colours):
        assert pixels.base is None
        assert pixels.nbytes < 640 * 360
