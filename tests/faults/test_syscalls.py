"""Every system call of the write path fails, is cut short, or is where the process dies, or where the power goes.

A small workload runs in a child process whose calls on the store's files are watched (`tests/harness/syscalls.py`),
ours and SQLite's alike. The first run counts them by call and kind of file; then one is broken and the store is opened
by another process. What is chosen here is one call of each kind; `make soak` takes every single one.
"""

from __future__ import annotations

import errno
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.harness.power_cut import Disk
from tests.harness.syscalls import (
    Call,
    Fail,
    Kill,
    Outcome,
    Proceed,
    Rule,
    Shorten,
    Told,
    Verdict,
    proceed,
    watched,
)
from tests.harness.workload import assert_nothing_lost, failures, promises, work

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

LONG = [pytest.mark.soak, pytest.mark.timeout(3600)]

# What the workload is promised when nothing fails: three logs' first and last entries, and its drafts.
PROMISES = 17
TAKES_ROOM = ("fallocate", "fsync", "ftruncate", "mkdir", "open", "pwrite", "rename", "write")
CHANGES = (*TAKES_ROOM, "unlink")
ANY = (*CHANGES, "fcntl", "flock", "mmap", "pread")
Group = tuple[str, str]


def every(values: tuple[str, ...], *, but: tuple[str, ...] = ()) -> Sequence[object]:
    """Each value with one call of each kind of file, and again with all of them (soak). `but` comes with all only."""
    few = [pytest.param(value, False, id=value) for value in values if value not in but]
    return few + [pytest.param(value, True, id=f"{value}-every", marks=LONG) for value in values]


def kind_of_file(path: Path, top: Path) -> str:
    """The path with ids, digests and numbers replaced: what kind of file it is."""
    name = re.sub(r"[0-9a-f]{16,64}", "ID", str(path.relative_to(top)))
    return re.sub(r"(?<=blobs/)[0-9a-f]{2}\b", "AA", re.sub(r"(?<=ID-)\d+|(?<=reserve\.)\d+", "N", name))


