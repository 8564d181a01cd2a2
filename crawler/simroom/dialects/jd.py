"""zhibo.jd.com: the PC page, its addresses and its socket (platforms.md, section 4)."""

from __future__ import annotations

import html
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from crawler.simroom.sockets import Payload
from crawler.simroom.timeline import in_wan

from . import jd_wire
from .base import JSON, Answer, Asked, Frame, Moment, PagePlan, Poll, Put, Route, Row, Since, SocketPlan
from .events import Event, counts
from .pages import template

WORDS = {
    "ended": ("直播已结束", "看看其他精彩直播吧"),
    "replay": ("直播回放", ""),
    "not_started": ("直播预告", "敬请期待"),
    "paused": ("主播暂时离开，马上回来", ""),
    "login": ("请使用京东App扫码观看", ""),
    "captcha": ("京东验证", "向右滑动完成拼图"),
    "not_found": ("直播不存在", ""),
    "blocked": ("抱歉，您的访问受限", ""),
    "no_content": ("加载中", ""),
}
STATUS = {"live": 1, "login": 1, "not_started": 0, "ended": 2, "replay": 3, "paused": 10}
API = "/api"


class Jd:
    """The dialect. Its socket is at the host's root, as on the site: ``wss://live-ws4.jd.com?token=...``."""

    name = "jd"
    tick_s = jd_wire.TICK_MS / 1000
    page_paths = ("/liveroom",)
    socket_paths = ("/",)

    def path(self, room_id: str) -> str:
        """The PC page."""
        return f"/liveroom?liveId={room_id}"

    def broadcast_id(self, moment: Moment) -> str:
        """The liveId, which each broadcast has anew."""
        return jd_wire.live_id(moment)

    def page(self, asked: Asked) -> Answer:
        """The page; it knows nothing of the room before it has asked."""
        state = asked.moment.state
        gone = state in ("not_found", "captcha", "no_content", "blocked")
        page = template(self.name, {"anchor": "" if gone else html.escape(asked.moment.room.shop)})
        return Answer(page.encode(), "text/html; charset=utf-8", status=403 if state == "blocked" else 200)

    def plan(self, asked: Asked) -> PagePlan:
        """The room's state and the socket's token, then the socket; it sends nothing."""
        body = quote(json.dumps({"liveId": jd_wire.live_id(asked.moment)}))
        common = f"appid=live_pc&body={body}&c={{c}}"
        polls = (
            Poll(f"{API}?functionId=getImmediatePlayToM&{common}"),
            Poll(f"{API}?functionId=liveDetailToM&{common}"),
            Poll(f"{API}?functionId=liveauth&{common}", method="POST"),
        )
        socket = SocketPlan(f"/?token={_token(asked.moment)}&c={{c}}")
        return PagePlan(socket, polls, WORDS, ".chat-list")

    def routes(self) -> tuple[Route, ...]:
        """One address with a functionId for each thing that is asked."""
        return (Route("GET", API, self._answer), Route("POST", API, self._answer))

    def frames(self, batch: Sequence[Event], moment: Moment) -> list[Frame]:
        """A text frame a message."""
        return jd_wire.frames(batch, moment)

    def opened(self, _: Moment, __: Since) -> list[Frame]:
        """Nothing."""
        return []

    def heard(self, _: Payload, __: Moment) -> list[Frame]:
        """Nothing is answered: this site's page sends nothing."""
        return []

    def acknowledge(self, _: Frame, __: Moment) -> Payload | None:
        """This site's page acknowledges nothing."""
        return None

    def shown(self, event: Event, moment: Moment) -> tuple[Row | Put, ...]:
        """Chat and the anchor's words as rows, the rest as banners; the views whenever statistics came."""
        name, parts = event.who.name if event.who else "", list[Row | Put]()
        if event.kind == "chat":
            parts.append(Row("chat", {"name": name, "text": event.text}))
        elif event.kind == "notice":
            parts.append(Row("anchor", {"text": event.text}))
        elif event.kind == "arrival":
            parts.append(Put("banner", f"{name}来了"))
        elif event.kind == "purchase":
            parts.append(Put("banner", f"{name}正在购买{event.figure('index')}号商品"))
        elif event.kind == "product_card":
            price = f"¥{event.figure('price_fen') / 100:.2f}"
            parts += [Put("card_title", event.text), Put("card_price", price, "price")]
            parts.append(Put("card_sold", f"已售{event.figure('sold') // 1000 * 1000}+", "sold"))
        elif event.kind == "product_list":
            parts.append(Put("cart", str(event.figure("count"))))
        if jd_wire.counted(event):
            total = int(counts(moment.seed, event.number)["total"])
            parts.append(Put("views", f"{in_wan(total)}人观看", "viewers"))
        return tuple(parts)

    def hostile(self, what: str, batch: Sequence[Event], moment: Moment) -> Frame | None:
        """All but a false length; binary where there should be text."""
        return jd_wire.hostile(what, batch, moment)

    def _answer(self, asked: Asked) -> Answer:
        moment, function, wanted = asked.moment, asked.query.get("functionId", ""), _wanted(asked)
        if (stopped := _wall(asked)) is not None:
            return stopped
        if moment.state == "not_found" or wanted is None:
            return _json({"code": "0", "success": False, "message": "直播不存在", "data": None})
        given = {"liveUrl": asked.base.replace("http", "ws", 1), "token": _token(moment), "secretPin": "simulated"}
        return _json(
            {"code": "0", "success": True, "data": given if function == "liveauth" else self._play(asked, wanted)}
        )

    def _play(self, asked: Asked, wanted: str) -> JSON:
        """getImmediatePlayToM: the state as a number; addresses while it is live."""
        moment = asked.moment
        status = STATUS[moment.state] if wanted == jd_wire.live_id(moment) else STATUS["ended"]
        out: JSON = {"liveId": int(wanted) if wanted.isdigit() else wanted, "status": status}
        out["secret"] = 1 if moment.state == "login" else 0
        if status in (1, 10) and not out["secret"]:
            room = asked.room_id
            out["videoUrl"] = f"{asked.base}/live/{room}.flv"
            out["h5VideoUrl"] = f"{asked.base}/live/{room}/index.m3u8"
        return out


def _wall(asked: Asked) -> Answer | None:
    """The answer while a wall stands, or to what nobody gets; None when there is one to give."""
    state, function = asked.moment.state, asked.query.get("functionId", "")
    if state == "no_content":
        return Answer(b"")
    if state == "blocked" or function == "liveDetailToM":  # that one wants a signature (h5st) of everybody
        return Answer(b"", "text/plain", status=403)
    if state == "captcha":
        return _json({"code": "605", "echo": "请完成验证", "success": False})
    if state == "login" and function == "liveauth":
        return _json({"code": "3", "echo": "not login", "success": False})
    if function not in ("getImmediatePlayToM", "liveauth"):
        return _json({"code": "1", "echo": "unknown functionId", "success": False})
    return None


def _wanted(asked: Asked) -> str | None:
    """The liveId that is asked for: this broadcast's or an earlier one's; None: unknown."""
    try:
        body = json.loads(asked.query.get("body", ""))
    except ValueError:
        return None
    wanted = str(body.get("liveId", "")) if isinstance(body, dict) else ""
    earlier = (replace(asked.moment, run=run) for run in range(asked.moment.run + 1))
    return wanted if wanted in map(jd_wire.live_id, earlier) else None


def _token(moment: Moment) -> str:
    return random.Random(f"token:{moment.seed}:{moment.run}").randbytes(16).hex()


def _json(value: JSON) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False).encode())
