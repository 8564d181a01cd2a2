"""Bursts: when one is due, and how the reader's word for a change reaches the watch's loop."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.captures.bursts import BurstRules, Bursts, Prompt
from crawler.captures.screen import Shot, screen_draft
from crawler.clock import Instant, SystemClock
from crawler.exits import BadInputError
from crawler.jobs import RATES, WatchJob
from crawler.progress import WatchFigures
from crawler.reading import SCARCITY, Changed, ReaderProcess
from crawler.session import RoomSession, SessionFigures
from crawler.watch import _introduce
from evidence_store.canonical_json import canonical

URL = "https://live.example/room/1"
CALL_S = 0.08  # what a picture takes


def pictures(
    rate_hz: float, asks: list[tuple[float, float]], *, call_s: float = CALL_S, until_s: float = 20.0
) -> tuple[list[float], list[float], Bursts]:
    """Run grid and bursts in simulated time: beginnings of the grid's and the bursts' pictures.

    `asks`: when a change is heard, and how old its picture is then.
    """
    bursts, step = Bursts(), 0.01
    waiting = sorted(asks)
    grid: list[float] = []
    between: list[float] = []
    busy_s = 0.0
    for tick in range(round(until_s / step)):
        now = tick * step
        while waiting and waiting[0][0] <= now:
            bursts.ask(now, waiting.pop(0)[1], entry=tick)
        grid_s = len(grid) / rate_hz
        if now >= grid_s - 1e-9:
            grid.append(now)
            busy_s = max(busy_s, now) + call_s
        elif now >= busy_s:
            due = bursts.due(now, max(grid + between), grid_s, call_s)
            if due is not None and due <= now:
                bursts.begin_picture()
                between.append(now)
                busy_s = now + call_s
    return grid, between, bursts


def test_a_change_is_followed_by_three_pictures_at_4_hz_between_the_grids() -> None:
    grid, between, bursts = pictures(1.0, [(5.5, 0.5)])
    assert between == pytest.approx([5.5, 5.75, 6.25], abs=0.011), "at 6 s the grid takes one itself"
    assert grid == pytest.approx([float(n) for n in range(20)])
    assert bursts.prompt == Prompt(1, 550)


@pytest.mark.parametrize("rate_hz", [0.1, 0.5, 1.0, 2.0])
def test_a_grid_that_is_followed_by_bursts_has_room_for_them(rate_hz: float) -> None:
    assert BurstRules().fits(rate_hz)
    assert len(pictures(rate_hz, [(5.45, 0.5)])[1]) == 3


@pytest.mark.parametrize(("job", "bursts"), [({}, True), ({"rate_hz": 2.0}, True), ({"rate_hz": 2.1}, False),
                                             ({"rate_hz": 5.0}, False), ({"burst": False}, False)])  # fmt: skip
def test_a_watch_takes_bursts_unless_told_otherwise_or_denser_than_that_anyway(
    tmp_path: Path, job: dict[str, Any], *, bursts: bool
) -> None:
    session = RoomSession(WatchJob(URL, **job), SystemClock(), tmp_path / "browser", tmp_path / "store")
    assert (session._bursts is not None) == bursts


def test_however_often_a_counter_changes_a_burst_begins_every_two_seconds_at_most() -> None:
    _, between, bursts = pictures(1.0, [(n / 10, 0.3) for n in range(200)])
    assert bursts.begun == 10
    assert len(between) == 30


@pytest.mark.parametrize("age_s", [2.01, 60.0, -0.5, float("nan")])
def test_a_change_in_an_old_picture_begins_no_burst(age_s: float) -> None:
    """The reader is behind, or the wall clock was set back: what is on the screen now is something else."""
    assert not Bursts().ask(100.0, age_s, 7)
    assert Bursts().ask(100.0, 1.9, 7)


def test_what_a_burst_could_not_take_in_time_is_left() -> None:
    bursts = Bursts()
    assert bursts.ask(10.0, 0.5, 7)
    assert bursts.due(10.0, 9.5, 10.1, CALL_S) is None, "the grid's next picture is too near"
    assert bursts.due(12.0, 9.5, 20.0, CALL_S) is None, "too late: it would show something else"
    assert bursts.due(12.1, 9.5, 20.0, CALL_S) is None


def test_a_burst_that_was_given_up_takes_nothing_more() -> None:
    bursts = Bursts()
    assert bursts.ask(10.0, 0.5, 7)
    assert bursts.due(10.0, 9.0, 20.0, CALL_S) == 10.0
    bursts.give_up()
    assert bursts.due(10.0, 9.0, 20.0, CALL_S) is None


@given(
    st.sampled_from([0.3, 0.5, 1.0, 1.7, 2.0, 2.5, 4.0]),
    st.lists(st.tuples(st.floats(0, 19), st.floats(0, 3)), max_size=40),
    st.floats(0.02, 0.4),
)
def test_no_burst_ever_makes_the_grid_wait(rate_hz: float, asks: list[tuple[float, float]], call_s: float) -> None:
    grid, between, bursts = pictures(rate_hz, asks, call_s=call_s)
    alone, _, _ = pictures(rate_hz, [], call_s=call_s)
    assert grid == alone
    for at in between:
        assert all(after - at >= call_s for after in grid if after > at)
        assert all(abs(at - other) >= 0.25 - 1e-9 for other in between if other != at)
    assert len(between) <= 3 * bursts.begun


def test_an_entry_says_what_prompted_its_picture() -> None:
    moment = Instant(1_700_000_000_000_000_000, 5_000)
    prompted = screen_draft(Shot(b"\xff\xd8", moment, moment, "screenshot", Prompt(3, 127)), 40)
    assert (prompted.body["reason"], prompted.body["burst"]) == ("burst", {"number": 3, "entry": 127})
    canonical(dict(prompted.body))
    grids = screen_draft(Shot(b"\xff\xd8", moment, moment, "screenshot"), 41)
    assert not {"reason", "burst"} & set(grids.body)


@given(st.builds(WatchJob, url=st.just(URL), rate_hz=st.floats(*RATES), burst=st.booleans()))
def test_a_job_with_or_without_bursts_survives_being_written_and_read(job: WatchJob) -> None:
    assert WatchJob.from_mapping(job.to_mapping(), "here") == job


@pytest.mark.parametrize(
    ("values", "named"),
    [({"burst": "no"}, ["burst", "expected true or false", "'no'"]),
     ({"burst": True, "rate": 3}, ["burst", "2 a second or less", "got rate 3", "rate: 1"])],
)  # fmt: skip
def test_a_job_that_contradicts_itself_is_refused(values: dict[str, Any], named: list[str]) -> None:
    with pytest.raises(BadInputError, match=r"^here: ") as refused:
        WatchJob.from_mapping({"url": URL, **values}, "here")
    assert [word for word in named if word not in str(refused.value)] == [], refused.value


def speaking(monkeypatch: pytest.MonkeyPatch, folder: Path, *lines: str, then: str = "") -> ReaderProcess:
    """A program that speaks as a reader does, in the reader's place: these lines, then a piece of shell."""
    program = folder / "speaker"
    said = "\n".join(f"echo '{line}'" for line in lines)
    program.write_text(f"#!/bin/sh\nread -r word < {folder}/go\n{said}\n{then}\n")
    program.chmod(0o755)
    os.mkfifo(folder / "go")
    monkeypatch.setattr(sys, "executable", str(program))
    return ReaderProcess(folder / "store", "f" * 32)


