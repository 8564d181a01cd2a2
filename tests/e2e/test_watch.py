"""The main job on real input: a real browser in a simulated room, every received byte kept, in every variant."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from evidence_store.store import Store
from tests.harness.grading import chat_frames, entries, gaps, grade_chat, grade_media, media_resources
from tests.harness.room import livewitness, simulated_room
from tests.harness.sittings import CASE, SECRET, Sitting

pytestmark = pytest.mark.browser
Sit = Callable[[str, str, int], Sitting]


@pytest.mark.parametrize(
    ("media", "chat", "seconds"), [("flv", "page", 20), ("fmp4", "worker", 12), ("hls", "page", 20)]
)
def test_every_byte_that_the_page_received_is_kept(sitting: Sit, media: str, chat: str, seconds: int) -> None:
    sat = sitting(media, chat, seconds)
    store, log = sat.store, sat.log
    sockets = grade_chat(sat.truth, store, log)
    assert sockets
    assert all(grade.same and grade.kept >= grade.received for grade in sockets), sockets
    resources = grade_media(sat.truth, store, log)
    assert sum(grade.received for grade in resources) > 1_000_000
    assert all(grade.same and grade.kept >= grade.received for grade in resources), resources
    assert gaps(store, log) == []
    assert len(entries(store, log, "screen")) >= seconds - 1
    assert livewitness("verify", str(store)).returncode == 0
    assert _decoded_seconds(store, log) > seconds - 4, "playable again from the blobs alone"


def test_an_entry_leads_to_what_was_seen_and_names_no_viewer(sitting: Sit) -> None:
    sat = sitting("flv", "page", 20)
    with Store.open_read_only(sat.store) as opened, opened.reader(sat.log) as reader:
        raw = b"".join(entry.raw for entry in reader.entries())
        kinds = {entry.type for entry in reader.entries()}
        (summary,) = [log for log in opened.logs() if log.kind == "capture"]
    assert {"session.open", "preflight", "room.state", "screen", "media", "chat", "page", "network"} <= kinds
    assert (summary.case, summary.state) == (CASE, "closed")
    assert SECRET.encode() not in raw
    assert CASE.encode() not in raw
    text = b"".join(frame for frames in chat_frames(sat.store, sat.log).values() for frame in frames)
    names = [name for name in ("柠檬不酸", "老王家的", "快乐小狗", "静静") if name.encode() in text]
    assert names, "the room's viewers are in the frames"
    assert not [name for name in names if name.encode() in raw]


def test_the_preflight_says_what_machine_and_browser_this_was(sitting: Sit) -> None:
    sat = sitting("flv", "page", 20)
    (preflight,) = entries(sat.store, sat.log, "preflight")
    (more,) = entries(sat.store, sat.log, "preflight.more")
    body = preflight.body
    assert {"system", "time", "dns", "proxy", "disk", "code", "lock", "browser", "seat", "tool"} <= set(body)
    assert body["browser"]["product"].startswith("Chrome/")
    assert body["seat"]["kind"] == "guest-fresh"
    assert len(more.body["browser_binary"]["blake3"]) == 64
    assert {ref.role for ref in preflight.blobs} >= {"private", "hosts"}


def test_counters_are_read_beside_the_watch_and_lead_back_to_the_picture(read_sitting: Sitting, tmp_path: Path) -> None:
    store, log = read_sitting.copied(tmp_path), read_sitting.log
    shown = livewitness("readings", "last", "--store", str(store), "--format", "json")
    assert shown.returncode == 0, shown.stderr
    changes = json.loads(shown.stdout)["changes"]
    assert {change["kind"] for change in changes} >= {"stock", "percent", "viewers", "countdown"}
    screens = {entry.index for entry in entries(store, log, "screen")}
    assert all(change["capture_log"] == log for change in changes)
    assert all({change["first_entry"], change["last_entry"]} <= screens for change in changes)
    sheet = tmp_path / "sheet.html"
    assert livewitness("readings", "last", "--store", str(store), "--contact-sheet", str(sheet)).returncode == 0
    assert sheet.stat().st_size > 10_000
    again = livewitness("reread", log[:8], "--store", str(store), "--from", "2s", "--to", "8s", limit=120)
    assert again.returncode == 0, again.stderr
    with Store.open_read_only(store) as opened:
        assert sorted(each.kind for each in opened.logs()) == ["capture", "reading", "reading", "reading"]
    assert livewitness("verify", str(store)).returncode == 0


@pytest.mark.soak  # in CI test_trouble.py has a watch that Scrapy runs
def test_scrapy_runs_the_same_watch(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with simulated_room() as room:
        command = [sys.executable, "-m", "scrapy", "crawl", "watch_room", "-a", f"url={room.url}", "-a", "seconds=4s",
                   "-s", f"LIVEWITNESS_STORE={store}", "-s", "LIVEWITNESS_READ=0"]  # fmt: skip
        root = Path(__file__).parents[2]
        done = subprocess.run(
            command, cwd=root, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(livewitness("sessions", "--store", str(store), "--json").stdout)
    assert (row["state"], row["reason"]) == ("closed", "time over")
    assert livewitness("verify", str(store)).returncode == 0


def _decoded_seconds(store: Path, log: str) -> float:
    """Decode video and sound from the kept bytes, joined by stream; the longest stretch of pictures in seconds."""
    streams: dict[int, bytearray] = {}
    resources = media_resources(store, log)
    segments = sorted(entries(store, log, "media"), key=lambda entry: not entry.body["init"])  # stable: inits first
    for entry in segments:
        if entry.body["container"] != "playlist" and entry.body["resource_offset"] == 0:
            streams.setdefault(int(entry.body["stream"]), bytearray()).extend(resources[int(entry.body["resource"])])
    longest = 0.0
    for content in streams.values():
        with av.open(io.BytesIO(bytes(content))) as container:
            times = [float(frame.pts * frame.time_base) for frame in container.decode(video=0) if frame.pts is not None]
        longest = max(longest, max(times) - min(times) if times else 0.0)
        with av.open(io.BytesIO(bytes(content))) as container:
            assert sum(frame.samples for frame in container.decode(audio=0)) > 40_000
    return longest
