"""The envelope that Douyin and TikTok share: PushFrame -> gzip -> Response -> messages (platforms.md 1.2, 1.3, 8)."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .base import Carried, Frame, Moment
from .bombs import BYTES, gzip_bomb
from .events import Event
from .protobuf import Value, message, nested, varint

HEARTBEAT = message({7: "hb"})  # 3A 02 68 62, as a real page sends it
MESSAGES_A_FRAME = 8
SEQUENCE = 10  # messages of one event have ids of their own


@dataclass(frozen=True, slots=True)
class Told:
    """One message to be wrapped: its protobuf and what a decoder should find in it."""

    payload: bytes
    carried: Carried
    history: bool = False


def message_id(event: Event, moment: Moment, part: int = 0) -> int:
    """A 19-digit id, the same each time that the event is sent; ``part`` tells the messages of one event apart."""
    return 7_630_361_000_000_000_000 + moment.run * 10**14 + event.number * SEQUENCE + part


def response(told: Sequence[Told], moment: Moment, *, extra: Mapping[int, Value], need_ack: bool = True) -> bytes:
    """The Response of these messages; ``extra`` are fields in which the two sites differ."""
    cursor, ext = position(told, moment)
    wrapped: list[Value] = [
        {
            1: one.carried.method,
            2: one.payload,
            3: int(one.carried.message_id),
            4: 0,
            **({6: True} if one.history else {}),
        }
        for one in told
    ]
    return message(
        {1: wrapped, 2: cursor, 3: 1000, 4: moment.wall_ms, 5: ext, 6: 1, 8: 10_000, 9: need_ack, 10: "", **extra}
    )


def position(told: Sequence[Told], moment: Moment) -> tuple[str, str]:
    """The cursor and the internal_ext of a Response, which its acknowledgement repeats."""
    newest = told[-1].carried.number if told else 0
    cursor = f"t-{moment.wall_ms}_r-{newest}_d-1_u-1_h-1"
    return (
        cursor,
        f"internal_src:dim|wss_push_room_id:{moment.room.broadcast}|wss_push_did:{moment.seed}|first_req_ms:{newest}",
    )


def push_frame(
    payload: bytes, moment: Moment, told: Sequence[Told], *, kind: str = "msg", zipped: bool = True
) -> bytes:
    """A PushFrame around a Response; ``zipped`` is what its header says, the payload is taken as it is."""
    cursor, ext = position(told, moment)
    headers = {"compress_type": "gzip" if zipped else "none", "im-internal_ext": ext, "im-cursor": cursor}
    headers |= {"im-now": str(moment.wall_ms), "im-live_cursor": cursor}
    log_id = log_id_of([one.carried for one in told])
    pairs = [{1: key, 2: value} for key, value in headers.items()]
    return message({1: log_id % 10**9, 2: log_id, 3: 8888, 4: 8, 5: pairs, 6: "pb", 7: kind, 8: payload})


def log_id_of(carried: Sequence[Carried]) -> int:
    """The log id of the frame that carries these."""
    return 4_000_000_000_000_000_000 + (carried[0].number if carried else 0)


def framed(told: Sequence[Told], moment: Moment, extra: Mapping[int, Value]) -> bytes:
    """The bytes of one ordinary WebSocket frame."""
    return push_frame(zipped(response(told, moment, extra=extra)), moment, told)


def frames(told: Sequence[Told], moment: Moment, extra: Mapping[int, Value]) -> list[Frame]:
    """As many frames as these messages need."""
    starts = range(0, len(told), MESSAGES_A_FRAME)
    parts = [told[start : start + MESSAGES_A_FRAME] for start in starts]
    return [Frame(framed(part, moment, extra), tuple(one.carried for one in part)) for part in parts]


def heartbeat_answer(moment: Moment) -> bytes:
    """What the server sends back to a heartbeat: a header with its time, and the gzip of nothing."""
    return message({5: {1: "server_time", 2: str(moment.wall_ms)}, 6: "pb", 7: "hb", 8: zipped(b"")})


def acknowledgement(frame_sent: Frame, moment: Moment) -> bytes:
    """What the page sends back for a frame."""
    told = [Told(b"", one) for one in frame_sent.carried]
    return message({2: log_id_of(frame_sent.carried), 7: "ack", 8: position(told, moment)[1]})


def zipped(body: bytes) -> bytes:
    """gzip without a time in it: the same body gives the same bytes."""
    return gzip.compress(body, 6, mtime=0)


def hostile(what: str, told: Sequence[Told], moment: Moment, extra: Mapping[int, Value], strange: Told) -> Frame:
    """A frame as nobody should send it. ``strange`` is the site's message for what is wrong inside a message."""
    plain = response(told, moment, extra=extra)
    carried = tuple(one.carried for one in told)
    whole = push_frame(zipped(plain), moment, told)
    if what in ("unknown_method", "out_of_range", "future_clock"):
        return Frame(framed([*told, strange], moment, extra), (*carried, strange.carried), what)
    if what == "wrong_compression_flag":
        lies = moment.at_ms // 1000 % 2 == 0
        body = push_frame(plain, moment, told) if lies else push_frame(zipped(plain), moment, told, zipped=False)
        return Frame(body, carried, what)
    broken = message({1: {1: strange.carried.method}, 2: {3: b"\xff\xfe\xed\xa0\x80"}, 3: b"\xc3\x28 broken"})
    make: dict[str, Callable[[], bytes]] = {
        "cut_short": lambda: whole[: len(whole) * 2 // 3],
        "bomb": lambda: push_frame(gzip_bomb(varint(15 << 3 | 2) + varint(BYTES)), moment, told),
        "broken_text": lambda: framed([Told(broken, strange.carried)], moment, extra),
        "deep": lambda: framed([Told(nested(3000), strange.carried)], moment, extra),
        "false_length": lambda: varint(8 << 3 | 2) + varint(0xFFFF_FFF0) + zipped(plain),
        "noise": lambda: random.Random(f"noise:{moment.seed}:{moment.at_ms}").randbytes(700),
    }
    return Frame(make[what](), (), what)
