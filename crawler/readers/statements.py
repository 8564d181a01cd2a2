"""Overlay texts that state something without a counter: 已抢光, 限时5分钟, 每人限购2件, 即将售罄 (data path 5; pure).

They are followed like counters, as fields of the kind "statement" whose value is the text itself. Which texts count is
the claim grammar's to say; prices, events and calls are left out: they change with each product and say nothing of
scarcity by themselves.
"""

from __future__ import annotations

from crawler.readers.counters import Counter, fold, frame_of, parse
from crawler.readers.phrases import parse_claims

LONGEST = 40  # characters; a longer line is talk, and two recognitions of it seldom agree to the letter
TYPES = frozenset(
    {
        "stock_left", "stock_low_vague", "stock_total", "warehouse_stock", "stock_available", "sold_out",
        "sold_out_past", "restock", "restock_past", "restock_conditional", "no_restock", "last_round",
        "relist_announced", "deadline", "deadline_extend", "deadline_soft", "price_revert", "purchase_limit",
        "quota_gift",
    }
)  # fmt: skip


def read_line(text: str) -> Counter | None:
    """The counter or the statement that a recognised line shows, or null."""
    return parse(text) or statement(text)


def statement(text: str) -> Counter | None:
    """The statement that a line makes: a counter without a value, its form the folded text; null when it makes none.

    A text that needs repairs to be one is left alone: the next picture may show it clean.
    """
    line = fold(text)
    if not 2 <= len(line) <= LONGEST or ":" in line.strip(":"):
        return None
    claims = parse_claims(text, source="ocr")
    if not any(claim.type in TYPES for claim in claims) or any(claim.repairs for claim in claims):
        return None
    return Counter("statement", None, None, *frame_of("statement", text))
