"""Writes what sites send, by the facts alone: protobuf fields, Douyin's envelope, Bilibili's packets.

For tests and measurements of the readers; nothing of ours is used, so that they can't agree by construction.
"""

from __future__ import annotations

import gzip
import random
import struct

VARINT, FIXED64, DELIMITED, GROUP, END_GROUP, FIXED32 = range(6)


def varint(value: int) -> bytes:
    """A number as protobuf writes it; a negative one as its two's complement of 64 bits."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def tag(number: int, wire: int) -> bytes:
    return varint(number << 3 | wire)


def number(field: int, value: int) -> bytes:
    """A field of a number."""
    return tag(field, VARINT) + varint(value)


def held(field: int, content: bytes | str) -> bytes:
    """A field with a length: text, bytes or a message."""
    content = content.encode() if isinstance(content, str) else content
    return tag(field, DELIMITED) + varint(len(content)) + content


def packet(op: int, body: bytes, version: int = 0, *, header: int = 16, size: int | None = None) -> bytes:
    """A packet of Bilibili's; `header` and `size` are what it says of itself."""
    return struct.pack(">IHHII", 16 + len(body) if size is None else size, header, version, op, 1) + body


def _image(rng: random.Random) -> bytes:
    uri = f"webcast/{rng.getrandbits(128):032x}.png"
    urls = b"".join(held(1, f"https://p{n}-webcast.example.com/img/{uri}~tplv-obj.image") for n in (3, 6, 11))
    return urls + held(2, uri) + number(3, 48) + number(4, 96) + held(9, "#FFD8A1")


def douyin_user(rng: random.Random) -> bytes:
    """A viewer: id 1, short id 2, name 3, gender 4, level 6, avatar 9, follow 22, grade 23, club 24, display id 38,
    sec uid 46, id as text 1028.
    """
    uid = rng.randrange(10**15, 10**17)
    return b"".join((
        number(1, uid),
        number(2, rng.randrange(10**9)),
        held(3, f"用户{rng.randrange(10**7)}"),
        number(4, rng.randrange(3)),
        number(6, rng.randrange(60)),
        held(9, _image(rng)),
        held(22, number(1, rng.randrange(900)) + number(2, rng.randrange(9000)) + number(3, 0)),
        held(23, number(6, rng.randrange(40)) + held(10, _image(rng))),
        held(24, held(1, held(1, "粉丝团") + number(2, 7) + number(3, 1) + number(6, uid // 3))),
        held(38, f"dy{rng.randrange(10**9)}"),
        held(46, f"MS4wLjABAAAA{rng.getrandbits(192):048x}"),
        held(1028, str(uid)),
    ))  # fmt: skip


def douyin_chat(rng: random.Random, msg_id: int, room: int, text: str) -> bytes:
    """One `Message` of a response: method 1, payload 2 (a chat: common 1, user 2, content 3, time 15), id 3."""
    common = b"".join((
        held(1, "WebcastChatMessage"),
        number(2, msg_id),
        number(3, room),
        number(6, 1),
        number(9, 0),
        number(11, rng.randrange(10**5)),
        held(12, f"{rng.getrandbits(64):016x}"),
    ))  # fmt: skip
    chat = held(1, common) + held(2, douyin_user(rng)) + held(3, text) + number(4, 0) + number(15, 1_790_000_000)
    return held(1, "WebcastChatMessage") + held(2, chat) + number(3, msg_id) + number(4, 1) + number(5, 0)


TEXTS = (
    "还有货吗",
    "主播，37码的还有没有？",
    "1号链接拍了两件",
    "已拍",
    "这个颜色显白吗😀",
    "刚才说的优惠券在哪里领啊",
)


def douyin_frame(rng: random.Random, first_id: int, messages: int = 5, room: int = 7_630_361_251_285_076_745) -> bytes:
    """A PushFrame of chats, packed: seq 1, log 2, service 3, method 4, headers 5, encoding 6, type 7, payload 8."""
    held_messages = (held(1, douyin_chat(rng, first_id + n, room, rng.choice(TEXTS))) for n in range(messages))
    now = 1_790_000_000_000 + first_id
    response = b"".join((
        *held_messages,
        held(2, f"t-{now}_r-1_d-1_u-1_h-1"),
        number(3, 1000),
        number(4, now),
        held(5, f"internal_src:dim|wss_push_room_id:{room}|wss_msg_type:r|first_req_ms:{now}"),
        held(7, held(1, "key") + held(2, "value")),
        number(8, 10_000),
        number(9, 1),
    ))  # fmt: skip
    headers = (("compress_type", "gzip"), ("im-cursor", f"t-{now}_r-1"), ("im-now", str(now)))
    return b"".join((
        number(1, first_id),
        number(2, rng.getrandbits(63)),
        number(3, 8888),
        number(4, 8),
        *(held(5, held(1, key) + held(2, value)) for key, value in headers),
        held(6, "pb"),
        held(7, "msg"),
        held(8, gzip.compress(response, mtime=0)),
    ))  # fmt: skip
