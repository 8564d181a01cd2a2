"""The site's page, its API answers, and the side channel by which the page gets what it is to show.

The page decodes nothing: with each answer to its reports (twice a second) it gets the rows and texts of what it was
sent, and what it has to send back (acknowledgements).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from crawler.simroom.air import Air
from crawler.simroom.ledger import Ledger, PageRecord
from crawler.simroom.page_routes import Pages
from crawler.simroom.sockets import Payload, Sockets, page_of

from .base import Answer, Asked, PagePlan, Put, Route, Row
from .events import Event
from .station import Station

TEMPLATES = Path(__file__).parent / "pages"
META = "livewitness-simulated-room"
ROWS_AT_ONCE = 150
STORED = {"Cache-Control": "no-store"}
ROOM_IN_QUERY = ("liveId", "feedId")  # pages that name their room behind the question mark


def template(name: str, marks: dict[str, str]) -> str:
    """``pages/NAME.html`` with each ``{{mark}}`` replaced; values are put in as they are, ``{{boot}}`` stays."""
    text = (TEMPLATES / f"{name}.html").read_text(encoding="utf-8")
    for mark, value in marks.items():
        text = text.replace(f"{{{{{mark}}}}}", value)
    return text


def script_json(value: object) -> str:
    """JSON that can stand inside a <script>."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


