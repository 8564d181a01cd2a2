"""Inke 映客: the page alone. What a room's socket sends is not known; guests get none (source: wzgrx/pure_live)."""

from __future__ import annotations

import re

from crawler.platforms.addresses import parts_of
from crawler.platforms.base import About, Address, Page
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece
from crawler.platforms.seen import AddressedRoom

_NUMBER = re.compile(r"[0-9]{1,20}")
_APP_SHARE = re.compile(r"/app/(?:[^/]+/)*live")


class Inke(AddressedRoom):
    """A room is its host (uid); each broadcast has an id of its own."""

    name = "inke"
    hosts: tuple[str, ...] = ("www.inke.cn", "inke.cn", "inke.com")
    about = About(
        title="Inke 映客",
        kept="screen, original video and sound where the page plays them, page, whatever frames and answers come (raw)",
        decoded="nothing: how it speaks is not known; guests are reported to get no chat connection",
        not_possible="chat, counters and products as messages; many rooms show a guest nothing but an invitation to "
        "the app; states other than the video and words on the page say",
        login="not known to help",
        figures={},
    )

    def address(self, url: str) -> Address | None:
        """`/liveroom/index.html?uid=HOST&id=BROADCAST`, and the app's `/app/.../live?uid=&liveid=`."""
        parts = parts_of(url)
        if parts is None or not parts.of("inke.cn", "inke.com"):
            return None
        if parts.path not in {"/liveroom/index.html", "/liveroom"} and not _APP_SHARE.fullmatch(parts.path):
            return Address(Page.OTHER)
        host, broadcast = parts.query.get("uid", ""), parts.query.get("id") or parts.query.get("liveid", "")
        if not _NUMBER.fullmatch(host):
            return Address(Page.OTHER)
        return Address(Page.ROOM, host, broadcast if _NUMBER.fullmatch(broadcast) else None)

    def decode(self, _: Piece) -> Decoded:
        """Nothing is known of how it speaks."""
        return NOT_OURS
