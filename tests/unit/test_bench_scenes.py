"""The benchmark set of reading: what it paints is what its truth says, and its grading judges as documented."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest
from blake3 import blake3

from crawler.readers.counters import parse
from crawler.readers.ocr import Box, PaddleEngine
from crawler.readers.pictures import decode
from crawler.simroom.lettering import find_font
from tests.benchmarks.scenes.figures import figures
from tests.benchmarks.scenes.film import Rendered, rendered
from tests.benchmarks.scenes.fonts import Face, MissingFonts, fonts
from tests.benchmarks.scenes.grading import Accepted, digits, grade, shown_then
from tests.benchmarks.scenes.interval import clopper_pearson
from tests.benchmarks.scenes.letters import Dynamics, Letterer, Style
from tests.benchmarks.scenes.naive import measure
from tests.benchmarks.scenes.recipe import FACES, Recipe, digest, scenes
from tests.benchmarks.scenes.timelines import FORMS, Family, Move, showings
from tests.benchmarks.scenes.truth import (
    Clutter,
    CounterTruth,
    Place,
    Rect,
    Sample,
    SceneTruth,
    Showing,
    from_json,
    to_json,
)

TINY = Recipe("tiny", "tuning", 7, 640, 480, "gradient", ("still", "slide"), seconds=6.0, counters=2, in_page=0.2)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    faces = {name: find_font() for names in FACES["tuning"].values() for name in names}
    return rendered(TINY, faces, tmp_path_factory.mktemp("scenes") / "tiny")


def test_a_rendered_scene_shows_what_its_truth_says(tiny: Rendered) -> None:
    engine = PaddleEngine()
    counters = {counter.name: counter for counter in tiny.truth.counters}
    assert len(tiny.truth.samples) == 12
    looked = 0
    for number, sample in enumerate(tiny.truth.samples):
        picture = decode(tiny.jpeg(number))
        assert picture.shape == (480, 640, 3)
        for place in sample.places:
            shown = shown_then(counters[place.counter], sample.at_s)
            if len(shown) > 1:  # in motion
                continue
            box = Box(place.box.x, place.box.y, place.box.w, place.box.h).grown(3, 2).within(640, 480)
            assert digits(engine.recognise(box.cut(picture), "small").text) == digits(shown[0].text), (number, shown)
            looked += 1
    assert looked >= 14
    assert {c.strata["compression"] for c in tiny.truth.counters} == {"page", "normal"}


def test_a_scene_on_disk_is_not_painted_again_and_its_truth_survives(tiny: Rendered) -> None:
    again = rendered(TINY, {}, tiny.folder)  # without fonts: painting would fail
    assert again == tiny
    assert from_json(to_json(tiny.truth)) == tiny.truth


def test_the_yardstick_reads_whole_pictures_and_is_held_against_the_same_truth(tiny: Rendered) -> None:
    found = measure("tiny", [(tiny, [2, 7])])
    assert found["pictures"] == 2
    assert found["cpu_s_per_picture"] > 0
    assert found["values_on_pictures"]["of"] >= 2
    assert found["values_on_pictures"]["hits"] == found["values_on_pictures"]["of"]
    swapped = tuple(
        replace(c, showings=tuple(replace(s, lo=9, hi=10) for s in c.showings)) for c in tiny.truth.counters
    )
    false = Rendered(replace(tiny.truth, counters=swapped), tiny.folder)
    found = measure("tiny", [(false, [2, 7])])
    assert found["values_on_pictures"]["hits"] == 0
    assert found["wrong_of_what_it_says"]["hits"] == found["wrong_of_what_it_says"]["of"] >= 2


def readings_of(truth: SceneTruth) -> list[Accepted]:
    """A reader that is always right."""
    counters = {counter.name: counter for counter in truth.counters}
    found = []
    for number, sample in enumerate(truth.samples):
        for place in sample.places:
            shown = shown_then(counters[place.counter], sample.at_s)[-1]
            if shown.kind is not None and shown.lo is not None:
                found.append(
                    Accepted(place.counter, number, shown.kind, shown.lo, shown.hi, shown.text, place.box, two=False)
                )
    return found


def test_right_readings_of_a_rendered_scene_have_no_fault(tiny: Rendered) -> None:
    samples = range(len(tiny.truth.samples))
    graded = grade(tiny.truth, readings_of(tiny.truth), samples)
    found = figures([graded])
    assert found["wrong_readings"]["hits"] == found["wrong_changes"]["hits"] == found["other_text_same_value"] == 0
    recall = found["all"]["accepted_of_1_s"]
    assert recall["hits"] == recall["of"] > 5
    assert set(found["time_error_pictures"]["spread"]) == {"0"}


def test_one_digit_off_is_one_wrong_reading_and_a_value_less(tiny: Rendered) -> None:
    readings = readings_of(tiny.truth)
    samples = range(len(tiny.truth.samples))
    right = grade(tiny.truth, readings, samples)
    false = replace(readings[4], lo=readings[4].lo + 5000, hi=readings[4].lo + 5001)
    graded = grade(tiny.truth, [*readings[:4], false, *readings[5:]], samples)
    assert [j.reading for j in graded.readings if not j.right] == [false]
    assert [j.reading for j in graded.changes_wrong] == [false]
    assert sum(v.read for v in graded.values) >= sum(v.read for v in right.values) - 1


STOCK = CounterTruth(
    "stock-0",
    {"font": "common", "px": "16 to 24", "dynamics": "slide", "compression": "normal"},
    (
        Showing("库存37", "stock", 37, 38, 0.0, 2.0),
        Showing("库存36", "stock", 36, 37, 2.0, 4.0, motion_s=0.4),
        Showing("已售罄", None, None, None, 4.0, 6.0, motion_s=0.4),
    ),
)
HERE, CHAT = Rect(100, 100, 80, 20), Rect(10, 400, 90, 20)


def hand_made(*, covered: tuple[int, ...] = ()) -> SceneTruth:
    """Twelve pictures: at 0, 0.52, 1.04 ... 5.72 s; the counter is under a pop-up on some of them."""
    samples = tuple(
        Sample(
            round(0.52 * n, 2), (Place("stock-0", HERE, 0.6 if n in covered else 0.0),), (Clutter("小鱼：库存5", CHAT),)
        )
        for n in range(12)
    )
    return SceneTruth("hand-made", 640, 480, 6.0, (STOCK,), samples)


def says(sample: int, number: int, box: Rect = HERE, text: str = "") -> Accepted:
    return Accepted("f", sample, "stock", number, number + 1, text or f"库存{number}", box, two=False)


def test_while_a_text_comes_the_one_before_it_is_right_and_nothing_between_is() -> None:
    # Sample 4 is at 2.08 s: 37 goes and 36 comes until 2.4 s.
    for number, right in ((37, True), (36, True), (367, False), (3, False)):
        (judged,) = grade(hand_made(), [says(4, number)], range(12)).readings
        assert judged.right is right, number
    (late,) = grade(hand_made(), [says(5, 37)], range(12)).readings  # 2.6 s
    assert not late.right
    assert late.expected == ("库存36",)


def test_a_reading_of_chat_lies_on_no_counter_and_is_wrong() -> None:
    (judged,) = grade(hand_made(), [says(2, 5, CHAT)], range(12)).readings
    assert (judged.right, judged.counter, judged.expected) == (False, None, ("小鱼：库存5",))
    (elsewhere,) = grade(hand_made(), [says(2, 37, Rect(500, 30, 80, 20))], range(12)).readings
    assert not elsewhere.right  # the right value at the wrong place


def test_a_number_read_from_a_text_that_is_no_counter_is_wrong() -> None:
    (judged,) = grade(hand_made(), [says(10, 36)], range(12)).readings
    assert not judged.right
    assert len(grade(hand_made(), [], range(12)).values) == 2  # "已售罄" is no value to be read


def test_two_pictures_confirm_and_lateness_is_counted_in_pictures() -> None:
    values = grade(hand_made(), [says(2, 37), says(7, 36), says(6, 36)], range(12)).values
    assert [(v.read, v.confirmed, v.pictures_late) for v in values] == [(True, False, 2), (True, True, 1)]
    by_one_hertz = grade(hand_made(), [says(2, 37), says(6, 36)], range(0, 12, 2)).values
    assert [v.pictures_late for v in by_one_hertz] == [1, 0]


def test_values_under_a_pop_up_are_a_stratum_of_their_own() -> None:
    def strata(*covered: int) -> list[str]:
        return [v.strata["occlusion"] for v in grade(hand_made(covered=covered), [], range(12)).values]

    assert strata() == ["clear", "clear"]
    assert strata(0) == ["partly", "clear"]
    assert strata(1, 2) == ["hidden", "clear"]
    (judged,) = grade(hand_made(covered=(1,)), [says(1, 3)], range(12)).readings
    assert (judged.right, judged.strata["occlusion"]) == (False, "covered")


def test_the_same_value_in_other_words_is_right_and_counted() -> None:
    (judged,) = grade(hand_made(), [says(1, 37, text="库存037")], range(12)).readings
    assert judged.right
    assert not judged.same_digits


def at_least(hits: int, of: int, share: float) -> float:
    return math.fsum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(hits, of + 1))


def test_the_interval_is_that_of_clopper_and_pearson() -> None:
    # By its definition, with exact binomial sums: at each bound the tail is 2.5 %.
    for hits, of in ((0, 10), (5, 10), (10, 10), (3, 600), (597, 600)):
        low, high = clopper_pearson(hits, of)
        assert low == 0 if hits == 0 else at_least(hits, of, low) == pytest.approx(0.025, rel=1e-6)
        assert high == 1 if hits == of else 1 - at_least(hits + 1, of, high) == pytest.approx(0.025, rel=1e-6)
    assert clopper_pearson(0, 6000)[1] == pytest.approx(1 - 0.025 ** (1 / 6000), rel=1e-6)
    assert clopper_pearson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match=r"expected hits in 0\.\.4, got 5"):
        clopper_pearson(5, 4)


@pytest.mark.parametrize("family", get_args(Family))
def test_truth_states_values_in_the_readers_convention(family: Family) -> None:
    for number, form in enumerate(FORMS[family]):
        found = showings(family, form, Move(0.4, 2.0, 0.3, sells_out=True), 60.0, number)
        assert found[0].from_s == 0
        assert found[-1].to_s == 60
        for before, after in pairwise(found):
            assert before.to_s == after.from_s
            assert before.text != after.text
        for shown in found:
            assert shown.motion_s < shown.stays_s
            counter = parse(shown.text)
            said = (counter.kind, counter.lo, counter.hi) if counter else (None, None, None)
            assert said == (shown.kind, shown.lo, shown.hi), shown.text


def test_both_splits_have_the_same_kinds_with_other_seeds_and_faces() -> None:
    tuning, test = scenes("tuning"), scenes("test")
    assert [r.name for r in tuning] == [r.name for r in test]
    assert len(test) >= 24
    assert not {r.seed for r in tuning} & {r.seed for r in test}
    assert not set(FACES["tuning"]["art"]) & set(FACES["test"]["art"])
    assert {(r.width, r.height) for r in test} >= {(960, 540), (540, 960), (720, 1280), (1280, 720), (1080, 1920)}
    assert [r.name for r in scenes("test", ["popups", "art-1"])] == ["popups-1", "popups-2", "art-1"]
    with pytest.raises(ValueError, match="got nonsense"):
        scenes("test", ["nonsense"])
    assert digest(tuning[0], {"a": "1"}) == digest(scenes("tuning")[0], {"a": "1"}) != digest(tuning[0], {"a": "2"})


@pytest.mark.parametrize("how", ["slide", "flip"])
def test_digits_on_their_way_look_like_neither_text(how: Dynamics) -> None:
    letterer = Letterer(find_font(), 28, Style((255, 255, 255), stroke=(0, 0, 0)))

    def painted(progress: float | None, text: str = "库存37") -> np.ndarray:
        picture = np.full((80, 240, 3), 90, np.uint8)
        patch = letterer.still(text) if progress is None else letterer.moving("库存37", "库存36", progress, how)
        patch.onto(picture, 8, 8)
        return picture

    old, new, halfway = painted(None), painted(None, "库存36"), painted(0.5)
    assert cv2.absdiff(painted(0.0), old).max() < 12
    for other in (old, new):
        assert cv2.absdiff(halfway, other).max() > 60
    words = slice(0, 8 + 2 * 28)  # what both texts share stands still
    assert not cv2.absdiff(halfway[:, words], old[:, words]).any()


def test_a_font_of_another_digest_is_refused_and_a_good_one_is_not_fetched(tmp_path: Path) -> None:
    content = find_font().read_bytes()
    face = Face("mine", "npm", "no-such-package", "0.0.0", "package/mine.ttf", blake3(content).hexdigest(), art=False)
    (tmp_path / face.file).write_bytes(content)
    assert fonts(tmp_path, [face]) == {"mine": tmp_path / face.file}
    (tmp_path / face.file).write_bytes(content[:-1])
    with pytest.raises(MissingFonts, match=r"expected BLAKE3 .* Next: rm -f"):
        fonts(tmp_path, [face])
