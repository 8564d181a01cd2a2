"""Taobao, Tmall and 1688 Live 淘宝直播: pages, and the answers that they poll."""

from __future__ import annotations

import re

from crawler.platforms.addresses import Parts, parts_of
from crawler.platforms.base import About, Address, Page, RoomState, Sight
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece
from crawler.platforms.seen import AddressedRoom, seen_state
from crawler.platforms.taobao.mtop import decode_answer

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_ROOMS = {"/live": "liveId", "/act/talent/live.html": "id", "/zb/play.html": "feedId"}  # path: what names the room
_ROOM_HOSTS = frozenset({"tbzb.taobao.com", "huodong.m.taobao.com", "live.1688.com"})
_LOGIN_HOSTS = ("login.taobao.com", "login.tmall.com", "login.m.taobao.com", "login.1688.com")


class Taobao(AddressedRoom):
    """Taobao, Tmall and 1688: one gateway, one dialect."""

    name = "taobao"
    hosts: tuple[str, ...] = ("tbzb.taobao.com", "taobao.com", "tmall.com", "1688.com", "tb.cn")
    about = About(
        title="Taobao, Tmall and 1688 Live 淘宝直播",
        kept="screen, original video and sound, polled answers raw, page",
        decoded="chat from both ways of polling, arrivals, likes, gifts, page views, live and ended, the slider as a "
        "captcha. The shapes come from public clients; no recorded sample was found to check them against",
        not_possible="viewers now (onlineCount is always 0 in the web answers); products (the web page shows few or "
        "none); stock and sold counts (product pages ask for a login); passing the slider: it is reported, never slid, "
        "and is said to fail in browsers that a program runs even when a person slides it",
        login="likely needed, by hand, in an ordinary window; the slider appears often",
        figures={
            "pageViewCount": "page views",
            "totalCount": "as Taobao names it; what is counted is not documented",
            "onlineCount": "always 0 on the web: no number of viewers",
            "viewCountFormat": "as Taobao shows it; what is counted is not documented",
            "value.dig": "likes",
        },
    )
    chat_rows: tuple[str, ...] = (
        '#liveComment [class^="itemWrap--"]',
        '[class^="itemWrap--"]',
        ".pc-living-room-message",
        ".comment-message",
    )

    def address(self, url: str) -> Address | None:
        """The rooms of Taobao (`/live?liveId=`, `/act/talent/live.html?id=`) and 1688 (`/zb/play.html?feedId=`)."""
        parts = parts_of(url)
        if parts is None or not parts.of("taobao.com", "tmall.com", "1688.com", "tb.cn"):
            return None
        if parts.of("tb.cn"):
            return Address(Page.SHORT if parts.path else Page.OTHER)
        room = parts.query.get(_ROOMS.get(parts.path, ""), "") if parts.host in _ROOM_HOSTS else ""
        return Address(Page.ROOM, room, room) if _ID.fullmatch(room) else Address(Page.OTHER)

    def state(self, sight: Sight) -> RoomState:
        """By the address of a slider's or a login page, else by video and words: its scripts' state is not known."""
        parts = parts_of(sight.url)
        if parts is not None and _is_slider(parts):
            return RoomState.CAPTCHA
        if parts is not None and parts.of(*_LOGIN_HOSTS):
            return RoomState.LOGIN_WALL
        return seen_state(sight, greets=True)

    def decode(self, piece: Piece) -> Decoded:
        """Answers alone: no socket of Taobao's is known to carry a room's messages."""
        return NOT_OURS if piece.source == "frame" else decode_answer(piece)


def _is_slider(parts: Parts) -> bool:
    return "_____tmd_____/punish" in parts.path or "x5secdata" in parts.query
