"""Whether what was read at a field counts: at once, with the next picture, or not (data path 5).

A new value waits for the next look at its field. If that shows the same, or pixels that did not change, both pictures
carry it ("two agree"). If not, it was on one picture only, where a digit may have been caught while it slid or flipped:
then both models must be clear about it on two crops, and it is listed as seen once; otherwise it is kept as a row that
is no value. A countdown needs no waiting where its last value says what it must show by now.
"""

from __future__ import annotations

from dataclasses import replace

from crawler.readers.cascade import LineReader, Look
from crawler.readers.counters import Counter
from crawler.readers.fields import Field, Frame, Ground, Looked, Pending
from crawler.readers.ink import ink_of
from crawler.readers.lines import union
from crawler.readers.ocr import Box
from crawler.readers.pixels import Surroundings, surroundings
from crawler.readers.plausibility import Seen, doubts, follows, lifted, passes, remarks
from crawler.readers.readings import Agreement, Ladder, Reading, Status

CLEAR = 0.9  # what is left of a digit lowers the probability: fewer digits than before need a clear recognition
STOOD_THERE = 0.3  # overlap with the place of the value before from which that place is read as a whole
KEPT_HELD = 8  # doubted values that are remembered
MISSED_MOST = 2  # unreadable looks after which a waiting value is on its own
# Lowest character probability of each recognition that carries a value on one picture only:
LONE = 0.9
LONE_FITTING = 0.7  # it lies on the way from the value before to the next one
LONE_ODD = 0.97  # it does not
REFUSED_MOST = 2  # from this many refused lone values on, a field is taken to move while it changes

STILL_S = 3.0  # a countdown shows another second by then
STANDS_STILL = "a clock that was not seen counting down"
ALONE_ON_PICTURE = "on one picture only"
READING_ENDED = "reading ended before another look"
PASSES = "passes over the picture"
PASSING_MOST = 3  # further looks at a text that passes before its waiting values are given up


