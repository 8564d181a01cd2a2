"""The measurement of a peer: its clips carry the very pictures, its subtitles are judged as documented."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.benchmarks.scenes.grading import grade
from tests.benchmarks.scenes.peer import WAYS, MissingPeer, run, write_clip
from tests.benchmarks.scenes.peer_grading import Saying, contains, found, judged, numbers, plain, sayings, words
from tests.benchmarks.scenes.truth import Clutter, CounterTruth, Place, Rect, Sample, SceneTruth, Showing

STRATA = {"font": "common", "px": "16-20", "dynamics": "still", "compression": "light"}
BOX = Rect(10, 10, 100, 20)
SUBTITLES = """1
00:00:00,000 --> 00:00:00,500
距结束:10:10
库存 93 件

2
00:00:01,500 --> 00:00:02,000
距结束：10:08
库存90件
"""


def scene(clutter: str = "") -> SceneTruth:
    """Two counters over eight pictures, two a second: a stock that drops at 1.5 s, a clock that runs."""
    stock = (Showing("库存 93 件", "stock", 93, 94, 0.0, 1.5), Showing("库存 90 件", "stock", 90, 91, 1.5, 4.0))
    clock = tuple(Showing(f"距结束:10:{10 - n:02d}", "countdown", 610 - n, 611 - n, n, n + 1.0) for n in range(4))
    places = (Place("stock", BOX), Place("clock", Rect(10, 50, 100, 20)))
    also = (Clutter(clutter, Rect(300, 300, 100, 20)),) if clutter else ()
    return SceneTruth(
        "made",
        640,
        480,
        4.0,
        (CounterTruth("stock", STRATA, stock), CounterTruth("clock", STRATA, clock)),
        tuple(Sample((n + 0.5) / 2, places, also) for n in range(8)),
    )


def test_subtitles_stand_for_their_pictures_and_hold_until_the_next() -> None:
    said = sayings(SUBTITLES, 2, 8)
    assert [(s.first, s.end, s.held) for s in said] == [(0, 1, 3), (3, 4, 8)]
    assert said[0].lines == ("距结束:10:10", "库存 93 件")
    assert sayings("", 2, 8) == ()
    with pytest.raises(ValueError, match="expected 2 of them, got 1"):
        sayings(SUBTITLES.replace("2\n00:00:01", "00:00:01"), 2, 8)


def test_a_value_is_found_anywhere_but_not_inside_another_number() -> None:
    assert contains(["仅剩93件，快"], "仅剩 93 件")
    assert contains(["仅剩", "93件"], "仅剩93件")
    assert contains(["距结束：10:10"], "距结束 10:10")
    assert not contains(["销量420"], "销量42")
    assert not contains(["01:10:10"], "10:10")
    assert not contains(["销量11万"], "销量1.1万")


def test_signs_go_and_numbers_keep_theirs() -> None:
    assert plain("距结束： 10:10！") == "距结束10:10"
    assert words("已售1.1万+件") == "已售万件"
    assert numbers("已售1.1万") == ("1.1",) != numbers("已售11万")
    assert numbers("距结束 10:10") != numbers("距结束 1010")


def test_values_count_as_found_while_they_are_displayed() -> None:
    truth = scene()
    said = sayings(SUBTITLES, 2, 8)
    values = grade(truth, [], range(8)).values
    got = {value.text: found(truth, value, said, words_too=True) for value in values}
    # No subtitle says 10:09 or 10:07; the one that says 10:08 begins at 1.5 s and holds while 10:08 is displayed.
    assert got == {
        "库存 93 件": True,
        "库存 90 件": True,
        "距结束:10:10": True,
        "距结束:10:09": False,
        "距结束:10:08": True,
        "距结束:10:07": False,
    }


def test_other_words_for_the_same_value_find_it_too() -> None:
    truth = scene()
    said = [Saying(("剩余库存90",), 3, 4, 8)]
    value = next(v for v in grade(truth, [], range(8)).values if v.text == "库存 90 件")
    assert not found(truth, value, said, words_too=True)
    assert found(truth, value, said, words_too=False)


def test_lines_with_a_counters_words_are_wrong_when_their_numbers_were_not_shown() -> None:
    said = [Saying(("库存93件", "距结束1010", "库存9件", "到手价99", "库存件"), 0, 1, 3)]
    spoken, wrong = judged(scene(), said)
    assert spoken == 3
    assert [(line.text, line.at_s) for line in wrong] == [("距结束1010", 0.25), ("库存9件", 0.25)]
    assert wrong[1].shown == ("库存 93 件",)


def test_lines_that_clutter_may_have_said_are_not_judged() -> None:
    assert judged(scene(clutter="库存5件"), [Saying(("库存5件",), 0, 1, 3)]) == (0, [])


def test_a_clip_carries_the_pictures_unchanged(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    jpegs = []
    for level in (40, 120, 200):
        picture = np.clip(rng.normal(level, 10, (120, 160, 3)), 0, 255).astype(np.uint8)
        jpegs.append(cv2.imencode(".jpg", cv2.GaussianBlur(picture, (7, 7), 0))[1].tobytes())
    clip = tmp_path / "clip.mkv"
    write_clip(jpegs, 2, clip)
    assert all(jpeg in clip.read_bytes() for jpeg in jpegs)
    video = cv2.VideoCapture(str(clip))
    assert video.get(cv2.CAP_PROP_FPS) == 2
    for jpeg in jpegs:
        went, shown = video.read()
        assert went
        kept = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert np.abs(shown.astype(int) - kept.astype(int)).mean() < 2
    assert not video.read()[0]
    video.release()
    with pytest.raises(ValueError, match="expected JPEG pictures"):
        write_clip([], 2, tmp_path / "empty.mkv")


def test_a_peer_that_does_not_run_is_told_with_its_reason_and_the_next_command(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mkv"
    write_clip([cv2.imencode(".jpg", np.zeros((64, 64, 3), np.uint8))[1].tobytes()], 2, clip)
    # Our own environment has no such package.
    with pytest.raises(MissingPeer, match=r"(?s)clip\.mkv.*cshortranslate.*Type: .*reading_peer\.py"):
        run(Path(sys.executable), clip, 2, WAYS[0])