def go(folder: Path) -> None:
    (folder / "go").write_text("go\n")


CHANGED = '{"event":"changed","field":"stock-1","kind":"stock","entry":%d,"wall":"1795224001000000000"}'


def test_a_change_that_the_reader_tells_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = speaking(
        monkeypatch,
        tmp_path,
        '{"event":"reading","read":7,"behind":1}',
        CHANGED % 12,
        '{"event":"changed","field":"clock-1","kind":"countdown","entry":12,"wall":"1795224001000000000"}',
    )
    heard: list[Changed] = []
    reader.listen(heard.append)
    go(tmp_path)
    assert reader.wait(30)
    assert heard == [
        Changed("stock-1", "stock", 12, 1_795_224_001_000_000_000),
        Changed("clock-1", "countdown", 12, 1_795_224_001_000_000_000),
    ]
    assert (reader.figures.read, reader.figures.error) == (7, "")


@pytest.mark.parametrize("line", ['{"event":"changed"}', CHANGED.replace("%d", "null") % (),
                                  CHANGED.replace("1795224001000000000", "noon") % 3])  # fmt: skip
def test_a_change_that_can_not_be_understood_is_told_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    reader = speaking(monkeypatch, tmp_path, line, CHANGED % 13)
    heard: list[Changed] = []
    reader.listen(heard.append)
    go(tmp_path)
    assert reader.wait(30)
    assert [changed.entry for changed in heard] == [13]
    assert "can't be understood" in reader.figures.error


def test_a_change_comes_to_the_loop_and_after_it_closed_nobody_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader goes on after the watch is over; its words must still be taken, or it waits for ever to say them."""
    many = f"n=0; while [ $n -lt 20000 ]; do echo '{CHANGED % 14}'; n=$((n+1)); done"
    reader = speaking(monkeypatch, tmp_path, CHANGED % 12, then=many)
    threads: list[int] = []

    async def watched() -> None:
        came = asyncio.Event()

        def hear(_: Changed) -> None:
            threads.append(threading.get_ident())
            came.set()

        figures = WatchFigures(60)
        assert not _introduce(figures, asyncio.get_running_loop()), "there is no session yet"
        figures.session = SessionFigures(hear=hear)
        assert not _introduce(figures, asyncio.get_running_loop()), "there is no reader yet"
        figures.reader = reader
        assert _introduce(figures, asyncio.get_running_loop())
        await asyncio.to_thread(go, tmp_path)
        await asyncio.wait_for(came.wait(), 30)
        reader.listen(None)

    asyncio.run(watched())
    assert set(threads) == {threading.get_ident()}
    heard = len(threads)
    assert reader.wait(60), "it could say all that it had to say"
    assert (reader.exit_code, reader.figures.error, len(threads)) == (0, "", heard)


async def test_before_there_is_a_page_a_change_is_no_reason_for_anything(tmp_path: Path) -> None:
    session = RoomSession(WatchJob(URL), SystemClock(), tmp_path / "browser", tmp_path / "store")
    hear: Callable[[Changed], None] = session.figures.hear
    for kind in (*SCARCITY, "countdown", "viewers"):
        hear(Changed("field", kind, 1, SystemClock().now().wall_ns))
    assert session._bursts is not None
    assert session._bursts.begun == 0
