"""Where a counter ends when it is first seen: digits on cards of their own belong to it, other texts don't."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.readers.cascade import LineReader, Thresholds
from crawler.readers.fields import Frame
from crawler.readers.ocr import Bgr, Box, PaddleEngine, Size, Text
from crawler.readers.readings import Reading, Status
from crawler.readers.screen_reader import ScreenReader
from crawler.readers.searching import APART, CLOSE, Found, Searcher
from crawler.simroom.lettering import find_font

SECOND = 1_000_000_000
PAGE, DARK, GREY = (40, 44, 52), (20, 22, 26), (60, 66, 80)
LABEL = (190, 30, 40)
X, Y = 40, 40  # px; the upper left corner of the first text
WORDS = "库存仅剩"
Colour = tuple[int, int, int]


def jpeg(image: Image.Image) -> bytes:
    flat = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
    return cv2.imencode(".jpg", flat, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def board(digits: str, px: int, card: Colour, gap: int, padding: int) -> bytes:
    """Words, then each digit on a card of its own, so many px apart; `padding`: px from a digit to its card's side."""
    font = ImageFont.truetype(str(find_font()), px)
    image = Image.new("RGB", (520, 160), PAGE)
    draw = ImageDraw.Draw(image)
    draw.text((X, Y), WORDS, font=font, fill="white")
    left = X + int(font.getlength(WORDS)) + gap
    for digit in digits:
        wide = int(font.getlength(digit)) + 2 * padding
        draw.rounded_rectangle((left, Y - 4, left + wide, Y + 4 + int(1.3 * px)), 4, fill=card)
        draw.text((left + padding, Y), digit, font=font, fill="white")
        left += wide + gap
    return jpeg(image)


def beside(first: str, second: str, px: int, gap: float, label: Colour | None) -> bytes:
    """Two texts on one line, `gap` font sizes apart; the first may stand on a label."""
    font = ImageFont.truetype(str(find_font()), px)
    image = Image.new("RGB", (520, 160), PAGE)
    draw = ImageDraw.Draw(image)
    wide = font.getlength(first)
    if label is not None:
        draw.rounded_rectangle((X - 6, Y - 6, X + wide + 6, Y + 4 + 1.3 * px), 6, fill=label)
    draw.text((X, Y), first, font=font, fill="white")
    draw.text((X + wide + gap * px, Y), second, font=font, fill="white")
    return jpeg(image)


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def watched(engine: PaddleEngine, pictures: list[bytes]) -> list[Reading]:
    """What becomes of pictures, one every 3 s."""
    reader = ScreenReader(engine)
    found = [r for entry, shown in enumerate(pictures) for r in reader.read(entry, 3 * entry * SECOND, shown)]
    return [*found, *reader.finish()]


def values(readings: list[Reading]) -> set[int | None]:
    return {r.value for r in readings if r.status is Status.ACCEPTED and r.kind != "statement"}


# Boards whose last digits the detector boxes apart, or not at all.
BOARDS = [
    ("58", 16, GREY, 3, 5),
    ("197", 16, GREY, 5, 5),
    ("213", 16, GREY, 5, 5),
    ("58", 20, DARK, 3, 5),
    ("58", 20, GREY, 3, 5),
    ("197", 20, GREY, 5, 5),
    ("58", 20, GREY, 5, 5),
    ("58", 30, GREY, 8, 8),
]


@pytest.mark.parametrize(("digits", "px", "card", "gap", "padding"), BOARDS)
def test_a_flip_board_that_comes_into_sight_is_read_to_its_last_digit(
    engine: PaddleEngine, digits: str, px: int, card: Colour, gap: int, padding: int
) -> None:
    assert values(watched(engine, [board(digits, px, card, gap, padding)] * 4)) == {int(digits)}


