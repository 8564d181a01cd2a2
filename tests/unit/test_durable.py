"""The file operations that durability rests on: the order of calls, and what an error leaves behind."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from evidence_store.blob_writer import BlobWriter
from evidence_store.blobs import Blobs
from evidence_store.durable import FileSystem, as_store_error, ensure_reserve, release_reserve
from evidence_store.entries import Attachment
from evidence_store.errors import DiskFull, ReadOnlyStore, StorageFailed, StoreError


class Recorded(FileSystem):
    """The real file system, with a list of what was asked of it."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def write(self, handle: int, content: memoryview) -> int:
        self.calls.append("write")
        return super().write(handle, content[:1000])  # a short write must be continued

    def sync(self, handle: int) -> None:
        self.calls.append("fsync")
        super().sync(handle)

    def rename(self, source: Path, target: Path) -> None:
        self.calls.append("rename")
        super().rename(source, target)

    def sync_folder(self, path: Path) -> None:
        self.calls.append(f"folder {path.name}")
        super().sync_folder(path)


class Full(FileSystem):
    """Takes 1,000 bytes, then has no room."""

    def write(self, handle: int, content: memoryview) -> int:
        if len(content) <= 1000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(handle, content[:1000])


def blobs_in(tmp_path: Path) -> Blobs:
    (tmp_path / "blobs" / "tmp").mkdir(parents=True)
    return Blobs(tmp_path)


def test_a_blob_is_written_synced_renamed_and_its_folder_synced_in_this_order(tmp_path: Path) -> None:
    files, blobs = Recorded(), blobs_in(tmp_path)
    writer = BlobWriter(blobs, files, bytes, "log")
    ref, folder = writer.write(Attachment("picture", "image/jpeg", bytes(2500)))
    assert writer.flush() == {}
    assert files.calls == [
        "folder blobs",
        "fsync",
        "write",
        "write",
        "write",
        "fsync",
        "rename",
        f"folder {folder.name}",
        "fsync",
    ]
    assert blobs.read(ref) == bytes(2500)
    assert blobs.left_over() == []


def test_a_folder_is_synced_once_for_a_batch(tmp_path: Path) -> None:
    files, blobs = Recorded(), blobs_in(tmp_path)
    writer = BlobWriter(blobs, files, bytes, "log")
    for _ in range(3):
        _, folder = writer.write(Attachment("picture", "image/jpeg", b"the same"))
    writer.flush()
    assert files.calls.count(f"folder {folder.name}") == 1
    assert files.calls.count("rename") == 1


def test_a_file_that_could_not_be_written_is_not_left_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        Full().write_new(tmp_path / "x", bytes(5000))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        FileSystem().write_new(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"old"


def test_the_reserve_can_be_given_back_and_made_again(tmp_path: Path) -> None:
    ensure_reserve(tmp_path)
    inode = (tmp_path / "reserve").stat().st_ino
    ensure_reserve(tmp_path)
    assert (tmp_path / "reserve").stat().st_ino == inode
    release_reserve(tmp_path)
    release_reserve(tmp_path)
    assert list(tmp_path.iterdir()) == []
    ensure_reserve(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["reserve"]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EROFS, ReadOnlyStore),
        (errno.EACCES, ReadOnlyStore),
        (errno.EIO, StorageFailed),
    ],
)
def test_an_os_error_becomes_the_error_that_says_what_to_do(number: int, kind: type[StoreError]) -> None:
    error = as_store_error(OSError(number, "text", "/somewhere"), "a blob")
    assert type(error) is kind
    assert errno.errorcode[number] in error.got
    assert error.next_step
