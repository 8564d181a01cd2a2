"""Douyin's messages (platforms.md 1.3): each neutral event as the protobuf that live.douyin.com's socket carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crawler.simroom.timeline import in_wan

from .base import Carried, Moment
from .events import Event, Figures, Person
from .protobuf import Value, message
from .webcast import Told, message_id

Body = dict[int, Value]


def told(event: Event, moment: Moment) -> list[Told]:
    """The messages that an event becomes; none when the web socket says nothing of it."""
    make = _KINDS.get(event.kind)
    return [] if make is None else make(event, moment)


def _told(
    event: Event,
    moment: Moment,
    name: str,
    body: Body,
    *,
    text: str = "",
    part: int = 0,
    figures: Mapping[str, int | str] | None = None,
    timed: int | None = None,
) -> Told:
    """One message. ``timed`` is its time when the body holds it; else Common carries one. Both in Unix milliseconds."""
    method, number = f"Webcast{name}", message_id(event, moment, part)
    common: Body = {1: method, 2: number, 3: int(moment.room.broadcast)}
    at = moment.wall_of(event) if timed is None else timed
    if timed is None:
        common[4] = at
    common[6] = True
    who = event.who
    return Told(
        message({1: common, **body}),
        Carried(
            event.number,
            method,
            str(number),
            at,
            name=who.name if who and _names(body) else "",
            user_id=who.id if who and _names(body) else "",
            text=text,
            figures=figures or {},
        ),
    )


def _names(body: Body) -> bool:
    return any(isinstance(value, _User) for value in body.values())


class _User(dict[int, Value]):
    """A User message: tells messages that name someone from those that don't."""


def _user(who: Person | None) -> _User:
    if who is None:
        return _User()
    avatar: Body = {1: f"https://p3.douyinpic.example/{who.id}.webp"}
    return _User(
        {
            1: int(who.id),
            2: int(who.id) % 10**9,
            3: who.name,
            4: int(who.id) % 3,
            6: who.level,
            9: avatar,
            22: {1: 120, 2: 34, 3: 0},
            23: {6: who.level},
            24: {1: {1: "云朵团", 2: who.level % 20, 3: 1, 6: 99_000_001}},
            38: f"dy{who.id}",
            46: f"MS4wLjABAAAA{who.id}",
            1028: who.id,
        }
    )


def _chat(event: Event, moment: Moment) -> list[Told]:
    seconds = moment.wall_of(event) // 1000
    if event.number % 17 == 0:  # typed as an emoji of the site
        body: Body = {2: _user(event.who), 3: event.number % 900, 5: event.text}
        return [_told(event, moment, "EmojiChatMessage", body, text=event.text)]
    body = {2: _user(event.who), 3: event.text, 15: seconds, 20: "0"}
    return [_told(event, moment, "ChatMessage", body, text=event.text, timed=seconds * 1000)]


def _arrival(event: Event, moment: Moment) -> list[Told]:
    online = event.figure("online")
    who = int(event.who.id) if event.who else 0
    body: Body = {2: _user(event.who), 3: online, 9: 6, 10: 1, 11: "来了", 12: who}
    return [_told(event, moment, "MemberMessage", body, figures={"member_count": online})]


def _like(event: Event, moment: Moment) -> list[Told]:
    body: Body = {2: event.figure("count"), 3: event.figure("total"), 5: _user(event.who)}
    return [_told(event, moment, "LikeMessage", body, figures=event.figures)]


def _social(event: Event, moment: Moment) -> list[Told]:
    user = _user(event.who)
    if event.kind == "follow":
        body: Body = {2: user, 4: 1, 6: event.figure("followers")}
    else:
        body = {2: user, 3: 1, 4: 3, 5: "wechat"}
    return [_told(event, moment, "SocialMessage", body, figures=event.figures)]


def _gift(event: Event, moment: Moment) -> list[Told]:
    gift, count, at = event.figure("gift_id"), event.figure("count"), moment.wall_of(event)
    kind: Body = {5: gift, 11: 1, 12: event.figure("value"), 16: event.text}
    body: Body = {2: gift, 3: 0, 4: 1, 5: count, 6: count, 7: _user(event.who), 9: 1, 11: event.number, 15: kind}
    return [
        _told(event, moment, "GiftMessage", {**body, 29: count, 33: at}, figures={**event.figures, "title": event.text})
    ]


