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


def sliding(
    on: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont,
    place: tuple[int, int],
    words: str,
    digits: tuple[str, str],
    gone: float,
) -> None:
    """A text whose last digit slides upwards: `gone` of the old one's height has left its cell, the new one follows."""
    x, y = place
    on.text((x, y), words, font=font, fill="white")
    top, height = int(font.getbbox("0")[1]), int(font.getbbox("0")[3] - font.getbbox("0")[1])
    cell = Image.new("L", (int(font.getlength("0")), height), 0)
    draw, up = ImageDraw.Draw(cell), round(gone * height)
    draw.text((0, -top - up), digits[0], font=font, fill=255)
    draw.text((0, -top - up + height), digits[1], font=font, fill=255)
    on.bitmap((x + round(font.getlength(words)), y + top), cell, fill="white")


@pytest.mark.parametrize("words", ["库存:4", "库存:12"])
def test_a_digit_caught_while_it_slides_gives_no_value_that_was_not_shown(
    engine: PaddleEngine, font: ImageFont.FreeTypeFont, words: str
) -> None:
    """Every third picture catches a digit on its way to the next one, each time at another place."""
    offsets = [0.15, 0.25, 0.35, 0.45, 0.5, 0.55, 0.65, 0.75, 0.85]

    def shown(second: int) -> set[int]:
        digit = 9 - second // 3
        return {int(words[3:] + str(d)) for d in ((digit, digit - 1) if second % 3 == 2 else (digit,))}

    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        digit, gone = 9 - second // 3, offsets[second // 3 * 4 % 9] if second % 3 == 2 else 0.0
        on.rectangle((50, 90, 260, 140), fill=(30, 30, 36))
        sliding(on, font, (60, 100), words, (str(digit), str(max(0, digit - 1))), gone)

    readings = watch(engine, draw, 29)
    read = values(readings)
    assert {entry: value for entry, value in read.items() if value not in shown(entry)} == {}
    still = {second: shown(second) for second in range(29) if second % 3 != 2}
    assert {next(iter(value)) for value in still.values()} <= set(read.values()), "each value that stood still was read"
    held = [r for r in readings if r.status is Status.DISAGREE]
    assert all(r.value is None and r.candidates and r.doubts for r in held)


