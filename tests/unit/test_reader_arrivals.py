"""Arrivals: where something new stands on a page that is still; a counter that comes and goes there is read."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.readers.arrivals import AGAIN_S, Arrivals
from crawler.readers.ocr import Bgr, Box, PaddleEngine
from crawler.readers.readings import Ladder, Reading, Status
from crawler.readers.screen_reader import ScreenReader
from crawler.simroom.lettering import find_font

SECOND = 1_000_000_000
AT = (420, 300)
PLACE = Box(420, 280, 150, 30)  # about where a text AT stands


def page(text: str = "", *, moved: int | None = None) -> Bgr:
    """A shop's page, 960x540 px; `moved`: pixels by which stripes run behind everything, else it is still."""
    rows, columns = np.indices((540, 960))
    ground = 60 + 40 * np.sin((columns + rows) / 37 + (moved or 0))
    image = Image.fromarray(np.stack([ground, ground * 0.8, ground * 1.1], axis=2).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(find_font()), 26)
    draw.text((60, 60), "官方旗舰店", font=font, fill="white")
    if text:
        draw.rectangle((AT[0] - 12, AT[1] - 8, AT[0] + 190, AT[1] + 40), fill=(160, 20, 40))
        draw.text(AT, text, font=font, fill="white")
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def heard(
    arrivals: Arrivals, pictures: list[Bgr], *, begun_s: float = 0.0, followed: tuple[Box, ...] = ()
) -> list[list[Box]]:
    """What is said of each picture, at two a second; the first one is searched as a whole."""
    told = []
    for number, picture in enumerate(pictures):
        told.append(arrivals.on(picture, round((begun_s + number / 2) * SECOND), followed))
        if begun_s == 0.0 and number == 0:
            arrivals.searched(picture)
    return told


def test_what_comes_to_a_still_page_is_searched_once_it_rests_and_once() -> None:
    told = heard(Arrivals(), [page()] * 8 + [page("仅剩 37 件")] * 6)
    assert told[:9] == [[]] * 9, "on its first picture it may still be moving"
    ((place,),) = [places for places in told if places]
    assert told[9] == [place]
    assert PLACE.overlap(place) > 0.9
    assert place.w * place.h < 960 * 540 / 10


def test_nothing_is_said_of_a_page_that_stays_as_it_is() -> None:
    assert not any(heard(Arrivals(), [page("仅剩 37 件")] * 30))


def test_what_goes_and_leaves_the_page_as_it_was_is_no_arrival() -> None:
    arrivals = Arrivals()
    shown = [page()] * 8 + [page("仅剩 37 件")] * 6
    heard(arrivals, shown)
    arrivals.searched(page("仅剩 37 件"))
    assert not any(heard(arrivals, [page()] * 40, begun_s=len(shown) / 2))


def test_a_place_is_not_searched_again_and_again() -> None:
    texts = [page(f"仅剩 {number} 件") for number in range(40, 25, -3) for _ in range(18)]
    told = heard(Arrivals(), [page()] * 8 + texts)
    times = [number / 2 for number, places in enumerate(told) if places]
    assert 1 < len(times) < 5, "of five notices, one every 9 s"
    assert all(later - earlier >= AGAIN_S for earlier, later in pairwise(times))


def test_where_a_field_is_followed_nothing_is_searched() -> None:
    assert not any(heard(Arrivals(), [page()] * 8 + [page("仅剩 37 件")] * 6, followed=(PLACE.grown(60, 10),)))


def test_a_picture_that_moves_everywhere_says_nothing() -> None:
    moving = [page(moved=number) for number in range(8)] + [page("仅剩 37 件", moved=number) for number in range(8, 16)]
    assert not any(heard(Arrivals(), moving))


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def test_a_counter_that_comes_and_goes_between_two_searches_is_read(engine: PaddleEngine) -> None:
    reader = ScreenReader(engine)
    found: list[Reading] = []
    for number, picture in enumerate([page()] * 8 + [page("仅剩 37 件")] * 6 + [page()] * 6):
        jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        found += reader.read(number, number * SECOND // 2, jpeg)
    assert reader.tally.searches == 1, "the counter is gone before the whole picture is searched again"
    assert reader.tally.places_searched >= 1
    values = {r.entry: (r.value, r.ladder) for r in found if r.status is Status.ACCEPTED}
    assert values
    assert set(values) <= set(range(8, 14))
    assert min(values) == 8, "from its first picture on, which was looked back at"
    assert set(values.values()) == {(37, Ladder.TWO)}
