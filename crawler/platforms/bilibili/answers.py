"""Answers about a room: `get_info`, `room_init` and their like, known by the end of their path."""

from __future__ import annotations

import re
from typing import Any

from crawler.platforms.base import RoomState
from crawler.platforms.bilibili.commands import watched
from crawler.platforms.messages import Kind, Message, Where
from crawler.platforms.objects import Members, Notes, fault, last_segment
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece, Unknown
from crawler.platforms.said import Said
from crawler.platforms.spans import span_of
from crawler.platforms.wire.json_text import parsed
from crawler.platforms.wire.undecodable import Undecodable

LIVE_STATUS = {0: RoomState.ENDED, 1: RoomState.LIVE, 2: RoomState.REPLAY}  # 0: off
RISK_CONTROL = -352
_NO_SUCH_ROOM = frozenset({19002000, 60004})  # getInfoByRoom, room_init
_NOT_FOUND = re.compile(r"房间不存在|直播间不存在|未找到.{0,4}房间")
_ROOM_ANSWERS = {  # where each has its live_status
    "get_info": ("data",),
    "room_init": ("data",),
    "getRoomPlayInfo": ("data",),
    "getInfoByRoom": ("data", "room_info"),
}
_TOKEN_ANSWER = "getDanmuInfo"  # noqa: S105 - a method's name; its answer holds the socket's hosts and token


def state_of_code(code: Any, words: str | None) -> RoomState | None:
    """What an answer's code says of the room; None for 0 and for codes that nobody has explained."""
    if code == RISK_CONTROL:
        return RoomState.BLOCKED
    if code in (0, None) or isinstance(code, bool) or not isinstance(code, int):
        return None
    found = code in _NO_SUCH_ROOM or (words is not None and _NOT_FOUND.search(words) is not None)
    return RoomState.NOT_FOUND if found else None


def decode_answer(piece: Piece) -> Decoded:
    """The room's state, and counters where an answer has them; other answers are not ours."""
    method = last_segment(piece)
    place = _ROOM_ANSWERS.get(method)
    if place is None and method != _TOKEN_ANSWER:
        return NOT_OURS
    try:
        found = parsed(piece.payload)
    except Undecodable as error:
        return Decoded(faults=(fault(error, len(piece.payload)),))
    notes = Notes(piece.received_ms)
    notes.flaws(found)
    answer = Members(found.value, notes)
    code = answer.at("code")
    if code != 0:
        return _refused(piece, method, answer)
    if place is None:
        return Decoded()
    return _room(piece, method, answer, place)


def _refused(piece: Piece, method: str, answer: Members) -> Decoded:
    code = answer.at("code")
    state = state_of_code(code, answer.text("message") or answer.text("msg"))
    if state is None:
        return Decoded(unknown=(Unknown(f"{method} code {str(code)[:20]}", len(piece.payload)),))
    said = Said(Kind.ROOM_STATE, site_kind=f"code {code}", state=state)
    return Decoded(messages=(said.placed(method, Where(0, len(piece.payload)), answer.notes.flags),))


def _room(piece: Piece, method: str, answer: Members, place: tuple[str, ...]) -> Decoded:
    room = answer.inside(*place)
    status = room.whole("live_status")
    messages: list[Message] = []
    if status is not None:
        said = Said(
            Kind.ROOM_STATE,
            site_kind=f"live_status {status}",
            state=LIVE_STATUS.get(status),
            broadcast=room.ident("live_id_str"),
            more=room.more("room_id", "short_id"),
        )
        messages.append(said.placed(method, Where(0, len(piece.payload)), answer.notes.flags))
    figures = watched(answer.inside("data", "watched_show"), "watched_show.num")
    span = span_of(piece.payload, ("data", "watched_show")) if figures else None
    if span is not None:
        messages.append(Said(Kind.VIEWERS, figures=figures).placed(f"{method} watched_show", Where(*span), ()))
    unknown = () if messages else (Unknown(method, len(piece.payload)),)
    return Decoded(messages=tuple(messages), unknown=unknown)
