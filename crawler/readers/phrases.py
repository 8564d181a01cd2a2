"""From a line of text to typed claims: `parse_claims` (data path 5; pure, no language model).

The types and members are the closed list of `crawler.readers.grammar.claims`. The steps: cut into pieces, fold (full
width, traditional characters, blanks, emoji), repair look-alikes in numeric slots (pictures only), find numerals next
to their anchors, apply the rules by theme, bind links, then ask how it was said.

What each source is trusted for:

- **ocr** and **popup**: all host claims, and events about viewers; a number needs no unit; repairs are made, each
  one listed on its claim. A claim with repairs wants a second, clean picture before it counts.
- **asr**: the room's sound. Numbers need their unit, since speech is full of other counts; nothing is repaired; no
  events. What the host tells of others is a third-party report.
- **chat**: viewers write it, so a line never makes a stock, deadline or price claim. It yields a viewer's report to
  have bought, a report that the host claims something (又是最后100单; the slogans 仅剩3件 and 3 2 1 上链接) and the
  denial that it was claimed. No prompts: a viewer who writes 扣1 follows one.

Suppositions, questions and forecasts (如果只剩10单, 还有50单吗, 5分钟内抢光) are no claims in any source.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crawler.readers.grammar.sources import SOURCES, Source

if TYPE_CHECKING:  # the grammar is loaded by the first text that is read: most commands read none
    from crawler.readers.grammar.claims import Claim

__all__ = ["LONGEST", "Source", "as_members", "parse_claims"]

LONGEST = 500  # characters read as one piece; a claim across such a cut is not seen


def parse_claims(text: str, *, source: Source) -> tuple[Claim, ...]:
    """The claims that a line of text makes, in order of appearance; none is an empty tuple.

    `text` is any Unicode text; line breaks separate, and each line is read in pieces of at most `LONGEST` characters,
    so that the work grows no faster than the text. Claims carry their `span` in `text` (characters) and `repairs`.
    Texts with overrides of the writing direction show otherwise than they read and yield nothing.

    Raises:
        ValueError: when `source` is none of ocr, chat, popup, asr.
    """
    if source not in SOURCES:
        raise ValueError(f"parse_claims: source must be one of {', '.join(SOURCES)}, got {source!r}; pass source='ocr'")
    from crawler.readers.grammar.piece import claims_in

    return tuple(claim for start, piece in _pieces(text) for claim in claims_in(piece, source, start))


def as_members(claim: Claim) -> dict[str, Any]:
    """The claim as `{"type": ..., members...}` of JSON values: members that the text does not say are absent."""
    from crawler.readers.grammar import claims

    return claims.as_members(claim)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Lines of the text with their places, cut at `LONGEST`."""
    start = 0
    for line in text.splitlines(keepends=True):
        for cut in range(0, len(line), LONGEST):
            piece = line[cut : cut + LONGEST]
            if not piece.isspace():
                yield start + cut, piece
        start += len(line)
