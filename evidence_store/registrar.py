"""The register's own thread: what a process adds to the register, in order, without ever stopping a log (data path 6).

The register has many writers, and one that is stopped inside its transaction holds it for all. A log's writer hands its
heads over here and goes on; only opening and closing a log wait, for as long as the register's lock time-out.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from evidence_store.checkpoint import SigningKey
from evidence_store.entries import JSON, REPLY_ROLE, Attachment, EntryType, Receipt
from evidence_store.errors import LogClosed, StoreError
from evidence_store.reader import LogReader
from evidence_store.register import BodyMaker, Register


@dataclass(frozen=True, slots=True)
class _Wanted:
    add: Callable[[], Receipt]
    future: Future[Receipt] = field(compare=False)


class Registrar:
    """Appends to the register for one process. Safe from any thread; takes the register over and closes it.

    What it was given is tried once each, in the order of the calls; whoever gave it decides whether to try again.
    Callers keep the number of what waits small: a log has one head on its way at a time.
    """

    def __init__(self, register: Register, open_register: Callable[[], LogReader]) -> None:
        self._register = register
        self._open_register = open_register
        self._looked_to = 0
        self._newest_token: str | None = None
        self._queue: queue.SimpleQueue[_Wanted | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="registrar", daemon=True)
        self._thread.start()

    def submit(
        self, kind: EntryType, body: Mapping[str, JSON] | BodyMaker, attachments: Sequence[Attachment] = ()
    ) -> Future[Receipt]:
        """Queue an entry; returns at once. The future gives the receipt, or the StoreError of `Register.append`.

        Callbacks of the future run in the registrar's thread and must be short. Raises LogClosed after `close`.
        """
        return self._put(kind, lambda: self._register.append(kind, body, attachments))

    def append(
        self, kind: EntryType, body: Mapping[str, JSON] | BodyMaker, attachments: Sequence[Attachment] = ()
    ) -> Receipt:
        """Add one entry and wait until it is durable. Raises as `submit` and its future."""
        return self.submit(kind, body, attachments).result()

    def rotate(self, successor: SigningKey) -> Receipt:
        """`Register.rotate`, in its turn; waits until it is durable. Raises as `submit` and its future."""
        return self._put(EntryType.KEY_ROTATED, lambda: self._register.rotate(successor)).result()

    @property
    def newest_token(self) -> str | None:
        """The BLAKE3 of the newest time-stamp's reply, whoever had it made, as of the last append; None without one."""
        return self._newest_token

    def close(self) -> None:
        """Append what waits, then close the register. Called again it does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._register.close()

    def _put(self, kind: EntryType, add: Callable[[], Receipt]) -> Future[Receipt]:
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
            self._queue.put(_Wanted(add, future))
        return future

    def _run(self) -> None:
        lost: StoreError | None = None
        while (wanted := self._queue.get()) is not None:
            if lost is not None and self._closed:
                wanted.future.set_exception(lost)  # the register is held or gone: closing does not wait for each
                continue
            try:
                receipt = wanted.add()
            except BaseException as error:  # noqa: BLE001 - whoever waits must learn of it, whatever it is
                lost = error if isinstance(error, StoreError) else None
                wanted.future.set_exception(error)
            else:
                lost = None
                # An older token than the newest is still true; that the register can't be read is told elsewhere.
                with suppress(StoreError):
                    self._look_for_token(receipt.index)
                wanted.future.set_result(receipt)

    def _look_for_token(self, index: int) -> None:
        with self._open_register() as reader:
            for entry in reader.entries(self._looked_to, {EntryType.ANCHOR_TOKEN}):
                self._newest_token = next((blob.blake3 for blob in entry.blobs if blob.role == REPLY_ROLE), None)
        self._looked_to = index + 1
