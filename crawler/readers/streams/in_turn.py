"""A turn at the cores for each picture, and an end between two (data path 5)."""

from __future__ import annotations

import threading
from collections.abc import Callable

from crawler.readers.ocr import Bgr
from crawler.readers.readings import Reading
from crawler.readers.streams.video_readings import PixelReader
from crawler.readers.turns import Turns


class Stopped(Exception):
    """Somebody asked for an early end."""


class InTurn:
    """A reader that takes a turn at the cores for each picture, and reads none after it was stopped."""

    def __init__(self, reader: PixelReader, turns: Turns | None, stop: threading.Event) -> None:
        self._reader = reader
        self._turns = turns
        self._stop = stop

    def read_pixels(
        self, entry: int, wall_ns: int, pixels: Bgr, again: Callable[[], Bgr] | None = None
    ) -> list[Reading]:
        if self._stop.is_set():
            raise Stopped
        if self._turns is None:
            return self._reader.read_pixels(entry, wall_ns, pixels, again)
        with self._turns.take(self._stop) as mine:
            if not mine:
                raise Stopped
            return self._reader.read_pixels(entry, wall_ns, pixels, again)

    def finish(self) -> list[Reading]:
        return self._reader.finish()

    def unsettled(self) -> list[Reading]:
        return self._reader.unsettled()
