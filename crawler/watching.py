"""What the pipelines and the command ask of a spider that watches a room. `spiders.watch_room` is one."""

from __future__ import annotations

from typing import Protocol

from crawler.exits import ExitCode
from crawler.jobs import WatchJob
from crawler.progress import WatchFigures
from crawler.session import Outcome
from evidence_store.entries import Draft


class Watching(Protocol):
    """All calls on the crawl's event loop."""

    job: WatchJob
    watch: WatchFigures

    @property
    def outcome(self) -> Outcome:
        """How the watch ended, or, before that, what ended it."""
        ...

    def stop(self, code: ExitCode, reason: str, words: str) -> None:
        """End the sitting in an orderly way."""
        ...

    def shed(self, draft: Draft) -> None:
        """A capture could not be kept: record the gap."""
        ...
