"""Huajiao 花椒: the page, and the one answer that tells of a broadcast (source: ihmily/DouyinLiveRecorder)."""

from __future__ import annotations

import re

from crawler.platforms.addresses import members_of, parts_of
from crawler.platforms.base import About, Address, Page, RoomState
from crawler.platforms.messages import Kind, Where
from crawler.platforms.objects import Members, Notes, fault
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece, Unknown
from crawler.platforms.said import Said
from crawler.platforms.seen import AddressedRoom, by_words
from crawler.platforms.wire.json_text import parsed
from crawler.platforms.wire.undecodable import Undecodable

METHOD = "getFeedInfo"
_ROOM = re.compile(r"/l/(?P<room>[0-9A-Za-z]{1,40})")
_TOLD = frozenset({RoomState.ENDED, RoomState.NOT_FOUND, RoomState.LOGIN_WALL, RoomState.CAPTCHA})


class Huajiao(AddressedRoom):
    """A room is one broadcast: its number changes with each, and only the host's own page stays."""

    name = "huajiao"
    hosts: tuple[str, ...] = ("www.huajiao.com", "huajiao.com")
    about = About(
        title="Huajiao 花椒",
        kept="screen, original video and sound, page, whatever frames and answers come (raw)",
        decoded="whether a broadcast is there, from one answer of the page (getFeedInfo)",
        not_possible="chat (no description of its socket was found), counters, products (no cart was seen)",
        login="not needed for a broadcast's page; the host's page (/user/) shows its stream only with a login's cookie",
        figures={},
    )

    def address(self, url: str) -> Address | None:
        """`/l/RELATEID` is a broadcast; `/user/UID` is the host's page."""
        parts = parts_of(url)
        if parts is None or not parts.of("huajiao.com"):
            return None
        match = _ROOM.fullmatch(parts.path)
        return Address(Page.OTHER) if match is None else Address(Page.ROOM, match["room"], match["room"])

    def decode(self, piece: Piece) -> Decoded:
        """`/feed/getFeedInfo?relateid=`: errmsg, or creatime, feed and author."""
        if piece.source == "frame" or not piece.address.path.rstrip("/").endswith(f"/feed/{METHOD}"):
            return NOT_OURS
        try:
            found = parsed(piece.payload)
        except Undecodable as error:
            return Decoded(faults=(fault(error, len(piece.payload)),))
        notes = Notes(piece.received_ms)
        notes.flaws(found)
        answer = Members(found.value, notes)
        if not isinstance(found.value, dict) or not ({"errmsg", "data"} & found.value.keys()):
            return Decoded(unknown=(Unknown(METHOD, len(piece.payload)),))
        said = _said(answer, members_of(piece.address.query).get("relateid"))
        return Decoded(messages=(said.placed(METHOD, Where(0, len(piece.payload)), notes.flags),))


def _said(answer: Members, asked: str | None) -> Said:
    """An error claims the end only in words that say so; else it says that no room is there."""
    words = answer.text("errmsg")
    broadcast = answer.ident("data", "feed", "relateid") or (asked[:200] if asked else None)
    if words is not None:
        told = by_words(words)
        state = told if told in _TOLD else RoomState.NO_CONTENT
        return Said(Kind.ROOM_STATE, site_kind="errmsg", state=state, broadcast=broadcast)
    live = bool(answer.at("data", "creatime")) and answer.ident("data", "feed", "sn") is not None
    return Said(Kind.ROOM_STATE, state=RoomState.LIVE if live else RoomState.NO_CONTENT, broadcast=broadcast)
