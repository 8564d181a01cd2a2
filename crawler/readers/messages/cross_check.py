"""Chat messages that were decoded from frames against the lines that the page showed (data path 5; pure).

Two ways lead from a viewer's words to us. Where they agree, a message rests on two sources; where they do not, either
the decoding lacks something (a line that no message explains) or the page did not show it (busy rooms drop lines, a
trimmed list is none of our loss). Each message and each line is matched at most once, a line to a message of a time
from 10 s before it to 2 s after it; the tidier form first (name, sign, text), so that "乙：1" is not taken for what
somebody else said. Lines of arrivals, likes and the like are explained by messages of their kind and counted apart.

Not matched: a name that only the frames mask; texts that a page shortens to less than 20 signs.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crawler.platforms.messages import Kind
from crawler.readers.messages.folded_lines import (
    MOST_SEPARATORS,
    OTHER_KINDS,
    answering,
    folded,
    heads,
    masked,
    may_separate,
    says,
    without_mention,
)
from crawler.readers.messages.records import ReadMessage

EARLIER_NS = 2_000_000_000  # a line may be shown this much before its message's time: clocks, and frames that wait
LATER_NS = 10_000_000_000  # pages hold lines back
MOST_BEFORE = 40  # signs before the name: level, badges, a fan club's name
MOST_NAME = 100  # signs of a name; with longer ones a message stays unmatched
MOST_ANSWERED = 45  # signs of "回复 name"
MOST_EXAMPLES = 50
SHORTENED = 20  # at least so much of a text that the page cut short
LONG = 200  # signs; longer texts are told by their beginning
MOST_READ = 600  # signs of a text, as given


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as the page showed it, and where it was kept; `stood`: it was there before anybody looked."""

    text: str
    wall_ns: int
    entry: int
    part: int
    stood: bool = False


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """What came of it. Numbers in `pairs` and the examples are indexes into what was given; no text is in it."""

    messages: int  # decoded chat messages, those that came again left out
    lines: int
    pairs: tuple[tuple[int, int], ...]  # (message, line)
    others: Mapping[Kind, int] = field(default_factory=dict)  # lines of other kinds, by what explains them
    stood: int = 0  # lines from before the watch that nothing explains: they count for nothing
    unmatched_messages: tuple[int, ...] = ()  # the first 50
    unmatched_lines: tuple[int, ...] = ()

    @property
    def matched(self) -> int:
        """Chat lines, and messages, that belong together."""
        return len(self.pairs)

    @property
    def explained(self) -> int:
        """Lines that a message explains, of whatever kind."""
        return self.matched + sum(self.others.values())

    @property
    def recall_of_frames(self) -> float | None:
        """Share of the chat lines shown that a decoded message explains; None when none was shown."""
        shown = self.lines - self.stood - sum(self.others.values())
        return self.matched / shown if shown else None

    @property
    def recall_of_lines(self) -> float | None:
        """Share of the decoded chat messages that the page was seen to show; None when none was decoded."""
        return self.matched / self.messages if self.messages else None


def compare(messages: Sequence[ReadMessage], lines: Sequence[Shown]) -> CrossCheck:
    """Match them. Either may be in any order; messages of all kinds may be given."""
    chat = [n for n, each in enumerate(messages) if each.message.kind is Kind.CHAT and not each.again]
    other = [n for n, each in enumerate(messages) if each.message.kind in OTHER_KINDS and not each.again]
    check = _Check(messages, lines)
    check.chat(chat, separated=True)
    if check.pairs:  # this site puts a sign between name and text: "甲 来了" is nobody's words
        check.other(other)
        check.chat(chat, separated=False)
    else:
        check.chat(chat, separated=False)
        check.other(other)
    check.long(chat)
    taken = set(check.pairs.values())
    unexplained = [n for n in range(len(lines)) if n not in check.explained]
    return CrossCheck(
        messages=len(chat),
        lines=len(lines),
        pairs=tuple(sorted((message, line) for line, message in check.pairs.items())),
        others=dict(check.others),
        stood=sum(lines[n].stood for n in unexplained),
        unmatched_messages=tuple(n for n in chat if n not in taken)[:MOST_EXAMPLES],
        unmatched_lines=tuple(n for n in unexplained if not lines[n].stood)[:MOST_EXAMPLES],
    )


