"""Douyin: what the page's own requests were answered: the room, its cart (facts 1.1 and 1.5; pure).

Only the room's own answer tells a room state. A captcha or a login that a cart request meets is a wall before the cart,
not before the room: it is a flag of an empty product list. An empty cart answer is common and means nothing by itself.
"""

from __future__ import annotations

from dataclasses import replace

from crawler.platforms.base import RoomState
from crawler.platforms.douyin.chat import DISPLAY
from crawler.platforms.douyin.page import state_of
from crawler.platforms.messages import Counts, Figure, Kind, Message, Product, Where
from crawler.platforms.objects import Members, Notes, Step, fault
from crawler.platforms.pieces import Decoded, Piece
from crawler.platforms.spans import span_of
from crawler.platforms.wire.json_text import parsed
from crawler.platforms.wire.undecodable import Undecodable

ROOM = "/webcast/room/web/enter/"
POP = "/live/promotions/pop/v3/"  # what is being offered now
CARTS = ("/live/promotions/page/", POP, "/aweme/v2/shop/promotion/pack/detail/")
NOT_FOUND, LOGIN = 4001038, 2483
REFUSED = 444  # HTTP status for networks that the site does not serve
_CAPTCHA = ("bdturing-verify", "x-vc-bdturing-parameters")
_FLAGS: tuple[tuple[Step, ...], ...] = (
    ("has_commerce_goods",),
    ("room_cart", "contain_cart"),
    ("room_cart", "show_cart"),
    ("room_view_stats", "is_hidden"),
)
_OFFERED: tuple[tuple[Step, ...], ...] = (
    ("promotions",),
    ("data", "promotions"),
    ("promotion",),
    ("data", "promotion"),
)
MOST_PRODUCTS = 1000


def room(piece: Piece) -> Decoded:
    """The room answer: its state, who watches, likes, cart."""
    whole = Where(0, len(piece.payload))
    wall = _wall(piece)
    if wall is not None:
        return Decoded(messages=(Message(Kind.ROOM_STATE, ROOM, whole, site_kind=wall[1], state=wall[0]),))
    try:
        given = _given(piece)
    except Undecodable as error:
        return Decoded(faults=(fault(error, len(piece.payload)),))
    status = given.whole("status_code")
    found = given.inside("data", "data", 0)
    state, site_kind = _told(given, found, status)
    message = Message(
        Kind.ROOM_STATE,
        ROOM,
        whole,
        site_kind=site_kind,
        text=given.text("data", "prompts"),
        figures=_room_figures(found),
        state=state,
        broadcast=found.ident("id_str"),
        more={".".join(map(str, path)): flag for path in _FLAGS if (flag := found.yes(*path)) is not None},
    )
    return Decoded(messages=(replace(message, flags=given.notes.flags),))


def cart(piece: Piece, path: str) -> Decoded:
    """A cart answer: the products in it."""
    kind = Kind.PRODUCT if path == POP else Kind.PRODUCT_LIST
    wall = _wall(piece)
    if wall is not None:
        return Decoded(messages=(Message(kind, path, Where(0, len(piece.payload)), flags=(wall[1],)),))
    try:
        given = _given(piece)
    except Undecodable as error:
        return Decoded(faults=(fault(error, len(piece.payload)),))
    status = given.whole("status_code")
    if status == LOGIN:
        given.notes.flag("login asked for")
    place = next((each for each in _OFFERED if given.at(*each) is not None), ())
    offered = given.items(*place) if place else []
    cards = [Members(each, given.notes) for each in offered[:MOST_PRODUCTS]]
    if place and not offered and isinstance(given.at(*place), dict):
        cards = [given.inside(*place)]
    span = (span_of(piece.payload, place) if place else None) or (0, len(piece.payload))
    message = Message(
        kind,
        path,
        Where(*span),
        site_kind=f"status_code {status}" if status else None,
        figures=tuple(figure for at, card in enumerate(cards) for figure in _card_figures(card, at)),
        products=tuple(_product(card) for card in cards),
    )
    return Decoded(messages=(replace(message, flags=given.notes.flags),))


