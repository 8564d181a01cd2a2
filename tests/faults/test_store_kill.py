"""A writer process that is killed at any moment: the store opens, says so, verifies, and has lost no receipt."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence_store.catalog import Ending
from evidence_store.durable import FileSystem
from evidence_store.entries import Attachment, Draft, EntryType, Part
from evidence_store.store import Store
from evidence_store.verify import verify
from evidence_store.verify.report import Status

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("either_database")]
# What these do is done to files; tests/unit/test_postgresql_store.py does the like to rows.
ON_FILES = pytest.mark.parametrize("either_database", ["sqlite"], indirect=True)

# Prints a line for each receipt, after it has it. Unbuffered, one write(2) per line.
WRITER = """
import os, sys
from evidence_store.entries import Attachment, Draft, EntryType, Part
from evidence_store.log import WriterLimits
from evidence_store.store import Store

store = Store.open_or_create(sys.argv[1], limits=WriterLimits(checkpoint_every_s=0.05))
writer = store.open_log("capture", case="c", subject="r", body={})
os.write(1, f'{{"log": "{writer.log}", "index": 0}}\\n'.encode())

def tell(future):
    receipt = future.result()
    os.write(1, f'{{"log": "{receipt.log}", "index": {receipt.index}, "id": "{receipt.id}"}}\\n'.encode())

number = 0
while True:
    picture = Attachment("picture", "image/jpeg", os.urandom(20_000))
    frames = Attachment("frames", "x", (Part(b"a"), Part(os.urandom(300))))
    future = writer.submit(Draft(EntryType.SCREEN, number, number, {"n": number}, (picture, frames)))
    future.add_done_callback(tell)
    number += 1
    if number % 20 == 0:
        future.result()
