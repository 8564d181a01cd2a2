"""Walking logs on every core: one process each, because a walk is Python from end to end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context

from evidence_store.databases.opening import databases_of
from evidence_store.databases.seam import Databases
from evidence_store.verify.logs import Outcome, Walk, check_log

WORTH_IT = 20_000
"""Registered entries from which other processes pay: starting them takes as long as walking some 10,000."""


def walk_logs(tasks: Sequence[Walk], databases: Databases, database: str | None) -> Iterator[Outcome]:
    """Check each log; outcomes in the order of the tasks. `database` is the URL that the databases were opened with."""
    cores = min(os.cpu_count() or 1, len(tasks))
    entries = sum(task.record.heads[-1].size for task in tasks if task.record.heads)
    if cores < 2 or entries < WORTH_IT:
        for task in tasks:
            yield check_log(task, databases)
        return
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:  # forking a process with threads may hang
        yield from pool.map(_check_alone, tasks, [database] * len(tasks))


def _check_alone(task: Walk, database: str | None) -> Outcome:
    with closing(databases_of(task.root, database)) as databases:
        return check_log(task, databases)
