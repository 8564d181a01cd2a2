"""Load for a log's writer, and what it is compared with: drafts of 1 KB, producers, the same rows into bare SQLite."""

from __future__ import annotations

import os
import secrets
import sqlite3
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from evidence_store.entries import Draft, EntryType, Receipt
from evidence_store.log import LogWriter
from evidence_store.reader import LogReader, Row
from evidence_store.store import Store

_TEXT = 768  # with its other members the stored entry then has about 1,020 bytes


def draft(number: int) -> Draft:
    """A capture whose entry is 1 KB as stored."""
    body = {"n": number, "text": secrets.token_hex(_TEXT // 2)}
    return Draft(EntryType.NETWORK, time.time_ns(), time.monotonic_ns(), body)


@dataclass(frozen=True)
class Produced:
    """One burst: receipts in index order, wall seconds, and CPU seconds of the producers and of the whole process."""

    receipts: list[Receipt]
    seconds: float
    producers_cpu_s: float
    cpu_s: float

    @property
    def rate(self) -> float:
        return len(self.receipts) / self.seconds

    @property
    def commits(self) -> list[int]:
        """How many entries each commit took: those of one commit became durable at one moment."""
        return [len(list(group)) for _, group in groupby(self.receipts, key=lambda receipt: receipt.durable_mono_ns)]


def produce(writer: LogWriter, drafts: Sequence[Draft], *, producers: int, window: int) -> Produced:
    """Producers share out the drafts; each has at most `window` of them on their way, and waits for every receipt."""
    found: list[list[Receipt]] = [[] for _ in range(producers)]
    cpu = [0.0] * producers
    start = threading.Barrier(producers + 1)

    def run(number: int) -> None:
        mine = drafts[number::producers]
        on_their_way: deque[Future[Receipt]] = deque()
        start.wait()
        began = time.thread_time()
        for each in mine:
            on_their_way.append(writer.submit(each))
            if len(on_their_way) >= window:
                found[number].append(on_their_way.popleft().result())
        found[number] += [future.result() for future in on_their_way]
        cpu[number] = time.thread_time() - began

    threads = [threading.Thread(target=run, args=(number,)) for number in range(producers)]
    for thread in threads:
        thread.start()
    start.wait()
    began, cpu_began = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.join()
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    receipts = sorted((receipt for some in found for receipt in some), key=lambda receipt: receipt.index)
    return Produced(receipts, seconds, sum(cpu), cpu_s)


def rows_of(reader: LogReader, receipts: Sequence[Receipt]) -> list[Row]:
    """The rows of these entries, which stand one after another."""
    rows = []
    for row in reader.rows(receipts[0].index):
        if row.idx > receipts[-1].index:
            break
        rows.append(row)
    assert len(rows) == len(receipts)
    return rows


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of this thread."""

    seconds: float
    cpu_s: float


def measured(action: Callable[[], object]) -> Cost:
    began, cpu = time.perf_counter(), time.thread_time()
    action()
    return Cost(time.perf_counter() - began, time.thread_time() - cpu)


def split(rows: Sequence[Row], commits: Sequence[int]) -> Iterator[list[Row]]:
    """The rows of each commit."""
    at = 0
    for size in commits:
        yield list(rows[at : at + size])
        at += size


def bare_sqlite(folder: Path, rows: Sequence[Row], commits: Sequence[int]) -> Cost:
    """The same rows with the same commits into a table without index or trigger: WAL, synchronous=FULL, executemany."""
    path = folder / f"bare-{secrets.token_hex(4)}.db"
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE entries (idx INTEGER PRIMARY KEY, id TEXT, type TEXT, raw BLOB) STRICT")

        def insert() -> None:
            for some in split(rows, commits):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", some)
                connection.execute("COMMIT")

        return measured(insert)
    finally:
        connection.close()
        path.unlink()


@contextmanager
def new_log(root: Path) -> Iterator[LogWriter]:
    """A capture log in a store that is made when it is not there; both are closed in the end."""
    with Store.open_or_create(root) as store:
        writer = store.open_log("capture", case="benchmark", subject="room", body={})
        yield writer
        writer.close("measured")


def spread(values: Sequence[float], digits: int = 2) -> dict[str, float]:
    """Smallest, median and greatest."""
    return {
        "min": round(min(values), digits),
        "median": round(statistics.median(values), digits),
        "max": round(max(values), digits),
    }


def machine() -> dict[str, object]:
    """What a reader of the figures has to know of where they come from."""
    return {"cores": os.cpu_count(), "load": [round(load, 2) for load in os.getloadavg()]}
