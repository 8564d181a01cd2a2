"""Reading counters from a sequence of pictures (data path 5): finds fields, follows them, reads them.

The whole picture is searched at the start, every 15 s, when the scene changes and when a field was lost; a place of it
where something new stands on a page that is still. In between each known field is looked at in its neighbourhood only.
A field found late is looked for on the pictures of the last 16 s too, so that what it showed before it was found is not
lost: `read` then returns readings of earlier entries.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from dataclasses import field as default
from itertools import count

from crawler.readers.arrivals import Arrivals
from crawler.readers.cascade import LineReader, Thresholds
from crawler.readers.counters import Counter
from crawler.readers.fields import Field, Frame, Rules
from crawler.readers.looking import FieldReader
from crawler.readers.ocr import Bgr, Box, Engine
from crawler.readers.pictures import decode
from crawler.readers.pixels import Gray, scene_change, thumbnail
from crawler.readers.readings import Reading, Status
from crawler.readers.searching import Found, Searcher
from crawler.readers.weighing import unsettled

UNSURE_TRIES = 6  # pictures on which a line is read again that made a counter of which no reading was sure
UNSURE_MOST = 4  # such lines of one search: each costs 30 ms
LOST_MOST = 12  # unreadable looks after which a lost field is no reason to search any more
MOST_FIELDS = 64  # followed at once
AWAY_S = 60.0  # a counter that comes back to its place after longer is another one
PASSING_LOOKS = 2  # unreadable looks after which what was seen once only is gone; digits may be sliding at one
MOVED_S = 6.0  # a counter that was lost longer ago and stands elsewhere now is another one


@dataclass(frozen=True, slots=True)
class ScreenRules:
    """How a sequence of pictures is searched and read."""

    search_every_s: float = 15.0
    search_missing_s: float = 10.0  # the same while a counter is missing that was there within the last minute
    search_least_s: float = 2.0  # never search more often than this, whatever is lost
    scene: float = 25.0  # mean thumbnail difference (0 to 255) that counts as another scene
    look_back_s: float = 16.0
    look_back_pictures: int = 64  # at most
    thresholds: Thresholds = default(default_factory=Thresholds)
    field: Rules = default(default_factory=Rules)


@dataclass(slots=True)
class Tally:
    """What was done and what was left out, since the start."""

    pictures: int = 0
    searches: int = 0
    places_searched: int = 0  # of pages that are still, where something new stood
    looks: int = 0
    not_looked: int = 0
    lines_skipped: int = 0  # lines of a search that looked as they did when they were found to be no counter
    lines_beyond: int = 0  # lines and counters beyond what is followed at once
    chat_lines: int = 0  # lines among the chat: what viewers write is not what the shop displays


class ScreenReader:
    """Takes pictures one by one, in order of time, and returns readings. Not safe from several threads."""

    def __init__(self, engine: Engine, rules: ScreenRules | None = None) -> None:
        self._engine = engine
        self._rules = rules or ScreenRules()
        self._lines = LineReader(engine, self._rules.thresholds)
        self._reader = FieldReader(engine, self._lines, self._rules.field)
        self._active: list[Field] = []
        self._gone: list[Field] = []
        self._numbers = count(1)
        self._past: deque[tuple[int, int, Callable[[], Bgr]]] = deque(maxlen=self._rules.look_back_pictures)
        self._scene: Gray | None = None
        self._searched_ns: int | None = None
        self._searcher = self._new_searcher()
        self._arrivals = Arrivals()
        self._unsure: list[tuple[Box, int]] = []  # lines to be read again, and how often yet
        self._usual_change = 0.0
        self._last: Frame | None = None
        self._shape: tuple[int, ...] | None = None
        self._patience_s = self._rules.search_least_s
        self.tally = Tally()

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that are looked at now."""
        return tuple(self._active)

    def read(self, entry: int, wall_ns: int, jpeg: bytes) -> list[Reading]:
        """Read one picture. `entry` is its index in the capture log, `wall_ns` its time (Unix nanoseconds).

        The readings may be of earlier pictures: a new value waits for the next look at its field.

        Raises:
            PictureError: the bytes do not decode; the reader's state is as before.
        """
        return self.read_pixels(entry, wall_ns, decode(jpeg), lambda: decode(jpeg))

    def read_pixels(
        self, entry: int, wall_ns: int, pixels: Bgr, again: Callable[[], Bgr] | None = None
    ) -> list[Reading]:
        """Read one decoded picture. `again` decodes it once more, for looking back; without it nobody looks back."""
        frame = Frame(entry, wall_ns, pixels)
        self.tally.pictures += 1
        resized = self._resized(pixels.shape)
        readings = resized + [reading for field in self._active for reading in self._reader.look(field, frame)]
        places = self._arrivals.on(pixels, wall_ns, [field.box for field in self._active])
        if self._must_search(frame):
            readings += self._search(frame)
        else:
            readings += self._search_places(frame, places) if places else []
            readings += self._read_again(frame)
        readings += self._retire(frame)
        if again is not None:
            self._past.append((entry, wall_ns, again))
            while abs(wall_ns - self._past[0][1]) > self._rules.look_back_s * 1e9:
                self._past.popleft()
        self._last = frame
        return self._counted(readings)

    def finish(self) -> list[Reading]:
        """No picture follows: search the last one, and decide on the values that wait for another."""
        last, self._last = self._last, None
        found = self._search(last) if last is not None and self._searched_ns != last.wall_ns else []
        return self._counted([*found, *self._settled()])

    def _new_searcher(self) -> Searcher:
        return Searcher(self._engine, self._lines, self._rules.field.gate)

    def _settled(self) -> list[Reading]:
        return [reading for field in self._active for reading in self._reader.settled(field)]

    def _resized(self, shape: tuple[int, ...]) -> list[Reading]:
        """A picture of another size: nothing stands where it stood, so everything is searched anew."""
        before, self._shape = self._shape, shape
        if before is None or before == shape:
            return []
        readings = self._settled()
        self._gone = [*self._gone, *self._active][-MOST_FIELDS:]
        self._active, self._searcher, self._arrivals = [], self._new_searcher(), Arrivals()
        self._past.clear()
        self._searched_ns = None
        return readings

    def unsettled(self) -> list[Reading]:
        """The values that wait, as no values, for a reader that is stopped in the middle. Safe beside `read`."""
        return [reading for field in list(self._active) for reading in unsettled(field)]

    def waiting(self) -> list[Reading]:
        """The values that wait for another look, as they would be accepted. Safe beside `read`."""
        return [field.pending.reading for field in list(self._active) if field.pending is not None]

    def _counted(self, readings: list[Reading]) -> list[Reading]:
        spared = sum(r.status is Status.NOT_LOOKED for r in readings)
        self.tally.not_looked += spared
        self.tally.looks += len(readings) - spared
        return readings

    def _must_search(self, frame: Frame) -> bool:
        scene, self._scene = self._scene, thumbnail(frame.pixels)
        if scene is None or self._searched_ns is None:
            return True
        since = (frame.wall_ns - self._searched_ns) / 1e9
        if 0 <= since < self._rules.search_least_s:
            return False
        if self._cut(scene_change(scene, self._scene)):
            self._patience_s = self._rules.search_least_s
            return True
        away = (field for field in self._gone if abs(frame.wall_ns - field.clear_ns) < AWAY_S * 1e9)
        missing = any(field.accepted > 1 for field in away)
        every_s = self._rules.search_missing_s if missing else self._rules.search_every_s
        if since < 0 or since >= every_s:  # below 0: the clock was set back
            return True
        lost = [field for field in self._active if 2 <= field.unreadable_in_row <= LOST_MOST and field.accepted > 1]
        if sum(field.unreadable_in_row == 2 for field in lost) > 1:  # several at once: another scene after all
            self._patience_s = self._rules.search_least_s
        if not lost or since < self._patience_s:
            return False
        # A counter that flips or lies under something is lost again and again: each search in vain waits longer.
        self._patience_s = min(2 * self._patience_s, self._rules.search_every_s)
        return True

    def _cut(self, change: float) -> bool:
        """Whether this is another scene: much changed, and much more than from picture to picture before."""
        usual, self._usual_change = self._usual_change, self._usual_change + 0.2 * (change - self._usual_change)
        return change > max(self._rules.scene, 2 * usual)

    def _search(self, frame: Frame) -> list[Reading]:
        """Search the whole picture for counters that no field follows yet."""
        self._searched_ns = frame.wall_ns
        self.tally.searches += 1
        self._arrivals.searched(frame.pixels)
        self._unsure = []
        return self._followed(self._searcher.whole(frame, self._taken), frame)

    def _search_places(self, frame: Frame, places: list[Box]) -> list[Reading]:
        """Search where something new stands on a page that is still."""
        self.tally.places_searched += len(places)
        return self._followed(self._searcher.places(frame, places, self._taken), frame)

    def _read_again(self, frame: Frame) -> list[Reading]:
        """Read the lines anew that a search before was not sure of, a few times each."""
        due, self._unsure = self._unsure, []
        if not due:
            return []
        found = self._searcher.again(frame, [line for line, _ in due], self._taken)
        left = {line: tries - 1 for line in found.unsure for old, tries in due if old.overlap(line) > 0.5}
        readings = self._followed(replace(found, unsure=()), frame)
        self._unsure = [(line, tries) for line, tries in left.items() if tries > 0] + self._unsure
        return readings

    @property
    def _taken(self) -> list[Box]:
        return [field.box for field in self._active if not field.unreadable_in_row]

    def _followed(self, search: Found, frame: Frame) -> list[Reading]:
        """Make fields of what a search has found, and look back for each."""
        self.tally.lines_skipped += search.skipped
        self.tally.lines_beyond += search.beyond
        self.tally.chat_lines += search.chat
        self._unsure += [(line, UNSURE_TRIES) for line in search.unsure][:UNSURE_MOST]
        taken = self._taken
        readings: list[Reading] = []
        found: list[tuple[Field, int]] = []
        for place, look in search.counters:
            if look.chosen is None or look.chosen.counter is None or any(place.overlap(box) > 0.5 for box in taken):
                continue
            if len(self._active) >= MOST_FIELDS:
                self.tally.lines_beyond += 1
                continue
            field = self._field_for(place, look.chosen.counter, frame.wall_ns)
            found.append((field, field.clear_ns))
            self._patience_s = self._rules.search_least_s
            readings += self._reader.weigh(field, frame, place, look)
            taken.append(place)
        return readings + self._look_back(found, frame)

    def _field_for(self, place: Box, counter: Counter, wall_ns: int) -> Field:
        """The lost field of this kind that moved here, the one that went from here, or a new one."""
        away = [f for f in self._gone if abs(wall_ns - f.clear_ns) < AWAY_S * 1e9]
        lost = [f for f in self._active if f.unreadable_in_row] + away
        # What stands where a counter of this kind stood is that counter, perhaps in part: its history must be heard.
        alike = [f for f in lost if f.kind == counter.kind and f.box.overlap(place) > 0.3] or [
            f
            for f in lost
            if f.seen is not None
            and abs(wall_ns - f.clear_ns) < MOVED_S * 1e9
            and (f.seen.counter.kind, f.seen.counter.form) == (counter.kind, counter.form)
            and 0.7 * place.h < f.box.h < 1.4 * place.h
        ]
        crossed = any(f.passed and f.kind == counter.kind and abs(wall_ns - f.clear_ns) < MOVED_S * 1e9 for f in lost)
        if not alike:
            field = Field(f"{counter.kind}-{next(self._numbers)}", counter.kind, place, passed=crossed)
            self._active.append(field)
            return field
        field = min(alike, key=lambda f: abs(f.box.x - place.x) + abs(f.box.y - place.y))
        if field in self._gone:
            self._gone.remove(field)
            self._active.append(field)
        if field.box.overlap(place) == 0:
            field.ground = None  # it moved: its old surroundings say nothing about the new place
        return field

    def _look_back(self, found: list[tuple[Field, int]], frame: Frame) -> list[Reading]:
        """Look for new fields on the pictures before this one, newest first, until each is not there or was known."""
        ghosts = looked = [(field, field.ghost(), known_until) for field, known_until in found]
        back: dict[str, list[Reading]] = {}
        for entry, wall_ns, again in reversed(self._past):
            if entry == frame.entry:
                continue  # the picture that was searched: it confirms nothing of itself
            if frame.wall_ns - wall_ns > self._rules.look_back_s * 1e9:
                break
            ghosts = [g for g in ghosts if wall_ns > g[2] and g[1].unreadable_in_row < 2]
            if not ghosts:
                break
            earlier = Frame(entry, wall_ns, again())
            for _, ghost, _ in ghosts:
                back.setdefault(ghost.id, []).extend(self._reader.look(ghost, earlier))
        readings: list[Reading] = []
        for field, ghost, _ in looked:
            earlier_ones = [*back.get(ghost.id, ()), *self._reader.settled(ghost)]
            field.passed = field.passed or (ghost.passed and field.seen is None)
            readings += self._reader.confirmed_by(field, earlier_ones) + earlier_ones
        return [r for r in readings if r.status is not Status.UNREADABLE]

    def _retire(self, frame: Frame) -> list[Reading]:
        """Stop looking at places without a counter for long; soon when it was seen once only (a passing line)."""
        limit = self._rules.field.gone_after_s * 1e9
        readings: list[Reading] = []
        for field in list(self._active):
            passing = field.accepted < 2 and field.unreadable_in_row >= PASSING_LOOKS
            if passing or abs(frame.wall_ns - field.clear_ns) > limit:
                readings += self._reader.settled(field)
                self._active.remove(field)
                self._gone = [*self._gone[-63:], field]
        for i, field in enumerate(list(self._active)):
            if any(field.box.overlap(other.box) > 0.6 for other in self._active[:i]) and field in self._active:
                readings += self._reader.settled(field)
                self._active.remove(field)
        return readings
