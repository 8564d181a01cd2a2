"""Wrong usage, job files, stores and machines that will not do: each by the real command, with its documented code.

A small file system is mounted where the machine allows it (root); elsewhere the kernel's file size limit and mode bits
do the same to the same code, so that nothing is skipped.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from evidence_store.store import Store
from tests.harness.grading import entries
from tests.harness.room import MAIN, Watched, livewitness, simulated_room, start_watch, watch

pytestmark = pytest.mark.faults
URL = "http://127.0.0.1:9/room/1"  # well formed; never opened by what is refused before
MIB = 1 << 20


def refused(*arguments: str, code: int = 2, says: tuple[str, ...]) -> None:
    """The command ends with this code and one message that names these things; nothing else is printed."""
    done = livewitness(*arguments)
    assert done.returncode == code, done
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("livewitness: ")
    assert done.stdout == ""
    assert [word for word in says if word not in done.stderr] == [], done.stderr


@pytest.mark.parametrize(
    "url", ["live.example.com/room/1", "ftp://h/x", "http://", "http://h:99999/", "http://[::1/", "javascript:alert(1)",
            "https://h/a b", "https://h/\x1b[31m", "file:///etc/passwd", ""]
)  # fmt: skip
def test_a_malformed_address_is_refused_before_anything_is_made(tmp_path: Path, url: str) -> None:
    store = tmp_path / "store"
    refused("watch", url, "--store", str(store), says=("address: ", "expected http"))
    assert not store.exists()


def test_one_bad_address_of_several_stops_all_before_they_begin(tmp_path: Path) -> None:
    store = tmp_path / "store"
    refused("watch", URL, "ftp://h/x", "--store", str(store), says=("'ftp://h/x'",))
    assert not store.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["watch"], ("one or more URLs, or --job FILE", "livewitness watch --help")),
        (["watch", URL, "--job", "x.yaml"], ("not both",)),
        (["watch", URL, "--for", "soon"], ("'soon'", "--for 30m")),
        (["watch", URL, "--for", "13h"], ("at most 12 h",)),
        (["watch", URL, "--rate", "50"], ("0.1 to 5", "got 50")),
        (["watch", URL, "--profile", "../x"], ("profile", "'../x'")),
        (["watch", URL, "--case", "\x07"], ("case", "printable")),
        (["readings", "last", "--store", "/nowhere", "--format", "xml"], ("table, json or csv", "'xml'")),
        (["readings", "last", "--store", "/nowhere"], ("/nowhere/store.json", "livewitness watch")),
        (["sessions", "--store", "/nowhere"], ("/nowhere/store.json", "livewitness watch")),
        (["reread", "last", "--store", "/nowhere"], ("/nowhere/store.json", "livewitness watch")),
    ],
)
def test_wrong_usage_is_told_with_what_to_type(arguments: list[str], says: tuple[str, ...]) -> None:
    refused(*arguments, says=says)


def test_an_unknown_session_is_told_with_what_to_type(tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    Store.create(store).close()
    for command in ("readings", "reread"):
        refused(command, "cafe", "--store", store, says=("'cafe'", f"livewitness sessions --store {store}"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("job.yaml", f"url: {URL}\ncolour: red\n".encode(), ("unknown key 'colour'", "expected", "case, clicks, for")),
        ("job.yaml", b"url: [\n", ("not YAML", "line 2")),
        ("job.json", b"{", ("not JSON", "line 1")),
        ("job.yaml", b"# " + b"x" * MIB, ("at most 1 MiB", str(MIB + 2))),
        ("job.yaml", bytes(range(256)), ("can't be read",)),
        ("job.yaml", b"", ("expected one job", "url: ...")),
        ("job.yaml", b"case: x\n", ("'url' is missing", "add for example url:")),
    ],
    ids=["unknown key", "bad YAML", "bad JSON", "too big", "binary", "empty", "no url"],
)
def test_a_job_file_that_will_not_do_is_told_by_name(
    tmp_path: Path, name: str, content: bytes, says: tuple[str, ...]
) -> None:
    (tmp_path / name).write_bytes(content)
    store = tmp_path / "store"
    refused("watch", "--job", str(tmp_path / name), "--store", str(store), says=(str(tmp_path / name), *says))
    assert not store.exists()


def test_a_job_file_that_is_not_there_or_is_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        refused("watch", "--job", str(path), says=(str(path), "can't be read"))


@contextmanager
def mounted(path: Path, options: str) -> Iterator[Path]:
    """A small file system of its own."""
    path.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)], check=True, capture_output=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def can_mount(folder: Path) -> bool:
    try:
        with mounted(folder / "try", "size=1m"):
            return True
    except (subprocess.CalledProcessError, FileNotFoundError):
        return False


def watch_until_room_runs_out(folder: Path) -> tuple[Path, Watched]:
    """A watch of a minute on a disk that has room for a few seconds; the store and how it ended."""
    with ExitStack() as stack:
        limit = not can_mount(folder)
        disk = folder if limit else stack.enter_context(mounted(folder / "disk", "size=24m"))
        if not limit:
            (disk / "ballast").write_bytes(bytes(9 * MIB))
        room = stack.enter_context(simulated_room("hostile" if limit else "default"))
        began = time.monotonic()
        process = stack.enter_context(start_watch(room.url, disk / "store", "--for", "60s", "--no-read", "--rate", "5"))
        assert process.stdout is not None
        assert process.stderr is not None
        out = ""
        for line in process.stdout:
            out += line
            if limit and '"type": "screen"' in line:  # the browser, already running, keeps its own limits
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (9 * MIB, resource.RLIM_INFINITY))
                limit = False
        watched = Watched(process.wait(30), out, process.stderr.read(), time.monotonic() - began)
        kept = folder / "kept"
        shutil.copytree(disk / "store", kept)
        return kept, watched


def names(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


def not_begun(store: Path, *, code: int, says: tuple[str, ...]) -> None:
    """A watch that can't keep anything watches nothing: nothing was opened, the message says why and what to do."""
    done = watch(URL, store, "--for", "5s", "--no-read")
    assert done.code == code, done
    assert [event for event in done.events if event["event"] != "progress"] == []
    message = done.err.strip().splitlines()[-1]
    assert message.startswith("livewitness: ")
    assert [word for word in says if word not in message] == [], message


