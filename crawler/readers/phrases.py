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
from dataclasses import replace

from crawler.readers.grammar import asks, deadlines, links, money, people, promises, restock, sales, stock
from crawler.readers.grammar.claims import Claim, LinkCall, Price, as_members
from crawler.readers.grammar.folding import Source
from crawler.readers.grammar.line import Draft, Line, Rule, apply, read_line
from crawler.readers.grammar.talk import as_said
from crawler.readers.grammar.written import as_written

__all__ = ["LONGEST", "Claim", "Source", "as_members", "parse_claims"]

LONGEST = 500  # characters read as one piece; a claim across such a cut is not seen
SOURCES = ("ocr", "chat", "popup", "asr")

# The order decides which rule speaks for words that several know: the narrower theme first.
_RULES: tuple[Rule, ...] = (
    *people.EVENT_RULES,
    *asks.RULES,
    *links.RULES,
    *restock.RULES,
    *deadlines.RULES,
    *promises.REVERT_RULES,
    stock.SOON_GONE,
    *sales.RULES,
    *people.RULES,
    *stock.RULES,
    stock.TOTAL_LABEL,
    stock.AMOUNT_FIRST,
    *money.RULES,
    *promises.HYPE_RULES,
)


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
    return tuple(claim for start, piece in _pieces(text) for claim in _claims(read_line(piece, source), start))


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Lines of the text with their places, cut at `LONGEST`."""
    start = 0
    for line in text.splitlines(keepends=True):
        for cut in range(0, len(line), LONGEST):
            piece = line[cut : cut + LONGEST]
            if not piece.isspace():
                yield start + cut, piece
        start += len(line)


def _claims(line: Line, start: int) -> Iterator[Claim]:
    drafts = links.bind(apply(_RULES, line), line)
    chat = line.source == "chat"
    for draft in as_written(drafts, line) if chat else as_said(_with_bare_amounts(drafts, line), line):
        claim = line.placed(draft.claim, draft.start, draft.end)
        yield replace(claim, span=(claim.span[0] + start, claim.span[1] + start))


def _with_bare_amounts(drafts: list[Draft], line: Line) -> list[Draft]:
    """A clause that is an amount alone is the total behind a link call, the price behind prices to be undercut."""
    added: list[Draft] = []
    for rule, kind in ((stock.BARE_AMOUNT, LinkCall), (money.BARE_PRICE, Price)):
        if not any(isinstance(draft.claim, kind) for draft in drafts):
            continue
        free = [
            draft
            for draft in apply((rule,), line)
            if (draft.start, draft.end) == line.clause(draft.start)
            and any(isinstance(other.claim, kind) and other.end <= draft.start for other in drafts)
            and not any(other.start < draft.end and draft.start < other.end for other in drafts)
        ]
        added.extend(free)
    return sorted([*drafts, *added], key=lambda draft: draft.start)
