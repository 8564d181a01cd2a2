"""Rooms without an adapter whose pages misbehave: the watch goes on, keeps its own room, and says what it missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.grading import chat_frames, entries, gaps, media_resources
from tests.harness.pages import LARGE, page_room
from tests.harness.room import Watched, watch

pytestmark = [pytest.mark.browser, pytest.mark.faults]

GOING_AWAY = "if (!location.search) setTimeout(() => { location.href = '/room/2'; }, 3000);"
BUSY_AND_BACK = "const until = Date.now() + 2500; while (Date.now() < until); location.href = '/room/1?back';"
FORM = "<input name=parentElement><input name=innerText>"


def run(tmp_path: Path, script: str, seconds: int = 8, other: str = "") -> tuple[Path, Watched]:
    store = tmp_path / "store"
    with page_room(script, other=other) as url:
        watched = watch(url, store, "--for", f"{seconds}s", "--no-read")
    assert "Traceback" not in watched.err, watched.err
    assert verify(store).ok
    return store, watched


def test_words_in_the_chat_end_no_watch(tmp_path: Path) -> None:
    script = """const words = '刚才那场直播已结束了吗 404 扫码登录';
    setTimeout(() => { document.getElementById('chat').textContent = words; }, 1000);
    setTimeout(() => { video.srcObject = null; setTimeout(play, 900); }, 2500);"""
    _, watched = run(tmp_path, script)
    assert watched.code == 0
    assert watched.events[-1]["words"] == "the time given is over"


def test_words_that_last_end_it(tmp_path: Path) -> None:
    script = """setTimeout(() => { video.srcObject = null; video.hidden = true;
    document.getElementById('chat').textContent = '本场直播已结束'; }, 3000);"""
    store, watched = run(tmp_path, script, seconds=30)
    assert watched.code == 0
    assert watched.seconds < 25
    assert entries(store, watched.log, "room.state")[-1].body["state"] == "ended"


@pytest.mark.parametrize("address", [pytest.param("about:blank", marks=pytest.mark.soak), "/room/2"])
def test_a_pop_up_is_closed_unheard_and_said(tmp_path: Path, address: str) -> None:
    store, watched = run(tmp_path, f"setTimeout(() => window.open('{address}'), 2500);", other="/* POPUP */")
    assert watched.code == 0
    (action,) = entries(store, watched.log, "action")
    assert action.body["action"] == "closed a page that the room opened"
    assert gaps(store, watched.log) == []
    assert entries(store, watched.log, "page")[-1].body["occasion"] == "end"


def test_a_document_that_came_and_went_unseen_is_not_kept(tmp_path: Path) -> None:
    store, watched = run(tmp_path, GOING_AWAY, seconds=12, other=f"document.title = 'OTHER-ROOM'; {BUSY_AND_BACK}")
    assert watched.code == 0
    assert "withheld: a document that came and went unseen" in [gap.cause for gap in gaps(store, watched.log)]
    with Store.open_read_only(store) as opened:
        documents = [
            opened.blobs.read(ref)
            for entry in entries(store, watched.log, "page")
            for ref in entry.blobs
            if ref.role == "document"
        ]
    assert documents
    assert not [document for document in documents if b"OTHER-ROOM" in document]


def test_a_form_over_the_video_does_not_hang_the_page(tmp_path: Path) -> None:
    script = f"""setTimeout(() => {{ const form = document.createElement('form');
    form.style = 'position:absolute;left:0;top:0;width:100px;height:100px'; form.innerHTML = `{FORM}`;
    form.setAttribute('role', 'button'); document.body.append(form); }}, 2000);"""
    store, watched = run(tmp_path, script, seconds=6)
    assert watched.code == 0
    assert gaps(store, watched.log) == []


def test_a_chat_that_closes_beside_another_socket_is_a_gap(tmp_path: Path) -> None:
    script = """const slow = new WebSocket(`ws://${location.host}/ws?slow`); setTimeout(() => chat.close(), 4000);"""
    store, watched = run(tmp_path, script, seconds=9)
    assert [gap.cause for gap in gaps(store, watched.log)] == ["chat connection dropped"]
    assert sorted(len(frames) > 20 for frames in chat_frames(store, watched.log).values()) == [False, True]


def test_a_body_that_the_browser_would_not_hold_is_taken_as_it_comes(tmp_path: Path) -> None:
    script = "setTimeout(() => fetch('/large.mp4').then(r => r.arrayBuffer()), 1500);"
    store, watched = run(tmp_path, script, seconds=6)
    (content,) = media_resources(store, watched.log).values()
    assert content == bytes(range(256)) * (LARGE // 256)
    assert gaps(store, watched.log) == []


def test_a_page_that_rewrites_its_own_world_is_still_seen(tmp_path: Path) -> None:
    script = """JSON.stringify = Array.prototype.map = Object.entries = () => { throw 1; };
    Element.prototype.getBoundingClientRect = () => { throw 2; }; setInterval(() => alert('hi'), 1500);"""
    store, watched = run(tmp_path, script)
    assert watched.code == 0
    assert len(entries(store, watched.log, "screen")) >= 6
