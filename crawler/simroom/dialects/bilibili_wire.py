"""Bilibili's packets (platforms.md, section 5): 16 bytes of header, then JSON, or packets packed by zlib or brotli."""

from __future__ import annotations

import base64
import json
import random
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import brotli  # type: ignore[import-untyped]

from crawler.simroom.timeline import in_wan

from .base import JSON, Carried, Frame, Moment
from .bombs import brotli_bomb, zlib_bomb
from .events import Event, Figures
from .protobuf import Value, message

HEAD = struct.Struct(">IHHII")  # packet length, header length, version, operation, sequence
PLAIN, COUNT, ZLIB, BROTLI = 0, 1, 2, 3
HEARTBEAT, HEARTBEAT_REPLY, MESSAGE, AUTH, AUTH_REPLY = 2, 3, 5, 7, 8
NOTICE_OF_MASKING = "LOG_IN_NOTICE"


@dataclass(frozen=True, slots=True)
class Told:
    """One command and what a decoder should find in it."""

    body: JSON
    carried: Carried


def packet(body: bytes, operation: int, version: int = PLAIN, sequence: int = 1) -> bytes:
    """One packet."""
    return HEAD.pack(HEAD.size + len(body), HEAD.size, version, operation, sequence) + body


def frames(told: Sequence[Told]) -> list[Frame]:
    """One WebSocket frame: packed by brotli or zlib, or plain packets one after another, by turns."""
    if not told:
        return []
    carried = tuple(one.carried for one in told)
    inside = b"".join(packet(_json(one.body), MESSAGE) for one in told)
    turn = told[0].carried.number % 4
    if turn == 0:
        return [Frame(inside, carried)]
    if turn == 1:
        return [Frame(packet(zlib.compress(inside), MESSAGE, ZLIB), carried)]
    return [Frame(packet(packed(inside), MESSAGE, BROTLI), carried)]


def answers(payload: bytes, online: int) -> list[Frame]:
    """The server's answer to an authentication or a heartbeat."""
    if len(payload) < HEAD.size:
        return []
    operation = HEAD.unpack_from(payload)[3]
    if operation == AUTH:
        return [Frame(packet(b'{"code":0}', AUTH_REPLY, COUNT))]
    if operation == HEARTBEAT:
        return [Frame(packet(struct.pack(">I", online), HEARTBEAT_REPLY, COUNT))]
    return []


def told(event: Event, moment: Moment, *, masked: bool) -> list[Told]:
    """The commands that an event becomes; ``masked``: this guest is shown neither ids nor names any more."""
    if event.kind == "chat":
        return [_danmaku(event, moment, masked=masked)]
    if event.kind in ("arrival", "follow", "share", "gift"):
        return [_packed_word(event, moment)]
    if event.kind == "state":
        return _state(event, moment)
    return [_told(event, command, body, text, figures) for command, body, text, figures in _commands(event)]


def masked_name(name: str) -> str:
    """A name as guests get it."""
    return f"{name[:1]}***"


def masking_notice(number: int) -> Told:
    """The command that says that names are hidden from guests now."""
    words = "为保护用户隐私，未登录无法查看他人昵称"
    body = {"notice_msg": words, "image_web": "", "image_app": ""}
    return Told({"cmd": NOTICE_OF_MASKING, "data": body}, Carried(number, NOTICE_OF_MASKING, "", None, text=words))


def _told(event: Event, command: str, body: JSON, text: str = "", figures: Figures | None = None) -> Told:
    carried = Carried(event.number, command, "", None, text=text, figures=figures or {})
    return Told({"cmd": command, "data": body}, carried)


