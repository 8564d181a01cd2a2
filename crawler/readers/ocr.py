"""The OCR engine: PaddleOCR's detection and recognition on onnxruntime, one thread, offline (data path 5).

Everything above this module sees `Box`, `Text` and `Engine`. Three things here differ from paddleocr's defaults,
each measured (384 crops of 14-48 px text):

- **Lowest character probability.** `rec_score` is the mean over the characters and lets misreads through; the lowest
  one does not. paddleocr does not give it, so `_CtcDecoder` stands where the predictor keeps its decoder;
  full-width forms and plain signs are one sign to it.
- **Padded width.** The small model is padded to 96 px instead of 320 (19.7 instead of 33.9 ms a crop, no error more);
  the tiny one needs its 320 (at 256 it costs a sixth less and is as sure on the whole, but not on each line). The
  change is made on the loaded predictor, so `inference.yml` keeps its pinned digest.
- **Detection size.** Pictures go in as they are; paddleocr would shrink them to 960 px, which costs small text.

The dictionary is kept whole (18708 characters): a cut one turns misreads into legal counters.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import cv2
import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from crawler.provision.models import models_dir

Bgr = NDArray[np.uint8]  # height x width x 3, as cv2 decodes it
Size = Literal["tiny", "small"]

MODEL_FILES = ("inference.onnx", "inference.yml")
RECOGNISERS: Mapping[Size, str] = {"tiny": "PP-OCRv6_tiny_rec", "small": "PP-OCRv6_small_rec"}
DETECTOR = "PP-OCRv6_tiny_det"
PADDED_WIDTH: Mapping[Size, int] = {"tiny": 320, "small": 96}  # px at height 48
NUMERIC = frozenset(".,:%+-~十百千万亿点wWkK")  # beside the digits, what a number is made of
WIDE = 0xFEE0  # from a full-width form's code point to the plain sign's


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle on a picture, in its pixels; the far edges are exclusive."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        return self.x + self.w

    @property
    def bottom(self) -> int:
        return self.y + self.h

    def within(self, width: int, height: int) -> Box:
        """The part of this box that lies on a picture of `width` x `height` px; may be empty (w or h 0)."""
        x, y = min(max(self.x, 0), width), min(max(self.y, 0), height)
        return Box(x, y, max(0, min(self.right, width) - x), max(0, min(self.bottom, height) - y))

    def grown(self, dx: int, dy: int) -> Box:
        """This box with `dx` px more on the left and right, `dy` px more above and below."""
        return Box(self.x - dx, self.y - dy, self.w + 2 * dx, self.h + 2 * dy)

    def overlap(self, other: Box) -> float:
        """Shared area over the smaller of the two areas, 0 to 1."""
        w = min(self.right, other.right) - max(self.x, other.x)
        h = min(self.bottom, other.bottom) - max(self.y, other.y)
        smaller = min(self.w * self.h, other.w * other.h)
        return w * h / smaller if w > 0 and h > 0 and smaller > 0 else 0.0

    def cut(self, picture: Bgr) -> Bgr:
        """The pixels under this box (which must lie on the picture), contiguous."""
        return np.ascontiguousarray(picture[self.y : self.bottom, self.x : self.right])


@dataclass(frozen=True, slots=True)
class Text:
    """What a recogniser made of one crop; the probabilities are 0 when there are no such characters.

    `min_probability`: see `weakest`; `value_probability`: the same over digits and the signs that belong to numbers.
    `mean_probability` is paddlex's own score.
    """

    text: str
    min_probability: float
    mean_probability: float
    value_probability: float


class Engine(Protocol):
    """What the readers ask of an OCR engine. Not safe from several threads at once."""

    def detect(self, bgr: Bgr) -> list[Box]: ...

    def recognise(self, crop: Bgr, size: Size) -> Text: ...

    @property
    def digests(self) -> Mapping[str, str]: ...


class _CtcDecoder:
    """Stands in a recognition predictor's place for its decoder and keeps the characters' probabilities.

    CTC, greedy, as paddlex decodes (the tests hold both against each other): per time step the likeliest class; repeats
    and blanks (class 0) fall away. Before that the full-width forms hand their probability to the plain sign of the
    same meaning: the models know the wide colon from the plain one, people do not, and a colon of which each form has
    half would look unsure or come out twice. One pass over the classes, not paddlex's three, saves 1 ms a line.
    """

    def __init__(self, characters: Sequence[str]) -> None:
        self._characters = characters
        number = {char: index for index, char in enumerate(characters)}
        wide = [(index, char) for char, index in number.items() if "\uff01" <= char <= "\uff5e"]
        pairs = [(index, number[chr(ord(char) - WIDE)]) for index, char in wide if chr(ord(char) - WIDE) in number]
        self._wide, self._plain = (np.array(side, np.intp) for side in zip(*pairs, strict=True))
        self.probabilities: NDArray[np.float32] = np.zeros(0, np.float32)

    def __call__(self, pred: Any, **_: Any) -> tuple[list[str], list[float]]:
        raw: NDArray[np.float32] = np.asarray(pred[0])[0]  # time steps x classes; batch is 1, and nobody else's
        raw[:, self._plain] += raw[:, self._wide]
        raw[:, self._wide] = 0
        classes = raw.argmax(axis=-1)
        kept = classes != 0
        kept[1:] &= classes[1:] != classes[:-1]
        chosen = classes[kept]
        self.probabilities = raw[np.flatnonzero(kept), chosen]
        text = "".join(self._characters[number] for number in chosen)
        return [text], [float(self.probabilities.mean()) if chosen.size else 0.0]


def weakest(text: str, probabilities: NDArray[np.float32], among: frozenset[str] | None = None) -> float:
    """The lowest probability of a text's characters (of those `among`, where given), 0 when there are none.

    Blanks, and colons that do not stand between digits, carry no value and are left out.
    """
    if len(text) != len(probabilities):
        raise ValueError(f"expected a probability for each of {len(text)} characters, got {len(probabilities)}")
    around = f" {text} "
    counted = [
        probability
        for at, (char, probability) in enumerate(zip(text, probabilities, strict=True))
        if not (char.isspace() or (char == ":" and not (around[at].isdigit() and around[at + 2].isdigit())))
        and (among is None or char in among or char.isdigit())
    ]
    return float(min(counted, default=0.0))


class PaddleEngine:
    """PP-OCRv6 through paddleocr with `engine="onnxruntime"`; no paddlepaddle, no network.

    Loading takes 2 to 4 CPU-s, so one engine per process. On a 2.5 GHz core: detection 176 ms for 1280x720 px and
    3-5 ms for the neighbourhood of one line, recognition 7 ms (tiny) or 20 ms (small) a line.

    Raises:
        MissingPiece: a model is not on this machine, or damaged; the message names the file and `livewitness setup`.
    """

    def __init__(self, models: Path | None = None) -> None:
        base = models if models is not None else models_dir()
        folders = {name: base / f"{name}_onnx" for name in (DETECTOR, *RECOGNISERS.values())}
        self._digests = {
            f"{name}/{file}": blake3((folder / file).read_bytes()).hexdigest()
            for name, folder in folders.items()
            for file in MODEL_FILES
        }
        # Without it the import asks four model hubs whether they are there.
        os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
        from paddleocr import TextDetection, TextRecognition

        cv2.setNumThreads(1)
        common: dict[str, Any] = {
            "engine": "onnxruntime",
            "device": "cpu",
            # Two threads burn 1.4 to 1.8 times the CPU for the same work.
            "engine_config": {"intra_op_num_threads": 1, "inter_op_num_threads": 1},
        }
        self._detection = TextDetection(
            model_name=DETECTOR, model_dir=str(folders[DETECTOR]), limit_side_len=32, limit_type="min", **common
        )
        self._recognition: dict[Size, Any] = {}
        self._decoders: dict[Size, _CtcDecoder] = {}
        for size, name in RECOGNISERS.items():
            recogniser = TextRecognition(model_name=name, model_dir=str(folders[name]), **common)
            predictor = recogniser.paddlex_predictor
            self._decoders[size] = predictor.post_op = _CtcDecoder(predictor.post_op.character)
            predictor.pre_tfs["ReisizeNorm"].rec_image_shape = [3, 48, PADDED_WIDTH[size]]
            self._recognition[size] = recogniser

    @property
    def digests(self) -> Mapping[str, str]:
        """BLAKE3 of each model file as loaded, by "model/file", for the reading log."""
        return self._digests

    def detect(self, bgr: Bgr) -> list[Box]:
        """Lines of text on a picture, from top to bottom; each box encloses the line, slanted ones too."""
        (found,) = self._detection.predict([bgr], batch_size=1)
        boxes = []
        for poly in found["dt_polys"]:
            x, y, right, bottom = (int(v) for v in (*poly.min(axis=0), *poly.max(axis=0)))
            box = Box(x, y, right - x, bottom - y).within(bgr.shape[1], bgr.shape[0])
            if box.w and box.h:
                boxes.append(box)
        return sorted(boxes, key=lambda b: (b.y, b.x))

    def recognise(self, crop: Bgr, size: Size) -> Text:
        """The text of one line. `crop` must not be empty; margins of 2 to 5 px read best.

        Raises:
            ValueError: the crop has no pixels.
        """
        if not crop.size:
            raise ValueError(f"recognition: expected a crop with pixels, got shape {crop.shape}")
        (found,) = self._recognition[size].predict([crop], batch_size=1)
        text = found["rec_text"]
        each = self._decoders[size].probabilities
        return Text(text, weakest(text, each), float(found["rec_score"]), weakest(text, each, NUMERIC))