def _fan_club(event: Event, moment: Moment) -> list[Told]:
    level = event.figure("level")
    name = event.who.name if event.who else ""
    words = f"恭喜 {name} 加入{event.text}" if level == 1 else f"恭喜 {name} 升级到{level}级"
    body: Body = {2: 2 if level == 1 else 1, 3: words, 4: _user(event.who)}
    return [_told(event, moment, "FansclubMessage", body, text=words)]


def _purchase(event: Event, moment: Moment) -> list[Told]:
    """The web socket names no buyer: a pop with product ids, a deal of type 2, or counts of those about to buy."""
    product, seconds = str(event.figures["product_id"]), moment.wall_of(event) // 1000
    which = {"product_id": product}
    if event.figures["stage"] == "going":
        count = 1 + event.number % 40
        body: Body = {2: [{1: product, 2: event.text, 3: count}], 3: seconds}
        counted: Figures = {**which, "title": event.text, "count": count}
        return [_told(event, moment, "EcomBuyIntentionMessage", body, figures=counted, timed=seconds * 1000)]
    if event.number % 2:
        body = {2: 2, 3: int(product), 9: [product], 33: event.number}
        return [_told(event, moment, "LiveShoppingMessage", body, figures={**which, "msg_type": 2})]
    inside = message({1: int(product), 2: int(product) + 1, 3: seconds})
    body = {2: "LivePopMessage", 3: "pb", 4: event.number, 6: inside}
    figures_pop = {**which, "content_type": "LivePopMessage"}
    return [_told(event, moment, "LiveEcomGeneralMessage", body, figures=figures_pop)]


def _viewers(event: Event, moment: Moment) -> list[Told]:
    online, total = event.figure("online"), event.figure("total")
    shown = in_wan(online)
    sequence: Body = {3: online, 4: shown, 6: 0, 7: total, 8: "10万+", 9: shown, 11: in_wan(total)}
    stats: Body = {
        2: shown,
        3: shown,
        4: f"{shown}在线观众",
        5: online,
        6: event.number,
        7: False,
        8: False,
        9: online,
        10: 1,
    }
    first: Figures = {"online": online, "total": total, "online_shown": shown, "total_shown": "10万+"}
    return [
        _told(event, moment, "RoomUserSeqMessage", sequence, figures=first),
        _told(
            event,
            moment,
            "RoomStatsMessage",
            stats,
            part=1,
            figures={"online": online, "online_shown": f"{shown}在线观众"},
        ),
    ]


def _card(event: Event, moment: Moment) -> list[Told]:
    product, price, sold = str(event.figures["product_id"]), event.figure("price_fen"), event.figure("sold")
    info: Body = {1: price, 2: event.text, 3: "https://p3.douyinpic.example/c.webp", 4: 1}
    sku: Body = {2: price, 3: event.figure("original_fen")}
    body: Body = {
        2: 7,
        3: int(product),
        9: [product],
        10: 1,
        11: info,
        15: moment.wall_of(event),
        18: sku,
        30: {2: sold, 3: 1, 4: sold},
    }
    figures: Figures = {"product_id": product, "price_fen": price, "sold": sold, "msg_type": 7, "update_type": 1}
    figures["title"] = event.text
    explain: Body = {2: {1: int(product), 2: True}}
    return [
        _told(event, moment, "LiveShoppingMessage", body, figures=figures),
        _told(event, moment, "AwemeShopExplainMessage", explain, part=1, figures={"product_id": product}),
    ]


def _sold_out(event: Event, moment: Moment) -> list[Told]:
    product = str(event.figures["product_id"])
    body: Body = {2: 7, 9: [product], 10: 1, 12: True, 15: moment.wall_of(event)}
    figures: Figures = {"product_id": product, "sold_out": 1, "msg_type": 7, "update_type": 1}
    return [_told(event, moment, "LiveShoppingMessage", body, figures=figures)]


