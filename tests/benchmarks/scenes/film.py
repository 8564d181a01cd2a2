"""Encodes a painted scene with H.264, decodes it again, and keeps the pictures as a screenshot would show them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from tests.benchmarks.scenes.backdrops import Grain
from tests.benchmarks.scenes.layout import Plan, plan
from tests.benchmarks.scenes.recipe import Recipe
from tests.benchmarks.scenes.stage import Painted, Scenery, Stage, sample_of
from tests.benchmarks.scenes.truth import FRAMES_PER_S, Sample, SceneTruth, from_json, to_json

Picture = NDArray[np.uint8]
SAMPLES_PER_S = 2
JPEG_QUALITY = 80  # as our screenshots
TRUTH = "truth.json"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A scene on disk."""

    truth: SceneTruth
    folder: Path

    def jpeg(self, number: int) -> bytes:
        """The picture of `truth.samples[number]`."""
        return (self.folder / f"{number:04d}.jpg").read_bytes()


def rendered(recipe: Recipe, faces: Mapping[str, Path], folder: Path) -> Rendered:
    """The scene from `folder`, painted first when it is not there (20 s for 40 s of 720p on one core)."""
    if not (folder / TRUTH).exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".painting-"))
        try:
            truth = _render(recipe, faces, work)
            (work / TRUTH).write_text(to_json(truth), encoding="utf-8")
            if not folder.exists():  # two runs may paint the same scene: the first one to end keeps its own
                work.rename(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return Rendered(from_json((folder / TRUTH).read_text(encoding="utf-8")), folder)


def _render(recipe: Recipe, faces: Mapping[str, Path], folder: Path) -> SceneTruth:
    cv2.setNumThreads(1)
    scene = plan(recipe, faces)
    page = Stage(scene, page=True)
    wanted = picture_numbers(recipe.seconds)
    painted: dict[int, Painted] = {}
    samples: list[Sample] = []
    for number, picture in enumerate(_through_h264(recipe, _video(scene, painted, set(wanted)))):
        if number not in wanted:
            continue
        shown = _bgr(picture)
        if shown.shape[:2] != (recipe.height, recipe.width):
            size = (recipe.width, recipe.height)
            shown = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        second = round(number / FRAMES_PER_S, 3)
        above = page.paint(shown, second)
        samples.append(sample_of(page, second, painted.pop(number), above))
        place = folder / f"{len(samples) - 1:04d}.jpg"
        place.write_bytes(cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes())
    counters = tuple(counter.truth for counter in scene.counters)
    return SceneTruth(recipe.name, recipe.width, recipe.height, recipe.seconds, counters, tuple(samples))


def picture_numbers(seconds: float) -> dict[int, float]:
    """Which pictures of the video are sampled, and the time each stands for (seconds)."""
    numbers = (round((n + 0.5) * FRAMES_PER_S / SAMPLES_PER_S) for n in range(int(seconds * SAMPLES_PER_S)))
    return {number: round(number / FRAMES_PER_S, 3) for number in numbers if number < seconds * FRAMES_PER_S}


def _video(scene: Plan, painted: dict[int, Painted], wanted: set[int]) -> Iterator[Picture]:
    """The video's pictures as I420, (height * 3 / 2) x width; notes in `painted` what the wanted ones show."""
    recipe = scene.recipe
    width, height = (round(v * recipe.scale / 2) * 2 for v in (recipe.width, recipe.height))
    stage = Stage(scene, page=False)
    scenery = Scenery(scene, width, height)
    grain = Grain(recipe.backdrop, recipe.seed + 6, width, height)
    for number in range(round(recipe.seconds * FRAMES_PER_S)):
        second = round(number / FRAMES_PER_S, 3)
        picture = scenery.at(number, second, away=stage.cut(second))
        notes = stage.paint(picture, second)
        if number in wanted:
            painted[number] = notes
        planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)
        grain.onto(planes[:height])
        yield planes


def _through_h264(recipe: Recipe, pictures: Iterator[Picture]) -> Iterator[av.VideoFrame]:
    """Encode and decode; one decoded picture for each that goes in, in order."""
    encoder = decoder = None
    for number, planes in enumerate(pictures):
        if encoder is None or decoder is None:
            encoder = _encoder(recipe, planes.shape[1], planes.shape[0] * 2 // 3)
            decoder = av.CodecContext.create("h264", "r")
            assert isinstance(decoder, VideoCodecContext)
            decoder.thread_count = 1
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_S)
        for packet in encoder.encode(frame):
            yield from decoder.decode(packet)
    if encoder is not None and decoder is not None:
        for packet in encoder.encode(None):
            yield from decoder.decode(packet)
        yield from decoder.decode(None)


def _encoder(recipe: Recipe, width: int, height: int) -> VideoCodecContext:
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FRAMES_PER_S), Fraction(FRAMES_PER_S)
    gop = FRAMES_PER_S * (2 + recipe.seed % 3)
    encoder.options = {
        "preset": "superfast" if recipe.heavy else "ultrafast",
        "crf": str(recipe.crf),
        "g": str(gop),
        "bf": str(2 * (recipe.seed % 2)),
        "x264-params": "threads=1",
    }
    if recipe.cap_kbps is not None:
        encoder.options |= {"maxrate": f"{recipe.cap_kbps}k", "bufsize": f"{2 * recipe.cap_kbps}k"}
    return encoder


def _bgr(frame: av.VideoFrame) -> Picture:
    return np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