@dataclass(slots=True)
class _Waiting:
    """What a page is given with its next report's answer."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    put: dict[str, dict[str, str]] = field(default_factory=dict)
    say: list[dict[str, str]] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)  # by the path of the address that is asked


class SitePages(Pages):
    """Routes of a dialect that aren't media or sockets."""

    def __init__(self, air: Air, ledger: Ledger, seed: int, clock: Callable[[], int], station: Station) -> None:
        super().__init__(air, ledger, seed, clock, {})
        self._station, self._dialect = station, station.dialect
        self._waiting: dict[str, _Waiting] = {}
        self._paths: dict[str, str] = {}
        self._at_root: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
        station.shows = self._shows
        station.acknowledges = self._acknowledges

    async def front(self, request: web.Request) -> web.StreamResponse:
        """GET /: the room, or the socket of a site that has its socket there."""
        if self._at_root is not None and request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._at_root(request)
        raise web.HTTPFound(self._dialect.path(self._air.scenario.room.id))

    async def room(self, request: web.Request) -> web.StreamResponse:
        """GET of the room's page in the site's shape."""
        if (unavailable := await self._unavailable()) is not None:
            return unavailable
        self._air.start()
        room, wanted = self._air.scenario.room, _wanted(request)
        asked = self._asked(request, wanted)
        if wanted not in (room.id, room.other_id):
            asked = replace(asked, moment=replace(asked.moment, state="not_found"))
        record = PageRecord(f"p{len(self._ledger.pages) + 1}", wanted, self._clock())
        self._ledger.pages[record.id] = record
        self._paths[record.id] = request.path
        answer = self._dialect.page(asked)
        # The meta goes in here: no page of a dialect can be without the word that it is a simulation.
        boot = (
            f'<meta name="{META}" content="{self._dialect.name}">'
            f'<script type="application/json" id="boot">{script_json(self._site_boot(record, asked))}</script>'
            '<script type="module" src="/static/site.js"></script>'
        )
        body = answer.body.replace(b"{{boot}}", boot.encode())
        if META.encode() not in body:  # a wall without a page of its own
            body = f'<meta name="{META}" content="{self._dialect.name}">'.encode() + body
        self._station.sent.answered(request.path_qs, answer.status, body, self._clock())
        return _response(replace(answer, body=body))

    def routes(self, sockets: Sockets) -> list[web.RouteDef]:
        """The site's addresses: page, API, sockets."""
        site = self._dialect
        self._at_root = sockets.serve if "/" in site.socket_paths else None
        return [
            *(web.route(route.method, route.path, self.handler(route)) for route in site.routes()),
            *(web.get(path, sockets.serve) for path in site.socket_paths if path != "/"),
            *(web.get(path, self.room) for path in site.page_paths),
        ]

    def handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Answers one of the site's addresses and notes what was in the answer."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if (unavailable := await self._unavailable()) is not None:
                return unavailable
            station, sent = self._station, self._station.sent
            if route.chat and self._air.active("chat_drop", self._air.now()) is not None:
                return web.Response(status=503, text="chat is away")
            answer, page = route.answer(self._asked(request)), page_of(request.query.get("c", ""))
            wall_ns = self._clock()
            number = sent.answered(request.path_qs, answer.status, answer.body, wall_ns)
            station.show(page, sent.left(answer.carried, page, wall_ns, {"answer": number}, answer.hostility))
            if answer.hostility:
                sent.hostile.append({"answer": number, "what": answer.hostility, "wall_ns": wall_ns})
            if answer.cursor is not None:
                self._of(page).cursors[request.path] = answer.cursor
            return _response(answer)

        return handle

    def _asked(self, request: web.Request, wanted: str = "") -> Asked:
        """``wanted``: the room of a page; an address without one is asked by a page, whose room is meant then."""
        asking = self._ledger.pages.get(page_of(request.query.get("c", "")))
        known = self._air.scenario.room.id if asking is None else asking.room_id
        wanted = wanted or known
        moment = self._station.moment(room_id=wanted)
        base, since, hostile = f"http://{request.host}", self._station.since, self._air.scenario.hostile
        return Asked(moment, base, request.path, wanted, request.query, since, hostile)

    def _site_boot(self, record: PageRecord, asked: Asked) -> dict[str, Any]:
        scenario, plan = self._air.scenario, self._dialect.plan(asked)
        own = record.room_id == scenario.room.id
        return {
            "page": record.id,
            "room_id": record.room_id,
            "state": asked.moment.state,
            "other": {"id": scenario.room.other_id, "path": self._dialect.path(scenario.room.other_id)},
            "started_ms": (self._air.started_ns or 0) / 1e6,
            "transport": scenario.media.transport,
            "cues": [self._cue(member) for member in self._air.faults] if own else [],
            "words": dict(plan.words),
            "site": _site(plan),
        }

    def _renewed(self, request: web.Request, page: PageRecord) -> dict[str, Any]:
        path = self._paths.get(page.id, "")
        asked = replace(self._asked(request, page.room_id), path=path)
        return {**super()._renewed(request, page), "site": _site(self._dialect.plan(asked))}

    def _reply(self, page: PageRecord) -> dict[str, Any]:
        waiting = self._of(page.id)
        self._waiting[page.id] = _Waiting(cursors=waiting.cursors)
        return {**super()._reply(page), "site": asdict(waiting)}

    def _truth(self) -> dict[str, Any]:
        return {**super()._truth(), "dialect": self._station.sent.as_truth(self._dialect.name)}

    def _take_seen(self, page: PageRecord, told: dict[str, Any]) -> None:
        super()._take_seen(page, told)
        for numbers, ms in told.get("rows", []):
            painted = {"page": page.id, "numbers": [int(number) for number in numbers]}
            self._station.sent.rows.append({**painted, "painted_wall_ns": round(float(ms) * 1e6)})

    def _of(self, page: str) -> _Waiting:
        return self._waiting.setdefault(page, _Waiting())

    def _shows(self, page: str, event: Event) -> None:
        if page not in self._ledger.pages:
            return
        waiting = self._of(page)
        for part in self._dialect.shown(event, self._station.moment()):
            if isinstance(part, Row):
                waiting.rows.append({"number": event.number, "template": part.template, "values": dict(part.values)})
                del waiting.rows[:-ROWS_AT_ONCE]
            elif isinstance(part, Put):
                waiting.put[part.slot] = {"text": part.text, "counter": part.counter}

    def _acknowledges(self, page: str, payload: Payload) -> None:
        if page in self._ledger.pages:
            self._of(page).say.append(_as_json(payload))


def _wanted(request: web.Request) -> str:
    """The room that a page's address names; "0" when it names none."""
    named = (request.query[name] for name in ROOM_IN_QUERY if name in request.query)
    return request.match_info.get("room") or next(named, "") or "0"


def _site(plan: PagePlan) -> dict[str, Any]:
    socket = None
    if plan.socket is not None:
        socket = {
            "url": plan.socket.url,
            "opening": [_as_json(payload) for payload in plan.socket.opening],
            "beat": _as_json(plan.socket.beat),
            "beat_s": plan.socket.beat_s,
        }
    return {
        "socket": socket,
        "polls": [asdict(poll) for poll in plan.polls],
        "list": plan.list,
        "rows_kept": plan.rows_kept,
    }


def _as_json(payload: Payload) -> dict[str, str]:
    return {"text": payload} if isinstance(payload, str) else {"base64": base64.b64encode(payload).decode()}


def _response(answer: Answer) -> web.Response:
    return web.Response(
        body=answer.body,
        status=answer.status,
        headers={**STORED, "Content-Type": answer.content_type, **answer.headers},
    )
