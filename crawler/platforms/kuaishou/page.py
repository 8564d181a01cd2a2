"""Kuaishou: which address is a room's, and what the room's page says of it (facts 2; pure).

The room is the host's `principalId`, which stays; the broadcast a `liveStreamId` of 11 characters, new each time. The
page carries `window.__INITIAL_STATE__={liveroom:{playList:[{liveStream,isLiving,errorType,author}],...}}`, with bare
`undefined` in it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from crawler.platforms.addresses import parts_of
from crawler.platforms.base import Address, Page, RoomState
from crawler.platforms.document_state import Words
from crawler.platforms.inline import state_object
from crawler.platforms.objects import Members

MARK = "__INITIAL_STATE__"
NOT_LIVE = 22  # `errorType.type`: with a host he is not live, without one there is none
_ROOM = re.compile(r"/u/([A-Za-z0-9_-]{1,64})(?:/.*)?")
_MOBILE = re.compile(r"/fw/live/([A-Za-z0-9_-]{1,64})")
_TOO_FAST = re.compile(r"(请求|操作)(太|过)快")
WORDS: Words = (
    (RoomState.BLOCKED, _TOO_FAST),
    (RoomState.NOT_STARTED, re.compile(r"主播(尚未|还没|未)开播")),
    (RoomState.PAUSED, re.compile(r"主播(暂时|已)?离开")),
)


def address(url: str) -> Address | None:
    """What a Kuaishou address is of; None when its host is another's."""
    parts = parts_of(url)
    if parts is None or not parts.of("kuaishou.com", "kuaishou.cn", "chenzhongtech.com", "gifshow.com"):
        return None
    room = _ROOM.fullmatch(parts.path) if parts.host in {"live.kuaishou.com", "live.kuaishou.cn"} else None
    mobile = _MOBILE.fullmatch(parts.path)
    if room is not None:
        return Address(Page.ROOM, room=room[1])
    if mobile is not None and mobile[1] != "undefined":
        return Address(Page.ROOM, broadcast=mobile[1])
    if parts.host == "v.kuaishou.com" and parts.path:
        return Address(Page.SHORT)
    return Address(Page.OTHER)


@lru_cache(maxsize=4)
def live_room_of(scripts: tuple[str, ...]) -> Members:
    """`liveroom` of the page's state; of nothing where there is none. Other sites use the same name for theirs."""
    return Members(state_object(scripts, "window.__INITIAL_STATE__")).inside("liveroom")


def state_of(found: Members) -> RoomState | None:
    """What `liveroom` says: None where it says nothing, or an error that nobody has explained."""
    play = found.inside("playList", 0)
    if not isinstance(play.value, dict):
        return None
    error, title = play.ident("errorType", "type"), play.short("errorType", "title") or ""
    if error not in {None, "0"} or _TOO_FAST.search(title):
        return _error_state(error, title, play)
    living = play.yes("isLiving")
    if not living:
        return None if living is None else RoomState.ENDED
    return RoomState.LOGIN_WALL if no_chat(found) and not _media(play) else RoomState.LIVE


def _error_state(error: str | None, title: str, play: Members) -> RoomState:
    """An error is never an end, but for the one that is explained and only when the page shows whose room it is."""
    if _TOO_FAST.search(title):
        return RoomState.BLOCKED
    if error != str(NOT_LIVE):
        return RoomState.NO_CONTENT
    return RoomState.NOT_FOUND if play.ident("author", "id") is None else RoomState.ENDED


def no_chat(found: Members) -> bool:
    """Whether this seat gets no chat socket: guests get none in many rooms, and see the room all the same."""
    return found.at("websocketUrls") == [] and not found.at("token")


def _media(play: Members) -> bool:
    """Whether the page was given anything to play."""
    urls = play.at("liveStream", "playUrls")
    if isinstance(urls, dict):
        return any(bool(each) for each in urls.values())
    return bool(urls)
