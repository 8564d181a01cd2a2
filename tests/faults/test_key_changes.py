"""A change of the store's key, or of its passphrase, that fails or is killed at any step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evidence_store.databases.opening import databases_of
from evidence_store.durable import FileSystem
from evidence_store.errors import StorageFailed
from evidence_store.keys import load_store_key
from evidence_store.reader import LogReader
from evidence_store.rotation import change_passphrase
from evidence_store.store import Store
from evidence_store.verify import Status, verify
from tests.harness.key_files import KEY_FILES, assert_sound, key_files, store_id, write_a_log
from tests.harness.small_store import Small, copy_of, small_store

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_store(tmp_path_factory.mktemp("keys") / "store")


@pytest.fixture
def small(original: Small, tmp_path: Path) -> Small:
    return copy_of(original, tmp_path / "store")


# Counts what a change does to files, and dies before or after one of these, or halfway through a file.
DYING = """
import os, sys
from evidence_store.durable import FileSystem
from evidence_store.register import Register
from evidence_store.store import Store

at, how = int(sys.argv[2]), sys.argv[3]
count = 0

def dying(name):
    real = getattr(FileSystem, name)
    def call(self, *arguments, **named):
        global count
        count += armed
        mine = armed and count == at
        if mine and how == "before":
            os._exit(9)
        if mine and how == "halfway":
            if name == "write_new":
                arguments[0].write_bytes(arguments[1][:40])
            os._exit(9)
        done = real(self, *arguments, **named)
        if mine:
            os._exit(9)
        return done
    return call

class Dying(FileSystem):
    pass

for name in ("write_new", "rename", "remove", "sync_folder"):
    setattr(Dying, name, dying(name))
armed = False
real_rotate = Register.rotate

def rotate(self, successor):
    global count
    count += 1
    if count == at and how != "after":
        os._exit(9)
    receipt = real_rotate(self, successor)
    if count == at:
        os._exit(9)
    return receipt

Register.rotate = rotate
store = Store.open(sys.argv[1], files=Dying())
armed = True
store.keys().rotate()
armed = False
store.close()
"""
# write key, write pub, sync; transaction; rename key, rename pub, remove a draft, sync.
STEPS = 8
COMMITTED = 4


@pytest.mark.parametrize(
    ("at", "how"),
    [(1, "halfway"), (2, "halfway"), *((at, how) for at in range(1, STEPS + 1) for how in ("before", "after"))],
)
def test_a_change_that_is_killed_at_any_step_is_finished_or_never_was(small: Small, at: int, how: str) -> None:
    old = load_store_key(small.root, store_id(small.root)).verifier
    command = [sys.executable, "-c", DYING, str(small.root), str(at), how]
    ended = subprocess.run(command, check=False, timeout=60, capture_output=True, text=True)
    assert ended.returncode == 9, ended.stderr
    # Evidence is sound before anybody mends anything.
    assert verify(small.root).ok, "\n".join(verify(small.root).lines())

    write_a_log(small.root)
    changed = at > COMMITTED or (at == COMMITTED and how == "after")
    assert (load_store_key(small.root, store_id(small.root)).verifier != old) == changed
    assert key_files(small.root) == KEY_FILES
    assert_sound(small.root)


class Failing(FileSystem):
    """Fails at one call, with the calls of a change counted from `armed` on."""

    at = 0
    count = 0
    armed = False

    def _step(self) -> None:
        self.count += self.armed
        if self.armed and self.count == self.at:
            raise OSError(5, "Input/output error")

    def write_new(self, path: Path, content: bytes, *, mode: int = 0o644) -> None:
        self._step()
        super().write_new(path, content, mode=mode)

    def rename(self, source: Path, target: Path) -> None:
        self._step()
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)

    def sync_folder(self, path: Path) -> None:
        self._step()
        super().sync_folder(path)


@pytest.mark.parametrize("at", range(1, STEPS))
def test_a_change_that_fails_at_any_step_leaves_a_store_that_goes_on(small: Small, at: int) -> None:
    files = Failing()
    with Store.open(small.root, files=files) as store:
        files.at, files.armed = at, True
        with pytest.raises(StorageFailed):
            store.keys().rotate()
        files.armed = False
        store.open_log("capture", case="c", subject="r", body={}).close("done")
        assert len(store.keys().history().spans) == (1 if at < COMMITTED else 2)
    assert verify(small.root).ok
    write_a_log(small.root)
    assert key_files(small.root) == KEY_FILES
    assert_sound(small.root)


def test_a_writer_goes_on_while_the_process_that_changes_the_key_stands_still_after_its_transaction(
    small: Small,
) -> None:
    """The moment in which the register names a key that still lies in store.key.new."""
    program = DYING.replace("os._exit(9)", "(print('here', flush=True), sys.stdin.readline())")
    command = [sys.executable, "-c", program, str(small.root), str(COMMITTED), "after"]
    with Store.open(small.root) as store:
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
            assert other.stdout is not None
            assert other.stdin is not None
            assert other.stdout.readline() == "here\n"
            assert "store.key.new" in key_files(small.root)
            store.open_log("capture", case="c", subject="r", body={}).close("done")
            report = verify(small.root)
            assert report.ok, "\n".join(report.lines())
            assert report.results[19].status is Status.NOTE
            with Store.open(small.root) as second:  # opening takes nothing from whoever is at it
                second.open_log("capture", case="c", subject="r", body={}).close("done")
            assert "store.key.new" in key_files(small.root)
            other.stdin.write("on\n")
            other.stdin.flush()
            assert other.wait(30) == 0
        store.open_log("capture", case="c", subject="r", body={}).close("done")
    assert_sound(small.root)


CHANGING = """
from pathlib import Path
from evidence_store.databases.opening import databases_of
from evidence_store.reader import LogReader
from evidence_store.rotation import change_passphrase

root = Path(sys.argv[1])
databases = databases_of(root)
store = databases.register("ro").log
files = Dying()
armed = True
change_passphrase(
    root, store, lambda: LogReader(databases.register("ro")), files, passphrase="one", new=b"two"
)
"""


# write the draft, rename it, sync.
@pytest.mark.parametrize(("at", "how"), [(1, "before"), (1, "halfway"), (1, "after"), (2, "after"), (3, "after")])
def test_a_change_of_the_passphrase_that_is_killed_leaves_a_key_that_opens(small: Small, at: int, how: str) -> None:
    databases = databases_of(small.root)
    change_passphrase(
        small.root,
        store_id(small.root),
        lambda: LogReader(databases.register("ro")),
        FileSystem(),
        passphrase=None,
        new=b"one",
    )
    program = DYING[: DYING.index("armed = False")] + CHANGING
    command = [sys.executable, "-c", program, str(small.root), str(at), how]
    ended = subprocess.run(command, check=False, timeout=60, capture_output=True, text=True)
    assert ended.returncode == 9, ended.stderr
    changed = at > 2 or (at == 2 and how == "after")
    with Store.open(small.root, passphrase="two" if changed else "one") as store:
        store.keys().rotate()  # whoever changes keys next takes away what was left over
    assert key_files(small.root) == KEY_FILES
    assert verify(small.root).ok
