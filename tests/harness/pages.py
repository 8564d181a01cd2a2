"""Pages of our own as rooms without an adapter: a video from a canvas, a chat socket, and a script that misbehaves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import WSMsgType, web

_PAGE = """<!doctype html><meta charset=utf-8><title>room</title><body style="margin:0">
<video id=v autoplay muted playsinline style="width:400px;height:600px"></video>
<canvas id=c width=200 height=300 hidden></canvas><div id=chat></div><script>
const canvas = document.getElementById('c'), brush = canvas.getContext('2d'), video = document.getElementById('v');
let n = 0;
setInterval(() => { brush.fillStyle = `hsl(${n * 7 % 360},80%,60%)`; brush.fillRect(0, 0, 200, 300); n++; }, 40);
const play = () => { video.srcObject = canvas.captureStream(25); video.play(); };
play();
const chat = new WebSocket(`ws://${location.host}/ws`);
SCRIPT
</script></body>"""
LARGE = 30_000_000


@contextmanager
def page_room(script: str, *, other: str = "") -> Iterator[str]:
    """Serve `/room/1` with this script, and `/room/2` with another one; yields the first one's address."""
    loop = asyncio.new_event_loop()
    ready: list[str] = []
    started = threading.Event()

    async def serve() -> None:
        app = web.Application()

        async def room(request: web.Request) -> web.Response:
            wanted = script if request.match_info["number"] == "1" else other
            return web.Response(text=_PAGE.replace("SCRIPT", wanted), content_type="text/html")

        app.router.add_get("/room/{number}", room)
        app.router.add_get("/ws", _socket)
        app.router.add_get("/large.mp4", _large)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        ready.append(f"http://127.0.0.1:{port}/room/1")
        started.set()
        await stop.wait()
        await runner.cleanup()

    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


async def _socket(request: web.Request) -> web.WebSocketResponse:
    """Ten frames a second, or one in two seconds for `?slow`, until the page goes."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    pause = 2.0 if "slow" in request.query_string else 0.1
    number = 0
    while not socket.closed:
        await socket.send_bytes(f"frame {number} of {request.query_string}".encode())
        number += 1
        try:
            message = await socket.receive(timeout=pause)
        except TimeoutError:
            continue
        if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
            break
    return socket


async def _large(_: web.Request) -> web.Response:
    return web.Response(body=bytes(range(256)) * (LARGE // 256), content_type="video/mp4")
