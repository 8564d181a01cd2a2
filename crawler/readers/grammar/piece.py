"""The rules of all themes in the order in which they speak, and one piece of text read by them (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crawler.readers.grammar import asks, deadlines, links, money, people, promises, restock, sales, stock
from crawler.readers.grammar.claims import Claim, LinkCall, Price
from crawler.readers.grammar.line import Draft, Line, Rule, apply, read_line
from crawler.readers.grammar.sources import Source
from crawler.readers.grammar.talk import as_said
from crawler.readers.grammar.written import as_written

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


def claims_in(piece: str, source: Source, start: int) -> Iterator[Claim]:
    """The claims of a piece of text without line breaks, which begins at `start` of the text as given."""
    line = read_line(piece, source)
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
