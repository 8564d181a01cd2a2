"""Answers to JD's page: `functionId` names the call, in the query or in the form that the page posts."""

from __future__ import annotations

from crawler.platforms.addresses import members_of
from crawler.platforms.base import RoomState
from crawler.platforms.messages import Kind, Where
from crawler.platforms.objects import Members, Notes, fault, json_or_jsonp, last_segment
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece, Unknown
from crawler.platforms.said import Said
from crawler.platforms.wire.undecodable import Undecodable

STATE = "getImmediatePlayToM"
TOKEN = "liveauth"  # noqa: S105 - a method's name; its answer holds the socket's token and nothing for a reader
DETAIL = "liveDetailToM"
_STATES = {
    0: RoomState.NOT_STARTED,
    1: RoomState.LIVE,
    2: RoomState.ENDED,
    3: RoomState.REPLAY,
    10: RoomState.PAUSED,
    11: RoomState.PAUSED,
}


def decode_answer(piece: Piece) -> Decoded:
    """The broadcast's state; other answers of JD are not ours."""
    method = _function(piece)
    if method == TOKEN:
        return Decoded()
    if method == DETAIL:
        return Decoded(unknown=(Unknown(method, len(piece.payload)),))
    if method != STATE:
        return NOT_OURS
    try:
        found, _ = json_or_jsonp(piece.payload)
    except Undecodable as error:
        return Decoded(faults=(fault(error, len(piece.payload)),))
    notes = Notes(piece.received_ms)
    notes.flaws(found)
    inner = Members(found.value, notes).inside("data")
    status = inner.whole("status")
    if status is None:
        return Decoded(unknown=(Unknown(method, len(piece.payload)),))
    said = Said(
        Kind.ROOM_STATE,
        site_kind=f"status {status}",
        state=_STATES.get(status),
        broadcast=inner.ident("liveId"),
        more=inner.more("secret"),  # 1: for the app alone
    )
    return Decoded(messages=(said.placed(method, Where(0, len(piece.payload)), notes.flags),))


def _function(piece: Piece) -> str:
    named = members_of(piece.address.query).get("functionId")
    if named is None:
        named = members_of(piece.post[:100_000].decode("latin-1")).get("functionId")
    return last_segment(piece) if named is None else named
