"""Overlay texts that state something without a counter: 已抢光, 限时5分钟, 每人限购2件, 即将售罄 (data path 5; pure).

They are followed like counters, as fields of the kind "statement" whose value is the text itself. What a text claims is
the claim grammar's to say; prices, events and calls are left out: they change with each product and say nothing of
scarcity by themselves.

A statement is the shop's own, so it must be a label: claims, and next to nothing around them. A viewer's sentence with
the same words (张三说已抢光了, 老板说没货了？) is told by who speaks, asks or remembers in it and by what else it says.
A viewer who writes the bare label (已抢光) can't be told by the words; where the chat stands can (`chat_area`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from crawler.readers.counters import Counter, fold, frame_of, parse
from crawler.readers.grammar.claims import Claim, Deadline
from crawler.readers.phrases import parse_claims

LONGEST = 24  # characters of a label, blanks aside; a longer line is talk
BESIDE = 8  # letters and digits beside the claims: 蓝色M码 已售罄, 您关注的商品返场啦
TYPES = frozenset(
    {
        "stock_left", "stock_low_vague", "stock_total", "warehouse_stock", "stock_available", "sold_out",
        "sold_out_past", "restock", "restock_past", "restock_conditional", "no_restock", "last_round",
        "relist_announced", "deadline", "deadline_extend", "deadline_soft", "price_revert", "purchase_limit",
        "quota_gift",
    }
)  # fmt: skip

# Somebody speaks, asks or answers: wherever it stands in the line. 您 is how shops address; 说明 and 讲解 are labels.
_TALK = re.compile(
    r"[我你咱俺谁哪?]|[他她](?!们?家)|(?:说|讲)(?![明解])|[写喊问传骗]|告诉|听见|看到|[吗吧嘛呗]|呢(?!子)|什么|怎么|么$|多少|多久|几[点时天号]|"
    r"是不是|有没有|能不能|可不可以|(?:啊|呀|哈|诶|唉|哎|嗯)[!.~。…]*$|哈哈|老板|客服|小二|宝宝|姐妹|兄弟|家人|朋友|同事|妈|爸|老公|老婆"
)
# Beside the claims: what is compared, remembered or felt.
_TOLD = re.compile(
    "又|还[在是没有]|[也就都](?:是|已|没|要)?|一直|总是?|老是|天天|每[次天场回]|刚[才点进]|昨|前天|上[次周回]|结果|到底|真的?是?|"
    "感觉|以为|居然|竟然|果然|怕|是[^日]|显示|等了|点[进了]|过了|来了|想|别|不[要用想敢信]|没[想抢买拍付有]|好不容易|终于|可惜|呵"
)


def read_line(text: str) -> Counter | None:
    """The counter or the statement that a recognised line shows, or null."""
    return parse(text) or statement(text)


def statement(text: str) -> Counter | None:
    """The statement that a line makes: a counter without a value, its form the folded text; null when it makes none.

    A text that needs repairs to be one is left alone: the next picture may show it clean.
    """
    line = fold(text)
    if not 2 <= len(line) <= LONGEST or _TALK.search(line):
        return None
    claims = parse_claims(text, source="ocr")
    if not any(claim.type in TYPES for claim in claims) or any(claim.repairs for claim in claims):
        return None
    if any(_ticks(claim, text) for claim in claims):
        return None
    beside = _beside(text, claims)
    if sum(len(part) for part in beside) > BESIDE or any(_TOLD.search(part) or _names(part) for part in beside):
        return None
    return Counter("statement", None, None, *frame_of("statement", text))


def _ticks(claim: Claim, text: str) -> bool:
    """Whether a claim is a clock that counts down: a statement stays the same from picture to picture."""
    return isinstance(claim, Deadline) and claim.kind == "remaining" and ":" in fold(text[slice(*claim.span)])


def _names(part: str) -> bool:
    """Whether words stand with a colon beside a claim: whoever speaks there (小明：已抢光) may be a viewer."""
    return ":" in part and part != ":" * len(part)


def _beside(text: str, claims: Sequence[Claim]) -> list[str]:
    """The letters, digits and colons that stand before, between and behind the claims, folded."""
    parts: list[str] = []
    start = 0
    for first, last in [*sorted(claim.span for claim in claims), (len(text), len(text))]:
        part = unicodedata.normalize("NFKC", text[start : max(first, start)])
        parts.append("".join(char for char in part if char.isalnum() or char == ":"))
        start = max(start, last)
    return parts
