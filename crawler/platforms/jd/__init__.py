"""JD Live 京东直播: pages, socket and state answers."""

from __future__ import annotations

import re

from crawler.platforms.addresses import Parts, parts_of
from crawler.platforms.base import About, Address, Page, RoomState, Sight
from crawler.platforms.jd.answers import decode_answer
from crawler.platforms.jd.frames import decode_frame
from crawler.platforms.pieces import Decoded, Piece
from crawler.platforms.seen import AddressedRoom, seen_state

_FRAGMENT = re.compile(r"/?(?P<live>[0-9]{1,20})(?:[/?].*)?")  # "/48399381", "/48399381/live?origin=0"
_LIVE = re.compile(r"[0-9]{1,20}")
_LOGIN_HOSTS = ("passport.jd.com", "plogin.m.jd.com")
_RISK_HOSTS = ("cfe.m.jd.com",)  # the page that stands in for any other until a puzzle is solved


class JD(AddressedRoom):
    """A room is one broadcast: JD gives each a new liveId, and no address names the host."""

    name = "jd"
    hosts: tuple[str, ...] = ("lives.jd.com", "zhibo.jd.com", "jd.com", "3.cn")
    about = About(
        title="JD Live 京东直播",
        kept="screen, original video and sound, socket frames (plain JSON) and answers raw, page",
        decoded="chat, arrivals, likes, follows, purchase notices, viewer statistics, product cards with price and "
        "sold text, number of products in the cart, coupons, pause and end",
        not_possible="stock (no number is sent); the sold count of a product's own page (hidden from guests); rooms "
        "that are for the app alone (secret 1); what -100, hotSaleValue and limitTime mean is not known: shown raw",
        login="not needed; product pages ask for one",
        figures={
            "current_viewer": "viewers now",
            "total_viwer": "viewers so far, cumulative (JD's own spelling)",
            "pv": "page views as JD calls them; less than total_viwer where it was seen",
            "max_viewer": "most viewers at once in this broadcast",
            "message_num": "messages so far",
            "thumbs_up_num": "likes so far",
            "cart_num": "products in the cart by the statistics; 0 where the cart had 78",
            "number": "products in the anchor's cart",
            "joinUserNum": "as JD names it: number of those who joined",
            "hotSaleInfo.hotSaleValue": "not known",
            "popupCardVO.limitTime": "not known (milliseconds)",
        },
    )

    def address(self, url: str) -> Address | None:
        """`lives.jd.com/#/ID`, `zhibo.jd.com/liveroom?liveId=ID`; short links of 3.cn."""
        parts = parts_of(url)
        if parts is None or not parts.of("jd.com", "3.cn"):
            return None
        if parts.of("3.cn"):
            return Address(Page.SHORT if parts.path else Page.OTHER)
        live = _live_id(parts)
        return Address(Page.OTHER) if live is None else Address(Page.ROOM, live, live)

    def state(self, sight: Sight) -> RoomState:
        """Its scripts' state is not known: by video and words. A broadcast's state comes in its answers."""
        parts = parts_of(sight.url)
        if parts is not None and parts.of(*_RISK_HOSTS):
            return RoomState.CAPTCHA
        if parts is not None and parts.of(*_LOGIN_HOSTS):
            return RoomState.LOGIN_WALL
        return seen_state(sight, greets=True)

    def decode(self, piece: Piece) -> Decoded:
        """A frame of the room's socket, or one of the state answers."""
        return decode_frame(piece) if piece.source == "frame" else decode_answer(piece)


def _live_id(parts: Parts) -> str | None:
    if parts.host.split(".")[0] not in {"lives", "zhibo"}:
        return None
    if parts.path == "/liveroom":
        live = parts.query.get("liveId", "")
        return live if _LIVE.fullmatch(live) else None
    match = _FRAGMENT.fullmatch(parts.fragment)
    return match["live"] if match is not None and parts.path in {"", "/index.html"} else None
