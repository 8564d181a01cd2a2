"""Neutral events of a broadcast: what happens in the room, before any site puts it into words of its own.

Event ``number`` depends on (seed, number) alone, so that each dialect tells of the same broadcast.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .vocabulary import ANNOUNCEMENTS, GIFTS, GOODS, HOSTILE_NAMES, HOSTILE_TEXTS, LINES, NAMES

EventKind = Literal[
    "chat",  # text
    "arrival",  # figures: online (after it)
    "like",  # figures: count (of this person at once), total (of the broadcast)
    "follow",  # figures: followers (of the anchor, after it)
    "share",
    "gift",  # text: the gift's name; figures: gift_id, count, value (of one, in the site's coin)
    "fan_club",  # text: the club's name; figures: level
    "purchase",  # text: the product's name; figures: stage "going" or "bought", index, product_id
    "viewers",  # figures: online, total, likes
    "product_card",  # text: the product's name; figures: index, product_id, price_fen, original_fen, stock, sold
    "product_list",  # figures: count (products in the cart), changed (ids, joined by commas)
    "sold_out",  # text: the product's name; figures: index, product_id
    "coupon",  # text: its words; figures: coupon_id, off_fen, left, amount
    "countdown",  # text: the product's name; figures: product_id, seconds, price_fen, limit
    "notice",  # text: what the anchor announces
    "state",  # text: the new state; made by the station, not by (seed, number)
]
Figures = dict[str, int | str]
STATE_NUMBERS = 1_000_000_000  # state changes are numbered from here on
PEOPLE = 400
_FIXED: Mapping[int, EventKind] = {  # what comes at a number's place in each hundred; viewers come at each 20th
    31: "product_card",
    37: "countdown",
    43: "product_list",
    49: "coupon",
    59: "sold_out",
    67: "notice",
    81: "product_card",
}
_CHANCES: Mapping[EventKind, int] = {
    "chat": 62,
    "arrival": 12,
    "like": 9,
    "follow": 3,
    "share": 2,
    "gift": 3,
    "fan_club": 2,
    "purchase": 7,
}


@dataclass(frozen=True, slots=True)
class Person:
    """Someone in the room. ``id`` is a decimal number; sites may write it otherwise."""

    id: str
    name: str
    level: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at ``at_ms`` (milliseconds since the broadcast's second 0). Figures: see EventKind."""

    number: int
    kind: EventKind
    at_ms: int
    who: Person | None = None
    text: str = ""
    figures: Mapping[str, int | str] = field(default_factory=dict)

    def figure(self, name: str) -> int:
        """A figure that is a number; KeyError when this kind of event has none of that name."""
        return int(self.figures[name])


def person(seed: int, index: int, *, hostile: bool = False) -> Person:
    """Person ``index`` of the crowd, always the same one for a seed; in a hostile room every third has a bad name."""
    dice = random.Random(f"person:{seed}:{index}")
    name = dice.choice(NAMES)
    if dice.random() < 0.6:
        name += dice.choice(("", "_", "·", "呀", "🌙", "～")) + str(dice.randrange(1, 9999))
    if hostile and index % 3 == 0:
        name = HOSTILE_NAMES[index // 3 % len(HOSTILE_NAMES)]
    return Person(str(dice.randrange(10**11, 10**15)), name, dice.randrange(1, 50))


def event(seed: int, number: int, at_ms: int, *, hostile: bool = False) -> Event:
    """Event ``number`` (from 1) of the broadcast."""
    dice = random.Random(f"event:{seed}:{number}")
    who = person(seed, dice.randrange(PEOPLE), hostile=hostile)
    if number % 20 == 1:
        return Event(number, "viewers", at_ms, figures=counts(seed, number))
    if (fixed := _FIXED.get(number % 100)) is not None:
        return _of_the_anchor(fixed, seed, number, at_ms, hostile=hostile)
    kind: EventKind = dice.choices(list(_CHANCES), list(_CHANCES.values()))[0]
    text, figures = _of_a_viewer(kind, seed, number, dice)
    if hostile and kind == "chat" and dice.random() < 0.4:
        text = dice.choice(HOSTILE_TEXTS)
    return Event(number, kind, at_ms, who, text, figures)


def _of_a_viewer(kind: EventKind, seed: int, number: int, dice: random.Random) -> tuple[str, Figures]:
    """Text and figures of what a viewer does."""
    now = counts(seed, number)
    if kind == "chat":
        return dice.choice(LINES), {}
    if kind == "gift":
        index = dice.randrange(len(GIFTS))
        text, value = GIFTS[index]
        return text, {"gift_id": 3000 + index, "count": dice.choice((1, 1, 1, 5, 66)), "value": value}
    if kind == "purchase":
        goods = dice.randrange(len(GOODS))
        stage = dice.choice(("going", "bought"))
        return GOODS[goods][0], {"stage": stage, "index": goods + 1, "product_id": product_id(seed, goods)}
    if kind == "fan_club":
        return "云朵团", {"level": dice.randrange(1, 20)}
    counters: dict[str, Figures] = {
        "arrival": {"online": now["online"]},
        "like": {"count": dice.randrange(1, 30), "total": now["likes"]},
        "follow": {"followers": 320_000 + number},
    }
    return "", counters.get(kind, {})


def counts(seed: int, number: int) -> Figures:
    """The room's counters after event ``number``: online goes up and down, the total and the likes only up."""
    dice = random.Random(f"counts:{seed}:{number // 20}")
    total = 131_861 + 23 * number + dice.randrange(20)
    return {"online": 1986 + number // 3 % 900 + dice.randrange(300), "total": total, "likes": 87_000 + 41 * number}


def product_id(seed: int, index: int) -> str:
    """The 19-digit id of product ``index`` of the room's cart (from 0)."""
    return str(3_400_000_000_000_000_000 + random.Random(f"product:{seed}:{index}").randrange(10**17))


def _of_the_anchor(kind: EventKind, seed: int, number: int, at_ms: int, *, hostile: bool) -> Event:
    """What the anchor does: one product for a hundred events, its stock going down."""
    dice = random.Random(f"anchor:{seed}:{number}")
    index = number // 100 % len(GOODS)
    name, price, original = GOODS[index]
    which: Figures = {"index": index + 1, "product_id": product_id(seed, index)}
    text, figures = name, which
    if kind == "product_card":
        stock = max(1, 200 - number % 100 * 2 - dice.randrange(9))
        figures = {**which, "price_fen": price, "original_fen": original, "stock": stock, "sold": 3000 + number * 7}
    elif kind == "countdown":
        seconds, limit = dice.choice((60, 180, 300)), dice.choice((1, 2))
        figures = {**which, "seconds": seconds, "price_fen": price - 500, "limit": limit}
    elif kind == "product_list":
        changed = ",".join(product_id(seed, (index + step) % len(GOODS)) for step in range(2))
        text, figures = "主播更新了商品，已自动刷新", {"count": 190 + number // 100, "changed": changed}
    elif kind == "coupon":
        text = "满99减20券"
        figures = {"coupon_id": str(7_300_000_000 + number), "off_fen": 2000, "left": 500 - number % 400, "amount": 500}
    elif kind == "notice":
        text, figures = dice.choice(HOSTILE_TEXTS if hostile else ANNOUNCEMENTS), {}
    return Event(number, kind, at_ms, None, text, figures)
