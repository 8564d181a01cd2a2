"""Original video and sound, bit-exact as the page received them (data path 3).

Three ways a player gets its bytes, told apart by what the response says (measured, facts: capture):
- an endless response (FLV, chunked fMP4): `Network.streamResourceContent`, cut into pieces as it comes;
- a finished resource (HLS or DASH segment, init segment, playlist): `Network.getResponseBody` when it has loaded;
- unknown length: taken as finished if it finishes within `DECIDE_SECONDS`, as endless otherwise.
What the browser could not give is a gap with its size, never silence.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from crawler.captures.addresses import canonical
from crawler.captures.segments import Cutter, Piece, initialises, split
from crawler.cdp import CdpConnection, CdpError
from crawler.clock import Clock
from evidence_store.entries import JSON, Attachment, Draft, EntryType

DECIDE_SECONDS = 1.5
BODY_SECONDS = 4.0
LARGE_BODY = 8 << 20  # a body over this is taken as it comes: the browser would not hold it to its end
MAX_TYPE = 200  # characters of a media type that an entry repeats
_PLAYLISTS = {"application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "application/dash+xml"}
_SUFFIXES = {
    ".flv": "flv", ".ts": "mpeg-ts", ".m4s": "fmp4", ".mp4": "fmp4", ".m4v": "fmp4", ".m4a": "fmp4", ".cmfv": "fmp4",
    ".cmfa": "fmp4", ".aac": "aac", ".m3u8": "playlist", ".mpd": "playlist",
}  # fmt: skip
_TYPES = {"video/x-flv": "flv", "video/mp2t": "mpeg-ts", "video/mp4": "fmp4", "audio/mp4": "fmp4", "audio/aac": "aac"}


def container_of(mime_type: str, url: str) -> str | None:
    """One of "flv", "fmp4", "mpeg-ts", "aac", "playlist" and "bytes" for media; None for anything else."""
    mime = mime_type.lower().split(";")[0].strip()
    if mime in _PLAYLISTS:
        return "playlist"
    if mime in _TYPES:
        return _TYPES[mime]
    try:
        path = urlsplit(url).path.lower()
    except ValueError:
        path = ""
    suffix = path[path.rfind(".") :] if "." in path else ""
    if suffix in _SUFFIXES and not mime.startswith(("text/html", "application/json", "image/")):
        return _SUFFIXES[suffix]
    return "bytes" if mime.startswith(("video/", "audio/")) else None


@dataclass(slots=True)
class Stream:
    """What is joined by number: one endless response, or all finished segments of one folder and kind."""

    id: int
    container: str
    number: int = 0
    offset: int = 0


@dataclass(slots=True)
class _Resource:
    """One media response under way."""

    request: str
    session: str
    container: str
    facts: dict[str, JSON]
    from_mono_ns: int
    order: int
    finished: bool = False
    streaming: bool = False
    endless: bool = False
    received: int = 0
    queue: list[tuple[bytes, int]] | None = field(default_factory=list)  # None once the buffered head is written
    cutter: Cutter | None = None
    stream: Stream | None = None


class MediaCapture:
    """Taps every media response of all attached targets.

    `emit(draft, ended_mono_ns)` takes each segment; `on_lost(container, bytes, since_mono_ns, why)` hears of losses.
    """

    def __init__(
        self,
        clock: Clock,
        emit: Callable[[Draft, int], None],
        on_lost: Callable[[str, int, int, str], None],
    ) -> None:
        self._clock = clock
        self._emit = emit
        self._on_lost = on_lost
        self._cdp: CdpConnection | None = None
        self._resources: dict[tuple[str, str], _Resource] = {}
        self._streams: dict[tuple[str, str], Stream] = {}
        self._stream_count = 0
        self._order = 0
        self._turn: asyncio.Future[None] | None = None
        self.bytes = 0

    def listen(self, cdp: CdpConnection) -> None:
        """Hear one DevTools connection (again after a browser died; numbering goes on)."""
        self._cdp = cdp
        self._resources.clear()
        self._turn = None
        cdp.on("Network.responseReceived", self._response)
        cdp.on("Network.dataReceived", self._data)
        cdp.on("Network.loadingFinished", self._finished)
        cdp.on("Network.loadingFailed", self._finished)

    def tick(self) -> None:
        """Once a second: a stalled stream still gives its piece within the time limit."""
        now = self._clock.now().mono_ns
        for resource in self._resources.values():
            if resource.cutter is not None:
                self._pieces(resource, resource.cutter.tick(now))

    async def drain(self, seconds: float) -> None:
        """Before the page is left: give segments that are under way a moment to arrive."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until and (  # noqa: ASYNC110 - several conditions, half a second, once a watch
            any(not r.endless and not r.finished for r in self._resources.values())
            or (self._turn is not None and not self._turn.done())
        ):
            await asyncio.sleep(0.02)

    def finish_until(self, mono_ns: int) -> None:
        """The page went elsewhere: hand on what had come of each endless stream by then, and forget the rest."""
        for key in list(self._resources):
            resource = self._resources.pop(key)
            if resource.cutter is not None:
                self._pieces(resource, resource.cutter.finish_until(mono_ns))

    def finish(self) -> None:
        """The watch, the page or the browser ends: hand on what has come of each endless stream."""
        for key in list(self._resources):
            resource = self._resources.pop(key)
            if resource.cutter is not None:
                self._pieces(resource, resource.cutter.finish())
            elif resource.received and not resource.finished:
                self._on_lost(resource.container, resource.received, resource.from_mono_ns, "cut short by the end")

    def _response(self, params: dict[str, Any], session: str) -> None:
        response = params["response"]
        container = container_of(response["mimeType"], response["url"])
        if container is None or response["status"] not in {200, 206}:
            return
        self._order += 1
        resource = _Resource(
            params["requestId"], session, container, _facts(response), self._clock.now().mono_ns, self._order
        )
        self._resources[session, params["requestId"]] = resource
        headers = {name.lower(): value for name, value in response["headers"].items()}
        length = headers.get("content-length", "")
        at_once = container == "flv" or (length.isdigit() and int(length) > LARGE_BODY)
        if at_once or not length:
            self._spawn(self._decide(resource, 0 if at_once else DECIDE_SECONDS))

    async def _decide(self, resource: _Resource, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if resource.finished or self._cdp is None:
            return
        resource.endless = True
        resource.streaming = True
        try:
            answer = await self._cdp.send(
                "Network.streamResourceContent", {"requestId": resource.request}, session=resource.session
            )
        except CdpError as error:
            resource.streaming = False
            if resource.finished:
                self._spawn(self._take_body(resource))
            else:
                self._on_lost(resource.container, resource.received, resource.from_mono_ns, str(error))
            return
        kind = resource.container if resource.container in {"flv", "fmp4"} else "bytes"
        resource.cutter = Cutter(kind)
        resource.stream = self._new_stream(resource.container)
        head = b64decode(answer["bufferedData"])
        queued, resource.queue = resource.queue or [], None
        for content, mono_ns in [(head, self._clock.now().mono_ns), *queued]:
            self._pieces(resource, resource.cutter.feed(content, mono_ns))
        if resource.finished:
            self._pieces(resource, resource.cutter.finish())
            self._resources.pop((resource.session, resource.request), None)

    def _data(self, params: dict[str, Any], session: str) -> None:
        resource = self._resources.get((session, params["requestId"]))
        if resource is None:
            return
        mono_ns = round(params["timestamp"] * 1e6) * 1000
        resource.received += params["dataLength"]
        if resource.streaming and params.get("data"):
            content = b64decode(params["data"])
            if resource.queue is not None:
                resource.queue.append((content, mono_ns))
            elif resource.cutter is not None:
                self._pieces(resource, resource.cutter.feed(content, mono_ns))

    def _finished(self, params: dict[str, Any], session: str) -> None:
        key = (session, params["requestId"])
        resource = self._resources.get(key)
        if resource is None:
            return
        resource.finished = True
        if resource.endless:
            if resource.cutter is not None:
                self._pieces(resource, resource.cutter.finish())
                del self._resources[key]
            return
        del self._resources[key]
        if "errorText" in params:  # cancelled or broken: the page did not get it whole; the browser keeps no body
            if resource.received:
                self._on_lost(resource.container, resource.received, resource.from_mono_ns, params["errorText"])
            return
        self._spawn(self._take_body(resource))

    async def _take_body(self, resource: _Resource) -> None:
        """Fetch a finished body. Bodies are asked for at once but handed on in the order of their responses."""
        assert self._cdp is not None  # noqa: S101 - set by listen, which made the event that led here
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        before, self._turn = self._turn, done
        try:
            answer = await self._cdp.send(
                "Network.getResponseBody",
                {"requestId": resource.request},
                session=resource.session,
                timeout=BODY_SECONDS,
            )
        except CdpError as error:
            answer = None
            why = str(error)
        if before is not None:
            await asyncio.wait([before])
        now = self._clock.now().mono_ns
        try:
            if answer is None:
                self._on_lost(resource.container, resource.received, resource.from_mono_ns, why)
                return
            text = answer["body"]
            content = b64decode(text) if answer["base64Encoded"] else text.encode("utf-8", "surrogatepass")
            stream = self._folder_stream(resource)
            for offset, piece in split(content):
                self._segment(
                    resource,
                    stream,
                    piece,
                    resource.from_mono_ns,
                    now,
                    resource_offset=offset,
                    whole=offset + len(piece) == len(content),
                )
        finally:
            done.set_result(None)

    def _pieces(self, resource: _Resource, pieces: list[Piece]) -> None:
        assert resource.stream is not None or not pieces  # noqa: S101 - a cutter comes with its stream
        for piece in pieces:
            assert resource.stream is not None  # noqa: S101
            self._segment(
                resource, resource.stream, piece.content, piece.from_mono_ns, piece.to_mono_ns,
                resource_offset=piece.offset, at_border=piece.at_border,
            )  # fmt: skip

    def _segment(
        self, resource: _Resource, stream: Stream, content: bytes, from_ns: int, to_ns: int, **more: JSON
    ) -> None:
        body: dict[str, JSON] = {
            "stream": stream.id,
            "number": stream.number,
            "offset": stream.offset,
            "container": resource.container,
            "method": "stream" if resource.endless else "body",
            "resource": resource.order,
            "init": initialises(resource.container, content),
            "to_mono": str(to_ns),
            **resource.facts,
            **more,
        }
        stream.number += 1
        stream.offset += len(content)
        self.bytes += len(content)
        now = self._clock.now()
        segment = Attachment("segment", str(resource.facts["media_type"]), content)
        self._emit(Draft(EntryType.MEDIA, now.wall_at(from_ns), from_ns, body, (segment,)), to_ns)

    def _new_stream(self, container: str) -> Stream:
        self._stream_count += 1
        return Stream(self._stream_count, container)

    def _folder_stream(self, resource: _Resource) -> Stream:
        folder = str(resource.facts["url"]).rpartition("/")[0]
        key = (folder, resource.container)
        if key not in self._streams:
            self._streams[key] = self._new_stream(resource.container)
        return self._streams[key]

    def _spawn(self, coroutine: Any) -> None:
        assert self._cdp is not None  # noqa: S101 - set by listen
        self._cdp.spawn(coroutine)


def _facts(response: dict[str, Any]) -> dict[str, JSON]:
    """What an entry says of where the bytes came from; the full address is in the network facts' parts."""
    security = response.get("securityDetails")
    return {
        "url": canonical(response["url"]),
        "media_type": response["mimeType"][:MAX_TYPE] or "application/octet-stream",
        "status": int(response["status"]),
        "remote": f"{response.get('remoteIPAddress', '')}:{response.get('remotePort', '')}",
        "protocol": str(response.get("protocol", "")),
        "tls": None
        if security is None
        else {
            "protocol": security["protocol"],
            "issuer": security["issuer"][:200],
            "subject": security["subjectName"][:200],
            "valid_to": int(security["validTo"]),
        },
    }