class Weigher:
    """Decides on looks. All state is in the `Field`."""

    def __init__(self, lines: LineReader) -> None:
        self._lines = lines

    def unchanged(self, field: Field, frame: Frame) -> list[Reading]:
        """The gate saw the same pixels as at the last look: what waits was on two pictures."""
        if field.unreadable_in_row:  # what could not be read then can't be read now, and confirms nothing
            return [no_value(field, frame, Status.UNREADABLE, field.box, None, ())]
        waits, last = field.pending, field.looked
        same = (
            waits is not None
            and last is not None
            and last.counter == waits.seen.counter
            and not _stands_still(field, waits.seen.counter)
        )
        spared = Reading(frame.entry, frame.wall_ns, field.id, field.kind, Status.NOT_LOOKED, field.box)
        return [*(self.confirmed(field, "pictures") if same else ()), spared]

    def unreadable(self, field: Field, frame: Frame, line: Box, look: Look | None) -> list[Reading]:
        """Nothing legal could be read."""
        field.unreadable_in_row += 1
        remember(field, frame, line)
        if field.pending is None and field.unreadable_in_row == 1 and field.seen is not None:
            field.refused.append(True)  # a flip or a slide, perhaps
        return [*self._missed(field), no_value(field, frame, Status.UNREADABLE, line, look, ())]

    def weigh(self, field: Field, frame: Frame, line: Box, look: Look) -> list[Reading]:
        """Accept what was read, let it wait or hold it back, and remember it in the field."""
        self._learn(field, look)
        if look.chosen is None or look.chosen.counter is None or look.chosen.counter.kind != field.kind:
            if look.contradictory:
                remember(field, frame, line)
                row = no_value(field, frame, Status.DISAGREE, line, look, ("recognitions differ",))
                return [*self._missed(field), row]
            return self.unreadable(field, frame, line, look)
        field.unreadable_in_row = 0
        field.clear_ns = frame.wall_ns
        now = Seen(look.chosen.counter, frame.wall_ns, line)
        last = field.looked
        crosses = (
            last is not None and last.counter is not None and passes(Seen(last.counter, last.wall_ns, last.line), now)
        )
        found: list[Reading] = []
        if field.pending is not None:
            before = field.pending.seen
            if before.counter == now.counter and _stands_still(field, now.counter):
                remember(field, frame, line, now.counter)
                return self._still(field, accepted(field, frame, line, look, None, ()))
            if passes(field.pending.newest, now):
                remember(field, frame, line, now.counter)
                return self._passing(field, accepted(field, frame, line, look, None, ()))
            if before.counter == now.counter:
                found = self.confirmed(field, "pictures")
            elif follows(before, now):
                field.counted = True
                found = self.confirmed(field, "neighbours")
            else:
                found = self.settled(field, now.counter)
        remember(field, frame, line, now.counter)
        return [*found, *self._new(field, frame, line, look, now, crosses=crosses)]

    def _still(self, field: Field, again: Reading) -> list[Reading]:
        """A bare clock that shows the same once more: it waits until it counts down, and not for long."""
        waits = field.pending
        if waits is None:
            return []
        field.pending = waits = replace(waits, again=(*waits.again, again))
        if abs(again.wall_ns - waits.reading.wall_ns) <= STILL_S * 1e9:
            return []
        field.pending = None
        return [_refused(each, waits.look, STANDS_STILL) for each in (waits.reading, *waits.again)]

    def _passing(self, field: Field, again: Reading) -> list[Reading]:
        """The same text, far from where it stood a moment ago: it waits until it stands, and not for long."""
        waits = field.pending
        if waits is None:
            return []
        field.box = again.box
        field.pending = waits = replace(waits, again=(*waits.again, again))
        return self.passed(field) if len(waits.again) >= PASSING_MOST else []

    def passed(self, field: Field) -> list[Reading]:
        """What waits was a comment that crosses the picture, or the like: no value."""
        waits, field.pending, field.passed = field.pending, None, True
        return [] if waits is None else [_refused(each, waits.look, PASSES) for each in (waits.reading, *waits.again)]

    def _missed(self, field: Field) -> list[Reading]:
        """A look that gave no value, while one waits."""
        if field.pending is None:
            return []
        field.pending = replace(field.pending, missed=field.pending.missed + 1)
        return self.settled(field) if field.pending.missed >= MISSED_MOST else []

    def settled(self, field: Field, then: Counter | None = None) -> list[Reading]:
        """What waits is on one picture only: believe it as seen once, or keep it as no value.

        `then` is what was read next, null when nothing was.
        """
        pending, field.pending = field.pending, None
        if pending is None:
            return []
        bare = _stands_still(field, pending.seen.counter)
        if pending.again and not bare:
            field.pending = pending
            return self.passed(field)
        look, line = pending.look, pending.ground.place(pending.seen.box)
        if len(look.candidates) == 1:
            look = self._lines.second(pending.ground.pixels, line, look)
            self._learn(field, look)
        if bare:
            return [_refused(each, look, STANDS_STILL) for each in (pending.reading, *pending.again)]
        if field.passed:
            return [_refused(pending.reading, look, PASSES)]
        if _stands_alone(field, pending.seen, then, look):
            self.believe(field, pending.seen, pending.ground)
            return [replace(pending.reading, candidates=look.candidates)]
        field.refused.append(True)
        return [_refused(pending.reading, look, ALONE_ON_PICTURE)]

    def _new(self, field: Field, frame: Frame, line: Box, look: Look, now: Seen, *, crosses: bool) -> list[Reading]:
        before = field.seen
        if before is not None and before.counter == now.counter and _stands_still(field, now.counter):
            return [no_value(field, frame, Status.DISAGREE, line, look, (STANDS_STILL,))]
        moved_on = crosses or (before is not None and passes(before, now))
        if before is not None and before.counter == now.counter and not field.held and not moved_on:
            self.believe(field, now, Ground.around(line, frame.pixels))
            return [accepted(field, frame, line, look, "pictures", ())]
        against = self._doubts(field, frame, now)
        clear = max(c.min_probability for c in look.candidates if c.sure) >= CLEAR
        fewer = "digits lost" in against
        if against and not (
            lifted(against, field.held, now) and (not fewer or (clear and self._fewer_there_too(field, frame, now)))
        ):
            field.held, field.box = [*field.held[-KEPT_HELD:], now], line
            return [no_value(field, frame, Status.DISAGREE, line, look, against)]
        if against or (before is not None and before.counter == now.counter and not moved_on):
            self.believe(field, now, Ground.around(line, frame.pixels))
            return [accepted(field, frame, line, look, "pictures", against)]
        if before is not None and follows(before, now):
            field.counted = True
            self.believe(field, now, Ground.around(line, frame.pixels))
            return [accepted(field, frame, line, look, "neighbours", ())]
        field.box = line
        field.held = []  # digits that come back between two looks without them slide: they are not lost
        field.passed = field.passed or moved_on
        marks = remarks(before, now) if before is not None else ()
        field.pending = Pending(
            now, accepted(field, frame, line, look, None, marks), look, Ground.around(line, frame.pixels)
        )
        return []

    def _fewer_there_too(self, field: Field, frame: Frame, now: Seen) -> bool:
        """Whether the whole place of the value before shows the new one: digits in boxes are cut off one by one."""
        before = field.seen
        if before is None or before.box.overlap(now.box) < STOOD_THERE:
            return True
        whole = self._lines.recognise(frame.pixels, union(before.box, now.box), "small", "tight")
        return whole.counter == now.counter

    def confirmed(self, field: Field, by: Agreement) -> list[Reading]:
        """What waits in the field counts, and why."""
        pending, field.pending = field.pending, None
        if pending is None:
            return []
        self.believe(field, pending.seen, pending.ground)
        return [replace(each, ladder=Ladder.TWO, agreed_by=by) for each in (pending.reading, *pending.again)]

    def believe(self, field: Field, now: Seen, ground: Ground) -> None:
        """Make this the value that later looks are compared to."""
        field.seen, field.ground, field.box = now, ground, now.box
        field.held = []
        field.passed = False
        field.accepted += 1
        field.refused.append(False)

    def _learn(self, field: Field, look: Look) -> None:
        """What both models agree on makes the small one dispensable for a while; what they differ on ends that."""
        if len(look.candidates) < 2:
            return
        if look.contradictory:
            field.trust.contradicted()
        elif (
            look.chosen is not None
            and look.chosen.counter is not None
            and {c.model for c in look.candidates if c.sure} == {"tiny", "small"}
        ):
            field.trust.agreed(look.chosen.counter)

    def _doubts(self, field: Field, frame: Frame, now: Seen) -> tuple[str, ...]:
        if field.seen is None:
            return ()
        around = Surroundings()
        if field.ground is not None:
            area = field.ground.box
            if area.within(frame.pixels.shape[1], frame.pixels.shape[0]) == area:
                old, new = field.ground.place(field.seen.box), field.ground.place(now.box)
                around = surroundings(field.ground.pixels, area.cut(frame.pixels), old, new)
        return doubts(field.seen, now, around)


