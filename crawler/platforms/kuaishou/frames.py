"""Kuaishou: frames of the PC page's socket (facts 2; pure).

A frame is a SocketMessage: payload type 1, compression type 2 (1 none, 2 gzip, 3 AES), payload 3, server time 4 (ms).
The socket's path says little ("/group7", "/websocket"), so a frame is known by its shape; on a path of the first kind,
which no other socket of the page has, what has another shape is a fault.
"""

from __future__ import annotations

import re

from crawler.platforms.base import RoomState
from crawler.platforms.found import Found
from crawler.platforms.kuaishou.feeds import Said, feed_push
from crawler.platforms.messages import Counts, Figure, Kind, Message, Where
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece
from crawler.platforms.webcast import is_gzip
from crawler.platforms.wire.inflate import gunzip
from crawler.platforms.wire.message import Message as Fields
from crawler.platforms.wire.undecodable import Undecodable

GZIP, AES = 2, 3
NAMES = {
    1: "CS_HEARTBEAT",
    101: "SC_HEARTBEAT_ACK",
    103: "SC_ERROR",
    200: "CS_ENTER_ROOM",
    202: "CS_USER_EXIT",
    300: "SC_ENTER_ROOM_ACK",
    301: "SC_AUTHOR_PAUSE",
    302: "SC_AUTHOR_RESUME",
    310: "SC_FEED_PUSH",
    330: "SC_RED_PACK_FEED",
    340: "SC_LIVE_WATCHING_LIST",
    355: "SC_SUSPECTED_VIOLATION",
    360: "SC_SHOP_OPENED",
    361: "SC_SHOP_CLOSED",
    758: "SC_LIVE_WARNING_MASK",
    829: "SC_COMMENT_ZONE_RICH_TEXT",
}
QUIET = frozenset({101, 300})  # of the socket itself: nobody's message
_GROUP = re.compile(r"/group\d{1,6}/?")
_STATES = {301: RoomState.PAUSED, 302: RoomState.LIVE}
_SHOP = {360: True, 361: False}
_SHAPE = frozenset(range(1, 9))  # a SocketMessage has four fields; what has others is some other socket's


def decode_frame(piece: Piece) -> Decoded:
    """What a frame says; `NOT_OURS` when it has not the shape of a SocketMessage."""
    frame = Fields.of(piece.payload, partial=True)
    number, packing = frame.uint(1), frame.uint(2)
    shaped = frame.numbers() <= _SHAPE and packing in {None, 0, 1, GZIP, AES}
    if number not in NAMES and (packing is None or frame.broken):
        shaped = False
    if piece.text or not number or not shaped:
        return _without_shape(piece)
    if piece.outgoing:
        return Decoded()
    found = Found()
    name = NAMES.get(number, f"payload type {number}")
    payload, place = frame.bytes(3) or b"", frame.range(3) or (0, 0)
    for error in frame.broken:
        found.broken(error, len(piece.payload))
    if packing == AES:
        found.unknown_method(f"{name} (AES)", len(payload))
    elif not name.startswith("SC_"):
        found.unknown_method(name, len(payload))
    elif number not in QUIET:
        _payload(number, payload, place, frame, piece.received_ms, found)
    return found.decoded()


def _without_shape(piece: Piece) -> Decoded:
    if _GROUP.fullmatch(piece.address.path) is None:
        return NOT_OURS
    found = Found()
    if not piece.outgoing:
        found.fault("kuaishou: no socket message", 0, len(piece.payload))
    return found.decoded()


def _payload(
    number: int, payload: bytes, place: tuple[int, int], frame: Fields, received_ms: int, found: Found
) -> None:
    base, steps = place[0], tuple[str, ...]()
    if is_gzip(payload):  # whatever the frame says
        try:
            payload, base, steps = gunzip(payload), 0, ("gzip",)
        except Undecodable as refused:
            found.fault(refused.rule, *place)
            return
    elif frame.uint(2) == GZIP and payload:
        found.fault("gzip: named in the frame, not in the bytes", *place)
    where = Where(base, base + len(payload), steps)
    said = Said(payload, where, received_ms, frame)
    # The time at which the server sent the frame. What it tells of may be older, so it is no message's own time.
    server_ms = said.time_ms(frame.uint(4))
    more = {} if server_ms is None else {"server_ms": server_ms}
    if number == 310:
        feed_push(payload, said, more, found)
        return
    found.messages.append(_said(number, said, more))
    for error in said.fields.broken:
        found.broken(error, where.end, steps)


def _said(number: int, said: Said, more: dict[str, int]) -> Message:
    if number == 340:
        figures = (
            *said.display(Counts.ONLINE, 2, "SCWebLiveWatchingUsers.display_watching_count"),
            Figure(Counts.RAW, "SCWebLiveWatchingUsers.watching_user", len(said.fields.messages(1))),
        )
        return said.message(Kind.VIEWERS, "SCWebLiveWatchingUsers", figures=figures, more=more)
    name = NAMES[number]
    if number in _STATES:
        return said.message(Kind.ROOM_STATE, name, state=_STATES[number], more=more)
    if number in _SHOP:
        return said.message(Kind.PRODUCT_LIST, name, more={**more, "open": _SHOP[number]})
    return said.message(Kind.OTHER, name, more=more)
