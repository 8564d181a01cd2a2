"""Any room that has no adapter of its own: judged by its video and by words that such pages show."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from blake3 import blake3

from crawler.platforms.base import About, Address, Page, RoomIdentity, RoomState, Sight
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece

# Words of pages without a playing video. Order matters: a captcha page may ask for a login too.
_SIGNS: tuple[tuple[RoomState, re.Pattern[str]], ...] = (
    (RoomState.CAPTCHA, re.compile(r"拖动滑块|滑块验证|安全验证|完成验证|验证码|captcha", re.IGNORECASE)),
    (RoomState.ENDED, re.compile(r"直播(已|已经)?结束|主播已下播|本场直播已结束|live (has )?ended", re.IGNORECASE)),
    (RoomState.NOT_FOUND, re.compile(r"(直播间|页面)不存在|(room|page) not found", re.IGNORECASE)),
    (
        RoomState.LOGIN_WALL,
        re.compile(r"请(先)?登录|登录后(继续)?(观看|查看)|扫码登录|log ?in to (watch|continue)", re.IGNORECASE),
    ),
    (RoomState.NOT_STARTED, re.compile(r"直播(即将|尚未|未)开始|预约直播|starts? soon", re.IGNORECASE)),
)
# Names of query members by which sites tell rooms apart; others (share tokens, tracking) change within a room.
_ROOM_KEYS = frozenset({"id", "liveid", "live_id", "rid", "room", "roomid", "room_id", "web_rid"})
HAS_CURRENT_DATA = 2  # HTMLMediaElement.HAVE_CURRENT_DATA


class GenericRoom:
    """The fallback adapter: a room is its address, and of the query only what names a room."""

    name = "generic"
    simulated = False
    certain = False
    hosts: tuple[str, ...] = ()
    about = About(
        title="any other room",
        kept="screen, original video and sound, chat frames and answers raw, page",
        decoded="nothing: how this site speaks is not known",
        not_possible="chat and products as messages, room states other than words on the page say",
        login="where the site asks for it",
    )
    chat_rows: tuple[str, ...] = ()
    state_marks: tuple[str, ...] = ()

    def address(self, url: str) -> Address | None:
        """Any address of the web may be a room's."""
        return Address(Page.ROOM) if url.startswith(("http://", "https://")) else None

    def decode(self, _: Piece) -> Decoded:
        """Nothing is known of how an unknown site speaks."""
        return NOT_OURS

    def identity(self, sight: Sight) -> RoomIdentity | None:
        split = urlsplit(sight.url)
        if split.scheme not in {"http", "https"}:
            return None
        named = sorted((key, value) for key, value in parse_qsl(split.query) if key.lower() in _ROOM_KEYS)
        # A digest, not the value: no query stands in an entry.
        query = f"?{blake3(repr(named).encode()).hexdigest(8)}" if named else ""
        return RoomIdentity(self.name, f"{split.hostname or ''}:{split.port or ''}{split.path.rstrip('/')}{query}")

    def state(self, sight: Sight) -> RoomState:
        if sight.video is not None and sight.video.ready >= HAS_CURRENT_DATA and not sight.video.ended:
            return RoomState.PAUSED if sight.video.paused else RoomState.LIVE
        text = f"{sight.title}\n{sight.text}"
        for state, sign in _SIGNS:
            if sign.search(text):
                return state
        return RoomState.NO_CONTENT
