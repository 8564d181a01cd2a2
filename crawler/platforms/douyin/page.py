"""Douyin: which address is a room's, and what the room's page says of it (facts 1.1; pure).

A room page carries its state in React's stream: scripts `self.__pace_f.push([1,"..."])` whose texts, joined, hold
`"roomInfo":{"room":{...},"anchor":{...},"web_rid":"..."}`.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

from crawler.platforms.addresses import parts_of
from crawler.platforms.base import Address, Page, RoomState
from crawler.platforms.document_state import objects_after
from crawler.platforms.objects import Members

MARK = "roomStore"  # the one push that holds the room; all pushes of a real page are over a million characters
STATUS = {1: RoomState.NOT_STARTED, 2: RoomState.LIVE, 3: RoomState.PAUSED, 4: RoomState.ENDED}
ROOM_STATUS = {0: RoomState.LIVE, 2: RoomState.ENDED}  # counts where `status` is missing
_PUSH = re.compile(r'__pace_f\.push\(\[\s{0,4}1\s{0,4},\s{0,4}("[^"\\]*+(?:\\.[^"\\]*+)*+")', re.DOTALL)
_DIGITS = re.compile(r"[0-9]{1,20}")
_REFLOW = re.compile(r"/reflow/([0-9]{1,20})$")
_WATCHED = re.compile(r"/(?:root|follow)/live/([0-9]{1,20})$")  # a room beside the site's video feed
_NO_ROOM = Address(Page.OTHER)


def address(url: str) -> Address | None:
    """What a Douyin address is of; None when its host is another's."""
    parts = parts_of(url)
    if parts is None or not parts.of("douyin.com", "amemv.com", "iesdouyin.com"):
        return None
    path = parts.path.strip("/")
    first = path.split("/")[0]
    reflow, watched = _REFLOW.search(parts.path), _WATCHED.match(parts.path)
    found = _NO_ROOM
    if parts.host == "v.douyin.com":
        found = Address(Page.SHORT) if first else _NO_ROOM
    elif reflow is not None:
        found = Address(Page.ROOM, broadcast=reflow[1])
    elif parts.host == "live.douyin.com" and _DIGITS.fullmatch(first):
        found = Address(Page.ROOM, room=first)
    elif parts.host in {"www.douyin.com", "douyin.com"} and (watched or _DIGITS.fullmatch(path)):
        found = Address(Page.ROOM, room=watched[1] if watched else path)
    return found


@lru_cache(maxsize=4)
def room_of(scripts: tuple[str, ...]) -> Members:
    """`roomInfo` of the page's state: the one with a room in it, else the first; of nothing where there is none."""
    pushed = "".join(_text(push[1]) for script in scripts for push in _PUSH.finditer(script))
    found = [Members(each) for each in objects_after(pushed, '"roomInfo"')]
    return next((each for each in found if each.ident("room", "id_str")), found[0] if found else Members(None))


def _text(literal: str) -> str:
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return ""


def state_of(room: Members, room_status: int | None = None) -> RoomState | None:
    """The state that a room object tells; None for a value that nobody has explained."""
    status = room.whole("status")
    if status is not None:
        return STATUS.get(status)
    return None if room_status is None else ROOM_STATUS.get(room_status)
