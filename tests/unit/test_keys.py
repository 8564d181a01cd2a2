"""The store's key: protected, changed under running writers, revoked; and the wrong one."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from evidence_store.checkpoint import Checkpoint, parse_note
from evidence_store.databases.opening import databases_of
from evidence_store.durable import FileSystem
from evidence_store.entries import EntryType
from evidence_store.errors import InvalidDraft, KeyMissing
from evidence_store.keys import PASSPHRASE_FILE, load_store_key
from evidence_store.reader import LogReader
from evidence_store.rotation import change_passphrase
from evidence_store.store import Store
from evidence_store.verify import Status, verify
from tests.harness.key_files import KEY_FILES, assert_sound, key_files, rotate, store_id, write_a_log
from tests.harness.small_store import Small, copy_of, failing, small_store


@pytest.fixture(autouse=True)
def _no_passphrase_of_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSPHRASE_FILE, raising=False)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_store(tmp_path_factory.mktemp("keys") / "store")


@pytest.fixture
def small(original: Small, tmp_path: Path) -> Small:
    return copy_of(original, tmp_path / "store")


# --- a passphrase ---


def test_a_store_made_with_a_passphrase_opens_with_it_and_in_no_other_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "right").write_text("a long 口令\n", encoding="utf-8")
    (tmp_path / "wrong").write_text("another\n", encoding="utf-8")
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    root = tmp_path / "s"
    monkeypatch.setenv(PASSPHRASE_FILE, str(tmp_path / "right"))
    Store.create(root).close()
    write_a_log(root)
    private = root / "keys" / "store.key"
    assert private.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600

    before = (root / "register.db").read_bytes()
    for name, got in (("wrong", "another one"), ("empty", "an empty one"), ("none there", "No such file")):
        monkeypatch.setenv(PASSPHRASE_FILE, str(tmp_path / name))
        with pytest.raises(KeyMissing, match=PASSPHRASE_FILE) as refused:
            Store.open(root)
        assert got in refused.value.got
    monkeypatch.delenv(PASSPHRASE_FILE)
    with pytest.raises(KeyMissing, match=f"export {PASSPHRASE_FILE}=FILE"):
        Store.open(root)
    assert (root / "register.db").read_bytes() == before

    Store.open(root, passphrase="a long 口令").close()
    report = verify(root)  # a stranger has no passphrase: nothing fails, and it is said what was not looked into
    assert report.ok
    assert report.results[1].status is Status.NOTE


def test_a_passphrase_is_changed_and_removed_and_no_old_file_stays(small: Small) -> None:
    def change(now: str | None, new: bytes | None) -> None:
        databases = databases_of(small.root)
        change_passphrase(
            small.root,
            store_id(small.root),
            lambda: LogReader(databases.register("ro")),
            FileSystem(),
            passphrase=now,
            new=new,
        )

    public = load_store_key(small.root, store_id(small.root)).verifier
    change(None, b"one")
    with pytest.raises(KeyMissing):
        load_store_key(small.root, store_id(small.root))
    with pytest.raises(KeyMissing, match="another one"):
        change("two", b"three")
    change("one", b"two")
    assert load_store_key(small.root, store_id(small.root), "two").verifier == public
    change("two", None)
    assert load_store_key(small.root, store_id(small.root), "passed over where there is none").verifier == public
    assert key_files(small.root) == KEY_FILES
    assert_sound(small.root)


def test_a_protected_key_stays_protected_when_it_is_changed(small: Small) -> None:
    databases = databases_of(small.root)
    change_passphrase(
        small.root,
        store_id(small.root),
        lambda: LogReader(databases.register("ro")),
        FileSystem(),
        passphrase=None,
        new=b"word",
    )
    with Store.open(small.root, passphrase="word") as store:
        store.keys().rotate()
        store.open_log("capture", case="c", subject="r", body={}).close("done")
    assert b"ENCRYPTED" in (small.root / "keys" / "store.key").read_bytes()
    Store.open(small.root, passphrase="word").close()
    assert verify(small.root).ok


# --- a change ---


def test_captures_verify_after_one_change_and_after_two(small: Small) -> None:
    first = rotate(small.root)
    assert_sound(small.root)
    write_a_log(small.root)
    second = rotate(small.root)
    write_a_log(small.root)
    assert_sound(small.root)
    with Store.open(small.root) as store:
        spans = store.keys().history().spans
    assert [(span.first, span.last) for span in spans] == [(1, first), (first + 1, second), (second + 1, None)]
    assert key_files(small.root) == KEY_FILES
    assert verify(small.root).results[19].got == "2 key changes looked at"


@pytest.mark.usefixtures("either_database")
def test_several_processes_may_change_the_key_at_once(tmp_path: Path) -> None:
    root = tmp_path / "s"
    Store.create(root).close()
    stores = [Store.open(root) for _ in range(3)]
    threads = [threading.Thread(target=lambda store=store: store.keys().rotate()) for store in stores * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.open_log("capture", case="c", subject="r", body={}).close("done")
        assert len(store.keys().history().spans) == 7
    for store in stores:
        store.close()
    assert_sound(root)


WRITER = """
import sys
from evidence_store.entries import Draft, EntryType
from evidence_store.log import WriterLimits
from evidence_store.store import Store

