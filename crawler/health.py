"""Rules that turn looks at the page into gaps and seen seconds. Pure: no clock, no page.

A second counts as seen only when the video's time advances, its picture is not covered or black, and it is still the
same broadcast. A gap begins at the last moment that was surely good, so that its range covers the whole fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.gaps import Cause
from crawler.platforms import Sight

STALL_SECONDS = 2.0  # shorter waits are buffering as any viewer sees it
GRACE_SECONDS = 8.0  # a player may take this long to begin; a longer wait counts from its beginning
COVERED_MORE = 0.15  # of the video's box, beyond what the room's own furniture covers
BLACK_LUMA = 12  # of 255, on the screen: black after JPEG; a dark scene with any light in it is above
BLACK_PART = (
    0.9  # of the middle of the video; its rims may be bars of another shape of picture, or the page's own cards
)
CHAT_SILENCE_FACTOR = 40  # silence is told against the room's own pace
CHAT_SILENCE_SECONDS = (5.0, 120.0)  # bounds of what may count as silence
CHAT_PACE_FRAMES = 20  # frames before a room has a pace


@dataclass(frozen=True, slots=True)
class Turn:
    """A cause that begins (`good_ns`: last surely good moment) or ends (`good_ns`: first good moment)."""

    cause: Cause
    begins: bool
    good_ns: int


@dataclass(slots=True)
class VideoHealth:
    """Follows the video through looks and pictures."""

    seen_ns: int = 0
    _last: Sight | None = None
    _began_ns: int | None = None  # first look at this document
    _started: bool = False  # its video has moved at least once
    _advanced_ns: int | None = None  # last look at which its time had advanced
    _ok_ns: dict[Cause, int] = field(default_factory=dict)
    _bad: set[Cause] = field(default_factory=set)
    _furniture: float = 1.0

    def look(self, sight: Sight) -> list[Turn]:
        """Judge one look against the one before."""
        at, video, last = sight.mono_ns, sight.video, self._last
        self._last = sight
        if self._began_ns is None:
            self._began_ns = at
        advanced = last is not None and _advances(last, sight)
        self._started = self._started or advanced
        if not self._started and (at - self._began_ns) / 1e9 < GRACE_SECONDS:
            return []
        turns = self._judge(Cause.NO_VIDEO, at, bad=video is None)
        if video is None:
            return turns
        turns += self._judge(Cause.VIDEO_PAUSED, at, bad=video.paused)
        self._furniture = min(self._furniture, video.covered)
        turns += self._judge(Cause.COVERED, at, bad=video.covered > self._furniture + COVERED_MORE)
        if advanced:
            self._advanced_ns = at
        good_ns = self._advanced_ns or self._began_ns
        if advanced or video.paused:
            turns += self._judge(Cause.VIDEO_STALLED, at, bad=False)
        elif (at - good_ns) / 1e9 >= STALL_SECONDS:
            self._ok_ns[Cause.VIDEO_STALLED] = good_ns
            turns += self._judge(Cause.VIDEO_STALLED, at, bad=True)
        if advanced and last is not None and not self._bad:
            self.seen_ns += at - last.mono_ns
        return turns

    def picture(self, dark_part: float, at: int) -> list[Turn]:
        """Judge the middle of the video in a picture: how much of it is at most `BLACK_LUMA`.

        Not before the video has moved: until its first picture every player is black.
        """
        if not self._started:
            return []
        return self._judge(Cause.BLACK, at, bad=dark_part >= BLACK_PART)

    def restart(self) -> list[Turn]:
        """A new document or browser: its video starts from nothing, and what was bad of the old one is over."""
        turns = [Turn(cause, begins=False, good_ns=0) for cause in sorted(self._bad)]
        self._bad.clear()
        self._ok_ns.clear()
        self._last = self._began_ns = self._advanced_ns = None
        self._started = False
        return turns

    @property
    def good(self) -> bool:
        """The video moves and nothing is wrong with it."""
        return self._started and not self._bad and self._last is not None and self._advanced_ns == self._last.mono_ns

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """Where the video was at the last look."""
        return self._last.video.box if self._last is not None and self._last.video is not None else None

    def _judge(self, cause: Cause, at: int, *, bad: bool) -> list[Turn]:
        if not bad:
            self._ok_ns[cause] = at
            if cause in self._bad:
                self._bad.discard(cause)
                return [Turn(cause, begins=False, good_ns=at)]
            return []
        if cause in self._bad:
            return []
        self._bad.add(cause)
        return [Turn(cause, begins=True, good_ns=self._ok_ns.get(cause, self._began_ns or at))]


@dataclass(slots=True)
class ChatPace:
    """Tells silence from a quiet room: no frame for forty times the room's own mean interval."""

    frames: int = 0
    _first_ns: int | None = None
    _last_ns: int = 0
    silent: bool = False

    def look(self, frames: int, last_frame_ns: int | None, now_ns: int) -> list[Turn]:
        """`frames` received so far, when the newest came, and now."""
        turns: list[Turn] = []
        if last_frame_ns is not None and frames > self.frames:
            self._first_ns = self._first_ns or last_frame_ns
            self.frames, self._last_ns = frames, last_frame_ns
            if self.silent:
                self.silent = False
                turns.append(Turn(Cause.CHAT_SILENT, begins=False, good_ns=last_frame_ns))
        limit = self.limit_seconds
        if limit is not None and not self.silent and (now_ns - self._last_ns) / 1e9 > limit:
            self.silent = True
            turns.append(Turn(Cause.CHAT_SILENT, begins=True, good_ns=self._last_ns))
        return turns

    @property
    def limit_seconds(self) -> float | None:
        """Silence longer than this is a gap; None while the room has no pace yet."""
        if self.frames < CHAT_PACE_FRAMES or self._first_ns is None or self._last_ns <= self._first_ns:
            return None
        mean = (self._last_ns - self._first_ns) / 1e9 / self.frames
        low, high = CHAT_SILENCE_SECONDS
        return min(high, max(low, CHAT_SILENCE_FACTOR * mean))


def _advances(last: Sight, sight: Sight) -> bool:
    """Media time moved while it played (a paused player that seeks shows nothing new), and pictures were decoded."""
    if last.video is None or sight.video is None or sight.video.paused or sight.video.time == last.video.time:
        return False
    return sight.video.frames != last.video.frames or not sight.video.frames
