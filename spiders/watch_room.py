"""One job, one room: yields the room's captures until the broadcast or the job ends. Start reading here.

The page is held inside the callback of a `data:` request: Scrapy then closes the browser before the pipelines, and
nothing that was captured is lost at shutdown (a loop inside `start()` loses it: measured).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy

from crawler.clock import SystemClock
from crawler.exits import ExitCode, LiveWitnessError
from crawler.jobs import WatchJob, parse_duration
from crawler.progress import WatchFigures
from crawler.session import Outcome, RoomSession
from crawler.setup import browser_executable
from evidence_store.entries import Draft


class WatchRoomSpider(scrapy.Spider):
    """`livewitness watch URL`, or `scrapy crawl watch_room -a url=URL [-a seconds=60s] [-a case=ID] [-a rate=1]`."""

    name = "watch_room"

    def __init__(self, job: WatchJob | None = None, watch: WatchFigures | None = None, **arguments: Any) -> None:
        super().__init__()
        self.job = job or _job(arguments)
        self.watch = watch or WatchFigures(self.job.seconds)
        self._session: RoomSession | None = None
        self._early: tuple[ExitCode, str, str] | None = None
        self._failed: Outcome | None = None

    async def start(self) -> AsyncIterator[Any]:
        yield scrapy.Request("data:,watch", callback=self.watch_room, errback=self.not_begun, dont_filter=True)

    async def watch_room(self, _: scrapy.http.Response) -> AsyncIterator[Draft]:
        """Data path 2 and 3; what is yielded goes to the pipelines, 4 and 5."""
        executable = await asyncio.to_thread(browser_executable)
        store = Path(self.settings["LIVEWITNESS_STORE"])
        try:
            async with RoomSession(self.job, SystemClock(), executable, store) as session:
                self._session = session
                self.watch.session = session.figures
                if self._early is not None:
                    session.stop(*self._early)
                async for draft in session.captures(lambda: bool(self.crawler.crawling)):
                    yield draft
        except LiveWitnessError as error:  # for a person: the command says it, in one message
            self._failed = Outcome(error.exit_code, f"not watched: {type(error).__name__}", str(error))
            self.watch.error = error
        except Exception as error:  # ours: the log is closed with its name, and the command shows where it came from
            self._failed = Outcome(ExitCode.OURS, f"fault: {type(error).__name__}", str(error))
            self.watch.error = error
            raise

    async def not_begun(self, failure: Any) -> None:
        """The `data:` request itself can't fail in a working Scrapy; if it does, say so."""
        self._failed = Outcome(ExitCode.OURS, "fault: not begun", str(failure.value))

    def stop(self, code: ExitCode, reason: str, words: str) -> None:
        """End the sitting in an orderly way."""
        self._early = self._early or (code, reason, words)
        if self._session is not None:
            self._session.stop(code, reason, words)

    def shed(self, draft: Draft) -> None:
        """A capture could not be kept: the session records the gap."""
        if self._session is not None:
            self._session.shed(draft)

    @property
    def outcome(self) -> Outcome:
        """How it ended; before that, the fault that ended it."""
        if self._failed is not None:
            return self._failed
        if self._session is not None and self._session.outcome is not None:
            return self._session.outcome
        code, reason, words = self._early or (
            ExitCode.STOPPED,
            "stopped by a person",
            "stopped before the room was entered",
        )
        return Outcome(code, reason, words)


def _job(arguments: dict[str, Any]) -> WatchJob:
    """A job from `-a` arguments, all of them text."""
    values = {key: value for key, value in arguments.items() if key not in {"seconds", "rate"}}
    if "seconds" in arguments:
        values["for"] = f"{parse_duration(str(arguments['seconds'])):g}s"
    if "rate" in arguments:
        values["rate"] = float(arguments["rate"])
    return WatchJob.from_mapping(values, "spider arguments")
