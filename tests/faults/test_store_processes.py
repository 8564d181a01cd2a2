"""Several processes in one store: writers side by side, a reader and a verifier beside a writer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evidence_store.entries import Draft, EntryType
from evidence_store.errors import LogHeld
from evidence_store.lease import Lease
from evidence_store.store import Store
from evidence_store.verify import verify
from evidence_store.verify.report import Status

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("either_database")]

SEVERAL_LOGS = """
import sys
from evidence_store.entries import Attachment, Draft, EntryType
from evidence_store.log import WriterLimits
from evidence_store.store import Store

with Store.open_or_create(sys.argv[1], limits=WriterLimits(checkpoint_every_s=0.05)) as store:
    for _ in range(4):
        writer = store.open_log("capture", case="c", subject="r", body={})
        for number in range(40):
            # Both processes write the same blobs.
            picture = Attachment("picture", "image/jpeg", b"%d" % number * 500)
            writer.submit(Draft(EntryType.SCREEN, number, number, {}, (picture,))).result()
        writer.close("done")
    print(len(store.recovered))
"""


def test_two_processes_that_make_and_fill_one_store_do_not_disturb_each_other(tmp_path: Path) -> None:
    root = tmp_path / "s"
    command = [sys.executable, "-c", SEVERAL_LOGS, str(root)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert outputs == ["0\n", "0\n"]  # nobody took a living writer's log for a dead one
    with Store.open(root) as store:
        assert [(summary.state, summary.size) for summary in store.logs()] == [("closed", 42)] * 8
        with store.register_reader() as register:
            assert register.size() == sum(1 for _ in register.checkpoints())
    report = verify(root)
    assert report.ok, "\n".join(report.lines())


def test_a_log_is_read_and_verified_while_another_process_writes_it(tmp_path: Path) -> None:
    root = tmp_path / "s"
    program = (
        "import sys\n"
        "from evidence_store.entries import Draft, EntryType\n"
        "from evidence_store.log import WriterLimits\n"
        "from evidence_store.store import Store\n"
        "store = Store.create(sys.argv[1], limits=WriterLimits(checkpoint_every_s=0.02))\n"
        "writer = store.open_log('capture', case='c', subject='r', body={})\n"
        "print(writer.log, flush=True)\n"
        "n = 0\n"
        "while n < 100_000 and not sys.stdin.closed:\n"
        "    writer.submit(Draft(EntryType.GAP, n, n, {'n': n})).result(); n += 1\n"
        "    if n == 4000: print('many', flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        log = process.stdout.readline().strip()
        try:
            with Store.open_read_only(root) as store, store.reader(log) as reader:
                seen = 0
                while seen < 500:
                    for entry in reader.entries(start=seen):
                        assert entry.index == seen
                        seen += 1
                    assert store.being_written(log)
                for _ in range(3):
                    report = verify(root)
                    assert report.ok, "\n".join(report.lines())
                    assert report.results[13].status is Status.NOTE
                    assert "being written" in report.results[13].got
            with pytest.raises(LogHeld):
                Lease.acquire(root / "logs" / f"{log}.lock")
            with Store.open(root) as store:  # a second writer in the same store, with a log of its own
                assert store.recovered == []
                writer = store.open_log("reading", case="c", subject="r", body={"reads": log})
                writer.submit(Draft(EntryType.READINGS, 1, 1, {"readings": [{"entry": 1}]})).result()
                writer.close("done")
        finally:
            process.kill()
    assert verify(root).ok
