"""Watches of rooms that speak as real sites do: what is kept, what is understood of it, and how such a watch ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.readers.messages.cross_check import compare
from crawler.readers.messages.listing import MessageListing, list_messages
from crawler.readers.messages.shown_lines import shown_lines
from evidence_store.store import Store
from tests.harness.dialects import grade
from tests.harness.grading import Truth, entries, grade_chat
from tests.harness.room import Watched, livewitness, simulated_room, watch

pytestmark = pytest.mark.browser
DIALECTS = ("douyin", "tiktok", "kuaishou", "bilibili", "jd", "xiaohongshu", "taobao")
WITH_ROWS = ("douyin", "tiktok", "kuaishou", "bilibili")  # adapters that know where the page shows its chat
BROADCAST_IN_PAGE = ("douyin", "kuaishou", "tiktok")  # Kuaishou's page deletes the script that says it
AT_THE_DOOR = {
    "entry_captcha": "captcha",
    "entry_login": "login wall",
    "entry_not_found": "not found",
    "entry_blocked": "blocked",
    "entry_no_content": "no room content",
    "entry_ended": "ended",
    "entry_not_started": "not started",
}
IN_CI = {"douyin": ("entry_captcha",)}
LEFT_S = 1  # an answer that left the room in the last second may not have come


def sat(dialect: str, scenario: str, folder: Path, *arguments: str) -> tuple[Watched, Truth, Path]:
    """A watch of such a room without a reader of pictures."""
    store = folder / "store"
    with simulated_room(scenario, "--dialect", dialect) as room:
        watched = watch(room.url, store, "--no-read", *arguments)
        return watched, room.truth(), store


def said(store: Path, log: str) -> MessageListing:
    with Store.open_read_only(store) as opened:
        return list_messages(opened, log)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_all_is_kept_and_decoded_as_it_was_sent_until_the_site_says_that_it_is_over(
    dialect: str, tmp_path: Path
) -> None:
    scenario = tmp_path / "ends.yaml"
    scenario.write_text("base: default\nfaults:\n  - {kind: room_ends, at: 12}\n", encoding="utf-8")
    watched, truth, store = sat(dialect, str(scenario), tmp_path, "--for", "90s")
    assert (watched.code, watched.seconds < 80) == (0, True), watched.err
    states = [entry.body["state"] for entry in entries(store, watched.log, "room.state")]
    assert states[-1] == "ended"
    assert "live" in states
    if dialect in BROADCAST_IN_PAGE:
        broadcasts = {e.body.get("broadcast") for e in entries(store, watched.log, "room.state")} - {None}
        assert broadcasts == {each["broadcast_id"] for each in truth["dialect"]["broadcasts"]}
    listing = said(store, watched.log)
    assert (listing.platform, listing.ended) == (f"simulated {dialect}", "complete")
    sockets = grade_chat(truth, store, watched.log)
    assert all(socket.same and socket.kept >= socket.received for socket in sockets)
    until = max(message.wall_ns for message in listing.messages) - LEFT_S * 10**9
    kept = {socket.id: socket.kept for socket in sockets}
    unknown = listing.closing["tally"]["unknown"]
    graded = grade(truth, listing.messages, unknown, kept, until)
    assert graded.share >= 0.99, graded.wrong[:10]
    assert graded.right >= 50
    assert graded.kinds["chat"] >= 20
    assert graded.miscounted == []
    # A poll that was answered with nothing when the room was over.
    assert set(listing.closing["tally"]["undecodable"]) <= {"webcast: an empty answer"}
    assert all(unknown[method] >= count for method, count in graded.unknown.items())
    with Store.open_read_only(store) as opened, opened.reader(listing.reading_log) as reader:
        raw = b"".join(row.raw for row in reader.rows())
        check = compare(listing.messages, shown_lines(opened, watched.log))
    if dialect in WITH_ROWS:
        assert check.lines > 40
        assert (check.recall_of_frames or 0) >= 0.98, "what the page showed stood in frames"
        assert (check.recall_of_lines or 0) >= 0.85, (
            "what came just before the watch and its end was not seen on the page"
        )
    names = {m.message.person.name for m in listing.messages if m.message.person and m.message.person.name}
    assert len(names) >= 10
    assert not [name for name in names if len(name) > 3 and name.encode() in raw], "names stand in parts alone"
    assert livewitness("verify", str(store)).returncode == 0


@pytest.mark.parametrize(
    ("dialect", "scenario"),
    [
        pytest.param(dialect, scenario, marks=() if scenario in IN_CI.get(dialect, ()) else pytest.mark.soak)
        for dialect in DIALECTS
        for scenario in AT_THE_DOOR
    ],
)
def test_a_wall_at_the_door_is_told_for_what_it_is(dialect: str, scenario: str, tmp_path: Path) -> None:
    watched, _, store = sat(dialect, scenario, tmp_path, "--for", "40s")
    assert watched.code == 4, watched.err
    states = [entry.body["state"] for entry in entries(store, watched.log, "room.state")]
    assert states[-1:] == [AT_THE_DOOR[scenario]], watched.err


@pytest.mark.soak  # in CI the plain room's socket is dropped
@pytest.mark.parametrize("dialect", DIALECTS[:4])
def test_a_dropped_socket_is_a_gap_and_messages_go_on(dialect: str, tmp_path: Path) -> None:
    scenario = tmp_path / "drop.yaml"
    scenario.write_text("base: default\nfaults:\n  - {kind: chat_drop, at: 5, for: 3}\n", encoding="utf-8")
    watched, truth, store = sat(dialect, str(scenario), tmp_path, "--for", "16s")
    assert watched.code == 0, watched.err
    assert [gap for gap in entries(store, watched.log, "gap") if gap.body["cause"] == "chat dropped"]
    listing = said(store, watched.log)
    sockets = [socket for socket in grade_chat(truth, store, watched.log) if socket.kept]
    assert len(sockets) >= 2
    assert all(socket.same for socket in sockets)
    back = max(e["from_wall_ns"] for e in truth["dialect"]["broadcasts"]) + 10 * 10**9
    assert [m for m in listing.messages if m.wall_ns > back], "messages of the new socket are read too"


@pytest.mark.parametrize("dialect", ["douyin", *(pytest.param(d, marks=pytest.mark.soak) for d in DIALECTS[1:])])
def test_a_hostile_room_is_kept_whole_and_counted(dialect: str, tmp_path: Path) -> None:
    watched, truth, store = sat(dialect, "hostile", tmp_path, "--for", "12s")
    assert watched.code == 0, watched.err
    listing = said(store, watched.log)
    assert listing.ended == "complete"
    assert all(socket.same for socket in grade_chat(truth, store, watched.log))
    broken = {frame["what"] for frame in truth["dialect"]["hostile_frames"]}
    assert broken
    if broken & {"cut_short", "noise", "false_length", "bomb", "wrong_compression_flag"}:
        assert listing.closing["tally"]["undecodable"]
    shown = livewitness("messages", "last", "--store", str(store))
    assert shown.returncode == 0
    assert not [char for char in shown.stdout if not char.isprintable() and char != "\n"]
