"""Sessions are listed and found by the beginning of their name; a reader that fails says how."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.exits import BadInputError, ExitCode
from crawler.reading import ReaderProcess
from crawler.sessions import find_session, reread_session, session_lines, session_rows, sessions_json
from evidence_store.entries import Draft, EntryType
from evidence_store.errors import NotAStore, StoreIsAFile
from evidence_store.store import Store
from tests.harness.room import livewitness

ROOM = "https://live.example/room/7?share=x"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


def sit(path: Path, *, room: str = ROOM, case: str = "案件 7", close: bool = True) -> str:
    """One session without pictures. Left open, its writer dies with the store's closing."""
    with Store.open_or_create(path) as store:
        writer = store.open_log("capture", case=case, subject=room, body={"rate_hz": 1})
        opened_wall = store.logs()[-1].opened_wall_ns
        writer.submit(
            Draft(EntryType.HEARTBEAT, opened_wall + 75_000_000_000, 6, {"seen_ms": 74_000, "gaps": 2})
        ).result()
        if close:
            writer.close("time over", {"exit_code": 0})
    return writer.log


def test_a_session_is_told_with_its_times_room_case_and_end(path: Path) -> None:
    log = sit(path)
    (row,) = session_rows(path)
    assert (row["log"], row["room"], row["case"], row["reason"]) == (log, ROOM, "案件 7", "time over")
    assert (row["state"], row["entries"], row["readings"], row["problem"]) == ("closed", 3, [], None)
    assert json.loads(sessions_json(path)) == [row]
    head, line = session_lines(path)
    assert head.split()[0] == "session"
    assert log[:8] in line
    assert "time over" in line
    assert "案件 7" in line


def test_a_store_without_sessions_says_what_to_type(path: Path) -> None:
    Store.create(path).close()
    assert session_lines(path) == [f"no sessions in {path}; type: livewitness watch URL --store {path}"]
    assert sessions_json(path) == "[]"


def test_a_reading_log_belongs_to_its_session_and_is_no_session(path: Path) -> None:
    log = sit(path)
    with Store.open(path) as store:
        reading = store.open_log("reading", case="x", subject="x", body={"reads": log})
        reading.close("done", {})
    (row,) = session_rows(path)
    assert row["readings"] == [reading.log]


def test_a_strangers_address_can_not_move_the_terminals_cursor(path: Path) -> None:
    sit(path, room="https://h/\x1b[2J\u202e", case="\x1b[31m")
    text = "\n".join(session_lines(path))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_log_that_can_not_be_read_is_listed_with_its_problem(path: Path) -> None:
    bad, good = sit(path), sit(path)
    (path / "logs" / f"{bad}.db").write_bytes(b"x" * 4096)
    rows = {row["log"]: row for row in session_rows(path)}
    assert rows[bad]["problem"]
    assert rows[good]["problem"] is None
    assert any("can't be read" in line for line in session_lines(path))


def test_a_session_is_found_by_its_beginning_or_as_the_last(path: Path) -> None:
    first, second = sit(path), sit(path)
    for name, log in ((first, first), (second[:8], second), (second.upper()[:12], second), ("last", second)):
        with find_session(path, name) as (store, found):
            assert found == log
            assert store.read_only


@pytest.mark.parametrize("name", ["zzzz", "", "no such"])
def test_a_name_that_fits_none_or_several_is_refused_with_what_to_type(path: Path, name: str) -> None:
    sit(path)
    with (
        pytest.raises(BadInputError, match=r"no session .*type: livewitness sessions --store") as refused,
        find_session(path, name),
    ):
        raise AssertionError("found")
    assert repr(name) in str(refused.value)


def test_a_beginning_that_several_share_is_refused(path: Path) -> None:
    logs: list[str] = []
    while len({log[0] for log in logs}) == len(logs):  # by the 17th two begin alike
        logs.append(sit(path))
    with pytest.raises(BadInputError, match="2 sessions begin with"), find_session(path, logs[-1][0]):
        raise AssertionError("found")


