"""TikTok's messages (platforms.md, section 8): each neutral event as the protobuf of the webcast socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from crawler.simroom.chatter import masked

from .base import Carried, Moment
from .events import Event, Figures, Person
from .protobuf import Value, message
from .webcast import Told, message_id

Body = dict[int, Value]


def told(event: Event, moment: Moment, *, history: bool = False) -> list[Told]:
    """The messages that an event becomes; ``history`` marks them as said before."""
    make = _KINDS.get(event.kind)
    return [] if make is None else [replace(one, history=history) for one in make(event, moment)]


def _told(
    event: Event,
    moment: Moment,
    name: str,
    body: Body,
    *,
    text: str = "",
    named: bool = False,
    figures: Figures | None = None,
    at_ms: int | None = None,
) -> Told:
    """One message; ``named``: its user is ``event.who``. ``at_ms`` (Unix) instead of the event's own time."""
    method, number = f"Webcast{name}", message_id(event, moment)
    at = moment.wall_of(event) if at_ms is None else at_ms
    base: Body = {1: method, 2: number, 3: int(moment.room.broadcast), 4: at, 25: max(0, at - 120)}
    who = event.who if named else None
    carried = Carried(
        event.number,
        method,
        str(number),
        at,
        name=who.name if who else "",
        user_id=who.id if who else "",
        text=text,
        figures=figures or {},
    )
    return Told(message({1: base, **body}), carried)


def _user(who: Person | None) -> Body:
    return {} if who is None else {1: int(who.id), 3: who.name, 38: f"tt{who.id}", 46: f"MS4wLjABAAAA{who.id}"}


def _chat(event: Event, moment: Moment) -> list[Told]:
    body: Body = {2: _user(event.who), 3: event.text, 14: "zh"}
    return [_told(event, moment, "ChatMessage", body, text=event.text, named=True)]


def _arrival(event: Event, moment: Moment) -> list[Told]:
    online = event.figure("online")
    body: Body = {2: _user(event.who), 3: online, 9: 6, 10: 1}
    figures: Figures = {"member_count": online}
    return [_told(event, moment, "MemberMessage", body, named=True, figures=figures)]


def _like(event: Event, moment: Moment) -> list[Told]:
    body: Body = {2: event.figure("count"), 3: event.figure("total"), 5: _user(event.who)}
    return [_told(event, moment, "LikeMessage", body, named=True, figures=dict(event.figures))]


def _follow(event: Event, moment: Moment) -> list[Told]:
    body: Body = {2: _user(event.who), 4: 1, 6: event.figure("followers")}
    return [_told(event, moment, "SocialMessage", body, named=True, figures=dict(event.figures))]


def _share(event: Event, moment: Moment) -> list[Told]:
    body: Body = {2: _user(event.who), 3: 1, 4: 3, 5: "whatsapp", 8: event.number}
    return [_told(event, moment, "SocialMessage", body, named=True)]


def _viewers(event: Event, moment: Moment) -> list[Told]:
    online, total = event.figure("online"), event.figure("total")
    body: Body = {3: online, 4: str(online), 6: online * 3, 7: total, 8: online // 2}
    figures: Figures = {"online": online, "total": total}
    return [_told(event, moment, "RoomUserSeqMessage", body, figures=figures)]


def _card(event: Event, moment: Moment) -> list[Told]:
    product, price = str(event.figures["product_id"]), f"¥{event.figure('price_fen') / 100:.2f}"
    card: Body = {
        1: event.text,
        2: price,
        3: {1: "https://p16.tiktokcdn.example/c.webp"},
        4: f"https://shop.tiktok.com/view/product/{product}",
        5: 1,
        6: int(product),
        7: "TikTok Shop",
        10: 1,
        11: 90,
    }
    at = moment.wall_of(event)
    body: Body = {2: 1, 4: card, 5: {1: at, 2: at + 40, 3: at + 90}}
    figures: Figures = {"title": event.text, "product_id": product, "price_shown": price, "msg_type": 1}
    figures["product_status"] = 90
    return [_told(event, moment, "OecLiveShoppingMessage", body, figures=figures)]


def _card_gone(event: Event, moment: Moment) -> list[Told]:
    product, at = str(event.figures["product_id"]), moment.wall_of(event)
    body: Body = {2: 4, 4: {6: int(product)}, 5: {1: at, 2: at, 3: at}}
    figures: Figures = {"product_id": product, "msg_type": 4}
    return [_told(event, moment, "OecLiveShoppingMessage", body, figures=figures)]


def _purchase(event: Event, moment: Moment) -> list[Told]:
    if event.figures["stage"] != "bought" or event.who is None:
        return []
    words = f"{masked(event.who.name or '?')} just bought {event.text}"
    body: Body = {2: {1: "https://p16.tiktokcdn.example/bag.webp"}, 3: words, 4: 3000}
    return [_told(event, moment, "EcBarrageMessage", body, text=words)]


def _state(event: Event, moment: Moment) -> list[Told]:
    if event.text != "ended":
        return []
    action = 3 if moment.seed % 2 else 4
    body: Body = {2: action, 3: "LIVE has ended"}
    return [_told(event, moment, "ControlMessage", body, figures={"action": action})]


def strange(what: str, event: Event, moment: Moment) -> Told:
    """A message of an undocumented kind, with absurd numbers, or from the year 2096."""
    if what == "unknown_method":
        body: Body = {2: {7: "unknown", 99: b"\x00\xff" * 40}, 3: 5}
        return _told(event, moment, "SandwichUpdateMessage", body)
    if what == "out_of_range":
        body = {3: -1, 6: 2**63, 7: 2**64 - 1}
        return _told(event, moment, "RoomUserSeqMessage", body, figures={"online": -1, "total": -1})
    body = {2: _user(event.who), 3: "from the future"}
    at = 4_000_000_000_000
    return _told(event, moment, "ChatMessage", body, text="from the future", named=True, at_ms=at)


_KINDS: Mapping[str, Callable[[Event, Moment], list[Told]]] = {
    "chat": _chat,
    "arrival": _arrival,
    "like": _like,
    "follow": _follow,
    "share": _share,
    "viewers": _viewers,
    "product_card": _card,
    "sold_out": _card_gone,
    "purchase": _purchase,
    "state": _state,
}
