"""A field: a place on the screen that shows a kind of counter, followed from picture to picture (data path 5)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from dataclasses import field as default

from crawler.readers.cascade import Look
from crawler.readers.counters import Counter, Kind
from crawler.readers.ink import Ink
from crawler.readers.ocr import Bgr, Box
from crawler.readers.pixels import Gray, grey
from crawler.readers.plausibility import Seen
from crawler.readers.readings import Reading
from crawler.readers.trust import Trust

RECENT = 16  # values


@dataclass(frozen=True, slots=True)
class Rules:
    """When to look at a known field."""

    gate: float = 20.0  # blurred difference (0 to 255) under which the pixels count as unchanged
    sides: float = 10.0  # the same, left and right of a line, under which it has not grown
    look_every_s: float = 3.0  # a look is forced after this long, whatever the gate says
    gone_after_s: float = 10.0  # a field without a legal counter for this long is no longer looked at


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture on its way through the readers."""

    entry: int
    wall_ns: int
    pixels: Bgr


@dataclass(frozen=True, slots=True)
class Ground:
    """The pixels around a line, kept with their place on the picture. A copy: it never holds a whole picture."""

    pixels: Bgr
    box: Box

    @classmethod
    def around(cls, line: Box, picture: Bgr) -> Ground:
        """One line height more on every side, as far as the picture goes."""
        box = line.grown(line.h, line.h).within(picture.shape[1], picture.shape[0])
        return cls(box.cut(picture).copy(), box)

    def place(self, box: Box) -> Box:
        """A box of the picture in this piece's own pixels."""
        return Box(box.x - self.box.x, box.y - self.box.y, box.w, box.h)


@dataclass(frozen=True, slots=True)
class Looked:
    """The pixels of the last look, to which the gate compares."""

    wall_ns: int
    line: Box
    box: Box  # of `pixels`: the line with room for one digit more on either side
    pixels: Gray
    near: Box  # the line with little room, in which its ink is compared
    colours: Bgr  # under `box`
    counter: Counter | None  # what was read there

    @classmethod
    def at(cls, line: Box, frame: Frame, counter: Counter | None) -> Looked | None:
        """The pixels of a look at a line; null when the line does not lie on the picture."""
        height, width = frame.pixels.shape[:2]
        box = line.grown(line.h // 2, 2).within(width, height)
        near = line.grown(line.h // 4, 1).within(width, height)
        if not (near.w and near.h):
            return None
        return cls(frame.wall_ns, line, box, grey(frame.pixels, box), near, box.cut(frame.pixels).copy(), counter)

    def close(self, colours: Bgr) -> Bgr:
        """The part of the pixels under `box` that lies under `near`."""
        x, y = self.near.x - self.box.x, self.near.y - self.box.y
        return colours[y : y + self.near.h, x : x + self.near.w]

    def fits(self, picture: Bgr) -> bool:
        """Whether a picture is large enough to have this place."""
        height, width = picture.shape[:2]
        return bool(self.box.right <= width and self.box.bottom <= height)


@dataclass(frozen=True, slots=True)
class Pending:
    """A value on its first picture. It counts once the next look at the field has been had, one way or the other."""

    seen: Seen
    reading: Reading  # as accepted, seen once
    look: Look
    ground: Ground
    missed: int = 0  # looks since then that could read nothing
    again: tuple[Reading, ...] = ()  # looks that read the same and did not decide: a bare clock's, a passing text's

    @property
    def newest(self) -> Seen:
        """The value where it was read last."""
        return Seen(self.seen.counter, self.again[-1].wall_ns, self.again[-1].box) if self.again else self.seen


@dataclass(slots=True)
class Field:
    """What is known of one field. Owned by one `ScreenReader`; changed by `FieldReader` and `Weigher` only."""

    id: str
    kind: Kind
    box: Box  # where the line stood when it last made sense
    seen: Seen | None = None  # the last accepted value
    ground: Ground | None = None  # the pixels around it then
    pending: Pending | None = None
    held: list[Seen] = default(default_factory=list)  # doubted values since the last accepted one, newest last
    trust: Trust = default(default_factory=Trust)
    looked: Looked | None = None
    ink: Ink | None = None  # the colour of the text, once two pictures with one value have told it
    passed: bool = False  # its text crossed the picture, and has not stood since
    counted: bool = False  # a countdown has been seen to count down
    ink_misled: bool = False  # it once said "unchanged" of another value: never again in this field
    clear_ns: int = 0  # when a legal counter was last read here
    accepted: int = 0
    unreadable_in_row: int = 0
    # Of the last values, which were on one picture only and not believed: the field moves while it changes.
    refused: deque[bool] = default(default_factory=lambda: deque(maxlen=RECENT))

    @property
    def known(self) -> Counter | None:
        """The value that the next look may find again."""
        newest = self.pending.seen if self.pending else self.seen
        return newest.counter if newest else None

    def ghost(self) -> Field:
        """A copy for looking at earlier pictures, newest first, without disturbing this one."""
        newest = self.pending or self
        return Field(self.id, self.kind, self.box, newest.seen, newest.ground, trust=self.trust, counted=self.counted)
