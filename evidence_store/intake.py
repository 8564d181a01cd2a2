"""The queue before a log's writer thread: bounded in bytes, in order, closed once."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field

from evidence_store.entries import Draft, Receipt
from evidence_store.errors import LogClosed, QueueFull

GATHER_S = 0.001
"""How long a batch may wait to become as large as the one before it; the commit that it saves takes as long."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A draft that waits. `body` is its canonical JSON; `size` counts against the queue's limit."""

    draft: Draft
    body: bytes
    size: int
    future: Future[Receipt] = field(compare=False)


class Intake:
    """Hands drafts from any thread to the one writer thread. All methods are safe from any thread.

    Bytes count from `put` until `release`, so the limit holds for what waits and what is being written together.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[Submitted] = deque()
        self._usual = 1  # how many the last batch took
        self._wake_at = 1  # how many must wait before `take` is woken
        self._bytes = 0
        self._closed = False
        self._changed = threading.Condition()

    @property
    def waiting_bytes(self) -> int:
        """Bytes of drafts that are not durable yet."""
        with self._changed:
            return self._bytes

    def put(self, item: Submitted) -> None:
        """Queue a draft. Raises LogClosed after `close`, QueueFull when it does not fit."""
        with self._changed:
            if self._closed:
                raise LogClosed(
                    "a closed log never grows",
                    expected="an open log",
                    got=f"a {item.draft.type} draft after close",
                    next_step="open a new log (livewitness watch, livewitness reread)",
                )
            if self._bytes + item.size > self._limit:
                raise QueueFull(
                    "what waits for the disk is bounded",
                    expected=f"at most {self._limit} bytes waiting",
                    got=f"{self._bytes} bytes waiting and {item.size} more",
                    next_step="record a gap; look at the disk (iostat), or raise queue_bytes",
                )
            self._bytes += item.size
            self._waiting.append(item)
            if len(self._waiting) >= self._wake_at:
                self._changed.notify()

    def take(self, most: int, most_bytes: int, timeout_s: float | None) -> list[Submitted] | None:
        """Everything that waits, up to the bounds; [] after the timeout; None when closed and drained."""
        with self._changed:
            # Producers that wait for their receipts come back together: a commit for half of them would make the other
            # half wait for the next one (PostgreSQL calls it commit_delay). A lone capture after a pause never waits.
            if len(self._waiting) < self._usual:
                self._wake_at = self._usual
                self._changed.wait_for(lambda: len(self._waiting) >= self._usual or self._closed, GATHER_S)
                self._wake_at = 1
            if not self._waiting:
                self._changed.wait_for(lambda: self._waiting or self._closed, timeout_s)
            if not self._waiting:
                self._usual = 1
                return None if self._closed else []
            batch = [self._waiting.popleft()]
            size = batch[0].size
            while self._waiting and len(batch) < most and size + self._waiting[0].size <= most_bytes:
                batch.append(self._waiting.popleft())
                size += batch[-1].size
            self._usual = len(batch)
            return batch

    def release(self, batch: list[Submitted]) -> None:
        """Stop counting these drafts: they are durable, or have failed."""
        with self._changed:
            self._bytes -= sum(item.size for item in batch)

    def close(self) -> None:
        """Take no more drafts; those that wait are still handed out."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