"""


def run_and_kill(root: Path, seconds: float) -> list[dict[str, object]]:
    """Start a writer, kill it this long after its first receipt; the receipts that it told of."""
    command = [sys.executable, "-c", WRITER, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        lines = [first, *process.stdout.read().splitlines(keepends=True)]
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


@pytest.mark.parametrize("seed", [*range(5), *(pytest.param(n, marks=pytest.mark.soak) for n in range(5, 100))])
def test_no_receipt_is_lost_when_the_writer_is_killed(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "s"
    receipts = run_and_kill(root, random.Random(seed).uniform(0.0, 0.6))  # noqa: S311 - a moment, no secret
    log = str(receipts[0]["log"])

    before = verify(root)
    assert before.ok, "\n".join(before.lines())
    assert "not registered yet" in before.results[13].got

    with Store.open(root) as store:
        (recovered,) = store.recovered
        assert (recovered.log, recovered.ending, recovered.problem) == (log, Ending.CUT_OFF, None)
        (found,) = store.logs()
        assert (found.state, found.size) == ("cut off", recovered.size)
        with store.reader(log) as reader:
            stored = {entry.index: entry.id for entry in reader.entries()}
        assert [receipt for receipt in receipts[1:] if stored.get(int(str(receipt["index"]))) != receipt["id"]] == []
        assert not store.being_written(log)

    after = verify(root)
    assert after.ok, "\n".join(after.lines())
    assert after.results[13].status is Status.NOTE
    assert f"cut off after {recovered.size} entries" in after.results[13].got
    with Store.open(root) as store:
        assert store.recovered == []  # said once


class Dying(FileSystem):
    """The real file system; the process dies before the n-th operation after `arm(n)`."""

    def __init__(self) -> None:
        self._left: int | None = None

    def arm(self, steps: int | None) -> None:
        self._left = steps

    def write(self, handle: int, content: memoryview) -> int:
        self._step()
        return super().write(handle, content)

    def sync(self, handle: int) -> None:
        self._step()
        super().sync(handle)

    def rename(self, source: Path, target: Path) -> None:
        self._step()
        super().rename(source, target)

    def make_folder(self, path: Path) -> bool:
        self._step()
        return super().make_folder(path)

    def _step(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                os._exit(9)


def in_child(action: Callable[[], object]) -> int:
    """Run in a forked process; its exit code."""
    child = os.fork()
    if child == 0:
        try:
            action()
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - the child must end here, whatever it was
            traceback.print_exception(error)
            os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def write_one(root: Path, steps: int) -> None:
    files = Dying()
    store = Store.open_or_create(root, files=files)
    writer = store.open_log("capture", case="c", subject="r", body={})
    blobs = (Attachment("picture", "image/jpeg", b"x" * 9), Attachment("frames", "x", (Part(b"a"),)))
    files.arm(steps)
    writer.submit(Draft(EntryType.SCREEN, 1, 1, {}, blobs)).result()
    files.arm(None)
    writer.close("done")
    store.close()


def test_dying_at_each_step_of_the_write_order_leaves_a_sound_store(tmp_path: Path) -> None:
    for steps in range(50):
        root = tmp_path / str(steps)
        code = in_child(lambda root=root, steps=steps: write_one(root, steps))  # type: ignore[misc]
        with Store.open(root) as store:
            (found,) = store.logs()
        # All or nothing: the entry is there only once everything that it names is.
        assert (code, found.state, found.size) == ((9, "cut off", 1) if code else (0, "closed", 3))
        report = verify(root)
        assert report.ok, "\n".join(report.lines())
        if code == 0:
            break
    # Two blobs: make folder, fsync above it, write, fsync, rename for each; then fsync of each folder.
    assert steps == 12


def test_a_creation_that_dies_at_any_step_is_begun_again(tmp_path: Path) -> None:
    def create(root: Path, steps: int) -> None:
        files = Dying()
        files.arm(steps)
        Store.create(root, files=files).close()

    for steps in range(60):
        root = tmp_path / str(steps)
        code = in_child(lambda root=root, steps=steps: create(root, steps))  # type: ignore[misc]
        with Store.open_or_create(root) as store:
            writer = store.open_log("capture", case="c", subject="r", body={})
            writer.close("done")
        assert verify(root).ok
        if code == 0:
            break
    assert steps > 12


def test_killed_again_and_again_the_store_keeps_every_log(tmp_path: Path) -> None:
    root = tmp_path / "s"
    logs = [str(run_and_kill(root, 0.02)[0]["log"]) for _ in range(3)]
    with Store.open(root) as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        writer.submit(Draft(EntryType.GAP, 1, 1, {})).result()
        writer.close("done")
        assert [summary.log for summary in store.logs()] == [*logs, writer.log]
        assert [summary.state for summary in store.logs()] == ["cut off"] * 3 + ["closed"]
    assert verify(root).ok


def test_a_log_killed_before_its_first_entry_is_cut_off_at_nothing(tmp_path: Path) -> None:
    root = tmp_path / "s"
    Store.create(root).close()
    # Dies after the log is registered, before its file is made.
    program = (
        "import os, sys\n"
        "from evidence_store.store import Store\n"
        "store = Store.open(sys.argv[1])\n"
        "store._databases.create_log = lambda _: os._exit(9)\n"
        "store.open_log('capture', case='c', subject='r', body={})\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(root)], check=False, timeout=30)
    assert done.returncode == 9
    assert verify(root).ok
    with Store.open(root) as store:
        (recovered,) = store.recovered
        assert (recovered.ending, recovered.size) == (Ending.CUT_OFF, 0)
    report = verify(root)
    assert report.ok
    assert "before its first entry" in report.results[13].got


def test_a_log_that_closed_but_could_not_tell_the_register_is_registered_as_closed(tmp_path: Path) -> None:
    root = tmp_path / "s"
    program = (
        "import os, sys\n"
        "from evidence_store.entries import EntryType\n"
        "from evidence_store.register import Register\n"
        "from evidence_store.store import Store\n"
        "store = Store.create(sys.argv[1])\n"
        "writer = store.open_log('capture', case='c', subject='r', body={})\n"
        "append = Register.append\n"
        "def dying(self, kind, *rest):\n"
        "    return os._exit(9) if kind == EntryType.LOG_CLOSED else append(self, kind, *rest)\n"
        "Register.append = dying\n"
        "writer.close('done')\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(root)], check=False, timeout=30).returncode == 9
    assert "closed, not registered yet" in verify(root).results[13].got
    with Store.open(root) as store:
        (recovered,) = store.recovered
        assert recovered.ending is Ending.CLOSED
        assert [summary.state for summary in store.logs()] == ["closed"]
    report = verify(root)
    assert report.ok
    assert report.results[13].status is Status.PASS


def test_left_over_temporary_files_are_counted_and_not_adopted(tmp_path: Path) -> None:
    root = tmp_path / "s"
    log = str(run_and_kill(root, 0.05)[0]["log"])
    left = root / "blobs" / "tmp" / f"{log}-999999"
    left.write_bytes(b"half a picture")
    with Store.open(root) as store:
        (recovered,) = store.recovered
    assert recovered.leftover_files >= 1
    assert recovered.leftover_bytes >= len(b"half a picture")
    assert left.exists()
    assert verify(root).ok


@ON_FILES
def test_a_cut_off_log_that_was_changed_is_not_registered(tmp_path: Path) -> None:
    root = tmp_path / "s"
    log = str(run_and_kill(root, 0.2)[0]["log"])
    path = root / "logs" / f"{log}.db"
    (root / "logs" / f"{log}.db-wal").unlink()  # rolled back to the last time SQLite folded its WAL in
    with Store.open(root) as store:
        (recovered,) = store.recovered
        assert recovered.ending is None
        assert recovered.problem is not None
    assert path.exists()
    assert not verify(root).ok
