"""What was found in one piece so far, while its frames and messages are taken apart."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.platforms.messages import Message
from crawler.platforms.pieces import Decoded, Fault, Unknown
from crawler.platforms.wire.undecodable import Undecodable

MOST_NAME = 80  # characters of a method's name
MOST_MESSAGES = 5_000  # read of one piece; the fullest frames of real rooms have some hundreds
MOST_FAULTS = 20  # of one piece; thousands of broken messages say no more than twenty


@dataclass(slots=True)
class Found:
    """Messages, unknown methods and faults, each in the order of the piece."""

    messages: list[Message] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def unknown_method(self, name: str, size: int) -> None:
        """Count something that this adapter does not know."""
        self.unknown.append(Unknown(name[:MOST_NAME], size))

    def broken(self, error: Undecodable, end: int, steps: tuple[str, ...] = ()) -> None:
        """Count bytes that a wire reader refused: from where they broke to `end`."""
        self.fault(error.rule, min(error.offset or 0, end), end, steps)

    def fault(self, rule: str, start: int, end: int, steps: tuple[str, ...] = ()) -> None:
        """Count bytes that break a rule; after `MOST_FAULTS` of them no more."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(rule, start, end, steps))

    def full(self, start: int, end: int, steps: tuple[str, ...] = ()) -> bool:
        """Whether no more messages are read of this piece; if so, that is counted as a fault from `start` to `end`."""
        if len(self.messages) + len(self.unknown) < MOST_MESSAGES:
            return False
        self.fault(f"count: more than {MOST_MESSAGES} messages", start, end, steps)
        return True

    def decoded(self) -> Decoded:
        """All of it, as one answer."""
        return Decoded(True, tuple(self.messages), tuple(self.unknown), tuple(self.faults))