@dataclass(slots=True)
class _Keyed:
    """Messages by the text that a line must end with and the name that must stand before it, oldest first."""

    by_text: dict[str, dict[str, deque[int]]] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)
    name_lengths: dict[str, list[int]] = field(default_factory=dict)
    longest_name: int = 0

    def add(self, keys: Iterable[tuple[str, str, int]]) -> _Keyed:
        for text, name, number in keys:
            if len(name) <= MOST_NAME:
                self.by_text.setdefault(text, {}).setdefault(name, deque()).append(number)
        self.lengths = {len(text) for text in self.by_text}
        self.name_lengths = {
            text: sorted({len(name) for name in names}, reverse=True) for text, names in self.by_text.items()
        }
        self.longest_name = max((sizes[0] for sizes in self.name_lengths.values()), default=0)
        return self


class _Check:
    """One comparison: what is folded, and what is matched so far."""

    def __init__(self, messages: Sequence[ReadMessage], lines: Sequence[Shown]) -> None:
        self._messages = messages
        self._shown = lines
        self._texts = [folded(line.text[:MOST_READ]) for line in lines]
        self._order = sorted(range(len(lines)), key=lambda n: lines[n].wall_ns)
        people = [each.message.person for each in messages]
        self._names = [folded((person.name or "")[:MOST_READ]) if person is not None else "" for person in people]
        self._words = [folded((each.message.text or "")[:MOST_READ]) for each in messages]
        self._done: set[int] = set()  # messages
        self.explained: set[int] = set()  # lines
        self.pairs: dict[int, int] = {}  # line -> message
        self.others: Counter[Kind] = Counter()

    def chat(self, numbers: Sequence[int], *, separated: bool) -> None:
        """Name before text, from the plainest form to the loosest."""
        numbers = self._in_time(numbers)
        named = [n for n in numbers if self._names[n]]
        plain = [(self._words[n], self._names[n], n) for n in named]
        self._pass(plain, separated=separated, before=0)
        if not separated:
            plain = [key for key in plain if key[0]]  # of emoji alone nothing is left: any line may end with a name
        self._pass(plain, separated=separated, before=MOST_BEFORE)
        if any("*" in self._texts[line] for line in self._open_lines()):
            masks = [(self._words[n], mask, n) for n in self._left(named) for mask in masked(self._names[n])]
            self._pass(masks, separated=separated, before=MOST_BEFORE, among=("*",))
        answers = self._answers(named)
        self._pass(answers, separated=separated, before=MOST_BEFORE)
        answers += [(self._words[n], self._names[n], n) for n in self._left(named)]
        self._pass(answers, separated=separated, before=MOST_BEFORE, among=("@", "回复"))
        nameless = [(self._words[n], "", n) for n in numbers if not self._names[n] and self._words[n]]
        self._pass(nameless, separated=separated, before=MOST_BEFORE)

    def other(self, numbers: Sequence[int]) -> None:
        """Lines that tell of arrivals, likes, ...: by the message's own words, or by name and the usual words."""
        numbers = self._in_time(numbers)
        as_words = [(self._words[n], self._names[n], n) for n in numbers if self._words[n] and self._names[n]]
        self._pass(as_words, separated=True, before=MOST_BEFORE, chat=False)  # "甲：甲赞了这个直播"
        spoken = [
            (self._words[n], "" if self._names[n] in self._words[n] or "*" in self._words[n] else self._names[n], n)
            for n in numbers
            if self._words[n]
        ]
        self._pass(spoken, separated=False, before=MOST_BEFORE, chat=False)
        by_name: dict[tuple[str, Kind], deque[int]] = {}
        lengths: dict[str, set[int]] = {}
        for n in self._left(numbers):
            for name in {self._names[n], *masked(self._names[n])} - {""}:
                by_name.setdefault((name, self._messages[n].message.kind), deque()).append(n)
                lengths.setdefault(name[:2], set()).add(len(name))
        for line in self._open_lines():
            if (found := self._teller(line, by_name, lengths)) is not None:
                self._explain(line, found, chat=False)

    def long(self, numbers: Sequence[int]) -> None:
        """Long texts by their beginning: the page may have cut them short, or we did."""
        by_start: dict[str, dict[str, deque[int]]] = {}
        for n in self._left(self._in_time(numbers)):
            if len(self._words[n]) > SHORTENED and len(self._names[n]) <= MOST_NAME:
                names = by_start.setdefault(self._words[n][:SHORTENED], {})
                names.setdefault(self._names[n], deque()).append(n)
        sizes = {start: sorted({len(name) for name in names}, reverse=True) for start, names in by_start.items()}
        for line in self._open_lines() if by_start else ():
            found = self._beginning(line, by_start, sizes)
            if found is not None:
                self._explain(line, found, chat=True)

    def _beginning(
        self, line: int, by_start: Mapping[str, Mapping[str, deque[int]]], sizes: Mapping[str, list[int]]
    ) -> int | None:
        text = self._texts[line].rstrip(".")
        for start in range(min(len(text) - SHORTENED + 1, MOST_BEFORE + MOST_NAME)):
            key = text[start : start + SHORTENED]
            if (names := by_start.get(key)) is None:
                continue
            head = text[:start].rstrip(":")
            for size in sizes[key]:
                queue = names.get(head[len(head) - size :]) if size <= len(head) <= size + MOST_BEFORE else None
                n = None if queue is None else self._first(queue, line)
                if n is not None and self._words[n].startswith(text[start:]):
                    return n
        return None

    def _pass(
        self,
        keys: Sequence[tuple[str, str, int]],
        *,
        separated: bool,
        before: int,
        among: tuple[str, ...] = (),
        chat: bool = True,
    ) -> None:
        """Match lines that have one of the signs `among` them, if any is given."""
        keyed = _Keyed().add(key for key in keys if key[2] not in self._done and len(key[0]) <= LONG)
        if not keyed.by_text:
            return
        answers = "@" in among
        for line in self._open_lines():
            best: tuple[int, int, int] | None = None  # signs before the name, where the text begins, message
            text = self._texts[line]
            if among and not any(sign in text for sign in among):
                continue
            reach = before + keyed.longest_name + MOST_SEPARATORS + (MOST_ANSWERED if answers else 0)
            for left, start, queue in self._fitting(keyed, text, reach, separated=separated, answers=answers):
                if left <= before and (best is None or (left, start) < best[:2]):
                    n = self._first(queue, line)
                    best = best if n is None else (left, start, n)
            if best is not None:
                self._explain(line, best[2], chat=chat)

    def _fitting(
        self, keyed: _Keyed, text: str, reach: int, *, separated: bool, answers: bool
    ) -> Iterator[tuple[int, int, deque[int]]]:
        """Queues of messages whose text ends the line and whose name stands before it, and how much is before that."""
        for start in range(min(len(text), reach) + 1):
            if len(text) - start not in keyed.lengths or (separated and not may_separate(text[start - 1 : start])):
                continue
            key = text[start:]
            if (names := keyed.by_text.get(key)) is None:
                continue
            for head in heads(text[:start], separated=separated):
                person = (answering(head) if answers else None) or head
                for size in keyed.name_lengths[key]:
                    if size > len(person) or (queue := names.get(person[len(person) - size :])) is None:
                        continue
                    left = person[: len(person) - size]
                    if not left.endswith(":"):  # before that stands somebody else's name
                        yield len(left), start, queue

    def _teller(
        self, line: int, by_name: Mapping[tuple[str, Kind], deque[int]], lengths: Mapping[str, set[int]]
    ) -> int | None:
        text = self._texts[line]
        for start in range(min(len(text), MOST_BEFORE + 1)):
            if text[:start].endswith(":"):
                continue
            sizes = lengths.get(text[start : start + 2], set()) | lengths.get(text[start], set())
            for size in sorted(sizes, reverse=True):
                name, rest = text[start : start + size], text[start + size :]
                for kind in OTHER_KINDS:
                    queue = by_name.get((name, kind)) if says(kind, rest) else None
                    found = None if queue is None else self._first(queue, line)
                    if found is not None:
                        return found
        return None

    def _answers(self, numbers: Iterable[int]) -> list[tuple[str, str, int]]:
        """Messages that begin with whom they answer, by the rest of their text."""
        rests = ((without_mention(self._messages[n].message.text or ""), n) for n in self._left(numbers))
        return [(rest, self._names[n], n) for rest, n in rests if rest]

    def _in_time(self, numbers: Iterable[int]) -> list[int]:
        return sorted(numbers, key=lambda n: self._messages[n].wall_ns)

    def _left(self, numbers: Iterable[int]) -> list[int]:
        return [n for n in numbers if n not in self._done]

    def _open_lines(self) -> Iterator[int]:
        return (line for line in self._order if line not in self.explained and self._texts[line])

    def _before(self, message: int, line: int) -> bool:
        """Too old for this line, and so for all later ones."""
        return self._messages[message].wall_ns < self._shown[line].wall_ns - LATER_NS

    def _near(self, message: int, line: int) -> bool:
        late = self._messages[message].wall_ns > self._shown[line].wall_ns + EARLIER_NS
        return not late and not self._before(message, line)

    def _first(self, queue: deque[int], line: int) -> int | None:
        """The oldest message of a queue that may be this line's."""
        while queue and (queue[0] in self._done or self._before(queue[0], line)):
            queue.popleft()
        return queue[0] if queue and self._near(queue[0], line) else None

    def _explain(self, line: int, message: int, *, chat: bool) -> None:
        self._done.add(message)
        self.explained.add(line)
        if chat:
            self.pairs[line] = message
        else:
            self.others[self._messages[message].message.kind] += 1
