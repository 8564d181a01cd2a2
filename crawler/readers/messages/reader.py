"""Reads raw pieces into messages, and counts what it could not read (data path 5).

Holds what has to be remembered over a session: which messages came before, what the room's state was last told to be.
All of it is bounded: a room may send anything for days.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from crawler.platforms.base import RoomState
from crawler.platforms.messages import Kind
from crawler.platforms.pieces import Decoder
from crawler.readers.messages.raw import RawPiece
from crawler.readers.messages.records import MOST_NAME, ReadMessage

REMEMBERED = 50_000  # ids of messages; a site sends one again within minutes
MOST_NAMES = 300  # methods and rules that are counted one by one; the rest together
REST = "(others)"


@dataclass(slots=True)
class Tally:
    """What was read and what was not, since the start. Names are the site's, never a person's."""

    frames: int = 0
    frames_sent: int = 0  # by the page
    answers: int = 0
    not_ours: int = 0  # pieces that are none of this site's chat, counters or products
    messages: int = 0
    again: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    unknown_bytes: int = 0
    undecodable: Counter[str] = field(default_factory=Counter)

    def count(self, counter: Counter[str], name: str) -> None:
        """Count under a name, or with the rest once there are too many names."""
        short = name[:MOST_NAME]
        counter[short if short in counter or len(counter) < MOST_NAMES else REST] += 1


@dataclass(frozen=True, slots=True)
class Told:
    """The room's state as the site told it, where it differs from what it told before."""

    state: RoomState
    entry: int
    wall_ns: int
    broadcast: str | None = None  # the one that is meant, where the site says so


class MessageReader:
    """One session's pieces, in their order. Not safe from several threads."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._state: tuple[RoomState, str | None] | None = None  # told last, and of which broadcast
        self.tally = Tally()

    def read(self, pieces: Iterable[RawPiece]) -> tuple[list[ReadMessage], list[Told]]:
        """The messages of some pieces, and what they tell of the room's state."""
        messages: list[ReadMessage] = []
        told: list[Told] = []
        for raw in pieces:
            self._count(raw)
            decoded = self._decoder.decode(raw.piece)
            self.tally.not_ours += not decoded.ours
            for unknown in decoded.unknown:
                self.tally.count(self.tally.unknown, unknown.method)
                self.tally.unknown_bytes += unknown.size
            for fault in decoded.faults:
                self.tally.count(self.tally.undecodable, fault.rule)
            for message in decoded.messages:
                again = message.id is not None and self._came_before((message.method, message.id))
                answer = raw.piece.source == "answer"
                messages.append(
                    ReadMessage(message, raw.entry, raw.part, raw.mono_ns, raw.wall_ns, again=again, answer=answer)
                )
                self.tally.messages += 1
                self.tally.again += again
                self.tally.kinds[str(message.kind)] += 1
                state = message.state
                if message.kind is Kind.ROOM_STATE and state is not None and self._state != (state, message.broadcast):
                    self._state = (state, message.broadcast)
                    told.append(Told(state, raw.entry, raw.wall_ns, message.broadcast))
        return messages, told

    def _count(self, raw: RawPiece) -> None:
        if raw.piece.source == "answer":
            self.tally.answers += 1
        elif raw.piece.outgoing:
            self.tally.frames_sent += 1
        else:
            self.tally.frames += 1

    def _came_before(self, key: tuple[str, str]) -> bool:
        if key in self._known:
            self._known.move_to_end(key)
            return True
        self._known[key] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return False
