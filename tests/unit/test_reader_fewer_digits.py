"""Fewer digits than before are believed where the whole place of the value before shows them.

They are not where digits in boxes of their own (a flip board) were cut off.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.readers.cascade import LineReader, Thresholds
from crawler.readers.counters import parse
from crawler.readers.fields import Field, Frame
from crawler.readers.ocr import Bgr, Box, PaddleEngine, Size, Text
from crawler.readers.readings import Ladder, Reading, Status
from crawler.readers.weighing import Weigher
from crawler.simroom.lettering import find_font
from tests.harness.watched_field import Watched, assert_refused, known, line, look

SECOND = 1_000_000_000
FONT = ImageFont.truetype(str(find_font()), 24)
X, Y, GAP, PAD = 40, 40, 6, 6  # px; where the words begin, between two boxes, and from a digit to its box's border


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


@pytest.fixture(scope="module")
def weigher(engine: PaddleEngine) -> Weigher:
    return Weigher(LineReader(engine, Thresholds()))


@cache
def board(words: str, digits: str) -> tuple[Bgr, tuple[int, ...]]:
    """Words, then each digit in a box of its own; and where the line ends after the words and each of the digits."""
    image = Image.new("RGB", (520, 120), (40, 44, 52))
    draw = ImageDraw.Draw(image)
    draw.text((X, Y), words, font=FONT, fill="white")
    ends = [X + round(FONT.getlength(words))]
    for digit in digits:
        left, wide = ends[-1] + GAP, round(FONT.getlength(digit)) + 2 * PAD
        draw.rounded_rectangle((left, Y - 4, left + wide, Y + 36), 4, fill=(190, 30, 40))
        draw.text((left + PAD, Y), digit, font=FONT, fill="white")
        ends.append(left + wide)
    jpeg = cv2.imencode(".jpg", np.ascontiguousarray(np.asarray(image)[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    decoded = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.astype(np.uint8), tuple(ends)


class Board:
    """A flip board's field, looked at once a second by the real models; where the line ends is the detector's word."""

    def __init__(self, engine: PaddleEngine) -> None:
        self._lines = LineReader(engine, Thresholds())
        self._weigher = Weigher(self._lines)
        self._field = Field("x-1", "stock", Box(X - 2, Y, 100, 36))
        self._pictures = 0
        self.readings: list[Reading] = []

    def shows(self, digits: str, *, boxed: int | None = None) -> str:
        """One more picture; `boxed`: how many of the digits the detector's box encloses. Returns what was read."""
        pixels, ends = board("库存仅剩", digits)
        box = Box(X - 2, Y, ends[len(digits) if boxed is None else boxed] - X + 4, 36)
        read = self._lines.read(pixels, box, self._field.known)
        frame = Frame(self._pictures, self._pictures * SECOND, pixels)
        self._pictures += 1
        self.readings += self._weigher.weigh(self._field, frame, box, read)
        return "" if read.chosen is None else read.chosen.text

    @property
    def values(self) -> list[tuple[int, int | None]]:
        return [(r.entry, r.value) for r in self.readings if r.status is Status.ACCEPTED]


@pytest.mark.parametrize(("shown", "boxed", "cut"), [("188", 1, "库存仅剩1"), ("188", 2, "库存仅剩18")])
def test_a_flip_board_whose_last_digits_were_cut_off_gives_no_value_however_often(
    engine: PaddleEngine, shown: str, boxed: int, cut: str
) -> None:
    watched = Board(engine)
    for _ in range(2):
        watched.shows("197")
    for _ in range(8):
        assert watched.shows(shown, boxed=boxed) == cut, "clear to both models: nothing on these pixels speaks against"
    assert watched.values == [(0, 197), (1, 197)]
    assert all("digits lost" in r.doubts for r in watched.readings if r.entry >= 2)
    for _ in range(2):
        watched.shows(shown)
    assert watched.values[2:] == [(10, 188), (11, 188)], "boxed whole it counts"


@pytest.mark.parametrize(("before", "after"), [("100", "99"), ("10", "9"), ("1000", "999")])
def test_a_flip_board_that_really_has_fewer_digits_counts_with_its_second_picture(
    engine: PaddleEngine, before: str, after: str
) -> None:
    watched = Board(engine)
    for shown in (before, before, after, after, after):
        watched.shows(shown)
    assert watched.values == [(0, int(before)), (1, int(before)), (3, int(after)), (4, int(after))]


@pytest.mark.parametrize(
    ("before", "after"),
    [("库存:100", "库存:99"), ("库存:10", "库存:9"), ("仅剩100单", "仅剩99单"), ("已抢100%", "已抢99%")],
)
def test_a_real_fall_counts_with_its_second_picture(weigher: Weigher, before: str, after: str) -> None:
    watched = known(weigher, before)
    watched.sees(look(after))
    assert_refused(watched.readings, 2, "digits lost")
    watched.sees(look(after))
    counter = parse(after)
    assert counter is not None
    assert watched.values[2:] == [(3, counter.exact, Ladder.TWO, "pictures")]


def test_a_fall_that_the_whole_place_does_not_show_is_held_back(weigher: Weigher) -> None:
    """Looks at 库存:100 of which the last digit was not boxed."""
    watched = known(weigher, "库存:107")
    for _ in range(4):
        watched.sees(look("库存:10"), drawn="库存:107", box=line("库存:10"))
    assert {value for _, value, _, _ in watched.values} == {107}


def test_a_fall_beside_which_the_place_of_before_makes_no_counter_is_held_back(weigher: Weigher) -> None:
    """What stands where a digit stood may be a digit that is half hidden."""
    watched = known(weigher, "库存:100")
    for _ in range(4):
        watched.sees(look("库存:10"), drawn="库存:10赠", box=line("库存:10"))
    assert {value for _, value, _, _ in watched.values} == {100}


class Asked:
    """The real engine; counts what is recognised."""

    def __init__(self, engine: PaddleEngine) -> None:
        self._engine = engine
        self.digests = engine.digests
        self.crops: list[tuple[int, int, Size]] = []

    def detect(self, bgr: Bgr) -> list[Box]:
        return self._engine.detect(bgr)

    def recognise(self, crop: Bgr, size: Size) -> Text:
        self.crops.append((crop.shape[1], crop.shape[0], size))
        return self._engine.recognise(crop, size)


def test_the_place_of_before_is_read_once_when_digits_were_lost_and_never_otherwise(engine: PaddleEngine) -> None:
    asked = Asked(engine)
    watched = Watched(Weigher(LineReader(asked, Thresholds())), "库存:100")
    for text in ("库存:100", "库存:100", "库存:99"):
        watched.sees(look(text))
    assert asked.crops == [], "the first picture is held back without"
    watched.sees(look("库存:99"))
    assert asked.crops == [(line("库存:100").w + 4, line("库存:100").h + 2, "small")]
    for text in ("库存:98", "库存:98", "库存:120", "库存:120"):
        watched.sees(look(text))
    assert len(asked.crops) == 1


def test_a_counter_that_stands_elsewhere_now_is_not_held_against_its_old_place(engine: PaddleEngine) -> None:
    """What stands there is something else: both together are no line."""
    asked = Asked(engine)
    watched = Watched(Weigher(LineReader(asked, Thresholds())), "库存:100", width=900)
    for text, at in (("库存:100", (40, 40)), ("库存:100", (40, 40)), ("库存:99", (600, 40)), ("库存:99", (600, 40))):
        watched.sees(look(text), at=at)
    assert asked.crops == []
    assert watched.values[2:] == [(3, 99, Ladder.TWO, "pictures")]
