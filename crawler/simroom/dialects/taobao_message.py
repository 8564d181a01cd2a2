"""A message of Taobao's powermsg: JSON in a protobuf wrapper in base64; and pulls as nobody should answer them."""

from __future__ import annotations

import base64
import gzip
import json
import random

from .base import HOSTILITIES, JSON, Answer, Asked
from .bombs import gzip_bomb
from .protobuf import message, varint

HOSTILE_MS = 3000  # each third stretch of so many milliseconds of a hostile room
LATE_MS = 4_000_000_000_000


def wrapped(inside: JSON, topic: str, offset: int, wall_ms: int) -> str:
    """A message as it is in ``timestampList[].data``."""
    text = json.dumps(inside, ensure_ascii=False, separators=(",", ":"))
    return _packed(_wrapper(int(inside.get("subType", 102)), topic, offset, text.encode(), wall_ms))


def broken_pull(asked: Asked) -> Answer | None:
    """The answer of a hostile room while a hostility lasts, None at other times.

    It moves no offset: what would have been told is told by a later pull.
    """
    stretch = asked.moment.at_ms // HOSTILE_MS
    if not asked.hostile or stretch % 3 != 1:
        return None
    what = HOSTILITIES[stretch // 3 % len(HOSTILITIES)]
    return Answer(_broken(what, asked), "application/json;charset=UTF-8", hostility=what)


def _broken(what: str, asked: Asked) -> bytes:
    now = asked.moment.wall_ms
    chat = _wrapper(10001, "t", 1, b'{"subType":10001,"nick":"z","userid":"1","content":"hostile"}', now)
    absurd = {"viewCountFormat": None, "pageViewCount": -1, "totalCount": -(2**70), "onlineCount": "9" * 40}
    unknown = {"subType": 98765, "nick": "z", "sandwich": [1, 2]}
    data = {
        "cut_short": _packed(chat)[:-9],
        "wrong_compression_flag": _packed(gzip.compress(chat, 6, mtime=0)),
        "bomb": _packed(gzip_bomb(chat)),
        "unknown_method": wrapped(unknown, "t", 1, now),
        "out_of_range": wrapped(absurd, "t", 2**63, now),
        "future_clock": wrapped({"subType": 10001, "nick": "z", "userid": "1", "content": "late"}, "t", 1, LATE_MS),
        "broken_text": _packed(_wrapper(10001, "t", 1, b'{"subType":10001,"nick":"\xff\xfe","content":"\xc3"}', now)),
        "deep": _packed(_wrapper(10001, "t", 1, b'{"subType":10001,"nick":' + b"[" * 30_000, now)),
        "false_length": _packed(varint(5 << 3 | 2) + varint(0xFFFF_FFF0) + chat),
        "noise": _packed(random.Random(f"noise:{asked.moment.seed}:{asked.moment.at_ms}").randbytes(700)),
    }[what]
    listed = [{"offset": "9" * 30 if what == "future_clock" else "1", "data": data}]
    body = {
        "api": asked.path.split("/")[2],
        "data": {"timestampList": listed},
        "ret": ["SUCCESS::调用成功"],
        "v": "1.0",
    }
    whole = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return whole[: len(whole) * 2 // 3] if what == "cut_short" else whole


def _wrapper(kind: int, topic: str, offset: int, text: bytes, wall_ms: int) -> bytes:
    return message({1: kind, 2: topic, 3: offset, 5: text, 6: wall_ms})


def _packed(inside: bytes) -> str:
    return base64.b64encode(inside).decode()
