"""The one writer of a log: drafts go in from any thread, receipts come out when they are durable (data path 4).

One thread per log takes everything that waits, writes and fsyncs the blobs, then commits all entries in one transaction
(group commit), then resolves the futures. Order of `submit` calls is order of indexes.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from evidence_store.appender import Appended, Appender, Prepared
from evidence_store.blob_writer import BlobWriter
from evidence_store.canonical_json import canonical
from evidence_store.durable import as_store_error, release_reserve
from evidence_store.entries import AFTER, JSON, BlobRef, Draft, EntryType, Receipt
from evidence_store.errors import DiskFull, InvalidDraft, StorageFailed, StoreError
from evidence_store.intake import Intake, Submitted
from evidence_store.lease import Lease
from evidence_store.registrar import Registrar

_KEPT = {
    EntryType.SESSION_OPEN,
    EntryType.SESSION_CLOSE,
    EntryType.LOG_OPENED,
    EntryType.LOG_HEAD,
    EntryType.LOG_CLOSED,
    EntryType.LOG_CUT_OFF,
}
_T = TypeVar("_T")
_CLOSE_MEMBERS = ("reason", "counts", "last")
_ENTRY_OVERHEAD = 512
# What may still be written after the disk was full, so that the rest of the reserve is there for closing.
_SPARE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class WriterLimits:
    """Bounds of a log's writer: bytes that may wait, size of one group commit, age of a checkpoint."""

    queue_bytes: int = 64 << 20
    batch_entries: int = 256
    batch_bytes: int = 16 << 20
    checkpoint_every_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a log's writer needs of its store."""

    root: Path
    register: Registrar
    blobs: BlobWriter
    now: Callable[[], tuple[int, int]]
    limits: WriterLimits


