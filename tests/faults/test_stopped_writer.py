"""A writer that is stopped (not dead) inside a transaction: who has to wait for it, for how long, and who does not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evidence_store import tables
from evidence_store.errors import StoreError
from evidence_store.log import LogWriter
from evidence_store.store import Store
from tests.harness.children import Child
from tests.harness.workload import SteppedClock, assert_nothing_lost, assert_sound, draft, stopping

pytestmark = pytest.mark.faults

# Well under the lock time-out of 30 s: whoever waits for the stopped writer does not answer in this time.
SOON_S = 15
IN_ITS_LOG = b'"n":3'
IN_THE_REGISTER = b'"type":"log.head"'


@contextmanager
def will_stop(root: Path, needle: bytes) -> Iterator[tuple[Child, Callable[[], None]]]:
    """A child that writes a log once it is let go, and stops. Forked at once: this process has no threads yet."""
    gate_out, gate_in = os.pipe()

    def action(tell: Callable[[str], None]) -> None:
        os.read(gate_out, 1)
        stopping(root, tell, needle)

    with Child(action) as child:

        def let_go() -> None:
            os.write(gate_in, b"x")
            child.until_stopped()

        try:
            yield child, let_go
        finally:
            os.close(gate_out)
            os.close(gate_in)


def write_and_close(store: Store, letter: str) -> LogWriter:
    writer = store.open_log("capture", case="c", subject="r", body={"letter": letter})
    for number in range(6):
        writer.submit(draft(letter, number)).result(SOON_S)
    writer.close("done")
    return writer


def ended_well(child: Child) -> list[str]:
    """Let it run again: it ends as if nothing had been. What it told."""
    child.signal(signal.SIGCONT)
    lines = list(child.lines())
    assert child.wait() == 0
    assert "ended" in lines[-1]
    return lines


def test_a_writer_stopped_in_its_own_log_hinders_nobody(tmp_path: Path) -> None:
    root = tmp_path / "s"
    with will_stop(root, IN_ITS_LOG) as (child, let_go):
        Store.create(root).close()
        let_go()
        with Store.open(root) as store:
            assert store.recovered == []
            (stopped,) = store.logs()
            assert (stopped.state, stopped.problem) == ("being written", None)
            with store.reader(stopped.log) as reader:
                assert reader.size() == 4  # the entry that it stopped at is not committed
            other = write_and_close(store, "x")
            assert [(found.log, found.state) for found in store.logs()] == [
                (stopped.log, "being written"),
                (other.log, "closed"),
            ]
            assert_sound(root, "while a writer is stopped")
        assert_nothing_lost(root, ended_well(child))


def test_a_writer_stopped_in_the_register_stops_no_other_log(tmp_path: Path) -> None:
    root, clock = tmp_path / "s", SteppedClock()
    with will_stop(root, IN_THE_REGISTER) as (child, let_go):
        with Store.create(root, now=clock) as store:
            writer = store.open_log("capture", case="c", subject="r", body={"letter": "x"})
            let_go()
            for number in range(6):
                clock.move(61)  # a head is due after each
                writer.submit(draft("x", number)).result(SOON_S)
            assert {found.state for found in store.logs()} == {"being written"}
            assert_sound(root, "while the register is held")
            with Store.open(root) as second, second.reader(writer.log) as reader:
                assert reader.size() == 7
            lines = ended_well(child)
            writer.close("done")
            assert writer.trouble is None
        assert_nothing_lost(root, lines)


def test_who_needs_the_register_waits_no_longer_than_the_lock_time_out_and_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BUSY_S", 0.5)
    root, clock = tmp_path / "s", SteppedClock()
    with will_stop(root, IN_THE_REGISTER) as (child, let_go):
        with Store.create(root, now=clock) as store:
            writer = store.open_log("capture", case="c", subject="r", body={"letter": "x"})
            let_go()
            with pytest.raises(StoreError, match="register") as refused:
                store.open_log("capture", case="c", subject="r", body={"letter": "y"})
            assert "another process" in str(refused.value)
            assert "kill -CONT" in refused.value.next_step

            clock.move(61)
            writer.submit(draft("x", 0)).result(SOON_S)
            until(lambda: writer.trouble is not None)
            assert "register" in str(writer.trouble)

            lines = ended_well(child)
            clock.move(61)
            writer.submit(draft("x", 1)).result(SOON_S)
            until(lambda: writer.trouble is None)
            write_and_close(store, "z")
            writer.close("done")
        assert_nothing_lost(root, lines)


def test_a_stopped_writer_that_is_killed_leaves_a_log_that_is_cut_off(tmp_path: Path) -> None:
    root = tmp_path / "s"
    for needle in (IN_ITS_LOG, IN_THE_REGISTER):
        with will_stop(root, needle) as (child, let_go):
            Store.open_or_create(root).close()
            let_go()
            child.signal(signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL
            assert_nothing_lost(root, list(child.lines()))


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another thread does. Raises TimeoutError."""
    end = time.monotonic() + SOON_S
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("it never came")
        time.sleep(0.01)
