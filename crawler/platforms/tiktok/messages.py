"""TikTok: chat, people, counters and shop on the push socket (facts 8; pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crawler.platforms.base import RoomState
from crawler.platforms.messages import Counts, Kind, Message, Product
from crawler.platforms.webcast import Reader
from crawler.platforms.webcast_said import Said, arrival, like, social

IS_HISTORY = 6  # field of a message in the envelope: it was said before this seat came
_CONTROL = {3: "ended", 4: "ended"}
_POP = {1: "pop", 4: "un-pop"}


def _chat(said: Said) -> Message:
    return said.message(
        Kind.CHAT,
        person=said.person(2),
        text=said.text(3),
        more={"content_language": said.text(14), "emotes": len(said.body.messages(13)) or None},
    )


def _social(said: Said) -> Message:
    found, shares = social(said), said.count(8)
    return found if shares is None else replace(found, more={**found.more, "share_count": shares})


def _viewers(said: Said) -> Message:
    figures = (
        *said.figure(Counts.ONLINE, 3, "total"),
        *said.figure(Counts.CUMULATIVE, 7, "total_user"),
        *said.figure(Counts.POPULARITY, 6, "popularity"),
        *said.figure(Counts.RAW, 8, "anonymous"),
        *said.shown(Counts.RAW, 4, "pop_str"),
    )
    return said.message(Kind.VIEWERS, figures=figures)


def _control(said: Said) -> Message:
    """WebcastControlMessage: 3 and 4 end the broadcast; no other value is explained."""
    ended = said.body.uint(2) in _CONTROL
    return said.message(
        Kind.ROOM_STATE,
        site_kind=said.kind_of(2, _CONTROL),
        text=said.text(3),
        state=RoomState.ENDED if ended else None,
    )


def _shopping(said: Said) -> Message:
    """WebcastOecLiveShoppingMessage: 1 brings a product card up, 4 takes it away. The price is a text."""
    kind = said.body.uint(2)
    card, timings = said.body.message(4), said.body.message(5)
    more: dict[str, int | str | bool | None] = {}
    products: tuple[Product, ...] = ()
    shown = {1: True, 4: False}.get(kind or 0)
    if card is not None:
        product = Product(
            id=said.name_of(6, card), title=said.text(1, card), price_text=said.text(2, card), shown=shown
        )
        products = (product,)
        more = {"product_status": said.count(11, card), "product_type": said.count(5, card)}
    if timings is not None:
        more |= {f"timings.{number}": said.count(number, timings) for number in (1, 2, 3)}
    return said.message(Kind.PRODUCT, site_kind=said.kind_of(2, _POP), products=products, more=more)


def _manager(said: Said) -> Message:
    """WebcastOecLiveManagerMessage. That it carries purchase_product_info is said; what it means nobody explains."""
    more = {"has purchase_product_info": True} if 3 in said.body else None
    return said.message(Kind.OTHER, site_kind=said.kind_of(2), more=more)


def _barrage(said: Said) -> Message:
    return said.message(Kind.NOTICE, text=said.text(3), more={"duration": said.count(4)})


def _named_alone(said: Said) -> Message:
    return said.message(Kind.OTHER)


READERS: Mapping[str, Reader] = {
    "WebcastChatMessage": _chat,
    "WebcastMemberMessage": arrival,
    "WebcastLikeMessage": like,
    "WebcastSocialMessage": _social,
    "WebcastRoomUserSeqMessage": _viewers,
    "WebcastControlMessage": _control,
    "WebcastOecLiveShoppingMessage": _shopping,
    "WebcastOecLiveManagerMessage": _manager,
    "WebcastOecLiveHotRoomMessage": _named_alone,
    "WebcastEcBarrageMessage": _barrage,
    "WebcastRoomPinMessage": _named_alone,
}
