"""www.xiaohongshu.com: the live page with its state, and its socket (platforms.md, section 6)."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

from crawler.simroom.sockets import Payload
from crawler.simroom.timeline import in_wan

from . import xiaohongshu_wire
from .base import JSON, Answer, Asked, Frame, Moment, PagePlan, Put, Route, Row, Since, SocketPlan
from .events import Event, counts
from .pages import script_json, template

WORDS = {
    "ended": ("直播已结束", "去看看其他直播吧"),
    "replay": ("直播已结束", ""),
    "not_started": ("直播未开始", ""),
    "paused": ("主播暂时离开", "马上回来"),
    "login": ("登录后观看直播", "手机号登录"),
    "captcha": ("安全验证", "请向右拖动滑块完成拼图"),
    "not_found": ("页面不见了", ""),
    "blocked": ("当前网络环境存在风险，请切换网络环境后重试", ""),
    "no_content": ("加载中", ""),
}
# liveStatus and roomInfo.status by state; a wall that the facts do not know has no room at all.
STATUS = {"live": ("success", 2), "paused": ("success", 2), "not_started": ("success", 1)}
STATUS |= {"ended": ("end", 3), "replay": ("end", 3), "login": ("success", 2)}
LIMITED = 1  # an entry of joinLimitTypes


class Xiaohongshu:
    """The dialect. No address is asked: the page brings all that it knows."""

    name = "xiaohongshu"
    tick_s = 0.25
    page_paths = (r"/livestream/{room:\d+}", r"/livestream/dynpath{alias:[A-Za-z0-9]{8}}/{room:\d+}")
    socket_paths = ("/websocket",)

    def path(self, room_id: str) -> str:
        """The room's page, with the token that a shared link brings."""
        return f"/livestream/{room_id}?xsec_token=simulated&source=web_live"

    def broadcast_id(self, moment: Moment) -> str:
        """The room's id: this site's rooms last as long as a broadcast."""
        return xiaohongshu_wire.live_id(moment)

    def page(self, asked: Asked) -> Answer:
        """The page; its state has bare ``undefined`` in it, so that it is a script's object and no JSON."""
        state = asked.moment.state
        if state == "no_content":
            return Answer(b"", "text/html; charset=utf-8")
        stream = script_json(self._stream(asked))
        marks = {"anchor": html.escape(asked.moment.room.shop) if state in STATUS else ""}
        marks["state"] = f'{{"global":{{"appSettings":undefined}},"user":{{"loggedIn":false}},"liveStream":{stream}}}'
        return Answer(template(self.name, marks).encode(), "text/html; charset=utf-8")

    def plan(self, asked: Asked) -> PagePlan:
        """The socket: enter, then a heartbeat each 30 s."""
        enter = xiaohongshu_wire.entering(asked.moment)
        beat = json.dumps({"v": 1, "t": xiaohongshu_wire.PING}, separators=(",", ":"))
        return PagePlan(SocketPlan("/websocket?c={c}", (enter, beat), beat, 30), (), WORDS, ".comments")

    def routes(self) -> tuple[Route, ...]:
        """None."""
        return ()

    def frames(self, batch: Sequence[Event], moment: Moment) -> list[Frame]:
        """Text frames of at most six messages."""
        return xiaohongshu_wire.frames(batch, moment)

    def opened(self, _: Moment, __: Since) -> list[Frame]:
        """Nothing: the page speaks first."""
        return []

    def heard(self, payload: Payload, moment: Moment) -> list[Frame]:
        """Entering and heartbeats are answered."""
        return xiaohongshu_wire.answers(payload, moment)

    def acknowledge(self, _: Frame, __: Moment) -> Payload | None:
        """This site's page acknowledges nothing."""
        return None

    def shown(self, event: Event, _: Moment) -> tuple[Row | Put, ...]:
        """Chat and gifts as lines of the list, arrivals below it, the viewers as a text."""
        name = event.who.name if event.who else ""
        if event.kind == "chat":
            return (Row("comment", {"name": name, "text": event.text}),)
        if event.kind == "gift":
            return (Row("gift", {"name": name, "text": f"送出 {event.text}"}),)
        if event.kind == "arrival":
            return (Put("enter", f"{name} 来了"),)
        if event.kind == "viewers":
            return (Put("viewers", f"{in_wan(event.figure('total'))}人看过", "viewers"),)
        return ()

    def hostile(self, what: str, batch: Sequence[Event], moment: Moment) -> Frame | None:
        """All of them; a length is false where base64 ends within a byte."""
        return xiaohongshu_wire.hostile(what, batch, moment)

    def _stream(self, asked: Asked) -> JSON:
        """liveStream. ``nextRoomInfo`` is another room, which is live whatever this one is."""
        moment, state = asked.moment, asked.moment.state
        if state not in STATUS:
            return {"pageStatus": "error", "liveStatus": "", "roomData": {}} if state == "not_found" else {}
        live_status, status = STATUS[state]
        own = xiaohongshu_wire.live_id(moment)
        viewers = in_wan(int(counts(moment.seed, moment.at_ms // 50)["total"]))
        room = self._room(asked, own, moment.room.title, status)
        room |= {"displayViewerCount": viewers, "joinLimitTypes": [LIMITED if state == "login" else 0]}
        if status != STATUS["live"][1] or state == "login":
            room["pullConfig"] = ""
        other = self._room(asked, str(int(own) + 7_000_000), "下一个直播间", STATUS["live"][1])
        other["displayViewerCount"] = "300万+"
        host = {"nickName": moment.room.shop, "userId": "5" + "7" * 23, "avatar": ""}
        data: JSON = {"roomInfo": room, "hostInfo": host}
        # The other room first: who takes the first status that is found takes the wrong one.
        return {"nextRoomInfo": other, "pageStatus": "success", "liveStatus": live_status, "roomData": data}

    def _room(self, asked: Asked, own_id: str, title: str, status: int) -> JSON:
        streams = [
            {"master_url": f"{asked.base}/live/{asked.room_id}{end}", "quality_type": "HD", "quality_type_name": "高清"}
            for end in (".flv", "/index.m3u8")
        ]
        pull = json.dumps({"h264": streams, "h265": []}, ensure_ascii=False)
        return {"roomId": own_id, "roomTitle": title, "status": status, "pullConfig": pull, "monetizeType": 0}