class LogWriter:
    """Appends to one log. Made by `Store.open_log`, which makes entry 0.

    `submit` and `close` are safe from any thread. Futures are resolved by the writer's thread: callbacks run there and
    must be short (asyncio's `wrap_future` is). When this process dies, everything with a receipt is on disk, and the
    log is registered as cut off by the next writer that opens the store.
    """

    def __init__(self, log: str, appender: Appender, lease: Lease, around: Surroundings) -> None:
        self.log = log
        self._appender = appender
        self._lease = lease
        self._around = around
        self._counts: Counter[str] = Counter()
        self._intake = Intake(around.limits.queue_bytes)
        self._disk_full = False
        self._spare_bytes = _SPARE_BYTES
        self._trouble: StoreError | None = None
        self._head_on_its_way: Future[Receipt] | None = None
        self._checkpoint_mono_ns = around.now()[1]
        self._close_body: dict[str, JSON] | None = None
        self._closed: Future[Receipt] = Future()
        self._close_lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"log-{log[:8]}", daemon=True)

    def start(self, kind: EntryType, body: Mapping[str, JSON]) -> Receipt:
        """Write entry 0 and its checkpoint, register its head, start the writer thread. Called once, by the store."""
        wall_ns, mono_ns = self._around.now()
        whole = canonical({**body, AFTER: self._around.register.newest_token})
        results = self._appender.append([Prepared(kind, wall_ns, mono_ns, whole, ())], checkpoint=True)
        first = results[0]
        if isinstance(first, InvalidDraft):
            raise first
        self._counts[kind] += 1
        self._around.register.append(EntryType.LOG_HEAD, self._head())
        self._thread.start()
        return Receipt(self.log, first.index, first.id, self._around.now()[1])

    @property
    def waiting_bytes(self) -> int:
        """Bytes that were submitted and are not durable yet."""
        return self._intake.waiting_bytes

    @property
    def trouble(self) -> StoreError | None:
        """The last error that no future carries: a checkpoint that could not be registered. It is tried again."""
        return self._trouble

    @property
    def disk_full(self) -> bool:
        """Whether the disk was found full: drafts with attachments now fail, a few small ones and `close` work."""
        return self._disk_full

    def submit(self, draft: Draft) -> Future[Receipt]:
        """Queue a draft; returns at once. The future gives the receipt once blobs and entry are durable.

        Raises QueueFull or LogClosed. All else comes through the future: InvalidDraft, DiskFull, StorageFailed, Fenced;
        then the draft took no index, and the order of the others is unbroken. The future can't be cancelled.
        """
        future: Future[Receipt] = Future()
        future.set_running_or_notify_cancel()
        try:
            body = self._checked_body(draft)
        except InvalidDraft as error:
            future.set_exception(error)
            return future
        self._intake.put(Submitted(draft, body, draft.size + len(body) + _ENTRY_OVERHEAD, future))
        return future

    def close(self, reason: str, body: Mapping[str, JSON] | None = None) -> Receipt:
        """Write what waits, then `session.close` and the last checkpoint, register both, destroy the log's key.

        Returns the receipt of `session.close`; durable then. Works on a full disk by means of the reserve. Called
        again it returns the same receipt or raises the same error. Raises InvalidDraft (the log stays open) when
        `body` uses the members `reason`, `counts`, `last` or is no JSON; other StoreErrors leave the log to be cut off.
        """
        taken = [name for name in _CLOSE_MEMBERS if name in (body or {})]
        if taken:
            raise InvalidDraft(
                "session.close has members of its own", expected="other names", got=taken, next_step="rename them"
            )
        whole = {**(body or {}), "reason": reason}
        canonical(whole)
        with self._close_lock:
            if self._close_body is None:
                self._close_body = whole
                self._intake.close()
        self._thread.join()
        return self._closed.result()

    def _checked_body(self, draft: Draft) -> bytes:
        """The canonical body of a draft. Raises InvalidDraft."""
        if draft.type in _KEPT:
            raise InvalidDraft(
                "some kinds of entry are written by the store alone",
                expected="a capture, a reading or another kind",
                got=draft.type,
                next_step="use open_log and close",
            )
        if draft.type == EntryType.HEARTBEAT:  # says which token was known when it was written: "not before"
            return canonical({**draft.body, AFTER: self._around.register.newest_token})
        return canonical(dict(draft.body))

    def _run(self) -> None:
        limits = self._around.limits
        try:
            while True:
                batch = self._intake.take(limits.batch_entries, limits.batch_bytes, self._until_checkpoint_s())
                if batch is None:
                    break
                try:
                    self._write(batch)
                except Exception as error:  # noqa: BLE001 - whatever it is, the callers that wait must learn of it
                    _fail(batch, error)
                finally:
                    self._intake.release(batch)
                self._checkpoint_when_due()
            receipt = self._finish()
        except Exception as error:  # noqa: BLE001 - close() raises it, and so does every future that still waits
            self._intake.close()
            while rest := self._intake.take(limits.batch_entries, limits.batch_bytes, 0):
                _fail(rest, error)
            self._closed.set_exception(error)
        else:
            self._closed.set_result(receipt)
        finally:
            self._appender.close()
            self._lease.release()

    def _write(self, batch: list[Submitted]) -> None:
        ready: list[tuple[Submitted, tuple[BlobRef, ...], set[Path]]] = []
        for item in batch:
            try:
                ready.append((item, *self._write_blobs(item)))
            except StoreError as error:
                item.future.set_exception(error)
        lost = {
            folder: as_store_error(error, "a blob's folder") for folder, error in self._around.blobs.flush().items()
        }
        kept: list[Submitted] = []
        drafts: list[Prepared] = []
        for item, refs, folders in ready:
            if failed := [lost[folder] for folder in folders if folder in lost]:
                item.future.set_exception(failed[0])
                continue
            kept.append(item)
            draft = item.draft
            drafts.append(Prepared(draft.type, draft.wall_ns, draft.mono_ns, item.body, refs))
        if not drafts:
            return
        results = self._with_room(lambda: self._appender.append(drafts))
        durable_mono_ns = self._around.now()[1]
        for item, result in zip(kept, results, strict=True):
            if isinstance(result, Appended):
                self._counts[item.draft.type] += 1
                item.future.set_result(Receipt(self.log, result.index, result.id, durable_mono_ns))
            else:
                item.future.set_exception(result)

    def _write_blobs(self, item: Submitted) -> tuple[tuple[BlobRef, ...], set[Path]]:
        draft = item.draft
        if self._disk_full and (draft.attachments or item.size > self._spare_bytes):
            raise DiskFull(
                f"after the disk was full only a few drafts without attachments are kept, {_SPARE_BYTES} bytes in all",
                expected="room",
                got=f"a {draft.type} draft of {item.size} bytes, {self._spare_bytes} bytes to spare",
                next_step="close the log, free some space (df -h STORE), start again",
            )
        try:
            self._spare_bytes -= item.size if self._disk_full else 0
            written = [self._around.blobs.write(attachment) for attachment in draft.attachments]
        except OSError as error:
            problem = as_store_error(error, "a blob")
            if isinstance(problem, DiskFull):
                self._make_room()
            raise problem from error
        return tuple(ref for ref, _ in written), {folder for _, folder in written}

    def _with_room(self, action: Callable[[], _T]) -> _T:
        try:
            return action()
        except DiskFull:
            self._make_room()
            return action()

    def _make_room(self) -> None:
        self._disk_full = True
        release_reserve(self._around.root)

    def _head(self) -> dict[str, JSON]:
        return {
            "log": self.log,
            "size": self._appender.size,
            "root": self._appender.root,
            "head": self._appender.head,
        }

    def _age_s(self) -> float:
        return (self._around.now()[1] - self._checkpoint_mono_ns) / 1e9

    def _until_checkpoint_s(self) -> float | None:
        if self._appender.size == self._appender.checkpointed and self._trouble is None:
            return None
        return max(0.05, self._around.limits.checkpoint_every_s - self._age_s())

    def _checkpoint_when_due(self) -> None:
        if self._until_checkpoint_s() is None or self._age_s() < self._around.limits.checkpoint_every_s:
            return
        self._checkpoint_mono_ns = self._around.now()[1]
        try:
            self._with_room(lambda: self._appender.append([], checkpoint=True))
        except StoreError as error:
            self._trouble = error
            return
        # One head on its way at a time: a register that another process holds must not pile them up, nor stop this log.
        if self._head_on_its_way is None or self._head_on_its_way.done():
            self._head_on_its_way = self._around.register.submit(EntryType.LOG_HEAD, self._head())
            self._head_on_its_way.add_done_callback(self._head_registered)

    def _head_registered(self, head: Future[Receipt]) -> None:
        """What became of a head; runs in the registrar's thread. One that failed is followed by the next when due."""
        error = head.exception()
        self._trouble = error if isinstance(error, StoreError) or error is None else _as_store_error(error)
        if isinstance(error, DiskFull):
            self._make_room()

    def _finish(self) -> Receipt:
        wall_ns, mono_ns = self._around.now()
        counts = {str(kind): count for kind, count in sorted(self._counts.items())}
        body = canonical({**(self._close_body or {}), "counts": counts, "last": self._appender.head})
        draft = Prepared(EntryType.SESSION_CLOSE, wall_ns, mono_ns, body, ())
        result = self._with_room(lambda: self._appender.append([draft], checkpoint=True))[0]
        if isinstance(result, InvalidDraft):
            raise result
        self._with_room(lambda: self._around.register.append(EntryType.LOG_CLOSED, self._head()))
        return Receipt(self.log, result.index, result.id, self._around.now()[1])


def _fail(batch: list[Submitted], error: BaseException) -> None:
    """Give every future of a batch that has no outcome yet this error, as a StoreError."""
    problem = error if isinstance(error, StoreError) else _as_store_error(error)
    for item in batch:
        if not item.future.done():
            item.future.set_exception(problem)


def _as_store_error(error: BaseException) -> StorageFailed:
    problem = StorageFailed(
        "writing entries works",
        expected="no error",
        got=f"{type(error).__name__}: {error}",
        next_step="report this with the traceback; the log is sound up to the last receipt",
    )
    problem.__cause__ = error
    return problem
