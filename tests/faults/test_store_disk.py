"""A disk that is really full, a folder that really can't be written.

A small file system is mounted where the machine allows it (root); elsewhere the kernel's file size limit and mode bits
do the same to the same code, so that nothing is skipped.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evidence_store.entries import Attachment, Draft, EntryType
from evidence_store.errors import DiskFull, ReadOnlyStore, StoreError
from evidence_store.store import Store
from evidence_store.verify import verify

pytestmark = pytest.mark.faults
LIMIT = 9 << 20  # the reserve fits, a large picture does not


@contextmanager
def mounted(path: Path, options: str) -> Iterator[None]:
    path.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def can_mount(tmp_path: Path) -> bool:
    try:
        with mounted(tmp_path / "try", "size=1m"):
            return True
    except (subprocess.CalledProcessError, FileNotFoundError):
        return False


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Writes beyond this size of a file fail with EFBIG, as they do at the end of a quota."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def fill(store: Store, size: int) -> list[int]:
    """Write pictures until the disk has been full three times, then a gap, then close; indexes that got a receipt."""
    writer = store.open_log("capture", case="c", subject="r", body={})
    kept: list[int] = []
    errors: list[StoreError] = []
    for number in range(400):
        picture = Attachment("picture", "image/jpeg", number.to_bytes(8, "big") + bytes(size if number > 3 else 1000))
        future = writer.submit(Draft(EntryType.SCREEN, number, number, {}, (picture,)))
        error = future.exception()
        if error is None:
            kept.append(future.result().index)
        elif isinstance(error, DiskFull):
            errors.append(error)
        else:
            raise error
        if len(errors) == 3:
            break
    assert [error.next_step for error in errors if "df -h" not in error.next_step] == []
    assert writer.disk_full
    # What says that something is missing still has room.
    kept.append(writer.submit(Draft(EntryType.GAP, 1, 1, {"cause": "disk full"})).result().index)
    assert writer.close("disk full").index == kept[-1] + 1
    return kept


def assert_closed_and_sound(root: Path, kept: list[int]) -> None:
    report = verify(root)
    assert report.ok, "\n".join(report.lines())
    assert not (root / "reserve").exists()
    assert list((root / "blobs" / "tmp").iterdir()) == []
    with Store.open_read_only(root) as store:
        (found,) = store.logs()
        assert (found.state, found.closed_reason, found.size) == ("closed", "disk full", kept[-1] + 2)
        with store.reader(found.log) as reader:
            assert [entry.index for entry in reader.entries()] == [0, *kept, kept[-1] + 1]


def test_a_full_disk_ends_the_log_in_order(tmp_path: Path) -> None:
    if not can_mount(tmp_path):
        with Store.create(tmp_path / "s") as store, file_size_limit(LIMIT):
            kept = fill(store, LIMIT)
        assert_closed_and_sound(tmp_path / "s", kept)
        return
    root = tmp_path / "small" / "s"
    with mounted(tmp_path / "small", "size=20m"):
        with Store.create(root) as store:
            kept = fill(store, 100_000)
        assert len(kept) > 20
        assert_closed_and_sound(root, kept)
        # Nothing more can be written before there is room again, and that is said at once.
        ballast(tmp_path / "small" / "ballast")
        with pytest.raises(DiskFull, match="df -h"):
            Store.open(root)
        (tmp_path / "small" / "ballast").unlink()
        with Store.open(root) as store:
            store.open_log("capture", case="c", subject="r", body={}).close("done")
        assert (root / "reserve").stat().st_size == 8 << 20
        assert verify(root).ok


def test_a_file_that_may_not_grow_ends_the_log_in_order(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store, file_size_limit(LIMIT):
        kept = fill(store, LIMIT)
    assert_closed_and_sound(tmp_path / "s", kept)


def test_a_database_that_has_no_room_gets_the_reserve_and_loses_nothing(tmp_path: Path) -> None:
    """Entries without blobs: the first thing that does not fit is SQLite's own write."""
    size = 60_000
    with contextlib.ExitStack() as stack:
        root = tmp_path / "small" / "s"
        if can_mount(tmp_path):
            stack.enter_context(mounted(tmp_path / "small", "size=14m"))
        else:
            stack.enter_context(file_size_limit(LIMIT))
        with Store.create(root) as store:
            writer = store.open_log("capture", case="c", subject="r", body={})
            kept = 0
            refused = None
            while refused is None:
                future = writer.submit(Draft(EntryType.GAP, kept, kept, {"long": "x" * size}))
                refused = future.exception()
                kept += refused is None
            assert isinstance(refused, DiskFull)
            assert writer.disk_full
            writer.close("disk full")
            with store.reader(writer.log) as reader:
                assert reader.size() == kept + 2
        assert kept > 20
        assert verify(root).ok


