"""`kill -9` at a random moment under load: eight producers, two logs, sometimes two processes in one store."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.harness.children import Child
from tests.harness.workload import assert_nothing_lost, promises, under_load

pytestmark = pytest.mark.faults

KILLS = 30
LONG = 300


def seeds(count: int, first: int = 0) -> Sequence[object]:
    few = [pytest.param(seed) for seed in range(first, min(count, KILLS))]
    return few + [pytest.param(seed, marks=pytest.mark.soak) for seed in range(KILLS, count)]


@pytest.mark.parametrize("seed", seeds(LONG))
def test_killed_under_load_nothing_acknowledged_is_lost(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - moments, no secret
    processes = 2 if seed % 3 == 0 else 1
    rounds = 2 if seed % 5 == 0 else 1  # killed, opened by the next writer, killed again
    root, lines = tmp_path / "s", list[str]()
    for number in range(rounds):
        with ExitStack() as stack:
            children = []
            for name in "pq"[:processes]:
                letter = f"{name}{number}-"
                child = Child(lambda tell, letter=letter: under_load(root, tell, letter))  # type: ignore[misc]
                children.append(stack.enter_context(child))
            for child in children:
                lines.append(child.line())
            moment = chance.uniform(0.0, 0.5)
            print(f"seed {seed}, round {number}: {processes} processes, killed {moment:.3f} s after the store was made")  # noqa: T201 - shown when it fails
            time.sleep(moment)
            for child in children:
                child.signal(signal.SIGKILL)
            for child in children:
                lines += child.lines()
                assert child.wait() == -signal.SIGKILL
    assert_nothing_lost(root, lines)
    # It is load that they were killed under: over the seeds some thousand entries are promised.
    print(f"seed {seed}: {len(promises(lines))} entries were acknowledged")  # noqa: T201