def _given(piece: Piece) -> Members:
    found = parsed(piece.payload)
    notes = Notes(piece.received_ms)
    notes.flaws(found)
    return Members(found.value, notes)


def _wall(piece: Piece) -> tuple[RoomState, str] | None:
    """What an answer without a body, or with a refusing status, means; None for an answer that says something."""
    if piece.status == REFUSED:
        return RoomState.BLOCKED, f"HTTP status {REFUSED}"
    if piece.payload.strip():
        return None
    if any(header in piece.headers for header in _CAPTCHA):
        return RoomState.CAPTCHA, "captcha asked for"
    return RoomState.NO_CONTENT, "an empty answer"


def _told(given: Members, found: Members, status: int | None) -> tuple[RoomState | None, str | None]:
    """The state that a room answer tells, and the number that it is told by."""
    by_code = None if status is None else f"status_code {status}"
    if status == NOT_FOUND:
        return RoomState.NOT_FOUND, by_code
    if status == LOGIN:
        return RoomState.LOGIN_WALL, by_code
    if not isinstance(found.value, dict):
        return RoomState.NO_CONTENT, by_code
    number, beside = found.whole("status"), given.whole("data", "room_status")
    by_status = f"room_status {beside}" if number is None else f"status {number}"
    return state_of(found, beside), None if number is None and beside is None else by_status


def _product(card: Members) -> Product:
    left = card.whole("campaign", "left_stock")
    sold = card.plain("sales")
    sold = card.plain("hot_atmosphere", "sale_num") if sold is None else sold
    return Product(
        id=card.ident("promotion_id") or card.ident("product_id"),
        title=card.text("title") or card.text("elastic_title"),
        number=card.whole("index"),
        price=card.whole("min_price"),
        price_most=card.whole("max_price"),
        stock=card.whole("campaign_info", "left_stock") if left is None else left,
        in_stock=card.yes("in_stock"),
        sold_text=None if sold is None or isinstance(sold, bool) else str(sold),
    )


def _card_figures(card: Members, at: int) -> list[Figure]:
    found = [
        *_figure(card, Counts.STOCK, "campaign", "left_stock"),
        *_figure(card, Counts.STOCK, "campaign_info", "left_stock"),
        *_figure(card, Counts.SOLD, "hot_atmosphere", "sale_num"),
    ]
    return [replace(each, name=f"promotions.{at}.{each.name}") for each in found]


def _figure(given: Members, what: Counts, *path: Step) -> tuple[Figure, ...]:
    """A number is exact, a text is a display ("2000+"), a text of digits is both."""
    value, shown = given.whole(*path), given.short(*path)
    if value is None and shown is None:
        return ()
    return (Figure(what, ".".join(map(str, path)), value, shown),)


def _room_figures(found: Members) -> tuple[Figure, ...]:
    """What the room's numbers count. `room_cart.total` is 0 for guests of rooms that sell: no size of a cart."""
    display = found.inside("room_view_stats")
    value, shown = display.whole("display_value"), display.short("display_long") or display.short("display_short")
    figures = (
        *_figure(found, Counts.ONLINE, "stats", "user_count_str"),
        *_figure(found, Counts.ONLINE, "user_count_str"),
        *_figure(found, Counts.CUMULATIVE, "stats", "total_user_str"),
        *_figure(found, Counts.LIKES, "stats", "like_count"),
        *_figure(found, Counts.LIKES, "like_count"),
        *_figure(found, Counts.RAW, "room_cart", "total"),
        *_figure(found, Counts.RAW, "room_cart", "flash_total"),
    )
    if value is None and shown is None:
        return figures
    what = DISPLAY.get(display.whole("display_type") or 0, Counts.RAW)
    return (*figures, Figure(what, "room_view_stats.display_value", value, shown))
