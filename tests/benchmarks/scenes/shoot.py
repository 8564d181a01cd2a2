"""From a recipe to a scene on disk, whichever kind it is: `film` has the first kinds, this module the later ones.

The later kinds are painted by modules of their own, so that the scenes of the first ones stay what they are, to the
byte of the program that paints them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from tests.benchmarks.scenes.backdrops import Grain
from tests.benchmarks.scenes.comings import ComingPlan, ComingStage, with_coming
from tests.benchmarks.scenes.film import JPEG_QUALITY, TRUTH, Picture, Rendered, _bgr, _through_h264, picture_numbers
from tests.benchmarks.scenes.film import rendered as filmed
from tests.benchmarks.scenes.labels import label_plan
from tests.benchmarks.scenes.late import late_plan
from tests.benchmarks.scenes.layout import plan
from tests.benchmarks.scenes.recipe import Recipe
from tests.benchmarks.scenes.stage import Painted, Scenery, sample_of
from tests.benchmarks.scenes.truth import FRAMES_PER_S, Sample, SceneTruth, to_json
from tests.benchmarks.scenes.two_colours import in_two_colours


def rendered(recipe: Recipe, faces: Mapping[str, Path], folder: Path) -> Rendered:
    """The scene from `folder`, painted first when it is not there (20 s for 40 s of 720p on one core).

    Raises:
        ValueError: the picture has no room for what the recipe wants on it.
    """
    if recipe.later and not (folder / TRUTH).exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".painting-"))
        try:
            truth = _render(planned(recipe, faces), work)
            (work / TRUTH).write_text(to_json(truth), encoding="utf-8")
            if not folder.exists():  # two runs may paint the same scene: the first one to end keeps its own
                work.rename(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return filmed(recipe, faces, folder)


def planned(recipe: Recipe, faces: Mapping[str, Path]) -> ComingPlan:
    """The plan of a scene of a later kind.

    Raises:
        ValueError: there is no room for it.
    """
    if "late" in recipe.features:
        return late_plan(recipe, faces)
    if "statements" in recipe.features:
        return label_plan(recipe, faces)
    base = plan(recipe, faces)
    return with_coming(base, counters=in_two_colours(base.counters, recipe.seed + 7))


def _render(scene: ComingPlan, folder: Path) -> SceneTruth:
    cv2.setNumThreads(1)
    recipe = scene.recipe
    page = ComingStage(scene, page=True)
    wanted = picture_numbers(recipe.seconds)
    painted: dict[int, Painted] = {}
    samples: list[Sample] = []
    for number, picture in enumerate(_through_h264(recipe, _video(scene, painted, set(wanted)))):
        if number not in wanted:
            continue
        shown = _bgr(picture)
        second = round(number / FRAMES_PER_S, 3)
        above = page.paint(shown, second)
        samples.append(sample_of(page, second, painted.pop(number), above))
        jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
        (folder / f"{len(samples) - 1:04d}.jpg").write_bytes(jpeg.tobytes())
    counters = tuple(counter.truth for counter in (*scene.counters, *scene.coming))
    return SceneTruth(recipe.name, recipe.width, recipe.height, recipe.seconds, counters, tuple(samples))


def _video(scene: ComingPlan, painted: dict[int, Painted], wanted: set[int]) -> Iterator[Picture]:
    """The video's pictures as I420, (height * 3 / 2) x width; notes in `painted` what the wanted ones show."""
    recipe = scene.recipe
    stage = ComingStage(scene, page=False)
    scenery = Scenery(scene, recipe.width, recipe.height)
    grain = Grain(recipe.backdrop, recipe.seed + 6, recipe.width, recipe.height)
    for number in range(round(recipe.seconds * FRAMES_PER_S)):
        second = round(number / FRAMES_PER_S, 3)
        picture = scenery.at(number, second, away=False)
        notes = stage.paint(picture, second)
        if number in wanted:
            painted[number] = notes
        planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)
        grain.onto(planes[: recipe.height])
        yield planes