def _countdown(event: Event, moment: Moment) -> list[Told]:
    product, start = str(event.figures["product_id"]), moment.wall_of(event) // 1000
    end, price, limit = start + event.figure("seconds"), event.figure("price_fen"), event.figure("limit")
    campaign: Body = {
        1: True,
        2: "限时秒杀",
        3: str(price),
        5: start,
        6: end,
        7: "开始",
        8: "距结束",
        9: limit,
        10: False,
    }
    body: Body = {2: 10, 3: int(product), 9: [product], 10: 3, 14: {**campaign, 11: str(event.number)}}
    figures: Figures = {
        "product_id": product,
        "starts_s": start,
        "ends_s": end,
        "price_fen": price,
        "limit": limit,
    }
    return [_told(event, moment, "LiveShoppingMessage", body, figures={**figures, "title": "限时秒杀", "msg_type": 10})]


def _list(event: Event, moment: Moment) -> list[Told]:
    changed, at = str(event.figures["changed"]).split(","), moment.wall_of(event)
    products: list[Value] = [{1: int(product), 2: index, 4: 0} for index, product in enumerate(changed, 1)]
    body: Body = {2: at, 3: event.text, 4: products, 5: event.figure("count")}
    general: Body = {
        2: "ProductRefreshMessage",
        3: "pb",
        4: event.number,
        6: message({1: [int(one) for one in changed]}),
    }
    return [
        _told(event, moment, "ProductChangeMessage", body, text=event.text, figures=event.figures),
        _told(
            event, moment, "LiveEcomGeneralMessage", general, part=1, figures={"content_type": "ProductRefreshMessage"}
        ),
    ]


def _coupon(event: Event, moment: Moment) -> list[Told]:
    left, amount, number = event.figure("left"), event.figure("amount"), int(event.figures["coupon_id"])
    shopping: Body = {2: 10, 13: {1: event.text, 4: True, 5: number}}
    ecom: Body = {2: 1, 5: event.text, 7: number, 8: moment.wall_of(event), 13: {24: left, 29: amount}, 14: str(number)}
    figures: Figures = {"coupon_id": str(number), "left": left, "amount": amount}
    shopping_figures: Figures = {"title": event.text, "coupon_id": str(number), "msg_type": 10}
    return [
        _told(event, moment, "LiveShoppingMessage", shopping, figures=shopping_figures),
        _told(event, moment, "LiveEcomMessage", ecom, part=1, text=event.text, figures=figures),
    ]


def _notice(event: Event, moment: Moment) -> list[Told]:
    return [_told(event, moment, "RoomMessage", {2: event.text, 20: "notice"}, text=event.text)]


def _state(event: Event, moment: Moment) -> list[Told]:
    """The only state that facts know from the stream: 3, the broadcast is over."""
    if event.text != "ended":
        return []
    return [_told(event, moment, "ControlMessage", {2: 3, 3: "直播已结束"}, figures={"action": 3})]


def strange(what: str, event: Event, moment: Moment) -> Told:
    """A message of an undocumented kind, with absurd numbers, or from the year 2096."""
    if what == "unknown_method":
        return _told(event, moment, "SandwichUpdateMessage", {2: {7: "unknown", 99: b"\x00\xff" * 40}, 3: 5}, part=9)
    if what == "out_of_range":
        body: Body = {3: -1, 6: 2**63, 7: 2**64 - 1, 8: "99999999999999999999万", 9: "-3"}
        return _told(event, moment, "RoomUserSeqMessage", body, part=9, figures={"online": -1, "total": -1})
    seconds = 4_000_000_000
    body = {2: _user(event.who), 3: "from the future", 15: seconds}
    return _told(event, moment, "ChatMessage", body, part=9, text="from the future", timed=seconds * 1000)


_KINDS: Mapping[str, Callable[[Event, Moment], list[Told]]] = {
    "chat": _chat,
    "arrival": _arrival,
    "like": _like,
    "follow": _social,
    "share": _social,
    "gift": _gift,
    "fan_club": _fan_club,
    "purchase": _purchase,
    "viewers": _viewers,
    "product_card": _card,
    "product_list": _list,
    "sold_out": _sold_out,
    "coupon": _coupon,
    "countdown": _countdown,
    "notice": _notice,
    "state": _state,
}
