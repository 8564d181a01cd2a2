"""The media: one endless FLV response, or numbered fMP4 segments with an HLS playlist, all in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from . import flv
from .air import Air
from .isobmff import init_segment, media_segment
from .ledger import Ledger, MediaRecord
from .reel import GOP_S, Reel

WRITE_BYTES = 64 * 1024
WINDOW = 6  # segments in a playlist
HOLD_S = 30.0  # how long a request for a segment that isn't there yet may wait
LEAD_S = 0.8  # a new FLV viewer starts at the GOP that was on air this long ago, so its player has something to buffer
MAY_LAG_S = 8.0  # a reader that falls further behind than this is taken to the live edge


class Media:
    """Serves a reel as the live media of any of the scenario's rooms."""

    def __init__(self, air: Air, ledger: Ledger, reel: Reel, clock: Callable[[], int]) -> None:
        self._air, self._ledger, self._reel, self._clock = air, ledger, reel, clock
        self._segments: dict[tuple[str, int], bytes] = {}

    async def flv(self, request: web.Request) -> web.StreamResponse:
        """GET /live/{room}.flv: chunked, without an end until the broadcast ends."""
        if not await self._on_air():
            return web.Response(status=404, text="no broadcast")
        record = self._record(request, "flv", "main")
        response = web.StreamResponse(headers={"Content-Type": "video/x-flv", "Cache-Control": "no-store"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        gop = max(0, int((self._air.now() - LEAD_S) / GOP_S))
        sent_as = ""
        try:
            while not self._air.media_over(self._air.now()):
                rendition = self._air.rendition(gop)
                if rendition != sent_as:
                    shape = self._reel.renditions[rendition]
                    opening = b"" if sent_as else flv.HEADER + flv.about(shape)
                    await self._write(
                        response, record, opening + flv.sequence_headers(shape, round(gop * GOP_S * 1000))
                    )
                    sent_as = rendition
                whole = await self._flv_gop(response, record, rendition, gop)
                await self._air.until(lambda now: self._air.media_flows(now) or self._air.media_over(now))
                # What a stall cut off is never sent: the stream goes on with the GOP that is on air, as after a
                # dropped upstream. A reader who is far behind is taken there too.
                live = int((self._air.now() - LEAD_S) / GOP_S)
                gop = max(gop + 1, live) if not whole or live > gop + MAY_LAG_S / GOP_S else gop + 1
            await response.write_eof()
            record.complete = True
        except ConnectionError:
            pass  # the viewer left; what had been handed over is in the record
        return response

    async def _flv_gop(self, response: web.StreamResponse, record: MediaRecord, rendition: str, gop: int) -> bool:
        """Send one GOP in real time; False when the sending had to stop inside it."""
        for at, chunk in flv.gop_chunks(self._reel.gop(rendition, gop), gop):
            if (wait := at - self._air.now()) > 0:
                await asyncio.sleep(wait)
            if not self._air.media_flows(self._air.now()):
                return False
            await self._write(response, record, chunk)
        return True

    async def init(self, request: web.Request) -> web.StreamResponse:
        """GET /live/{room}/init-{rendition}.mp4."""
        name = request.match_info["rendition"]
        if name not in self._reel.renditions:
            return web.Response(status=404, text="no such rendition")
        shape = self._reel.renditions[name]
        body = init_segment(shape)
        return await self._whole(request, self._record(request, "init", name), body, {"X-Codecs": shape.codecs})

    async def segment(self, request: web.Request) -> web.StreamResponse:
        """GET /live/{room}/{number}.m4s: waits until the segment has been on air; 404 when it never will be."""
        number = int(request.match_info["number"])
        if not await self._on_air() or number * GOP_S > self._air.now() + HOLD_S:
            return web.Response(status=404, text="no such segment")
        ready = (number + 1) * GOP_S
        now = await self._air.until(
            lambda at: self._air.media_over(at) or (at >= ready and self._air.media_flows(at)),
        )
        if self._air.media_over(now):
            return web.Response(status=404, text="the broadcast is over")
        rendition = self._air.rendition(number)
        key = (rendition, number)
        if key not in self._segments:
            self._segments[key] = media_segment(self._reel.gop(rendition, number), number)
            for old in [k for k in self._segments if k[1] < number - 4 * WINDOW]:
                del self._segments[old]
        headers = {"X-Rendition": rendition, "X-Live-Segment": str(int(self._air.now() / GOP_S) - 1)}
        return await self._whole(request, self._record(request, "segment", rendition), self._segments[key], headers)

    async def playlist(self, request: web.Request) -> web.StreamResponse:
        """GET /live/{room}/index.m3u8: a live HLS playlist (RFC 8216) of the newest segments."""
        if not await self._on_air():
            return web.Response(status=404, text="no broadcast")
        now = await self._air.until(lambda at: at >= GOP_S)
        stall = self._air.active("video_stall", now)
        newest = int((now if stall is None else min(now, stall.at_s)) / GOP_S) - 1
        first = max(0, newest - WINDOW + 1)
        lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
        shown = ""
        for number in range(first, newest + 1):
            if (rendition := self._air.rendition(number)) != shown:
                lines += ["#EXT-X-DISCONTINUITY"] * bool(shown) + [f'#EXT-X-MAP:URI="init-{rendition}.mp4"']
                shown = rendition
            lines += [f"#EXTINF:{GOP_S:.3f},", f"{number}.m4s"]
        record = self._record(request, "playlist", shown)
        return await self._whole(
            request, record, ("\n".join(lines) + "\n").encode(), {}, "application/vnd.apple.mpegurl"
        )

    async def _on_air(self) -> bool:
        self._air.start()
        return not self._air.media_over(await self._air.until(lambda at: self._air.state(at) != "paused"))

    def _record(self, request: web.Request, kind: str, rendition: str) -> MediaRecord:
        wanted = request.query.get("c", "")
        record = MediaRecord(
            self._ledger.unique(wanted, self._ledger.media, "m"),
            request.path_qs,
            kind,
            request.match_info["room"],
            rendition,
        )
        self._ledger.media[record.id] = record
        return record

    async def _whole(
        self, request: web.Request, record: MediaRecord, body: bytes, headers: dict[str, str], kind: str = "video/mp4"
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": kind, "Cache-Control": "no-store", **headers})
        response.content_length = len(body)
        try:
            await response.prepare(request)
            for start in range(0, len(body), WRITE_BYTES):
                await self._write(response, record, body[start : start + WRITE_BYTES])
            await response.write_eof()
            record.complete = True
        except ConnectionError:
            pass  # as above: the viewer left
        return response

    async def _write(self, response: web.StreamResponse, record: MediaRecord, chunk: bytes) -> None:
        record.sent.add(chunk, self._clock())
        await response.write(chunk)
