"""What a watch says while it runs; nothing of a stranger's text reaches a terminal or a log file raw."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.exceptions import DropItem

from crawler.captures.screen import Shot, screen_draft
from crawler.clock import Instant
from crawler.jobs import WatchJob
from crawler.pipelines import TypeOnlyLogFormatter, ended_ns, session_body
from crawler.progress import JsonLines, PlainLines, WatchFigures, clock, rows, visible
from crawler.session import SessionFigures
from evidence_store.canonical_json import canonical
from evidence_store.entries import Attachment, Draft, EntryType, Part, Receipt


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_text_of_a_stranger_is_safe_on_a_terminal(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    shown.encode("utf-8")  # lone surrogates could not be written at all
    assert len(shown) <= 60 * len("\\u000000")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("仅剩100单", "仅剩100单"),
        ("\x1b[31m红", "\\u001b[31m红"),
        ("\u202e单001剩仅", "\\u202e单001剩仅"),
        ("a\nb\x00", "a\\u000ab\\u0000"),
        ("\ud800", "\\ud800"),
        ("好" * 100, "好" * 60),
    ],
)
def test_control_and_direction_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (75, "1:15"), (3599.7, "1:00:00"), (3675, "1:01:15")],
)  # fmt: skip
def test_times_as_a_person_reads_them(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def running(**figures: Any) -> WatchFigures:
    """Figures of a watch that entered its room at this very moment."""
    return WatchFigures(60, session=SessionFigures(entered_mono_ns=time.monotonic_ns(), **figures))


def test_before_the_room_is_entered_the_watch_says_what_it_waits_for(tmp_path: Path) -> None:
    for figures in (WatchFigures(60), WatchFigures(60, session=SessionFigures())):
        assert figures.elapsed() == 0
        assert dict(rows(figures, tmp_path))["state"] == "opening the browser and the room"


def test_the_rows_show_what_a_person_looks_for(tmp_path: Path) -> None:
    figures = running(
        pictures=12, media_bytes=2_500_000, chat_frames=345, gaps=2, open_gaps=("page frozen",), seen_seconds=11.6
    )
    figures.entries = 99
    shown = dict(rows(figures, tmp_path / "not-there-yet"))
    assert shown["time"] == "0:00 of 1:00, 1:00 to go"
    assert shown["seen"] == "12 s"
    assert (shown["screenshots"], shown["media"], shown["chat frames"]) == ("12", "2.5 MB", "345")
    assert shown["gaps"] == "2, now: page frozen"
    assert shown["entries kept"] == "99"
    assert shown["disk left"].endswith(" GB")
    assert "counters" not in shown, "nobody reads along"


def test_plain_lines_come_only_once_the_room_is_entered(tmp_path: Path) -> None:
    lines: list[str] = []
    plain = PlainLines(tmp_path, lines.append)
    plain.tick(WatchFigures(60))
    plain.close(WatchFigures(60))
    assert lines == []
    figures = running(pictures=3)
    plain.tick(figures)
    plain.tick(figures)
    assert len(lines) == 1, "one line every ten seconds"
    assert "screenshots 3" in lines[0]
    plain.close(figures)
    assert len(lines) == 2


def test_events_as_json_lines_say_kind_and_size_and_no_content(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = WatchFigures(60)
    figures.on_event = JsonLines(tmp_path).event
    figures.opened("abc", [])
    chat = Draft(EntryType.CHAT, 5, 6, {"frames": 1}, (Attachment("frames", "x", (Part(b"umbrella"),)),))
    figures.preserved(chat, Receipt("abc", 1, "id1", 9), 12.34)
    figures.preserved(Draft(EntryType.GAP, 7, 8, {"gap": 1, "cause": "page frozen"}), Receipt("abc", 2, "id2", 9), 1)
    figures.closed()
    out = capsys.readouterr().out
    opened, kept, gap, closed = map(json.loads, out.splitlines())
    assert opened == {"event": "opened", "log": "abc", "cut_off_logs_found": []}
    assert kept == {
        "event": "entry",
        "type": "chat",
        "index": 1,
        "id": "id1",
        "wall_ns": "5",
        "bytes": 8,
        "durable_ms": 12.3,
    }
    assert gap["gap"] == {"gap": 1, "cause": "page frozen"}
    assert closed == {"event": "closed", "log": "abc", "entries": 2}
    assert "umbrella" not in out


def test_a_picture_is_kept_as_delivered_with_the_bracket_of_its_call() -> None:
    before, after = Instant(1_700_000_000_000_000_001, 5_000), Instant(1_700_000_000_000_000_901, 5_900)
    shot = Shot(b"\xff\xd8jpeg", before, after, "screenshot")
    draft = screen_draft(shot, 7, burst=2)
    assert (draft.type, draft.wall_ns, draft.mono_ns) == (EntryType.SCREEN, 1_700_000_000_000_000_001, 5_000)
    assert draft.body == {
        "number": 7,
        "method": "screenshot",
        "bracket": {
            "before_wall": "1700000000000000001",
            "after_wall": "1700000000000000901",
            "before_mono": "5000",
            "after_mono": "5900",
        },
        "burst": 2,
    }
    (picture,) = draft.attachments
    assert (picture.media_type, picture.content) == ("image/jpeg", b"\xff\xd8jpeg")
    canonical(dict(draft.body))
    assert ended_ns(draft) == 5_900


@pytest.mark.parametrize(
    ("body", "ended"),
    [({"to_mono": "70"}, 70), ({"last_mono": "80"}, 80), ({}, 6),
     ({"bracket": {"after_mono": "9"}, "to_mono": "1"}, 9)],
)  # fmt: skip
def test_a_latency_counts_from_the_end_of_the_content(body: dict[str, Any], ended: int) -> None:
    assert ended_ns(Draft(EntryType.MEDIA, 5, 6, body)) == ended


def test_the_logs_first_entry_names_neither_room_nor_profile() -> None:
    body = session_body(WatchJob("https://live.example/umbrella", "umbrella", 90, 2, "umbrella"))
    assert "umbrella" not in json.dumps(body)
    assert body == {
        "for_seconds": 90,
        "rate_hz": 2,
        "seat": "named profile",
        "headed": False,
        "clicks": ["continue watching", "play"],
        "burst": True,
    }


CHAT = Draft(
    EntryType.CHAT,
    1,
    1,
    {"viewer": "umbrella"},
    (Attachment("frames", "x", (Part(b"umbrella"),)), Attachment("picture", "x", b"umbrella")),
)


def test_scrapys_log_says_kind_and_size_of_what_was_not_kept_and_never_its_content() -> None:
    formatter = TypeOnlyLogFormatter()
    assert formatter.scraped(CHAT, None, None) is None
    for line in (
        formatter.dropped(CHAT, DropItem("the disk is full"), None, None),
        formatter.item_error(CHAT, ValueError("the disk is full"), None, None),
    ):
        said = line["msg"] % line["args"]
        assert "chat of 16 bytes" in said
        assert "the disk is full" in said
        assert "umbrella" not in repr(line)


def test_what_is_no_capture_is_named_by_its_class_alone() -> None:
    line = TypeOnlyLogFormatter().item_error({"viewer": "umbrella"}, ValueError("x"), None, None)
    assert "dict of 0 bytes" in line["msg"] % line["args"]
    assert "umbrella" not in repr(line)