def test_a_store_can_not_be_made_without_room(tmp_path: Path) -> None:
    with file_size_limit(2 << 20), pytest.raises(DiskFull):
        Store.create(tmp_path / "s")
    if can_mount(tmp_path):
        with mounted(tmp_path / "small", "size=2m"), pytest.raises(DiskFull):
            Store.create(tmp_path / "small" / "s")


def ballast(path: Path) -> None:
    """Take all the room that is left."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16))


def without_rights(action: Callable[[], None]) -> int:
    """Run in a child process that may not do what root may; its exit code."""
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            action()
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - the child must end here, whatever it was
            traceback.print_exception(error)
            sys.stderr.flush()
            os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def closed_store(root: Path) -> str:
    with Store.create(root) as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        writer.close("done")
    return writer.log


def assert_readable_only(root: Path, log: str, number: str) -> None:
    with pytest.raises(ReadOnlyStore, match=number):
        Store.open(root)
    with pytest.raises(ReadOnlyStore, match=number):
        Store.open_or_create(root.parent / "new")
    assert verify(root).ok
    with Store.open_read_only(root) as store, store.reader(log) as reader:
        assert reader.closed()


def test_a_read_only_medium_can_be_read_and_verified_and_not_written(tmp_path: Path) -> None:
    if can_mount(tmp_path):
        with mounted(tmp_path / "medium", "size=20m"):
            log = closed_store(tmp_path / "medium" / "s")
            subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "medium")], check=True)
            assert_readable_only(tmp_path / "medium" / "s", log, "EROFS")
        return
    test_a_folder_that_may_not_be_written_can_be_read_and_verified()


def test_a_killed_log_on_a_read_only_medium_says_what_to_do(tmp_path: Path) -> None:
    if not can_mount(tmp_path):
        return  # the rule is SQLite's; where nothing can be mounted it can't be shown
    root = tmp_path / "medium" / "s"
    with mounted(tmp_path / "medium", "size=20m"):
        Store.create(root).close()
        program = (
            "import os, sys; from evidence_store.store import Store\n"
            "Store.open(sys.argv[1]).open_log('capture', case='c', subject='r', body={}); os._exit(9)"
        )
        subprocess.run([sys.executable, "-c", program, str(root)], check=False, timeout=30)
        for path in root.rglob("*.db-shm"):
            path.unlink()
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "medium")], check=True)
        report = verify(root)
        assert not report.ok
        assert "can be opened where it lies" in report.results[2].expected
        shutil.copytree(root, tmp_path / "copy")
    assert verify(tmp_path / "copy").ok


def test_a_folder_that_may_not_be_written_can_be_read_and_verified() -> None:
    # Not under pytest's own folders: those are private to root, and another run may make them so again meanwhile.
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        log = closed_store(home / "s")
        folders = [home, *(path for path in home.rglob("*") if path.is_dir())]
        for folder in folders:
            folder.chmod(0o555)
        try:
            assert without_rights(lambda: assert_readable_only(home / "s", log, "EACCES")) == 0
        finally:
            for folder in folders:
                folder.chmod(0o755)


@pytest.mark.parametrize("hidden", ["logs", "blobs", "register.db", "keys", "store.json"])
def test_what_may_not_be_read_does_not_pass_and_is_no_crash(hidden: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o755)
        with Store.create(home / "s") as store:
            writer = store.open_log("capture", case="c", subject="r", body={})
            picture = Attachment("picture", "image/jpeg", b"x")
            writer.submit(Draft(EntryType.SCREEN, 1, 1, {}, (picture,))).result()
            writer.close("done")
        (home / "s" / hidden).chmod(0)

        def look() -> None:
            report = verify(home / "s")
            assert not report.ok
            assert "Permission denied" in "\n".join(report.lines())

        assert without_rights(look) == 0
