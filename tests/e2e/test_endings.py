"""How a watch ends: the room's end, walls, another room, a person's stop, and violent deaths."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.grading import entries, gaps, media_resources
from tests.harness.room import livewitness, simulated_room, start_watch, wait_for_event, watch

pytestmark = [pytest.mark.browser, pytest.mark.faults]


def scenario(folder: Path, fault: str) -> str:
    """The default room with one fault after five seconds."""
    file = folder / "scenario.yaml"
    file.write_text(f"base: default\nfaults:\n  - {{{fault}}}\n", encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("fault", "code", "state"),
    [
        ("kind: room_ends, at: 5", 0, "ended"),
        ("kind: login_wall, at: 5", 4, "login wall"),
        # A wall is a wall: at the door each kind is met in test_bad_input_rooms.py.
        pytest.param("kind: captcha, at: 5", 4, "captcha", marks=pytest.mark.soak),
        ("kind: other_room, at: 5", 4, "left the room"),
        ("kind: other_room, at: 5, variant: spa", 4, "left the room"),
    ],
)
def test_the_room_ends_the_watch_within_five_seconds(tmp_path: Path, fault: str, code: int, state: str) -> None:
    store = tmp_path / "store"
    with simulated_room(scenario(tmp_path, fault)) as room:
        watched = watch(room.url, store, "--for", "60s", "--no-read")
        truth = room.truth()
    assert watched.code == code, (watched.out[-500:], watched.err)
    assert entries(store, watched.log, "room.state")[-1].body["state"] == state
    began = _began(truth)
    (closed,) = entries(store, watched.log, "session.close")
    assert (closed.wall_ns - began) / 1e9 < 5
    assert verify(store).ok
    if state == "left the room":
        _nothing_of_another_room(store, watched.log, truth)


def _began(truth: dict[str, Any]) -> int:
    """When the fault began: measured by the page, or as planned when the page was closed before it told."""
    fault = truth["faults"][0]
    return int(fault["from_wall_ns"] or fault["planned_from_wall_ns"])


def _nothing_of_another_room(store: Path, log: str, truth: dict[str, Any]) -> None:
    own = truth["room_id"]
    others = {str(record["room_id"]) for kind in ("sockets", "media") for record in truth[kind]} - {str(own)}
    assert others, "the page really went to another room"
    left_ns = _began(truth)
    with Store.open_read_only(store) as opened, opened.reader(log) as reader:
        for entry in reader.entries():
            if entry.type in {"screen", "page"}:
                assert entry.wall_ns < left_ns
            for ref in (ref for ref in entry.blobs if ref.role != "document"):  # its script names where it will go
                content = opened.blobs.read(ref)
                assert not [other for other in others if other.encode() in content], (entry.type, ref.role)


def test_a_browser_that_dies_is_replaced_and_the_watch_goes_on(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with simulated_room() as room:
        process = start_watch(room.url, store, "--for", "16s", "--no-read")
        log = wait_for_event(process, "opened")["log"]
        wait_for_event(process, "entry", type="heartbeat")
        _browser_of(process.pid).kill()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (out[-500:], err)
    causes = [gap.cause for gap in gaps(store, log)]
    assert "browser died" in causes
    died = next(gap for gap in gaps(store, log) if gap.cause == "browser died")
    assert died.to_ns is not None, "it was seen again"
    assert [entry for entry in entries(store, log, "screen") if entry.wall_ns > died.to_ns]
    assert verify(store).ok


def test_a_page_that_crashes_is_replaced_and_the_watch_goes_on(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with simulated_room() as room:
        process = start_watch(room.url, store, "--for", "16s", "--no-read")
        log = wait_for_event(process, "opened")["log"]
        wait_for_event(process, "entry", type="heartbeat")
        for renderer in _renderers_of(process.pid):
            renderer.kill()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (out[-500:], err)
    crashed = next(gap for gap in gaps(store, log) if gap.cause == "page crashed")
    assert crashed.to_ns is not None
    assert [entry for entry in entries(store, log, "screen") if entry.wall_ns > crashed.to_ns]
    assert verify(store).ok


# Ctrl-C ends a watch, with its code and a store that verifies, in test_burst.py too.
@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.soak), signal.SIGTERM])
def test_a_stop_drains_and_closes_within_five_seconds(tmp_path: Path, number: signal.Signals) -> None:
    store = tmp_path / "store"
    with simulated_room() as room:
        process = start_watch(room.url, store, "--for", "60s")
        log = wait_for_event(process, "opened")["log"]
        wait_for_event(process, "entry", type="media")
        began = time.monotonic()
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
        took = time.monotonic() - began
    assert process.returncode == 5, err
    assert took < 5, f"{took:.1f} s"
    assert media_resources(store, log)
    rows = json.loads(livewitness("sessions", "--store", str(store), "--json").stdout)
    assert [(row["state"], row["reason"]) for row in rows] == [("closed", "stopped by a person")]
    assert verify(store).ok


@pytest.mark.parametrize("victim", ["us", "node"])
def test_after_a_kill_everything_acknowledged_is_there(tmp_path: Path, victim: str) -> None:
    store = tmp_path / "store"
    with simulated_room() as room:
        process = start_watch(room.url, store, "--for", "15s", "--no-read")
        log = wait_for_event(process, "opened")["log"]
        last = wait_for_event(process, "entry", type="heartbeat")
        if victim == "us":
            children = psutil.Process(process.pid).children(recursive=True)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(10)
            _, alive = psutil.wait_procs(children, timeout=5)
            assert alive == [], "the browser and its driver end with us"
        else:
            _node_of(process.pid).kill()
        process.communicate(timeout=60)
    if victim == "us":
        checked = verify(store)
        assert checked.ok, "\n".join(checked.lines())
        with Store.open(store) as opened:
            assert [found.log for found in opened.recovered] == [log]
        (row,) = json.loads(livewitness("sessions", "--store", str(store), "--json").stdout)
        assert row["state"] == "cut off"
        assert "cut off" in livewitness("verify", str(store)).stdout
    else:
        assert process.returncode == 0
    with Store.open_read_only(store) as opened, opened.reader(log) as reader:
        assert reader.entry(last["index"]).id == last["id"]
    assert verify(store).ok


def _browser_of(pid: int) -> psutil.Process:
    return min((p for p in _chromium(pid) if "--type=" not in " ".join(p.cmdline())), key=lambda p: p.create_time())


def _renderers_of(pid: int) -> list[psutil.Process]:
    return [p for p in _chromium(pid) if "--type=renderer" in p.cmdline() and "--extension-process" not in p.cmdline()]


def _chromium(pid: int) -> list[psutil.Process]:
    return [p for p in psutil.Process(pid).children(recursive=True) if "chrom" in p.name() and p.cmdline()]


def _node_of(pid: int) -> psutil.Process:
    return next(p for p in psutil.Process(pid).children(recursive=True) if p.name().startswith("node"))