def test_the_last_of_no_sessions_is_refused(path: Path) -> None:
    Store.create(path).close()
    with pytest.raises(BadInputError, match="no session"), find_session(path, "last"):
        raise AssertionError("found")


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(StoreIsAFile, match="choose another --store"):
        session_rows(file)
    with pytest.raises(NotAStore, match="livewitness"):
        session_rows(tmp_path)


@contextmanager
def reading(path: Path, log: str) -> Iterator[ReaderProcess]:
    """A reader, gone at the end whatever happened, its pipes closed."""
    reader = ReaderProcess(path, log)
    try:
        yield reader
    finally:
        reader.stop(0)
        for pipe in (reader._process.stdout, reader._process.stderr):
            assert pipe is not None
            pipe.close()


def test_a_reader_reads_a_closed_session_to_its_end(path: Path, models_path: Path) -> None:
    assert models_path.is_dir()
    with reading(path, sit(path)) as reader:
        assert reader.wait(60), "it ends by itself"
        assert (reader.exit_code, reader.failed, reader.running) == (0, False, False), reader.figures.error
        assert reader.figures.behind == 0
    (row,) = session_rows(path)
    assert len(row["readings"]) == 1


def test_a_reader_of_an_unknown_log_says_so_and_fails(path: Path) -> None:
    Store.create(path).close()
    with reading(path, "f" * 32) as reader:
        assert reader.wait(60)
        assert reader.failed
        assert reader.exit_code == ExitCode.USAGE
        assert "f" * 32 in reader.figures.error


def test_a_reader_of_a_session_that_goes_on_is_ended_by_stop(path: Path, models_path: Path) -> None:
    assert models_path.is_dir()
    with Store.open_or_create(path) as store:
        writer = store.open_log("capture", case="x", subject=ROOM, body={})
        with reading(path, writer.log) as reader:
            assert not reader.wait(0.5), "it follows the log as long as that is written"
            assert reader.running
            reader.stop(30)
            assert not reader.running
            assert reader.exit_code is not None
        writer.close("time over", {})


def test_a_reader_that_does_not_listen_is_ended_by_force(path: Path, models_path: Path) -> None:
    assert models_path.is_dir()
    with Store.open_or_create(path) as store:
        writer = store.open_log("capture", case="x", subject=ROOM, body={})
        with reading(path, writer.log) as reader:
            reader.stop(0)
            assert not reader.running
            assert reader.failed
        writer.close("time over", {})


def test_rereading_makes_a_reading_log_of_its_own_each_time(path: Path, models_path: Path) -> None:
    assert models_path.is_dir()
    log = sit(path)
    for name in (log[:8], "last"):
        done = livewitness("reread", name, "--store", str(path))
        assert (done.returncode, done.stderr) == (0, "")
        assert f"livewitness readings {log[:8]} --store {path}" in done.stdout
    (row,) = session_rows(path)
    assert len(set(row["readings"])) == 2


@pytest.mark.parametrize(
    ("start", "end", "option"), [("noon", None, "--from"), (None, "noon", "--to"), ("1s", "noon", "--to")]
)
def test_rereading_refuses_a_time_that_can_not_be_read_and_names_the_option(
    path: Path, start: str | None, end: str | None, option: str
) -> None:
    log = sit(path)
    with pytest.raises(BadInputError, match="got 'noon'") as refused:
        reread_session(path, log, start, end, lambda _: None)
    assert f"type for example {option} 90s" in str(refused.value)
    assert "--for" not in str(refused.value)


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [("5s", "3s", "--from before --to, got 5s and 3s"), ("500s", None, r"which lasted \d+s, got 500s")],
)
def test_a_stretch_in_which_no_picture_can_lie_is_refused(path: Path, start: str, end: str | None, says: str) -> None:
    log = sit(path)
    for every_frame in (False, True):
        with pytest.raises(BadInputError, match=says):
            reread_session(path, log, start, end, lambda _: None, every_frame=every_frame)
    with Store.open_read_only(path) as store:
        assert len(store.logs()) == 1, "nothing was read"
