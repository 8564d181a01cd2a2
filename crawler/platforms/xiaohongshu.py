"""Xiaohongshu 小红书: pages with inline state, and a socket of JSON with base64 JSON inside.

Sources: public clients (wzgrx/pure_live for pages; Eikwang/DanmakuListener and UniBarrage for the socket).
"""

from __future__ import annotations

import re

from crawler.platforms.addresses import parts_of
from crawler.platforms.base import About, Address, Page, RoomState, Sight
from crawler.platforms.inline import state_object
from crawler.platforms.messages import Counts, Figure, Kind, Message, Person, Where
from crawler.platforms.objects import Members, Notes, fault
from crawler.platforms.pieces import NOT_OURS, Decoded, Fault, Piece, Unknown
from crawler.platforms.said import Said, figures_of, person_of
from crawler.platforms.seen import AddressedRoom, settled_state
from crawler.platforms.spans import span_of
from crawler.platforms.wire.json_text import b64, parsed
from crawler.platforms.wire.undecodable import Undecodable

_ROOM = re.compile(r"/(?:hina/)?livestream/(?:dynpath\w{1,20}/)?(?P<room>[0-9]{1,20})(?:/[^/]*)?")
_INLINE = "__INITIAL_STATE__"
_PUSH = 4  # `t` of the frames that carry the room's messages
_MOST_PUSHED = 500  # messages of one frame
_KINDS = {
    "text": Kind.CHAT,
    "audience_join": Kind.ARRIVAL,
    "audience_join_v2": Kind.ARRIVAL,
    "like": Kind.LIKE,
    "praise": Kind.LIKE,
    "gift": Kind.GIFT,
    "gift_dock_and_effect": Kind.GIFT,
    "follow_emcee": Kind.FOLLOW,
    "share": Kind.SHARE,
    "refresh": Kind.OTHER,
    "letter_refresh": Kind.OTHER,
}


class Xiaohongshu(AddressedRoom):
    """A room is one broadcast: each has a new number."""

    name = "xiaohongshu"
    hosts: tuple[str, ...] = ("www.xiaohongshu.com", "xiaohongshu.com", "xhslink.com")
    about = About(
        title="Xiaohongshu 小红书",
        kept="screen, original video and sound, socket frames and page raw",
        decoded="chat, arrivals, likes, gifts, follows, shares; live, ended and not found from the page's inline state",
        not_possible="products (not shown on the web page as far as is known); exact viewers (300万+ is a display); "
        "stock, sold and coupon texts",
        login="not needed; use the address of a share link as it is (it carries a token)",
        figures={
            "praise_info.count": "likes that one message stands for, as Xiaohongshu names it; not the room's",
            "likeActionCount": "the same in another kind of message",
            "displayViewerCount": "viewers so far as a display: the page writes 人看过 (have watched) behind it",
        },
    )
    state_marks: tuple[str, ...] = (_INLINE,)

    def address(self, url: str) -> Address | None:
        """`/livestream/ID` (also below `hina` and `dynpath...`); short links of xhslink.com; notes, people: no room."""
        parts = parts_of(url)
        if parts is None or not parts.of("xiaohongshu.com", "xhslink.com"):
            return None
        if parts.of("xhslink.com"):
            return Address(Page.SHORT if parts.path else Page.OTHER)
        match = _ROOM.fullmatch(parts.path)
        return Address(Page.OTHER) if match is None else Address(Page.ROOM, match["room"], match["room"])

    def state(self, sight: Sight) -> RoomState:
        """By `liveStream` in the page's inline state; `nextRoomInfo` there is another room and never read."""
        return settled_state(sight, _state(_live_stream(state_object(sight.scripts, _INLINE))))

    def decode(self, piece: Piece) -> Decoded:
        """A frame of the socket, or the page itself where it came as an answer."""
        return _frame(piece) if piece.source == "frame" else _page(piece)


def _live_stream(state: object) -> Members:
    return Members(state).inside("liveStream")


def _room(stream: Members) -> Members:
    inner = stream.inside("roomData", "roomInfo")
    return inner if isinstance(inner.value, dict) else stream.inside("roomInfo")


def _state(stream: Members) -> RoomState | None:
    """None for what is not known: a combination that nobody has explained claims nothing."""
    if stream.at("pageStatus") == "error":
        return RoomState.NOT_FOUND
    status, live = _room(stream).whole("status"), stream.at("liveStatus")
    if status == 2 and live == "success":
        return RoomState.LIVE
    return RoomState.ENDED if status == 3 or live == "end" else None


