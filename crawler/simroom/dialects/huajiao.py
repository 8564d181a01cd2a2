"""www.huajiao.com: a page and one address that says whether it is live; no chat (platforms.md, section 7)."""

from __future__ import annotations

import html
import json
import random
import string
from collections.abc import Sequence
from dataclasses import replace

from crawler.simroom.sockets import Payload

from .base import JSON, Answer, Asked, Frame, Moment, PagePlan, Poll, Put, Route, Row, Since
from .events import Event
from .pages import template

WORDS = {
    "ended": ("直播已结束", "去看看其他直播吧"),
    "replay": ("直播已结束", "观看回放"),
    "not_started": ("主播还没有开播", ""),
    "paused": ("主播暂时离开", ""),
    "login": ("登录后观看直播", ""),
    "captcha": ("请完成安全验证", ""),
    "not_found": ("直播不存在", ""),
    "blocked": ("访问过于频繁，请稍后再试", ""),
    "no_content": ("加载中", ""),
}
FEED = "/feed/getFeedInfo"
# errno and errmsg by state; live and paused have neither.
ERRORS = {
    "ended": (1502, "直播已结束"),
    "replay": (1502, "直播已结束"),
    "not_started": (1501, "直播未开始"),
    "not_found": (1500, "直播不存在"),
    "login": (1101, "请先登录"),
    "captcha": (1105, "请完成验证"),
    "blocked": (1104, "操作太频繁"),
}


class Huajiao:
    """The dialect. Pictures and sound, a title and a state: all that this site's page has."""

    name = "huajiao"
    tick_s = 1.0
    page_paths = (r"/l/{room:\d+}",)
    socket_paths = ()

    def path(self, room_id: str) -> str:
        """The page of one broadcast."""
        return f"/l/{room_id}"

    def broadcast_id(self, moment: Moment) -> str:
        """The relateid, which each broadcast has anew."""
        known = moment.room.id
        return str(int(known) + moment.run) if known.isdigit() else f"{known}{moment.run or ''}"

    def page(self, asked: Asked) -> Answer:
        """The page; the broadcast's id and its author stand in it."""
        if asked.moment.state == "no_content":
            return Answer(b"", "text/html; charset=utf-8")
        gone = asked.moment.state in ("not_found", "captcha", "blocked")
        marks = {"anchor": "", "title": "", "relateid": ""}
        if not gone:
            room = asked.moment.room
            marks = {"anchor": html.escape(room.shop), "title": html.escape(room.title)}
            marks["relateid"] = self.broadcast_id(asked.moment)
        return Answer(template(self.name, marks).encode(), "text/html; charset=utf-8")

    def plan(self, asked: Asked) -> PagePlan:
        """One question, and again when the broadcast is over; no socket."""
        return PagePlan(
            None, (Poll(f"{FEED}?relateid={self.broadcast_id(asked.moment)}&c={{c}}"),), WORDS, ".chat-none"
        )

    def routes(self) -> tuple[Route, ...]:
        """getFeedInfo."""
        return (Route("GET", FEED, self._feed),)

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

    def shown(self, _: Event, __: Moment) -> tuple[Row | Put, ...]:
        """Nothing: the page is told of no event."""
        return ()

    def hostile(self, _: str, __: Sequence[Event], ___: Moment) -> Frame | None:
        """None: no socket."""
        return None

    def _feed(self, asked: Asked) -> Answer:
        """getFeedInfo of this broadcast; an earlier one is over, others nobody knows."""
        moment, wanted = asked.moment, asked.query.get("relateid", "")
        state = moment.state
        if state == "no_content":
            return Answer(b"")
        if wanted != self.broadcast_id(moment) and state not in ("login", "captcha", "blocked"):
            earlier = {self.broadcast_id(replace(moment, run=run)) for run in range(moment.run)}
            state = "ended" if wanted in earlier else "not_found"
        if state in ERRORS:
            number, words = ERRORS[state]
            return _json({"errno": number, "errmsg": words, "data": {}})
        began = (moment.wall_ms - moment.at_ms) // 1000
        dice = random.Random(f"sn:{moment.room.broadcast}:{moment.run}")
        stream = "_LC_AL1_non_" + "".join(dice.choices(string.digits, k=20)) + "_SX"
        body: JSON = {"creatime": str(began), "feed": {"title": moment.room.title, "sn": stream, "relateid": wanted}}
        return _json(
            {"errno": 0, "errmsg": "", "data": {**body, "author": {"nickname": moment.room.shop, "uid": "7231"}}}
        )


def _json(value: JSON) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False).encode())
