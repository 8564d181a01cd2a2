"""The sites' adapters as fuzz targets: they never raise, whatever a frame or an answer holds.

Seeds are written from the facts (platforms), each of them really decoded to messages by its adapter (asserted by
`test_wire_fuzz`); a mutated seed goes in as each kind of piece that the adapter takes.
"""

from __future__ import annotations

import base64
import json
import random
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from crawler.platforms.pieces import Decoded, Piece
from crawler.platforms.registry import BY_NAME
from tests.benchmarks.wire.mutations import USUAL
from tests.harness.wire_bytes import douyin_frame, held, number, packet

NOW = 1_790_000_000_000
MTOP = "https://h5api.m.taobao.com/h5/{}/1.0/?callback=cb"


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a site speaks: where frames come from and answers go to, and what they hold (first the frames')."""

    frames: tuple[str, ...]
    answers: tuple[str, ...]
    seeds: tuple[bytes, ...]
    text: bool = False


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _base64(value: Any) -> str:
    return base64.b64encode(_json(value)).decode()


_DANMAKU = _json({"cmd": "DANMU_MSG", "info": [[0, 1, 25, 0, NOW, 0], "还有货吗", [0, "瓶***", 0]]})
_BUYING = _json({"cmd": "HOT_BUY_NUM", "data": {"goods_id": "1", "num": 38}})
_PACKETS = packet(5, _DANMAKU) + packet(5, _BUYING) + packet(3, b"\0\0\0[", 1)
_JD = {
    "datetime": NOW,
    "from": {"app": "jd.live", "secretPin": "sXr4EXYw=="},
    "id": "67aa2ff3",
    "body": {"groupid": "48399381", "type": "viewer_send_message", "nickName": "j**n", "content": "多少钱"},
    "type": "chat_group_message",
}
_CUSTOM = {"type": "text", "desc": "多少钱", "profile": {"nickname": "小明", "user_id": "63301151"}}
_XHS = {"t": 4, "b": {"d": {"b": [{"d": _base64({"seq": 1, "customData": json.dumps(_CUSTOM)})}]}}}
_MTOP = {"ret": ["SUCCESS::调用成功"], "data": {"comments": [{"publisherNick": "t**3", "content": "有货吗"}]}}
_NATIVE = {"timestampList": [{"offset": 1, "data": _base64({"subType": 10001, "nick": "a", "content": "b"})}]}
_KUAISHOU_CHAT = held(1, "c1") + held(2, held(1, "u1") + held(2, "小王")) + held(3, "还有吗") + number(7, 1)
_KUAISHOU = number(1, 310) + number(2, 1) + held(3, held(1, "2735") + held(2, "26万") + held(5, _KUAISHOU_CHAT))
_FEEDS = {"result": 1, "currentWatchingCount": "5.6w", "liveStreamFeeds": [{"type": "comment", "content": "hi"}]}
_WEBCAST = douyin_frame(random.Random(3), 1, messages=2)  # noqa: S311 the same seeds each time
_ROOM = {"data": {"data": [{"status": 2, "id_str": "7", "title": "t", "stats": {"user_count_str": "91"}}]}}

SPOKEN: dict[str, Spoken] = {
    "bilibili": Spoken(
        ("wss://tx.chat.bilibili.com/sub",),
        ("https://api.live.bilibili.com/room/v1/Room/get_info?room_id=1",),
        (_PACKETS, packet(5, zlib.compress(_PACKETS), 2), _json({"code": 0, "data": {"live_status": 1}})),
    ),
    "douyin": Spoken(
        ("wss://webcast100-ws-web-lq.douyin.com/webcast/im/push/v2/",),
        (
            *("https://live.douyin.com/webcast/im/fetch/", "https://live.douyin.com/webcast/room/web/enter/?web_rid=1"),
            "https://live.douyin.com/live/promotions/page/",
        ),
        (_WEBCAST, _json(_ROOM), _json({"promotions": [{"title": "t", "min_price": 100, "in_stock": True}]})),
    ),
    "tiktok": Spoken(
        ("wss://webcast-ws.tiktok.com/webcast/im/ws_proxy/ws_reuse_supplement/",),
        ("https://webcast.tiktok.com/webcast/im/fetch/", "https://www.tiktok.com/api-live/user/room/?uniqueId=a"),
        (_WEBCAST, _json({"data": {"user": {"status": 2}, "liveRoom": {"liveRoomStats": {"userCount": 1}}}})),
    ),
    "kuaishou": Spoken(
        ("wss://livejs-ws.kuaishou.cn/group7",),
        (
            "https://livev.m.chenzhongtech.com/wap/live/feed?liveStreamId=t&cursor=5",
            "https://live.kuaishou.com/live_api/liveroom/websocketinfo?liveStreamId=t",
        ),
        (_KUAISHOU, _json(json.dumps(_FEEDS)), _json({"result": 1, "websocketUrls": [], "token": ""})),
    ),
    "jd": Spoken(
        ("wss://live-ws4.jd.com?token=a",),
        ("https://api.m.jd.com/client.action?functionId=getImmediatePlayToM",),
        (_json(_JD), _json({"code": "0", "data": {"status": 1, "liveId": 1}})),
        text=True,
    ),
    "xiaohongshu": Spoken(("wss://apppush.xiaohongshu.example/ws",), (), (_json(_XHS),), text=True),
    "taobao": Spoken(
        (),
        tuple(
            map(MTOP.format, ("mtop.taobao.iliad.comment.query.latest", "mtop.taobao.powermsg.h5.msg.pullnativemsg"))
        ),
        (_json(_MTOP), b"cb(" + _json(_MTOP) + b")", _json({"ret": ["SUCCESS::ok"], "data": _NATIVE})),
    ),
    "generic": Spoken(
        ("wss://chat.example/ws",),
        ("https://chat.example/api",),
        (
            _json({"type": "chat", "nick": "甲", "content": "好", "msgId": "1"}),
            b'42["chat",{"nick":"a","content":"b","cid":9}]',
        ),
        text=True,
    ),
}


def pieces(spoken: Spoken, payload: bytes) -> list[Piece]:
    """The payload as each piece that the site's adapter takes."""
    frames = [Piece("frame", url, payload, text=spoken.text, received_ms=NOW) for url in spoken.frames]
    answers = [
        Piece("answer", url, payload, status=200, media_type="application/json", received_ms=NOW)
        for url in spoken.answers
    ]
    return frames + answers


def decoding(name: str) -> Callable[[bytes], object]:
    """A target: whatever the adapter says can be written down, and stands somewhere."""
    site, spoken = BY_NAME[name], SPOKEN[name]

    def target(payload: bytes) -> None:
        for piece in pieces(spoken, payload):
            _written(site.decode(piece), len(payload))

    return target


def _written(found: Decoded, size: int) -> None:
    for message in found.messages:
        if not 0 <= message.where.start <= message.where.end:
            raise AssertionError(f"a message at {message.where}")
        if not message.where.steps and message.where.end > size:
            raise AssertionError(f"a message at {message.where} of {size} bytes")
    if size <= USUAL:
        json.dumps(asdict(found), ensure_ascii=False, allow_nan=False, default=_refused).encode()


def _refused(value: object) -> Any:
    raise AssertionError(f"a {type(value).__name__} can't be written")
