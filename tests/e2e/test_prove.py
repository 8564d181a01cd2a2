"""`livewitness prove` as a person types it; what it writes is checked by other people's programs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from evidence_store.entries import Draft, EntryType
from evidence_store.proofs.tlog_proof import parse_consistency
from evidence_store.store import Store
from tests.harness.room import livewitness
from tests.harness.small_store import Small, small_store

SECOND = 10**9


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_store(tmp_path_factory.mktemp("prove") / "store")


def checks(folder: Path) -> str:
    done = subprocess.run(["sh", str(folder / "check.sh")], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_entry(small: Small, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = livewitness("prove", "entry", str(small.root), small.capture[:8], "2", "--out", str(out), "--with-blobs")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"written: {out}: entry 2 of log {small.capture}" in done.stdout
    assert "no time-stamp token covers it" in done.stdout
    assert f"sh {out}/check.sh" in done.stdout
    assert "P9 blob-picture" in checks(out)


def test_an_entry_for_scripts(small: Small, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()  # an empty folder will do
    done = livewitness("prove", "entry", str(small.root), small.capture, "0", "--out", str(out), "--json")
    told = json.loads(done.stdout)
    assert (told["ok"], told["log"], told["first"], told["last"]) == (True, small.capture, 0, 0)
    assert (told["head_size"], told["tokens"]) == (1, [])
    assert told["files"] == len(list(out.iterdir()))


def test_a_blob_by_what_b3sum_says(small: Small, tmp_path: Path) -> None:
    picture = small.blob("picture")
    digest = subprocess.run(["b3sum", "--no-names", str(picture)], capture_output=True, text=True, check=True).stdout
    first, every = tmp_path / "first", tmp_path / "every"
    assert livewitness("prove", "blob", str(small.root), digest.strip(), "--out", str(first)).returncode == 0
    checks(first)
    done = livewitness("prove", "blob", str(small.root), digest.strip(), "--out", str(every), "--all", "--with-blobs")
    assert done.returncode == 0
    (folder,) = every.iterdir()
    checks(folder)
    assert (folder / "blob-picture").read_bytes() == picture.read_bytes()


def test_a_stretch_of_time_with_one_entry_more_at_each_end(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        log = store.open_log("capture", case="c", subject="r", body={})
        with store.reader(log.log) as reader:
            opened = reader.entry(0).wall_ns
        for number in range(1, 10):
            log.submit(Draft(EntryType.HEARTBEAT, opened + number * SECOND, number, {})).result()
        log.close("over")
    out = tmp_path / "out"
    arguments = ("prove", "range", str(tmp_path / "s"), log.log[:6], "--json")
    done = livewitness(*arguments, "--from", "3", "--to", "5s", "--out", str(out))
    told = json.loads(done.stdout)
    assert (told["first"], told["last"]) == (2, 6)
    assert checks(out).count("P8 nothing is left out") == 4
    done = livewitness(*arguments, "--entries", "4-7", "--out", str(tmp_path / "indexes"))
    assert (json.loads(done.stdout)["first"], json.loads(done.stdout)["last"]) == (4, 7)
    done = livewitness(*arguments, "--from", "2020-01-01T00:00:00+08:00", "--out", str(tmp_path / "dates"))
    assert (json.loads(done.stdout)["first"], json.loads(done.stdout)["last"]) == (0, 10)


def test_that_a_session_is_registered(small: Small, tmp_path: Path) -> None:
    done = livewitness("prove", "log", str(small.root), small.reading[:8], "--out", str(tmp_path / "out"))
    assert done.returncode == 0
    assert f"head of log {small.reading}" in checks(tmp_path / "out")


def test_that_the_register_only_grew(small: Small, tmp_path: Path) -> None:
    out = tmp_path / "register.txt"
    arguments = ("prove", "consistency", str(small.root), "--from", "2", "--to", "6", "--out", str(out))
    done = livewitness(*arguments)
    assert done.returncode == 0, done.stderr
    assert parse_consistency(out.read_bytes()).old == 2
    again = livewitness(*arguments)
    assert again.returncode == 2
    assert "a new file" in again.stderr
    of_log = livewitness(
        *("prove", "consistency", str(small.root), small.capture[:8]),
        *("--from", "1", "--to", "5", "--out", str(tmp_path / "log.txt"), "--json"),
    )
    assert json.loads(of_log.stdout)["origin"] == f"livewitness/log/{small.capture}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("entry", "STORE", "zz", "1"), "no log begins with 'zz'"),
        (("entry", "STORE", "LOG", "5"), "an index below 5"),
        (("entry", "NOWHERE", "LOG", "1"), "store.json"),
        (("blob", "STORE", "abc"), "64 hex digits"),
        (("blob", "STORE", "0" * 64), "none in its logs"),
        (("range", "STORE", "LOG"), "--from and --to, or --entries"),
        (("range", "STORE", "LOG", "--entries", "7-3"), "the smaller first"),
        (("range", "STORE", "LOG", "--from", "noon"), "2026-11-22T01:02:03Z"),
        (("range", "STORE", "LOG", "--from", "2026-11-22T01:02:03"), "with its zone"),
        (("range", "STORE", "LOG", "--from", "9000h"), "none in that time"),
        (("consistency", "STORE", "--from", "1", "--to", "99"), "one of 6 sizes"),
    ],
)
def test_what_can_not_be_proved_says_what_to_type_and_leaves_nothing_behind(
    small: Small, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    names = {"STORE": str(small.root), "LOG": small.capture[:8], "NOWHERE": str(tmp_path)}
    out = tmp_path / "out"
    done = livewitness("prove", *(names.get(each, each) for each in arguments), "--out", str(out))
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert done.stderr.startswith("livewitness: ")
    assert "expected" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_a_folder_that_is_taken_is_left_alone(small: Small, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = livewitness("prove", "entry", str(small.root), small.capture, "1", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
