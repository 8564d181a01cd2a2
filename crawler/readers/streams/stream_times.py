"""What is known of each stream's times: arrivals, offset, and pictures that tell it where arrival does not (pure)."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.readers.streams.alignment import Alignment, Screenshot
from crawler.readers.streams.decoding import VideoFrame
from crawler.readers.streams.offset import MOST_BUFFER_NS, Arrival, Offset, estimate, possible, shown_at
from crawler.readers.streams.playhead import Look, Playhead, Shown

MOST_ARRIVALS = 40
ARRIVALS_APART_US = 400_000
ARRIVALS_FOR_ALIGNMENT = 3
SETTLING_NS = 2_000_000_000
SHOTS_FOR_A_TRY = 2  # new ones since the last
MOST_STREAMS = 32
MOST_SHOTS = 8192  # screenshots that may still be asked for their pixels: a name and two times each


@dataclass(slots=True)
class _Stream:
    first_us: int
    arrivals: deque[Arrival] = field(default_factory=lambda: deque(maxlen=MOST_ARRIVALS))
    offset: Offset | None = None
    alignment: Alignment | None = None
    aligned: Offset | None = None
    tried: int = 0

    @property
    def told(self) -> bool:
        """Whether the offset is known by more than arrival."""
        return self.offset is not None and self.offset.rule != "arrival"


class StreamTimes:
    """Follows streams and screenshots. `every(stream, on)`: asked for every picture of a stream while it is aligned."""

    def __init__(self, playhead: Playhead, every: Callable[[int, bool], None]) -> None:
        self._playhead = playhead
        self._every = every
        self._streams: OrderedDict[int, _Stream] = OrderedDict()
        self._shots: deque[tuple[Screenshot, Look]] = deque(maxlen=MOST_SHOTS)

    @property
    def offsets(self) -> dict[int, Offset]:
        """What is known of each stream, by its number."""
        return {number: stream.offset for number, stream in self._streams.items() if stream.offset is not None}

    @property
    def told(self) -> bool:
        """Whether the offset of each stream so far is known by more than arrival."""
        return bool(self._streams) and all(stream.told for stream in self._streams.values())

    def shot(self, shot: Screenshot, look: Look) -> None:
        """A picture of the page; its pixels are asked for only while a stream has to be aligned."""
        self._shots.append((shot, look))
        for stream in self._streams.values():
            if stream.alignment is not None and stream.aligned is None:
                stream.alignment.shot(shot, look)

    def learn(self, frame: VideoFrame, first_us: int) -> None:
        """A decoded picture; its stream's first one was at `first_us`."""
        number = frame.piece.stream
        stream = self._streams.get(number)
        if stream is None:
            stream = self._streams[number] = _Stream(first_us)
            if len(self._streams) > MOST_STREAMS:
                self._streams.popitem(last=False)
        if not stream.arrivals or abs(frame.media_us - stream.arrivals[-1].media_us) >= ARRIVALS_APART_US:
            stream.arrivals.append(arrival_of(frame))
        if stream.alignment is not None and stream.alignment.wants_frames:
            stream.alignment.frame(frame.media_us, frame.bgr())
            if not stream.alignment.wants_frames:
                self._every(number, False)

    def estimate(self, number: int) -> None:
        """The stream's offset by what is known now."""
        stream = self._streams.get(number)
        if stream is None:
            return
        stream.offset = estimate(stream.arrivals, self._playhead, stream.first_us) or stream.offset
        newest = self._playhead.newest
        if stream.told or len(stream.arrivals) < ARRIVALS_FOR_ALIGNMENT or newest is None:
            return
        if newest.wall_ns < stream.arrivals[ARRIVALS_FOR_ALIGNMENT - 1].to_ns + SETTLING_NS:
            return  # it may still be told by the next looks
        if stream.aligned is not None and not possible(stream.aligned, stream.arrivals, self._playhead):
            stream.aligned = stream.alignment = None  # the player counts otherwise by now
        if stream.alignment is None:
            self._begin_alignment(number, stream)
        elif (
            stream.aligned is None
            and stream.offset is not None
            and stream.alignment.shots >= stream.tried + SHOTS_FOR_A_TRY
        ):
            if not stream.alignment.wants_frames:
                stream.tried = stream.alignment.shots
            stream.aligned = stream.alignment.solve(self._playhead, stream.offset)
        stream.offset = stream.aligned or stream.offset

    def shown(self, frame: VideoFrame) -> Shown | None:
        """As `offset.shown_at`."""
        return shown_at(arrival_of(frame), self.offset(frame.piece.stream), self._playhead)

    def offset(self, number: int) -> Offset | None:
        """What is known of one stream."""
        stream = self._streams.get(number)
        return None if stream is None else stream.offset

    def _begin_alignment(self, number: int, stream: _Stream) -> None:
        stream.alignment, stream.tried = Alignment(), 0
        self._every(number, True)
        since = stream.arrivals[0].from_ns
        for shot, look in self._shots:
            if since <= shot.from_ns <= since + 2 * MOST_BUFFER_NS:
                stream.alignment.shot(shot, look)


def arrival_of(frame: VideoFrame) -> Arrival:
    """When a picture's bytes came."""
    return Arrival(frame.media_us, frame.piece.from_ns, frame.piece.to_ns)
