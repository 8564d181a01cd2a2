"""Preserve (100) and Read (200): data path 4 and 5.

Preserve hands each draft to the log's writer before its first await, so that the order of capture is the order of the
log; then it waits until the entry is durable. Many wait at once: that is what group commit lives on. Read starts the
readers, processes of their own that follow the log; nothing that they do can hold up a capture.
"""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from scrapy.exceptions import DropItem
from scrapy.logformatter import LogFormatter

from crawler.anchors import settings_of
from crawler.exits import ExitCode
from crawler.jobs import WatchJob
from crawler.reading import MESSAGES, ReaderProcess
from crawler.watching import Watching
from evidence_store.entries import Draft
from evidence_store.errors import DiskFull, Fenced, QueueFull, StorageFailed, StoreError
from evidence_store.log import WriterLimits
from evidence_store.store import Store

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from evidence_store.log import LogWriter


HURRIED_ANCHOR_S = 1.5


class Preserve:
    """Owns the session's log writer from the spider's opening to its closing."""

    def __init__(self, crawler: Crawler, store: Path, queue_bytes: int) -> None:
        self._crawler = crawler
        self._path = store
        self._limits = WriterLimits(queue_bytes=queue_bytes)
        self._opened: Store | None = None
        self._writer: LogWriter | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        return cls(crawler, Path(settings["LIVEWITNESS_STORE"]), settings.getint("LIVEWITNESS_QUEUE_BYTES"))

    @property
    def _spider(self) -> Watching:
        return cast("Watching", self._crawler.spider)

    async def open_spider(self) -> None:
        """Open the store and the session's capture log. Raises StoreError: nothing is watched that can't be kept."""
        spider = self._spider
        anchors = settings_of(self._path)
        store = await asyncio.to_thread(lambda: Store.open_or_create(self._path, limits=self._limits, anchors=anchors))
        self._opened = store
        job = spider.job
        self._writer = await asyncio.to_thread(
            lambda: store.open_log("capture", case=job.case, subject=job.url, body=session_body(job))
        )
        if store.anchoring is not None:
            spider.watch.standings = store.anchoring.standings
        spider.watch.opened(self._writer.log, store.recovered)

    async def process_item(self, item: Draft) -> Draft:
        """Returns when the entry is durable. A capture that can't be kept is dropped with its reason as a gap."""
        assert self._writer is not None  # noqa: S101 - items come after open_spider
        spider = self._spider
        try:
            future = self._writer.submit(item)
        except QueueFull as error:
            spider.shed(item)
            raise DropItem(str(error)) from error
        try:
            receipt = await asyncio.wrap_future(future)
        except (DiskFull, StorageFailed, Fenced) as error:
            spider.stop(ExitCode.STOPPED, "disk full" if isinstance(error, DiskFull) else "store failed", str(error))
            raise DropItem(str(error)) from error
        except StoreError as error:
            spider.shed(item)
            raise DropItem(str(error)) from error
        spider.watch.preserved(item, receipt, (time.monotonic_ns() - ended_ns(item)) / 1e6)
        return item

    async def close_spider(self) -> None:
        """Close the log: reason, counts, last checkpoint, register; then have it anchored, for a few seconds."""
        if self._writer is None or self._opened is None:
            return
        outcome = self._spider.outcome
        await asyncio.to_thread(self._writer.close, outcome.reason, {"exit_code": int(outcome.code)})
        self._spider.watch.closed()
        # A person who pressed Ctrl-C waits; what is not anchored now is anchored by whoever opens the store next.
        wait_s = HURRIED_ANCHOR_S if outcome.code is ExitCode.STOPPED else None
        await asyncio.to_thread(self._opened.close, anchor_wait_s=wait_s)


class Read:
    """Starts the readers on the session's log; they outlive the crawl, and the command waits for them."""

    def __init__(self, crawler: Crawler, store: Path, *, wanted: bool) -> None:
        self._crawler = crawler
        self._store = store
        self._wanted = wanted

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        return cls(crawler, Path(settings["LIVEWITNESS_STORE"]), wanted=settings.getbool("LIVEWITNESS_READ"))

    def process_item(self, item: Draft) -> Draft:
        """Wake the readers at the first entry; from then on they follow by themselves."""
        watch = cast("Watching", self._crawler.spider).watch
        if watch.messages is None and watch.log is not None:
            # Not a matter of wish: what frames say of the room's state ends a watch.
            watch.messages = ReaderProcess(self._store, watch.log, module=MESSAGES)
            watch.reader = ReaderProcess(self._store, watch.log) if self._wanted else None
        return item


class TypeOnlyLogFormatter(LogFormatter):
    """Says kind and size of an item, never its content: chat and pictures stay out of log files."""

    def scraped(self, item: Any, response: Any, spider: Any) -> None:  # type: ignore[override]
        """Nothing: each entry is in the store."""

    def dropped(self, item: Any, exception: BaseException, *_: Any) -> dict[str, Any]:  # type: ignore[override]
        return _line("not kept: %(kind)s of %(size)d bytes: %(error)s", item, str(exception))

    def item_error(self, item: Any, exception: BaseException, *_: Any) -> dict[str, Any]:  # type: ignore[override]
        return _line("not kept by a fault of ours: %(kind)s of %(size)d bytes: %(error)s", item, repr(exception))


def session_body(job: WatchJob) -> dict[str, Any]:
    """What the log's first entry says of the job: how it was watched, not who or where (those lie in the subject)."""
    seat = "guest-fresh" if job.profile is None else "named profile"
    return {"for_seconds": round(job.seconds), "rate_hz": job.rate_hz, "seat": seat, "headed": job.headed,
            "clicks": list(job.clicks), "burst": job.burst}  # fmt: skip


def ended_ns(draft: Draft) -> int:
    """When a draft's content ended, monotonic: for a picture the end of its call."""
    bracket = draft.body.get("bracket")
    if isinstance(bracket, dict):
        return int(bracket["after_mono"])
    return int(draft.body.get("to_mono", draft.body.get("last_mono", draft.mono_ns)))


def _line(message: str, item: Any, error: str) -> dict[str, Any]:
    known = isinstance(item, Draft)
    args = {"kind": item.type if known else type(item).__name__, "size": item.size if known else 0, "error": error}
    return {"level": logging.ERROR, "msg": message, "args": args}