def _stands_still(field: Field, counter: Counter) -> bool:
    """Whether this is a clock without a word beside it, not seen counting down so far: the time of day, perhaps."""
    bare = counter.kind == "countdown" and not any(char.isalpha() for char in counter.form)
    return bare and not field.counted


def _stands_alone(field: Field, lone: Seen, then: Counter | None, look: Look) -> bool:
    """Whether a value on one picture only may be believed: it was clear to both models, and it fits in.

    A digit that was caught while it flipped can look like another one beyond any doubt (39, 59, 40; 57, 50, 59). It
    seldom lies on the way from the value before to the next one; what does not must be clearer still, and in a field
    where nothing of the kind was seen before.
    """
    legal = [c for c in look.candidates if c.counter is not None]
    if look.chosen is None or len(legal) < 2 or any(c.counter != look.chosen.counter for c in legal):
        return False
    lowest = min(c.min_probability for c in legal)
    refused = sum(field.refused)
    if field.seen is None or _on_the_way(field.seen, lone.counter, then):
        return lowest >= (LONE if refused >= REFUSED_MOST or field.seen is None else LONE_FITTING)
    return lowest >= LONE_ODD and not refused and len(legal) == len(look.candidates)


def _on_the_way(before: Seen | None, value: Counter, then: Counter | None) -> bool:
    """Whether a value lies between the one before it and the one after it."""
    if before is None or then is None or before.counter.form != value.form or then.form != value.form:
        return False
    first, middle, last = before.counter.lo, value.lo, then.lo
    if first is None or middle is None or last is None:
        return False
    return first <= middle <= last or first >= middle >= last


def remember(field: Field, frame: Frame, line: Box, counter: Counter | None = None) -> None:
    """Keep the pixels of this look for the gate; two looks with one value tell the ink's colour."""
    last = field.looked
    if counter is not None and last is not None and counter == last.counter and last.fits(frame.pixels):
        before, now = last.close(last.colours), last.close(last.box.cut(frame.pixels))
        if not field.ink_misled and (field.ink is None or not field.ink.same(before, now)):
            field.ink = ink_of(before, now)
    field.looked = Looked.at(line, frame, counter)


def unsettled(field: Field) -> list[Reading]:
    """What waits when reading is stopped, as no value; changes nothing (safe beside a running look)."""
    pending = field.pending
    if pending is None:
        return []
    return [_refused(each, pending.look, READING_ENDED) for each in (pending.reading, *pending.again)]


def accepted(
    field: Field, frame: Frame, line: Box, look: Look, by: Agreement | None, against: tuple[str, ...]
) -> Reading:
    """The reading of a look whose chosen candidate counts."""
    chosen = look.chosen
    if chosen is None or chosen.counter is None:
        raise AssertionError("a reading was accepted without a counter: expected weigh() to have checked it")
    return Reading(
        entry=frame.entry,
        wall_ns=frame.wall_ns,
        field=field.id,
        kind=field.kind,
        status=Status.ACCEPTED,
        box=line,
        text=chosen.text,
        value=chosen.counter.exact,
        lo=chosen.counter.lo,
        hi=chosen.counter.hi,
        min_probability=chosen.min_probability,
        model=chosen.model,
        ladder=Ladder.ONCE if by is None else Ladder.TWO,
        agreed_by=by,
        doubts=against,
        candidates=look.candidates,
    )


def no_value(
    field: Field, frame: Frame, status: Status, line: Box, look: Look | None, against: tuple[str, ...]
) -> Reading:
    """A look that gives no value, with what speaks against one."""
    best = look.best if look else None
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


def _refused(reading: Reading, look: Look, why: str) -> Reading:
    return replace(
        reading,
        status=Status.DISAGREE,
        value=None,
        lo=None,
        hi=None,
        ladder=None,
        agreed_by=None,
        doubts=(*reading.doubts, why),
        candidates=look.candidates,
    )
