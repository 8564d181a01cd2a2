"""Reading the original video along a capture log: pieces and looks in, readings out (data path 5; no I/O).

Entries are handed in in the order of the log. A picture waits until the looks tell when it was on the screen; then it
is read, unless the screenshot shows it as well (`placing.better`) or it was never shown.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field

from crawler.readers.ocr import Bgr
from crawler.readers.readings import Reading
from crawler.readers.streams.alignment import Screenshot
from crawler.readers.streams.decoding import BrokenStretch, Found, VideoFrame
from crawler.readers.streams.frames import Frames
from crawler.readers.streams.offset import MOST_BUFFER_NS, Offset
from crawler.readers.streams.pieces import MediaPiece
from crawler.readers.streams.placing import better
from crawler.readers.streams.playhead import MOST_LOOKS, Look, Playhead, Shown
from crawler.readers.streams.stream_times import MOST_STREAMS, StreamTimes
from crawler.readers.streams.video_readings import PixelReader, VideoReading, video_readings
from evidence_store.entries import JSON

MOST_WAITING_BYTES = 64 << 20
MOST_PICTURES = 4096  # pictures whose values may still be settled by later ones
LOOKED_BACK_AT = 4 << 20  # larger pictures are not kept for looking back
MOST_BROKEN = 50  # broken stretches that are kept word for word


@dataclass(slots=True)
class StreamTally:
    """What was done and what was left out, since the start.

    Once it is finished, `pictures` is the sum of `read`, `not_shown`, `no_better` and `outside`.
    """

    pictures: int = 0  # decoded
    read: int = 0
    not_shown: int = 0  # they came, and the looks say that the player never showed them
    no_better: int = 0  # the screenshot shows as much
    outside: int = 0  # of the stretch that was asked for
    spared: int = 0  # not decoded: one shortly before was
    pieces_no_better: int = 0  # media entries that were not decoded because the screenshot shows as much
    broken: int = 0
    stretches: list[BrokenStretch] = field(default_factory=list)


class VideoReader:
    """Reads the pictures of the original video. Not safe from several threads.

    `stretch`: only pictures that may have been on the screen between these Unix nanoseconds (end exclusive).
    `apart_s`: of the key pictures one in so many seconds. `whatever`: read them also where the screenshot shows as much
    (a person asked for every picture).
    """

    def __init__(
        self,
        reader: PixelReader,
        *,
        keys_only: bool,
        stretch: tuple[int, int] | None = None,
        whatever: bool = False,
        apart_s: float = 0.0,
        most_looks: int = MOST_LOOKS,
    ) -> None:
        self._reader = reader
        self._keys_only = keys_only
        self._apart_us = round(apart_s * 1e6)
        self._frames = Frames(keys_only=keys_only, apart_us=self._apart_us)
        self._stretch = stretch
        self._whatever = whatever
        self._playhead = Playhead(most_looks)
        self._times = StreamTimes(self._playhead, self._every)
        self._waiting: deque[VideoFrame] = deque()
        self._waiting_bytes = 0
        self._pictures: OrderedDict[int, tuple[int, Shown]] = OrderedDict()  # by the time that the reader was told
        self._last_ns = 0
        self._queued_us: OrderedDict[int, int] = OrderedDict()  # per stream, the last picture that was to be read
        self._newest_came_ns = 0
        self.tally = StreamTally()

    @property
    def offsets(self) -> dict[int, Offset]:
        """What is known of each stream's times, by its number."""
        return self._times.offsets

    def told(self) -> dict[str, JSON]:
        """The tally and the offsets, for a closing entry."""
        return {
            "tally": {**asdict(self.tally), "stretches": [asdict(each) for each in self.tally.stretches]},
            "offsets": [
                {"stream": number, "low_us": offset.low_us, "high_us": offset.high_us, "rule": offset.rule}
                for number, offset in sorted(self.offsets.items())
            ],
        }

    def look(self, look: Look, shot: Screenshot | None = None) -> list[VideoReading]:
        """The page's video at a moment (`playhead.look_of` a `screen` entry), and the picture that was taken then.

        The picture is decoded only while the player's offset is not known without it.
        """
        self._playhead.take(look)
        if shot is not None:
            self._times.shot(shot, look)
        return self._settle()

    def calibrate(self, piece: MediaPiece, content: bytes, *, decode: bool = True) -> bool:
        """Learn a stream's times from a piece without reading it; true once they are known. Then call `begin`."""
        for what in self._frames.feed(piece, content, decode=decode):
            if isinstance(what, VideoFrame):
                self._times.learn(what, self._frames.begun.get(what.piece.stream, what.media_us))
        self._times.estimate(piece.stream)
        return self._times.told

    def begin(self) -> None:
        """Forget the pieces so far, but not what they told of times: the same ones follow again, to be read."""
        self._frames = Frames(keys_only=self._keys_only, apart_us=self._apart_us)

    def piece(self, piece: MediaPiece, content: bytes, *, decode: bool = True) -> list[VideoReading]:
        """The next media entry. Without `decode` only what later ones need of it is kept."""
        newest = self._playhead.newest
        if decode and not self._whatever and newest is not None and not better(newest):
            self.tally.pieces_no_better += 1
            decode = False
        readings = self._take(self._frames.feed(piece, content, decode=decode))
        self.tally.spared = self._frames.spared
        return readings

    def missing(self, piece: MediaPiece, why: str) -> list[VideoReading]:
        """A media entry whose bytes can't be had."""
        return self._take(self._frames.missing(piece, why))

    def finish(self) -> list[VideoReading]:
        """No entry follows: what still waits is read, or counted as not shown."""
        return [*self._take(self._frames.finish()), *self._settle(ended=True), *self._of(self._reader.finish())]

    def unsettled(self) -> list[VideoReading]:
        """For a reader that is stopped in the middle: values that wait, as no values. Safe beside the others."""
        return list(self._of(self._reader.unsettled()))

    def _every(self, stream: int, on: bool) -> None:  # noqa: FBT001 - as `StreamTimes` asks
        self._frames.decode_every(stream, on)

    def _take(self, found: Iterable[Found]) -> list[VideoReading]:
        readings: list[VideoReading] = []
        for what in found:
            if isinstance(what, BrokenStretch):
                self.tally.broken += 1
                if len(self.tally.stretches) < MOST_BROKEN:
                    self.tally.stretches.append(what)
                continue
            self._times.learn(what, self._frames.begun.get(what.piece.stream, what.media_us))
            if self._keys_only and not self._wanted(what):
                continue  # decoded for its stream's times only
            self.tally.pictures += 1
            self._newest_came_ns = max(self._newest_came_ns, what.piece.to_ns)
            self._waiting.append(what)
            self._waiting_bytes += what.nbytes
            while self._waiting_bytes > MOST_WAITING_BYTES:  # what waits longest is told by its arrival alone
                readings += self._settle(at_least=1)
        return [*readings, *self._settle()]

    def _wanted(self, frame: VideoFrame) -> bool:
        """Of a stream that is aligned every picture is decoded; of these, too, one in so many seconds is read."""
        last_us = self._queued_us.get(frame.piece.stream)
        if not frame.key or (last_us is not None and 0 <= frame.media_us - last_us < self._apart_us):
            return False
        self._queued_us[frame.piece.stream] = frame.media_us
        if len(self._queued_us) > MOST_STREAMS:
            self._queued_us.popitem(last=False)
        return True

    def _settle(self, *, ended: bool = False, at_least: int = 0) -> list[VideoReading]:
        """Read the pictures whose time is known by now, in their order."""
        readings: list[VideoReading] = []
        for number in {frame.piece.stream for frame in self._waiting}:
            self._times.estimate(number)
        while self._waiting:
            frame = self._waiting[0]
            if not (ended or at_least > 0 or self._may_be_told(frame)):
                break
            at_least -= 1
            self._waiting.popleft()
            self._waiting_bytes -= frame.nbytes
            readings += self._read(frame, self._times.shown(frame))
        return readings

    def _may_be_told(self, frame: VideoFrame) -> bool:
        """Whether looks that are still to come can't say more of when this picture was on the screen."""
        newest = self._playhead.newest
        if newest is None:
            return self._newest_came_ns > frame.piece.to_ns + MOST_BUFFER_NS
        if newest.wall_ns > frame.piece.to_ns + MOST_BUFFER_NS:
            return True
        offset = self._times.offset(frame.piece.stream)
        return offset is not None and offset.rule != "arrival" and newest.element_us > frame.media_us + offset.high_us

    def _read(self, frame: VideoFrame, shown: Shown | None) -> list[VideoReading]:
        if shown is None:
            self.tally.not_shown += 1
            return []
        if self._stretch is not None and not (
            shown.earliest_ns < self._stretch[1] and shown.latest_ns >= self._stretch[0]
        ):
            self.tally.outside += 1
            return []
        look = self._playhead.at(shown.wall_ns)
        if not self._whatever and look is not None and not better(look):
            self.tally.no_better += 1
            return []
        wall_ns = self._last_ns = max(shown.wall_ns, self._last_ns + 1)  # readers go by time, and it never turns back
        self._pictures[wall_ns] = (frame.media_us, Shown(wall_ns, shown.within_ns, shown.certain))
        if len(self._pictures) > MOST_PICTURES:
            self._pictures.popitem(last=False)
        again: Callable[[], Bgr] | None = frame.bgr if frame.nbytes <= LOOKED_BACK_AT else None
        readings = self._reader.read_pixels(frame.piece.entry, wall_ns, frame.bgr(), again)
        self.tally.read += 1
        return list(self._of(readings))

    def _of(self, readings: Iterable[Reading]) -> Iterator[VideoReading]:
        """Readings may be of earlier pictures: each finds its own by the time that the reader was told."""
        for reading in readings:
            of = self._pictures.get(reading.wall_ns)
            if of is not None:
                yield from video_readings([reading], *of)
