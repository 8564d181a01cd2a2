"""Proof folders: what goes into them, and that other people's programs check them, whatever happened to the store."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from evidence_store.anchors.chains import read_pem
from evidence_store.anchors.settings import Authority
from evidence_store.entries import Attachment, Draft, EntryType
from evidence_store.errors import BlobMissing, Corrupt, NotAStore, UnknownLog
from evidence_store.hashing import sha256
from evidence_store.proofs.check import verify_folder
from evidence_store.proofs.folder import MANIFEST, FolderInTheWay, write_folder
from evidence_store.proofs.gather import Source
from evidence_store.proofs.gathered import Gathered, NotProvable
from evidence_store.proofs.tlog_proof import parse_consistency, parse_tlog_proof
from evidence_store.store import Store
from evidence_store.verify.report import Report, Status
from tests.harness.anchored import register_size, rotate, stamp
from tests.harness.authority import LocalAuthority
from tests.harness.small_store import Small, copy_of, small_store


def check_sh(folder: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": path or os.environ["PATH"]}
    command = [shutil.which("sh") or "sh", str(folder / "check.sh")]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment, cwd="/")


def check_py(folder: Path) -> Report:
    return verify_folder(folder, now_ns=time.time_ns())


def failing(folder: Path) -> set[int]:
    """Which checks fail in Python; check.sh must fail too, or neither."""
    report = check_py(folder)
    shell = check_sh(folder)
    assert (shell.returncode == 0) == report.ok, "\n".join([*report.lines(), shell.stdout, shell.stderr])
    assert shell.returncode in {0, 1}
    return {result.number for result in report.results if result.status is Status.FAIL}


def passes(folder: Path) -> str:
    assert failing(folder) == set()
    return check_sh(folder).stdout


def manifest_anew(folder: Path) -> None:
    """What somebody does who changes a folder on purpose."""
    names = sorted(f"./{path.relative_to(folder)}" for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256((folder / name).read_bytes()).hex()}  {name}\n" for name in names if name != f"./{MANIFEST}"]
    (folder / MANIFEST).write_text("".join(lines))


def write(gathered: Gathered, source: Source, out: Path) -> Path:
    write_folder(gathered, source.blobs, out, with_blobs=True)
    return out


@dataclass(frozen=True)
class Stamped:
    """A store that two authorities stamped; then a reading log came, and one more token."""

    small: Small
    stamped_size: int


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Authority]]:
    folder = tmp_path_factory.mktemp("authorities")
    with ExitStack() as stack:
        found = [stack.enter_context(LocalAuthority(folder / name, name)) for name in ("one", "two")]
        yield [
            Authority(each.name, each.url, each.root_pem, tuple(read_pem(each.root_pem.read_bytes()))) for each in found
        ]


@pytest.fixture(scope="module")
def stamped(tmp_path_factory: pytest.TempPathFactory, settings: list[Authority]) -> Stamped:
    small = small_store(tmp_path_factory.mktemp("stamped") / "store")
    size = register_size(small.root)
    stamp(small.root, *settings)
    with Store.open(small.root) as store:
        reading = store.open_log("reading", case="c", subject="room", body={"reads": small.capture})
        reading.close("nothing to read")
    stamp(small.root, settings[0])
    return Stamped(small, size)


@pytest.fixture
def whole(stamped: Stamped, tmp_path: Path) -> Path:
    """The folder of a range with blobs and two tokens."""
    with Source(stamped.small.root) as source:
        return write(source.entries(source.find_log(stamped.small.capture), 1, 3), source, tmp_path / "whole")


@pytest.fixture
def one(stamped: Stamped, tmp_path: Path) -> Path:
    with Source(stamped.small.root) as source:
        return write(source.entries(source.find_log(stamped.small.capture[:8]), 2, 2), source, tmp_path / "one")


def test_a_folder_of_one_entry_has_the_files_of_format_md_and_checks(stamped: Stamped, one: Path) -> None:
    out = passes(one)
    names = {str(path.relative_to(one)) for path in one.rglob("*") if path.is_file()}
    token = {"note.txt", "request.tsq", "reply.tsr", "chain.pem"}
    for name in ("one", "two"):
        mine = {each.removeprefix(f"{name}/") for each in names if each.startswith(f"{name}/")}
        assert token <= mine
        assert any(each.startswith("revocation-") for each in mine)
        assert f"ok   P10 {name}: " in out
    assert {each for each in names if "/" not in each} == {
        *("entry.json", "entry.tlog-proof", "entry.id", "head.json", "head.tlog-proof", "opened.json"),
        *("opened.tlog-proof", "log.vkey", "register.vkey", "check.sh", "README.txt", MANIFEST),
        *("blob-picture", "blob-frames"),
    }
    with Store.open_read_only(stamped.small.root) as store, store.reader(stamped.small.capture) as reader:
        entry = reader.entry(2)
        assert (one / "entry.json").read_bytes() == entry.raw
        assert (one / "blob-picture").read_bytes() == store.blobs.read(entry.blobs[0])
    assert f"id {entry.id}" in out


def test_the_smallest_head_and_the_smallest_stamped_size_are_taken(stamped: Stamped, one: Path, tmp_path: Path) -> None:
    assert parse_tlog_proof((one / "head.tlog-proof").read_bytes()).checkpoint.size == stamped.stamped_size
    with Source(stamped.small.root) as source:
        record = source.find_log(stamped.small.capture)
        sizes = [head.size for head in record.heads]
        assert sizes == [1, 5]
        assert source.entries(record, 0, 0).entries[0].proof.checkpoint.size == 1
        assert source.entries(record, 1, 1).entries[0].proof.checkpoint.size == 5
        later = source.find_log(list(source.catalog.logs)[-1])  # opened after the first stamp, before the last
        folder = write(source.entries(later, 0, 0), source, tmp_path / "later")
    assert parse_tlog_proof((folder / "head.tlog-proof").read_bytes()).checkpoint.size > stamped.stamped_size
    assert "ok   P10 one: " in passes(folder)
    assert not (folder / "two").exists()


def test_without_a_token_the_folder_says_so(tmp_path: Path) -> None:
    small = small_store(tmp_path / "s")
    with Source(small.root) as source:
        folder = write(source.entries(source.find_log(small.capture), 1, 1), source, tmp_path / "out")
    assert "note P10 no time-stamp token" in passes(folder)
    assert "No time-stamp token covers this checkpoint" in (folder / "README.txt").read_text()
    assert check_py(folder).results[9].status is Status.NOTE


def test_a_range_has_every_entry_and_says_that_none_is_left_out(whole: Path) -> None:
    out = passes(whole)
    assert out.count("P6 ") == 3
    assert out.count("P8 nothing is left out") == 2
    assert out.count("P9 ") == 6


def test_an_entry_taken_out_of_a_range_is_missed(whole: Path) -> None:
    for suffix in ("json", "tlog-proof", "id"):
        (whole / f"entry-2.{suffix}").unlink()
    for blob in whole.glob("blob-2-*"):
        blob.unlink()
    assert 1 in failing(whole)
    manifest_anew(whole)
    assert failing(whole) == {8}


def test_names_out_of_a_store_never_leave_the_folder(tmp_path: Path) -> None:
    roles = ("../../up", "../../up", "a b/c", "图片", "-rf", "..")
    with Store.create(tmp_path / "s") as store:
        log = store.open_log("capture", case="c", subject="r", body={})
        blobs = tuple(Attachment(role, "text/plain", b"%d" % number) for number, role in enumerate(roles))
        log.submit(Draft(EntryType.SCREEN, 1, 1, {}, blobs)).result()
        log.close("over")
    with Source(tmp_path / "s") as source:
        folder = write(source.entries(source.find_log(log.log), 1, 1), source, tmp_path / "out" / "deep")
    names = sorted(path.name for path in folder.glob("blob-*"))
    assert names == ["blob-_", "blob-_.._up", "blob-_.._up-2", "blob-a_b_c", "blob-rf", "blob-unnamed"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["deep"]
    assert passes(folder).count("P9 ") == len(roles)


def test_that_a_log_is_registered(stamped: Stamped, tmp_path: Path) -> None:
    with Source(stamped.small.root) as source:
        folder = write(source.log(source.find_log(stamped.small.reading)), source, tmp_path / "log")
    assert f"head of log {stamped.small.reading}" in passes(folder)
    assert json.loads((folder / "head.json").read_bytes())["type"] == "log.closed"


def test_consistency_files_extend_the_older_root(stamped: Stamped) -> None:
    with Source(stamped.small.root) as source:
        record = source.find_log(stamped.small.capture)
        grown = source.consistency(record, 1, 5)
        older = source.entries(record, 0, 0).entries[0].proof.checkpoint.root
        register = source.consistency(None, 3, 8)
    again = parse_consistency(grown.to_bytes())
    assert again == grown
    assert again.extends(older)
    assert not again.extends(bytes(32))
    assert register.checkpoint.size == 8


def test_a_blob_is_found_by_its_digest_in_each_entry_that_names_it(tmp_path: Path) -> None:
    picture = Attachment("picture", "image/jpeg", b"the same picture")
    with Store.create(tmp_path / "s") as store:
        logs = []
        for _ in range(2):
            log = store.open_log("capture", case="c", subject="r", body={})
            for number in range(2):
                log.submit(Draft(EntryType.SCREEN, number, number, {}, (picture,))).result()
            log.close("over")
            logs.append(log.log)
    with Source(tmp_path / "s") as source:
        blake3 = source.entries(source.find_log(logs[0]), 1, 1).entries[0].entry.blobs[0].blake3
        found = [(record.log, index) for record, index in source.naming(blake3)]
        assert found == [(log, index) for log in logs for index in (1, 2)]
        assert list(source.naming("0" * 64)) == []


def test_a_log_that_is_being_written_proves_what_its_registered_heads_hold(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        log = store.open_log("capture", case="c", subject="r", body={})
        log.submit(Draft(EntryType.HEARTBEAT, 1, 1, {})).result()
        with Source(tmp_path / "s") as source:
            folder = write(source.entries(source.find_log(log.log), 0, 0), source, tmp_path / "open")
            with pytest.raises(NotProvable, match="heads are registered every 60 s"):
                source.entries(source.find_log(log.log), 1, 1)
        log.close("over")
    passes(folder)


def test_the_tail_of_a_cut_off_log_rests_on_the_register(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        writer.submit(Draft(EntryType.HEARTBEAT, 1, 1, {})).result()
        log = writer.log
        shutil.copytree(tmp_path / "s", tmp_path / "cut")  # as if its writer had died here
        writer.close("over")
    Store.open(tmp_path / "cut").close()
    with Source(tmp_path / "cut") as source:
        folder = write(source.entries(source.find_log(log), 1, 1), source, tmp_path / "out")
    passes(folder)
    assert json.loads((folder / "head.json").read_bytes())["type"] == "log.cut_off"
    assert parse_tlog_proof((folder / "entry.tlog-proof").read_bytes()).unsigned
    assert check_py(folder).results[6].status is Status.NOTE


def test_an_unsigned_checkpoint_counts_for_a_cut_off_log_only(one: Path) -> None:
    proof = (one / "entry.tlog-proof").read_bytes()
    (one / "entry.tlog-proof").write_bytes(proof[: proof.rindex(b"\n\n") + 1])
    manifest_anew(one)
    assert failing(one) == {7}


def test_a_store_whose_key_changed_proves_old_logs_and_new_ones(stamped: Stamped, tmp_path: Path) -> None:
    small = copy_of(stamped.small, tmp_path / "s")
    rotate(small.root)
    rotate(small.root)
    with Store.open(small.root) as store:
        log = store.open_log("capture", case="c", subject="r", body={})
        log.close("over")
    with Source(small.root) as source:
        old = write(source.entries(source.find_log(small.capture), 1, 2), source, tmp_path / "old")
        new = write(source.entries(source.find_log(log.log), 0, 0), source, tmp_path / "new")
        size = source.register_size
    out = passes(old)
    assert out.count("P2 rotated-") == 2
    assert "P2 rotated-" not in passes(new)
    # The tokens lie over checkpoints of a former key: the folder has none, and says where there are some.
    assert "note P10 no time-stamp token" in out
    assert parse_tlog_proof((old / "head.tlog-proof").read_bytes()).checkpoint.size == size
    said = (old / "README.txt").read_text()
    assert f"one: over size {stamped.stamped_size} of the" in said
    assert "replaced since" in said
    assert "replaced since" not in (new / "README.txt").read_text()
    newest = sorted(old.glob("rotated-*"))[-2:]
    for path in newest:  # without the last change the oldest key leads nowhere
        path.unlink()
    manifest_anew(old)
    assert 2 in failing(old)


def test_after_a_change_of_the_key_the_first_stamped_checkpoint_by_the_new_key_is_taken(
    stamped: Stamped, settings: list[Authority], tmp_path: Path
) -> None:
    small = copy_of(stamped.small, tmp_path / "s")
    rotate(small.root)
    size = register_size(small.root)
    stamp(small.root, settings[1])
    stamp(small.root, settings[0])
    with Source(small.root) as source:
        folder = write(source.entries(source.find_log(small.capture), 1, 1), source, tmp_path / "out")
    assert "ok   P10 two: " in passes(folder)
    assert parse_tlog_proof((folder / "head.tlog-proof").read_bytes()).checkpoint.size == size
    assert f"one: over size {stamped.stamped_size} of the" in (folder / "README.txt").read_text()


def test_a_key_that_nobody_handed_over_to_is_not_taken(one: Path, tmp_path: Path) -> None:
    other = small_store(tmp_path / "other")
    with Source(other.root) as source:
        foreign = write(source.entries(source.find_log(other.capture), 2, 2), source, tmp_path / "foreign")
    passes(foreign)
    shutil.copy(foreign / "register.vkey", one / "register.vkey")
    manifest_anew(one)
    assert 3 in failing(one)


@pytest.mark.parametrize("name", ["head", "opened", "entry"])
def test_pieces_of_another_store_do_not_fit(one: Path, tmp_path: Path, name: str) -> None:
    other = small_store(tmp_path / "other")
    with Source(other.root) as source:
        foreign = write(source.entries(source.find_log(other.capture), 2, 2), source, tmp_path / "foreign")
    for path in foreign.glob(f"{name}.*"):
        shutil.copy(path, one / path.name)
    manifest_anew(one)
    assert failing(one)


def test_a_damaged_store_is_not_made_into_a_proof(stamped: Stamped, tmp_path: Path) -> None:
    small = copy_of(stamped.small, tmp_path / "s")
    blob = small.blob("picture")
    blob.write_bytes(blob.read_bytes()[:-1] + b"!")
    with Source(small.root) as source:
        record = source.find_log(small.capture)
        with pytest.raises(Corrupt, match="digests"):
            write(source.entries(record, 1, 1), source, tmp_path / "a")
        blob.unlink()
        with pytest.raises(BlobMissing):
            write(source.entries(record, 1, 1), source, tmp_path / "b")
        write_folder(source.entries(record, 1, 1), source.blobs, tmp_path / "c")  # without blobs it needs none
    passes(tmp_path / "c")
    assert not check_py(tmp_path / "a").ok, "a folder that was not finished must not check"


def test_what_can_not_be_proved_is_refused_with_what_to_type(stamped: Stamped, tmp_path: Path) -> None:
    with Source(stamped.small.root) as source:
        record = source.find_log(stamped.small.capture)
        with pytest.raises(NotProvable, match="an index below 5"):
            source.entries(record, 2, 5)
        with pytest.raises(UnknownLog, match="livewitness sessions"):
            source.find_log("zz")
        with pytest.raises(UnknownLog, match="no log begins with ''"):
            source.find_log("")
        with pytest.raises(NotProvable, match="one of 2 sizes, the nearest 1, 5"):
            source.consistency(record, 1, 4)
        with pytest.raises(NotProvable, match="older size"):
            source.consistency(record, 6, 5)
        with pytest.raises(NotProvable, match="none in that time"):
            source.between(record, 10**30, None)
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "x").write_text("mine")
        with pytest.raises(FolderInTheWay, match="not empty"):
            write(source.entries(record, 1, 1), source, tmp_path / "out")
        with pytest.raises(FolderInTheWay, match="a file"):
            write(source.entries(record, 1, 1), source, tmp_path / "out" / "x")
    with pytest.raises(NotAStore):
        Source(tmp_path)
