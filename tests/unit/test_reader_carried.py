"""What carries a value: its digits and signs, not its words. A statement has nothing but words."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import pytest

from crawler.readers.cascade import LineReader, Thresholds
from crawler.readers.ocr import NUMERIC, Bgr, Box, PaddleEngine, Size, Text, weakest
from crawler.readers.readings import Status
from crawler.readers.screen_reader import ScreenReader
from tests.harness.watched_field import line, picture

SECOND = 1_000_000_000
BLANK: Bgr = np.full((60, 200, 3), 90, np.uint8)
BOX = Box(20, 20, 100, 24)
TINY, SMALL = Thresholds().tiny, Thresholds().small
LEAST = 0.3  # what the words of a counter need


class Says:
    """An engine whose models say what they are told; the lowest probability of all characters, and of the value's."""

    def __init__(self, text: str, lowest: float, of_value: float) -> None:
        self._text = Text(text, lowest, lowest, of_value)

    @property
    def digests(self) -> Mapping[str, str]:
        return {}

    def detect(self, bgr: Bgr) -> list[Box]:  # noqa: ARG002 - it sees the same line everywhere
        return [BOX]

    def recognise(self, crop: Bgr, size: Size) -> Text:  # noqa: ARG002 - both models read the same
        return self._text


def sure(text: str, lowest: float, of_value: float, size: Size = "tiny") -> bool:
    return LineReader(Says(text, lowest, of_value), Thresholds()).recognise(BLANK, BOX, size, "tight").sure


@pytest.mark.parametrize(("size", "threshold"), [("tiny", TINY), ("small", SMALL)])
@pytest.mark.parametrize("text", ["库存:37", "仅剩3单", "已抢98%", "距结束04:59", "已售1.2万", "9950人在线"])
def test_a_counter_is_as_sure_as_the_characters_of_its_value(text: str, size: Size, threshold: float) -> None:
    assert sure(text, LEAST, threshold, size)
    assert not sure(text, LEAST, threshold - 0.01, size)


@pytest.mark.parametrize("size", ["tiny", "small"])
def test_words_that_are_hardly_there_are_not_believed(size: Size) -> None:
    assert sure("库存:37", LEAST, 0.99, size)
    assert not sure("库存:37", LEAST - 0.01, 0.99, size)


@pytest.mark.parametrize(("size", "threshold"), [("tiny", TINY), ("small", SMALL)])
@pytest.mark.parametrize("text", ["已抢光", "每人限购2件", "限时5分钟"])
def test_a_statement_is_as_sure_as_all_of_it(text: str, size: Size, threshold: float) -> None:
    """The 2 of 每人限购2件 (2 to a person) may be as clear as can be: what it counts is in the words."""
    assert sure(text, threshold, 0.99, size)
    assert not sure(text, threshold - 0.01, 0.99, size)


def test_what_makes_no_counter_is_never_sure() -> None:
    assert not sure("直播中37", 0.99, 0.99)


def test_what_is_told_beside_a_reading_is_what_carried_it() -> None:
    for text, lowest, told in (("库存:37", 0.4, 0.9), ("库存:37", 0.2, 0.2), ("每人限购2件", 0.4, 0.4)):
        found = LineReader(Says(text, lowest, 0.9), Thresholds()).recognise(BLANK, BOX, "tiny", "tight")
        assert found.min_probability == told


def of_value(text: str, *probabilities: float) -> float:
    return weakest(text, np.array(probabilities, np.float32), NUMERIC)


def test_the_value_is_in_the_digits_and_the_signs_of_numbers() -> None:
    assert of_value("存37", 0.4, 0.9, 0.8) == pytest.approx(0.8)
    assert of_value("售1.2万", 0.4, 0.9, 0.6, 0.9, 0.9) == pytest.approx(0.6), "the dot"
    assert of_value("售1.2万", 0.4, 0.9, 0.9, 0.9, 0.5) == pytest.approx(0.5), "the unit"
    assert of_value("抢98%", 0.4, 0.9, 0.9, 0.7) == pytest.approx(0.7)
    assert of_value("04:59", 0.9, 0.9, 0.6, 0.9, 0.9) == pytest.approx(0.6)
    assert of_value("存:37", 0.4, 0.1, 0.9, 0.8) == pytest.approx(0.8), "this colon is none of the number's"
    assert of_value("9万+", 0.9, 0.9, 0.3) == pytest.approx(0.3), "9万 and 9万+ are two values"
    assert of_value("已抢光", 0.9, 0.9, 0.9) == 0.0, "nothing carries a value here"


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def smeared(text: str, number: int, px: int) -> Bgr:
    """A counter of which one character is smeared (what lies or moves over it), as a screenshot keeps it."""
    pixels, box = picture(text).copy(), line(text)
    left = box.x + 2 + 24 * number
    part = (slice(box.y, box.bottom), slice(left, left + 24))
    pixels[part] = cv2.blur(picture(text), (px, px))[part]
    decoded = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.astype(np.uint8)


def test_the_real_models_tell_a_smeared_word_from_clear_digits(engine: PaddleEngine) -> None:
    box = line("剩余库存96")
    for size in ("tiny", "small"):
        text = engine.recognise(box.grown(2, 1).cut(smeared("剩余库存96", 0, 7)), size)
        assert text.text.endswith("余库存96")
        assert text.min_probability < TINY
        assert text.value_probability > 0.95


def test_a_counter_with_a_smeared_word_is_read(engine: PaddleEngine) -> None:
    reader = ScreenReader(engine)
    found = [
        reading
        for entry in range(3)
        for reading in reader.read_pixels(entry, entry * SECOND, smeared("剩余库存96", 0, 7))
    ]
    found += reader.finish()
    assert [r.value for r in found if r.status is Status.ACCEPTED] == [96]
