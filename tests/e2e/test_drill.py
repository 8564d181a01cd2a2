"""`livewitness drill` on real stores: every attack seen and located, the store itself untouched, a table to read."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evidence_store.anchors.settings import load_settings
from evidence_store.drill.attacks import Needs
from evidence_store.drill.runner import Drill, Outcome, run_drill
from evidence_store.drill.table import lines
from evidence_store.store import Store
from evidence_store.verify import verify
from tests.harness.anchored_store import anchored_store, live
from tests.harness.authority import LocalAuthority
from tests.harness.postgresql import Server
from tests.harness.small_store import Small, failing, small_store

COMMAND = [sys.executable, "-c", "from crawler.cli import main; main()", "drill"]
WIDE = 100

pytestmark = pytest.mark.timeout(400)  # a drill is some fifty verifications


@pytest.fixture(scope="module")
def anchored(tmp_path_factory: pytest.TempPathFactory) -> Small:
    folder = tmp_path_factory.mktemp("anchored")
    with LocalAuthority(folder / "tsa", "one") as tsa:
        file = folder / "anchors.yaml"
        file.write_text(f"authorities:\n  - {{name: one, url: '{tsa.url}', root: '{tsa.root_pem}'}}\n")
        (authority,) = load_settings(file).authorities
        return anchored_store(folder / "store", time.time_ns(), live(authority, os.urandom))


@pytest.fixture(scope="module")
def drilled(anchored: Small) -> Drill:
    return run_drill(anchored.root)


def content(root: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file's bytes, when it was changed, and how many names it has."""
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_nlink)
        for path in root.rglob("*")
        if path.is_file()
    }


def livewitness(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, **environment},
    )


def test_every_attack_on_an_anchored_store_is_seen_and_located(drilled: Drill) -> None:
    assert drilled.ok
    told = "\n".join(lines(drilled))
    assert {result.outcome for result in drilled.results} == {Outcome.SEEN, Outcome.NOTED, Outcome.OUTSIDE}, told
    assert [result.attack.name for result in drilled.results if not result.located] == [], told
    for result in drilled.results:
        assert (result.outcome is Outcome.OUTSIDE) == (result.attack.needs is Needs.KNOWLEDGE), result
        assert result.checks
        assert result.where


def test_an_attack_on_each_kind_of_file_and_of_each_kind_in_the_issue_is_among_them(drilled: Drill) -> None:
    names = {result.attack.name for result in drilled.results}
    kinds = ("picture", "segment", "frames", "texts", "subject", "who")
    kinds += ("token note", "token request", "token reply", "token chain", "token revocation")
    assert {f"one bit of a blob: {kind}" for kind in kinds} <= names
    assert {"drop an entry", "swap two entries", "insert an entry", "cut a log's tail", "delete a log"} <= names
    assert {"re-chain a log from the middle", "roll back to an older copy", "swap two blobs"} <= names
    assert {"another blob of the same size", "keeper: token over something else"} <= names
    checks = {check for result in drilled.results for check in result.checks}
    assert checks >= set(range(1, 24)) - {2, 8}  # 2 and 8: a key that is none, a statement that nobody signed


def test_what_a_keeper_does_is_seen_by_whoever_knows_something_from_elsewhere(drilled: Drill) -> None:
    given = {result.attack.name: dict(result.given) for result in drilled.results if result.given}
    rebuilt = {"--known": (5,), "--trust": (21,), "--witness": (22,)}
    assert given["keeper: no anchor ever was"] == given["keeper: a session deleted"] == rebuilt
    # An older copy has the older anchors: only a checkpoint shows that there was more.
    assert given["roll back to an older copy"] == given["cut the register's tail"] == {"--known": (5,)}
    assert 21 in given["keeper: a self-made authority"]["--trust"]


def test_a_store_without_anchors_says_what_it_lacks(tmp_path: Path) -> None:
    small = small_store(tmp_path / "store")
    drilled = run_drill(small.root)
    assert drilled.ok
    absent = {result.attack.name for result in drilled.results if result.outcome is Outcome.ABSENT}
    assert absent == {"delete a token", "keeper: token over something else"}
    outside = [result for result in drilled.results if result.outcome is Outcome.OUTSIDE]
    assert {"keeper: an entry changed", "keeper: no anchor ever was"} <= {result.attack.name for result in outside}
    assert all(dict(result.given) == {"--known": (5,)} for result in outside)
    told = lines(drilled)
    assert any("This store has no anchor" in line for line in told)
    assert "not here: no time-stamp token" in "\n".join(told)


def test_the_same_seed_attacks_the_same_places(tmp_path: Path) -> None:
    small = small_store(tmp_path / "store")
    first, again, other = (run_drill(small.root, seed=seed).results for seed in (3, 3, 4))
    assert [result.where for result in first] == [result.where for result in again]
    assert [result.where for result in first] != [result.where for result in other]


