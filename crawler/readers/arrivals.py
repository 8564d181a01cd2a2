"""Where something new stands on a page that is still there (data path 5; pure).

A search of the whole picture costs as much as thirty lines, so it comes every so often; a notice that comes and goes in
between would never be seen. Here the picture is compared at an eighth of its size with what was searched last. A place
that hardly changed for a while, looks different now, and rests, is worth a search of its own. Places that move all the
time (the video) say nothing this way: there the search of the whole picture has to do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from crawler.readers.ocr import Bgr, Box
from crawler.readers.pixels import Gray

SCALE = 8  # px of the picture to a cell
OTHER = 18  # grey difference (0 to 255) from which a cell looks different
RESTS = 8  # the same, under which it rests from one picture to the next
HISTORY = 16  # pictures
MOVED_MOST = 1  # times that a cell may have moved among them: when what is new there came. What drifts never steps
OLD_ENOUGH = 4  # pictures before anything is said of a place
AGAIN_S = 10.0  # a place is searched again after this long at the soonest
LEAST = (4, 2)  # cells, width and height
LARGEST = 0.15  # part of the picture that may be searched at once: more is another scene
MOST = 1  # places of a picture: each costs the detector 5 to 20 ms

Cells = NDArray[np.bool_]


class Arrivals:
    """Hears of each picture in turn. Owned by one `ScreenReader`; pictures are of one size."""

    def __init__(self) -> None:
        self._last: Gray | None = None
        self._moved: deque[Cells] = deque(maxlen=HISTORY)
        self._known: list[Gray] = []  # as it looked when it was searched, newest first; and before that
        self._asked_ns: NDArray[np.int64] | None = None

    def on(self, picture: Bgr, wall_ns: int, followed: Sequence[Box]) -> list[Box]:
        """The places of this picture to search, in its pixels; never where a field is `followed`."""
        now = _small(picture)
        last, self._last = self._last, now
        if last is None or self._asked_ns is None or not self._known:
            return []
        step = cv2.absdiff(last, now)
        self._moved.append(np.asarray(step >= RESTS, np.bool_))
        if len(self._moved) < OLD_ENOUGH:
            return []
        steps = np.sum(self._moved, axis=0)
        new = np.all([cv2.absdiff(known, now) >= OTHER for known in self._known], axis=0)
        due = wall_ns - self._asked_ns >= AGAIN_S * 1e9
        found = new & (steps > 0) & (steps <= MOVED_MOST) & due & (step < RESTS) & ~_under(followed, now.shape)
        return self._places(np.asarray(found, np.bool_), wall_ns, picture)

    def searched(self, picture: Bgr) -> None:
        """The whole picture was searched: this is what it looks like."""
        now = _small(picture)
        self._known = [now, *self._known[:1]]
        if self._asked_ns is None:
            self._asked_ns = np.full(now.shape, np.iinfo(np.int64).min // 2, np.int64)

    def _places(self, cells: Cells, wall_ns: int, picture: Bgr) -> list[Box]:
        if not cells.any() or self._asked_ns is None:
            return []
        # Letters are a cell apart or two, lines of one notice as well.
        joined = cv2.dilate(cells.astype(np.uint8), np.ones((3, 7), np.uint8))
        count, _, measures, _ = cv2.connectedComponentsWithStats(joined)
        height, width = picture.shape[:2]
        places = []
        for x, y, w, h, _ in measures[1:count].tolist():
            if w < LEAST[0] + 6 or h < LEAST[1] + 2 or w * h > LARGEST * cells.size:
                continue
            places.append(Box(x * SCALE, y * SCALE, w * SCALE, h * SCALE).grown(SCALE, SCALE).within(width, height))
            self._asked_ns[y : y + h, x : x + w] = wall_ns
            if len(places) == MOST:
                break
        return places


def _small(picture: Bgr) -> Gray:
    """The picture, grey, a pixel for each cell; every fourth pixel will do."""
    part = np.ascontiguousarray(picture[::2, ::2])
    size = (max(1, picture.shape[1] // SCALE), max(1, picture.shape[0] // SCALE))
    return np.asarray(cv2.cvtColor(cv2.resize(part, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY), np.uint8)


def _under(boxes: Sequence[Box], shape: tuple[int, ...]) -> Cells:
    cells = np.zeros(shape, np.bool_)
    for box in boxes:
        room = box.grown(box.h, box.h // 2)
        top, left = max(0, room.y // SCALE), max(0, room.x // SCALE)
        cells[top : room.bottom // SCALE + 1, left : room.right // SCALE + 1] = True
    return cells
