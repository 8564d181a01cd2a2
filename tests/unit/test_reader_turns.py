"""Turns at the cores: real processes, real locks; never more at once than allowed, and everyone gets their share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.exits import ExitCode
from crawler.provision.piece import MissingPiece
from crawler.readers.turns import Turns, cores, turns_folder

ROOT = str(Path(__file__).parents[2])
# Takes turns one after another, as fast as it gets them, until its input ends; a line for each: begin and end.
WORKER = """
import sys, threading, time
from pathlib import Path
from crawler.readers.turns import Turns
turns, over = Turns(Path(sys.argv[1]), int(sys.argv[2])), threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
print("ready", flush=True)
held = []
while not over.is_set():
    with turns.take(over) as mine:
        if mine:
            began = time.monotonic_ns()
            until = time.process_time() + 0.004
            while time.process_time() < until:
                pass
            held.append((began, time.monotonic_ns()))
for began, ended in held:
    print(began, ended)
"""
# Takes one turn and keeps it.
HOLDER = """
import sys, threading, time
from pathlib import Path
from crawler.readers.turns import Turns
with Turns(Path(sys.argv[1]), int(sys.argv[2])).take(threading.Event()):
    print("held", flush=True)
    time.sleep(600)
"""


def start(program: str, folder: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, str(folder), str(count)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def holder(folder: Path, count: int) -> Iterator[subprocess.Popen[str]]:
    """A process that holds one turn until it is killed."""
    process = start(HOLDER, folder, count)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_six_readers_on_two_turns_are_never_three_at_once_and_all_get_their_share(tmp_path: Path) -> None:
    workers = [start(WORKER, tmp_path, 2) for _ in range(6)]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        threading.Event().wait(4)
    finally:
        told = [worker.communicate()[0] for worker in workers]
    stretches = [[tuple(map(int, line.split())) for line in said.splitlines()] for said in told]
    turns = [len(held) for held in stretches]
    assert sum(turns) > 60, turns
    assert min(turns) * 4 > sum(turns) / 6, f"someone starved: {turns}"
    steps = sorted((at, step) for held in stretches for began, ended in held for at, step in ((began, 1), (ended, -1)))
    at_once = peak = 0
    for _, step in steps:
        at_once += step
        peak = max(peak, at_once)
    assert peak == 2, "both turns were used, and never a third"


def test_a_reader_that_is_killed_gives_its_turn_back(tmp_path: Path) -> None:
    turns, stop, got = Turns(tmp_path, 1), threading.Event(), threading.Event()

    def wait() -> None:
        with turns.take(stop) as mine:
            if mine:
                got.set()

    with holder(tmp_path, 1) as other:
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not got.wait(0.3), "the only turn is held by another process"
        other.send_signal(signal.SIGKILL)
        assert got.wait(20)
        waiting.join()


@pytest.mark.parametrize("count", [1, 3])
def test_a_stop_ends_the_wait_without_a_turn(tmp_path: Path, count: int) -> None:
    """At the turns, for the first that waits, and at the door, for those behind it."""
    turns, stop = Turns(tmp_path, count), threading.Event()
    answers: list[bool] = []

    def wait() -> None:
        with turns.take(stop) as mine:
            answers.append(mine)

    with turns.take(threading.Event()) as mine, turns_of(turns, count - 1):
        assert mine
        waiting = [threading.Thread(target=wait) for _ in range(3)]
        for thread in waiting:
            thread.start()
        threading.Event().wait(0.2)
        assert answers == []
        stop.set()
        for thread in waiting:
            thread.join(20)
    assert answers == [False, False, False]
    with turns.take(threading.Event()) as mine:
        assert mine, "who gave up holds nothing, the door included"


@contextmanager
def turns_of(turns: Turns, more: int) -> Iterator[None]:
    """Hold so many turns more."""
    if more == 0:
        yield
        return
    with turns.take(threading.Event()) as mine, turns_of(turns, more - 1):
        assert mine
        yield


def test_threads_of_one_process_share_turns_as_processes_do(tmp_path: Path) -> None:
    stop = threading.Event()
    with Turns(tmp_path, 1).take(threading.Event()) as mine:
        assert mine
        threading.Timer(0.2, stop.set).start()
        with Turns(tmp_path, 1).take(stop) as second:
            assert not second


def test_an_error_in_the_work_gives_the_turn_back(tmp_path: Path) -> None:
    turns = Turns(tmp_path, 1)
    with pytest.raises(ZeroDivisionError), turns.take(threading.Event()):
        raise ZeroDivisionError
    with turns.take(threading.Event()) as mine:
        assert mine


def test_a_folder_that_was_removed_meanwhile_is_made_again(tmp_path: Path) -> None:
    """A user's runtime folder is emptied when the last login ends; watches go on."""
    turns = Turns(tmp_path / "a" / "b", 1)
    for file in turns.folder.iterdir():
        file.unlink()
    turns.folder.rmdir()
    with turns.take(threading.Event()) as mine:
        assert mine
    assert turns.folder.is_dir()


def test_a_folder_that_can_not_be_used_is_an_error_with_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    folder = tmp_path / "in the way" / "turns"
    with pytest.raises(MissingPiece, match="expected a folder on this machine that can be written") as refused:
        Turns(folder, 2)
    assert refused.value.exit_code is ExitCode.MISSING
    assert str(folder) in refused.value.what
    assert f"mkdir -p '{folder}'" in refused.value.remedy
    turns = Turns(tmp_path / "fine", 1)
    for file in turns.folder.iterdir():
        file.unlink()
    turns.folder.rmdir()
    turns.folder.write_text("a file of somebody's")
    with pytest.raises(MissingPiece), turns.take(threading.Event()):
        raise AssertionError("the work was begun without a turn")


def test_a_count_that_lets_nobody_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a count of 1 or more, got 0"):
        Turns(tmp_path, 0)


def test_as_many_turns_as_cores_that_this_process_may_use(tmp_path: Path) -> None:
    if hasattr(os, "sched_setaffinity"):
        code = (
            "import os; from crawler.readers.turns import cores; "
            "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); print(cores())"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == "1\n"
    assert Turns(tmp_path).count == cores() >= 1


def test_readers_meet_in_the_runtime_folder_or_else_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert turns_folder() == tmp_path / "livewitness" / "turns"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    usual = Path("/run/user") / str(os.getuid())
    if usual.is_dir():
        assert turns_folder() == usual / "livewitness" / "turns"
    else:
        monkeypatch.setenv("HOME", str(tmp_path))
        assert turns_folder() == tmp_path / ".cache" / "livewitness" / "turns"
