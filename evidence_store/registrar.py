"""The register's own thread: what a process adds to the register, in order, without ever stopping a log (data path 6).

The register has many writers, and one that is stopped inside its transaction holds it for all. A log's writer hands its
heads over here and goes on; only opening and closing a log wait, for as long as the register's lock time-out.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from evidence_store.entries import JSON, Attachment, EntryType, Receipt
from evidence_store.errors import LogClosed
from evidence_store.register import Register


@dataclass(frozen=True, slots=True)
class _Wanted:
    kind: EntryType
    body: Mapping[str, JSON]
    attachments: Sequence[Attachment]
    future: Future[Receipt] = field(compare=False)


class Registrar:
    """Appends to the register for one process. Safe from any thread; takes the register over and closes it.

    What it was given is tried once each, in the order of the calls; whoever gave it decides whether to try again.
    Callers keep the number of what waits small: a log has one head on its way at a time.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._queue: queue.SimpleQueue[_Wanted | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="registrar", daemon=True)
        self._thread.start()

    def submit(
        self, kind: EntryType, body: Mapping[str, JSON], attachments: Sequence[Attachment] = ()
    ) -> Future[Receipt]:
        """Queue an entry; returns at once. The future gives the receipt, or the StoreError of `Register.append`.

        Callbacks of the future run in the registrar's thread and must be short. Raises LogClosed after `close`.
        """
        future: Future[Receipt] = Future()
        future.set_running_or_notify_cancel()
        with self._lock:
            if self._closed:
                raise LogClosed(
                    "a store that is closed registers nothing",
                    expected="an open store",
                    got=f"a {kind} entry after close",
                    next_step="close the writers of logs before the store",
                )
            self._queue.put(_Wanted(kind, body, attachments, future))
        return future

    def append(self, kind: EntryType, body: Mapping[str, JSON], attachments: Sequence[Attachment] = ()) -> Receipt:
        """Add one entry and wait until it is durable. Raises as `submit` and its future."""
        return self.submit(kind, body, attachments).result()

    def close(self) -> None:
        """Append what waits, then close the register. Called again it does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._register.close()

    def _run(self) -> None:
        while (wanted := self._queue.get()) is not None:
            try:
                receipt = self._register.append(wanted.kind, wanted.body, wanted.attachments)
            except BaseException as error:  # noqa: BLE001 - whoever waits must learn of it, whatever it is
                wanted.future.set_exception(error)
            else:
                wanted.future.set_result(receipt)