def test_one_with_wide_gaps_gives_no_value_rather_than_its_first_digit(engine: PaddleEngine) -> None:
    """Its digits stand as far apart as they are high: nobody knows where the number ends."""
    assert values(watched(engine, [board("197", 16, DARK, 8, 8)] * 4)) <= {197}


def test_a_board_that_is_followed_goes_on_being_read_whole(engine: PaddleEngine) -> None:
    shown = [board(digits, 20, DARK, 3, 5) for digits in ("58", "58", "57", "57", "56", "56")]
    readings = watched(engine, shown)
    assert {r.entry: r.value for r in readings if r.status is Status.ACCEPTED} == {
        0: 58,
        1: 58,
        2: 57,
        3: 57,
        4: 56,
        5: 56,
    }


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ("库存5", "3人正在看", 5),
        ("库存:37", "1件起售", 37),
        ("已售12", "仅剩3件", 12),
        ("库存5", "¥39", 5),
        ("库存5", "39.9", 5),
        ("库存37", "12", 37),
    ],
)
@pytest.mark.parametrize("style", [(18, 2.4, None), (28, 3.0, None), (18, 2.4, LABEL), (28, 2.4, LABEL)])
def test_another_text_on_the_line_is_no_part_of_the_counter(
    engine: PaddleEngine, first: str, second: str, value: int, style: tuple[int, float, Colour | None]
) -> None:
    found = values(watched(engine, [beside(first, second, *style)] * 3))
    assert value in found
    assert found <= {value, 3}, "the second may be a counter of its own"


def test_nor_does_a_counter_lose_its_value_to_an_arrow_behind_it(engine: PaddleEngine) -> None:
    assert values(watched(engine, [beside("库存37", ">", 24, 1.0, LABEL)] * 3)) == {37}


H = 24  # px, height of a painted line
LINE = Box(60, 60, 100, H)
NUMBERS = {
    "库存:3": 250,
    "库存:37": 240,
    "7": 230,
    "件": 220,
    "已抢98%": 210,
    "仅剩3单": 200,
    "即将售罄": 190,
    "库存": 180,
}


