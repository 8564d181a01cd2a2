"""The one error of this package, and what is noted without being one (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SHOWN = 40  # characters of a value in a message: enough to find it, too few to spread a viewer's words


class Undecodable(ValueError):
    """These bytes are not what they were read as. They stay as they are in the evidence; a caller counts this, by rule.

    `rule` names what was broken ("gzip", "protobuf: tag"), `offset` is where in the given bytes (None: not at one
    place), `so_far` what was read before it: fields of a protobuf message, inflated bytes, packets of a frame.
    """

    def __init__(
        self, rule: str, expected: str, got: str, offset: int | None = None, so_far: Sequence[Any] = ()
    ) -> None:
        where = "" if offset is None else f" at byte {offset}"
        super().__init__(f"{rule}{where}: expected {expected}, got {got}")
        self.rule = rule
        self.expected = expected
        self.got = got
        self.offset = offset
        self.so_far = so_far


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something odd in bytes that could be read all the same: `start` to `end` are its place in the given bytes.

    Rules: "not UTF-8" (unreadable bytes became U+FFFD), "lone surrogate" (it became U+FFFD), "duplicate key" (the last
    one counts, as in a browser), "wire type" (a field of another type than asked for; it counts as absent).
    """

    rule: str
    what: str
    start: int
    end: int


def shown(value: object) -> str:
    """A value in an error's words: its beginning, with what is not printable escaped."""
    text = ascii(value if isinstance(value, str) else str(value))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
