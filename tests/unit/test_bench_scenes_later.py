"""The later kinds of the benchmark set: two colours, labels that come and go, counters that appear late."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from crawler.readers.counters import parse
from crawler.readers.ocr import Box, PaddleEngine
from crawler.readers.pictures import decode
from crawler.readers.statements import statement
from crawler.simroom.lettering import find_font
from tests.benchmarks.scenes import recipe as recipes
from tests.benchmarks.scenes.backdrops import ground
from tests.benchmarks.scenes.clutter import CHAT
from tests.benchmarks.scenes.comings import ComingPlan, ComingStage
from tests.benchmarks.scenes.figures import by_stratum
from tests.benchmarks.scenes.grading import digits, grade, shown_then
from tests.benchmarks.scenes.labels import BROKEN, LABELS, TALK
from tests.benchmarks.scenes.late import PAPER
from tests.benchmarks.scenes.letters import Letterer
from tests.benchmarks.scenes.recipe import FACES, Feature, Recipe, digest, scenes
from tests.benchmarks.scenes.shoot import planned, rendered
from tests.benchmarks.scenes.stage import sample_of
from tests.benchmarks.scenes.statement_grading import Said, folded, grade_statements, statement_figures
from tests.benchmarks.scenes.truth import Clutter, CounterTruth, Place, Rect, Sample, SceneTruth, Showing
from tests.benchmarks.scenes.two_colours import BOXED, NAKED, TwoColoured, TwoColours

NEW = ("two-coloured", "statements", "late")


def faces() -> dict[str, Path]:
    return {name: find_font() for split in FACES.values() for names in split.values() for name in names}


def painted(scene: ComingPlan, second: float) -> tuple[np.ndarray, Sample]:
    """A picture without the encoder's work, and what the truth says of it."""
    recipe = scene.recipe
    scenery = ground("gradient" if recipe.backdrop == "host" else recipe.backdrop, 1, recipe.width, recipe.height)
    picture = scenery.at(second).copy()
    page = ComingStage(scene, page=True)
    below = ComingStage(scene, page=False).paint(picture, second)
    return picture, sample_of(page, second, below, page.paint(picture, second))


def read(engine: PaddleEngine, picture: np.ndarray, place: Rect) -> str:
    box = Box(place.x, place.y, place.w, place.h).grown(3, 2).within(picture.shape[1], picture.shape[0])
    return engine.recognise(box.cut(picture), "small").text


def test_the_first_kinds_digests_know_nothing_of_the_modules_of_the_later_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = {recipe.name: digest(recipe, {"a": "1"}) for recipe in scenes("tuning")}
    monkeypatch.setattr(recipes, "RENDERING_LATER", dict.fromkeys(recipes.RENDERING_LATER, ("comings",)))
    after = {recipe.name: digest(recipe, {"a": "1"}) for recipe in scenes("tuning")}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {f"{kind}-{copy}" for kind in NEW for copy in (1, 2)}


@pytest.mark.parametrize("style", [*BOXED, *NAKED])
def test_words_and_number_have_two_colours_and_the_extent_of_one(style: TwoColours) -> None:
    two, one = TwoColoured(find_font(), 28, style), Letterer(find_font(), 28, style)
    for text in ("仅剩128件", "1.2万在线"):
        patch, plain = two.still(text), one.still(text)
        assert (patch.ink, two.size(text)) == (plain.ink, one.size(text))
        differ = np.abs(patch.colour - plain.colour).max(axis=(0, 2)) > 20  # by column
        shares = [two.size(text[:n])[0] - two.size("")[0] for n in range(len(text) + 1)]
        for char, (left, right) in zip(text, pairwise(shares), strict=True):
            middle = two._pad + (left + right) // 2
            around = differ[middle - 4 : middle + 5]
            assert around.any() == (char in style.numerals), (text, char)


def test_a_rendered_scene_in_two_colours_shows_what_its_truth_says(tmp_path: Path) -> None:
    features: frozenset[Feature] = frozenset({"two colours"})
    recipe = Recipe("two", "tuning", 7, 640, 480, "gradient", ("still",), seconds=2.0, counters=3, features=features)
    scene = rendered(recipe, faces(), tmp_path / "two")
    assert rendered(recipe, {}, tmp_path / "two") == scene  # without fonts: painting would fail
    engine = PaddleEngine()
    counters = {counter.name: counter for counter in scene.truth.counters}
    assert {c.strata["colours"] for c in counters.values()} == {"two"}
    looked = 0
    for number, sample in enumerate(scene.truth.samples):
        for place in sample.places:
            shown = {digits(s.text) for s in shown_then(counters[place.counter], sample.at_s)}
            assert digits(read(engine, decode(scene.jpeg(number)), place.box)) in shown, (number, place)
            looked += 1
    assert looked == 3 * len(scene.truth.samples)


