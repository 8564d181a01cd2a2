"""Lines of which no reading was sure are read again on the next pictures; a missing counter is searched sooner.

Where calls are counted the engine is a scripted one: each line is a rectangle whose colour says what is read there.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import cv2
import numpy as np
import pytest

from crawler.readers.ocr import Bgr, Box, PaddleEngine, Size, Text
from crawler.readers.readings import Ladder, Reading, Status
from crawler.readers.screen_reader import AWAY_S, UNSURE_MOST, UNSURE_TRIES, ScreenReader, ScreenRules
from tests.harness.watched_field import line, picture

SECOND = 1_000_000_000
PAGE = 60  # grey of what bears no text
BRIGHTEST, STEP = 250, 21  # grey of the first text and from one text to the next: more than the change gate lets pass
LINE = (100, 24)  # px
EVERY_S = round(ScreenRules().search_every_s)
MISSING_S = round(ScreenRules().search_missing_s)

Shown = Mapping[tuple[int, int], tuple[str, float]]  # upper left corner to a text and its lowest probability


class Signs:
    """An engine for painted rectangles: `paint` gives each text at each probability a colour of its own."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self._meanings: dict[int, tuple[str, float]] = {}

    @property
    def digests(self) -> Mapping[str, str]:
        return {}

    def paint(self, shown: Shown) -> Bgr:
        pixels = np.full((540, 960, 3), PAGE, np.uint8)
        for (x, y), meaning in shown.items():
            known = [grey for grey, said in self._meanings.items() if said == meaning]
            grey = known[0] if known else BRIGHTEST - STEP * len(self._meanings)
            self._meanings[grey] = meaning
            pixels[y : y + LINE[1], x : x + LINE[0]] = grey
        return pixels

    def detect(self, bgr: Bgr) -> list[Box]:
        count, _, measures, _ = cv2.connectedComponentsWithStats((bgr[:, :, 0] != PAGE).astype(np.uint8))
        return [Box(x, y, w, h) for x, y, w, h, _ in measures[1:count].tolist()]

    def recognise(self, crop: Bgr, size: Size) -> Text:  # noqa: ARG002 - both models read the same
        grey = int(crop[crop.shape[0] // 2, crop.shape[1] // 2, 0])
        text, probability = self._meanings.get(grey, ("", 0.0))
        self.read.append(text)
        return Text(text, probability, probability, probability)


class Watch:
    """A reader that is shown a picture a second."""

    def __init__(self, rules: ScreenRules | None = None) -> None:
        self.engine = Signs()
        self.reader = ScreenReader(self.engine, rules)
        self.readings: list[Reading] = []
        self.searched: list[int] = []  # the seconds at which the whole picture was searched
        self._second = 0

    def sees(self, shown: Shown) -> list[str]:
        """Look at one more picture; what was recognised on it, call by call."""
        self.engine.read = []
        before = self.reader.tally.searches
        pixels = self.engine.paint(shown)
        self.readings += self.reader.read_pixels(self._second, self._second * SECOND, pixels, lambda: pixels)
        self.searched += [self._second] * (self.reader.tally.searches - before)
        self._second += 1
        return self.engine.read

    @property
    def values(self) -> list[tuple[int, int | None, Ladder | None]]:
        return [(r.entry, r.value, r.ladder) for r in self.readings if r.status is Status.ACCEPTED]


AT = (300, 200)
UNSURE, SURE = ("库存:37", 0.4), ("库存:37", 0.99)


def test_a_line_that_becomes_clear_is_a_counter_before_the_next_search() -> None:
    watch = Watch()
    for shown in (UNSURE, UNSURE, SURE, SURE):
        watch.sees({AT: shown})
    assert (watch.searched, watch.reader.tally.places_searched) == ([0], 0)
    assert watch.values == [(2, 37, Ladder.TWO)], "the next picture, which is the same, confirms it"


def test_a_line_that_sways_meanwhile_is_still_the_same_line() -> None:
    watch = Watch()
    for number in range(3):
        assert watch.sees({(AT[0] + 20 * number, AT[1] + 3 * number): UNSURE})
    watch.sees({(AT[0] + 60, AT[1] + 9): SURE})
    assert (watch.searched, watch.reader.tally.places_searched) == ([0], 0)
    watch.sees({(AT[0] + 60, AT[1] + 9): SURE})
    assert watch.values == [(3, 37, Ladder.TWO)]


def test_tries_end_and_begin_again_with_the_next_search() -> None:
    watch = Watch()
    assert [bool(watch.sees({AT: UNSURE})) for _ in range(EVERY_S)] == [
        number <= UNSURE_TRIES for number in range(EVERY_S)
    ]
    assert [bool(watch.sees({AT: ("库存:36", 0.4)})) for _ in range(EVERY_S)] == [
        number <= UNSURE_TRIES for number in range(EVERY_S)
    ]
    assert watch.searched == [0, EVERY_S]
    assert watch.values == []


def test_a_line_that_is_clear_on_the_sixth_picture_after_the_search_is_found_on_it() -> None:
    watch = Watch()
    for _ in range(6):
        watch.sees({AT: UNSURE})
    watch.sees({AT: SURE})
    assert [field.kind for field in watch.reader.fields] == ["stock"]
    assert watch.searched == [0]


def test_of_many_unsure_lines_a_few_are_read_again() -> None:
    watch = Watch()
    shown = {(60 + 300 * (n % 3), 60 + 60 * (n // 3)): (f"库存:{20 + n}", 0.4) for n in range(UNSURE_MOST + 5)}
    assert len(set(watch.sees(shown))) == UNSURE_MOST + 5
    for _ in range(UNSURE_TRIES):
        assert len(set(watch.sees(shown))) == UNSURE_MOST
    assert watch.sees(shown) == []


def test_each_line_is_read_once_a_picture_also_after_another_search() -> None:
    """A second search that is unsure of the same line begins its tries anew: it does not add to those of the first."""
    watch = Watch(ScreenRules(search_every_s=3.0))
    watch.sees({AT: UNSURE})
    once = watch.sees({AT: UNSURE})
    watch.sees({AT: UNSURE})
    watch.sees({AT: ("库存:36", 0.4)})
    assert watch.searched == [0, 3]
    assert len(watch.sees({AT: ("库存:36", 0.4)})) == len(once)


def test_a_line_of_which_no_reading_was_a_counter_is_not_read_again() -> None:
    watch = Watch()
    assert watch.sees({AT: ("库存:3E", 0.4)})
    assert watch.sees({AT: ("库存:3E", 0.4)}) == []


def test_a_line_that_no_longer_makes_a_counter_is_given_up() -> None:
    watch = Watch()
    watch.sees({AT: UNSURE})
    assert watch.sees({AT: ("直播中", 0.9)})
    assert watch.sees({AT: ("直播中", 0.9)}) == []


def test_what_viewers_wrote_is_not_read_again_and_takes_nobodys_turn() -> None:
    watch = Watch()
    chat = {(60, 60 + 30 * n): (f"库存:{n}", 0.4) for n in range(1, UNSURE_MOST + 1)}
    last = 90 + 30 * UNSURE_MOST
    shown = {**chat, (60, 60): ("小明:还有吗", 0.9), (60, last): ("小红:有", 0.9), (600, 400): UNSURE}
    assert {text for text, _ in chat.values()} < set(watch.sees(shown))
    assert set(watch.sees(shown)) == {"库存:37"}


def test_nor_is_what_the_lines_of_the_chat_lead_to() -> None:
    watch = Watch()
    names = {(60, 60): ("小明:还有吗", 0.9), (60, 90): ("小红:有", 0.9)}
    wrapped = {(60, 120): ("刚才主播说的", 0.9), (60, 150): ("那一款现在还有", 0.9), (60, 180): ("库存:5", 0.4)}
    assert "库存:5" in watch.sees({**names, **wrapped})
    assert watch.sees({**names, **wrapped}) == []


def test_a_field_that_could_be_read_again_is_not_read_as_an_unsure_line_too() -> None:
    watch = Watch(ScreenRules(search_every_s=4.0))
    for _ in range(4):
        watch.sees({AT: SURE})
    watch.sees({AT: ("库存:36", 0.4)})
    assert watch.searched == [0, 4], "when its field could not be read"
    assert watch.sees({AT: ("库存:35", 0.99)}) == ["库存:35"] * 2, "by each model once"


def test_a_counter_that_is_followed_is_not_read_as_an_unsure_line_too() -> None:
    watch = Watch()
    watch.sees({AT: UNSURE})
    watch.sees({AT: SURE})
    watch.sees({AT: SURE})
    assert watch.sees({AT: SURE}) == [], "its pixels did not change"
    assert len(watch.reader.fields) == 1


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def between(before: str, after: str, moved: int) -> Bgr:
    """The last digit slides up by so many pixels and gives way to the next one from below."""
    first, second, box = picture(before), picture(after), line(before)
    last = slice(box.right - 14, box.right + 4)
    column = np.concatenate([first[box.y : box.bottom, last], second[box.y : box.bottom, last]])
    pixels = first.copy()
    pixels[box.y : box.bottom, last] = column[moved : moved + box.h]
    return pixels


@pytest.mark.parametrize("moved", [6, 8])
def test_a_counter_whose_digit_slid_on_the_searched_picture_and_that_is_gone_by_the_next_search_is_read(
    engine: PaddleEngine, moved: int
) -> None:
    reader = ScreenReader(engine)
    readings: list[Reading] = []
    shown = [between("库存:86", "库存:85", moved), *[picture("库存:85")] * 4, *[picture("")] * (EVERY_S - 5)]
    for entry, pixels in enumerate(shown):
        jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        readings += reader.read(entry, entry * SECOND, jpeg)
        if entry == 4:
            assert reader.tally.searches == 1
    readings += reader.finish()
    values = {r.entry: (r.value, r.ladder) for r in readings if r.status is Status.ACCEPTED}
    assert values[1] == (85, Ladder.TWO)
    assert set(values) <= set(range(1, 5))
    assert set(values.values()) == {(85, Ladder.TWO)}


def times_of_searches(looks_before: int, then: Shown, seconds: int) -> list[int]:
    """A counter is there for some pictures, then something else is: when is the whole picture searched after that?

    In seconds since it was last there, from when it is no longer looked for at its place.
    """
    watch = Watch()
    for number in range(looks_before):
        watch.sees({AT: (f"库存:{37 - number}", 0.99)})
    for _ in range(seconds):
        watch.sees(then)
    since = [second - (looks_before - 1) for second in watch.searched]
    return [second for second in since if second > ScreenRules().field.gone_after_s]


def gaps(times: list[int]) -> list[int]:
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize("then", [{}, {(600, 60): ("已抢60%", 0.99)}])
def test_a_counter_that_went_is_searched_every_ten_seconds_for_a_minute_and_then_as_usual(then: Shown) -> None:
    times = times_of_searches(3, then, 130)
    soon = [time for time in times if time < AWAY_S]
    assert set(gaps(soon)) == {MISSING_S}
    assert len(soon) > 3
    assert set(gaps(times[len(soon) :])) == {EVERY_S}
    assert times[-1] > AWAY_S + 3 * EVERY_S, "it was watched for long enough to tell"


def test_a_value_of_one_picture_only_is_not_missed() -> None:
    """A line that passed once: to search for it would cost every watch of a lively room."""
    times = times_of_searches(1, {}, 60)
    assert set(gaps(times)) == {EVERY_S}


def test_while_every_counter_is_there_the_picture_is_searched_as_usual() -> None:
    watch = Watch()
    for number in range(61):
        watch.sees({AT: (f"库存:{37 - number // 20}", 0.99)})
    assert watch.searched == [0, EVERY_S, 2 * EVERY_S, 3 * EVERY_S, 4 * EVERY_S]


def test_a_counter_that_comes_back_is_no_longer_missed() -> None:
    watch = Watch()
    for _ in range(3):
        watch.sees({AT: SURE})
    for _ in range(20):
        watch.sees({})
    for _ in range(60):
        watch.sees({AT: ("库存:30", 0.99)})
    assert {r.field for r in watch.readings} == {"stock-1"}
    assert min(entry for entry, value, _ in watch.values if value == 30) == 23, "what found it looked back"
    found = min(second for second in watch.searched if second >= 23)
    assert gaps([second for second in watch.searched if second >= found])[0] == EVERY_S
