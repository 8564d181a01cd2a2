"""`livewitness keys` as a person types it, and what openssl says of the signatures before and after a change."""

from __future__ import annotations

import base64
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from evidence_store.checkpoint import parse_note
from evidence_store.entries import EntryType
from evidence_store.keys import PASSPHRASE_FILE
from evidence_store.store import Store
from tests.harness.small_store import Small, copy_of, small_store

COMMAND = [sys.executable, "-c", "from crawler.cli import main; main()"]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_store(tmp_path_factory.mktemp("keys") / "store")


@pytest.fixture
def small(original: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Small:
    monkeypatch.delenv(PASSPHRASE_FILE, raising=False)
    return copy_of(original, tmp_path / "store")


def run(*arguments: str | Path, code: int = 0) -> str:
    command = [*COMMAND, *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stdout if code == 0 else ended.stdout + ended.stderr


def openssl_verifies(folder: Path, pem: str, message: bytes, signature: bytes) -> bool:
    for name, content in (("key.pem", pem.encode()), ("message", message), ("signature", signature)):
        (folder / name).write_bytes(content)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "message"]
    ended = subprocess.run([*command, "-sigfile", "signature"], cwd=folder, capture_output=True, check=False)
    return ended.returncode == 0


def test_openssl_verifies_checkpoints_before_and_after_a_change_each_with_the_key_of_its_size(
    small: Small, tmp_path: Path
) -> None:
    done = json.loads(run("keys", "rotate", small.root, "--json"))
    with Store.open(small.root) as store:
        store.open_log("capture", case="c", subject="r", body={}).close("done")
        with store.register_reader() as reader:
            change, last = reader.entry(done["index"]), reader.size()
            looked_at = {1, change.index, change.index + 1, last}
            notes = {row.size: parse_note(row.note) for row in reader.checkpoints() if row.size in looked_at}
    assert change.type == EntryType.KEY_ROTATED
    pems = {size: run("keys", "show", small.root, "--pem", str(size)) for size in notes}
    assert len(set(pems.values())) == 2
    for size, note in notes.items():
        ((_, _, signature),) = note.signatures
        for pem in set(pems.values()):
            expected = pem == pems[size]
            assert openssl_verifies(tmp_path, pem, note.text.encode(), signature) == expected, size
    # The statement of section 11, put together by hand from what the entry shows.
    statement = f"livewitness/key-rotation/v1\n{change.log}\n{change.index}\n{done['from']}\n{done['to']}\n".encode()
    for member, size in (("signature_from", change.index), ("signature_to", change.index + 1)):
        assert openssl_verifies(tmp_path, pems[size], statement, base64.b64decode(change.body[member]))
    assert pems[max(notes)] == (small.root / "keys" / "store.pub").read_text(encoding="ascii")


def test_rotate_show_revoke_verify(small: Small) -> None:
    first = json.loads(run("keys", "show", small.root, "--json"))
    assert [(key["from"], key["to"], key["revoked"]) for key in first["keys"]] == [(1, None, None)]
    old = first["keys"][0]

    refused = run("keys", "revoke", small.root, old["vkey"], "--reason", "lost", code=2)
    assert "livewitness keys rotate STORE" in refused
    said = run("keys", "rotate", small.root)
    assert f"livewitness keys revoke {small.root} {old['key_id']}" in said
    new = json.loads(run("keys", "show", small.root, "--json"))["keys"][1]
    assert new["vkey"] in said

    assert "good up to register size 6" in run(
        "keys", "revoke", small.root, old["key_id"], "--reason", "its owner left"
    )
    table = run("keys", "show", small.root)
    assert "1 to 6" in table
    assert "its owner left" in table
    assert "signs now" in table
    run("verify", small.root)

    said = run("keys", "revoke", small.root, old["vkey"], "--reason", "stolen", "--good-to", "4", "--json")
    assert json.loads(said) == {"vkey": old["vkey"], "good_to": 4, "index": 8}
    report = json.loads(run("verify", small.root, "--json", code=1).strip())
    assert [check["number"] for check in report["checks"] if check["status"] == "fail"] == [20]
    listed = json.loads(run("keys", "show", small.root, "--json"))
    assert listed["keys"][0]["revoked"] == {"index": 8, "good_to": 4, "reason": "stolen"}


def test_a_passphrase_is_given_by_file_and_the_environment_carries_it_to_what_writes(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = tmp_path / "word"
    word.write_text("correct horse\n", encoding="utf-8")
    assert f"export {PASSPHRASE_FILE}" in run("keys", "passphrase", small.root, "--new-passphrase-file", word)
    assert PASSPHRASE_FILE in run("keys", "rotate", small.root, code=2)
    run("keys", "show", small.root)  # reading needs none

    monkeypatch.setenv(PASSPHRASE_FILE, str(word))
    run("keys", "rotate", small.root)
    private = small.root / "keys" / "store.key"
    command = ["openssl", "pkey", "-in", str(private), "-passin", f"file:{word}", "-pubout"]
    shown = subprocess.run(command, capture_output=True, check=True).stdout
    assert shown == (small.root / "keys" / "store.pub").read_bytes()

    assert "removed" in run("keys", "passphrase", small.root, "--remove")
    monkeypatch.delenv(PASSPHRASE_FILE)
    run("keys", "rotate", small.root)
    run("verify", small.root)


def test_a_passphrase_is_asked_for_on_a_terminal_and_nowhere_else(small: Small) -> None:
    assert "--new-passphrase-file" in run("keys", "passphrase", small.root, code=2)
    typed_into(["keys", "passphrase", str(small.root)], ["first", "first"])
    assert PASSPHRASE_FILE in run("keys", "passphrase", small.root, "--remove", code=2)
    screen = typed_into(["keys", "passphrase", str(small.root)], ["first", "second", "second"])
    assert "second" not in screen
    Store.open(small.root, passphrase="second").close()


def typed_into(arguments: list[str], answers: list[str]) -> str:
    """Run a command on a terminal of its own and answer its questions; what the terminal showed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        for answer in answers:
            asked = shown.count(b": ")
            while shown.count(b": ") == asked:
                shown += os.read(ours, 1024)
            os.write(ours, answer.encode() + b"\n")
        assert process.wait(30) == 0, shown.decode()
    os.close(ours)
    return shown.decode()


def test_bad_input_is_refused_with_what_to_type(small: Small, tmp_path: Path) -> None:
    assert "got both" in run("keys", "passphrase", small.root, "--remove", "--new-passphrase-file", "x", code=2)
    assert "No such file" in run("keys", "passphrase", small.root, "--new-passphrase-file", tmp_path / "none", code=2)
    assert "store.json" in run("keys", "show", tmp_path, code=2)
    run("keys", "rotate", small.root)
    key_id = json.loads(run("keys", "show", small.root, "--json"))["keys"][0]["key_id"]
    assert "0 to 6" in run("keys", "revoke", small.root, key_id, "--reason", "r", "--good-to", "7", code=2)
    (small.root / "keys" / "store.key").unlink()
    assert "bring keys/store.key back" in run("keys", "rotate", small.root, code=2)
    run("verify", small.root)