def _danmaku(event: Event, moment: Moment, *, masked: bool) -> Told:
    who, at = event.who, moment.wall_of(event)
    name, user = ("", "0") if who is None else (who.name, who.id)
    level = 0 if who is None else who.level
    if masked:
        name, user = masked_name(name), "0"
    own_id = f"{event.number:032x}"
    extra = json.dumps({"id_str": own_id, "content": event.text, "mode": 0, "reply_mid": 0}, ensure_ascii=False)
    mode: list[Any] = [0, 1, 25, 16777215, at, at // 1000, 0, "7f3a0d1c", 0, 0, 0, "", 0, "{}", "{}"]
    info: list[Any] = [
        [*mode, {"mode": 0, "extra": extra}],
        event.text,
        [int(user), name, 0, 0, 0, 10000, 1, ""],
        [level % 20, "云朵", "云朵家居", 73011224, 0, "", 0],
        [level, 0, 9868950, ">50000", 0],
        ["", ""],
        0,
        0,
        None,
        {"ts": at // 1000, "ct": f"{event.number:X}"},
    ]
    command = "DANMU_MSG:4:0:2:2:2:0" if event.number % 11 == 0 else "DANMU_MSG"
    return Told({"cmd": command, "info": info}, Carried(event.number, "DANMU_MSG", own_id, at, name, user, event.text))


def _packed_word(event: Event, moment: Moment) -> Told:
    """Commands whose content is protobuf in base64. Nothing in it is claimed: its numbers are in no fact."""
    command = "SEND_GIFT_V2" if event.kind == "gift" else "INTERACT_WORD_V2"
    who = event.who
    kind = {"arrival": 1, "follow": 2, "share": 3}.get(event.kind, 9)
    inside: dict[int, Value] = {1: int(who.id) if who else 0, 2: who.name if who else "", 5: kind}
    inside[7] = moment.wall_of(event) // 1000
    packed_up = base64.b64encode(message(inside)).decode()
    return _told(event, command, {"dmscore": 4, "pb": packed_up})


def _commands(event: Event) -> list[tuple[str, JSON, str, Figures]]:
    """(command, its data, the text in it, the figures in it) of events that name nobody by id."""
    if event.kind == "viewers":
        online, total, likes = event.figure("online"), event.figure("total"), event.figure("likes")
        large = f"{in_wan(total)}人看过"
        watched: JSON = {"num": total, "text_small": in_wan(total), "text_large": large}
        rank: JSON = {"count": online // 3, "count_text": str(online // 3), "online_count": online}
        rank["online_count_text"] = in_wan(online)
        return [
            ("WATCHED_CHANGE", watched, "", {"total": total, "total_shown": large}),
            ("ONLINE_RANK_COUNT", rank, "", {"online": online, "online_shown": in_wan(online)}),
            ("LIKE_INFO_V3_UPDATE", {"click_count": likes}, "", {"likes": likes}),
            (
                "ROOM_REAL_TIME_MESSAGE_UPDATE",
                {"fans": 320_000 + event.number},
                "",
                {"followers": 320_000 + event.number},
            ),
        ]
    if event.kind == "purchase":
        name = event.who.name if event.who else ""
        words, goods = f"{name[:1]}**正在去买", str(event.figures["product_id"])
        bought = 1 + event.number % 50
        if event.figures["stage"] == "going":
            return [("GOTO_BUY_FLOW", {"text": words}, words, {})]
        return [("HOT_BUY_NUM", {"goods_id": goods, "num": bought}, "", {"product_id": goods, "count": bought})]
    if event.kind == "product_card":
        goods, price = str(event.figures["product_id"]), f"{event.figure('price_fen') / 100:.2f}"
        most = f"{event.figure('original_fen') / 100:.2f}"
        card: JSON = {"goods_id": goods, "goods_name": event.text, "goods_price": price, "goods_max_price": most}
        card |= {"sale_status": 0, "h5_url": f"https://mall.bilibili.com/detail.html?itemsId={goods}"}
        shown: Figures = {"title": event.text, "product_id": goods, "price_shown": price}
        return [("SHOPPING_EXPLAIN_CARD", card, "", shown)]
    if event.kind == "product_list":
        bubbles: JSON = {"bubbles_list": [{"tag": "快抢", "name": "快抢啊"}], "goods_count": event.figure("count")}
        return [
            ("SHOPPING_CART_SHOW", {"status": 1}, "", {"status": 1}),
            ("SHOPPING_BUBBLES_STYLE", bubbles, "快抢啊", {"count": event.figure("count")}),
        ]
    return []


def _state(event: Event, moment: Moment) -> list[Told]:
    room = int(moment.room.id) if moment.room.id.isdigit() else moment.room.id
    words: dict[str, JSON] = {
        "live": {"cmd": "LIVE", "live_key": str(moment.run), "roomid": room, "live_time": moment.wall_ms // 1000},
        "ended": {"cmd": "PREPARING", "roomid": str(room)},
        "replay": {"cmd": "PREPARING", "round": 1, "roomid": str(room)},
        "blocked": {"cmd": "ROOM_LOCK", "expire": "2099-01-01 00:00:00", "roomid": room},
    }
    if event.text not in words:
        return []
    body = words[event.text]
    return [Told(body, Carried(event.number, str(body["cmd"]), "", None))]


def packed(body: bytes) -> bytes:
    """As brotli has it."""
    out: bytes = brotli.compress(body, quality=5)
    return out


def hostile(what: str, batch: Sequence[Told], moment: Moment) -> Frame | None:
    """A frame as nobody should send it."""
    carried = tuple(one.carried for one in batch)
    number = carried[0].number if carried else 0
    inside = b"".join(packet(_json(one.body), MESSAGE) for one in batch)
    whole = packet(packed(inside), MESSAGE, BROTLI)
    odd = moment.at_ms // 1000 % 2
    absurd: JSON = {"cmd": "WATCHED_CHANGE", "data": {"num": -(2**70), "text_large": "9e999人看过", "text_small": None}}
    late = 4_000_000_000_000
    future = [[0, 1, 25, 0, late], "from the future", [0, "z"]]
    in_future = Carried(number, "DANMU_MSG", "", late, "z", "0", "from the future")
    unknown = Told({"cmd": "SANDWICH_UPDATE", "data": {"a": 1}}, Carried(number, "SANDWICH_UPDATE", "", None))
    made: dict[str, tuple[bytes, tuple[Carried, ...]]] = {
        "cut_short": (whole[: len(whole) * 2 // 3], ()),
        "wrong_compression_flag": (packet(inside if odd else packed(inside), MESSAGE, BROTLI if odd else PLAIN), ()),
        "unknown_method": (packet(_json(unknown.body), MESSAGE), (unknown.carried,)),
        "out_of_range": (packet(_json(absurd), MESSAGE), ()),
        "future_clock": (packet(_json({"cmd": "DANMU_MSG", "info": future}), MESSAGE), (in_future,)),
        "broken_text": (packet(b'{"cmd":"DANMU_MSG","info":[[],"\xff\xfe\xc3\x28",[0,"\xed\xa0\x80"]]}', MESSAGE), ()),
        "deep": (packet(b'{"cmd":"DANMU_MSG","info":' + b"[" * 30_000, MESSAGE), ()),
        "false_length": (
            HEAD.pack(0xFFFF_FFF0, 16, PLAIN, MESSAGE, 1) + b"{}" + HEAD.pack(0, 0, BROTLI, MESSAGE, 1),
            (),
        ),
        "noise": (random.Random(f"noise:{moment.seed}:{moment.at_ms}").randbytes(700), ()),
    }
    if what == "bomb":
        version = ZLIB if odd else BROTLI
        return Frame(packet(zlib_bomb() if odd else brotli_bomb(), MESSAGE, version), (), what)
    payload, had = made[what]
    return Frame(payload, had, what)


def _json(body: JSON) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
