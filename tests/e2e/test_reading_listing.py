"""What a person lists of a watch: claims beside values, the two sources, every frame of the original video."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evidence_store.store import Store
from tests.harness.room import livewitness
from tests.harness.sittings import Sitting

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Session:
    """A watched room and what its screenshots' readings list."""

    store: Path
    log: str
    listed: dict[str, Any]

    def listing(self, *arguments: str) -> str:
        told = livewitness("readings", self.log, "--store", str(self.store), *arguments)
        assert told.returncode == 0, told.stderr
        return told.stdout


@pytest.fixture(scope="module")
def session(read_sitting: Sitting, tmp_path_factory: pytest.TempPathFactory) -> Session:
    store, log = read_sitting.copied(tmp_path_factory.mktemp("listing")), read_sitting.log
    listed = json.loads(Session(store, log, {}).listing("--format", "json"))
    assert (listed["ended"], listed["pictures_left"]) == ("complete", 0), "a watch waits for its reader"
    return Session(store, log, listed)


def test_each_change_has_value_times_ladder_place_and_claims(session: Session) -> None:
    accepted = [row for row in session.listed["changes"] if row["status"] == "accepted"]
    assert {row["kind"] for row in accepted} >= {"stock", "stock_left", "countdown", "viewers", "percent", "sold"}
    for row in accepted:
        assert row["first_seen_ms"] <= row["last_seen_ms"]
        assert row["ladder"] in {"seen once", "two agree", "two sources agree"}
        assert row["capture_log"] == session.log
        assert row["source"] == "screenshots"
        assert len(row["box"]) == 4
        assert row["models"]
    left = [row for row in accepted if row["kind"] == "stock_left"]
    assert all(
        row["claims"] == [{"type": "stock_left", "lo": row["value"], "hi": row["value"], "op": "eq", "unit": "单"}]
        for row in left
    )
    rows = list(csv.DictReader(io.StringIO(session.listing("--format", "csv"))))
    assert [json.loads(row["claims"]) for row in rows] == [row["claims"] for row in session.listed["changes"]]


def test_a_counter_in_the_video_rests_on_two_sources(session: Session) -> None:
    """The room burns 仅剩N单 into the video and draws 库存 in the page: only the former can have a second source."""
    ladders = {(row["kind"], row["ladder"]) for row in session.listed["changes"] if row["status"] == "accepted"}
    assert ("stock_left", "two sources agree") in ladders
    assert ("stock", "two sources agree") not in ladders
    assert not [row for row in session.listed["changes"] if any("original video" in doubt for doubt in row["doubts"])]


@pytest.fixture(scope="module")
def every_frame(session: Session) -> str:
    """The reading log of each picture of the original video in three seconds."""
    reread = livewitness(
        "reread", session.log, "--store", str(session.store), "--from", "9s", "--to", "12s", "--every-frame", limit=100
    )
    assert reread.returncode == 0, reread.stderr
    return (reread.stdout + reread.stderr).rsplit("--reading-log ", 1)[1].split()[0]


def test_every_frame_of_a_stretch_is_read_and_leads_back_to_its_picture(
    session: Session, every_frame: str, tmp_path: Path
) -> None:
    listed = json.loads(session.listing("--format", "json", "--reading-log", every_frame))
    rows = [row for row in listed["changes"] if row["status"] == "accepted"]
    assert {row["kind"] for row in rows} >= {"stock_left", "countdown"}
    assert all(row["source"] == "video" and float(row["first_media_s"]) >= 0 for row in rows)
    assert max(row["looks"] + row["not_looked"] for row in rows) >= 4  # far more pictures than the screenshots of 3 s
    sheet = tmp_path / "sheet.html"
    session.listing("--contact-sheet", str(sheet), "--reading-log", every_frame)
    html = sheet.read_text(encoding="utf-8")
    assert html.count("data:image/png;base64,") == len(listed["changes"])
    assert "not to be had any more" not in html
    # The run over a part, of another source, is not what the session's readings are.
    assert json.loads(session.listing("--format", "json"))["reading_log"] != every_frame


def test_the_store_verifies_with_readings_of_both_sources(session: Session, every_frame: str) -> None:
    assert livewitness("verify", str(session.store)).returncode == 0
    with Store.open_read_only(session.store) as store:
        runs = [s.log for s in store.logs() if s.reads == session.log]
    assert len(runs) == 3, "of the screenshots, of frames and answers, of the stretch"
    assert runs[-1] == every_frame


def test_a_reading_log_that_is_none_of_the_session_is_refused(session: Session) -> None:
    told = livewitness("readings", session.log, "--store", str(session.store), "--reading-log", "f" * 32)
    assert told.returncode == 2
    assert "livewitness reread" in told.stderr