def test_what_viewers_write_of_the_stock_is_no_counter(engine: PaddleEngine, font: ImageFont.FreeTypeFont) -> None:
    """Also where a long message is wrapped, and its second line says nothing but 库存5."""
    talk = [
        "小明:库存5",
        "小红:刚才主播说的那个链接",
        "库存5",
        "阿强:仅剩3件了吗",
        "Lily:好看",
        "小芳:库存8",
        "阿杰:秒杀04:59",
    ]

    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        on.rectangle((430, 20, 630, 60), fill=(30, 30, 36))
        on.text((440, 28), "库存:37", font=font, fill="white")
        for row in range(5):  # a line scrolls away every second picture
            said = talk[(row + second // 2) % len(talk)]
            on.text((20, 190 + 32 * row), said, font=font, fill="white", stroke_width=1, stroke_fill="black")

    reader = ScreenReader(engine)
    readings = [r for second in range(26) for r in reader.read(second, second * 1_000_000_000, jpeg(draw, second))]
    readings += reader.finish()
    assert {r.box.y < 100 for r in readings} == {True}, "no field was made in the chat"
    assert set(values(readings).values()) == {37}
    assert reader.tally.chat_lines > 0


@pytest.mark.parametrize("unit", ["份", "单"])
def test_a_half_transparent_box_that_shrinks_with_its_number_is_read(
    engine: PaddleEngine, font: ImageFont.FreeTypeFont, unit: str
) -> None:
    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        text = f"仅剩{102 - second}{unit}"
        on.rectangle((0, 150, 639, 270), fill=(232, 226, 214))
        dark = Image.new("L", (640, 360), 0)
        ImageDraw.Draw(dark).rectangle(
            (306, 186, 319 + round(font.getlength(text)), 234), fill=190
        )  # close around the text
        on.bitmap((0, 0), dark, fill=(20, 20, 24))
        on.text((312, 196), text, font=font, fill="white")

    read = values(watch(engine, draw, 8))
    assert set(read.items()) <= {(i, 102 - i) for i in range(8)}
    assert {100, 98, 97} <= set(read.values()), "both sides of the step from three digits to two"


def test_a_counter_that_gives_way_to_sold_out_is_a_statement_on_two_pictures(
    engine: PaddleEngine, font: ImageFont.FreeTypeFont
) -> None:
    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        on.rectangle((50, 90, 260, 140), fill=(30, 30, 36))
        on.text((60, 100), f"库存:{2 - second // 2}" if second < 6 else "已抢光", font=font, fill="white")

    readings = watch(engine, draw, 22)
    said = [r for r in readings if r.kind == "statement" and r.status is Status.ACCEPTED]
    assert said
    assert {(r.text, r.value, r.lo, r.hi) for r in said} == {("已抢光", None, None, None)}
    assert {(r.ladder, r.agreed_by) for r in said} == {(Ladder.TWO, "pictures")}
    assert min(r.entry for r in said) == 6
    stock = {r.entry: r.value for r in readings if r.kind == "stock" and r.status is Status.ACCEPTED}
    assert max(stock) < 6
    assert set(stock.values()) == {2, 1, 0}


def test_each_picture_and_field_is_accounted_for(engine: PaddleEngine, font: ImageFont.FreeTypeFont) -> None:
    """ "No reading" never means "we did not look": read, spared by the gate or unreadable, each has its row."""

    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        on.rectangle((30, 30, 230, 80), fill=(30, 30, 36))
        on.text((40, 40), f"库存:{40 - second // 3}", font=font, fill="white")
        on.text((400, 40), f"04:{59 - second:02d}", font=font, fill="white", stroke_width=1, stroke_fill="black")
        on.text((40, 200), "每人限购2件", font=font, fill="white", stroke_width=1, stroke_fill="black")
        if 5 <= second < 8:
            on.rectangle((300, 10, 620, 110), fill=(255, 70, 90))

    reader = ScreenReader(engine)
    readings: list[Reading] = []
    for second in range(14):
        readings += reader.read(second, second * 1_000_000_000, jpeg(draw, second))
    readings += reader.finish()
    rows: dict[str, list[int]] = {}
    for reading in readings:
        rows.setdefault(reading.kind, []).append(reading.entry)
    assert {kind: sorted(entries) for kind, entries in rows.items()} == {
        kind: list(range(14)) for kind in ("stock", "countdown", "statement")
    }
    spared = [r for r in readings if r.status is Status.NOT_LOOKED]
    assert spared
    assert all(r.value is None and not r.candidates for r in spared)
    assert (reader.tally.pictures, reader.tally.not_looked) == (14, len(spared))
    assert reader.tally.looks + reader.tally.not_looked == len(readings) == 3 * 14
    covered = {r.entry: r.status for r in readings if r.kind == "countdown" and 5 <= r.entry < 8}
    assert covered[5] is Status.UNREADABLE
    assert set(covered.values()) <= {Status.UNREADABLE, Status.NOT_LOOKED}, "the same cover is not read again"
    for field in reader.fields:
        kept = [r.entry for r in readings if r.field == field.id and r.status is Status.ACCEPTED]
        assert kept == sorted(kept), "a field's values are handed on in order of their pictures"


def test_pictures_of_another_size_are_searched_anew(engine: PaddleEngine, font: ImageFont.FreeTypeFont) -> None:
    """A window that was resized, a stream that changed its rendition: no crash, and the counter is found again."""

    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        on.text((40, 40), f"库存:{37 - second}", font=font, fill="white", stroke_width=1, stroke_fill="black")
        on.text((420, 300), f"已抢{60 + second}%", font=font, fill="white", stroke_width=1, stroke_fill="black")

    reader = ScreenReader(engine)
    readings: list[Reading] = []
    for second in range(8):
        whole = cv2.imdecode(np.frombuffer(jpeg(draw, second), np.uint8), cv2.IMREAD_COLOR)
        assert whole is not None
        shown = whole if second < 4 else whole[:200, :300]
        content = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        readings += reader.read(second, second * 1_000_000_000, content)
    readings += reader.finish()
    stock = {r.entry: r.value for r in readings if r.kind == "stock" and r.status is Status.ACCEPTED}
    percent = {r.entry: r.value for r in readings if r.kind == "percent" and r.status is Status.ACCEPTED}
    assert set(stock.items()) <= {(i, 37 - i) for i in range(8)}
    assert max(stock) >= 6
    assert percent
    assert max(percent) < 4


def test_a_counter_that_appears_just_before_the_end_is_found(
    engine: PaddleEngine, font: ImageFont.FreeTypeFont
) -> None:
    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        if second >= 4:
            on.text((60, 60), "仅剩100单", font=font, fill="white", stroke_width=1, stroke_fill="black")

    readings = watch(engine, draw, 8)
    read = values(readings)
    assert set(read.values()) == {100}
    assert len(read) > 1, "two pictures carry it, not one twice"
    assert {r.entry for r in readings} == {4, 5, 6, 7}
    assert len(readings) == 4, "each picture has one row"


def test_one_picture_alone_is_no_second_one(engine: PaddleEngine, font: ImageFont.FreeTypeFont) -> None:
    def draw(on: ImageDraw.ImageDraw, second: int) -> None:
        if second == 7:
            on.text((60, 60), "仅剩100单", font=font, fill="white", stroke_width=1, stroke_fill="black")

    (found,) = watch(engine, draw, 8)
    assert (found.entry, found.value, found.ladder) == (7, 100, Ladder.ONCE)
