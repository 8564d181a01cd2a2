"""Kuaishou's socket (platforms.md, section 2): SocketMessage around feed pushes, watchers, pauses and the shop."""

from __future__ import annotations

import base64
import gzip
import random
from collections.abc import Sequence

from crawler.simroom.timeline import in_wan

from .base import Carried, Frame, Moment
from .bombs import BYTES, gzip_bomb
from .events import Event, Figures, Person
from .protobuf import Value, message, nested, varint

Body = dict[int, Value]
NONE, GZIP, AES = 1, 2, 3  # compression_type
HEARTBEAT, ENTER_ROOM = 1, 200
HEARTBEAT_ACK, ENTER_ROOM_ACK, AUTHOR_PAUSE, AUTHOR_RESUME = 101, 300, 301, 302
FEED_PUSH, WATCHING_LIST, SHOP_OPENED, SHOP_CLOSED = 310, 340, 360, 361
ZIP_FROM = 500  # bytes; shorter payloads go out as they are


def socket_message(kind: int, payload: bytes, wall_ms: int, *, zipped: bool | None = None) -> bytes:
    """One frame. ``zipped`` None: by its length, as the facts know both; the server's time is field 4."""
    squeeze = len(payload) >= ZIP_FROM if zipped is None else zipped
    body = gzip.compress(payload, 6, mtime=0) if squeeze else payload
    return message({1: kind, 2: GZIP if squeeze else NONE, 3: body, 4: wall_ms})


def enter_room(token: str, stream: str, page: str) -> bytes:
    """What the page sends first."""
    return message({1: ENTER_ROOM, 2: NONE, 3: message({1: token, 2: stream, 3: 0, 4: 0, 7: page})})


def answers(payload: bytes, wall_ms: int) -> list[Frame]:
    """The server's answer to a heartbeat or to an entering, told by the payload type at the message's start."""
    if payload.startswith(varint(1 << 3) + varint(ENTER_ROOM)):
        return [Frame(socket_message(ENTER_ROOM_ACK, message({1: 1000, 2: 5000, 3: 20_000}), wall_ms))]
    if payload.startswith(varint(1 << 3) + varint(HEARTBEAT) + b"\x10"):
        return [Frame(socket_message(HEARTBEAT_ACK, message({1: wall_ms, 2: wall_ms}), wall_ms))]
    return []


def frames(batch: Sequence[Event], moment: Moment) -> list[Frame]:
    """One feed push for all feeds of the batch, then what has a frame of its own."""
    push, carried = feed_push(batch, moment)
    out = [Frame(socket_message(FEED_PUSH, push, moment.wall_ms), carried)] if carried else []
    for event in batch:
        out += _alone(event, moment)
    return out


def feed_push(batch: Sequence[Event], moment: Moment) -> tuple[bytes, tuple[Carried, ...]]:
    """SCWebFeedPush: members by kind, in the order of their field numbers."""
    feeds: dict[int, list[tuple[Body, Carried]]] = {}
    shown: Body = {}
    carried: list[Carried] = []
    for event in batch:
        if event.kind == "viewers":
            watching, likes = in_wan(event.figure("online")), in_wan(event.figure("likes"))
            shown = {1: watching, 2: likes, 3: event.number, 4: 250}
            figures: Figures = {"online_shown": watching, "likes_shown": likes}
            carried = [Carried(event.number, "SCWebFeedPush", "", None, figures=figures)]
        for number, body, one in _feeds(event, moment):
            feeds.setdefault(number, []).append((body, one))
    members: Body = dict(shown)
    for number in sorted(feeds):
        members[number] = [body for body, _ in feeds[number]]
        carried += [one for _, one in feeds[number]]
    return message(members), tuple(carried)


def device_hash(who: Person) -> str:
    """Base64 of four bytes, the same for the same person; every 20th shares it with others."""
    dice = random.Random(f"device:{0 if int(who.id) % 20 == 0 else who.id}")
    return base64.b64encode(dice.randbytes(4)).decode()


def _user(who: Person) -> Body:
    return {1: f"3x{who.id}", 2: who.name, 3: f"https://p1.kwaicdn.example/{who.id}.jpg"}


Feed = tuple[int, Body, Carried]  # the field of SCWebFeedPush, its protobuf, what a decoder should find


def _feeds(event: Event, moment: Moment) -> list[Feed]:
    """An event's feeds; none for what this site does not tell."""
    at, number = moment.wall_of(event), event.number
    who = event.who
    if who is None:
        return [_notice(event, moment)] if event.kind == "notice" else []
    if event.kind == "chat":
        return [_comment(event, who, at, "c", event.text, 1)]
    if event.kind == "like":
        own_id = f"l{number}"
        like: Body = {1: own_id, 2: _user(who), 3: str(number), 4: device_hash(who)}
        feeds: list[Feed] = [(8, like, _carried(event, who, "WebLikeFeed", own_id, None))]
        # Each second one comes once more as a line of the chat that nobody typed.
        return [*feeds, _comment(event, who, at, "s", f"{who.name}赞了这个直播", 2)] if number % 2 else feeds
    if event.kind == "gift":
        own_id, gift, count = f"g{number}", event.figure("gift_id"), event.figure("count")
        body: Body = {1: own_id, 2: _user(who), 3: at, 4: gift, 5: str(number), 6: f"m{number}", 7: 1, 8: count, 9: 1}
        return [(9, body, _carried(event, who, "WebGiftFeed", own_id, at, {"gift_id": gift, "count": count}))]
    if event.kind == "share":
        own_id = f"h{number}"
        return [(12, {1: own_id, 2: _user(who), 3: at, 4: 1}, _carried(event, who, "WebShareFeed", own_id, at))]
    return []


