"""Searching a picture, or places of it, for counters that no field follows yet (data path 5).

Each line is read once: what was no counter is not read again while it looks the same. Lines among the chat are what
viewers write, and give nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler.readers.cascade import LineReader, Look
from crawler.readers.chat_area import ChatArea, Line
from crawler.readers.counters import resembles
from crawler.readers.fields import Frame
from crawler.readers.lines import find_line, gap, joined, same_line, union
from crawler.readers.ocr import Box, Engine
from crawler.readers.pixels import Gray, difference, grey

MOST_LINES = 400  # of one search; a page with more is no live room, and each costs 7 ms
REACH = 1.5  # line heights from a searched place's border within which a line may go on beyond it
BEHIND = 2.5  # line heights behind a counter in which another digit of it may stand that was not found
DIGIT = 0.75  # line heights that a box with one digit is narrower than
CLOSE = 0.6  # line heights within which a single digit behind a counter belongs to it: painted boards have up to 0.4
APART = 1.2  # line heights within which it may
CHAT_AGAIN_S = 25.0  # after this long the lines in a chat area are read again, to see whether it still is one


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came upon."""

    counters: tuple[tuple[Box, Look], ...]
    unsure: tuple[
        Box, ...
    ]  # lines that made a counter of which no reading was sure: the next picture may show it better
    skipped: int  # lines that looked as they did when they were found to be no counter
    beyond: int  # lines beyond MOST_LINES
    chat: int  # lines among the chat


@dataclass(frozen=True, slots=True)
class _Plain:
    """A line that was no counter when it was last searched, so that it is not read again while it looks the same."""

    box: Box
    pixels: Gray
    text: str


