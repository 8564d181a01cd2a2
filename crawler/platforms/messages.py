"""The common model: what any site's frames and answers say, in one shape (data path 5; pure).

A message is an interpretation of raw bytes that were kept before: `where` leads back to them. What a site's number
means is said by `Figure.what`; a number that nobody has explained is kept under its site's own name and labelled with
nothing else. Absent is None, never 0 or "". Names, ids and texts of people stand in `person` and `text` alone, so that
whoever writes a message down can keep them out of entries and log files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crawler.platforms.base import RoomState


class Kind(StrEnum):
    """What a message tells of. `OTHER` is a method that is known by name and says nothing that this model has."""

    CHAT = "chat"
    ARRIVAL = "arrival"
    LIKE = "like"
    FOLLOW = "follow"
    SHARE = "share"
    GIFT = "gift"
    FAN_CLUB = "fan club"
    PURCHASE = "purchase"  # the site's own word for it is `site_kind`: "going to buy", "order", ... are not the same
    VIEWERS = "viewers"
    PRODUCT = "product"  # a product card: shown, changed, taken away
    PRODUCT_LIST = "product list"
    COUPON = "coupon"
    COUNTDOWN = "countdown"
    ROOM_STATE = "room state"
    NOTICE = "notice"  # the anchor or the platform speaks to all
    OTHER = "other"


class Counts(StrEnum):
    """What a figure counts. Taken from the facts on each site; never guessed from its size."""

    ONLINE = "online now"
    CUMULATIVE = "cumulative viewers"
    POPULARITY = "popularity"  # the site's own mixture: no number of people
    PAGE_VIEWS = "page views"
    MOST_ONLINE = "most online at once"
    LIKES = "likes"
    FANS = "fans"
    MESSAGES = "messages"
    CART = "products in the cart"
    SOLD = "sold"
    BUYING = "buying or having bought"
    STOCK = "stock"
    COUPONS_LEFT = "coupons left"
    COUPONS_TOTAL = "coupons in all"
    SECONDS_LEFT = "seconds left"
    RAW = "as the site names it"


@dataclass(frozen=True, slots=True)
class Where:
    """Where a message stands: `start` to `end` (exclusive) in the piece's bytes, or in what they inflate to.

    `steps` say how the bytes were had, outermost first: "gzip", "zlib", "brotli", "base64", "packet 2", "json $.a.b".
    With an empty `steps` the range is one of the frame or answer itself.
    """

    start: int
    end: int
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote or did something, as the site shows them to this seat. Personal: never in an entry's body."""

    name: str | None = None
    id: str | None = None
    masked: bool = False  # the site hides name or id from this seat: people can't be told apart by them


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as the site gives it: `value` where it is exact, `shown` where it is a display ("10万+"), or both."""

    what: Counts
    name: str  # the site's own name of it: "RoomUserSeqMessage.total", "current_viewer"
    value: int | None = None
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product card as the site gives it. Prices in the currency's hundredths; texts as they are."""

    id: str | None = None
    title: str | None = None
    number: int | None = None  # its number in the room: "3号链接"
    price: int | None = None
    price_text: str | None = None
    price_most: int | None = None
    stock: int | None = None
    stock_text: str | None = None
    in_stock: bool | None = None
    sold_out: bool | None = None
    sold_text: str | None = None
    begins_ms: int | None = None  # of the promotion
    ends_ms: int | None = None
    shown: bool | None = None  # True: the card came up; False: it was taken away


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that a frame or an answer says.

    `method` is the site's own name of it ("WebcastChatMessage", "DANMU_MSG"); `id` the platform's own message id and
    `sent_ms` its time (epoch milliseconds), where it gives them: a re-sent message has the same method and id.
    `history`: the site marks it as from before this seat came.
    """

    kind: Kind
    method: str
    where: Where
    id: str | None = None
    sent_ms: int | None = None
    site_kind: str | None = None  # the site's own subdivision, as text: "type 3", "viewer_buy_product_summary"
    person: Person | None = None
    text: str | None = None
    figures: tuple[Figure, ...] = ()
    products: tuple[Product, ...] = ()
    state: RoomState | None = None
    broadcast: str | None = None  # the broadcast that the message names
    history: bool = False
    flags: tuple[str, ...] = ()  # what is odd about it: "text not UTF-8", "time in the future", "number out of range"
    more: Mapping[str, int | str | bool] = field(default_factory=dict)  # impersonal members under the site's names
