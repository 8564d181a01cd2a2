"""A room whose page asks its server for things, and a server that remembers what it answered and what it was sent."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from evidence_store.entries import StoredEntry
from evidence_store.store import Store

_PAGE = """<!doctype html><meta charset=utf-8><title>room</title><body style="margin:0">
<video id=v autoplay muted playsinline style="width:400px;height:600px"></video>
<canvas id=c width=200 height=300 hidden></canvas><script>
const canvas = document.getElementById('c'), brush = canvas.getContext('2d'), video = document.getElementById('v');
let n = 0;
setInterval(() => { brush.fillStyle = `hsl(${n * 7 % 360},80%,60%)`; brush.fillRect(0, 0, 200, 300); n++; }, 40);
video.srcObject = canvas.captureStream(25); video.play();
const rest = ms => new Promise(done => setTimeout(done, ms));
const ask = async (url, more) => (await fetch(url, more)).arrayBuffer().catch(() => 0);
const load = url => new Promise(done => { const script = document.createElement('script'); script.src = url;
  script.onload = script.onerror = done; document.body.append(script); });
SCRIPT
</script></body>"""
STATE = {"库存": 37, "提示": "仅剩100单", "nick": "用户8913"}
JSON = json.dumps(STATE, ensure_ascii=False).encode()
PROTOBUF = bytes(range(256)) * 40
LARGE = JSON * (3 * 1024 * 1024 // len(JSON) + 1)
_JSON_TYPE = "application/json"
# path: status, content type, body, more headers
FIXED: dict[str, tuple[int, str, bytes, dict[str, str]]] = {
    "/json": (200, _JSON_TYPE, JSON, {}),
    "/gzip": (200, _JSON_TYPE, JSON * 50, {"Content-Encoding": "gzip"}),
    "/gbk": (200, f"{_JSON_TYPE};charset=gbk", json.dumps(STATE, ensure_ascii=False).encode("gbk"), {}),
    "/marked": (200, _JSON_TYPE, b"\xef\xbb\xbf" + JSON, {}),
    "/broken-utf8": (200, _JSON_TYPE, b'{"a":"\xff\xfe\xe4\xb8"}', {}),
    "/text": (200, "text/plain", JSON, {}),
    "/html": (200, "text/html", JSON, {}),
    "/protobuf": (200, "application/x-protobuf", PROTOBUF, {}),
    "/octets": (200, "application/octet-stream", PROTOBUF[::-1], {}),
    "/untyped": (200, "", JSON, {}),
    "/empty": (200, _JSON_TYPE, b"", {"bdturing-verify": "a-wall"}),
    "/no-content": (204, "", b"", {}),
    "/refused": (403, _JSON_TYPE, b'{"code":-352}', {"x-why": "risk"}),
    "/moved": (302, "", b"", {"Location": "/json?after=moved"}),
    "/cached": (200, _JSON_TYPE, JSON, {"Cache-Control": "max-age=600"}),
    "/jsonp": (200, "text/javascript", b"answered(" + JSON + b")", {}),
    "/script.js": (200, "text/javascript", b"var quiet = 1;", {}),
    "/picture": (200, "image/png", b"\x89PNG no answer", {}),
    "/style": (200, "text/css", b"p { color: red }", {}),
    "/film.mp4": (200, "video/mp4", PROTOBUF, {}),
    "/large": (200, _JSON_TYPE, LARGE, {}),
    "/taken": (200, "text/plain", b"ok", {}),
    "/ten-kb": (200, _JSON_TYPE, (JSON * 200)[:10_000], {}),
}


@dataclass
class AnswerRoom:
    """The room's address; what was answered (decompressed) and received, by path with query, in order."""

    url: str = ""
    answered: dict[str, list[bytes]] = field(default_factory=dict)
    received: dict[str, list[bytes]] = field(default_factory=dict)
    not_modified: int = 0

    @property
    def base(self) -> str:
        return self.url.split("/room/")[0]