def _page(piece: Piece) -> Decoded:
    """The room's own page: its state and the displayed number of viewers."""
    found = _ROOM.fullmatch(piece.address.path.rstrip("/"))
    named = piece.payload.find(_INLINE.encode())
    if found is None or named < 0:
        return NOT_OURS
    start, end = piece.payload.rfind(b">", 0, named) + 1, piece.payload.find(b"</script>", named)
    where = Where(start, end if end >= 0 else len(piece.payload))
    script = piece.payload[where.start : where.end].decode(errors="replace")
    stream = _live_stream(state_object((script,), _INLINE))
    messages: list[Message] = []
    state = _state(stream)
    if state is not None:
        said = Said(Kind.ROOM_STATE, state=state, broadcast=found["room"])
        messages.append(said.placed("liveStream", where, stream.notes.flags))
    shown = _room(stream).short("displayViewerCount")
    if shown is not None:
        figure = Figure(Counts.CUMULATIVE, "displayViewerCount", shown=shown)
        messages.append(Said(Kind.VIEWERS, figures=(figure,)).placed("liveStream", where, ()))
    return Decoded(messages=tuple(messages))


def _frame(piece: Piece) -> Decoded:
    try:
        found = parsed(piece.payload)
    except Undecodable as error:
        looks = piece.text and piece.payload.lstrip()[:1] == b"{" and b'"t"' in piece.payload
        return Decoded(faults=(fault(error, len(piece.payload)),)) if looks else NOT_OURS
    given = Members(found.value)
    kind = given.at("t")
    if not isinstance(kind, int) or isinstance(kind, bool):
        return NOT_OURS
    if piece.outgoing:
        return Decoded()
    if kind != _PUSH:
        return Decoded(unknown=(Unknown(f"t {kind}"[:80], len(piece.payload)),))
    count = len(given.items("b", "d", "b"))
    if not count:
        return Decoded(unknown=(Unknown("t 4", len(piece.payload)),))
    told = [_pushed(given, place, piece.received_ms) for place in range(min(count, _MOST_PUSHED))]
    if count > _MOST_PUSHED:
        told.append(Fault(f"xiaohongshu: at most {_MOST_PUSHED} messages in a frame", 0, len(piece.payload)))
    return Decoded(
        messages=tuple(each for each in told if isinstance(each, Message)),
        unknown=tuple(each for each in told if isinstance(each, Unknown)),
        faults=tuple(each for each in told if isinstance(each, Fault)),
    )


def _pushed(given: Members, place: int, received_ms: int) -> Message | Unknown | Fault:
    """The place-th message of a frame: base64 of `{msgId, ts, roomId, customData}`, the message in the last of them."""
    encoded = given.at("b", "d", "b", place, "d")
    steps: tuple[str, ...] = (f"json $.b.d.b[{place}].d", "base64")
    if not isinstance(encoded, str):
        return Unknown("", 0)
    notes = Notes(received_ms)
    content = b""
    try:
        content = b64(encoded)
        found = parsed(content)
        wrapper = Members(found.value, notes)
        custom = wrapper.at("customData")
        span = span_of(content, ("customData",))
        if isinstance(custom, str):
            content, steps = custom.encode(errors="replace"), (*steps, "json $.customData")
            found, span = parsed(content), (0, len(content))
            custom = found.value
    except Undecodable as error:
        return fault(error, len(content) or len(encoded), steps)
    if not isinstance(custom, dict) or span is None:
        return Unknown("", len(content))
    notes.flaws(found)
    return _message(Members(custom, notes), wrapper, Where(*span, steps))


def _message(custom: Members, wrapper: Members, where: Where) -> Message | Unknown:
    method = custom.at("type")
    kind = _KINDS.get(method) if isinstance(method, str) else None
    if kind is None or not isinstance(method, str):
        return Unknown(method[:80] if isinstance(method, str) else "", where.end - where.start)
    said = Said(
        kind,
        id=wrapper.ident("msgId") or custom.ident("commentId"),
        sent_ms=custom.time_ms("current_time") or wrapper.time_ms("ts"),
        broadcast=wrapper.ident("roomId"),
        person=person_of(custom.inside("profile"), "nickname", "user_id") or _sender(custom.inside("send_user_info")),
        text=custom.text("desc"),
        figures=_likes(custom) if kind is Kind.LIKE else (),
        more=_gift(custom) if kind is Kind.GIFT else {},
    )
    return said.placed(method, where, custom.notes.flags)


def _sender(given: Members) -> Person | None:
    """Whoever sends a gift: named otherwise than the rest of the room."""
    return person_of(given, "nick_name", "id" if given.at("user_id") is None else "user_id")


def _likes(custom: Members) -> tuple[Figure, ...]:
    """How many likes this message stands for, not how many the room has."""
    return (
        *figures_of(custom.inside("praise_info"), {"count": Counts.RAW}, "praise_info."),
        *figures_of(custom, {"likeActionCount": Counts.RAW}),
    )


def _gift(custom: Members) -> dict[str, int | str | bool]:
    found = custom.more("giftName", "count")
    for outer, names in (("base_gift_info", ("name", "coins")), ("gift_action_info", ("count", "comb_count"))):
        found |= {f"{outer}.{name}": value for name, value in custom.more(*names, within=(outer,)).items()}
    return found