def run(top: Path, rule: Rule = proceed) -> Outcome:
    top.mkdir()
    return watched(lambda tell: work(top / "s", tell), top, rule)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A run in which nothing fails."""
    top = tmp_path_factory.mktemp("unbroken") / "t"
    outcome = run(top)
    assert (outcome.code, failures(outcome.lines), len(promises(outcome.lines))) == (0, [], PROMISES)
    return top, outcome


class At:
    """Breaks one call: number `number` of a group. `hit` says that it came."""

    def __init__(self, top: Path, group: Group, number: int, verdict: Callable[[Call], Verdict]) -> None:
        self._top = top
        self._group = group
        self._left = number
        self._verdict = verdict
        self.hit = False

    def __call__(self, call: Call) -> Verdict:
        if self.hit or (call.name, kind_of_file(call.path, self._top)) != self._group:
            return Proceed()
        self._left -= 1
        if self._left >= 0:
            return Proceed()
        self.hit = True
        return self._verdict(call)


def chosen(unbroken: tuple[Path, Outcome], name: str, salt: str, *, whole: bool) -> Iterator[tuple[Group, int]]:
    """Calls of this name: one of each kind of file, the same in each run, or all."""
    top, outcome = unbroken
    groups = Counter((call.name, kind_of_file(call.path, top)) for call in outcome.calls if call.name == name)
    assert groups, f"the workload makes no {name}: it does not belong in this table"
    for group, count in sorted(groups.items()):
        choice = random.Random(f"{salt} {group}")  # noqa: S311 - a choice, no secret
        yield from ((group, number) for number in (range(count) if whole else [choice.randrange(count)]))


def broken(tmp_path: Path, group: Group, number: int, verdict: Callable[[Call], Verdict]) -> tuple[Path, Outcome]:
    top = tmp_path / f"{group[0]}-{group[1].replace('/', '_')}-{number}"
    rule = At(top, group, number, verdict)
    outcome = run(top, rule)
    assert rule.hit, f"{group} number {number} never came"
    return top, outcome


def assert_failed_in_order(outcome: Outcome) -> None:
    """The process went on to its end, and one failing call cost what was being written with it, not the rest."""
    assert outcome.code == 0
    assert "ended" in outcome.lines[-1], outcome.lines
    assert len(promises(outcome.lines)) >= PROMISES - 4, failures(outcome.lines)


@pytest.mark.parametrize(("name", "whole"), every(ANY))
def test_after_a_call_that_fails_nothing_acknowledged_is_lost(
    unbroken: tuple[Path, Outcome], tmp_path: Path, name: str, *, whole: bool
) -> None:
    for group, number in chosen(unbroken, name, "EIO", whole=whole):
        top, outcome = broken(tmp_path, group, number, lambda _: Fail(errno.EIO))
        assert_failed_in_order(outcome)
        assert_nothing_lost(top / "s", outcome.lines)


# Making a name and syncing are refused in the same ways for want of room as by a broken disk.
@pytest.mark.parametrize(("name", "whole"), every(TAKES_ROOM, but=("fsync", "open")))
def test_after_a_call_that_has_no_room_nothing_acknowledged_is_lost(
    unbroken: tuple[Path, Outcome], tmp_path: Path, name: str, *, whole: bool
) -> None:
    for group, number in chosen(unbroken, name, "ENOSPC", whole=whole):
        top, outcome = broken(tmp_path, group, number, lambda _: Fail(errno.ENOSPC))
        assert outcome.code == 0
        assert "ended" in outcome.lines[-1], outcome.lines
        assert_nothing_lost(top / "s", outcome.lines)


@pytest.mark.parametrize(("name", "whole"), every(("pwrite", "write")))
def test_a_write_that_is_cut_short_is_finished(
    unbroken: tuple[Path, Outcome], tmp_path: Path, name: str, *, whole: bool
) -> None:
    for group, number in chosen(unbroken, name, "short", whole=whole):
        top, outcome = broken(tmp_path, group, number, lambda call: Shorten(max(1, call.length // 2)))
        assert (outcome.code, failures(outcome.lines), len(promises(outcome.lines))) == (0, [], PROMISES)
        assert_nothing_lost(top / "s", outcome.lines)


@pytest.mark.parametrize(("name", "whole"), every(("pwrite", "write")))
def test_a_write_that_is_cut_short_because_the_disk_is_full_leaves_nothing_half_there(
    unbroken: tuple[Path, Outcome], tmp_path: Path, name: str, *, whole: bool
) -> None:
    for group, number in chosen(unbroken, name, "short, full", whole=whole):
        cut: list[Call] = []

        def verdict(call: Call, cut: list[Call] = cut) -> Verdict:
            cut.append(call)
            return Shorten(max(1, call.length // 2))

        top = tmp_path / f"{group[0]}-{group[1].replace('/', '_')}-{number}"
        first = At(top, group, number, verdict)

        def rule(call: Call, first: At = first, cut: list[Call] = cut) -> Verdict:
            if len(cut) == 1 and (call.name, call.path) == (cut[0].name, cut[0].path):
                cut.append(call)
                return Fail(errno.ENOSPC)
            return first(call)

        outcome = run(top, rule)
        assert len(cut) >= 1
        assert outcome.code == 0
        assert_nothing_lost(top / "s", outcome.lines)


@pytest.mark.parametrize(("name", "whole"), every(CHANGES))
def test_killed_at_a_call_nothing_acknowledged_is_lost(
    unbroken: tuple[Path, Outcome], tmp_path: Path, name: str, *, whole: bool
) -> None:
    # Being killed at a call that changes nothing is being killed at the next one that does.
    for group, number in chosen(unbroken, name, "kill", whole=whole):
        top, outcome = broken(tmp_path, group, number, lambda _: Kill())
        assert outcome.code == -9
        assert_nothing_lost(top / "s", outcome.lines)


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=LONG)])
def test_what_a_failed_fsync_lost_for_good_was_never_acknowledged(
    unbroken: tuple[Path, Outcome], tmp_path: Path, *, whole: bool
) -> None:
    """After a failed fsync Linux counts the bytes as clean: the next fsync succeeds, and they are not on the disk."""
    for group, number in chosen(unbroken, "fsync", "lost", whole=whole):
        top, outcome = broken(tmp_path, group, number, lambda _: Fail(errno.EIO))
        disk = Disk(top)
        for step, verdict in outcome.steps:
            if isinstance(step, Call):
                disk.apply(step, verdict)
        after = tmp_path / f"after {top.name}"
        after.mkdir()
        disk.lay_out(after, None)
        assert_nothing_lost(after / "s", outcome.lines)


def test_the_model_of_the_disk_holds_what_the_disk_holds(unbroken: tuple[Path, Outcome]) -> None:
    top, outcome = unbroken
    disk = Disk(top)
    for step, verdict in outcome.steps:
        if isinstance(step, Call):
            disk.apply(step, verdict)
    found = [path for path in top.rglob("*") if not path.name.endswith("-shm")]
    assert disk.present() == {
        str(path.relative_to(top)): path.read_bytes() if path.is_file() else None for path in found
    }


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=LONG)])
def test_when_the_power_goes_at_any_moment_nothing_acknowledged_is_lost(
    unbroken: tuple[Path, Outcome], tmp_path: Path, *, whole: bool
) -> None:
    """At each moment, with what was not synced lost whole (None) and with a random part of it there."""
    top, outcome = unbroken
    disk, lines = Disk(top), list[str]()
    moments = [at for at, (step, _) in enumerate(outcome.steps) if isinstance(step, Told) or step.name in CHANGES]
    told = {at for at, (step, _) in enumerate(outcome.steps) if isinstance(step, Told)}
    if not whole:
        moments = sorted(told | set(moments[:: len(moments) // 25]))
    for at, (step, verdict) in enumerate(outcome.steps):
        if isinstance(step, Told):
            lines.append(step.line)
        else:
            disk.apply(step, verdict)
        if at not in moments:
            continue
        for seed in (None, at) if whole else (None if at in told else at,):
            after = tmp_path / f"after-{at}-{seed}"
            after.mkdir()
            disk.lay_out(after, None if seed is None else random.Random(seed))  # noqa: S311 - a choice, no secret
            assert_nothing_lost(after / "s", lines)
