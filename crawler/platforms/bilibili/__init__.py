"""Bilibili Live 哔哩哔哩直播: pages, packets of its socket, room answers."""

from __future__ import annotations

import re

from crawler.platforms.addresses import parts_of
from crawler.platforms.base import About, Address, Page, RoomState, Sight
from crawler.platforms.bilibili.answers import LIVE_STATUS, decode_answer, state_of_code
from crawler.platforms.bilibili.frames import decode_frame
from crawler.platforms.inline import state_object
from crawler.platforms.objects import Members
from crawler.platforms.pieces import Decoded, Piece
from crawler.platforms.seen import AddressedRoom, by_words, settled_state

_ROOM = re.compile(r"/(?:(?:blanc|h5)/)?(?P<room>[0-9]{1,20})")
_INLINE = "__NEPTUNE_IS_MY_WAIFU__"
_LOGIN_HOSTS = ("passport.bilibili.com",)


class Bilibili(AddressedRoom):
    """A room is its number in the address: short or long, which of the two is not told apart (only the site knows)."""

    name = "bilibili"
    hosts: tuple[str, ...] = ("live.bilibili.com", "bilibili.com", "b23.tv")
    about = About(
        title="Bilibili Live 哔哩哔哩直播",
        kept="screen, original video and sound, socket packets and answers raw, page",
        decoded="chat, viewers so far, those in the ranking, likes, fans, going-to-buy notices, hot-buy numbers, "
        "product cards, live, off, replay loop and cut-off",
        not_possible="who wrote what, for a guest: after some minutes without a login names are masked (x***) and ids "
        "are 0; the cart (mostly for the app alone: the page says so); arrivals, gifts and ranking of the newer kind "
        "(INTERACT_WORD_V2, SEND_GIFT_V2, ONLINE_RANK_V3: their fields are not documented, they are counted)",
        login="not needed to watch; without one names and ids of viewers are hidden",
        figures={
            "WATCHED_CHANGE.num": "viewers so far, cumulative",
            "ONLINE_RANK_COUNT.count": "number in the ranking of active viewers; seen to stop near 10,000",
            "ONLINE_RANK_COUNT.online_count": "viewers now by its name; what is counted is not documented",
            "LIKE_INFO_V3_UPDATE.click_count": "likes so far",
            "ROOM_REAL_TIME_MESSAGE_UPDATE.fans": "the host's followers",
            "popularity": "Bilibili's own mixture (heartbeat reply): no number of people",
            "HOT_BUY_NUM.num": "how many are buying or have bought a product, as Bilibili shows it",
            "RECOMMEND_CARD...hot_buy_num": "the same, on a recommended card",
            "SHOPPING_BUBBLES_STYLE.goods_count": "products in the cart",
        },
    )
    chat_rows: tuple[str, ...] = ("#chat-items .chat-item.danmaku-item",)
    state_marks: tuple[str, ...] = (_INLINE,)

    def address(self, url: str) -> Address | None:
        """`live.bilibili.com/ID`, `/blanc/ID`, `/h5/ID`; short links of b23.tv. The long and the short id both."""
        parts = parts_of(url)
        if parts is None or not parts.of("bilibili.com", "b23.tv"):
            return None
        if parts.of("b23.tv"):
            return Address(Page.SHORT if parts.path else Page.OTHER)
        match = _ROOM.fullmatch(parts.path) if parts.host == "live.bilibili.com" else None
        return Address(Page.OTHER) if match is None else Address(Page.ROOM, match["room"])

    def state(self, sight: Sight) -> RoomState:
        """By `live_status` in the page's inline state, checked against what is seen; else by video and words."""
        parts = parts_of(sight.url)
        if parts is not None and parts.of(*_LOGIN_HOSTS):
            return RoomState.LOGIN_WALL
        inline = Members(state_object(sight.scripts, _INLINE)).inside("roomInitRes")
        refused = state_of_code(inline.at("code"), inline.short("message"))
        status = inline.whole("data", "live_status")
        status = inline.whole("live_status") if status is None else status  # where the answer's frame is left out
        said = LIVE_STATUS.get(status) if status is not None else None
        if said is RoomState.ENDED and by_words(sight.text, greets=True) is RoomState.NOT_STARTED:
            said = RoomState.NOT_STARTED  # 0 is "off": whether before or after, the page's words say
        return settled_state(sight, refused or said, greets=True)

    def decode(self, piece: Piece) -> Decoded:
        """A frame of the room's socket, or an answer about the room."""
        return decode_frame(piece) if piece.source == "frame" else decode_answer(piece)