def test_labels_stand_where_and_while_the_truth_says_so() -> None:
    scene = planned(replace(scenes("tuning", ["statements-1"])[0], seconds=8.0), faces())
    engine, held = PaddleEngine(), 0
    assert len(scene.coming) >= 3
    for label in scene.coming:
        for shown in label.truth.showings:
            for second in (shown.from_s, (shown.from_s + shown.to_s) / 2):
                picture, sample = painted(scene, second)
                (place,) = (p for p in sample.places if p.counter == label.truth.name)
                if shown is label.truth.showings[0]:  # reading each would take long
                    assert folded(read(engine, picture, place.box)) == folded(shown.text)
                    held += 1
        for one, after in pairwise(label.truth.showings):
            if one.to_s < after.from_s:
                _, sample = painted(scene, (one.to_s + after.from_s) / 2)
                assert label.truth.name not in {p.counter for p in sample.places}
    assert held >= 6
    boxes = [place.box for place in painted(scene, 7.5)[1].places]
    assert not any(a.shared(b) for n, a in enumerate(boxes) for b in boxes[:n])


def test_labels_are_no_counters_and_viewers_write_their_words() -> None:
    for split in ("tuning", "test"):
        stated = [text for text in LABELS[split] if statement(text)]
        assert len(stated) >= 8
        assert len(LABELS[split]) - len(stated) >= 6
        assert not any(parse(text) for text in LABELS[split])
        words = set(LABELS[split])
        assert {line.split("\n")[1] for line in BROKEN[split]} <= words
        assert sum(any(word in talk for word in words) for talk in TALK[split]) >= 12
        assert not set(TALK[split]) & set(CHAT[split])
        recipe = scenes(split, ["statements-2"])[0]
        chat = [line.text for message in planned(recipe, faces()).chat.messages for line in message.lines]
        assert sum(any(word in line for word in words) for line in chat) >= 8


