"""A reading run that is stopped while a picture is being read: its log is closed, and nothing that was read is lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.clock import SystemClock
from crawler.readers.ocr import Bgr, Box, PaddleEngine, Size, Text
from crawler.readers.reading_run import Closed, ReadingRun
from crawler.readers.runs import screenshot_readings_in
from crawler.simroom.lettering import find_font
from evidence_store.entries import Attachment, Draft, EntryType, StoredEntry
from evidence_store.store import Store
from evidence_store.verify import verify

SECOND = 1_000_000_000
PICTURES = 4


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


class Interrupted:
    """The real engine; in the middle of its n-th call the run is closed, as a signal does it from another thread."""

    def __init__(self, engine: PaddleEngine, at: int) -> None:
        self._engine = engine
        self._left = at
        self.run: ReadingRun | None = None
        self.closed: Closed | None = None

    @property
    def digests(self) -> Mapping[str, str]:
        return self._engine.digests

    def detect(self, bgr: Bgr) -> list[Box]:
        self._count()
        return self._engine.detect(bgr)

    def recognise(self, crop: Bgr, size: Size) -> Text:
        self._count()
        return self._engine.recognise(crop, size)

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0 and self.run is not None:
            self.closed = self.run.close("stopped", lambda read_to: PICTURES - (0 if read_to is None else read_to))


def picture(second: int) -> bytes:
    image = Image.new("RGB", (480, 240), (70, 80, 90))
    font = ImageFont.truetype(str(find_font()), 20)
    ImageDraw.Draw(image).text((60, 60), f"库存:{37 - second}", font=font, fill="white")
    ImageDraw.Draw(image).text((60, 160), f"已抢{60 + second}%", font=font, fill="white")
    return bytes(cv2.imencode(".jpg", np.asarray(image)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())


def captured(store: Store) -> tuple[str, list[StoredEntry]]:
    writer = store.open_log("capture", case="case 1", subject="a room", body={})
    for second in range(PICTURES):
        shot = (Attachment("picture", "image/jpeg", picture(second)),)
        writer.submit(Draft(EntryType.SCREEN, second * SECOND, second * SECOND, {}, shot)).result(10)
    writer.close("done", {})
    with store.reader(writer.log) as reader:
        return writer.log, list(reader.entries(types={str(EntryType.SCREEN)}))


@pytest.mark.parametrize("at", range(2, 20, 2))
def test_a_run_that_is_stopped_in_the_middle_of_a_picture_closes_its_log(
    tmp_path: Path, engine: PaddleEngine, at: int
) -> None:
    with Store.create(tmp_path / "store") as store:
        log, entries = captured(store)
        interrupted = Interrupted(engine, at)
        run = interrupted.run = ReadingRun(store, log, interrupted, SystemClock())
        for entry in entries:
            if not run.picture(entry):
                break
        closed = interrupted.closed or run.close("stopped", lambda _: 0)
        readings = screenshot_readings_in(store, run.log)
    assert closed.read + closed.left == PICTURES
    # Every picture that counts as read has its two counters' rows, whatever became of their values.
    if closed.read > 1:
        assert {r.entry for r in readings} == {entry.index for entry in entries[: closed.read]}
    assert verify(tmp_path / "store").ok