with Store.open(sys.argv[1], limits=WriterLimits(checkpoint_every_s=0.02)) as store:
    writer = store.open_log("capture", case="c", subject="r", body={})
    print("opened", flush=True)
    for number in range(int(sys.stdin.readline())):
        writer.submit(Draft(EntryType.GAP, number, number, {})).result()
        if number % 10 == 9:
            print("wrote", flush=True)
            sys.stdin.readline()
    writer.close("done")
    store.open_log("capture", case="c", subject="r", body={}).close("done")
"""


@pytest.mark.usefixtures("either_database")
def test_a_watch_in_another_process_goes_on_while_the_key_changes(tmp_path: Path) -> None:
    root = tmp_path / "s"
    Store.create(root).close()
    command = [sys.executable, "-c", WRITER, str(root)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as watch:
        assert watch.stdin is not None
        assert watch.stdout is not None
        assert watch.stderr is not None
        assert watch.stdout.readline() == "opened\n"
        watch.stdin.write("50\n")
        watch.stdin.flush()
        indexes = []
        for _ in range(5):
            assert watch.stdout.readline() == "wrote\n"
            indexes.append(rotate(root))
            assert_running(root)
            watch.stdin.write("on\n")
            watch.stdin.flush()
        errors = watch.stderr.read()
        assert watch.wait(30) == 0, errors
    assert_sound(root)
    with Store.open_read_only(root) as store, store.register_reader() as reader:
        types = [entry.type for entry in reader.entries()]
    assert [types[index] for index in indexes] == [EntryType.KEY_ROTATED] * 5
    # It wrote between the changes, and opened a log after the last.
    assert types.count(EntryType.LOG_HEAD) >= 5
    assert types[indexes[-1] :].count(EntryType.LOG_OPENED) == 1


def assert_running(root: Path) -> None:
    report = verify(root)
    assert failing(report) == set(), "\n".join(report.lines())


# --- wrong keys ---


@pytest.mark.parametrize("names", [["store.key"], ["store.pub"], ["store.key", "store.pub"]])
def test_the_key_of_another_store_is_refused_and_nothing_is_touched(
    small: Small, tmp_path: Path, names: list[str]
) -> None:
    Store.create(tmp_path / "other").close()
    for name in names:
        shutil.copy(tmp_path / "other" / "keys" / name, small.root / "keys" / name)
    before = (small.root / "register.db").read_bytes()
    with pytest.raises(KeyMissing) as refused:
        Store.open(small.root)
    assert "bring" in refused.value.next_step
    assert (small.root / "register.db").read_bytes() == before


def test_a_writer_whose_key_was_replaced_and_that_finds_no_key_that_fits_adds_nothing(small: Small) -> None:
    with Store.open(small.root) as store:
        rotate(small.root)
        successor = (small.root / "keys" / "store.key").read_bytes()
        (small.root / "keys" / "store.key").unlink()
        with pytest.raises(KeyMissing, match="no such file"):
            store.open_log("capture", case="c", subject="r", body={})
        with store.register_reader() as reader:
            size = reader.size()
        (small.root / "keys" / "store.key").write_bytes(successor)
        store.open_log("capture", case="c", subject="r", body={}).close("done")
        with store.register_reader() as reader:
            assert next(entry.type for entry in reader.entries(size)) == EntryType.LOG_OPENED
    assert verify(small.root).ok  # the refused log's subject stays behind as a blob that nothing names


# --- a revocation ---


def test_a_past_key_is_revoked_for_what_comes_and_all_that_it_signed_still_stands(small: Small) -> None:
    index = rotate(small.root)
    with Store.open(small.root) as store:
        keys = store.keys()
        old = keys.history().spans[0].key
        keys.revoke(old.key_id.hex(), "its owner left")
        revoked = keys.history().spans[0].revoked
    assert revoked is not None
    assert (revoked.good_to, revoked.reason) == (index, "its owner left")
    assert_sound(small.root)


def test_a_revocation_that_can_not_be_is_refused_with_what_to_do(small: Small) -> None:
    with Store.open(small.root) as store:
        keys = store.keys()
        current = keys.history().current
        with pytest.raises(InvalidDraft, match="livewitness keys rotate STORE"):
            keys.revoke(str(current), "lost")
        index = keys.rotate().index
        with pytest.raises(InvalidDraft, match="signed here before"):
            keys.revoke("00000000", "lost")
        with pytest.raises(InvalidDraft, match=f"0 to {index}"):
            keys.revoke(str(current), "lost", good_to=index + 1)
        with pytest.raises(InvalidDraft, match="says why"):
            keys.revoke(str(current), " ")
        with store.register_reader() as reader:
            assert reader.size() == index + 1
    assert_sound(small.root)


def test_the_checkpoints_on_both_sides_of_a_change_are_over_one_tree(small: Small) -> None:
    index = rotate(small.root)
    with Store.open_read_only(small.root) as store, store.register_reader() as reader:
        rows = list(reader.checkpoints(index))
    heads = [Checkpoint.parse(parse_note(row.note).text) for row in rows]
    assert [(head.origin, head.size) for head in heads] == [
        (f"livewitness/register/{store_id(small.root)}", index),
        (f"livewitness/register/{store_id(small.root)}", index + 1),
    ]
