"""A store from making it to reading it back, and what is said when it can't be opened."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest

from evidence_store.blobs import Blobs
from evidence_store.entries import Attachment, BlobRef, Draft, EntryType, Part
from evidence_store.errors import (
    BlobMissing,
    Corrupt,
    FutureFormat,
    InvalidDraft,
    KeyMissing,
    NotAStore,
    ReadOnlyStore,
    StoreExists,
    StoreIsAFile,
    UnknownLog,
)
from evidence_store.store import Store
from evidence_store.verify import verify

pytestmark = pytest.mark.usefixtures("either_database")
# What these do is done to files; tests/unit/test_postgresql_store.py does the like to rows.
ON_FILES = pytest.mark.parametrize("either_database", ["sqlite"], indirect=True)


def write_one(store: Store, *, subject: str = "room") -> str:
    writer = store.open_log("capture", case="案件 7", subject=subject, body={"url": "https://room.example/1"})
    writer.submit(Draft(EntryType.CHAT, 5, 6, {}, (Attachment("frames", "x", (Part(b"a"), Part(b"b"))),))).result()
    writer.close("the room ended", {"gaps": 0})
    return writer.log


def test_what_was_written_is_listed_and_read_back(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        log = write_one(store, subject="直播间 1")
    with Store.open_read_only(tmp_path / "s") as store:
        (found,) = store.logs()
        assert (found.log, found.kind, found.state, found.size) == (log, "capture", "closed", 3)
        assert (found.case, found.subject, found.closed_reason) == ("案件 7", "直播间 1", "the room ended")
        with store.reader(log) as reader:
            assert [entry.type for entry in reader.entries()] == ["session.open", "chat", "session.close"]
            assert [entry.index for entry in reader.entries(start=1, types={"session.close", "gap"})] == [2]
            assert reader.closed()
            chat = reader.entry(1)
            assert (chat.wall_ns, chat.mono_ns) == (5, 6)
            assert store.blobs.parts(chat.blobs[0]) == [b"a", b"b"]
            close = reader.entry(2).body
            assert close == {
                "reason": "the room ended",
                "gaps": 0,
                "counts": {"chat": 1, "session.open": 1},
                "last": chat.id,
            }
            with pytest.raises(IndexError):
                reader.entry(3)


@ON_FILES
def test_the_register_names_no_case_and_no_room(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        write_one(store, subject="the-room-nobody-may-know")
    content = (tmp_path / "s" / "register.db").read_bytes()
    assert b"nobody-may-know" not in content
    assert "案件".encode() not in content


def test_a_subject_whose_parts_were_erased_is_still_listed(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        write_one(store)
        for path in Blobs(store.root).files():
            path.unlink()
        (found,) = store.logs()
    assert (found.case, found.subject, found.state) == (None, None, "closed")


@ON_FILES
def test_a_log_that_can_not_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        bad, good = write_one(store), write_one(store)
        (store.root / "logs" / f"{bad}.db").write_bytes(b"x" * 4096)
        first, second = store.logs()
    assert first.problem is not None
    assert "livewitness verify" in first.problem
    assert (second.log, second.problem, second.size) == (good, None, 3)


def test_the_private_key_is_for_its_owner_only(tmp_path: Path) -> None:
    Store.create(tmp_path / "s").close()
    assert stat.S_IMODE((tmp_path / "s" / "keys" / "store.key").stat().st_mode) == 0o600


def test_opening_or_making_gives_the_same_store(tmp_path: Path) -> None:
    with Store.open_or_create(tmp_path / "new" / "s") as first, Store.open_or_create(tmp_path / "new" / "s") as second:
        assert first.id == second.id
    with pytest.raises(StoreExists, match="made once"):
        Store.create(tmp_path / "new" / "s")


def test_many_who_open_or_make_at_once_get_one_store(tmp_path: Path) -> None:
    ids: list[str] = []

    def one() -> None:
        with Store.open_or_create(tmp_path / "s") as store:
            ids.append(store.id)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 8
    assert len(set(ids)) == 1
    assert verify(tmp_path / "s").ok


def test_a_creation_that_was_cut_short_is_begun_again(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        before = store.id
    (tmp_path / "s" / "store.json").unlink()  # written last: without it nothing was promised
    with Store.open_or_create(tmp_path / "s") as store:
        assert store.id != before
    assert verify(tmp_path / "s").ok


def test_a_store_whose_marker_was_lost_is_not_overwritten(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        write_one(store)
    (tmp_path / "s" / "store.json").unlink()
    with pytest.raises(NotAStore, match="new or empty folder"):
        Store.open_or_create(tmp_path / "s")


def test_a_folder_with_other_things_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(NotAStore, match=r"got letters\.txt"):
        Store.open_or_create(tmp_path)
    with pytest.raises(NotAStore, match=r"store\.json"):
        Store.open(tmp_path)
    with pytest.raises(NotAStore, match="no folder"):
        Store.open_read_only(tmp_path / "nowhere")


def test_a_path_that_is_a_file_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    for opening in (Store.create, Store.open, Store.open_or_create, Store.open_read_only):
        with pytest.raises(StoreIsAFile, match=r"is a file\. Next: choose another --store"):
            opening(path)


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    Store.create(tmp_path / "s").close()
    marker = tmp_path / "s" / "store.json"
    marker.write_bytes(marker.read_bytes().replace(b'"v":1', b'"v":2'))
    with pytest.raises(FutureFormat, match="update livewitness"):
        Store.open(tmp_path / "s")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"format":"x"}', b'{"format":"livewitness-store","store":"1","v":1}']
)
def test_a_damaged_marker_is_said_to_be_damaged(tmp_path: Path, content: bytes) -> None:
    Store.create(tmp_path / "s").close()
    (tmp_path / "s" / "store.json").write_bytes(content)
    with pytest.raises(Corrupt, match=r"store\.json says"):
        Store.open(tmp_path / "s")


def test_without_the_private_key_reading_goes_on_and_writing_says_why_not(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        write_one(store)
    (tmp_path / "s" / "keys" / "store.key").unlink()
    with pytest.raises(KeyMissing, match=r"bring keys/store\.key back"):
        Store.open(tmp_path / "s")
    with Store.open_read_only(tmp_path / "s") as store:
        assert len(store.logs()) == 1
        assert store.read_only
        with pytest.raises(ReadOnlyStore):
            store.open_log("capture", case="c", subject="r", body={})
    assert verify(tmp_path / "s").ok


def test_reading_and_verifying_leave_a_closed_store_byte_for_byte(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        log = write_one(store)

    def everything() -> dict[Path, tuple[bytes, int]]:
        files = [path for path in (tmp_path / "s").rglob("*") if path.is_file()]
        return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    before = everything()
    assert verify(tmp_path / "s").ok
    with Store.open_read_only(tmp_path / "s") as store, store.reader(log) as reader:
        assert len(list(reader.entries())) == 3
        assert store.logs()
    assert everything() == before


@ON_FILES
@pytest.mark.parametrize("when", ["at close", "at the next open"])
def test_a_log_that_was_being_read_when_it_closed_becomes_one_plain_file_later(tmp_path: Path, when: str) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        reader = store.reader(writer.log)
        assert reader.size() == 1
        writer.close("done")
        wal = tmp_path / "s" / "logs" / f"{writer.log}.db-wal"
        assert wal.exists()
        assert reader.closed()  # the reader goes on undisturbed
        if when == "at close":
            reader.close()
    if when == "at the next open":
        assert wal.exists()
        reader.close()
        Store.open(tmp_path / "s").close()
    assert not wal.exists()
    assert verify(tmp_path / "s").ok


@ON_FILES
def test_a_damaged_closed_log_keeps_nobody_from_writing_others(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        log = write_one(store)
    (tmp_path / "s" / "logs" / f"{log}.db").write_bytes(b"x" * 8192)
    (tmp_path / "s" / "logs" / f"{log}.db-wal").write_bytes(b"y" * 8192)
    with Store.open(tmp_path / "s") as store:
        assert store.recovered == []
        write_one(store)
    assert not verify(tmp_path / "s").ok


def test_unknown_logs_and_kinds_are_refused(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        with pytest.raises(UnknownLog, match="livewitness sessions"):
            store.reader("0" * 32)
        with pytest.raises(UnknownLog):
            store.open_log("reading", case="c", subject="r", body={"reads": "0" * 32})
        with pytest.raises(UnknownLog):
            store.open_log("reading", case="c", subject="r", body={})
        with pytest.raises(InvalidDraft):
            store.open_log("capture", case="c", subject="r", body={"t": "\ud800"})
        with pytest.raises(InvalidDraft):
            store.open_log("other", case="c", subject="r", body={})  # type: ignore[arg-type]
        assert store.logs() == []


def test_blobs_are_checked_when_they_are_read(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        log = write_one(store)
        with store.reader(log) as reader:
            ref = reader.entry(1).blobs[0]
        wrong_root = BlobRef(ref.role, ref.media_type, ref.size, ref.blake3, ref.sha256, 2, "0" * 64)
        with pytest.raises(Corrupt, match="count and root"):
            store.blobs.parts(wrong_root)
        path = store.blobs.path(ref)
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        with pytest.raises(Corrupt, match="digests that its entry names"):
            store.blobs.read(ref)
        path.unlink()
        with pytest.raises(BlobMissing, match="livewitness verify"):
            store.blobs.read(ref)


def test_session_open_is_durable_and_registered_when_open_log_returns(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = store.open_log("capture", case="c", subject="r", body={"url": "u"})
        with Store.open_read_only(tmp_path / "s") as other:
            (found,) = other.logs()
            assert (found.state, found.size) == ("being written", 1)
            assert other.being_written(writer.log)
            with other.reader(writer.log) as reader:
                assert reader.entry(0).body == {"after": None, "url": "u"}
                assert not reader.closed()
        writer.close("r")
        assert not store.being_written(writer.log)


def test_the_reserve_takes_real_blocks(tmp_path: Path) -> None:
    Store.create(tmp_path / "s").close()
    status = (tmp_path / "s" / "reserve").stat()
    assert status.st_size == 8 << 20
    assert status.st_blocks * 512 >= 8 << 20


def test_store_json_is_what_format_md_says(tmp_path: Path, either_database: str) -> None:
    with Store.create(tmp_path / "s") as store:
        expected = {"format": "livewitness-store", "store": store.id, "v": 1}
        if either_database == "postgresql":
            expected["database"] = "postgresql"
        assert json.loads((tmp_path / "s" / "store.json").read_bytes()) == expected
