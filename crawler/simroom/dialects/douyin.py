"""live.douyin.com: page, addresses and socket (platforms.md, section 1)."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

from crawler.simroom.sockets import Payload
from crawler.simroom.timeline import in_wan

from . import douyin_answers, douyin_wire, webcast
from .base import Answer, Asked, Frame, Moment, PagePlan, Poll, Put, Route, Row, Since, SocketPlan
from .events import Event
from .pages import script_json, template
from .protobuf import Value

WORDS = {
    "ended": ("直播已结束", "主播下次再见"),
    "replay": ("直播已结束", "精彩回放请到抖音查看"),
    "not_started": ("直播未开始", "主播还没有开播"),
    "paused": ("主播暂时离开", "马上回来"),
    "login": ("登录后即可观看", "请使用抖音扫码登录"),
    "captcha": ("请完成下列验证后继续", "拖动滑块完成拼图"),
    "not_found": ("直播间不存在", "该内容暂时无法无法查看"),
    "blocked": ("", ""),
    "no_content": ("加载中", ""),
}
EXTRA: dict[int, Value] = {11: "", 12: True}


class Douyin:
    """The dialect. Guest without log-in: chat comes, the cart's list does not."""

    name = "douyin"
    tick_s = 0.25
    page_paths = (r"/{room:\d+}",)
    socket_paths = ("/webcast/im/push/v2/",)

    def path(self, room_id: str) -> str:
        """The web_rid alone."""
        return f"/{room_id}"

    def broadcast_id(self, moment: Moment) -> str:
        """The 19-digit room_id, new with each broadcast."""
        return douyin_answers.room_id(moment)

    def page(self, asked: Asked) -> Answer:
        """The page with its state in self.__pace_f chunks; HTTP 444 when blocked."""
        state = asked.moment.state
        if state == "blocked":
            return Answer(b"", "text/html", status=444)
        room = asked.moment.room
        chunks = [
            "0:" + json.dumps(["$", "$L1", None, {"buildId": "1.0.1.4312", "children": ["$", "div", None, {}]}]) + "\n",
            "c:" + json.dumps(["$", "$L12", None, douyin_answers.page_state(asked)], ensure_ascii=False) + "\n",
        ]
        pace = "".join(f"<script>self.__pace_f.push([1,{script_json(chunk)}])</script>" for chunk in chunks)
        gone = state in ("not_found", "captcha", "no_content")
        marks = {"pace": pace, "title": "抖音直播" if gone else html.escape(f"{room.shop}的抖音直播间 - 抖音直播")}
        marks |= {"anchor": "" if gone else html.escape(room.shop), "heading": "" if gone else html.escape(room.title)}
        return Answer(template(self.name, marks).encode(), "text/html; charset=utf-8")

    def plan(self, asked: Asked) -> PagePlan:
        """The room's API first, then the socket's bootstrap, then the socket with a heartbeat each 10 s."""
        room_id = self.broadcast_id(asked.moment)
        query = f"aid=6383&live_id=1&room_id={room_id}&user_unique_id=7300000000000000001&signature=00000000&c={{c}}"
        polls = (
            Poll(f"/webcast/room/web/enter/?aid=6383&web_rid={asked.room_id}&room_id_str={room_id}&c={{c}}"),
            Poll(f"/webcast/im/fetch/?{query}&cursor=&internal_ext="),
            Poll(f"/live/promotions/pop/v3/?room_id={room_id}&c={{c}}", every_s=6),
        )
        url = f"/webcast/im/push/v2/?compress=gzip&cursor=t-1_r-1_d-1_u-1_h-1&internal_ext=&{query}"
        socket = SocketPlan(url, beat=webcast.HEARTBEAT, beat_s=10)
        return PagePlan(socket, polls, WORDS, ".webcast-chatroom___list")

    def routes(self) -> tuple[Route, ...]:
        """What the page asks by itself. The cart's list is for those who are logged in."""
        return (
            Route("GET", "/webcast/room/web/enter/", douyin_answers.enter),
            Route("GET", "/webcast/im/fetch/", self._fetch, chat=True),
            Route("GET", "/live/promotions/pop/v3/", douyin_answers.current_card),
            Route("GET", "/live/promotions/page/", douyin_answers.cart),
        )

    def _fetch(self, asked: Asked) -> Answer:
        """The bootstrap of the socket: the last few messages as a bare Response."""
        moment = asked.moment
        if moment.state != "live":
            return douyin_answers.wall(asked) or Answer(
                webcast.response([], moment, extra=EXTRA), "application/x-protobuf"
            )
        told = [one for event in asked.since(0)[-5:] for one in douyin_wire.told(event, moment)]
        body = webcast.response(told, moment, extra=EXTRA, need_ack=False)
        return Answer(body, "application/x-protobuf", carried=tuple(one.carried for one in told))

    def frames(self, batch: Sequence[Event], moment: Moment) -> list[Frame]:
        """PushFrames of at most eight messages."""
        return webcast.frames([one for event in batch for one in douyin_wire.told(event, moment)], moment, EXTRA)

    def opened(self, _: Moment, __: Since) -> list[Frame]:
        """Nothing: the server speaks when there is something to tell."""
        return []

    def heard(self, payload: Payload, moment: Moment) -> list[Frame]:
        """A heartbeat is answered; acknowledgements and anything else are not."""
        return [Frame(webcast.heartbeat_answer(moment))] if payload == webcast.HEARTBEAT else []

    def acknowledge(self, frame: Frame, moment: Moment) -> Payload | None:
        """Each frame with messages is acknowledged."""
        return webcast.acknowledgement(frame, moment) if frame.carried else None

    def shown(self, event: Event, _: Moment) -> tuple[Row | Put, ...]:
        """Rows hold a name and a text, no ids; arrivals stand in one line below the list."""
        name = event.who.name if event.who else ""
        if event.kind == "chat":
            return (Row("chat", {"name": f"{name}：", "text": event.text}),)
        if event.kind == "arrival":
            return (Put("arrival", f"{name} 来了"),)
        if event.kind == "viewers":
            return (Put("audience", in_wan(event.figure("online")), "viewers"),)
        if event.kind == "product_card":
            price = f"¥{event.figure('price_fen') / 100:.2f}"
            return (Put("card_title", event.text), Put("card_price", price, "price"))
        words = {
            "like": "为主播点赞了",
            "follow": "关注了主播",
            "share": "分享了直播间",
            "gift": f"送出了 {event.text}",
        }
        if event.kind in words:
            return (Row("social", {"name": name, "text": words[event.kind]}),)
        return ()

    def hostile(self, what: str, batch: Sequence[Event], moment: Moment) -> Frame | None:
        """All of them."""
        told = [one for event in batch for one in douyin_wire.told(event, moment)]
        strange = next((douyin_wire.strange(what, event, moment) for event in batch), None)
        return None if strange is None else webcast.hostile(what, told, moment, EXTRA, strange)
