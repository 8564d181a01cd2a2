"""One look at a field: the change gate, then the line boxed anew, read and weighed (data path 5)."""

from __future__ import annotations

from crawler.readers.cascade import LineReader, Look
from crawler.readers.counters import Counter
from crawler.readers.fields import Field, Frame, Rules
from crawler.readers.lines import find_line, joined
from crawler.readers.ocr import Box, Engine
from crawler.readers.pixels import difference, grey
from crawler.readers.plausibility import Seen, follows
from crawler.readers.readings import Reading, Status
from crawler.readers.weighing import Weigher


class FieldReader:
    """Looks at fields. Holds no state of its own beyond the engine: all state is in the `Field`."""

    def __init__(self, engine: Engine, lines: LineReader, rules: Rules) -> None:
        self._engine = engine
        self._lines = lines
        self._rules = rules
        self._weigher = Weigher(lines)

    def look(self, field: Field, frame: Frame) -> list[Reading]:
        """Look at a field on a picture. The readings may be of the picture before: a new value waits for this look."""
        if self._unchanged(field, frame):
            return self._weigher.unchanged(field, frame)
        before = field.pending.seen if field.pending else field.seen

        def expects(counter: Counter) -> bool:
            return before is not None and follows(before, Seen(counter, frame.wall_ns, field.box))

        line = self._same_extent(field, frame) or find_line(self._engine, frame.pixels, field.box)
        if line is None:
            passed = self._weigher.passed(field) if self._passed_on(field, frame) else []
            return [*passed, *self._weigher.unreadable(field, frame, field.box, None)]
        look = self._lines.read(frame.pixels, line, field.known, field.trust, expects)
        last = field.looked
        another = look.chosen is not None and last is not None and last.counter not in (None, look.chosen.counter)
        if another and self._same_ink(field, frame):
            field.ink, field.ink_misled = None, True
        gone = look.chosen is None and not look.contradictory and self._passed_on(field, frame)
        return [*(self._weigher.passed(field) if gone else ()), *self._weigher.weigh(field, frame, line, look)]

    def _passed_on(self, field: Field, frame: Frame) -> bool:
        """Whether the only value of a field is gone from its place and stands elsewhere on its row: it passes."""
        waits = field.pending
        if waits is None or field.seen is not None or waits.missed:
            return False
        line = waits.newest.box
        height, width = frame.pixels.shape[:2]
        row = Box(0, line.y - line.h, width, 3 * line.h).within(width, height)
        if not (row.w and row.h):
            return False
        for found in joined(self._engine.detect(row.cut(frame.pixels)), 0.4):
            box = Box(found.x + row.x, found.y + row.y, found.w, found.h)
            if not 0.8 * line.w < box.w < 1.25 * line.w or box.overlap(line) > 0.5:
                continue
            if self._lines.recognise(frame.pixels, box, "tiny", "tight").counter == waits.seen.counter:
                return True
        return False

    def weigh(self, field: Field, frame: Frame, line: Box, look: Look) -> list[Reading]:
        """As `look`, of a line that was read already."""
        return self._weigher.weigh(field, frame, line, look)

    def confirmed_by(self, field: Field, earlier: list[Reading]) -> list[Reading]:
        """After looking at earlier pictures: what waits in the field, if one of them showed it too."""
        waiting = field.pending.reading if field.pending else None
        if waiting is None or not any(r.status is Status.ACCEPTED and r.says_the_same(waiting) for r in earlier):
            return []
        return self._weigher.confirmed(field, "pictures")

    def settled(self, field: Field) -> list[Reading]:
        """The field is looked at no more: decide on what waits."""
        return self._weigher.settled(field)

    def _same_extent(self, field: Field, frame: Frame) -> Box | None:
        """The line's box at the last look, when what stood left and right of it still does: it can't have grown."""
        last = field.looked
        if last is None or last.counter is None or field.unreadable_in_row or field.held or not last.fits(frame.pixels):
            return None
        area, line = last.box, last.line
        if line.x - area.x < line.h // 3 or area.right - line.right < line.h // 3:
            return None
        now = grey(frame.pixels, area)
        sides = ((0, line.x - area.x), (line.right - area.x, area.w))
        if all(difference(last.pixels[:, a:b], now[:, a:b]) < self._rules.sides for a, b in sides):
            return line
        if field.ink is None:
            return None
        before, after = last.colours, area.cut(frame.pixels)
        return None if any(field.ink.came_or_went(before[:, a:b], after[:, a:b]) for a, b in sides) else line

    def _unchanged(self, field: Field, frame: Frame) -> bool:
        last = field.looked
        if last is None or field.held or not last.fits(frame.pixels):
            return False
        if abs(frame.wall_ns - last.wall_ns) >= self._rules.look_every_s * 1e9:
            return False
        if difference(last.pixels, grey(frame.pixels, last.box)) < self._rules.gate:
            return True
        # What waits is confirmed by equal pixels, or by being read again: ink that looks alike is less than either.
        return not field.unreadable_in_row and field.pending is None and self._same_ink(field, frame)

    def _same_ink(self, field: Field, frame: Frame) -> bool:
        last = field.looked
        if last is None or field.ink is None or not last.fits(frame.pixels):
            return False
        return field.ink.same(last.close(last.colours), last.close(last.box.cut(frame.pixels)))
