"""live.kuaishou.com: the PC page with its socket, and the H5 page that polls (platforms.md, section 2)."""

from __future__ import annotations

import html
import json
import random
import string
from collections.abc import Sequence

from crawler.simroom.sockets import Payload
from crawler.simroom.timeline import in_wan

from . import kuaishou_wire
from .base import JSON, Answer, Asked, Carried, Frame, Moment, PagePlan, Poll, Put, Route, Row, Since, SocketPlan
from .events import Event, counts
from .pages import script_json, template
from .protobuf import message

WORDS = {
    "ended": ("直播已结束", "去看看其他直播吧"),
    "replay": ("直播已结束", ""),
    "not_started": ("主播尚未开播", ""),
    "paused": ("主播离开了一会儿", "请稍等"),
    "login": ("登录后观看直播", "扫码登录"),
    "captcha": ("请完成安全验证", "拖动滑块完成拼图"),
    "not_found": ("直播间不存在", ""),
    "blocked": ("请求过快，请稍后重试", ""),
    "no_content": ("加载中", ""),
}
NOT_LIVE = {"type": 22, "title": "错误代码22"}
ERRORS: dict[str, JSON] = {"blocked": {"type": 2, "title": "请求过快，请稍后重试"}}
PULL_S = 3
H5_ROWS = 20


class Kuaishou:
    """The dialect. The room's page is the PC one; ``/fw/live/{room}`` is the H5 page of the same room."""

    name = "kuaishou"
    tick_s = 0.25
    page_paths = (r"/u/{room:\w+}", r"/fw/live/{room:\w+}")
    socket_paths = ("/group7", "/websocket")

    def path(self, room_id: str) -> str:
        """By the host's principal id."""
        return f"/u/{room_id}"

    def broadcast_id(self, moment: Moment) -> str:
        """The eleven characters of liveStreamId."""
        dice = random.Random(f"stream:{moment.room.broadcast}:{moment.run}")
        return "".join(dice.choices(string.ascii_letters + string.digits + "-_", k=11))

    def page(self, asked: Asked) -> Answer:
        """The PC page with its state in window.__INITIAL_STATE__, or the H5 page."""
        moment = asked.moment
        gone = moment.state in ("not_found", "captcha", "no_content")
        marks = {"anchor": "" if gone else html.escape(moment.room.shop), "title": "快手直播"}
        if asked.path.startswith("/fw/"):
            return Answer(template("kuaishou_h5", marks).encode(), "text/html; charset=utf-8")
        marks["state"] = script_json(self._state(asked))
        return Answer(template(self.name, marks).encode(), "text/html; charset=utf-8")

    def plan(self, asked: Asked) -> PagePlan:
        """PC: the socket's addresses and token, then the socket. H5: one address each three seconds, no socket."""
        stream = self.broadcast_id(asked.moment)
        if asked.path.startswith("/fw/"):
            url = f"/wap/live/feed?liveStreamId={stream}&cursor={{cursor}}&c={{c}}"
            return PagePlan(None, (Poll(url, every_s=PULL_S),), WORDS, ".comment-list")
        info = f"/live_api/liveroom/websocketinfo?liveStreamId={stream}&c={{c}}"
        detail = f"/live_api/liveroom/livedetail?principalId={asked.room_id}&c={{c}}"
        enter = kuaishou_wire.enter_room(_token(asked.moment), stream, f"sim_{asked.moment.seed}")
        beat = message({1: kuaishou_wire.HEARTBEAT, 2: kuaishou_wire.NONE, 3: message({1: asked.moment.wall_ms})})
        socket = SocketPlan("/group7?c={c}", (enter, beat), beat, 20)
        return PagePlan(socket, (Poll(detail), Poll(info)), WORDS, ".chat-history")

    def routes(self) -> tuple[Route, ...]:
        """What the two pages ask by themselves."""
        return (
            Route("GET", "/live_api/liveroom/websocketinfo", self._socket_info),
            Route("GET", "/live_api/liveroom/livedetail", self._detail),
            Route("GET", "/wap/live/feed", self._feed, chat=True),
        )

    def frames(self, batch: Sequence[Event], moment: Moment) -> list[Frame]:
        """One feed push a batch, and what has a frame of its own."""
        return kuaishou_wire.frames(batch, moment)

    def opened(self, _: Moment, __: Since) -> list[Frame]:
        """Nothing: the page speaks first."""
        return []

    def heard(self, payload: Payload, moment: Moment) -> list[Frame]:
        """Entering and heartbeats are answered."""
        return kuaishou_wire.answers(payload, moment.wall_ms) if isinstance(payload, bytes) else []

    def acknowledge(self, _: Frame, __: Moment) -> Payload | None:
        """This site's page acknowledges nothing."""
        return None

    def shown(self, event: Event, _: Moment) -> tuple[Row | Put, ...]:
        """Comments, likes and gifts as cells of the list; a like may also be a line of the chat."""
        name = event.who.name if event.who else ""
        if event.kind == "viewers":
            return (Put("watching", in_wan(event.figure("online")), "viewers"),)
        if event.kind == "like" and event.number % 2:
            return (Row("comment", {"name": name, "text": f"{name}赞了这个直播"}),)
        rows = {"chat": ("comment", event.text), "like": ("like", "点亮了❤"), "gift": ("gift", f"送 {event.text}")}
        if event.kind in rows:
            return (Row(rows[event.kind][0], {"name": name, "text": rows[event.kind][1]}),)
        return ()

    def hostile(self, what: str, batch: Sequence[Event], moment: Moment) -> Frame | None:
        """All of them."""
        return kuaishou_wire.hostile(what, batch, moment)

    def _state(self, asked: Asked) -> JSON:
        moment = asked.moment
        if moment.state in ("not_found", "no_content", "captcha"):
            return {"liveroom": {"playList": []}}
        return {"liveroom": {"activeIndex": 0, "websocketUrls": [], "token": "", "playList": [self._room(asked)]}}

    def _room(self, asked: Asked) -> JSON:
        moment = asked.moment
        living = moment.state in ("live", "paused", "login")
        flv = f"{asked.base}/live/{asked.room_id}.flv"
        representation = [{"url": flv, "bitrate": 2000, "qualityType": "HIGH", "width": 720, "height": 1280}]
        adaptation = {"adaptationSet": {"representation": representation}}
        stream: JSON = {"id": self.broadcast_id(moment) if living else "", "caption": moment.room.title}
        if moment.state in ("live", "paused"):
            stream["playUrls"] = {"h264": adaptation, "h265": {}}
        return {
            "liveStream": {"playUrls": {}, **stream},
            "isLiving": living,
            "errorType": {"type": 0, "title": ""} if living else ERRORS.get(moment.state, NOT_LIVE),
            "author": {"id": moment.room.id, "name": moment.room.shop, "living": living},
            "gameInfo": {"category": "SHOP", "name": "购物"},
            "config": {"needLoginToWatchHD": 1},
        }

    def _detail(self, asked: Asked) -> Answer:
        return _wall(asked) or _json({"data": {"result": 1, **self._room(asked)}})

    def _socket_info(self, asked: Asked) -> Answer:
        """To whom the site wants logged in it gives no address and no token."""
        if (wall := _wall(asked)) is not None:
            return wall
        given = asked.moment.state in ("live", "paused")
        urls = [f"{asked.base.replace('http', 'ws', 1)}/group7"] if given else []
        token = _token(asked.moment) if given else ""
        return _json({"data": {"result": 1, "token": token, "websocketUrls": urls}})

    def _feed(self, asked: Asked) -> Answer:
        """/wap/live/feed: comments since the cursor, as JSON inside a JSON string."""
        moment = asked.moment
        wall = _wall(asked)
        if wall is not None:
            return wall
        known = asked.query.get("liveStreamId", "") == self.broadcast_id(moment)
        if moment.state not in ("live", "paused") or not known:
            return _twice({"result": 671, "error_msg": "直播已结束", "host-name": "simulated"})
        cursor = asked.query.get("cursor", "")
        after = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 18 else 0
        events = asked.since(after) if moment.state == "live" else []
        comments = [event for event in events if event.kind == "chat" and event.who][-H5_ROWS:]
        viewers = next((event for event in reversed(events) if event.kind == "viewers"), None)
        online = int(counts(moment.seed, 0)["online"]) if viewers is None else viewers.figure("online")
        watching = _in_w(online)
        newest = max([after, *(event.number for event in events)])
        body = {
            "result": 1,
            "cursor": str(newest),
            "pullCycleSeconds": PULL_S,
            "currentWatchingCount": watching,
            "liveStreamFeeds": [_comment(event, moment) for event in comments],
        }
        carried = [_comment_carried(event, moment) for event in comments]
        if viewers is not None:
            carried.append(Carried(viewers.number, "/wap/live/feed", "", None, figures={"online_shown": watching}))
        return _twice(body, tuple(carried), newest)


