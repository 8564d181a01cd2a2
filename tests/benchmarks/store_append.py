"""How many durable 1 KB entries a log takes in a second, beside bare SQLite, and where the rest of the time goes.

    .venv/bin/python tests/benchmarks/store_append.py [--quick]

Eight producers hand drafts to one log, in two ways by turns: each waits for its receipt before the next draft; or each
has 16 on their way, as the Scrapy pipeline has. After each burst the same rows go into bare SQLite with the same
commits (WAL, synchronous=FULL, executemany, no index, no trigger). Ratio: bare SQLite's time to ours, 1 = as fast.

The profile takes the rows and commits of a waiting burst up through the layers, by turns, one thread at a time but for
the last: what a layer takes above the one below it is what it costs. Bar: 5,000 entries/s from producers that wait.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evidence_store import tables
from evidence_store.appender import Appender, Prepared
from evidence_store.canonical_json import canonical
from evidence_store.databases.seam import Database
from evidence_store.databases.sqlite import SqliteDatabases
from evidence_store.entries import Draft
from evidence_store.keys import new_log_key
from evidence_store.log import WriterLimits
from evidence_store.reader import Row
from evidence_store.store import Store
from tests.harness.load import (
    Produced,
    bare_sqlite,
    draft,
    machine,
    measured,
    new_log,
    produce,
    rows_of,
    split,
    spread,
)

PRODUCERS, BAR = 8, 5_000
WAYS = {"waiting": 1, "16 on their way": 16}


def side_by_side(folder: Path, entries: int, repeats: int) -> dict[str, object]:
    """Both ways by turns, each with its peer at once."""
    runs: dict[str, list[tuple[Produced, float]]] = {way: [] for way in WAYS}
    sizes: list[int] = []
    root = folder / "store"
    with new_log(root) as writer, Store.open_read_only(root) as store, store.reader(writer.log) as reader:
        produce(writer, [draft(n) for n in range(entries // 4)], producers=PRODUCERS, window=1)  # warm
        for _ in range(repeats):
            for way, window in WAYS.items():
                produced = produce(writer, [draft(n) for n in range(entries)], producers=PRODUCERS, window=window)
                rows = rows_of(reader, produced.receipts)
                sizes += [len(row.raw) for row in rows]
                runs[way].append((produced, bare_sqlite(folder, rows, produced.commits).seconds))
    return {
        "entry_bytes": spread(sizes, 0),
        **{way: _figures(some) for way, some in runs.items()},
    }


def _figures(runs: Sequence[tuple[Produced, float]]) -> dict[str, object]:
    return {
        "entries_per_s": spread([produced.rate for produced, _ in runs], 0),
        "bare_sqlite_entries_per_s": spread([len(produced.receipts) / bare for produced, bare in runs], 0),
        "ratio": spread([bare / produced.seconds for produced, bare in runs]),
        "entries_per_commit": spread([statistics.mean(produced.commits) for produced, _ in runs], 1),
        "cpu_us_per_entry": {
            "producers": spread([produced.producers_cpu_s / len(produced.receipts) * 1e6 for produced, _ in runs], 0),
            "writer": spread(
                [(produced.cpu_s - produced.producers_cpu_s) / len(produced.receipts) * 1e6 for produced, _ in runs], 0
            ),
        },
    }


class Layers:
    """The same entries through one layer more at a time."""

    def __init__(self, folder: Path, drafts: Sequence[Draft]) -> None:
        self._folder = folder
        self._drafts = drafts
        (folder / "logs").mkdir()

    def tables(self, rows: Sequence[Row], commits: Sequence[int]) -> float:
        """Our tables: triggers, authorizer, the check of the lease, each transaction by way of SQLAlchemy."""

        def insert(database: Database) -> None:
            for some in split(rows, commits):
                with database.transaction() as connection:
                    database.newest(connection, database.leases)
                    database.add(connection, database.entries, [row._asdict() for row in some])

        with self._database(rows[0].idx) as database:
            return measured(lambda: insert(database)).seconds

    def appender(self, _rows: Sequence[Row], commits: Sequence[int]) -> float:
        """Entries encoded from bodies that are JSON already, BLAKE3 id, leaf, tree."""
        prepared = [
            Prepared(each.type, each.wall_ns, each.mono_ns, canonical(dict(each.body)), ()) for each in self._drafts
        ]

        def append(appender: Appender) -> None:
            at = 0
            for size in commits:
                appender.append(prepared[at : at + size])
                at += size

        with self._database(0) as database:
            appender = Appender(database, new_log_key(database.log, os.urandom), 0)
            return measured(lambda: append(appender)).seconds

    def writer(self, _rows: Sequence[Row], commits: Sequence[int]) -> float:
        """Bodies to JSON, queue, futures: one thread hands over and awaits later, commits of the same mean size."""
        size = round(statistics.mean(commits))
        limits = WriterLimits(batch_entries=size)
        with Store.open_or_create(self._folder / "layers", limits=limits) as store:
            writer = store.open_log("capture", case="benchmark", subject="room", body={})
            seconds = produce(writer, self._drafts, producers=1, window=4 * size).seconds
            writer.close("measured")
        return seconds

    @contextmanager
    def _database(self, first: int) -> Iterator[Database]:
        databases = SqliteDatabases(self._folder, "0" * 32)
        log = os.urandom(16).hex()
        databases.create_log(log)
        database = databases.log(log, "rw")
        try:
            if first:  # the trigger wants the next index, and these rows have theirs
                with database.transaction() as connection:
                    tables.driver_of(connection).executemany(
                        "INSERT INTO entries VALUES (?, ?, ?, ?)", [(n, f"{n:064x}", "x", b"") for n in range(first)]
                    )
            yield database
        finally:
            database.close()


def profile(folder: Path, entries: int, repeats: int) -> dict[str, object]:
    """Microseconds an entry, each layer above the one below it."""
    drafts = [draft(n) for n in range(entries)]
    layers = Layers(folder, drafts)
    steps: dict[str, Callable[[Sequence[Row], Sequence[int]], float]] = {
        "bare SQLite": lambda rows, commits: bare_sqlite(folder, rows, commits).seconds,
        "triggers, lease, SQLAlchemy": layers.tables,
        "encoding, hashes, tree": layers.appender,
        "bodies, queue, futures": layers.writer,
    }
    took: dict[str, list[float]] = {}
    cpu: list[float] = []
    root = folder / "profiled"
    for _ in range(repeats):
        with new_log(root) as writer, Store.open_read_only(root) as store:
            produced = produce(writer, drafts, producers=PRODUCERS, window=1)
            with store.reader(writer.log) as reader:
                rows = rows_of(reader, produced.receipts)
        for name, step in steps.items():
            took.setdefault(name, []).append(step(rows, produced.commits) / entries * 1e6)
        took.setdefault("eight threads that wait", []).append(produced.seconds / entries * 1e6)
        cpu.append(produced.cpu_s / produced.seconds)
    medians = {name: statistics.median(values) for name, values in took.items()}
    below = [0.0, *medians.values()]
    shares = {name: round(each - low, 1) for (name, each), low in zip(medians.items(), below, strict=False)}
    return {
        "us_per_entry_up_to_here": {name: round(each, 1) for name, each in medians.items()},
        "us_per_entry_of_each": shares,
        "cores_used_while_eight_wait": spread(cpu),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the entries, three repeats")
    options = parser.parse_args()
    entries, repeats = (2_000, 3) if options.quick else (10_000, 7)
    with tempfile.TemporaryDirectory(prefix="livewitness-bench-") as folder:
        compared = side_by_side(Path(folder), entries, repeats)
        where = profile(Path(folder), entries, repeats)
    rate = compared["waiting"]["entries_per_s"]["median"]  # type: ignore[index]
    met = {f"{BAR} durable entries/s from {PRODUCERS} producers that wait": rate >= BAR}
    figures = {"benchmark": "store_append", "producers": PRODUCERS, "entries": entries, "repeats": repeats, **compared,
               "profile": where, **machine(), "met": met}  # fmt: skip
    print(json.dumps(figures, indent=1))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
