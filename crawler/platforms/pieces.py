"""What decoders are given and what they give: raw pieces in, messages out (data path 5; pure).

A decoder never raises on hostile bytes and never guesses: what it can't read is counted with its reason, what it does
not know is counted by name and size. The raw piece stays the evidence whatever becomes of its decoding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import SplitResult, urlsplit

from crawler.platforms.messages import Message

NO_ADDRESS = urlsplit("")


@dataclass(frozen=True, slots=True)
class Piece:
    """A WebSocket frame, or the answer to a request of the page, as it was kept.

    `url` is the whole address (socket or request), hostile like the rest; headers have lower-case names.
    """

    source: Literal["frame", "answer"]
    url: str
    payload: bytes
    outgoing: bool = False  # a frame that the page sent
    text: bool = False  # a text frame
    status: int | None = None
    media_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    post: bytes = b""  # the request's body
    received_ms: int = 0  # our clock, epoch milliseconds

    @property
    def address(self) -> SplitResult:
        """The address in parts; empty ones when it can't be read."""
        try:
            split = urlsplit(self.url)
            _ = split.port, split.hostname
        except ValueError:
            return NO_ADDRESS
        return split


@dataclass(frozen=True, slots=True)
class Unknown:
    """A method that this adapter does not know: kept raw, counted by name and size."""

    method: str  # at most 80 characters; "" when it has no name
    size: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Bytes that could not be decoded: the rule that they break, and where."""

    rule: str
    start: int
    end: int
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one piece says. `ours` is false for a piece that is not of this site's chat, counters or products."""

    ours: bool = True
    messages: tuple[Message, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    faults: tuple[Fault, ...] = ()


NOT_OURS = Decoded(ours=False)


class Decoder(Protocol):
    """One site's decoding. Stateless; safe from anywhere; never raises."""

    def decode(self, piece: Piece) -> Decoded:
        """Everything that the piece says, in its order."""
        ...
