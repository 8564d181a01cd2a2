"""A watch of the simulated room as sites speak: the lines that its page showed against the messages of its frames."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.platforms import site_named
from crawler.platforms.messages import Kind
from crawler.readers.messages.cross_check import Shown, compare
from crawler.readers.messages.raw import RawPieces
from crawler.readers.messages.reader import MessageReader
from crawler.readers.messages.records import ReadMessage
from crawler.readers.messages.shown_lines import shown_lines
from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.grading import entries
from tests.harness.room import simulated_room, watch

pytestmark = pytest.mark.browser


def decoded(store: Store, log: str) -> list[ReadMessage]:
    """What the session's frames and answers say, as the site's adapter reads them."""
    raw, found = RawPieces(), []
    with store.reader(log) as reader:
        states = [entry.body.get("platform") for entry in reader.entries(types={"room.state"})]
        messages = MessageReader(site_named(next(state for state in states if state)))
        for entry in reader.entries(types={"chat", "answers"}):
            for ref in entry.blobs:
                pieces = raw.of_chat if entry.type == "chat" else raw.of_answers
                found += messages.read(pieces(entry, store.blobs.parts(ref)))[0]
    return found


def seen(folder: Path, *arguments: str) -> tuple[Path, str]:
    store = folder / "store"
    with simulated_room("default", *arguments) as room:
        watched = watch(room.url, store, "--for", "12s", "--no-read")
    assert watched.code == 0, watched.err
    assert verify(store).ok
    return store, watched.log


@pytest.mark.soak  # in CI test_dialects.py compares them, in the watch that it makes anyway
@pytest.mark.parametrize("dialect", ["bilibili", "douyin", "kuaishou", "tiktok"])
def test_what_the_page_showed_is_what_the_frames_said(dialect: str, tmp_path: Path) -> None:
    store, log = seen(tmp_path, "--dialect", dialect)
    with Store.open_read_only(store) as opened:
        messages, lines = decoded(opened, log), shown_lines(opened, log)
    bodies = [entry.body for entry in entries(store, log, "chat.lines")]
    assert {body["list"] for body in bodies if body["lines"]} <= set(site_named(dialect).chat_rows)
    assert sum(body["over"] for body in bodies) == 0
    check = compare(messages, lines)
    assert check.lines > 60
    assert check.recall_of_frames is not None
    assert check.recall_of_frames >= 0.98, [lines[n].text for n in check.unmatched_lines]
    assert check.recall_of_lines is not None
    assert check.recall_of_lines >= 0.9  # what came in the watch's first and last second was not seen on the page
    strangers = [each for each in messages if each.message.kind is not Kind.CHAT or len(each.message.text or "") > 5]
    assert compare(strangers[: len(strangers) // 2], lines).matched < check.matched


def test_the_room_s_own_page_gives_its_lines_and_no_entry_holds_a_word_of_them(tmp_path: Path) -> None:
    store, log = seen(tmp_path)
    with Store.open_read_only(store) as opened:
        lines: list[Shown] = shown_lines(opened, log)
        with opened.reader(log) as reader:
            raw = b"".join(entry.raw for entry in reader.entries())
    assert len(lines) > 60
    found = entries(store, log, "chat.lines")
    assert {entry.body["list"] for entry in found} == {"found"}
    texts = {line.text.split("：", 1)[1] for line in lines if "：" in line.text}
    texts = {text for text in texts if len(text) > 3}
    assert len(texts) > 5
    for text in texts:
        assert text.encode() not in raw
        assert json.dumps(text).encode() not in raw
    times = [line.wall_ns for line in lines if not line.stood]
    assert max(times) - min(times) > 5_000_000_000