@contextmanager
def answer_room(script: str, *, other: str = "", files: dict[str, str] | None = None) -> Iterator[AnswerRoom]:
    """Serve `/room/1` with this script, `/room/2` with another, and `files` as scripts (of workers)."""
    room, loop, started = AnswerRoom(), asyncio.new_event_loop(), threading.Event()
    stop = asyncio.Event()

    async def serve() -> None:
        runner = web.AppRunner(_app(room, {"1": script, "2": other}, files or {}), shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        room.url = f"http://127.0.0.1:{runner.addresses[0][1]}/room/1"
        started.set()
        await stop.wait()
        await runner.cleanup()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        left = asyncio.all_tasks(loop)  # answers that never end
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield room
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def _app(room: AnswerRoom, pages: dict[str, str], files: dict[str, str]) -> web.Application:
    async def page(request: web.Request) -> web.Response:
        script = pages[request.match_info["number"]]
        return web.Response(text=_PAGE.replace("SCRIPT", script), content_type="text/html")

    async def fixed(request: web.Request) -> web.Response:
        status, media_type, body, more = FIXED[request.path]
        room.received.setdefault(request.path_qs, []).append(await request.read())
        room.answered.setdefault(request.path_qs, []).append(body)
        sent = gzip.compress(body) if more.get("Content-Encoding") == "gzip" else body
        return web.Response(status=status, body=sent, headers={"Content-Type": media_type, **more})

    async def tagged(request: web.Request) -> web.Response:
        headers = {"Content-Type": _JSON_TYPE, "ETag": '"one"', "Cache-Control": "no-cache"}
        if request.headers.get("If-None-Match"):
            room.not_modified += 1
            return web.Response(status=304, headers=headers)
        room.answered.setdefault(request.path_qs, []).append(JSON)
        return web.Response(body=JSON, headers=headers)

    async def file(request: web.Request) -> web.Response:
        return web.Response(text=files[request.path], content_type="text/javascript")

    app = web.Application(client_max_size=8 << 20)
    app.router.add_get("/room/{number}", page)
    for path in FIXED:
        app.router.add_route("*", path, fixed)
    for path in files:
        app.router.add_get(path, file)
    app.router.add_get("/tagged", tagged)
    app.router.add_get("/half-way", _half_way)
    app.router.add_get("/breaks", _breaks)
    app.router.add_get("/drops", _drops)
    app.router.add_get("/events", _events)
    return app


async def _half_way(request: web.Request) -> web.StreamResponse:
    """A beginning, and no end."""
    answer = await _begun(request, _JSON_TYPE, b'{"half":')
    await asyncio.sleep(30)
    return answer


async def _breaks(request: web.Request) -> web.StreamResponse:
    """A connection that breaks in the middle."""
    answer = await _begun(request, _JSON_TYPE, b'{"half":', {"Content-Length": "1000"})
    await asyncio.sleep(0.1)
    assert request.transport is not None
    request.transport.abort()
    return answer


async def _drops(request: web.Request) -> web.StreamResponse:
    """An answer that comes a piece at a time as long as the room is open."""
    answer = await _begun(request, _JSON_TYPE, b"{}\n")
    for _ in range(300):
        await asyncio.sleep(0.1)
        await answer.write(b"{}\n")
    return answer


async def _events(request: web.Request) -> web.StreamResponse:
    """Three messages, then the end: the page connects again after 300 ms."""
    answer = await _begun(request, "text/event-stream", b"retry: 300\n\n")
    for number in range(3):
        await answer.write(f"id: {number}\nevent: 库存\ndata: 还剩{number}\ndata: 单\n\n".encode())
    await answer.write(b"data: plain\n\n")
    return answer


async def _begun(
    request: web.Request, media_type: str, content: bytes, more: dict[str, str] | None = None
) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": media_type, **(more or {})})
    await answer.prepare(request)
    await answer.write(content)
    return answer


@dataclass(frozen=True)
class Kept:
    """One row of an `answers` entry with the payloads of its parts."""

    row: dict[str, Any]
    address: str
    body: bytes | None
    post: bytes | None
    headers: dict[str, str]
    name: dict[str, str]
    entry: StoredEntry

    @property
    def path(self) -> str:
        """Path with query, as the room remembers it."""
        split = urlsplit(self.address)
        return f"{split.path}?{split.query}" if split.query else split.path


def kept_answers(store: Path, log: str) -> list[Kept]:
    """All answers that a log holds, in their order."""
    found = []
    with Store.open_read_only(store) as opened, opened.reader(log) as reader:
        for entry in reader.entries(types={"answers"}):
            parts = opened.blobs.parts(entry.blobs[0])
            for row in json.loads(parts[0])["answers"]:
                part = {
                    name: None if row[f"{name}_part"] is None else parts[row[f"{name}_part"]]
                    for name in ("address", "body", "post", "headers", "name")
                }
                found.append(
                    Kept(
                        row,
                        (part["address"] or b"").decode(),
                        part["body"],
                        part["post"],
                        json.loads(part["headers"] or b"{}"),
                        json.loads(part["name"] or b"{}"),
                        entry,
                    )
                )
    return found
