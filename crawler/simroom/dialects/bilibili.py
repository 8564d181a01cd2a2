"""live.bilibili.com: page, addresses and socket (platforms.md, section 5)."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crawler.simroom.sockets import Payload
from crawler.simroom.timeline import in_wan

from . import bilibili_wire
from .base import JSON, Answer, Asked, Frame, Moment, PagePlan, Poll, Put, Route, Row, Since, SocketPlan
from .events import Event, counts
from .pages import script_json, template

WORDS = {
    "ended": ("直播已结束", "主播不在家，下次再来吧"),
    "replay": ("主播正在轮播", ""),
    "not_started": ("主播还没有开播", ""),
    "paused": ("主播暂时离开", ""),
    "login": ("登录后观看", "扫码登录"),
    "captcha": ("请完成安全验证", "拖动滑块完成拼图"),
    "not_found": ("直播间不存在", ""),
    "blocked": ("访问被拒绝", "风控校验失败"),
    "no_content": ("加载中", ""),
}
LIVE_STATUS = {"live": 1, "paused": 1, "login": 1, "replay": 2}
API = "/xlive/web-room"


@dataclass(frozen=True, slots=True)
class Bilibili:
    """The dialect. ``mask_after_s``: from this second of the broadcast on a guest gets neither names nor ids."""

    mask_after_s: float = 300.0
    name: str = "bilibili"
    tick_s: float = 0.25
    page_paths: tuple[str, ...] = (r"/{room:\d+}",)
    socket_paths: tuple[str, ...] = ("/sub",)

    def path(self, room_id: str) -> str:
        """The room's number."""
        return f"/{room_id}"

    def broadcast_id(self, moment: Moment) -> str:
        """The site has none of its own: the room and the second at which this broadcast began."""
        return f"{moment.room.id}-{moment.run}"

    def page(self, asked: Asked) -> Answer:
        """The page; the room is in window.__NEPTUNE_IS_MY_WAIFU__ unless a wall stands."""
        moment = asked.moment
        gone = moment.state in ("not_found", "captcha", "no_content", "blocked")
        state = {} if gone else {"roomInitRes": self._init(asked), "roomInfoRes": self._info(asked)}
        marks = {"anchor": "" if gone else html.escape(moment.room.shop), "title": "哔哩哔哩直播"}
        marks["state"] = script_json(state)
        return Answer(template(self.name, marks).encode(), "text/html; charset=utf-8")

    def plan(self, asked: Asked) -> PagePlan:
        """Room, addresses of the socket and of the media; then the socket: log in as nobody, beat each 30 s."""
        room = asked.room_id
        polls = (
            Poll(f"/room/v1/Room/room_init?id={room}&c={{c}}"),
            Poll(f"/room/v1/Room/get_info?room_id={room}&c={{c}}"),
            Poll(f"{API}/v1/index/getDanmuInfo?id={room}&type=0&w_rid=0&wts=0&c={{c}}"),
            Poll(f"{API}/v2/index/getRoomPlayInfo?room_id={room}&protocol=0,1&format=0,1,2&codec=0,1&c={{c}}"),
        )
        who: JSON = {"uid": 0, "roomid": int(room), "protover": 3, "platform": "web", "type": 2, "key": "simulated"}
        auth = bilibili_wire.packet(json.dumps(who).encode(), bilibili_wire.AUTH, bilibili_wire.COUNT)
        beat = bilibili_wire.packet(b"[object Object]", bilibili_wire.HEARTBEAT, bilibili_wire.COUNT)
        return PagePlan(SocketPlan("/sub?c={c}", (auth, beat), beat, 30), polls, WORDS, "#chat-items")

    def routes(self) -> tuple[Route, ...]:
        """What the page asks by itself."""
        return (
            Route("GET", "/room/v1/Room/room_init", lambda asked: self._answer(asked, "id", self._init)),
            Route("GET", "/room/v1/Room/get_info", lambda asked: self._answer(asked, "room_id", self._info)),
            Route("GET", f"{API}/v1/index/getDanmuInfo", lambda asked: self._answer(asked, "id", self._hosts)),
            Route("GET", f"{API}/v2/index/getRoomPlayInfo", lambda asked: self._answer(asked, "room_id", self._play)),
        )

    def frames(self, batch: Sequence[Event], moment: Moment) -> list[Frame]:
        """One frame a batch, of several packets."""
        told = [one for event in batch for one in bilibili_wire.told(event, moment, masked=self._masks(event))]
        begins = moment.at_ms - self.tick_s * 1000 <= self._masking_ms() < moment.at_ms
        if begins and (first := next((event for event in batch if self._masks(event)), None)) is not None:
            told.insert(0, bilibili_wire.masking_notice(first.number))
        return bilibili_wire.frames(told)

    def opened(self, _: Moment, __: Since) -> list[Frame]:
        """Nothing: the page speaks first."""
        return []

    def heard(self, payload: Payload, moment: Moment) -> list[Frame]:
        """Logging in and heartbeats are answered."""
        online = int(counts(moment.seed, moment.at_ms // 50)["online"])
        return bilibili_wire.answers(payload, online) if isinstance(payload, bytes) else []

    def acknowledge(self, _: Frame, __: Moment) -> Payload | None:
        """This site's page acknowledges nothing."""
        return None

    def shown(self, event: Event, moment: Moment) -> tuple[Row | Put, ...]:
        """Rows carry name, id, text and time as attributes."""
        name, user = (event.who.name, event.who.id) if event.who else ("", "0")
        if self._masks(event):
            name, user = bilibili_wire.masked_name(name), "0"
        if event.kind == "chat":
            seconds = str(moment.wall_of(event) // 1000)
            values = {"name": name, "uid": user, "text": event.text, "ts": seconds, "ct": f"{event.number:X}"}
            return (Row("danmaku", {**values, "id": f"{event.number:032x}"}),)
        if event.kind == "viewers":
            return (Put("watched", f"{in_wan(event.figure('total'))}人看过", "viewers"),)
        if event.kind == "arrival":
            return (Put("enter", "进入直播间"),)
        return ()

    def hostile(self, what: str, batch: Sequence[Event], moment: Moment) -> Frame | None:
        """All of them."""
        told = [one for event in batch for one in bilibili_wire.told(event, moment, masked=self._masks(event))]
        return bilibili_wire.hostile(what, told, moment)

    def _masks(self, event: Event) -> bool:
        return event.at_ms >= self._masking_ms()

    def _masking_ms(self) -> float:
        return self.mask_after_s * 1000

    def _answer(self, asked: Asked, parameter: str, make: Callable[[Asked], JSON]) -> Answer:
        """An address of the site: {code, message, data}; -352 is how its risk control refuses."""
        moment, wanted = asked.moment, asked.query.get(parameter, "")
        if moment.state == "no_content":
            return Answer(b"")
        if moment.state in ("blocked", "captcha"):
            return _json({"code": -352, "message": "-352", "ttl": 1, "data": {"v_voucher": "voucher_simulated"}})
        if moment.state == "not_found" or wanted not in (moment.room.id, moment.room.other_id):
            return _json({"code": 60004, "message": "直播间不存在", "data": {}})
        if moment.state == "login":
            return _json({"code": -101, "message": "账号未登录", "data": {}})
        return _json({"code": 0, "message": "0", "data": make(asked)})

    def _init(self, asked: Asked) -> JSON:
        """room_init: which room a (short) number means."""
        moment = asked.moment
        room = int(moment.room.id) if moment.room.id.isdigit() else 0
        began = (moment.wall_ms - moment.at_ms) // 1000 + moment.run
        status = LIVE_STATUS.get(moment.state, 0)
        return {
            "room_id": room,
            "short_id": 0,
            "uid": 7231,
            "live_status": status,
            "live_time": began if status == 1 else 0,
        }

    def _info(self, asked: Asked) -> JSON:
        """get_info: the room's title and state."""
        online = int(counts(asked.moment.seed, 0)["online"])
        return {**self._init(asked), "title": asked.moment.room.title, "online": online, "area_name": "购物"}

    def _hosts(self, asked: Asked) -> JSON:
        """getDanmuInfo: where the socket is, and its token."""
        host, _, port = asked.base.removeprefix("http://").partition(":")
        return {
            "token": "simulated",
            "host_list": [{"host": host, "port": int(port or 80), "ws_port": int(port or 80)}],
        }

    def _play(self, asked: Asked) -> JSON:
        """getRoomPlayInfo: FLV and HLS, AVC."""
        streams = []
        for protocol, kind, end in (("http_stream", "flv", ".flv"), ("http_hls", "fmp4", "/index.m3u8")):
            url = {"host": asked.base, "extra": "", "stream_ttl": 3600}
            codec = {
                "codec_name": "avc",
                "current_qn": 250,
                "base_url": f"/live/{asked.room_id}{end}",
                "url_info": [url],
            }
            streams.append({"protocol_name": protocol, "format": [{"format_name": kind, "codec": [codec]}]})
        return {**self._init(asked), "playurl_info": {"playurl": {"stream": streams}}}


def _json(value: JSON) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False).encode())
