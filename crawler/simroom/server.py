"""Serves a simulated room. Start here: ``serve`` for tests and benchmarks, ``run`` for the command line.

Parts: scenario (the script) -> encode and reel (the video) -> air (what is on when) -> media_routes, chat_routes and
page_routes (the sockets), which all note in the ledger what they sent; truth makes ``/truth.json`` of it (TRUTH.md).
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web

from .air import Air
from .chat_routes import Chat
from .dialects import Dialect, named
from .dialects.pages import SitePages
from .dialects.sent import Sent
from .dialects.station import Station
from .encode import default_cache, obtain_reel
from .fields import ScenarioError
from .kinds import ChatSocket, Transport
from .ledger import Ledger
from .media_routes import Media
from .page_routes import PAGE, Pages
from .scenario import Scenario
from .scenario_file import load
from .sockets import Sockets
from .timeline import timeline

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class ServedRoom:
    """A room that is being served. ``air`` and ``ledger`` are its live inside, for tests in the same process."""

    base_url: str
    room_url: str
    scenario: Scenario
    air: Air
    ledger: Ledger
    sent: Sent | None = None  # in a dialect: its messages

    @property
    def truth_url(self) -> str:
        """Where the ground truth is."""
        return f"{self.base_url}/truth.json"


def _quiet(_: str) -> None:
    return


@asynccontextmanager
async def serve(
    scenario: Scenario | str,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int | None = None,
    dialect: Dialect | str | None = None,
    cache_dir: Path | None = None,
    progress: Callable[[str], None] = _quiet,
    clock: Callable[[], int] = time.time_ns,
) -> AsyncIterator[ServedRoom]:
    """Serve a room until the block is left; the broadcast begins when the first viewer opens it.

    ``scenario`` is a Scenario, or a name or path for ``load``; ``seed`` overrides its own. With a ``dialect`` (name
    or Dialect) the room has that site's page and wire format. A video that is not in ``cache_dir`` yet is made first,
    with lines to ``progress``. ``clock`` gives Unix time in nanoseconds.
    Raises ScenarioError, lettering.MissingFont, or OSError when the port can't be had.
    """
    script = load(scenario) if isinstance(scenario, str) else scenario
    seed = script.seed if seed is None else seed
    site = named(dialect) if isinstance(dialect, str) else dialect
    if site is not None and script.chat.socket != "page":
        raise ScenarioError(
            f"dialect {site.name}: expected the page to open the chat socket, as the site's does; got --chat "
            f"{script.chat.socket}. Next: livewitness simroom --dialect {site.name}"
        )
    reel = await asyncio.to_thread(obtain_reel, script, seed, cache_dir or default_cache(), progress)
    air, ledger = Air(script, clock), Ledger()
    sockets = Sockets(air, ledger, clock)
    if site is None:
        shown = {
            c.name: timeline(c.program, name=c.name, kind=c.kind, seed=seed, length_s=script.length_s, grid_s=0.01)
            for c in script.counters
            if not c.burned
        }
        pages = Pages(air, ledger, seed, clock, shown)
        play, path, sent = Chat(air, sockets, seed, shown).run, f"/room/{script.room.id}", None
        routes = [web.get("/room/{room}", pages.room), web.get("/chat/{room}", sockets.serve)]
    else:
        sent = Sent()
        station = Station(site, air, sockets, sent, seed, clock)
        pages = SitePages(air, ledger, seed, clock, station)
        play, path = station.run, site.path(script.room.id)
        routes = pages.routes(sockets)
    app = _app(Media(air, ledger, reel, clock), pages, ledger, clock)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5, handler_cancellation=True)
    await runner.setup()
    tasks: list[asyncio.Task[None]] = []
    try:
        await web.TCPSite(runner, host, port).start()
        tasks = [asyncio.create_task(play()), asyncio.create_task(sockets.watch_faults())]
        base = f"http://{host}:{runner.addresses[0][1]}"
        yield ServedRoom(base, f"{base}{path}", script, air, ledger, sent)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        await runner.cleanup()
    for outcome in ended:
        if isinstance(outcome, Exception):  # a task that died by itself: the room was not what it claimed to be
            raise outcome


def run(  # noqa: PLR0913 - as many as the command has options
    scenario: str = "default",
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int | None = None,
    media: Transport | None = None,
    chat: ChatSocket | None = None,
    dialect: str | None = None,
    say: Callable[[str], object] | None = None,
    note: Callable[[str], object] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM: what ``livewitness simroom`` and ``python -m crawler.simroom`` do.

    ``say`` gets the one line ``room: URL`` (default: stdout), ``note`` progress lines (default: stderr).
    """
    tell = say or (lambda line: (sys.stdout.write(line + "\n"), sys.stdout.flush()))
    hint = note or (lambda line: (sys.stderr.write(line + "\n"), sys.stderr.flush()))
    script = load(scenario)
    if media is not None:
        script = replace(script, media=replace(script.media, transport=media))
    if chat is not None:
        script = replace(script, chat=replace(script.chat, socket=chat))

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        told = serve(script, host=host, port=port, seed=seed, dialect=dialect, progress=lambda line: void(hint(line)))
        async with told as room:
            tell(f"room: {room.room_url}")
            await stop.wait()

    asyncio.run(main())


def void(_: object) -> None:
    """Drop a value."""


def _app(media: Media, pages: Pages, ledger: Ledger, clock: Callable[[], int]) -> web.Application:
    @web.middleware
    async def note_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
        entry = {"wall_ns": clock(), "method": request.method, "path": request.path_qs, "status": None}
        if request.path not in ("/report", "/truth.json"):
            ledger.requests.append(entry)
        try:
            response = await handler(request)
        except web.HTTPException as answer:
            entry["status"] = answer.status
            raise
        entry["status"] = response.status
        return response

    app = web.Application(middlewares=[note_requests], client_max_size=4 << 20)
    app.add_routes(
        [
            web.get("/", pages.front),
            web.post("/report", pages.report),
            web.get("/boot/{page}", pages.boot),
            web.post("/cue", pages.cue),
            web.get("/truth.json", pages.truth),
            web.get("/live/{room}.flv", media.flv),
            web.get("/live/{room}/index.m3u8", media.playlist),
            web.get("/live/{room}/init-{rendition}.mp4", media.init),
            web.get(r"/live/{room}/{number:\d+}.m4s", media.segment),
            web.static("/static", PAGE),
        ]
    )
    return app