class Searcher:
    """Owned by one `ScreenReader`; remembers plain lines and the chat's place, for pictures of one size."""

    def __init__(self, engine: Engine, lines: LineReader, gate: float) -> None:
        self._engine = engine
        self._lines = lines
        self._gate = gate
        self._plain: list[_Plain] = []
        self._boxes: list[Box] = []  # of all lines, as last found
        self._chat = ChatArea()

    def whole(self, frame: Frame, taken: Sequence[Box]) -> Found:
        """Search the whole picture; `taken`: where fields are followed."""
        boxes = self._detected(frame, Box(0, 0, frame.pixels.shape[1], frame.pixels.shape[0]))
        self._boxes = []
        return self._read(frame, boxes, taken, kept=[])

    def places(self, frame: Frame, places: Sequence[Box], taken: Sequence[Box]) -> Found:
        """Search some places of the picture; what was found elsewhere before still stands."""
        chat = [place for place in places if self._chat.covers(place, frame.wall_ns)]
        places = [place for place in places if place not in chat]
        boxes = [line for place in places for line in self._whole_lines(frame, place)]
        kept = [old for old in self._plain if not any(old.box.overlap(place) > 0.5 for place in places)]
        found = self._read(frame, boxes, taken, kept)
        return replace(found, chat=found.chat + len(chat))

    def again(self, frame: Frame, lines: Sequence[Box], taken: Sequence[Box]) -> Found:
        """Read lines anew of which nothing was sure on the picture before."""
        self._plain = [old for old in self._plain if not any(old.box.overlap(line) > 0.5 for line in lines)]
        boxes = [found for line in lines if (found := find_line(self._engine, frame.pixels, line)) is not None]
        return self._read(frame, boxes, taken, list(self._plain))

    def _whole_lines(self, frame: Frame, place: Box) -> list[Box]:
        """The lines of a place, each as far as it goes: where only a part of it changed, the place has that part."""
        found: list[Box] = []
        for part in self._detected(frame, place):
            inside = part.x - place.x > REACH * part.h and place.right - part.right > REACH * part.h
            line = part if inside else find_line(self._engine, frame.pixels, part)
            if line is not None and not any(line.overlap(other) > 0.5 for other in found):
                found.append(line)
        return found

    def _detected(self, frame: Frame, place: Box) -> list[Box]:
        found = self._engine.detect(place.cut(frame.pixels))
        return joined([Box(box.x + place.x, box.y + place.y, box.w, box.h) for box in found], 0.4)

    def _read(self, frame: Frame, boxes: list[Box], taken: Sequence[Box], kept: list[_Plain]) -> Found:
        beyond, boxes = len(boxes[MOST_LINES:]), boxes[:MOST_LINES]
        skipped = chat = 0
        plain: list[_Plain] = kept
        counters: list[tuple[Box, Look]] = []
        unsure: list[Box] = []
        for box in boxes:
            if any(box.overlap(other) > 0.5 for other in taken):
                continue
            known = self._known_plain(frame, box)
            if known is not None:
                skipped += 1
                plain.append(known)
                continue
            if self._chat.covers(box, frame.wall_ns, since_s=CHAT_AGAIN_S):
                chat += 1
                continue
            place, look = self._first_look(frame, box, boxes)
            if look.chosen is None or look.chosen.counter is None:
                plain.append(_Plain(box, grey(frame.pixels, box), look.best.text))
                if any(each.counter is not None for each in look.candidates):
                    unsure.append(place)
            else:
                counters.append((place, look))
        self._plain = plain
        texts = [Line(p.box, p.text) for p in plain] + [Line(place, look.best.text) for place, look in counters]
        self._chat.seen(texts, frame.wall_ns)
        self._boxes = [*boxes, *(old for old in self._boxes if not any(old.overlap(box) > 0.5 for box in boxes))]
        links = [box for box in self._boxes if not any(box.overlap(other) > 0.5 for other in taken)]
        said = [each for each in counters if self._chat.joins(each[0], links, frame.wall_ns)]
        counted = tuple(each for each in counters if each not in said)
        doubtful = tuple(line for line in unsure if not self._chat.joins(line, links, frame.wall_ns))
        return Found(counted, doubtful, skipped, beyond, chat + len(said))

    def _known_plain(self, frame: Frame, box: Box) -> _Plain | None:
        """This line as it was at the last search, when it was no counter and still looks the same."""
        for old in self._plain:
            if old.box.overlap(box) > 0.8 and difference(old.pixels, grey(frame.pixels, old.box)) < self._gate:
                return old
        return None

    def _with_its_end(self, frame: Frame, box: Box, look: Look, boxes: list[Box]) -> tuple[Box, Look]:
        """A counter that ends with a digit, read once more with room behind it: a digit on a card of its own is missed.

        What stands behind it is another text, unless it is a single digit: close by it is the counter's, a little
        further nobody knows, and then nothing is sure. Costs 19 ms for each such counter that a search finds.
        """
        counter = look.chosen.counter if look.chosen is not None else None
        if counter is None or counter.kind == "statement" or not counter.form.endswith("0"):
            return box, look
        end, limit, apart = self._digits_behind(frame, box, boxes)
        height, width = frame.pixels.shape[:2]
        longer = Box(box.x, box.y, max(limit, end) - box.x, box.h).within(width, height)
        if longer.w > box.w and apart < CLOSE * box.h:
            wide = self._lines.recognise(frame.pixels, longer, "small", "tight").counter
            if wide is not None and wide.kind == counter.kind and len(wide.digits) > len(counter.digits):
                return longer, self._lines.read(frame.pixels, longer, None)
        return box, (look if end == box.right else replace(look, chosen=None, agreeing=0))

    def _digits_behind(self, frame: Frame, box: Box, boxes: list[Box]) -> tuple[int, int, int]:
        """Where the single digits behind a line end, how far nothing else stands there, and their widest gap (px)."""
        reach = round(BEHIND * box.h)
        end, limit, apart = box.right, box.right + reach, 0
        behind = (o for o in (*boxes, *self._boxes) if box.right - box.h / 2 < o.x and box.right < o.right)
        for other in sorted(behind, key=lambda o: o.x):
            if other.right <= end or not box.y < other.y + other.h / 2 < box.bottom:
                continue
            narrow = other.w < DIGIT * box.h and other.x - end < APART * box.h
            if not (narrow and self._lines.recognise(frame.pixels, other, "tiny", "tight").text.strip().isdigit()):
                return end, min(limit, other.x), apart
            end, limit, apart = other.right, other.right + reach, max(apart, other.x - end)
        return end, limit, apart

    def _first_look(self, frame: Frame, box: Box, boxes: list[Box]) -> tuple[Box, Look]:
        """Read a line that is no field yet; a number that stands apart from its words is tried together with them."""
        first = self._lines.recognise(frame.pixels, box, "tiny", "tight")
        if first.counter is not None or resembles(first.text):
            return self._with_its_end(frame, box, self._lines.read(frame.pixels, box, None), boxes)
        nothing = Look((first,), None, 0)
        if not first.text.strip().isdigit():
            return box, nothing
        for other in boxes:
            if other != box and same_line(box, other) and 0 <= gap(box, other) < 1.5 * box.h:
                both = union(box, other)
                words = self._lines.recognise(frame.pixels, other, "tiny", "tight")
                wider = self._lines.recognise(frame.pixels, both, "tiny", "tight")
                if wider.counter is not None and words.counter is None:  # else it has a number of its own
                    return self._with_its_end(frame, both, self._lines.read(frame.pixels, both, None), boxes)
        return box, nothing
