"""State that a page carries in its inline scripts, and what it means beside what the page shows (pure).

Scripts are the document's as it was loaded: they don't change when the room does. So the video, and words that only an
end or a captcha has, count more than a script that says "live"; and a script that says "over" counts more than nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from crawler.platforms.base import RoomState, Sight
from crawler.platforms.seen import by_video, seen_state
from crawler.platforms.spans import root
from crawler.platforms.wire.json_text import parse
from crawler.platforms.wire.undecodable import Undecodable

Words = tuple[tuple[RoomState, re.Pattern[str]], ...]
MOST_OBJECTS = 8  # tried in one text: each try may read all of it
_GOES_ON = frozenset({RoomState.LIVE, RoomState.PAUSED, RoomState.NOT_STARTED})  # into a room that plays
_SINCE = frozenset({RoomState.ENDED, RoomState.CAPTCHA, RoomState.PAUSED})  # what may have come after "live"


def objects_after(text: str, mark: str) -> Iterator[dict[str, Any]]:
    """The JSON objects that follow a mark such as `"roomInfo"`, with nothing but space and a colon between."""
    content = text.encode(errors="replace")
    found = re.compile(re.escape(mark.encode()) + rb"\s{0,16}:\s{0,16}(?=\{)").finditer(content)
    for match in islice(found, MOST_OBJECTS):
        place = root(content, match.end())
        if place is None:
            return  # braces without an end: whatever follows lies in them
        try:
            value = parse(content[slice(*place)])
        except Undecodable:
            continue
        if isinstance(value, dict):
            yield value


def room_state(
    told: RoomState | None, sight: Sight, words: Words = (), *, wall: bool = False, vague: bool = False
) -> RoomState:
    """The room's state, from what the document's state says (None: nothing) and what the page shows.

    `words` are the site's own, before those that any site uses. `wall`: words that ask for a login are believed, though
    the document says "live"; otherwise a guest's page shows them all the time, beside a room that is seen. `vague`: the
    document says no more than "not live", so words that say why count before it.
    """
    said = next((state for state, sign in words if sign.search(f"{sight.title}\n{sight.text}")), None)
    shown = by_video(sight) or said or seen_state(sight)
    if told is None:
        return shown
    if by_video(sight) is not None:
        return shown if told in _GOES_ON else told
    if told is RoomState.LIVE:
        return shown if shown in (_SINCE | {RoomState.LOGIN_WALL} if wall else _SINCE) else told
    if vague and shown is not RoomState.NO_CONTENT:
        return shown
    return shown if shown is RoomState.CAPTCHA else told
