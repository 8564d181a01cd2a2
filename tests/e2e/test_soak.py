"""Long runs (`make soak`): ten minutes with all faults in it, twice over, and violent deaths at random moments."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from evidence_store.store import Store
from tests.harness.grading import entries, gaps, grade_chat, grade_media
from tests.harness.room import livewitness, simulated_room, start_watch, wait_for_event, watch

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.faults]

FAULTS = ("chat_drop", "video_stall", "popup_cover", "black_video", "chat_silent", "freeze", "navigate", "host_pauses")
EVERY_SECONDS = 35


@pytest.mark.timeout(1500)
def test_ten_minutes_with_every_fault_twice(tmp_path: Path) -> None:
    rows = [
        f"  - {{kind: {kind}, at: {15 + number * EVERY_SECONDS}{'' if kind == 'navigate' else ', for: 6'}}}"
        for number, kind in enumerate(FAULTS * 2)
    ]
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("base: default\nfaults:\n" + "\n".join(rows) + "\n", encoding="utf-8")
    store = tmp_path / "store"
    with simulated_room(str(scenario)) as room:
        watched = watch(room.url, store, "--for", "600s", limit=1200)
        truth = room.truth()
    assert watched.code == 0, watched.err
    assert all(grade.same and grade.kept >= grade.received for grade in grade_chat(truth, store, watched.log))
    assert all(grade.same and grade.kept >= grade.received for grade in grade_media(truth, store, watched.log))
    assert len(gaps(store, watched.log)) >= len(FAULTS)
    memory = [entry.body["rss"] for entry in entries(store, watched.log, "heartbeat")]
    assert max(memory) - memory[len(memory) // 10] < 50_000_000
    assert livewitness("verify", str(store), limit=300).returncode == 0


@pytest.mark.parametrize("seed", range(20))
def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged(tmp_path: Path, seed: int) -> None:
    store = tmp_path / "store"
    with simulated_room() as room:
        process = start_watch(room.url, store, "--for", "60s", "--no-read")
        log = wait_for_event(process, "opened")["log"]
        last = wait_for_event(process, "entry", type="screen")
        time.sleep(random.Random(seed).uniform(0, 6))  # noqa: S311 - a moment, no secret
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    assert livewitness("verify", str(store)).returncode == 0
    with Store.open(store) as opened:
        assert [found.log for found in opened.recovered] == [log]
        with opened.reader(log) as reader:
            assert reader.entry(last["index"]).id == last["id"]
    assert livewitness("verify", str(store)).returncode == 0
