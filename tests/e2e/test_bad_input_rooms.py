"""Rooms that can't be watched, and one whose page and chat are hostile: exit code, words, what is kept all the same."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.grading import chat_frames, entries, grade_chat, grade_media
from tests.harness.room import Watched, livewitness, simulated_room, watch

pytestmark = [pytest.mark.browser, pytest.mark.faults]


def check_end(watched: Watched, store: Path, words: str) -> None:
    """Exit code 4, words that say why, a log that is closed with both, a store that verifies."""
    assert watched.code == 4, (watched.out[-500:], watched.err)
    assert watched.err == ""
    ended = watched.events[-1]
    assert (ended["event"], ended["exit_code"]) == ("ended", 4)
    assert re.search(words, ended["words"])
    (closed,) = entries(store, watched.log, "session.close")
    assert closed.body["exit_code"] == 4
    assert verify(store).ok


# One that does not answer at all takes longest, so it begins.
DOORS = ("entry_never", "entry_not_found", "entry_server_error", "entry_login", "entry_captcha", "entry_ended")


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[tuple[Watched, Path]]]]:
    """All of them, two at a time: nothing is measured here, and each spends most of its time on waiting."""

    def met(scenario: str) -> tuple[Watched, Path]:
        store = tmp_path_factory.mktemp(scenario) / "store"
        with simulated_room(scenario) as room:
            return watch(room.url, store, "--for", "30s", "--no-read"), store

    with ThreadPoolExecutor(2) as pool:
        yield {scenario: pool.submit(met, scenario) for scenario in DOORS}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize(
    ("scenario", "state", "words"),
    [
        # page or status, whichever is seen first
        ("entry_not_found", "not found", "check the address|HTTP status 404"),
        ("entry_server_error", "unreachable", "HTTP status 500"),
        ("entry_login", "login wall", "login wall; it is recorded, and only a person may pass it"),
        ("entry_captcha", "captcha", "captcha; it is recorded, and only a person may pass it"),
        ("entry_ended", "ended", "watch again when the room is live"),
        ("entry_never", "unreachable", "did not answer within 20 s"),
    ],
)
def test_a_room_that_can_not_be_watched(
    doors: dict[str, Future[tuple[Watched, Path]]], scenario: str, state: str, words: str
) -> None:
    watched, store = doors[scenario].result()
    check_end(watched, store, words)
    assert entries(store, watched.log, "room.state")[-1].body["state"] == state
    assert entries(store, watched.log, "preflight"), "what was tried, and from where, is evidence too"


def test_nobody_listens_at_that_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused, and nobody else gets it
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/room/1"
        watched = watch(url, tmp_path / "store", "--for", "30s", "--no-read")
    check_end(watched, tmp_path / "store", "ERR_CONNECTION_REFUSED")


def test_an_address_that_no_name_server_knows(tmp_path: Path) -> None:
    watched = watch("http://room.invalid/1", tmp_path / "store", "--for", "30s", "--no-read")
    check_end(watched, tmp_path / "store", "can't be reached")


def test_of_several_rooms_the_highest_code_counts_and_each_is_kept(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with simulated_room() as good, simulated_room("entry_ended") as ended:
        done = livewitness(
            "watch", good.url, ended.url, "--for", "4s", "--no-read", "--json", "--store", str(store), limit=100
        )
    assert (done.returncode, done.stderr) == (4, "")
    listed = json.loads(livewitness("sessions", "--store", str(store), "--json").stdout)
    assert {row["room"]: row["reason"] for row in listed} == {
        good.url: "time over",
        ended.url: "not live: ended",
    }
    assert verify(store).ok


def test_a_hostile_room_is_kept_bit_exact_and_harms_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with simulated_room("hostile") as room:
        watched = watch(room.url, store, "--for", "8s", "--no-read")
        truth = room.truth()
    assert watched.code == 0, (watched.out[-500:], watched.err)
    assert watched.err == ""
    assert "\x1b" not in watched.out
    (grade,) = grade_chat(truth, store, watched.log)
    assert grade.same
    assert grade.kept >= grade.received > 50
    assert all(media.same for media in grade_media(truth, store, watched.log))
    frames = [frame for kept in chat_frames(store, watched.log).values() for frame in kept]
    sizes = [frame["size"] for frame in truth["sockets"][0]["frames"]]
    assert [len(frame) for frame in frames] == sizes[: len(frames)]
    assert max(map(len, frames)) == 10_000_000
    assert any(b"\xed\xa0\x80" in frame for frame in frames), "broken UTF-8 as it was sent"
    assert any(b"\x00\x07\x1b[31m\x7f" in frame or b"\\u001b[31m" in frame for frame in frames)
    states = {entry.body["state"] for entry in entries(store, watched.log, "room.state")}
    assert states == {"live"}, "markup that lies about the room's state changes nothing"
    assert entries(store, watched.log, "gap") == []
    pages = entries(store, watched.log, "page")
    assert {entry.body["occasion"] for entry in pages} >= {"start", "end"}
    with Store.open_read_only(store) as opened:
        document = next(blob for blob in pages[0].blobs if blob.role == "document")
        assert b"\xe4\xbb\x85\xe5\x89\xa9\xe2\x81\xa6" in opened.blobs.parts(document)[2], (
            "bidi signs as the page has them"
        )
    shown = livewitness("sessions", "--store", str(store))
    assert shown.returncode == 0
    verified = livewitness("verify", str(store))
    assert verified.returncode == 0, verified.stdout