@pytest.mark.parametrize("name", ["late-1", "late-2"])
def test_on_a_still_page_nothing_changes_but_one_picture_and_what_appears(name: str) -> None:
    scene = planned(scenes("tuning", [name])[0], faces())
    width = scene.recipe.width
    assert scene.ground is not None
    assert len(scene.counters) == 2
    assert len(scene.coming) >= 4
    window = scene.ground.window
    empty, before = painted(scene, 1.0)
    for number, one in enumerate(scene.coming):
        begin, end = one.truth.showings[0].from_s, one.truth.showings[-1].to_s
        assert 6 <= begin < end < scene.recipe.seconds
        assert 3.9 <= end - begin <= 8.1
        assert all(a.to_s == b.from_s for a, b in pairwise(one.truth.showings))
        assert not number or scene.coming[number - 1].truth.showings[-1].to_s + 1.9 < begin
        picture, sample = painted(scene, begin)
        (place,) = set(sample.places) - set(before.places)
        assert place.counter == one.truth.name
        assert place.clear
        box = place.box.grown(4)
        close = picture[box.y : box.y + box.h, box.x : box.x + box.w]
        paper = (np.abs(close.astype(int) - PAPER).max(axis=2) < 12).mean()
        assert one.style.box or paper > 0.4, "naked words stand on paper, never on a photograph"
        for other in before.places:
            assert not place.box.grown(width // 12).shared(other.box)
        changed = cv2.absdiff(picture, empty).max(axis=2) > 0
        assert changed[window.y : window.y + window.h, window.x : window.x + window.w].any()
        changed[window.y : window.y + window.h, window.x : window.x + window.w] = False
        ys, xs = np.nonzero(changed)
        around = place.box.grown(place.box.h)
        assert len(xs)
        assert around.x <= xs.min() <= xs.max() < around.x + around.w
        assert around.y <= ys.min() <= ys.max() < around.y + around.h
        assert painted(scene, end)[1].places == before.places
    strata = [c.truth.strata["appears"] for c in (*scene.counters, *scene.coming)]
    assert strata == ["from the start"] * 2 + ["late"] * len(scene.coming)


def test_values_of_the_first_kinds_stand_in_the_later_strata_with_the_usual_tag() -> None:
    truth = hand_made()
    values = grade(truth, [], range(len(truth.samples))).values
    late = [replace(value, strata={**value.strata, "appears": "late"}) for value in values]
    found = by_stratum([*values, *late], lambda some: {"of": len(some)})
    assert found["appears"] == {"from the start": {"of": len(values)}, "late": {"of": len(values)}}
    assert found["colours"] == {"one": {"of": 2 * len(values)}}


STOCK = CounterTruth(
    "stock-0",
    {"face": "sans-700", "px": "16 to 24", "compression": "page"},
    (Showing("库存1", "stock", 1, 2, 0.0, 3.0), Showing("已售罄", None, None, None, 3.0, 6.0, motion_s=0.4)),
)
LABEL = CounterTruth(
    "label-0",
    {"face": "sans-700", "px": "over 24", "compression": "page"},
    (Showing("限时5分钟", None, None, None, 0.5, 2.8), Showing("今日特价", None, None, None, 4.0, 6.0)),
)
HERE, THERE, CHAT_LINE, TITLE = (
    Rect(100, 100, 80, 20),
    Rect(300, 100, 90, 24),
    Rect(10, 400, 90, 20),
    Rect(9, 9, 60, 20),
)


def hand_made() -> SceneTruth:
    """Twelve pictures, each half second from 0.02 s on."""
    clutter = (Clutter("小鱼：已售罄", CHAT_LINE), Clutter("限购2件", TITLE))
    samples = []
    for n in range(12):
        at = round(0.5 * n + 0.02, 2)
        places = [Place("stock-0", HERE)]
        if any(s.from_s <= at < s.to_s for s in LABEL.showings):
            places.append(Place("label-0", THERE))
        samples.append(Sample(at, tuple(places), clutter))
    return SceneTruth("hand-made", 640, 480, 6.0, (STOCK, LABEL), tuple(samples))


def says(sample: int, text: str, box: Rect, *, two: bool = False) -> Said:
    return Said("statement-1", sample, text, box, two)


@pytest.mark.parametrize(
    ("said", "right", "over"),
    [
        (says(1, "限时5分钟", THERE), True, "label"),
        (says(1, "限时 5分钟！", THERE), True, "label"),
        (says(1, "限时6分钟", THERE), False, "label"),
        (says(6, "限时5分钟", THERE), False, "nothing"),  # it went at 2.8 s
        (says(7, "已售罄", HERE), True, "label"),
        (says(2, "已售罄", HERE), False, "counter"),  # not sold out yet
        (says(7, "已售罄", CHAT_LINE), False, "chat"),
        (says(3, "限购2件", TITLE), True, "title"),
        (says(3, "限购5件", TITLE), False, "title"),
        (says(3, "限购2件", Rect(400, 300, 60, 20)), False, "nothing"),
    ],
)
def test_a_statement_is_right_where_the_shop_displays_it(said: Said, right: bool, over: str) -> None:  # noqa: FBT001
    (judged,) = grade_statements(hand_made(), [said], range(12), lambda _: True).readings
    assert (judged.right, judged.over) == (right, over)


def test_labels_are_to_be_read_when_the_readers_rules_name_them_and_they_last() -> None:
    def named(text: str) -> bool:
        return statement(text) is not None

    none = statement_figures({"a": grade_statements(hand_made(), [], range(12), named)})
    assert (none["recall_of_2_s"]["hits"], none["recall_of_2_s"]["of"]) == (0, 2)  # 限时5分钟 and 已售罄
    assert none["no_statements_shown"] == {"labels": 1, "read": 0}
    assert none["wrong"]["of"] == 0
    assert [one["text"] for one in none["missed"]["first"]] == ["已售罄", "限时5分钟"]
    said = [says(1, "限时5分钟", THERE), says(2, "限时5分钟", THERE), says(9, "今日特价", THERE), says(8, "售罄", HERE)]
    some = statement_figures({"a": grade_statements(hand_made(), said, range(12), named)})
    assert (some["recall_of_2_s"]["hits"], some["confirmed_of_2_s"]["hits"]) == (1, 1)
    assert some["no_statements_shown"] == {"labels": 1, "read": 1}
    assert (some["wrong"]["hits"], some["wrong"]["of"]) == (1, 4)
    assert some["wrong_over"] == {"label": 1}
    assert [(one["got"], one["expected"]) for one in some["wrong_ones"]] == [("售罄", ["已售罄"])]
    assert some["recall_by_stratum"]["px"]["over 24"]["hits"] == 1
    assert some["recall_by_stratum"]["px"]["16 to 24"]["hits"] == 0
