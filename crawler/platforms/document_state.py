"""State that a page carries in its inline scripts, and what it means beside what the page shows (pure).

Scripts are the document's as it was loaded: they don't change when the room does. So the video, and words that only an
end or a captcha has, count more than a script that says "live"; and a script that says "over" counts more than nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crawler.platforms.base import RoomState, Sight
from crawler.platforms.seen import by_video, seen_state
from crawler.platforms.wire.json_text import parse
from crawler.platforms.wire.undecodable import Undecodable

MOST_OBJECTS = 50  # tried in one text
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}]', re.DOTALL)  # possessive: linear on any text
_GOES_ON = frozenset({RoomState.LIVE, RoomState.PAUSED, RoomState.NOT_STARTED})  # into a room that plays
_OVER = frozenset({RoomState.ENDED, RoomState.CAPTCHA})
_LITERAL = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")|\bundefined\b', re.DOTALL)


def object_at(text: str, start: int) -> dict[str, Any] | None:
    """The JSON object that begins at this brace; `undefined` outside of texts, as scripts have it, is null."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        sign = text[token.start()]
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            literal = text[start : token.end()]
            try:
                found = parse(_LITERAL.sub(lambda each: each[1] or "null", literal))
            except Undecodable:
                return None
            return found if isinstance(found, dict) else None
    return None


def objects_after(text: str, mark: str) -> Iterator[dict[str, Any]]:
    """The objects that follow a mark such as `"roomInfo":`, with nothing but space, = or : between."""
    at = text.find(mark)
    for _ in range(MOST_OBJECTS):
        if at < 0:
            return
        begin = at + len(mark)
        gap = re.compile(r"[\s:=]{0,16}").match(text, begin)
        if gap is not None and text[gap.end() : gap.end() + 1] == "{":
            found = object_at(text, gap.end())
            if found is not None:
                yield found
        at = text.find(mark, begin)


def room_state(told: RoomState | None, sight: Sight, *, wall: bool = False) -> RoomState:
    """The room's state, from what the document's state says (None: nothing) and what the page shows.

    `wall`: words that ask for a login are believed although the document says "live"; otherwise a guest's page shows
    them all the time, beside a room that is seen.
    """
    shown = seen_state(sight)
    if told is None:
        return shown
    if by_video(sight) is not None:
        return shown if told in _GOES_ON else told
    if told is RoomState.LIVE:
        return shown if shown in (_OVER | {RoomState.LOGIN_WALL} if wall else _OVER) else told
    return shown if shown is RoomState.CAPTCHA else told
