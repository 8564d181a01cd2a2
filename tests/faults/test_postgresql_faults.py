"""A PostgreSQL that is killed, goes away, or is held up by a writer that was stopped: no receipt is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from evidence_store.catalog import Ending
from evidence_store.databases.opening import databases_of
from evidence_store.entries import Draft, EntryType
from evidence_store.errors import Corrupt, StorageFailed, StoreError
from evidence_store.log import LogWriter, WriterLimits
from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.postgresql import WRITER, Server, running_server
from tests.harness.small_store import small_store

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def mortal() -> Iterator[Server]:
    """A server of these tests' own, for killing."""
    with running_server() as server:
        yield server


def new_log(store: Store) -> LogWriter:
    return store.open_log("capture", case="c", subject="r", body={})


def gap(number: int) -> Draft:
    return Draft(EntryType.GAP, number, number, {"n": number, "pad": "x" * 500})


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(n, marks=pytest.mark.soak) for n in range(3, 30))])
def test_no_receipt_is_lost_when_the_server_is_killed(mortal: Server, tmp_path: Path, seed: int) -> None:
    receipts: dict[int, str] = {}
    errors: list[BaseException] = []
    with Store.create(tmp_path / "s", database=mortal.url(), limits=WriterLimits(checkpoint_every_s=0.05)) as store:
        writer = new_log(store)

        def produce() -> None:
            for number in range(100_000):
                futures = [writer.submit(gap(number)) for _ in range(5)]
                for future in futures:
                    error = future.exception()
                    if error is not None:
                        errors.append(error)
                        return
                    receipts[future.result().index] = future.result().id

        producer = threading.Thread(target=produce)
        producer.start()
        while not receipts:
            time.sleep(0.01)
        time.sleep(random.Random(seed).uniform(0.0, 0.5))  # noqa: S311 - a moment, no secret
        mortal.stop(signal.SIGKILL)
        producer.join(timeout=60)
        assert not producer.is_alive()
        assert isinstance(errors[0], StorageFailed), errors
        assert "the database can be reached" in str(errors[0])
        with pytest.raises(StoreError):
            writer.close("done")
    mortal.start()
    with Store.open(tmp_path / "s", database=mortal.url()) as store:
        (recovered,) = store.recovered
        assert (recovered.log, recovered.ending, recovered.problem) == (writer.log, Ending.CUT_OFF, None)
        with store.reader(writer.log) as reader:
            stored = {entry.index: entry.id for entry in reader.entries()}
        assert [index for index, each in receipts.items() if stored.get(index) != each] == []
    report = verify(tmp_path / "s", database=mortal.url())
    assert report.ok, "\n".join(report.lines())


