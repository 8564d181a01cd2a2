"""tbzb.taobao.com and live.1688.com: pages that poll their gateway and have no socket (platforms.md, section 3)."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from crawler.simroom.sockets import Payload
from crawler.simroom.timeline import in_wan

from . import taobao_wire
from .base import JSON, Answer, Asked, Frame, Moment, PagePlan, Poll, Put, Route, Row, Since
from .events import Event
from .pages import template
from .taobao_wire import COMMENTS, DETAIL, PLAY, POWERMSG

WORDS = {
    "ended": ("直播已结束", "去看看其他直播吧"),
    "replay": ("精彩回放", "本场直播已结束"),
    "not_started": ("直播未开始", "敬请期待"),
    "paused": ("主播离开一会儿，马上回来", ""),
    "login": ("请登录后观看", "扫码登录"),
    "captcha": ("请按住滑块，拖动到最右边", ""),
    "not_found": ("直播不存在", ""),
    "blocked": ("哎哟喂，被挤爆啦，请稍后重试", ""),
    "no_content": ("加载中", ""),
}
STREAM_STATUS = {"live": "1", "paused": "1"}
QUALITIES = ("lld", "ld", "md", "hd", "ud")
COMMENTS_S, POWERMSG_S = 6, 3
VERSIONS = {DETAIL: "4.0", PLAY: "4.0", COMMENTS: "1.0", POWERMSG: "1.0"}


class Taobao:
    """The dialect. The room's page is Taobao's; ``/zb/play.html?feedId=`` is 1688's of the same room."""

    name = "taobao"
    tick_s = 0.25
    page_paths = ("/live", "/zb/play.html")
    socket_paths = ()

    def path(self, room_id: str) -> str:
        """The PC page."""
        return f"/live?liveId={room_id}"

    def broadcast_id(self, moment: Moment) -> str:
        """The liveId, which each broadcast has anew."""
        known = moment.room.id
        return str(int(known) + moment.run) if known.isdigit() else f"{known}{moment.run or ''}"

    def page(self, asked: Asked) -> Answer:
        """Taobao's or 1688's page, which know nothing before they have asked; the slider while a captcha stands."""
        if asked.moment.state == "captcha":
            return Answer(template("taobao_slider", {}).encode(), "text/html; charset=utf-8")
        gone = asked.moment.state in ("not_found", "no_content", "blocked")
        marks = {"anchor": "" if gone else html.escape(asked.moment.room.shop)}
        which = "taobao_1688" if asked.path.startswith("/zb/") else self.name
        return Answer(template(which, marks).encode(), "text/html; charset=utf-8")

    def plan(self, asked: Asked) -> PagePlan:
        """Room and media once; then comments (by JSONP, Taobao's page alone) and powermsg again and again."""
        live, topic = self.broadcast_id(asked.moment), taobao_wire.topic(asked.moment)
        pull = {"topic": topic, "pagesize": taobao_wire.PAGESIZE, "bizcode": 1, "sdkversion": "h5_3.4.2", "role": 3}
        latest = {"topic": topic, "limit": taobao_wire.COMMENT_LIMIT, "tab": 2, "order": "asc"}
        once = [
            _poll(DETAIL, {"liveId": live, "liveSource": "source_pc_live"}),
            _poll(PLAY, {"liveId": live}),
            _poll(POWERMSG, pull, "offset", plain=True),
        ]
        again = [_poll(POWERMSG, pull, "offset", every_s=POWERMSG_S, plain=True)]
        if asked.path.startswith("/zb/"):
            return PagePlan(None, (*once, *again), WORDS, ".pc-living-room-message")
        again.append(_poll(COMMENTS, latest, "paginationContext", every_s=COMMENTS_S))
        return PagePlan(None, (*once, *again), WORDS, "#liveComment")

    def routes(self) -> tuple[Route, ...]:
        """The four APIs that the pages ask."""
        return (
            Route("GET", taobao_wire.path(DETAIL, VERSIONS[DETAIL]), self._detail),
            Route("GET", taobao_wire.path(PLAY, VERSIONS[PLAY]), self._play),
            Route("GET", taobao_wire.path(COMMENTS, VERSIONS[COMMENTS]), taobao_wire.comments, chat=True),
            Route("GET", taobao_wire.path(POWERMSG, VERSIONS[POWERMSG]), taobao_wire.powermsg, chat=True),
        )

    def frames(self, _: Sequence[Event], __: Moment) -> list[Frame]:
        """None: no socket."""
        return []

    def opened(self, _: Moment, __: Since) -> list[Frame]:
        """None: no socket."""
        return []

    def heard(self, _: Payload, __: Moment) -> list[Frame]:
        """None: no socket."""
        return []

    def acknowledge(self, _: Frame, __: Moment) -> Payload | None:
        """None: no socket."""
        return None

    def shown(self, event: Event, _: Moment) -> tuple[Row | Put, ...]:
        """Comments as rows; arrivals and the viewers as texts."""
        name = event.who.name if event.who else ""
        if event.kind == "chat":
            return (Row("comment", {"name": name, "text": event.text}),)
        if event.kind == "arrival":
            return (Put("enter", f"{name} 来了"),)
        if event.kind == "like":
            return (Put("likes", in_wan(event.figure("total"))),)
        if event.kind == "viewers":
            return (Put("viewers", f"{in_wan(event.figure('total'))}观看", "viewers"),)
        return ()

    def hostile(self, _: str, __: Sequence[Event], ___: Moment) -> Frame | None:
        """None: what is broken on purpose goes out over sockets, and there is none."""
        return None

    def _detail(self, asked: Asked) -> Answer:
        """The topic under which the broadcast's messages are."""
        asked = self._as_known(asked)
        moment = asked.moment
        shop = {"accountName": moment.room.shop, "accountId": "2200000000001"}
        body: JSON = {"topic": taobao_wire.topic(moment), "liveId": self.broadcast_id(moment)}
        return taobao_wire.answer(asked, {**body, "title": moment.room.title, "broadCaster": shop})

    def _as_known(self, asked: Asked) -> Asked:
        """As asked, with the state of the liveId in question: an earlier broadcast is over, others nobody knows."""
        wanted, moment = str(taobao_wire.parameters(asked).get("liveId", "")), asked.moment
        if wanted == self.broadcast_id(moment):
            return asked
        earlier = {self.broadcast_id(replace(moment, run=run)) for run in range(moment.run)}
        if wanted not in earlier:
            return replace(asked, moment=replace(moment, state="not_found"))
        over = moment.state if moment.state in taobao_wire.REFUSALS else "ended"
        return replace(asked, moment=replace(moment, state=over))

    def _play(self, asked: Asked) -> Answer:
        """streamStatus, and addresses while it is "1"."""
        asked = self._as_known(asked)
        moment, status = asked.moment, STREAM_STATUS.get(asked.moment.state, "0")
        urls = []
        for definition in QUALITIES if status == "1" else ():
            flv, hls = f"{asked.base}/live/{asked.room_id}.flv", f"{asked.base}/live/{asked.room_id}/index.m3u8"
            urls.append({"definition": definition, "flvUrl": flv, "hlsUrl": hls})
        shop = {"accountName": moment.room.shop, "accountId": "2200000000001"}
        body: JSON = {"streamStatus": status, "liveUrlList": urls, "title": moment.room.title, "broadCaster": shop}
        if moment.state in ("ended", "replay"):
            body["status"] = "3"
        return taobao_wire.answer(asked, body)


def _poll(api: str, told: JSON, cursor: str = "", *, every_s: float = 0, plain: bool = False) -> Poll:
    """An address of the gateway. ``cursor``: the member of its ``data`` that says where to go on."""
    text = quote(json.dumps({**told, cursor: "CURSOR"} if cursor else told, separators=(",", ":")))
    sign = f"jsv=2.7.2&appKey=12574478&t=0&sign=simulated&api={api}&v={VERSIONS[api]}"
    how = "type=originaljson&dataType=json" if plain else "type=jsonp&dataType=jsonp&callback=mtopjsonp{n}"
    url = f"{taobao_wire.path(api, VERSIONS[api])}?{sign}&{how}&c={{c}}&data={text.replace('CURSOR', '{cursor}')}"
    return Poll(url, every_s=every_s, script=not plain)