def _notice(event: Event, moment: Moment) -> Feed:
    own_id, at, shop = f"n{event.number}", moment.wall_of(event), moment.room.shop
    body: Body = {1: own_id, 2: {1: "3x1", 2: shop}, 3: at, 4: event.text, 5: 5000, 7: 1}
    return 11, body, Carried(event.number, "SystemNotice", own_id, at, shop, "3x1", event.text)


def _comment(event: Event, who: Person, at: int, letter: str, text: str, show_type: int) -> Feed:
    """A line of the chat: typed by somebody (``show_type`` 1) or made by the site (2)."""
    own_id, rank = f"{letter}{event.number}", str(event.number)
    body: Body = {1: own_id, 2: _user(who), 3: text, 4: device_hash(who), 5: rank, 6: "#FFFFFF", 7: show_type, 9: at}
    carried = Carried(
        event.number, "WebCommentFeed", own_id, at, who.name, f"3x{who.id}", text, {"show_type": show_type}
    )
    return 5, body, carried


def _carried(
    event: Event, who: Person, method: str, own_id: str, at: int | None, figures: Figures | None = None
) -> Carried:
    return Carried(event.number, method, own_id, at, who.name, f"3x{who.id}", "", figures or {})


def _alone(event: Event, moment: Moment) -> list[Frame]:
    """What has a frame of its own. The shop's opening and closing say nothing more."""
    wall, number = moment.wall_ms, event.number
    if event.kind == "viewers":
        watching = in_wan(event.figure("online"))
        figures: Figures = {"online_shown": watching}
        body = message({2: watching, 3: 3000})
        carried = Carried(number, "SCWebLiveWatchingUsers", "", None, figures=figures)
        return [Frame(socket_message(WATCHING_LIST, body, wall), (carried,))]
    kinds = {"product_card": (SHOP_OPENED, "SC_SHOP_OPENED"), "sold_out": (SHOP_CLOSED, "SC_SHOP_CLOSED")}
    if event.kind == "state":
        kinds = {"state": (AUTHOR_PAUSE, "SC_AUTHOR_PAUSE")} if event.text == "paused" else {}
        if event.text == "live":
            kinds = {"state": (AUTHOR_RESUME, "SC_AUTHOR_RESUME")}
    if event.kind not in kinds:
        return []
    kind, method = kinds[event.kind]
    return [
        Frame(socket_message(kind, message({1: moment.wall_of(event)}), wall), (Carried(number, method, "", None),))
    ]


def hostile(what: str, batch: Sequence[Event], moment: Moment) -> Frame | None:
    """A frame as nobody should send it."""
    push, carried = feed_push(batch, moment)
    wall = moment.wall_ms
    whole = socket_message(FEED_PUSH, push, wall, zipped=True)
    number = batch[0].number if batch else 0
    if what == "wrong_compression_flag":
        lies = moment.at_ms // 1000 % 2 == 0
        squeezed = gzip.compress(push, 6, mtime=0)
        return Frame(
            message({1: FEED_PUSH, 2: GZIP if lies else NONE, 3: push if lies else squeezed, 4: wall}), carried, what
        )
    text, at = "from the future", 4_000_000_000_000
    future: Body = {1: f"f{number}", 2: {1: "3x9", 2: "z"}, 3: text, 7: 1, 9: at}
    late = Carried(number, "WebCommentFeed", f"f{number}", at, "z", "3x9", text, {"show_type": 1})
    broken: Body = {1: b"\xff\xfe", 2: {2: b"\xed\xa0\x80"}, 3: b"\xc3\x28 broken", 7: 1, 9: wall}
    strange: dict[str, tuple[bytes, tuple[Carried, ...]]] = {
        "cut_short": (whole[: len(whole) * 2 // 3], ()),
        "unknown_method": (socket_message(987, b"\x0a\x03abc", wall), (Carried(number, "987", "", None),)),
        "out_of_range": (socket_message(FEED_PUSH, message({1: "-1", 2: "9" * 40 + "万", 3: 2**64 - 1}), wall), ()),
        "future_clock": (socket_message(FEED_PUSH, message({5: future}), at), (late,)),
        "broken_text": (socket_message(FEED_PUSH, message({5: broken}), wall), ()),
        "deep": (socket_message(FEED_PUSH, nested(3000, 5), wall), ()),
        "false_length": (varint(3 << 3 | 2) + varint(0xFFFF_FFF0) + push, ()),
        "noise": (random.Random(f"noise:{moment.seed}:{moment.at_ms}").randbytes(700), ()),
    }
    if what == "bomb":
        return Frame(
            message({1: FEED_PUSH, 2: GZIP, 3: gzip_bomb(varint(5 << 3 | 2) + varint(BYTES)), 4: wall}), (), what
        )
    payload, had = strange[what]
    return Frame(payload, had, what)
