"""A witness's memory: made once, kept through anything, and never begun anew in passing."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence_store.anchors.cosignature import CosignerKey
from evidence_store.anchors.witness_folder import Witness, create_witness, open_witness
from evidence_store.anchors.witness_protocol import Refusal, Submission, admit, known_logs, write_submission
from evidence_store.anchors.witness_state import CONTRADICTIONS_LIMIT
from evidence_store.durable import FileSystem
from evidence_store.errors import (
    Corrupt,
    FutureFormat,
    KeyMissing,
    Malformed,
    NotAStore,
    StorageFailed,
    StoreError,
    StoreExists,
)
from tests.harness.witnesses import Register

REGISTER = Register()
NAME = "witness.example/desk"


def made(folder: Path, name: str = NAME) -> CosignerKey:
    return create_witness(folder, name, os.urandom, FileSystem())


def submission(old: int, new: int, register: Register = REGISTER) -> Submission:
    body = write_submission(old, register.proof(old, new), register.note(new))
    admitted = admit(body, known_logs([register.key.verifier]))
    assert isinstance(admitted, Submission)
    return admitted


def advance(witness: Witness, old: int, new: int, register: Register = REGISTER) -> str | Refusal:
    asked = submission(old, new, register)
    return witness.state.advance(asked, lambda: witness.key.cosign(asked.note.text, 1795224001))


def known_size(folder: Path) -> int:
    return open_witness(folder).state.heads()[REGISTER.name].head.size


def test_a_new_witness_has_a_key_of_its_own_and_nothing_to_tell(tmp_path: Path) -> None:
    vkey, other = made(tmp_path / "a"), made(tmp_path / "b")
    assert vkey.name == other.name == NAME
    assert vkey.public != other.public
    assert (tmp_path / "a/witness.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["heads.db", "witness.json", "witness.key"]
    opened = open_witness(tmp_path / "a")
    assert opened.key.verifier == vkey
    assert opened.state.heads() == {}


def test_what_was_cosigned_is_known_after_opening_again(tmp_path: Path) -> None:
    vkey = made(tmp_path / "w")
    line = advance(open_witness(tmp_path / "w"), 0, 5)
    assert isinstance(line, str)
    again = open_witness(tmp_path / "w")
    kept = again.state.heads()[REGISTER.name]
    assert (kept.head.size, kept.line) == (5, line)
    assert vkey.verify(kept.line, kept.text).size == 5
    assert advance(again, 0, 9) == Refusal(409, "5\n", "text/x.tlog.size")
    assert isinstance(advance(again, 5, 9), str)
    assert known_size(tmp_path / "w") == 9


def test_each_log_has_a_head_of_its_own(tmp_path: Path) -> None:
    made(tmp_path / "w")
    witness, other = open_witness(tmp_path / "w"), Register(name="livewitness/register/other", seed=1)
    assert isinstance(advance(witness, 0, 5), str)
    assert isinstance(advance(witness, 0, 7, other), str)
    assert {origin: kept.head.size for origin, kept in witness.state.heads().items()} == {
        REGISTER.name: 5,
        other.name: 7,
    }


def test_of_two_requests_from_one_size_the_second_is_refused_however_they_meet(tmp_path: Path) -> None:
    """The race that c2sp.org/tlog-witness describes: the smaller tree, checked first, must not be kept last."""
    made(tmp_path / "w")
    advance(open_witness(tmp_path / "w"), 0, 1)
    judged, go_on = threading.Event(), threading.Event()
    answers: dict[int, str | Refusal] = {}

    def slow() -> None:
        witness, asked = open_witness(tmp_path / "w"), submission(1, 3)

        def sign() -> str:
            judged.set()
            assert go_on.wait(20)
            return witness.key.cosign(asked.note.text, 1)

        answers[3] = witness.state.advance(asked, sign)

    def fast() -> None:
        answers[5] = advance(open_witness_unchecked, 1, 5)

    open_witness_unchecked = open_witness(tmp_path / "w")
    first, second = threading.Thread(target=slow), threading.Thread(target=fast)
    first.start()
    assert judged.wait(20)
    second.start()
    second.join(0.3)
    assert second.is_alive()  # it waits for the transaction that was first
    go_on.set()
    first.join(20)
    second.join(20)
    assert isinstance(answers[3], str)
    assert answers[5] == Refusal(409, "3\n", "text/x.tlog.size")
    assert known_size(tmp_path / "w") == 3


def test_nothing_is_kept_when_the_cosignature_can_not_be_made(tmp_path: Path) -> None:
    made(tmp_path / "w")
    witness = open_witness(tmp_path / "w")

    def fails() -> str:
        raise RuntimeError("no key")

    with pytest.raises(RuntimeError):
        witness.state.advance(submission(0, 5), fails)
    assert witness.state.heads() == {}


def test_a_signed_contradiction_is_kept_once_and_not_without_end(tmp_path: Path) -> None:
    made(tmp_path / "w")
    witness = open_witness(tmp_path / "w")
    advance(witness, 0, 5)
    for _ in range(2):
        assert isinstance(advance(witness, 5, 5, Register(seed=1)), Refusal)
    (kept,) = witness.state.contradictions()
    assert (kept.origin, kept.size, kept.note) == (REGISTER.name, 5, Register(seed=1).note(5))
    for seed in range(2, CONTRADICTIONS_LIMIT + 5):
        advance(witness, 0, 5, Register(seed=seed))
    assert len(witness.state.contradictions()) == CONTRADICTIONS_LIMIT
    # A smaller or larger tree is no contradiction by itself: no one head of it was cosigned.
    assert known_size(tmp_path / "w") == 5


def spoil_row(column: str, value: object) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        with sqlite3.connect(folder / "heads.db") as connection:
            connection.execute(f"UPDATE heads SET {column} = ?", (value,))  # noqa: S608
        connection.close()

    return spoil


def other_heads(folder: Path) -> None:
    made(folder.parent / "another")
    shutil.copy(folder.parent / "another/heads.db", folder / "heads.db")


def forget_owner(folder: Path) -> None:
    with sqlite3.connect(folder / "heads.db") as connection:
        connection.execute("DELETE FROM owner")
    connection.close()


LOST = {
    "gone": lambda folder: (folder / "heads.db").unlink(),
    "empty": lambda folder: (folder / "heads.db").write_bytes(b""),
    "garbage": lambda folder: (folder / "heads.db").write_bytes(b"garbage" * 1000),
    "cut short": lambda folder: os.truncate(folder / "heads.db", 6000),
    "of another witness": other_heads,
    "of nobody": forget_owner,
    "smaller size": spoil_row("size", 4),
    "other root": spoil_row("root", bytes(32)),
    "other text": spoil_row("text", "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"),
    "no cosignature": spoil_row("line", ""),
    "other log": spoil_row("origin", "livewitness/register/other"),
}


@pytest.mark.parametrize("spoil", LOST.values(), ids=LOST)
def test_a_lost_or_damaged_memory_is_refused_and_not_begun_anew(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    made(tmp_path / "w")
    advance(open_witness(tmp_path / "w"), 0, 5)
    spoil(tmp_path / "w")
    before = (tmp_path / "w/heads.db").read_bytes() if (tmp_path / "w/heads.db").exists() else None
    with pytest.raises(Corrupt, match="make a new one"):
        open_witness(tmp_path / "w")
    assert ((tmp_path / "w/heads.db").read_bytes() if (tmp_path / "w/heads.db").exists() else None) == before


def test_a_head_that_was_changed_while_serving_is_not_built_upon(tmp_path: Path) -> None:
    made(tmp_path / "w")
    witness = open_witness(tmp_path / "w")
    advance(witness, 0, 5)
    spoil_row("size", 4)(tmp_path / "w")
    with pytest.raises(Corrupt):
        advance(witness, 4, 9)


def test_a_flipped_bit_is_found_or_changes_nothing_that_is_remembered(tmp_path: Path) -> None:
    made(tmp_path / "w")
    witness = open_witness(tmp_path / "w")
    advance(witness, 0, 5)
    path = tmp_path / "w/heads.db"
    sound, remembered = path.read_bytes(), witness.state.heads()
    used = [at for at, byte in enumerate(sound) if byte]
    found = 0
    for at in used[:: max(1, len(used) // 150)]:
        path.write_bytes(sound[:at] + bytes([sound[at] ^ (1 << at % 8)]) + sound[at + 1 :])
        try:
            assert open_witness(tmp_path / "w").state.heads() == remembered, at
        except StoreError:
            found += 1
    assert found > 50


def test_folders_that_are_no_witness_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotAStore, match="witness init"):
        open_witness(tmp_path / "nothing")
    made(tmp_path / "w")
    with pytest.raises(StoreExists):
        made(tmp_path / "w")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("x")
    with pytest.raises(NotAStore, match="empty folder"):
        made(tmp_path / "full")
    marker = tmp_path / "w/witness.json"
    sound = marker.read_bytes()
    marker.write_bytes(sound.replace(b'"v":1', b'"v":2'))
    with pytest.raises(FutureFormat):
        open_witness(tmp_path / "w")
    for bad in (
        b"",
        b"[]",
        b"{}",
        sound.replace(b"livewitness-witness", b"livewitness-store"),
        sound.replace(b"+", b"-"),
    ):
        marker.write_bytes(bad)
        with pytest.raises(Corrupt, match=r"witness\.json"):
            open_witness(tmp_path / "w")


class Breaking(FileSystem):
    """Fails at one of the calls that making a witness takes."""

    def __init__(self, at: int) -> None:
        self.left = at

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise OSError(errno.EIO, "broken on purpose")

    def sync(self, handle: int) -> None:
        self._count()
        super().sync(handle)

    def write(self, handle: int, content: memoryview) -> int:
        self._count()
        return super().write(handle, content)

    def rename(self, source: Path, target: Path) -> None:
        self._count()
        super().rename(source, target)


def test_a_making_that_fails_leaves_no_witness_that_opens(tmp_path: Path) -> None:
    calls = Breaking(1000)
    create_witness(tmp_path / "whole", NAME, os.urandom, calls)
    count = 1000 - calls.left
    assert count >= 8
    for at in range(1, count - 1):  # the last two make its name durable, when it is complete
        folder = tmp_path / str(at)
        with pytest.raises(StorageFailed):
            create_witness(folder, NAME, os.urandom, Breaking(at))
        with pytest.raises(NotAStore):
            open_witness(folder)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb"])
def test_a_name_that_notes_can_not_carry_makes_no_witness(tmp_path: Path, name: str) -> None:
    with pytest.raises(Malformed):
        made(tmp_path / "w", name)
    assert not (tmp_path / "w").exists()


def test_a_key_that_is_gone_foreign_or_open_to_others_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "w")
    made(tmp_path / "other")
    key = tmp_path / "w/witness.key"
    key.chmod(0o640)
    with pytest.raises(KeyMissing, match="chmod 600"):
        open_witness(tmp_path / "w")
    key.write_bytes((tmp_path / "other/witness.key").read_bytes())
    key.chmod(0o600)
    with pytest.raises(KeyMissing, match="another witness"):
        open_witness(tmp_path / "w")
    key.write_bytes(b"garbage")
    with pytest.raises(KeyMissing):
        open_witness(tmp_path / "w")
    key.unlink()
    with pytest.raises(KeyMissing):
        open_witness(tmp_path / "w")
