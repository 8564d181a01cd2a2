"""www.tiktok.com: page, addresses and socket (platforms.md, section 8)."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

from crawler.simroom.sockets import Payload

from . import tiktok_wire, webcast
from .base import JSON, Answer, Asked, Frame, Moment, PagePlan, Poll, Put, Route, Row, Since, SocketPlan
from .events import Event, counts, product_id
from .pages import script_json, template
from .protobuf import Value, message

WORDS = {
    "ended": ("LIVE has ended", "Follow to be notified when they go LIVE"),
    "replay": ("LIVE has ended", ""),
    "not_started": ("LIVE has not started", ""),
    "paused": ("LIVE is paused", "The host will be right back"),
    "login": ("Log in to TikTok", "Log in to continue watching"),
    "captcha": ("Verify to continue", "Drag the slider to fit the puzzle"),
    "not_found": ("Couldn't find this account", ""),
    "blocked": ("Please wait...", ""),
    "no_content": ("", ""),
}
HISTORY = 3  # messages that a new socket tells again


class TikTok:
    """The dialect: Douyin's framing with other messages, and history that is told again and marked as such."""

    name = "tiktok"
    tick_s = 0.25
    page_paths = (r"/@sim{room:\w+}/live",)
    socket_paths = ("/webcast/im/ws_proxy/ws_reuse_supplement/",)

    def path(self, room_id: str) -> str:
        """By the host's unique id, which is ``sim`` and the room's id."""
        return f"/@sim{room_id}/live"

    def broadcast_id(self, moment: Moment) -> str:
        """The 19-digit room id, new with each broadcast."""
        return str(int(moment.room.broadcast) + 10**9 * moment.run)

    def page(self, asked: Asked) -> Answer:
        """The page with its state in SIGI_STATE; the firewall's waiting page when blocked."""
        if asked.moment.state == "blocked":
            return Answer(template("tiktok_waf", {}).encode(), "text/html; charset=utf-8")
        if asked.moment.state == "no_content":
            return Answer(b"", "text/html; charset=utf-8")
        state: JSON = {"AppContext": {"lang": "en"}, "CurrentRoom": {"roomInfo": None}}
        if asked.moment.state not in ("not_found", "captcha"):
            state["LiveRoom"] = {"liveRoomUserInfo": self._user_info(asked), "liveRoomStatus": 0}
        marks = {"state": script_json(state), "title": html.escape(f"{asked.moment.room.shop} is LIVE - TikTok LIVE")}
        return Answer(template(self.name, marks).encode(), "text/html; charset=utf-8")

    def plan(self, asked: Asked) -> PagePlan:
        """The room's state and the bootstrap first, then the socket: it enters the room, then beats each 10 s."""
        room_id = self.broadcast_id(asked.moment)
        polls = (
            Poll(f"/api-live/user/room?aid=1988&uniqueId=sim{asked.room_id}&sourceType=54&c={{c}}"),
            Poll(f"/webcast/im/fetch/?aid=1988&room_id={room_id}&cursor=&c={{c}}"),
        )
        enter = message({7: "im_enter_room", 8: message({1: int(room_id)})})
        url = f"{self.socket_paths[0]}?aid=1988&room_id={room_id}&compress=gzip&c={{c}}"
        socket = SocketPlan(url, (enter,), webcast.HEARTBEAT, 10)
        return PagePlan(socket, polls, WORDS, "[data-e2e=live-chat-container] .site-list")

    def routes(self) -> tuple[Route, ...]:
        """What the page asks by itself."""
        return (
            Route("GET", "/api-live/user/room", self._user_room),
            Route("GET", "/webcast/im/fetch/", self._fetch, chat=True),
        )

    def frames(self, batch: Sequence[Event], moment: Moment) -> list[Frame]:
        """PushFrames of at most eight messages."""
        return webcast.frames([one for event in batch for one in tiktok_wire.told(event, moment)], moment, _extra())

    def opened(self, moment: Moment, since: Since) -> list[Frame]:
        """The last few chat messages once more, marked as history."""
        return webcast.frames(_history(moment, since), moment, _extra(first=True))

    def heard(self, payload: Payload, moment: Moment) -> list[Frame]:
        """A heartbeat is answered; entering, acknowledgements and anything else are not."""
        return [Frame(webcast.heartbeat_answer(moment))] if payload == webcast.HEARTBEAT else []

    def acknowledge(self, frame: Frame, moment: Moment) -> Payload | None:
        """Each frame with messages is acknowledged."""
        return webcast.acknowledgement(frame, moment) if frame.carried else None

    def shown(self, event: Event, _: Moment) -> tuple[Row | Put, ...]:
        """Chat, social and enter lines, each with a data-e2e of its own."""
        name = event.who.name if event.who else ""
        if event.kind == "chat":
            return (Row("chat", {"name": name, "text": event.text}),)
        if event.kind == "arrival":
            return (Put("enter", f"{name} joined"),)
        if event.kind == "viewers":
            return (Put("people", _short(event.figure("online")), "viewers"),)
        if event.kind == "product_card":
            price = f"¥{event.figure('price_fen') / 100:.2f}"
            return (Put("card_title", event.text), Put("card_price", price, "price"))
        words = {"like": "liked the LIVE", "follow": "followed the host", "share": "shared the LIVE"}
        return (Row("social", {"name": name, "text": words[event.kind]}),) if event.kind in words else ()

    def hostile(self, what: str, batch: Sequence[Event], moment: Moment) -> Frame | None:
        """All of them."""
        told = [one for event in batch for one in tiktok_wire.told(event, moment)]
        strange = next((tiktok_wire.strange(what, event, moment) for event in batch), None)
        return None if strange is None else webcast.hostile(what, told, moment, _extra(), strange)

    def _user_info(self, asked: Asked) -> JSON:
        moment = asked.moment
        latest = next((event for event in reversed(asked.since(0)) if event.kind == "viewers"), None)
        now = counts(moment.seed, 0) if latest is None else latest.figures
        status, live = (2, True) if moment.state in ("live", "paused") else (4, False)
        flv, hls = (f"{asked.base}/live/{asked.room_id}{end}" for end in (".flv", "/index.m3u8"))
        qualities = {q: {"main": {"flv": flv, "hls": hls, "sdk_params": '{"VCodec":"h264"}'}} for q in ("hd", "sd")}
        streams: JSON = {"pull_data": {"stream_data": json.dumps({"data": qualities}), "options": {}}}
        return {
            "user": {
                "id": product_id(moment.seed, 10_000),
                "uniqueId": f"sim{moment.room.id}",
                "nickname": moment.room.shop,
                "roomId": self.broadcast_id(moment) if live else "",
                "status": status,
            },
            "liveRoom": {
                "title": moment.room.title,
                "status": status,
                "streamData": streams if live else {},
                "liveRoomStats": {"userCount": now["online"], "enterCount": now["total"]},
            },
        }

    def _user_room(self, asked: Asked) -> Answer:
        state = asked.moment.state
        if state in ("captcha", "no_content"):
            return Answer(b"")
        if state == "blocked":
            return Answer(template("tiktok_waf", {}).encode(), "text/html; charset=utf-8")
        known = asked.query.get("uniqueId", "") in (f"sim{asked.moment.room.id}", f"sim{asked.moment.room.other_id}")
        if state == "not_found" or not known:
            return Answer(json.dumps({"statusCode": 19881007, "message": "user_not_found", "data": {}}).encode())
        if state == "login":
            return Answer(json.dumps({"statusCode": 8, "message": "login required", "data": {}}).encode())
        body = {"statusCode": 0, "message": "", "data": self._user_info(asked)}
        return Answer(json.dumps(body, ensure_ascii=False).encode())

    def _fetch(self, asked: Asked) -> Answer:
        if asked.moment.state != "live":
            return Answer(b"", "application/x-protobuf", status=403 if asked.moment.state == "blocked" else 200)
        told = _history(asked.moment, asked.since)
        body = webcast.response(told, asked.moment, extra=_extra(first=True), need_ack=False)
        return Answer(body, "application/x-protobuf", carried=tuple(one.carried for one in told))


def _history(moment: Moment, since: Since) -> list[webcast.Told]:
    chats = [event for event in since(0) if event.kind == "chat"][-HISTORY:]
    return [one for event in chats for one in tiktok_wire.told(event, moment, history=True)]


def _extra(*, first: bool = False) -> dict[int, Value]:
    return {11: first, 12: "0", 13: True}


def _short(number: int) -> str:
    return str(number) if number < 1000 else f"{number / 1000:.1f}K"