@pytest.mark.browser
def test_a_store_that_is_a_file_is_left_alone(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.write_text("mine")
    not_begun(store, code=2, says=("expected a folder", f"{store} is a file", "choose another --store"))
    assert store.read_text() == "mine"


@pytest.mark.browser
def test_a_folder_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.txt").write_text("mine")
    not_begun(tmp_path, code=2, says=("a new or empty folder", "holiday.txt", "choose another --store"))
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.txt"]


READ_ONLY = ("a writable folder", "choose another --store")


@pytest.mark.browser
def test_a_store_that_may_not_be_written_is_told_as_such_and_stays_as_it_was(tmp_path: Path) -> None:
    store = tmp_path / "store"
    Store.create(store).close()
    before = names(store)
    for folder in (store, *(path for path in store.rglob("*") if path.is_dir())):
        folder.chmod(0o555)
    # Root writes whatever the mode bits say; without capabilities it is a user like any other.
    user = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    command = [*user, *MAIN, "watch", URL, "--store", str(store), "--no-read"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    message = done.stderr.strip().splitlines()[-1]
    assert (done.returncode, message[:13]) == (2, "livewitness: ")
    assert [word for word in READ_ONLY if word not in message] == [], message
    assert names(store) == before
    for folder in (store, *(path for path in store.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    if can_mount(tmp_path):
        with mounted(tmp_path / "disk", "size=24m") as disk:
            read_only_disk(disk)


def read_only_disk(disk: Path) -> None:
    Store.create(disk / "store").close()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    before = names(disk)
    for store in (disk / "store", disk / "new"):
        not_begun(store, code=2, says=(*READ_ONLY, "Read-only file system"))
    assert names(disk) == before
    assert livewitness("sessions", "--store", str(disk / "store")).returncode == 0, "it can be read all the same"


@pytest.mark.browser
def test_a_disk_that_is_full_before_the_watch(tmp_path: Path) -> None:
    if can_mount(tmp_path):
        with mounted(tmp_path / "disk", "size=6m") as disk:
            not_begun(disk / "store", code=5, says=("room on the disk", "No space left", "df -h"))
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6 * MIB, before[1]))  # the reserve does not fit
    try:
        not_begun(tmp_path / "store", code=5, says=("room on the disk", "df -h"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.browser
def test_a_disk_that_fills_up_ends_the_watch_and_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    store, watched = watch_until_room_runs_out(tmp_path)
    assert watched.code == 5, (watched.out[-500:], watched.err)
    assert watched.seconds < 45, "it ends when the disk is full, not when the time is over"
    assert "Traceback" not in watched.err
    ended = watched.events[-1]
    assert (ended["event"], ended["exit_code"]) == ("ended", 5)
    assert "free some space" in ended["words"]
    assert "df -h" in ended["words"]
    verified = livewitness("verify", str(store))
    assert verified.returncode == 0, verified.stdout
    (closed,) = entries(store, watched.log, "session.close")
    assert (closed.body["reason"], closed.body["exit_code"]) == ("disk full", 5)
    acknowledged = {event["index"]: event["id"] for event in watched.events if event["event"] == "entry"}
    assert len(acknowledged) > 10
    with Store.open_read_only(store) as opened, opened.reader(watched.log) as reader:
        kept = {entry.index: entry for entry in reader.entries()}
        assert {index: kept[index].id for index in acknowledged} == acknowledged
        for entry in kept.values():
            assert all(len(opened.blobs.read(blob)) == blob.size for blob in entry.blobs)


@pytest.mark.browser
def test_two_watches_into_one_store_at_once_are_normal(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with simulated_room() as first, simulated_room("honest") as second:
        running = [start_watch(room.url, store, "--for", "5s", "--no-read") for room in (first, second)]
        ended = [(process, *process.communicate(timeout=100)) for process in running]
    for process, out, err in ended:
        assert process.returncode == 0, (out[-500:], err)
        assert err == ""
    listed = json.loads(livewitness("sessions", "--store", str(store), "--json").stdout)
    assert {row["room"] for row in listed} == {first.url, second.url}
    assert [(row["state"], row["reason"]) for row in listed] == [("closed", "time over")] * 2
    assert all(entries(store, row["log"], "screen") for row in listed)
    assert livewitness("verify", str(store)).returncode == 0


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("LIVEWITNESS_BROWSER", "/nonexistent/chrome", ("/nonexistent/chrome", "livewitness setup")),
        ("LIVEWITNESS_BROWSER", "/bin/true", ("/bin/true", "livewitness setup")),
        ("LIVEWITNESS_MODELS", "/nonexistent/models", ("/nonexistent/models", "livewitness setup")),
    ],
)
def test_a_missing_piece_is_told_with_its_remedy_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: tuple[str, ...]
) -> None:
    monkeypatch.setenv(name, value)
    refused("watch", URL, "--store", str(tmp_path / "store"), code=3, says=says)
    assert not (tmp_path / "store").exists()


@pytest.mark.browser
def test_missing_models_do_not_stop_a_watch_that_reads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEWITNESS_MODELS", "/nonexistent/models")
    done = watch("http://127.0.0.1:10081/x", tmp_path / "store", "--for", "3s", "--no-read")
    assert done.code == 4, "it got as far as the room, where nobody is"


@pytest.mark.browser
def test_missing_fonts_are_found_by_the_doctor_with_their_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A fontconfig without any folder: what a machine without fonts looks like to us and to the browser.
    config = tmp_path / "fonts.conf"
    config.write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>')
    monkeypatch.setenv("FONTCONFIG_FILE", str(config))
    done = livewitness("doctor", "--json", "--store", str(tmp_path))
    assert done.returncode == 3
    report = json.loads(done.stdout)
    fonts = next(finding for finding in report["findings"] if finding["name"] == "fonts")
    assert report["ok"] is False
    assert (fonts["state"], fonts["found"]) == ("missing", "no Chinese font")
    assert "install" in fonts["remedy"]
    assert os.environ["FONTCONFIG_FILE"] == str(config)
