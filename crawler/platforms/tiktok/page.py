"""TikTok: which address is a room's, and what the room's page says of it (facts 8; pure).

The room is the host's name (`@name`), which stays; the broadcast a `roomId`, new each time. The page carries its state
in `<script id="SIGI_STATE">`: `LiveRoom.liveRoomUserInfo{user{uniqueId,roomId,status},liveRoom}`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from crawler.platforms.addresses import parts_of
from crawler.platforms.base import Address, Page, RoomState
from crawler.platforms.document_state import Words, objects_after
from crawler.platforms.objects import Members

MARK = "SIGI_STATE"
WORDS: Words = (
    (RoomState.CAPTCHA, re.compile(r"drag the slider|verify to continue", re.IGNORECASE)),
    (RoomState.PAUSED, re.compile(r"live (is )?paused", re.IGNORECASE)),
    (RoomState.NOT_FOUND, re.compile(r"couldn.t find this account", re.IGNORECASE)),
)
STATUS = {2: RoomState.LIVE, 4: RoomState.ENDED}
_NAME = re.compile(r"/@([A-Za-z0-9_.]{1,40})/live")
_SHARED = re.compile(r"/share/live/([0-9]{1,20})")
_SHORT_PATH = re.compile(r"/t/[A-Za-z0-9]+")


def address(url: str) -> Address | None:
    """What a TikTok address is of; None when its host is another's. A person's own page is no room."""
    parts = parts_of(url)
    if parts is None or not parts.of("tiktok.com"):
        return None
    named, shared = _NAME.fullmatch(parts.path), _SHARED.fullmatch(parts.path)
    if named is not None:
        return Address(Page.ROOM, room=named[1].lower())
    if shared is not None:
        return Address(Page.ROOM, broadcast=shared[1])
    if (parts.host in {"vm.tiktok.com", "vt.tiktok.com"} and parts.path) or _SHORT_PATH.fullmatch(parts.path):
        return Address(Page.SHORT)
    return Address(Page.OTHER)


@lru_cache(maxsize=4)
def room_of(scripts: tuple[str, ...]) -> Members:
    """`liveRoomUserInfo` of the page's state; of nothing where there is none."""
    found = (Members(each) for script in scripts for each in objects_after(script, '"liveRoomUserInfo"'))
    return next(found, Members(None))


def state_of(found: Members) -> RoomState | None:
    """The state of `{user{status}, liveRoom{status}}`: 2 live, 4 not live any more; None for other numbers.

    The broadcast's own number counts before the host's. A host who is not live without any broadcast has not begun.
    """
    number = found.whole("liveRoom", "status")
    number = found.whole("user", "status") if number is None else number
    state = STATUS.get(number or 0)
    began = found.ident("user", "roomId") not in {None, "0"}
    return RoomState.NOT_STARTED if state is RoomState.ENDED and not began else state
