"""The follower as a process on a real store: it reads a growing capture log, ends with it, stops when told."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.exits import BadInputError
from crawler.readers import listing
from crawler.simroom.lettering import find_font
from evidence_store.entries import Attachment, Draft, EntryType
from evidence_store.log import LogWriter
from evidence_store.store import Store
from evidence_store.verify import verify

START_NS = 1_795_000_000_000_000_000


def picture(text: str) -> bytes:
    image = Image.new("RGB", (480, 240), (70, 80, 90))
    ImageDraw.Draw(image).text((60, 60), text, font=ImageFont.truetype(str(find_font()), 20), fill="white")
    return bytes(cv2.imencode(".jpg", np.asarray(image)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())


def capture(writer: LogWriter, second: int, content: bytes) -> None:
    attachment = Attachment("picture", "image/jpeg", content)
    draft = Draft(EntryType.SCREEN, START_NS + second * 1_000_000_000, second * 1_000_000_000, {}, (attachment,))
    writer.submit(draft).result(10)


@contextmanager
def start(store: Path, log: str, *more: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "crawler.readers.follow", "--store", str(store), "--log", log, *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def events(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)  # nothing but JSON lines may come, whatever the OCR libraries print


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "store") as opened:
        yield opened


def open_capture(store: Store) -> LogWriter:
    return store.open_log("capture", case="case 1", subject="a room", body={})


def test_it_reads_a_growing_log_to_its_end(store: Store) -> None:
    writer = open_capture(store)
    for second in range(2):  # a value counts with its second picture
        capture(writer, second, picture("库存:37"))
    with start(store.root, writer.log) as process:
        said = events(process)
        assert next(said)["event"] == "opened"
        changed = next(said)
        assert (changed["event"], changed["kind"], changed["entry"]) == ("changed", "stock", 1)
        first = next(event for event in said if event["event"] == "reading" and event["latest"])
        assert [shown["value"] for shown in first["latest"].values()] == [37]
        for second in range(2, 7):
            capture(writer, second, picture("库存:37" if second < 3 else "库存:200"))
        capture(writer, 7, b"no picture at all")
        writer.close("done")
        last = list(said)[-1]
        assert process.wait(30) == 0
    assert (last["event"], last["reason"], last["read"], last["left"]) == ("closed", "complete", 8, 0)

    found = listing.list_changes(store, writer.log)
    assert [(c.value, c.status) for c in found.changes] == [(37, "accepted"), (200, "accepted")]
    assert found.changes[0].first_seen_ns == START_NS
    assert [len(digest) for digest in found.models.values()] == [64] * 6
    with store.reader(found.reading_log) as reader:
        opening, closing = reader.entry(0), reader.last()
        assert opening.body["reads"] == writer.log
        assert closing is not None
        assert (closing.body["read_to"], closing.body["pictures_left"], closing.body["not_decoded"]) == (8, 0, [8])
        assert all("库存".encode() not in row.raw for row in reader.rows())  # raw text in parts only
    assert verify(store.root).ok

    listed = json.loads(listing.render_json(found))
    assert [row["first_seen_ms"] for row in listed["changes"]] == [START_NS // 10**6, START_NS // 10**6 + 3000]
    assert [row["value"] for row in csv.DictReader(io.StringIO(listing.render_csv(found)))] == ["37", "200"]
    table = listing.render_table(found)
    assert "库存:37" in table.replace("：", ":")
    sheet = listing.render_contact_sheet(store, writer.log)
    assert sheet.count("data:image/png;base64,") == 2
    assert "<script" not in sheet


def test_told_to_stop_it_closes_its_log_and_says_what_is_left(store: Store) -> None:
    writer = open_capture(store)
    content = picture("仅剩100单")
    for second in range(300):
        capture(writer, second * 4, content)  # 4 s apart, so that each is really read
    with start(store.root, writer.log) as process:
        said = events(process)
        next(event for event in said if event["event"] == "reading")
        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        last = list(said)[-1]
        assert process.wait(30) == 5
        assert time.monotonic() - told < 10  # promised: 2 s; a busy test machine gets more, a hang does not pass
    assert last["reason"] == "stopped"
    assert last["read"] + last["left"] == 300
    assert last["left"] > 0
    with store.reader(last["log"]) as reader:
        closing = reader.last()
        assert closing is not None
        assert (closing.type, closing.body["pictures_left"]) == ("session.close", last["left"])
    writer.close("done")
    assert verify(store.root).ok


def test_a_cut_off_capture_is_read_to_its_end(store: Store, tmp_path: Path) -> None:
    """The watch was killed: nobody holds the log, nothing closes it."""
    child = (
        "import os, sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from evidence_store.store import Store; from evidence_store.entries import Attachment, Draft, EntryType\n"
        "writer = Store.open(sys.argv[1]).open_log('capture', case='c', subject='r', body={})\n"
        "content = Path(sys.argv[3]).read_bytes()\n"
        "for i in range(3):\n"
        "    shot = (Attachment('picture', 'image/jpeg', content),)\n"
        "    writer.submit(Draft(EntryType.SCREEN, i * 10**9, i * 10**9, {}, shot)).result()\n"
        "print(writer.log, flush=True); os._exit(9)\n"
    )
    shot = tmp_path / "shot.jpg"
    shot.write_bytes(picture("已抢98%"))
    root = str(Path(listing.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", child, str(store.root), root, str(shot)], capture_output=True, text=True, check=False
    )
    log = done.stdout.strip()
    with start(store.root, log) as process:
        last = list(events(process))[-1]
        assert process.wait(30) == 0
    assert (last["reason"], last["read"], last["left"]) == ("complete", 3, 0)
    assert [c.value for c in listing.list_changes(store, log).changes] == [98]


def test_a_stretch_is_read_into_a_log_that_is_not_taken_for_the_whole(store: Store) -> None:
    writer = open_capture(store)
    for second, number in enumerate((40, 40, 30, 30, 20, 20)):
        capture(writer, second, picture(f"库存:{number}"))
    writer.close("done")
    with start(store.root, writer.log, "--once") as whole:
        assert list(events(whole))[-1]["read"] == 6
    begin = START_NS // 10**6
    with start(store.root, writer.log, "--from-ms", str(begin + 2000), "--to-ms", str(begin + 4000)) as part:
        said = list(events(part))
    assert (said[-1]["read"], said[-1]["left"]) == (2, 0)
    assert [c.value for c in listing.list_changes(store, writer.log).changes] == [40, 30, 20]
    assert [c.value for c in listing.list_changes(store, writer.log, said[0]["log"]).changes] == [30]


def test_wrong_input_is_said_in_one_line(store: Store, tmp_path: Path) -> None:
    for path, log in ((store.root, "0" * 32), (tmp_path / "nothing", "0" * 32)):
        with start(path, log) as process:
            (said,) = events(process)
            assert process.wait(30) == 2
            assert (said["event"], said["exit_code"]) == ("error", 2)
            assert "expected" in said["message"]
            assert process.stderr is not None
            assert "Traceback" not in process.stderr.read()


def test_missing_models_are_said_with_the_command(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = open_capture(store)
    monkeypatch.setenv("LIVEWITNESS_MODELS", str(tmp_path / "none"))
    with start(store.root, writer.log) as process:
        (said,) = events(process)
        assert process.wait(30) == 3
        assert "livewitness setup" in said["message"]
    writer.close("done")


def test_a_session_that_nobody_read_is_an_error_with_the_next_command(store: Store) -> None:
    writer = open_capture(store)
    with pytest.raises(BadInputError, match="livewitness reread"):
        listing.list_changes(store, writer.log)
    writer.close("done")
