"""Walking logs on every core: one process each, because a walk is Python from end to end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from evidence_store.anchors.brackets import Brackets
from evidence_store.catalog import Catalog
from evidence_store.checkpoint import VerifierKey
from evidence_store.databases.opening import databases_of
from evidence_store.databases.seam import Databases
from evidence_store.verify.logs import Outcome, Walk, check_log

WORTH_IT = 20_000
"""Registered entries from which other processes pay: starting them takes as long as walking some 10,000."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What every walk needs: sent to each process once. With each task it would cost the square of the logs."""

    root: Path
    database: str | None
    catalog: Catalog
    brackets: Brackets
    seen: int


_known: list[_Known] = []  # of this process; filled when the pool starts it


def walk_logs(tasks: Sequence[Walk], databases: Databases, database: str | None) -> Iterator[Outcome]:
    """Check each log; outcomes in the order of the tasks. `database` is the URL that the databases were opened with."""
    cores = min(os.cpu_count() or 1, len(tasks))
    entries = sum(task.record.heads[-1].size for task in tasks if task.record.heads)
    if cores < 2 or entries < WORTH_IT:
        for task in tasks:
            yield check_log(task, databases)
        return
    known = _Known(tasks[0].root, database, tasks[0].catalog, tasks[0].brackets, tasks[0].seen)
    spawn = get_context("spawn")  # forking a process with threads may hang
    with ProcessPoolExecutor(cores, mp_context=spawn, initializer=_begin, initargs=(known,)) as pool:
        yield from pool.map(_check_alone, [task.record.log for task in tasks], [task.key for task in tasks])


def _begin(known: _Known) -> None:
    _known.append(known)


def _check_alone(log: str, key: VerifierKey | None) -> Outcome:
    known = _known[0]
    task = Walk(known.root, known.catalog.logs[log], known.catalog, key, known.brackets, known.seen)
    with closing(databases_of(known.root, known.database)) as databases:
        return check_log(task, databases)