def test_the_command_prints_a_table_and_leaves_the_store_as_it_is(anchored: Small) -> None:
    before = content(anchored.root)
    done = livewitness(str(anchored.root))
    assert done.returncode == 0, done.stderr
    assert content(anchored.root) == before
    told = done.stdout.splitlines()
    assert told[0].split() == ["#", "attack", "seen", "by", "check", "where"]
    assert [line for line in told if len(line) > WIDE] == []
    assert "NOT SEEN" not in done.stdout
    assert told[-1].endswith("seen with outside knowledge")
    assert done.stderr == ""


def test_json_says_the_same_and_keep_leaves_each_attacked_copy_to_be_looked_at(small_kept: tuple[Path, Path]) -> None:
    root, kept = small_kept
    done = livewitness(str(root), "--json", "--keep", str(kept), "--seed", "7")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["ok"], facts["seed"], facts["anchors"]) == (True, 7, 0)
    copies = sorted(path for path in kept.iterdir() if path.name != "copy")
    assert verify(kept / "copy").ok
    tried = [(number, attack) for number, attack in enumerate(facts["attacks"], 1) if attack["outcome"] == "seen"]
    for number, attack in tried[::6]:  # a verification each
        (copy,) = (path for path in copies if path.name.startswith(f"{number:02}-"))
        assert failing(verify(copy)) == set(attack["checks"])
    again = livewitness(str(root), "--keep", str(kept))
    assert again.returncode == 2
    assert "choose another --keep" in again.stderr


@pytest.fixture
def small_kept(tmp_path: Path) -> tuple[Path, Path]:
    return small_store(tmp_path / "store").root, tmp_path / "kept"


def test_what_is_no_store_or_does_not_verify_is_refused(tmp_path: Path) -> None:
    nothing = livewitness(str(tmp_path / "nowhere"))
    assert nothing.returncode == 2
    Store.create(tmp_path / "empty").close()
    empty = livewitness(str(tmp_path / "empty"))
    assert empty.returncode == 2
    assert "a store with a log in it" in empty.stderr
    small = small_store(tmp_path / "store")
    small.blob("picture").write_bytes(b"another")
    unsound = livewitness(str(small.root))
    assert unsound.returncode == 1
    assert "a drill begins with a store that verifies" in unsound.stderr
    assert "livewitness verify STORE" in unsound.stderr


def test_a_disk_without_room_for_the_copy_is_refused_before_anything_is_copied(tmp_path: Path) -> None:
    small = small_store(tmp_path / "store")
    with (small.root / "blobs" / "tmp" / "huge").open("wb") as file:
        file.truncate(shutil.disk_usage(tmp_path).free)  # a hole: takes no room itself
    place = tmp_path / "place"
    place.mkdir()
    done = livewitness(str(small.root), TMPDIR=str(place))
    assert done.returncode == 5, done.stderr
    assert "bytes free" in done.stderr
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_drill_that_is_stopped_leaves_no_copy_behind(tmp_path: Path, number: int) -> None:
    small = small_store(tmp_path / "store")
    place = tmp_path / "place"
    place.mkdir()
    process = subprocess.Popen([*COMMAND, str(small.root)], env={**os.environ, "TMPDIR": str(place)})
    deadline = time.monotonic() + 60
    while not list(place.glob("*/copy/store.json")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(60) == 5
    assert list(place.iterdir()) == []
    assert verify(small.root).ok


def test_a_store_on_postgresql_is_drilled_as_its_copy_on_sqlite(
    tmp_path: Path, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVEWITNESS_DATABASE", postgresql.url())
    small = small_store(tmp_path / "store")
    before = content(small.root)
    drilled = run_drill(small.root)
    assert drilled.ok
    assert len(drilled.results) > 40
    assert content(small.root) == before
    assert verify(small.root).ok


CUT_OFF = """
import os, sys
from evidence_store.entries import Attachment, Draft, EntryType
from evidence_store.store import Store
writer = Store.open(sys.argv[1]).open_log("capture", case="c", subject="r", body={})
for number in range(9):
    picture = Attachment("picture", "image/jpeg", b"picture %d" % number)
    writer.submit(Draft(EntryType.SCREEN, number, number, {"n": number}, (picture,))).result()
os._exit(9)
"""


@pytest.mark.parametrize("registered", [True, False])
def test_a_store_with_a_log_that_was_cut_off_can_be_drilled(tmp_path: Path, *, registered: bool) -> None:
    small = small_store(tmp_path / "store")
    command = [sys.executable, "-c", CUT_OFF, str(small.root)]
    assert subprocess.run(command, check=False, cwd=Path(__file__).parents[2]).returncode == 9
    if registered:
        with Store.open(small.root) as store:
            assert [each.size for each in store.recovered] == [10]
    drilled = run_drill(small.root)
    assert drilled.ok, "\n".join(lines(drilled))


def test_a_store_that_is_being_written_can_be_drilled(tmp_path: Path) -> None:
    with Store.create(tmp_path / "store") as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        assert run_drill(tmp_path / "store").ok
        writer.close("done")
    assert verify(tmp_path / "store").ok
