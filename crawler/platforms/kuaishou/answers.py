"""Kuaishou: the poll of the mobile page, and the answer that gives or denies a chat socket (facts 2; pure).

The poll is JSON within a JSON text. Its comments have no ids; what comes twice is given twice.
"""

from __future__ import annotations

from dataclasses import replace

from crawler.platforms.base import RoomState
from crawler.platforms.doubts import digits
from crawler.platforms.found import Found
from crawler.platforms.kuaishou.page import no_chat
from crawler.platforms.messages import Counts, Figure, Kind, Message, Person, Where
from crawler.platforms.objects import Members, Notes, fault, is_masked
from crawler.platforms.pieces import Decoded, Piece
from crawler.platforms.seen import by_words
from crawler.platforms.spans import Span, span_of, spans_in
from crawler.platforms.wire.json_text import parsed
from crawler.platforms.wire.undecodable import Undecodable

POLL = "/wap/live/feed"
SOCKET = "/live_api/liveroom/websocketinfo"
MOST_WRAPPED = 3  # JSON texts in each other
_FINE = 1  # `result`
_TOO_FAST, _REFUSED = 2, 10


def poll(piece: Piece) -> Decoded:
    """A poll: how many watch, and the comments since the last one, each with its place in the inner JSON."""
    found = Found()
    try:
        given, content, steps = _unwrapped(piece)
    except Undecodable as error:
        return Decoded(faults=(fault(error, len(piece.payload)),))
    path: tuple[str, ...] = () if given.at("result") is not None or given.at("data") is None else ("data",)
    given = given.inside(*path)
    result = given.whole("result")
    if result != _FINE:
        _refused(given, result, Where(0, len(content), steps), found)
        return found.decoded()
    watching = given.text("currentWatchingCount")
    if watching is not None:
        figure = Figure(Counts.ONLINE, "currentWatchingCount", digits(watching), watching)
        place = span_of(content, (*path, "currentWatchingCount")) or (0, len(content))
        found.messages.append(
            Message(Kind.VIEWERS, POLL, Where(*place, steps), figures=(figure,), flags=given.notes.flags)
        )
    places = spans_in(content, (*path, "liveStreamFeeds"))
    for at, value in enumerate(given.items("liveStreamFeeds")):
        place = places[at] if at < len(places) else (0, len(content))
        if found.full(place[0], len(content), steps):
            break
        notes = Notes(piece.received_ms)
        for flag in given.notes.flags:
            notes.flag(flag)
        _feed(Members(value, notes), place, steps, found)
    return found.decoded()


def _refused(given: Members, result: int | None, whole: Where, found: Found) -> None:
    """A poll that brought nothing: a fault, and what its words say of the room, if they are an end or a refusal.

    A captcha before the poll is none before the room, so it is no state.
    """
    said = f"result {result}" if isinstance(given.value, dict) else "no object"
    found.fault(f"kuaishou: a poll answered with {said}", whole.start, whole.end, whole.steps)
    words = given.text("error_msg")
    if words is None:
        return
    state = RoomState.BLOCKED if result == _TOO_FAST else by_words(words)
    if state in {RoomState.BLOCKED, RoomState.ENDED, RoomState.LOGIN_WALL}:
        message = Message(Kind.ROOM_STATE, POLL, whole, site_kind=said, text=words, state=state)
        found.messages.append(replace(message, flags=given.notes.flags))


def _feed(feed: Members, place: Span, steps: tuple[str, ...], found: Found) -> None:
    kind = feed.short("type") or ""
    if kind.lower() != "comment":
        found.unknown_method(f"feed {kind}", place[1] - place[0])
        return
    name, who = feed.text("author", "userName"), feed.ident("author", "userId")
    message = Message(
        Kind.CHAT,
        f"{POLL} {kind}",
        Where(*place, steps),
        id=feed.ident("id"),
        sent_ms=feed.time_ms("time"),
        person=None if name is None and who is None else Person(name, who, is_masked(name, who)),
        text=feed.text("content"),
    )
    found.messages.append(replace(message, flags=feed.notes.flags))


def _unwrapped(piece: Piece) -> tuple[Members, bytes, tuple[str, ...]]:
    """The value, the bytes of the innermost JSON text, and the steps to it."""
    notes = Notes(piece.received_ms)
    content, steps = piece.payload, tuple[str, ...]()
    found = parsed(content)
    for _ in range(MOST_WRAPPED):
        notes.flaws(found)
        if not isinstance(found.value, str):
            break
        content, steps = found.value.encode("utf-8", "surrogatepass"), (*steps, "json $")
        found = parsed(content)
    return Members(found.value, notes), content, steps


def socket(piece: Piece) -> Decoded:
    """Where the chat's socket is. Guests are often given none: a wall before the chat, noted as a login wall."""
    whole = Where(0, len(piece.payload))
    if not piece.payload.strip():
        empty = Message(Kind.ROOM_STATE, SOCKET, whole, site_kind="an empty answer", state=RoomState.NO_CONTENT)
        return Decoded(messages=(empty,))
    notes = Notes(piece.received_ms)
    try:
        found = parsed(piece.payload)
    except Undecodable as error:
        return Decoded(faults=(fault(error, len(piece.payload)),))
    notes.flaws(found)
    given = Members(found.value, notes)
    inner = given.inside("data") if isinstance(given.at("data"), dict) else given
    result = inner.whole("result")
    if result in {_TOO_FAST, _REFUSED}:
        state, site_kind = RoomState.BLOCKED, f"result {result}"
    elif no_chat(inner):
        state, site_kind = RoomState.LOGIN_WALL, "no chat socket for this seat"
    else:
        return Decoded()
    words = inner.text("error_msg")
    message = Message(Kind.ROOM_STATE, SOCKET, whole, site_kind=site_kind, text=words, state=state, flags=notes.flags)
    return Decoded(messages=(message,))
