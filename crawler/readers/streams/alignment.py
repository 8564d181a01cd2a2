"""Finds a player's offset by the pictures themselves, pure: which picture of the video does a screenshot show.

Needed where arrival leaves more than one way open (`offset`): some players count from a playlist's position. Every
picture of a few seconds is compared, small and grey, with the video's part of each screenshot; by the median over the
pixels, so that what the page draws over the video does not count. Measured on the simulated room: 4 grey levels for the
picture that is on the screenshot, 16 to 24 for others. A screenshot that fits several moments about as well (a still
scene), or was taken at another time, gives no vote; an offset is taken only when several votes say the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crawler.readers.ocr import Bgr
from crawler.readers.streams.offset import Offset
from crawler.readers.streams.placing import picture_box
from crawler.readers.streams.playhead import Look, Playhead

SMALL = (36, 64)  # px, width and height
ENOUGH_US = 5_000_000  # of media, every picture
MOST_FRAMES = 400
MOST_SHOTS = 120
APART_US = 400_000  # moments further apart than this are different ones
CLEARER = 1.5  # by how much the best moment must fit better than any different one
AGREEING = 3  # votes that must say the same, and be most of all
TOGETHER_US = 250_000
# A screenshot shows the picture that the compositor had when the call began, up to this much older than its element's
# time (measured: 40 to 200 ms before the middle of the call).
OLDER_US = 150_000
FRAME_US = 40_000

Small = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Screenshot:
    """A picture of the page, taken between two wall times; `pixels` decodes it when they are needed."""

    from_ns: int
    to_ns: int
    pixels: Callable[[], Bgr]


def small(pixels: Bgr) -> Small:
    """A picture as it is compared: grey, 36x64."""
    grey = cv2.cvtColor(cv2.resize(pixels, SMALL, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return np.asarray(grey, np.float32)


class Alignment:
    """Collects pictures of one stream and screenshots, until they say the offset."""

    def __init__(self) -> None:
        self._frames: dict[int, Small] = {}
        self._shots: deque[tuple[int, int, Small]] = deque(maxlen=MOST_SHOTS)
        self._votes: dict[int, int | None] = {}  # by the screenshot: the picture that it shows
        self.shots = 0  # so far

    @property
    def wants_frames(self) -> bool:
        """Whether it needs more pictures of the video."""
        span = max(self._frames) - min(self._frames) if self._frames else 0
        return span < ENOUGH_US and len(self._frames) < MOST_FRAMES

    def frame(self, media_us: int, pixels: Bgr) -> None:
        """A picture of the video."""
        if self.wants_frames:
            self._frames[media_us] = small(pixels)

    def shot(self, shot: Screenshot, look: Look) -> None:
        """A screenshot, and where the video was on it. Says nothing when part of the video lies outside."""
        box = picture_box(look)
        pixels = shot.pixels()
        if box.within(pixels.shape[1], pixels.shape[0]) == box and box.w >= SMALL[0] and box.h >= SMALL[1]:
            self.shots += 1
            self._shots.append((shot.from_ns, shot.to_ns, small(box.cut(pixels))))

    def solve(self, playhead: Playhead, bounds: Offset) -> Offset | None:
        """The offset within these bounds, as an interval; None while the screenshots do not agree on one."""
        if self.wants_frames:
            return None
        votes: list[tuple[int, int]] = []
        for from_ns, to_ns, pixels in self._shots:
            if from_ns not in self._votes:
                self._votes[from_ns] = self._shown_on(pixels)
            own, first, last = self._votes[from_ns], playhead.element_at(from_ns), playhead.element_at(to_ns)
            if own is None or first is None or last is None:
                continue
            vote = (first[0] - first[1] - OLDER_US - own, last[0] + last[1] - own)
            if vote[1] >= bounds.low_us and vote[0] <= bounds.high_us:
                votes.append(vote)
        return _agreed(votes)

    def _shown_on(self, pixels: Small) -> int | None:
        """The media time of the picture that a screenshot shows; None when it might be any of several."""
        times = np.array(sorted(self._frames), np.int64)
        differs = np.array([np.median(np.abs(self._frames[int(us)] - pixels)) for us in times])
        best = int(differs.argmin())
        others = differs[np.abs(times - times[best]) > APART_US]
        clear = others.size and float(others.min()) > CLEARER * max(float(differs[best]), 1.0)
        return int(times[best]) if clear else None


def _agreed(votes: list[tuple[int, int]]) -> Offset | None:
    """The interval of the largest group of votes that lie together, if it is most of them and large enough."""
    middles = sorted((low + high) // 2 for low, high in votes)
    groups = [[m for m in middles if low <= m <= low + TOGETHER_US] for low in middles]
    group = max(groups, key=len, default=[])
    if len(group) < AGREEING or 2 * len(group) <= len(votes):
        return None
    of = [vote for vote in votes if group[0] <= (vote[0] + vote[1]) // 2 <= group[-1]]
    # The true offset lies in each of them; where they leave no common part, in what lies between.
    low, high = max(low for low, _ in of), min(high for _, high in of)
    return Offset(min(low, high) - FRAME_US, max(low, high) + FRAME_US, "pictures")
