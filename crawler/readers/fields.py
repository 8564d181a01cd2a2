"""A field: a place on the screen that shows a kind of counter, followed from picture to picture (data path 5)."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as default

from crawler.readers.cascade import LineReader, Look
from crawler.readers.counters import Counter, Kind
from crawler.readers.lines import find_line
from crawler.readers.ocr import Bgr, Box, Engine
from crawler.readers.pixels import Gray, Surroundings, difference, grey, surroundings
from crawler.readers.plausibility import Seen, doubts, lifted
from crawler.readers.readings import Candidate, Ladder, Reading, Status

CLEAR = 0.9  # what is left of a digit lowers the probability: fewer digits than before need a clear recognition
KEPT_HELD = 8  # doubted values that are remembered


@dataclass(frozen=True, slots=True)
class Rules:
    """When to look at a known field."""

    gate: float = 20.0  # blurred difference (0 to 255) under which the pixels count as unchanged
    look_every_s: float = 3.0  # a look is forced after this long, whatever the gate says
    gone_after_s: float = 10.0  # a field without a legal counter for this long is no longer looked at


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture on its way through the readers."""

    entry: int
    wall_ns: int
    pixels: Bgr


@dataclass(slots=True)
class Field:
    """What is known of one field. Owned by one `ScreenReader`; changed by `FieldReader` only."""

    id: str
    kind: Kind
    box: Box  # where the line stood when it last made sense
    seen: Seen | None = None  # the last accepted value
    ground: Bgr | None = None  # the pixels around it then, under `ground_box`
    ground_box: Box | None = None
    held: list[Seen] = default(default_factory=list)  # doubted values since the last accepted one, newest last
    looked_ns: int = 0
    looked: Gray | None = None  # the pixels at the last look, for the gate
    looked_box: Box | None = None
    clear_ns: int = 0  # when a legal counter was last read here
    looks: int = 0
    accepted: int = 0
    unreadable_in_row: int = 0


class FieldReader:
    """Looks at fields. Holds no state of its own beyond the engine: all state is in the `Field`."""

    def __init__(self, engine: Engine, lines: LineReader, rules: Rules) -> None:
        self._engine = engine
        self._lines = lines
        self._rules = rules

    def look(self, field: Field, frame: Frame) -> Reading:
        """Look at a field on a picture: gate, box the line anew, read it, weigh it."""
        if self._unchanged(field, frame):
            return Reading(frame.entry, frame.wall_ns, field.id, field.kind, Status.NOT_LOOKED, field.box)
        line = find_line(self._engine, frame.pixels, field.box)
        if line is None:
            return self._unreadable(field, frame, field.box, None)
        known = field.seen.counter if field.seen else None
        return self.weigh(field, frame, line, self._lines.read(frame.pixels, line, known))

    def weigh(self, field: Field, frame: Frame, line: Box, look: Look) -> Reading:
        """Accept what was read, or hold it back, and remember it in the field."""
        if look.chosen is None or look.chosen.counter is None or look.chosen.counter.kind != field.kind:
            if look.contradictory:
                self._looked(field, frame, line)
                return self._reading(field, frame, Status.DISAGREE, line, look, ("recognitions differ",))
            return self._unreadable(field, frame, line, look)
        field.unreadable_in_row = 0
        field.clear_ns = frame.wall_ns
        now = Seen(look.chosen.counter, frame.wall_ns, line)
        against = self._doubts(field, frame, now)
        clear = max(c.min_probability for c in look.candidates if c.sure) >= CLEAR
        if against and not (lifted(against, field.held, now) and (clear or "digits lost" not in against)):
            field.held = [*field.held[-KEPT_HELD:], now]
            self._looked(field, frame, line)
            return self._reading(field, frame, Status.DISAGREE, line, look, against)
        pictures = 1 + (field.seen is not None and field.seen.counter == now.counter) + bool(against)
        field.seen, field.held, field.box = now, [], line
        field.ground_box = line.grown(line.h, line.h).within(frame.pixels.shape[1], frame.pixels.shape[0])
        field.ground = field.ground_box.cut(frame.pixels)
        field.accepted += 1
        self._looked(field, frame, line)
        return self._accepted(field, frame, line, look, pictures, against)

    def _doubts(self, field: Field, frame: Frame, now: Seen) -> tuple[str, ...]:
        if field.seen is None:
            return ()
        around = Surroundings()
        if field.ground is not None and field.ground_box is not None:
            area = field.ground_box
            if area.within(frame.pixels.shape[1], frame.pixels.shape[0]) == area:
                old, new = (Box(b.x - area.x, b.y - area.y, b.w, b.h) for b in (field.seen.box, now.box))
                around = surroundings(field.ground, area.cut(frame.pixels), old, new)
        return doubts(field.seen, now, around)

    def _unchanged(self, field: Field, frame: Frame) -> bool:
        if field.looked is None or field.looked_box is None or field.unreadable_in_row or field.held:
            return False
        if abs(frame.wall_ns - field.looked_ns) >= self._rules.look_every_s * 1e9:
            return False
        box = field.looked_box
        if box.right > frame.pixels.shape[1] or box.bottom > frame.pixels.shape[0]:
            return False
        return difference(field.looked, grey(frame.pixels, box)) < self._rules.gate

    def _looked(self, field: Field, frame: Frame, line: Box) -> None:
        """Remember the pixels of this look, with room for one digit more on either side."""
        area = line.grown(line.h // 2, 2).within(frame.pixels.shape[1], frame.pixels.shape[0])
        field.looked, field.looked_box, field.looked_ns = grey(frame.pixels, area), area, frame.wall_ns
        field.looks += 1

    def _unreadable(self, field: Field, frame: Frame, line: Box, look: Look | None) -> Reading:
        field.unreadable_in_row += 1
        self._looked(field, frame, line)
        return self._reading(field, frame, Status.UNREADABLE, line, look, ())

    def _accepted(
        self, field: Field, frame: Frame, line: Box, look: Look, pictures: int, against: tuple[str, ...]
    ) -> Reading:
        chosen = look.chosen
        if chosen is None or chosen.counter is None:
            raise AssertionError("a reading was accepted without a counter: expected weigh() to have checked it")
        counter: Counter = chosen.counter
        two = pictures > 1 or look.agreeing > 1
        return Reading(
            entry=frame.entry,
            wall_ns=frame.wall_ns,
            field=field.id,
            kind=field.kind,
            status=Status.ACCEPTED,
            box=line,
            text=chosen.text,
            value=counter.exact,
            lo=counter.lo,
            hi=counter.hi,
            min_probability=chosen.min_probability,
            model=chosen.model,
            ladder=Ladder.TWO if two else Ladder.ONCE,
            agreed_by=("pictures" if pictures > 1 else "readings") if two else None,
            doubts=against,
            candidates=look.candidates,
        )

    def _reading(
        self, field: Field, frame: Frame, status: Status, line: Box, look: Look | None, against: tuple[str, ...]
    ) -> Reading:
        best: Candidate | None = look.best if look else None
        return Reading(
            entry=frame.entry,
            wall_ns=frame.wall_ns,
            field=field.id,
            kind=field.kind,
            status=status,
            box=line,
            text=best.text if best else "",
            min_probability=best.min_probability if best else 0.0,
            model=best.model if best else None,
            doubts=against,
            candidates=look.candidates if look else (),
        )
