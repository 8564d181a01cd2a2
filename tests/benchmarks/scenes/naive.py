"""The yardstick: PaddleOCR, stock settings, on whole pictures; its lines are parsed with our grammar."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np

from crawler.provision.models import models_dir
from crawler.readers.counters import parse
from tests.benchmarks.scenes.figures import share
from tests.benchmarks.scenes.film import Rendered
from tests.benchmarks.scenes.grading import place_of, shown_then
from tests.benchmarks.scenes.truth import Rect

Size = Literal["small", "tiny"]
SIZES: tuple[Size, ...] = ("small", "tiny")


@dataclass(slots=True)
class Naive:
    """PP-OCRv6 of one size on whole pictures, one thread (cf. `crawler.readers.ocr` for the engine's options)."""

    size: Size

    def __post_init__(self) -> None:
        os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
        from paddleocr import PaddleOCR

        cv2.setNumThreads(1)
        base = models_dir()
        detector, recogniser = f"PP-OCRv6_{self.size}_det", f"PP-OCRv6_{self.size}_rec"
        self._ocr = PaddleOCR(
            text_detection_model_name=detector,
            text_detection_model_dir=str(base / f"{detector}_onnx"),
            text_recognition_model_name=recogniser,
            text_recognition_model_dir=str(base / f"{recogniser}_onnx"),
            text_recognition_batch_size=8,
            use_doc_orientation_classify=False,
            use_doc_unwarping=False,
            use_textline_orientation=False,
            engine="onnxruntime",
            device="cpu",
            engine_config={"intra_op_num_threads": 1, "inter_op_num_threads": 1},
        )

    _ocr: Any = None

    def lines(self, jpeg: bytes) -> list[tuple[str, Rect]]:
        """The texts of one picture with their boxes."""
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        found = self._ocr.predict(picture)[0]
        boxes = ([int(v) for v in box] for box in found["rec_boxes"])
        return [(t, Rect(x, y, r - x, b - y)) for t, (x, y, r, b) in zip(found["rec_texts"], boxes, strict=True)]


def measure(size: Size, scenes: Iterable[tuple[Rendered, list[int]]]) -> dict[str, Any]:
    """What whole-picture reading costs and finds on the given samples of scenes.

    Per counter that stands clear and at rest on a picture: read (a line at its place parses to what is shown), wrong
    (it parses to something else), or neither.
    """
    naive = Naive(size)
    cpu_s, pictures = 0.0, 0
    right: list[bool] = []
    wrong: list[bool] = []
    for scene, numbers in scenes:
        for number in numbers:
            jpeg = scene.jpeg(number)
            naive.lines(jpeg) if not pictures else None  # the first call sets sessions up
            begun = time.process_time()
            lines = naive.lines(jpeg)
            cpu_s += time.process_time() - begun
            pictures += 1
            seen, false = _held_against(scene, number, lines)
            right += seen
            wrong += false
    return {
        "model": f"PP-OCRv6 {size}",
        "pictures": pictures,
        "cpu_s_per_picture": round(cpu_s / pictures, 4) if pictures else None,
        "values_on_pictures": share(right),
        "wrong_of_what_it_says": share(wrong),
    }


def _held_against(scene: Rendered, number: int, lines: list[tuple[str, Rect]]) -> tuple[list[bool], list[bool]]:
    """Per clear counter at rest whether it was read; per line that makes a counter at one's place whether wrong."""
    sample = scene.truth.samples[number]
    counters = {counter.name: counter for counter in scene.truth.counters}
    read: set[str] = set()
    wrong = []
    for text, box in lines:
        value, place = parse(text), place_of(sample, box)
        if value is None or place is None:
            continue
        shown = shown_then(counters[place.counter], sample.at_s)
        true = any((s.kind, s.lo, s.hi) == (value.kind, value.lo, value.hi) for s in shown)
        wrong.append(not true)
        if true:
            read.add(place.counter)
    asked = []
    for place in sample.places:
        shown = shown_then(counters[place.counter], sample.at_s)
        if place.clear and len(shown) == 1 and shown[0].kind is not None:
            asked.append(place.counter in read)
    return asked, wrong
