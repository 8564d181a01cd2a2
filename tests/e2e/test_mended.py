"""Faults that were found by attacking the crawler, each once red: they stay mended."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.main import get_command

from crawler.captures.addresses import MAX_CANONICAL, canonical
from crawler.captures.media import container_of
from crawler.captures.segments import Cutter
from crawler.cli import app
from crawler.exits import BadInputError, ExitCode
from crawler.jobs import WatchJob, load_jobs
from crawler.reading import ReaderProcess
from evidence_store.store import Store
from tests.harness.grading import entries
from tests.harness.room import livewitness, simulated_room, watch

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = get_command(app).commands
URL = "http://127.0.0.1:9/room/1"


# Every usage error of typer is exit code 70 with a traceback: typer 0.29 raises typer._click's own exceptions.
@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["watch", "--nonsense"], ["watch", URL, "--rate", "abc"], ["readings"], []]
)
def test_wrong_usage_of_the_command_line_is_exit_code_2(arguments: list[str]) -> None:
    done = livewitness(*arguments)
    assert done.returncode == ExitCode.USAGE
    assert "Traceback" not in done.stderr


# A store that can't be opened: right code, right message, but a Scrapy traceback before it.
def test_a_store_that_can_not_be_opened_gives_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = watch(URL, tmp_path / "file", "--for", "5s", "--no-read")
    assert done.code == 2
    assert "Traceback" not in done.err


# A reader that goes away: exit code 1, which means "does not verify".
def test_output_into_a_pipe_that_nobody_reads_is_no_fault(tmp_path: Path) -> None:
    store = tmp_path / "store"
    Store.create(store).close()
    program = "import time; time.sleep(0.5); from crawler.cli import main; main()"
    command = [sys.executable, "-c", program, "sessions", "--store", str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
        assert process.wait(60) == ExitCode.FINE, errors
    assert errors == ""


# Values of a job file that YAML or float can't take: ValueError, OverflowError... instead of BadInputError.
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("job.yaml", f"url: {URL}\ncase: 2026-13-45\n"),
        ("job.yaml", f"url: {URL}\nrate: 1{'0' * 400}\n"),
        ("job.yaml", f"url: {URL}\nrate: {'1' * 5000}\n"),
        ("job.json", f'{{"url": "{URL}", "rate": {"1" * 5000}}}'),
        ("job.yaml", f"url: {URL}\nfor: !!timestamp abc\n"),
    ],
    ids=["date", "large", "larger", "larger JSON", "tag"],
)
def test_a_job_file_with_a_value_that_is_none(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInputError):
        load_jobs(tmp_path / name)


# to_mapping writes seconds with six digits: what `watch URL URL` hands to its children differs from what was typed.
@pytest.mark.parametrize("seconds", [40000.25, 0.00001])
def test_any_duration_survives_being_written_and_read(seconds: float) -> None:
    job = WatchJob(URL, seconds=seconds)
    assert WatchJob.from_mapping(job.to_mapping(), "here") == job


# FLV in one large chunk (the buffered head of a tap), and a cut inside a tag: the tag borders are lost for good.
def flv(tags: int, size: int) -> tuple[bytes, set[int]]:
    tag = b"\x09" + size.to_bytes(3) + bytes(7) + b"\xaa" * size + (size + 11).to_bytes(4)
    return b"FLV\x01\x05\0\0\0\x09\0\0\0\0" + tag * tags, {13 + n * len(tag) for n in range(tags + 1)}


def test_an_flv_in_one_large_chunk_is_cut_at_tag_borders() -> None:
    stream, borders = flv(100, 100_000)
    cutter = Cutter("flv")
    pieces = [*cutter.feed(stream, 1), *cutter.finish()]
    assert [piece.offset + len(piece.content) in borders for piece in pieces] == [True] * len(pieces)


def test_after_a_cut_inside_a_tag_the_borders_are_found_again() -> None:
    stream, borders = flv(50, 100_000)
    cutter = Cutter("flv")
    pieces = [*cutter.feed(stream[:5000], 0), *cutter.tick(9_500_000_000)]
    for number, at in enumerate(range(5000, len(stream), 7000)):
        pieces += cutter.feed(stream[at : at + 7000], 10_000_000_000 + number * 100_000_000)
    pieces += cutter.finish()
    assert len(pieces) > 4
    assert [piece.offset + len(piece.content) in borders for piece in pieces[2:]] == [True] * (len(pieces) - 2)


# Addresses.
def test_any_address_is_told_in_at_most_a_thousand_characters() -> None:
    assert len(canonical("a" * 5000 + ":x")) <= MAX_CANONICAL


def test_a_slash_that_is_missing_does_not_give_the_password_away() -> None:
    assert "secret" not in canonical("https:/user:secret@host/x")


def test_an_address_that_can_not_be_read_is_no_media() -> None:
    assert container_of("text/plain", "data://[x,hello") is None


# ReaderProcess leaves its two pipes open (two handles and a ResourceWarning for each watch or reread).
def test_a_reader_that_has_ended_holds_no_handle(tmp_path: Path) -> None:
    Store.create(tmp_path / "s").close()
    before = len(list(Path("/proc/self/fd").iterdir()))
    reader = ReaderProcess(tmp_path / "s", "f" * 32)
    assert reader.wait(60)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


# reread --from/--to: argparse takes --from for --from-ms, so 1 means one millisecond after 1970, and 1.5 is an error.
def test_rereading_a_part_of_a_session(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = store.open_log("capture", case="x", subject="r", body={})
        time.sleep(1)  # a session as long as the stretch that is asked for: what lies after its end is refused
        writer.close("time over", {})
    done = livewitness("reread", "last", "--from", "0.5s", "--to", "1.5s", "--store", str(tmp_path / "s"))
    assert done.returncode == 0, done


# Bad input that ends as "our own fault" (70) with a traceback.
def test_other_bad_input_is_exit_code_2(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        store.open_log("capture", case="x", subject="r", body={}).close("time over", {})
    for arguments in (
        ["simroom", "--scenario", "nope"],
        ["simroom", "--port", "80000"],
        ["readings", "last", "--store", str(tmp_path / "s"), "--contact-sheet", str(tmp_path / "no" / "x.html")],
    ):
        done = livewitness(*arguments)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False), arguments


# A room that is paused at the door: the brief says 4, the watch says 0 "the time given is over" and names no gap.
@pytest.mark.browser
def test_a_room_that_is_paused_at_the_door(tmp_path: Path) -> None:
    with simulated_room("entry_paused") as room:
        watched = watch(room.url, tmp_path / "s", "--for", "4s", "--no-read")
    assert watched.code == 4 or entries(tmp_path / "s", watched.log, "gap")


# Fonts: a watch begins without any, and every picture shows boxes; the issue lists a missing font as bad input.
def test_a_watch_without_fonts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fonts.conf").write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig/>')
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    assert watch("http://127.0.0.1:10081/x", tmp_path / "s", "--for", "3s", "--no-read").code == 3


# The README.
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_is_named_in_the_readme(name: str) -> None:
    assert re.search(rf"livewitness {name}\b", README)
