"""Runs one watch: checks the machine, runs the spider, waits for the reader, says how it ended.

Signals: the first Ctrl-C or SIGTERM ends the sitting in an orderly way (drained, closed, within five seconds) and stops
the reader; a second one leaves at once, and the log is found cut off.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from crawler.anchors import settings_of
from crawler.exits import ExitCode
from crawler.jobs import WatchJob
from crawler.progress import JsonLines, LivePanel, PlainLines, Renderer, WatchFigures
from crawler.provision import fonts
from crawler.provision.browser import browser_executable
from crawler.provision.models import models_dir
from crawler.provision.piece import MissingPiece
from crawler.provision.system import this_system
from crawler.reading import Changed, StateTold
from crawler.session import Outcome
from crawler.watching import Watching

READER_POLL_SECONDS = 0.5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # SIGHUP: the terminal or the connection to it is gone
SPIDER = "watch_room"  # found by name in the project: crawler imports nothing of spiders


@dataclass(frozen=True, slots=True)
class WatchResult:
    """How a watch ended: exit code, words for a person, and the session's log (None when it was never opened)."""

    code: ExitCode
    words: str
    log: str | None
    reading_behind: int
    was_read: bool


def run_watch(job: WatchJob, store: Path, *, as_json: bool, read: bool, say: Callable[[str], None]) -> WatchResult:
    """Watch one room to its end. Raises LiveWitnessError and StoreError with what to do next."""
    browser_executable()  # before anything is opened: what is missing is said at once
    seen_fonts = fonts.look(this_system())
    if not seen_fonts.ok:
        raise MissingPiece(f"{seen_fonts.found}: a room's words would be boxes in every picture", seen_fonts.remedy)
    if read:
        models_dir()
    settings_of(store)  # a settings file that can't be read is told before a browser opens
    figures = WatchFigures(job.seconds)
    renderer = _renderer(job, store, as_json=as_json, say=say)
    if isinstance(renderer, JsonLines):
        figures.on_event = renderer.event
    outcome = asyncio.run(_crawl(job, store, figures, renderer, read=read))
    try:
        stopped = outcome.code is ExitCode.STOPPED
        behind = _finish_reading(figures, renderer, hurry=stopped)
    finally:
        with contextlib.suppress(BrokenPipeError):
            renderer.close(figures)
    if figures.error is not None:
        raise figures.error
    return WatchResult(outcome.code, outcome.words, figures.log, behind, figures.reader is not None)


async def _crawl(job: WatchJob, store: Path, figures: WatchFigures, renderer: Renderer, *, read: bool) -> Outcome:
    from scrapy.crawler import AsyncCrawlerRunner
    from scrapy.utils.project import get_project_settings

    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "crawler.settings")
    settings = get_project_settings()
    settings.setdict({"LIVEWITNESS_STORE": str(store), "LIVEWITNESS_READ": read}, priority="cmdline")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    runner = AsyncCrawlerRunner(settings)
    crawler = runner.create_crawler(SPIDER)
    crawl = asyncio.ensure_future(runner.crawl(crawler, job=job, watch=figures))
    interrupted = asyncio.Event()

    def interrupt() -> None:
        if interrupted.is_set():
            os._exit(int(ExitCode.STOPPED))  # asked twice: leave; the store is made for that
        interrupted.set()
        for reader in figures.readers:
            reader.ask_to_stop()  # beside the draining, not after it
        spider = crawler.spider
        if spider is not None:
            cast("Watching", spider).stop(
                ExitCode.STOPPED, "stopped by a person", "stopped early; what was captured is kept"
            )
        else:
            crawl.cancel()

    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, interrupt)
    loop.set_exception_handler(_late_failures)
    figures.on_gone = lambda: None if interrupted.is_set() else interrupt()
    introduced = False
    try:
        while not crawl.done():
            introduced = introduced or _introduce(figures, loop)
            try:
                renderer.tick(figures)
            except BrokenPipeError:
                figures.nobody_reads()
            await asyncio.wait([crawl], timeout=1)
    finally:
        for reader in figures.readers:
            reader.listen(None)  # they outlive this loop
    crawl.result()
    return cast("Watching", crawler.spider).outcome


def _introduce(figures: WatchFigures, loop: asyncio.AbstractEventLoop) -> bool:
    """Let the session hear what the readers tell; False as long as one of them is not there yet.

    A reader speaks in a thread, the session lives on the loop. Asked once a second, which loses nothing: a reader
    loads for longer than that.
    """
    session = figures.session
    if not figures.readers or session is None:
        return False

    def heard(told: Changed | StateTold) -> None:
        loop.call_soon_threadsafe(session.hear, told)

    for reader in figures.readers:
        reader.listen(heard)
    return True


def _late_failures(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Playwright leaves calls behind whose browser is gone; that it is gone was told already. All else is told."""
    if "onnection closed" not in str(context.get("exception")) and "has been closed" not in str(
        context.get("exception")
    ):
        loop.default_exception_handler(context)


def _finish_reading(figures: WatchFigures, renderer: Renderer, *, hurry: bool) -> int:
    """Wait until the readers have read everything; Ctrl-C ends that too. Returns how many pictures are left."""
    if hurry:
        for reader in figures.readers:
            reader.stop()
        return figures.reader.figures.behind if figures.reader is not None else 0
    before = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    try:
        for reader in figures.readers:
            while not reader.wait(READER_POLL_SECONDS):
                renderer.tick(figures)
    except (KeyboardInterrupt, BrokenPipeError):
        for reader in figures.readers:
            reader.stop()
        return figures.reader.figures.behind if figures.reader is not None else 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for reader in figures.readers:
        if reader.failed:
            what = "pictures" if reader is figures.reader else "messages"
            logging.getLogger(__name__).error("the reader of %s ended early: %s", what, reader.figures.error)
    failed = figures.reader is not None and figures.reader.failed
    return max(1, figures.reader.figures.behind) if failed and figures.reader is not None else 0


def _renderer(job: WatchJob, store: Path, *, as_json: bool, say: Callable[[str], None]) -> Renderer:
    if as_json:
        return JsonLines(store)
    if sys.stdout.isatty():
        return LivePanel(store, f"watching {job.url[:100]}")
    return PlainLines(store, say)