def _comment(event: Event, moment: Moment) -> JSON:
    who = event.who
    author = {} if who is None else {"userId": who.id, "userName": who.name, "userText": "", "userSex": "U"}
    head = "https://p1.kwaicdn.example/h.jpg"
    return {
        "type": "comment",
        "content": event.text,
        "time": moment.wall_of(event),
        "author": {**author, "headurl": head},
    }


def _comment_carried(event: Event, moment: Moment) -> Carried:
    name, user = (event.who.name, event.who.id) if event.who else ("", "")
    return Carried(event.number, "comment", "", moment.wall_of(event), name, user, event.text)


def _wall(asked: Asked) -> Answer | None:
    state = asked.moment.state
    if state == "no_content":
        return Answer(b"")
    if state == "blocked":
        return _json({"data": {"result": 2, "error_msg": "操作太快了，请稍微休息一下"}})
    if state == "captcha":
        return _json({"data": {"result": 400002, "error_msg": "请完成验证", "url": f"{asked.base}/captcha"}})
    if state == "not_found":
        return _json({"data": {"result": 1, "isLiving": False, "errorType": NOT_LIVE, "liveStream": {}, "author": {}}})
    return None


def _token(moment: Moment) -> str:
    return random.Random(f"token:{moment.seed}:{moment.run}").randbytes(24).hex()


def _in_w(number: int) -> str:
    return str(number) if number < 10_000 else f"{number // 1000 / 10:.1f}w"


def _json(value: JSON) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False).encode())


def _twice(value: JSON, carried: tuple[Carried, ...] = (), cursor: int | None = None) -> Answer:
    inner = json.dumps(value, ensure_ascii=False)
    return Answer(json.dumps(inner, ensure_ascii=False).encode(), carried=carried, cursor=cursor)
