"""The room's page, what it reports back, faults on demand, and the truth."""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from .air import Air
from .fields import Fields, ScenarioError
from .hostility import hostile_markup
from .ledger import Ledger, PageRecord
from .scenario import Fault
from .scenario_file import fault
from .timeline import Showing
from .truth import truth

PAGE = Path(__file__).parent / "page"
ONCE = {"navigate", "freeze", "crash", "other_room"}  # not repeated when the page is loaded again


class Pages:
    """Routes for everything that isn't media or chat."""

    def __init__(
        self, air: Air, ledger: Ledger, seed: int, clock: Callable[[], int], counters: dict[str, tuple[Showing, ...]]
    ) -> None:
        self._air, self._ledger, self._seed, self._clock, self._counters = air, ledger, seed, clock, counters

    async def front(self, _: web.Request) -> web.StreamResponse:
        """GET /: the room."""
        raise web.HTTPFound(f"/room/{self._air.scenario.room.id}")

    async def room(self, request: web.Request) -> web.StreamResponse:
        """GET /room/{room}: the page, or the way in which it can't be had."""
        room, wanted = self._air.scenario.room, request.match_info["room"]
        if (answer := await self._unavailable()) is not None:
            return answer
        self._air.start()
        state = self._air.state(self._air.now()) if wanted in (room.id, room.other_id) else "not_found"
        record = PageRecord(f"p{len(self._ledger.pages) + 1}", wanted, self._clock())
        self._ledger.pages[record.id] = record
        if state == "no_content":
            return web.Response(text="", content_type="text/html", headers={"Cache-Control": "no-store"})
        text = (PAGE / "room.html").read_text(encoding="utf-8")
        boot = json.dumps(self._boot(record, state), ensure_ascii=False).replace("<", "\\u003c")
        for mark, value in {
            "{{room}}": html.escape(wanted),
            "{{broadcast}}": html.escape(self._broadcast(wanted)),
            "{{state}}": state,
            "{{title}}": html.escape(room.title if wanted == room.id else room.other_shop),
            "{{boot}}": boot,
            "{{hostile}}": hostile_markup(self._seed) if self._air.scenario.hostile else "",
        }.items():
            text = text.replace(mark, value)
        return web.Response(
            text=text,
            content_type="text/html",
            charset="utf-8",
            status={"not_found": 404, "blocked": 403}.get(state, 200),
            headers={"Cache-Control": "no-store"},
        )

    async def boot(self, request: web.Request) -> web.StreamResponse:
        """GET /boot/{page}: what a page that stays needs for another broadcast in its room."""
        page = self._ledger.pages.get(request.match_info["page"])
        if page is None:
            return web.json_response({"error": "unknown page"}, status=404)
        return web.json_response(self._renewed(request, page))

    def _renewed(self, _: web.Request, page: PageRecord) -> dict[str, Any]:
        return {"broadcast_id": self._broadcast(page.room_id)}

    async def report(self, request: web.Request) -> web.StreamResponse:
        """POST /report: what one page saw since its last report. The answer brings the faults that are planned now."""
        told = await request.json()
        page = self._ledger.pages.get(str(told.get("page")))
        if page is None:
            return web.json_response({"error": "unknown page"}, status=404)
        self._take(page, told)
        return web.json_response(self._reply(page))

    async def cue(self, request: web.Request) -> web.StreamResponse:
        """POST /cue {"kind": ..., "for": seconds, "in": seconds}: a fault now, or in so many seconds."""
        try:
            asked = dict(await request.json())
            asked["at"] = self._air.now() + float(asked.pop("in", 0))
            member = fault(Fields(asked, "cue"), f"f{len(self._air.faults) + 1}")
        except (ScenarioError, ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        if member.kind == "resolution_change" and all(f.kind != "resolution_change" for f in self._air.scenario.faults):
            return web.json_response(
                {
                    "error": "cue: resolution_change needs a scenario that has one: its video is made "
                    "ahead. Next: livewitness simroom --scenario resolution_change"
                },
                status=400,
            )
        self._air.faults.append(member)
        return web.json_response(self._cue(member))

    async def truth(self, _: web.Request) -> web.StreamResponse:
        """GET /truth.json."""
        return web.json_response(self._truth())

    def _truth(self) -> dict[str, Any]:
        return truth(self._ledger, self._air, self._seed)

    def _reply(self, _: PageRecord) -> dict[str, Any]:
        """What a page is told when it reports."""
        cues = [self._cue(member) for member in self._air.faults]
        return {"cues": cues, "state": self._air.state(self._air.now())}

    async def _unavailable(self) -> web.Response | None:
        """How a room answers that has no page at all, by its scenario; None when it has one."""
        if self._air.scenario.room.entry == "never":
            await asyncio.Event().wait()
        if self._air.scenario.room.entry == "server_error":
            return web.Response(status=500, text="服务器开小差了，请稍后再试")
        return None

    def _broadcast(self, room_id: str) -> str:
        room, run = self._air.scenario.room, self._air.broadcast(self._air.now())
        if room_id != room.id:
            return f"{room.broadcast[:-4]}9{room_id[-3:]}"
        return f"{room.broadcast[:-3]}{run:03d}" if run else room.broadcast

    def _cue(self, member: Fault) -> dict[str, Any]:
        record = self._ledger.faults.get(member.id)  # a mask that was clicked away does not come back either
        done = record is not None and (member.kind in ONCE or record.to_ns is not None)
        return {
            "id": member.id,
            "kind": member.kind,
            "at": member.at_s,
            "for": member.length_s,
            "variant": member.variant,
            "done": done,
        }

    def _boot(self, record: PageRecord, state: str) -> dict[str, Any]:
        scenario, own = self._air.scenario, record.room_id == self._air.scenario.room.id
        room = scenario.room
        counters = [
            {
                "name": c.name,
                "kind": c.kind,
                "slot": c.slot,
                "shown": [[s.text, s.from_s, s.to_s, s.kind] for s in self._counters[c.name]],
            }
            for c in scenario.counters
            if not c.burned
        ]
        return {
            "page": record.id,
            "room_id": record.room_id,
            "broadcast_id": self._broadcast(record.room_id),
            "state": state,
            "shop": room.shop if own else room.other_shop,
            "host": room.host if own else "主播小蓝",
            "title": room.title,
            "other": {
                "id": room.other_id,
                "shop": room.other_shop,
                "broadcast_id": self._broadcast(room.other_id),
                "path": f"/room/{room.other_id}",
            },
            "started_ms": (self._air.started_ns or 0) / 1e6,
            "length_s": scenario.length_s,
            "hostile": scenario.hostile,
            "transport": scenario.media.transport,
            "chat_socket": scenario.chat.socket,
            "product": asdict(scenario.product),
            "counters": counters,
            "cues": [self._cue(member) for member in self._air.faults] if own else [],
        }

    def _take(self, page: PageRecord, told: dict[str, Any]) -> None:
        now = self._clock()
        page.first_report_ns = page.first_report_ns or now
        page.last_report_ns = now
        self._take_received(told)
        self._take_seen(page, told)
        for event in told.get("cues", []):
            if event["phase"] == "begin":
                self._ledger.fault_begins(event["id"], _ns(event["ms"]), "page")
            else:
                self._ledger.fault_ends(event["id"], _ns(event["ms"]))
        if (left := told.get("left")) is not None:
            page.left_ns = _ns(left)
            page.counter_gone(None, page.left_ns)

    def _take_received(self, told: dict[str, Any]) -> None:
        for socket_id, received in told.get("sockets", {}).items():
            if socket_id in self._ledger.sockets:
                self._ledger.sockets[socket_id].page_received = int(received)
        for media_id, received in told.get("media", {}).items():
            if media_id in self._ledger.media:
                self._ledger.media[media_id].page_received_bytes = int(received)

    def _take_seen(self, page: PageRecord, told: dict[str, Any]) -> None:
        for event in told.get("counters", []):
            if event["text"] is None:
                page.counter_gone(event["name"], _ns(event["ms"]))
            else:
                page.counter_painted(event["name"], event["kind"], event["text"], _ns(event["ms"]))
        page.pictures += [(round(float(at), 6), _ns(ms)) for at, ms in told.get("pictures", [])]
        page.freezes += [(_ns(start), _ns(end)) for start, end in told.get("freezes", [])]
        page.video = told.get("video", page.video)
        page.boxes = told.get("boxes", page.boxes)
        if page.first_picture_ns is None and page.pictures:
            page.first_picture_ns = page.pictures[0][1]
            for member in self._air.faults:  # a page that was loaded again is back with its first picture
                if member.kind == "navigate" and page.room_id == self._air.scenario.room.id:
                    self._ledger.fault_ends(member.id, page.first_picture_ns)


def _ns(ms: float) -> int:
    return round(float(ms) * 1e6)
