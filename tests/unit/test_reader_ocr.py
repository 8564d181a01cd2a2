"""The OCR engine with the real models: what it reads, the lowest probability, missing models."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from blake3 import blake3
from PIL import Image, ImageDraw, ImageFont

from crawler.provision.models import models_dir
from crawler.provision.piece import MissingPiece
from crawler.readers.ocr import Bgr, Box, PaddleEngine, Size, weakest
from crawler.simroom.lettering import find_font

SIZES: tuple[Size, ...] = ("tiny", "small")


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def picture(texts: list[tuple[int, int, int, str]], seed: int = 1, width: int = 640, height: int = 360) -> Bgr:
    """White, thinly outlined text over a soft random background, through JPEG q80 as a screenshot is."""
    rng = np.random.default_rng(seed)
    base = cv2.resize(rng.integers(0, 200, (9, 16, 3), dtype=np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    image = Image.fromarray(base)
    draw = ImageDraw.Draw(image)
    for x, y, px, text in texts:
        font = ImageFont.truetype(str(find_font()), px)
        draw.text((x, y), text, font=font, fill="white", stroke_width=1, stroke_fill="black")
    _, jpeg = cv2.imencode(".jpg", np.asarray(image), [cv2.IMWRITE_JPEG_QUALITY, 80])
    decoded = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.astype(np.uint8)


TEXTS = [
    (20, 20, 16, "库存:1100"),
    (300, 30, 18, "仅剩100单"),
    (40, 120, 20, "已抢98%"),
    (300, 120, 22, "04:59"),
    (60, 220, 16, "已售1.2万+"),
    (300, 230, 24, "1.2万在线"),
    (60, 300, 18, "主播说的话"),
]


def test_detection_finds_each_line_and_encloses_it(engine: PaddleEngine) -> None:
    boxes = engine.detect(picture(TEXTS))
    assert len(boxes) == len(TEXTS)
    for x, y, px, _ in TEXTS:
        assert any(b.x <= x + 2 and b.y <= y + px and b.bottom >= y + px and b.right > x + px for b in boxes)


@pytest.mark.parametrize("size", SIZES)
def test_recognition_reads_what_is_drawn(engine: PaddleEngine, size: Size) -> None:
    whole = picture(TEXTS)
    read = {engine.recognise(box.cut(whole), size).text.replace("：", ":") for box in engine.detect(whole)}
    assert read == {text for _, _, _, text in TEXTS}


@pytest.mark.parametrize("size", SIZES)
def test_our_decoding_is_paddlexs_own_but_for_the_full_width_forms(engine: PaddleEngine, size: Size) -> None:
    from paddlex.inference.models.text_recognition.processors import CTCLabelDecode

    ours = engine._decoders[size]
    theirs = CTCLabelDecode(ours._characters[1:-1])  # it adds the blank and the space itself
    predictor = engine._recognition[size].paddlex_predictor
    seen: list[tuple[str, float]] = []

    def both(pred: Any, **options: Any) -> tuple[list[str], list[float]]:
        texts, scores = theirs([np.array(pred[0])])
        seen.append((texts[0], scores[0]))
        return ours(pred, **options)

    predictor.post_op = both
    try:
        equal = 0
        for seed in range(12):
            whole = picture([(10, 10, 8 + seed, "剩余库存1100单")], seed=seed, width=200, height=48)
            text = engine.recognise(whole, size)
            if unicodedata.normalize("NFKC", seen[-1][0]) == text.text and text.text == seen[-1][0]:
                assert text.mean_probability == pytest.approx(seen[-1][1], abs=1e-3)
                equal += 1
            assert len(ours.probabilities) == len(text.text)
            assert text.min_probability == weakest(text.text, ours.probabilities)
        assert equal >= 10
    finally:
        predictor.post_op = ours


def test_a_colon_counts_between_digits_only() -> None:
    def lowest(text: str, *probabilities: float) -> float:
        return weakest(text, np.array(probabilities, np.float32))

    assert lowest("存:92", 0.9, 0.4, 0.8, 0.95) == pytest.approx(0.8)
    assert lowest("存 :92", 0.9, 0.1, 0.4, 0.8, 0.95) == pytest.approx(0.8)
    assert lowest("04:59", 0.9, 0.9, 0.4, 0.9, 0.9) == pytest.approx(0.4)
    assert (
        lowest(
            "",
        )
        == 0.0
    )
    assert lowest(":", 0.9) == 0.0
    with pytest.raises(ValueError, match="a probability for each of 2 characters, got 1"):
        lowest("04", 0.9)


@pytest.mark.parametrize("size", SIZES)
def test_full_width_signs_and_plain_ones_are_one_sign(engine: PaddleEngine, size: Size) -> None:
    """The model halves its probability between both forms of a colon; what counts is that it is one."""
    whole = picture([(10, 10, 22, "距结束：04:59")], width=260, height=48)
    text = engine.recognise(whole, size)
    assert text.text.replace(":", "", 1) in {"距结束04:59", "距结束0459"} or text.text == "距结束:04:59"
    assert "：" not in text.text
    assert text.min_probability > 0.6


@pytest.mark.parametrize("size", SIZES)
def test_a_crop_without_text_is_an_empty_text_without_probability(engine: PaddleEngine, size: Size) -> None:
    text = engine.recognise(np.full((24, 96, 3), 90, np.uint8), size)
    assert (text.text, text.min_probability, text.mean_probability) == ("", 0.0, 0.0)


def test_an_empty_crop_is_refused(engine: PaddleEngine) -> None:
    with pytest.raises(ValueError, match="expected a crop with pixels"):
        engine.recognise(np.zeros((0, 10, 3), np.uint8), "tiny")


def test_the_digests_are_those_of_the_files(engine: PaddleEngine) -> None:
    assert len(engine.digests) == 6
    for name, digest in engine.digests.items():
        model, file = name.split("/")
        assert digest == blake3((models_dir() / f"{model}_onnx" / file).read_bytes()).hexdigest()


def test_missing_models_name_the_file_and_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEWITNESS_MODELS", str(tmp_path))
    with pytest.raises(MissingPiece, match=r"inference\.onnx.*livewitness setup"):
        PaddleEngine()


def test_boxes_clip_and_overlap() -> None:
    assert Box(-5, -5, 20, 20).within(10, 12) == Box(0, 0, 10, 12)
    assert Box(50, 0, 10, 10).within(40, 40).w == 0
    assert Box(0, 0, 10, 10).overlap(Box(5, 0, 10, 10)) == 0.5
    assert Box(0, 0, 10, 10).overlap(Box(20, 0, 10, 10)) == 0.0
    assert Box(10, 10, 4, 4).grown(2, 1) == Box(8, 9, 8, 6)
