"""Yizhibo 一直播: the page alone. Nothing that describes how it speaks is maintained."""

from __future__ import annotations

import re

from crawler.platforms.addresses import parts_of
from crawler.platforms.base import About, Address, Page
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece
from crawler.platforms.seen import AddressedRoom

_ROOM = re.compile(r"/l/(?P<room>[0-9A-Za-z_-]{1,40})(?:\.html)?")


class Yizhibo(AddressedRoom):
    """A room is one broadcast, named by the code in its address."""

    name = "yizhibo"
    hosts: tuple[str, ...] = ("www.yizhibo.com", "yizhibo.com")
    about = About(
        title="Yizhibo 一直播",
        kept="screen, original video and sound, page, whatever frames and answers come (raw)",
        decoded="nothing: no description of how it speaks was found, and the service may be closed",
        not_possible="chat, counters and products as messages; states other than the video and words on the page say",
        login="not known",
        figures={},
    )

    def address(self, url: str) -> Address | None:
        """`/l/CODE.html` is a broadcast or its recording; which of the two, the address does not say."""
        parts = parts_of(url)
        if parts is None or not parts.of("yizhibo.com"):
            return None
        match = _ROOM.fullmatch(parts.path)
        return Address(Page.OTHER) if match is None else Address(Page.ROOM, match["room"], match["room"])

    def decode(self, _: Piece) -> Decoded:
        """Nothing is known of how it speaks."""
        return NOT_OURS
