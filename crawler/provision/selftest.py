"""The pieces together: the chosen browser draws a line of text, and the OCR models read it from the screenshot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from crawler.provision.models import MODEL_FILES
from crawler.provision.piece import StepResult, own_command
from crawler.provision.record import BrowserRecord

LINE = "仅剩37单 已售1.2万"
SURE = 0.8  # a clean line on plain ground is read at over 0.95; the cascade of the readers asks for more than this
_RECOGNISERS = ("PP-OCRv6_tiny_rec", "PP-OCRv6_small_rec")
_PAGE = '<body style="margin:0"><p id="line" style="display:inline-block;margin:0;padding:6px;font:32px sans-serif">{}'


def fingerprint(browser: BrowserRecord) -> str:
    """What a passed self-test stands for: this browser file and these models. Another one asks for another test."""
    models = "+".join(file.sha256[:8] for file in MODEL_FILES)
    return f"{browser.path}:{browser.size}:{browser.mtime_ns}:{models}"


def run(browser: Path, models: Path) -> StepResult:
    """Draw, photograph, read (about 10 s, most of it imports). Synchronous Playwright: not inside an event loop."""
    picture = _photograph(browser)
    for name in _RECOGNISERS:
        text, score = _read(picture, name, models)
        if text.replace(" ", "") != LINE.replace(" ", "") or score < SURE:
            found = f"{name} read {text!r} ({score:.2f}) where the browser drew {LINE!r}"
            return StepResult("self-test", ok=False, found=found, remedy=own_command("doctor"))
    return StepResult("self-test", ok=True, found=f"the browser drew {LINE!r}, both models read it")


def _photograph(browser: Path) -> bytes:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=browser, chromium_sandbox=os.geteuid() != 0)
        page = running.new_page()
        page.set_content(_PAGE.format(LINE))
        picture = page.locator("#line").screenshot()
        running.close()
    return picture


def _read(picture: bytes, name: str, models: Path) -> tuple[str, float]:
    # Before the import: paddlex looks for model hubs on the network otherwise.
    os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
    import cv2
    import numpy as np
    from paddleocr import TextRecognition

    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    recogniser = TextRecognition(
        model_name=name,
        model_dir=str(models / f"{name}_onnx"),
        engine="onnxruntime",
        device="cpu",
        engine_config={"intra_op_num_threads": 1, "inter_op_num_threads": 1},
    )
    read: dict[str, Any] = recogniser.predict([pixels], batch_size=1)[0]
    return str(read["rec_text"]), float(read["rec_score"])
