"""A small real workload of a store's writer that tells what it was promised, and what must hold whatever happened.

Every draft is made from its log's letter and its number, so whoever looks at the store afterwards knows what was meant.
"""

from __future__ import annotations

import itertools
import json
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from evidence_store.entries import Attachment, Draft, EntryType, Part, Receipt, StoredEntry
from evidence_store.errors import StoreError
from evidence_store.hashing import entry_id
from evidence_store.log import LogWriter, WriterLimits
from evidence_store.store import Store
from evidence_store.verify import verify

Tell = Callable[[str], None]
OURS = {EntryType.SESSION_OPEN, EntryType.SESSION_CLOSE}


class SteppedClock:
    """A clock that stands still until it is moved, so that checkpoints come where the workload wants them."""

    def __init__(self) -> None:
        self._mono_ns = 1_000_000_000

    def __call__(self) -> tuple[int, int]:
        return 1_795_000_000_000_000_000 + self._mono_ns, self._mono_ns

    def move(self, seconds: float) -> None:
        self._mono_ns += int(seconds * 1e9)


def draft(letter: str, number: int) -> Draft:
    """Draft number `number` of a log: every third without a blob, the others with a picture and salted parts.

    Numbers 4 and 5 have the same picture, so that one of them finds the blob there.
    """
    body = {"letter": letter, "n": number}
    if number % 3 == 0:
        return Draft(EntryType.GAP, number, number, body)
    shown = 4 if number == 5 else number
    picture = Attachment("picture", "image/jpeg", f"{letter} {shown} ".encode() * (700 * (number % 5 + 1)))
    frames = Attachment("frames", "application/octet-stream", tuple(Part(payload) for payload in parts(letter, number)))
    return Draft(EntryType.SCREEN, number, number, body, (picture, frames))


def parts(letter: str, number: int) -> list[bytes]:
    """The payloads of a draft's parts blob."""
    return [f"{letter} {number}".encode(), b"part" * (number % 7)]


def work(root: Path, tell: Tell) -> None:
    """Make a store, write two logs, close them, open the store again and write a third. Ends in any case.

    An operation that fails with a StoreError is told and, where a caller would, done once more. Anything else is a bug
    and ends the process.
    """
    _tell_of_threads(tell)
    clock = SteppedClock()
    made = _twice(lambda: Store.open_or_create(root, now=clock), tell)
    if made is None:
        return
    tell(json.dumps({"made": made.id}))
    one = _opened(made, "a", tell)
    two = _opened(made, "b", tell)
    for number in (0, 1):
        _wait(_submitted(one, "a", [number], tell))
        _wait(_submitted(two, "b", [number], tell))
    _wait(_submitted(one, "a", [2, 3, 4], tell))
    clock.move(61)  # a checkpoint is due after the next batch
    _wait(_submitted(one, "a", [5], tell))
    _wait(_submitted(one, "a", [6], tell))
    _closed(one, "a", tell)
    _closed(two, "b", tell)
    _told(made.close, tell)
    again = _twice(lambda: Store.open(root, now=clock), tell)
    if again is None:
        return
    three = _opened(again, "c", tell)
    _wait(_submitted(three, "c", [0, 1], tell))
    _closed(three, "c", tell)
    _told(again.close, tell)
    tell(json.dumps({"ended": True}))


def _tell_of_threads(tell: Tell) -> None:
    """A thread of the store that ends by an error is a bug, whichever it is."""

    def ended(thread: threading.ExceptHookArgs) -> None:
        tell(json.dumps({"bug": f"thread {thread.thread}: {thread.exc_value!r}"}))

    threading.excepthook = ended


def _told(action: Callable[[], Any], tell: Tell) -> Any:
    try:
        return action()
    except StoreError as error:
        tell(json.dumps({"failed": type(error).__name__, "why": str(error)}))
        return None


def _twice(action: Callable[[], Any], tell: Tell) -> Any:
    return _told(action, tell) or _told(action, tell)


def _opened(store: Store, letter: str, tell: Tell) -> LogWriter | None:
    body = {"letter": letter}
    writer: LogWriter | None = _twice(lambda: store.open_log("capture", case="c", subject="r", body=body), tell)
    if writer is not None:
        tell(json.dumps({"letter": letter, "log": writer.log, "index": 0}))
    return writer


def _submitted(writer: LogWriter | None, letter: str, numbers: Iterable[int], tell: Tell) -> list[Future[Receipt]]:
    futures = []
    for number in numbers if writer is not None else ():
        assert writer is not None
        try:
            future = writer.submit(draft(letter, number))
        except StoreError as error:
            tell(json.dumps({"failed": type(error).__name__, "why": str(error)}))
            continue
        future.add_done_callback(lambda done, number=number: tell(receipt_line(letter, number, done)))  # type: ignore[misc]
        futures.append(future)
    return futures