def test_a_server_that_comes_back_in_time_costs_one_batch_and_the_log_goes_on(mortal: Server, tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", database=mortal.url()) as store:
        writer = new_log(store)
        writer.submit(gap(1)).result()
        mortal.stop(signal.SIGKILL)
        with pytest.raises(StorageFailed, match="start the server"):
            writer.submit(gap(2)).result()
        mortal.start()
        assert writer.submit(gap(3)).result().index == 2
        writer.close("done")
    assert verify(tmp_path / "s", database=mortal.url()).ok


def test_a_connection_that_was_cut_while_idle_costs_nothing(postgresql: Server, tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", database=postgresql.url()) as store:
        writer = new_log(store)
        writer.submit(gap(1)).result()
        cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{WRITER}'"  # noqa: S608 - ours
        postgresql.execute(cut)
        assert writer.submit(gap(2)).result().index == 2
        writer.close("done")
    assert verify(tmp_path / "s", database=postgresql.url()).ok


def test_without_a_server_nothing_is_opened_and_nothing_verifies(mortal: Server, tmp_path: Path) -> None:
    Store.create(tmp_path / "s", database=mortal.url()).close()
    mortal.stop()
    for opening in (Store.open, Store.create):
        with pytest.raises(StoreError, match=r"expected a server that answers|made once"):
            opening(tmp_path / "s", database=mortal.url())
    with Store.open_read_only(tmp_path / "s", database=mortal.url()) as store, pytest.raises(StorageFailed):
        store.logs()
    report = verify(tmp_path / "s", database=mortal.url())
    assert not report.ok
    assert "Connection refused" in report.results[2].got
    assert mortal.password not in "\n".join(report.lines())
    mortal.start()
    assert verify(tmp_path / "s", database=mortal.url()).ok


# Takes a transaction as a writer does, says so, and stops as a machine does that goes to sleep.
STOPPED = """
import os, signal, sys
from pathlib import Path
from evidence_store.databases.opening import databases_of
from evidence_store.errors import StoreError

databases = databases_of(Path(sys.argv[1]))
database = databases.register("rw") if sys.argv[2] == "register" else databases.log(sys.argv[2], "rw")
try:
    with database.transaction():
        os.write(1, b"inside\\n")
        os.kill(os.getpid(), signal.SIGSTOP)
except StoreError as error:
    print(error)
"""


@contextmanager
def stopped_inside(root: Path, url: str, what: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", STOPPED, str(root), what]
    environment = {**os.environ, "LIVEWITNESS_DATABASE": url}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "inside\n"
            while Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "T":
                time.sleep(0.01)
            yield process
        finally:
            process.kill()


def test_a_writer_stopped_inside_the_register_loses_it_and_the_others_go_on(postgresql: Server, tmp_path: Path) -> None:
    impatient = postgresql.url(options="-c idle_in_transaction_session_timeout=1s")
    root = tmp_path / "s"
    with Store.create(root, database=impatient) as store:
        writer = new_log(store)
        with stopped_inside(root, impatient, "register") as process:
            # Another log does not wait at all: it is not the register.
            assert writer.submit(gap(1)).result(timeout=20).index == 1
            # The register is free again once the server has ended the stopped writer's session.
            second = new_log(store)
            assert second.submit(gap(1)).result().index == 1
            process.send_signal(signal.SIGCONT)
            said, _ = process.communicate(timeout=20)
            assert "idle-in-transaction timeout" in said
        second.close("done")
        writer.close("done")
    assert verify(root, database=impatient).ok


def test_a_writer_stopped_inside_its_own_log_holds_up_nobody_else(postgresql: Server, tmp_path: Path) -> None:
    root = tmp_path / "s"
    with Store.create(root, database=postgresql.url()) as store:
        held, free = new_log(store), new_log(store)
        with stopped_inside(root, postgresql.url(), held.log):
            assert free.submit(gap(1)).result(timeout=8).index == 1  # under the 10 s after which the server lets go
            free.close("done")
            third = new_log(store)
            third.close("done")
        assert held.submit(gap(1)).result().index == 1
        held.close("done")
    assert verify(root, database=postgresql.url()).ok


def test_a_lock_that_is_not_given_back_is_said_to_be_held(postgresql: Server, tmp_path: Path) -> None:
    Store.create(tmp_path / "s", database=postgresql.url()).close()
    waiting = postgresql.url(options="-c lock_timeout=300ms")
    with (
        closing(databases_of(tmp_path / "s", postgresql.url())) as one,
        closing(databases_of(tmp_path / "s", waiting)) as two,
        one.register("rw").transaction(),
        pytest.raises(StorageFailed, match=r"free before the lock time-out.*pg_stat_activity"),
        two.register("rw").transaction(),
    ):
        pass


PRODUCERS = """
import sys
from evidence_store.entries import Draft, EntryType
from evidence_store.log import WriterLimits
from evidence_store.store import Store

with Store.open(sys.argv[1], limits=WriterLimits(checkpoint_every_s=0.02)) as store:
    writer = store.open_log("capture", case="c", subject="r", body={})
    for number in range(60):
        writer.submit(Draft(EntryType.GAP, number, number, {"n": number})).result()
    writer.close("done")
"""


def test_many_processes_register_at_once_and_the_register_stays_one_chain(postgresql: Server, tmp_path: Path) -> None:
    root = tmp_path / "s"
    Store.create(root, database=postgresql.url()).close()
    environment = {**os.environ, "LIVEWITNESS_DATABASE": postgresql.url()}
    command = [sys.executable, "-c", PRODUCERS, str(root)]
    processes = [subprocess.Popen(command, env=environment) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    with Store.open_read_only(root, database=postgresql.url()) as store:
        assert [(summary.state, summary.size) for summary in store.logs()] == [("closed", 62)] * 4
    report = verify(root, database=postgresql.url())
    assert report.ok, "\n".join(report.lines())


def test_a_page_that_the_disk_damaged_is_found(tmp_path: Path) -> None:
    with running_server() as server:
        small = small_store(tmp_path / "s", database=server.url())
        with closing(server.connect()) as connection:
            connection.execute(b"CHECKPOINT")
            row = connection.execute(b"SELECT pg_relation_filepath('livewitness.entries')").fetchone()
            assert row is not None
        server.stop()
        path = server.folder / "cluster" / row[0]
        content = bytearray(path.read_bytes())
        content[8000] ^= 1
        path.write_bytes(content)
        server.start()
        report = verify(small.root, database=server.url())
        assert not report.ok
        assert "invalid page" in "\n".join(report.lines())
        with Store.open_read_only(small.root, database=server.url()) as store, pytest.raises(Corrupt, match="XX001"):
            store.logs()
