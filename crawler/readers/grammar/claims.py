"""Claims: typed statements that a live room's text makes. This is the closed list of their types and members (pure).

One frozen dataclass a type, its fields named as the members. Bounds are inclusive, but for rounded displays the upper
one is exclusive; null is open. Members marked "when said" are absent unless the text says them; the others are always
there, null included. Beside its members each claim carries where it stands and what was repaired to read it.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, Literal

Op = Literal["eq", "approx", "ge"]
Number = int | float

_WHEN_SAID: dict[str, str] = {"absent": "null"}
_WITH_LO: dict[str, str] = {"absent": "without lo"}  # an upper bound, null included, belongs to a lower one


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What every claim carries beside its members."""

    type: ClassVar[str] = ""

    span: tuple[int, int] = (0, 0)  # start and end (exclusive) in the text as given, in characters
    repairs: tuple[str, ...] = ()  # "l->1", "fullwidth", in order of appearance; each kind once


_BESIDE = frozenset({"span", "repairs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLeft(Claim):
    """So many are left to buy."""

    type: ClassVar[str] = "stock_left"
    lo: int
    hi: int | None
    op: Op
    unit: str | None
    link: int | None = field(default=None, metadata=_WHEN_SAID)
    corrected_from: int | tuple[int, int | None] | None = field(default=None, metadata=_WHEN_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLowVague(Claim):
    """Few are left, without a number."""

    type: ClassVar[str] = "stock_low_vague"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockTotal(Claim):
    """So many are on offer in all."""

    type: ClassVar[str] = "stock_total"
    lo: int
    hi: int | None
    unit: str | None
    op: Op | None = field(default=None, metadata=_WHEN_SAID)  # absent for an exact number


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseStock(Claim):
    """So many lie in a warehouse or factory, whatever is on offer."""

    type: ClassVar[str] = "warehouse_stock"
    lo: int
    hi: int | None
    unit: str | None
    op: Op | None = field(default=None, metadata=_WHEN_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPctSold(Claim):
    """This share (0 to 1) is sold: a value, or two bounds."""

    type: ClassVar[str] = "stock_pct_sold"
    value: Number | None = field(default=None, metadata=_WHEN_SAID)
    lo: float | None = field(default=None, metadata=_WHEN_SAID)
    hi: float | None = field(default=None, metadata=_WITH_LO)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAvailable(Claim):
    """A scarcity statement is negated: there is more."""

    type: ClassVar[str] = "stock_available"
    negated_scarcity: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldCount(Claim):
    """So many were sold."""

    type: ClassVar[str] = "sold_count"
    lo: int
    hi: int | None
    op: Op
    unit: str | None = field(default=None, metadata=_WHEN_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldOut(Claim):
    """Nothing is left; seconds that it took, quantity that went."""

    type: ClassVar[str] = "sold_out"
    within_seconds: Number | None = field(default=None, metadata=_WHEN_SAID)
    link: int | None = field(default=None, metadata=_WHEN_SAID)
    approx_qty: tuple[int, int | None] | None = field(default=None, metadata=_WHEN_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldOutPast(Claim):
    """Something was sold out before."""

    type: ClassVar[str] = "sold_out_past"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restock(Claim):
    """Stock is being added; `qty` null when no number is said, `unit` then absent."""

    type: ClassVar[str] = "restock"
    qty: int | None
    unit: str | None = field(default=None, metadata=_WHEN_SAID)
    reason: Literal["unpaid_released"] | None = field(default=None, metadata=_WHEN_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestockPast(Claim):
    """Stock was added."""

    type: ClassVar[str] = "restock_past"
    qty: int | None
    unit: str | None = field(default=None, metadata=_WHEN_SAID)
    reason: Literal["unpaid_released"] | None = field(default=None, metadata=_WHEN_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestockConditional(Claim):
    """Stock is promised once a number is reached."""

    type: ClassVar[str] = "restock_conditional"
    threshold: int
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRestock(Claim):
    """Nothing comes after this."""

    type: ClassVar[str] = "no_restock"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRound(Claim):
    """This is the last round."""

    type: ClassVar[str] = "last_round"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelistAnnounced(Claim):
    """The offer comes again."""

    type: ClassVar[str] = "relist_announced"
    when: str  # tomorrow, day_after_tomorrow, tonight, weekend, next_week, end_of_month, next_month, next_stream, later


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline(Claim):
    """The offer ends: how long it lasts or is still open (seconds), or at what time (HH:MM; 24:00 ends tonight)."""

    type: ClassVar[str] = "deadline"
    kind: Literal["duration", "remaining", "absolute"]
    seconds: Number | None = field(default=None, metadata=_WHEN_SAID)
    time: str | None = field(default=None, metadata=_WHEN_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineExtend(Claim):
    """The offer lasts longer by so many seconds."""

    type: ClassVar[str] = "deadline_extend"
    seconds: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineSoft(Claim):
    """The offer ends some time today."""

    type: ClassVar[str] = "deadline_soft"
    kind: Literal["last_day"] = "last_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price(Claim):
    """A price in yuan: asked now, asked before, asked elsewhere, or named to be undercut."""

    type: ClassVar[str] = "price"
    kind: Literal["deal", "original", "compare", "decoy"]
    value: Number
    qty: int | None = field(default=None, metadata=_WHEN_SAID)
    slang: str | None = field(default=None, metadata=_WHEN_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceHype(Claim):
    """A word that praises the price."""

    type: ClassVar[str] = "price_hype"
    term: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRevert(Claim):
    """The price goes back up."""

    type: ClassVar[str] = "price_revert"
    when: Literal["tomorrow", "end_of_stream", "after_deadline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCall(Claim):
    """A product link is opened by the host's call, or announced for later."""

    type: ClassVar[str] = "link_call"
    link: int | None
    future: bool | None = field(default=None, metadata=_WHEN_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewers(Claim):
    """People in the room now, or counted since its start."""

    type: ClassVar[str] = "viewers"
    kind: Literal["online", "cumulative"]
    lo: int
    hi: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Likes(Claim):
    """Likes of the room."""

    type: ClassVar[str] = "likes"
    lo: int
    hi: int | None


EventKind = Literal["join", "going_to_buy", "bought", "follow", "fanclub", "add_to_cart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Claim):
    """A pop-up about viewers; "going to buy" is not "bought". `user` as shown, null when none is named."""

    type: ClassVar[str] = "event"
    kind: EventKind
    user: str | None
    n: int | None = field(default=None, metadata=_WHEN_SAID)
    age_seconds: Number | None = field(default=None, metadata=_WHEN_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPrompt(Claim):
    """Viewers are asked to write this in the chat."""

    type: ClassVar[str] = "chat_prompt"
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSelfReport(Claim):
    """A viewer says to have bought."""

    type: ClassVar[str] = "chat_self_report"
    kind: Literal["bought"] = "bought"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdPartyReport(Claim):
    """Somebody says that somebody else claimed this."""

    type: ClassVar[str] = "third_party_report"
    about: str
    lo: int | None = field(default=None, metadata=_WHEN_SAID)
    hi: int | None = field(default=None, metadata=_WITH_LO)
    seconds: Number | None = field(default=None, metadata=_WHEN_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial(Claim):
    """Somebody denies having claimed this."""

    type: ClassVar[str] = "denial"
    about: str
    lo: int | None = field(default=None, metadata=_WHEN_SAID)
    hi: int | None = field(default=None, metadata=_WITH_LO)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLimit(Claim):
    """At most so many for one buyer."""

    type: ClassVar[str] = "purchase_limit"
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaGift(Claim):
    """The first so many buyers get something more."""

    type: ClassVar[str] = "quota_gift"
    lo: int
    hi: int | None
    unit: str


def as_members(claim: Claim) -> dict[str, Any]:
    """The claim as `{"type": ..., members...}` of JSON values: members that the text does not say are absent."""
    members: dict[str, Any] = {"type": claim.type}
    for each in fields(claim):
        value = getattr(claim, each.name)
        if each.name not in _BESIDE and not _absent(claim, each, value):
            members[each.name] = list(value) if isinstance(value, tuple) else value
    return members


def _absent(claim: Claim, each: Field[Any], value: object) -> bool:
    rule = each.metadata.get("absent")
    return (rule == "null" and value is None) or (rule == "without lo" and getattr(claim, "lo", None) is None)