def under_load(root: Path, tell: Tell, letter: str, producers: int = 8) -> None:
    """Write two logs from several threads, with checkpoints all the while, until killed. Each draft has a number."""
    _tell_of_threads(tell)
    store = Store.open_or_create(root, limits=WriterLimits(checkpoint_every_s=0.05))
    tell(json.dumps({"made": store.id}))
    writers = {name: _opened(store, name, tell) for name in (f"{letter}1", f"{letter}2")}
    numbers = itertools.count(1)

    def produce() -> None:
        while True:
            for name, writer in writers.items():
                _wait(_submitted(writer, name, [next(numbers), next(numbers)], tell))

    threads = [threading.Thread(target=produce, daemon=True) for _ in range(producers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def stopping(root: Path, tell: Tell, needle: bytes) -> None:
    """Write one log of ten drafts; stop (SIGSTOP) inside the first transaction that inserts an entry with these bytes.

    It stops between the INSERT and the COMMIT, with SQLite's write lock held.
    """
    hexadecimal, seen = needle.hex(), list[str]()

    def before_statement(statement: str) -> None:
        # Blobs stand in it as x'...'.
        if statement.startswith("INSERT INTO entries") and hexadecimal in statement.lower() and not seen:
            seen.append(statement)
        elif statement.startswith("COMMIT") and len(seen) == 1:
            seen.append(statement)
            # To this very thread: sent to the process, another thread may take it, and this one commits meanwhile.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(before_statement)

    event.listen(Engine, "connect", connected)
    with Store.open(root) as store:
        tell(json.dumps({"made": store.id}))
        writer = _opened(store, "stop", tell)
        for number in range(10):
            _wait(_submitted(writer, "stop", [number], tell))
        _closed(writer, "stop", tell)
    tell(json.dumps({"ended": True}))


def receipt_line(letter: str, number: int, done: Future[Receipt]) -> str:
    """What is told of a draft that has an outcome; an error that is no StoreError is told as a bug."""
    error = done.exception()
    if isinstance(error, StoreError):
        return json.dumps({"failed": type(error).__name__, "why": str(error), "letter": letter, "n": number})
    if error is not None:
        return json.dumps({"bug": repr(error)})
    receipt = done.result()
    told = {"letter": letter, "n": number, "log": receipt.log, "index": receipt.index, "id": receipt.id}
    return json.dumps(told)


def _wait(futures: list[Future[Receipt]]) -> None:
    for future in futures:
        future.exception()


def _closed(writer: LogWriter | None, letter: str, tell: Tell) -> None:
    receipt: Receipt | None = _told(lambda: writer.close("done"), tell) if writer is not None else None
    if writer is not None and receipt is not None:
        told = {"letter": letter, "closed": True, "log": writer.log, "index": receipt.index, "id": receipt.id}
        tell(json.dumps(told))


@dataclass(frozen=True, slots=True)
class Promise:
    """An entry that was acknowledged. `number` is None for the store's own first and last one."""

    log: str
    index: int
    id: str | None
    letter: str
    number: int | None


def promises(lines: Iterable[str]) -> list[Promise]:
    """The acknowledged entries among the lines that a workload told."""
    told = [json.loads(line) for line in lines]
    return [
        Promise(one["log"], one["index"], one.get("id"), one["letter"], one.get("n")) for one in told if "index" in one
    ]


def failures(lines: Iterable[str]) -> list[dict[str, Any]]:
    """The operations among the lines that failed with a StoreError, as told."""
    return [one for one in map(json.loads, lines) if "failed" in one]


def assert_nothing_lost(root: Path, lines: list[str]) -> None:
    """Open the store as the next process would, and compare it with what a workload was promised.

    Every acknowledged entry is there byte for byte with its blobs; of the others each is whole or absent; `verify`
    passes before and after; a log whose writer is gone is registered once; the store can be written on.
    """
    assert [line for line in lines if "bug" in json.loads(line)] == []
    made = any("made" in json.loads(line) for line in lines)
    if made:
        assert_sound(root, "as it was found")
    with Store.open_or_create(root) as store:
        assert [found for found in store.recovered if found.problem is not None] == []
        if made:
            assert json.loads(next(line for line in lines if "made" in line))["made"] == store.id
        stored: dict[str, dict[int, StoredEntry]] = {}
        for summary in store.logs():
            assert summary.problem is None, summary.problem
            assert summary.state in {"closed", "cut off"}
            if summary.size:
                with store.reader(summary.log) as reader:
                    stored[summary.log] = {entry.index: entry for entry in reader.entries()}
                for entry in stored[summary.log].values():
                    _assert_whole(store, entry)
        for promise in promises(lines):
            kept = stored.get(promise.log, {}).get(promise.index)
            assert kept is not None, f"lost: {promise}"
            assert kept.id == entry_id(kept.raw)
            assert promise.id in {None, kept.id}, f"changed: {promise}"
            if promise.number is not None:
                assert kept.body == {"letter": promise.letter, "n": promise.number}
        writer = store.open_log("capture", case="c", subject="r", body={"letter": "z"})
        for number in (1, 2, 4):  # blobs of the first log once more: what was left of them is not in the way
            writer.submit(draft("a", number)).result()
        writer.close("done")
    assert_sound(root, "after it was opened and written on")
    with Store.open(root) as store:
        assert store.recovered == []


def assert_sound(root: Path, when: str) -> None:
    """`verify` passes."""
    report = verify(root)
    assert report.ok, "\n".join([when, *report.lines()])


def _assert_whole(store: Store, entry: StoredEntry) -> None:
    """An entry is exactly one that was submitted, with everything that it names, acknowledged or not."""
    if entry.type in OURS:
        return
    letter, number = str(entry.body["letter"]), entry.body["n"]
    assert isinstance(number, int)
    meant = draft(letter, number)
    assert (entry.type, entry.body, len(entry.blobs)) == (meant.type, meant.body, len(meant.attachments))
    if entry.blobs:
        picture, frames = entry.blobs
        assert store.blobs.read(picture) == meant.attachments[0].content
        assert store.blobs.parts(frames) == parts(letter, number)
