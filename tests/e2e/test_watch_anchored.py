"""A watch whose time rests on others: its progress says how far, and an outage holds up nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence_store.anchors.records import read_token
from evidence_store.entries import EntryType
from evidence_store.store import Store
from tests.harness.authority import LocalAuthority
from tests.harness.grading import entries
from tests.harness.room import livewitness, simulated_room, watch


@pytest.fixture
def authorities(tmp_path: Path) -> Iterator[tuple[LocalAuthority, LocalAuthority]]:
    with LocalAuthority(tmp_path / "tsa", "one") as one, LocalAuthority(tmp_path / "tsa", "two") as two:
        yield one, two


def set_authorities(folder: Path, monkeypatch: pytest.MonkeyPatch, *authorities: LocalAuthority) -> None:
    lines = [f"  - {{name: {each.name}, url: '{each.url}', root: '{each.root_pem}'}}" for each in authorities]
    (folder / "anchors.yaml").write_text("\n".join(["authorities:", *lines, "every_s: 4"]), encoding="utf-8")
    monkeypatch.setenv("LIVEWITNESS_ANCHORS", str(folder / "anchors.yaml"))


def time_stamps(watched: list[dict[str, object]]) -> list[object]:
    return [event["time-stamps"] for event in watched if "time-stamps" in event]


@pytest.mark.browser
def test_a_watch_is_time_stamped_from_its_opening_to_its_close(
    tmp_path: Path, authorities: tuple[LocalAuthority, LocalAuthority], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_authorities(tmp_path, monkeypatch, *authorities)
    store = tmp_path / "store"
    with simulated_room() as room:
        watched = watch(room.url, store, "--for", "12s", "--no-read")
    assert watched.code == 0, watched.err
    assert time_stamps(watched.events)[-1] == "2 of 2 reachable"
    with Store.open_read_only(store) as opened, opened.register_reader() as register:
        tokens = [read_token(entry) for entry in register.entries(types=[EntryType.ANCHOR_TOKEN])]
        endings = register.entries(types=[EntryType.LOG_CLOSED])
        (closed,) = [entry for entry in endings if entry.body["log"] == watched.log]
    for name in ("one", "two"):
        sizes = [token.size for token in tokens if token.authority == name]
        assert len(sizes) >= 2
        assert max(sizes) > closed.index
    beats = [entry.body["after"] for entry in entries(store, watched.log, "heartbeat")]
    assert set(beats) <= {None, *(token.reply.blake3 for token in tokens)}
    assert beats[-1] is not None
    verified = livewitness("verify", str(store))
    assert verified.returncode == 0, verified.stdout


@pytest.mark.browser
def test_no_authority_in_reach_is_said_and_holds_up_nothing(
    tmp_path: Path, authorities: tuple[LocalAuthority, LocalAuthority], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = authorities
    one.misbehave("unreachable")
    two.misbehave("hang")
    set_authorities(tmp_path, monkeypatch, one, two)
    store = tmp_path / "store"
    with simulated_room() as room:
        watched = watch(room.url, store, "--for", "14s", "--no-read")
    assert watched.code == 0, watched.err
    assert time_stamps(watched.events)[-1] == "0 of 2 reachable, time rests on this machine's clock"
    assert entries(store, watched.log, "gap") == []
    assert len(entries(store, watched.log, "screen")) >= 12
    with Store.open_read_only(store) as opened, opened.register_reader() as register:
        asked = {str(entry.body["from"]) for entry in register.entries(types=[EntryType.ANCHOR_FAILED])}
    assert asked == {"one", "two"}
    assert "time rests on this machine's clock" in livewitness("verify", str(store)).stdout


def test_settings_that_cannot_be_read_are_told_before_a_browser_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "anchors.yaml").write_text("authoritys: []\n", encoding="utf-8")
    monkeypatch.setenv("LIVEWITNESS_ANCHORS", str(tmp_path / "anchors.yaml"))
    watched = watch("http://127.0.0.1:9/room/1", tmp_path / "store", "--for", "5s", "--no-read")
    assert watched.code == 2
    assert "authoritys" in watched.err
    assert not (tmp_path / "store").exists()