class Signs:
    """An engine for painted rectangles, each with the grey of its text; a longer crop of a counter may say more.

    A crop that is wider than `seen_from` px says `beyond`, if given.
    """

    def __init__(self, beyond: str = "", seen_from: int = LINE.w + H) -> None:
        self.read: list[tuple[str, Size, int]] = []  # text, model, the crop's width
        self.beyond, self.seen_from = beyond, seen_from

    @property
    def digests(self) -> Mapping[str, str]:
        return {}

    def detect(self, bgr: Bgr) -> list[Box]:
        count, _, measures, _ = cv2.connectedComponentsWithStats((bgr[:, :, 0] > 100).astype(np.uint8))
        return [Box(x, y, w, h) for x, y, w, h, _ in measures[1:count].tolist()]

    def recognise(self, crop: Bgr, size: Size) -> Text:
        grey = int(crop[crop.shape[0] // 2, min(10, crop.shape[1] // 2), 0])
        text = next((said for said, has in NUMBERS.items() if has == grey), "")
        if self.beyond and crop.shape[1] > self.seen_from:
            text = self.beyond
        self.read.append((text, size, crop.shape[1]))
        return Text(text, 0.99, 0.99, 0.99)


def painted(*texts: tuple[str, Box]) -> Bgr:
    pixels = np.full((200, 600, 3), 60, np.uint8)
    for text, box in texts:
        pixels[box.y : box.bottom, box.x : box.right] = NUMBERS[text]
    return pixels


def searched(engine: Signs, pixels: Bgr) -> tuple[list[tuple[str, int]], Found]:
    """The counters of a first search, with how far their line goes."""
    found = Searcher(engine, LineReader(engine, Thresholds()), 4.0).whole(Frame(0, 0, pixels), [])
    return [(look.chosen.text, box.right) for box, look in found.counters if look.chosen is not None], found


def digit(gap: float, width: float = 0.6) -> Box:
    """A box so many line heights behind the line."""
    return Box(LINE.right + round(gap * H), LINE.y + 2, round(width * H), H - 4)


def test_a_single_digit_close_behind_is_the_counters() -> None:
    for gap in (0.45, CLOSE - 0.05):
        found, _ = searched(Signs("库存:37"), painted(("库存:3", LINE), ("7", digit(gap))))
        assert [text for text, _ in found] == ["库存:37"], gap
        assert found[0][1] > digit(gap).right


def test_of_one_a_little_further_nobody_knows_and_the_line_is_tried_again() -> None:
    for gap in (CLOSE + 0.1, APART - 0.1):
        found, all_of_it = searched(Signs("库存:37"), painted(("库存:3", LINE), ("7", digit(gap))))
        assert found == [], gap
        assert any(box.overlap(LINE) > 0.9 for box in all_of_it.unsure), gap


def test_and_so_it_is_when_the_digit_behind_can_be_read_on_its_own_only() -> None:
    found, all_of_it = searched(Signs(), painted(("库存:3", LINE), ("7", digit(0.45))))
    assert found == []
    assert all_of_it.unsure


@pytest.mark.parametrize(("text", "at"), [("7", digit(APART + 0.2)), ("7", digit(0.45, 1.5)), ("件", digit(0.45))])
def test_a_digit_far_away_a_longer_number_or_a_word_is_another_text(text: str, at: Box) -> None:
    found, _ = searched(Signs("库存:37", seen_from=at.right - LINE.x), painted(("库存:3", LINE), (text, at)))
    assert found == [("库存:3", LINE.right)]


def test_a_digit_on_another_line_is_no_part_of_it() -> None:
    below = Box(LINE.right + 4, LINE.bottom + 4, 14, 20)
    found, _ = searched(Signs(), painted(("库存:3", LINE), ("7", below)))
    assert found == [("库存:3", LINE.right)]


def test_where_nothing_was_found_behind_one_look_tells() -> None:
    engine = Signs("库存:37")
    found, _ = searched(engine, painted(("库存:3", LINE)))
    assert [text for text, _ in found] == ["库存:37"]


def test_a_counter_of_another_kind_or_with_no_more_digits_is_not_taken_for_its_end() -> None:
    for beyond in ("已抢98%", "库存:3", "即将售罄", "库存:3."):
        found, _ = searched(Signs(beyond), painted(("库存:3", LINE)))
        assert found == [("库存:3", LINE.right)], beyond


def test_a_counter_that_ends_with_its_unit_needs_no_look_behind_it() -> None:
    for text in ("已抢98%", "仅剩3单", "即将售罄"):
        engine = Signs()
        found, _ = searched(engine, painted((text, LINE)))
        assert found == [(text, LINE.right)]
        assert max(width for _, _, width in engine.read) < LINE.w + H, text


def test_the_look_behind_costs_one_recognition_and_stays_on_the_picture() -> None:
    engine = Signs()
    assert searched(engine, painted(("库存:3", LINE)))[0] == [("库存:3", LINE.right)]
    assert [size for _, size, width in engine.read if width > LINE.w + H] == ["small"]
    engine = Signs()
    rim = Box(500, 60, 100, H)
    assert searched(engine, painted(("库存:3", rim)))[0] == [("库存:3", 600)]
    assert max(width for _, _, width in engine.read) < LINE.w + H


def test_a_number_behind_a_counter_makes_no_second_counter_of_its_words() -> None:
    """Only words without a number of their own are read together with a number that stands apart."""
    behind = digit(APART + 0.02)
    engine = Signs("库存:37", seen_from=behind.right - LINE.x)
    assert searched(engine, painted(("库存:3", LINE), ("7", behind)))[0] == [("库存:3", LINE.right)]
    found, _ = searched(engine, painted(("库存", LINE), ("7", behind)))
    assert [text for text, _ in found] == ["库存:37"]
