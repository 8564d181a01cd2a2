"""Answers of the room's own requests, raw: polls, room state, product lists (data path 3).

The page asks, with its own signatures; we take what it was told. When an answer has loaded, `Network.getResponseBody`
gives its body: bytes, or text that the browser has decoded; `exact` says whether the bytes could be told from it (UTF-8
and text of no named charset: yes). Bodies lie in the page: what it had just got when another document takes its place
is lost, and a page that hangs hands them over when it stops hanging, within `BODY_SECONDS`. (Chromium can hold bodies
outside of the page, `Network.configureDurableMessages`: raw, and for longer. But then `streamResourceContent` leaves
out the beginning of a video without a word, and what a service worker answers is not held at all: measured.)

A batch is one `answers` entry with one parts blob. Part 0 is an index without queries or content,
`{"answers": [...]}`; per answer (a part's number is null where there is none):

    url, status, type, media_type, charset    as in the network facts; `type` is XHR, Fetch, Script or EventSource
    mono_asked, mono_finished                 CLOCK_MONOTONIC nanoseconds of the browser's own events
    redirects, from_cache                     how often it was sent on before; from disk cache or a service worker
    size, sent_as, exact, body_part           bytes; "bytes" or "text" (UTF-8); are they what was received
    address_part                              the full address; answers of one address share it within a batch
    post_part, post_size, post_sent_as        what the request carried; size alone: over `MAX_POST`; null: not to be had
    headers_part                              the response's headers, where the body says little: empty, status >= 400
    message, name_part                        EventSource alone: the number of the message, and its name and id as JSON
    failed                                    the browser's words for a request that broke or was given up
    not_kept                                  why there is no body although `size` bytes were received

A message of an EventSource is an answer of its own: its `data` as the script got it, in UTF-8. What was received and
could not be kept is in the index and a gap, never silence: bodies over `MAX_BODY`, streams that a script reads from a
fetch that never ends, answers that the page gave up half-way.

Cost: 100 answers of 10 kB take 0.04 CPU-s of this process (without the store) and 0.2 of the browser's, beside the 2.2
that it takes to load them (medians of pairs on a busy two-core machine): 0.15 CPU-s a minute for a poll each second.
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

from crawler.captures.answer_kinds import EMPTY, EVENT_SOURCE, Body, body_of, is_kept, posted, posted_later
from crawler.captures.answer_rows import MAX_WHY, Exchange, Loss, OnLost, Row, draft_of, row_of
from crawler.cdp import CdpConnection, CdpError
from crawler.clock import Clock
from evidence_store.entries import JSON, Draft

MAX_BODY = 2 << 20  # bytes, decompressed
MAX_ANSWERS = 400  # a batch closes early at either limit
MAX_BYTES = 4 << 20
MAX_ASKED = 32  # bodies asked for at a time
MAX_QUEUED = 2000  # answers that wait for their turn
MAX_TRACKED = 2000  # requests under way
MAX_POSTS_HELD = 4 << 20  # bytes of what they carry; of those beyond it the browser is asked later
BODY_SECONDS = 20.0
TOO_LARGE = f"over {MAX_BODY} bytes"


class AnswerCapture:
    """Takes the answers of all attached targets; `flush` hands on the batch so far.

    `emit(draft, ended_mono_ns)` takes each batch; `on_lost(answers, bytes, since_mono_ns, whys)` hears at each flush of
    what was received and could not be kept.
    """

    def __init__(self, clock: Clock, emit: Callable[[Draft, int], None], on_lost: OnLost) -> None:
        self._clock = clock
        self._emit = emit
        self._on_lost = on_lost
        self._cdp: CdpConnection | None = None
        self._under_way: OrderedDict[tuple[str, str], Exchange] = OrderedDict()
        self._queue: deque[Exchange] = deque()
        self._asked: list[Exchange] = []
        self._posts_held = 0
        self._rows: list[Row] = []
        self._size = 0
        self._loss = Loss()
        self._document = 0
        self._left = False
        self.answers = 0  # kept so far

    def listen(self, cdp: CdpConnection) -> None:
        """Hear one DevTools connection; call before it attaches to its page (again after a browser died)."""
        self._cdp = cdp
        self._cut_short("the browser died", all_of_them=True)
        for method, handler in (
            ("requestWillBeSent", self._asking),
            ("responseReceived", self._response),
            ("dataReceived", self._data),
            ("eventSourceMessageReceived", self._message),
            ("loadingFinished", self._finished),
            ("loadingFailed", self._finished),
        ):
            cdp.on(f"Network.{method}", handler)

    def flush(self) -> None:
        """Each second: hand on what has come since the last batch, if anything, and say what was lost."""
        self._hand_on()
        loss, self._loss = self._loss, Loss()
        if loss.answers:
            self._on_lost(loss.answers, loss.bytes, loss.since_ns, dict(loss.whys))

    def finish(self) -> None:
        """The watch or a document ends: what came half-way is lost. What had finished may still be handed over."""
        self._document += 1
        self._cut_short("cut short by the end of the page")
        self.flush()

    def leave(self, good_mono_ns: int) -> None:
        """The tab shows another room, and was seen in ours at this moment: what finished later is not of this watch.

        What had finished by then and was not handed over yet is lost; nothing that comes from now on is heard.
        """
        rows, self._rows, self._size = self._rows, [], 0
        self._give([row for row in rows if row.finished_ns <= good_mono_ns])
        self._give([row for row in rows if row.finished_ns > good_mono_ns])  # for the outbox to drop, and to count
        for exchange in (*self._asked, *self._queue):
            if exchange.finished_ns <= good_mono_ns:
                self._lose(exchange, "the page left the room", exchange.received)
        self._left = True
        self._queue.clear()
        self._under_way.clear()
        self.flush()

    def _asking(self, params: dict[str, Any], session: str) -> None:
        if self._left:
            return
        key, request = (session, params["requestId"]), params["request"]
        before = self._forget(key)
        exchange = Exchange(params["requestId"], session, request["url"], self._document, _mono(params))
        if "redirectResponse" in params and before is not None:
            exchange.redirects, exchange.asked_ns = before.redirects + 1, before.asked_ns
        exchange.has_post = bool(request.get("hasPostData"))
        if self._posts_held < MAX_POSTS_HELD and (post := posted(request)) is not None:
            exchange.post = post
            self._posts_held += len(post.content)
        self._under_way[key] = exchange
        if len(self._under_way) > MAX_TRACKED:
            oldest = self._forget(next(iter(self._under_way)))
            if oldest is not None and oldest.received:
                self._lose(oldest, "too many requests under way", oldest.received)

    def _response(self, params: dict[str, Any], session: str) -> None:
        key, kind, response = (session, params["requestId"]), params.get("type", ""), params["response"]
        if self._left or not is_kept(kind, response["mimeType"], response["url"]):
            self._forget(key)
            return
        if key not in self._under_way:  # asked before we were attached
            self._under_way[key] = Exchange(params["requestId"], session, "", self._document, _mono(params))
        self._under_way[key].answered(kind, response)

    def _data(self, params: dict[str, Any], session: str) -> None:
        exchange = self._under_way.get((session, params["requestId"]))
        if exchange is not None:
            exchange.received += params["dataLength"]

    def _message(self, params: dict[str, Any], session: str) -> None:
        exchange = self._under_way.get((session, params["requestId"]))
        if exchange is None or exchange.facts is None:
            return
        exchange.messages += 1
        exchange.finished_ns = _mono(params)
        content = params["data"].encode("utf-8", "surrogatepass")
        if len(content) > MAX_BODY:
            self._lose(exchange, TOO_LARGE, len(content), message=exchange.messages)
            return
        name = {"event": params["eventName"], "id": params["eventId"]}
        named = json.dumps(name, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
        self._keep(exchange, Body(content, "text", exact=True), {"name_part": named}, message=exchange.messages)

    def _finished(self, params: dict[str, Any], session: str) -> None:
        exchange = self._forget((session, params["requestId"]))
        if exchange is None or exchange.facts is None or exchange.facts["type"] == EVENT_SOURCE:
            return
        exchange.finished_ns = max(_mono(params), exchange.asked_ns)
        if not exchange.empty:  # the browser says of some empty answers that the page had given them up
            exchange.failed = str(params.get("errorText", ""))[:MAX_WHY]
        if exchange.received > MAX_BODY:
            self._lose(exchange, TOO_LARGE, exchange.received)
        elif len(self._queue) >= MAX_QUEUED:
            self._lose(exchange, "too many answers at once", exchange.received)
        else:
            self._queue.append(exchange)
            self._ask()

    def _ask(self) -> None:
        """Ask for the bodies whose turn it is."""
        while self._queue and len(self._asked) < MAX_ASKED and self._cdp is not None:
            exchange = self._queue.popleft()
            self._asked.append(exchange)
            self._cdp.spawn(self._take(self._cdp, exchange))

    async def _take(self, cdp: CdpConnection, exchange: Exchange) -> None:
        """Fetch what the browser holds of one exchange: what it posted, if that is not known yet, and its body."""
        body, why = EMPTY, "the browser was closed"  # unless this comes to an end
        try:
            if exchange.has_post and exchange.post is None:
                exchange.post = await _take_post(cdp, exchange)
            reply = await _call(cdp, "Network.getResponseBody", exchange)
            charset = str((exchange.facts or {}).get("charset", ""))
            if not exchange.empty:
                body = body_of(reply, exchange.received, charset)
            why = TOO_LARGE if len(body.content) > MAX_BODY else ""
        except CdpError as error:
            why = exchange.failed or str(error)
        finally:
            self._asked.remove(exchange)
            if not self._left:  # what was asked for then is counted, or not of this watch
                if exchange.received > len(body.content) == 0 or why == TOO_LARGE:
                    self._lose(exchange, why or "the browser held none of it", exchange.received)
                else:
                    self._keep(exchange, body, {})
            if not cdp.closed.is_set():
                self._ask()

    def _keep(self, exchange: Exchange, body: Body, parts: dict[str, bytes], **more: JSON) -> None:
        self.answers += 1
        parts = {**parts, "body_part": body.content}  # an empty one too: that nothing came back says something
        self._add(row_of(exchange, parts, size=len(body.content), sent_as=body.sent_as, exact=body.exact, **more))

    def _lose(self, exchange: Exchange, why: str, size: int, **more: JSON) -> None:
        """List what there is no body of, and count it as lost."""
        if exchange.facts is None:
            return
        exchange.finished_ns = exchange.finished_ns or self._clock.now().mono_ns
        self._loss.add(size, exchange.asked_ns, why[:MAX_WHY])
        self._add(row_of(exchange, {}, size=size, not_kept=why[:MAX_WHY], **more))

    def _cut_short(self, why: str, *, all_of_them: bool = False) -> None:
        """What is under way and has come in part is lost; the rest may still come, unless the browser is gone."""
        for key, exchange in list(self._under_way.items()):
            streams = exchange.facts is not None and exchange.facts["type"] == EVENT_SOURCE
            if all_of_them or (exchange.received and not streams):
                self._forget(key)
                if exchange.received and not streams:
                    self._lose(exchange, why, exchange.received)
        if all_of_them:
            for exchange in self._queue:
                self._lose(exchange, why, exchange.received)
            self._queue.clear()

    def _forget(self, key: tuple[str, str]) -> Exchange | None:
        exchange = self._under_way.pop(key, None)
        if exchange is not None and exchange.post is not None:
            self._posts_held -= len(exchange.post.content)
        return exchange

    def _add(self, row: Row) -> None:
        self._rows.append(row)
        self._size += row.size
        if len(self._rows) >= MAX_ANSWERS or self._size >= MAX_BYTES:
            self._hand_on()

    def _hand_on(self) -> None:
        rows, self._rows, self._size = self._rows, [], 0
        for document in sorted({row.document for row in rows}):  # each by itself: one of them may have to be withheld
            self._give([row for row in rows if row.document == document])

    def _give(self, rows: list[Row]) -> None:
        if rows:
            self._emit(*draft_of(rows, self._clock.now()))


async def _take_post(cdp: CdpConnection, exchange: Exchange) -> Body | None:
    """What a request carried, where its event did not hold it (blobs, forms with files); None: not to be had."""
    try:
        return posted_later(await _call(cdp, "Network.getRequestPostData", exchange))
    except CdpError:
        return None  # the index says so: the request had a body, of unknown size


async def _call(cdp: CdpConnection, method: str, exchange: Exchange) -> dict[str, Any]:
    return await cdp.send(method, {"requestId": exchange.request}, session=exchange.session, timeout=BODY_SECONDS)


def _mono(params: dict[str, Any]) -> int:
    """CDP's MonotonicTime (CLOCK_MONOTONIC seconds) in nanoseconds, to the microsecond that it carries."""
    microseconds: int = round(params["timestamp"] * 1e6)
    return microseconds * 1000
