"""`livewitness verify` and `livewitness anchor` as a person types them, on a store that others spoke for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evidence_store.anchors.brackets import moment
from evidence_store.anchors.settings import load_settings
from evidence_store.entries import Draft, EntryType
from evidence_store.keys import load_verifier
from evidence_store.store import Store
from tests.harness.authority import LocalAuthority
from tests.harness.witnesses import Running, serving

COMMAND = Path(sys.executable).with_name("livewitness")


@dataclass
class Anchored:
    root: Path
    authority: LocalAuthority
    witness: Running


@pytest.fixture
def anchored(tmp_path: Path) -> Iterator[Anchored]:
    root = tmp_path / "s"
    with Store.create(root) as store:
        key = load_verifier(root, store.id)

    class Known:
        vkey = key

    with LocalAuthority(tmp_path / "tsa", "one") as one, serving(tmp_path / "w", Known()) as witness:
        (root / "anchors.yaml").write_text(
            f"authorities:\n  - {{name: one, url: '{one.url}', root: '{one.root_pem}'}}\n"
            f"witnesses:\n  - {{url: '{witness.url}', vkey: '{witness.vkey}'}}\nclose_wait_s: 20\n",
            encoding="utf-8",
        )
        with Store.open(root, anchors=load_settings(root / "anchors.yaml")) as store:
            store.open_log("capture", case="c", subject="r", body={}).close("done")
        yield Anchored(root, one, witness)


def livewitness(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)


def checks(done: subprocess.CompletedProcess[str]) -> dict[int, dict[str, Any]]:
    return {check["number"]: check for check in json.loads(done.stdout)["checks"]}


def test_a_report_names_the_roots_and_witnesses_to_compare(anchored: Anchored) -> None:
    done = livewitness("verify", anchored.root, "--json")
    assert done.returncode == 0, done.stdout
    found = checks(done)
    assert found[21]["status"] == "note"
    assert "CN=one Root, SHA-256 " in found[21]["findings"][0]["got"]
    assert found[22]["status"] == "note"
    assert str(anchored.witness.vkey) in found[22]["findings"][0]["got"]


def test_with_the_roots_and_keys_that_a_verifier_knows_nothing_is_left_to_compare(anchored: Anchored) -> None:
    known = ("--trust", anchored.authority.root_pem, "--witness", anchored.witness.vkey)
    done = livewitness("verify", anchored.root, "--json", *known)
    assert done.returncode == 0, done.stdout
    assert {check["status"] for check in checks(done).values()} == {"pass"}


def test_a_token_of_an_authority_that_is_not_trusted_fails_check_21(anchored: Anchored, tmp_path: Path) -> None:
    with LocalAuthority(tmp_path / "other", "other") as other:
        done = livewitness("verify", anchored.root, "--json", "--trust", other.root_pem)
    assert done.returncode == 1
    failed = [number for number, check in checks(done).items() if check["status"] == "fail"]
    assert failed == [21]
    assert "CN=one Root" in str(checks(done)[21]["findings"])


def test_a_verifier_may_know_one_of_two_authorities(anchored: Anchored, tmp_path: Path) -> None:
    with LocalAuthority(tmp_path / "second", "second") as second:
        settings = tmp_path / "two.yaml"
        lines = [f"  - {{name: {x.name}, url: '{x.url}', root: '{x.root_pem}'}}" for x in (anchored.authority, second)]
        settings.write_text("\n".join(["authorities:", *lines, "close_wait_s: 20"]), encoding="utf-8")
        with Store.open(anchored.root, anchors=load_settings(settings)) as store:
            store.open_log("capture", case="c", subject="r", body={}).close("done")
        done = livewitness("verify", anchored.root, "--json", "--trust", second.root_pem)
    assert done.returncode == 0, done.stdout
    assert checks(done)[21]["status"] == "note"
    assert "their time was left out" in str(checks(done)[21]["findings"])


def test_a_checkpoint_from_elsewhere_shows_an_older_copy(anchored: Anchored, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(anchored.root, older)
    with Store.open(anchored.root) as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        writer.close("done")
        with store.register_reader() as register:
            newest = register.last_checkpoint()
    assert newest is not None
    kept = tmp_path / "kept.txt"
    kept.write_bytes(newest.note)
    assert livewitness("verify", anchored.root, "--known", kept).returncode == 0
    assert livewitness("verify", older).returncode == 0  # nothing inside it shows that it is older
    done = livewitness("verify", older, "--known", kept, "--json")
    assert done.returncode == 1
    assert "an older copy" in checks(done)[5]["got"]


def test_verify_writes_nothing_and_with_record_one_custody_event(anchored: Anchored) -> None:
    def files() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(anchored.root.rglob("*")) if path.is_file()}

    before = files()
    assert livewitness("verify", anchored.root).returncode == 0
    assert files() == before
    done = livewitness("verify", anchored.root, "--json", "--record", "--who", "张三", "--why", "案件移送前")
    assert done.returncode == 0, done.stderr
    with Store.open_read_only(anchored.root) as store, store.register_reader() as register:
        (event,) = register.entries(types=[EntryType.CUSTODY])
        body = dict(event.body)
        assert body.pop("tool").startswith("livewitness ")
        size = json.loads(done.stdout)["register_size"]
        assert body == {"what": "verified", "ok": True, "failed": [], "not_checked": [], "size": size}
        assert [part.decode() for part in store.blobs.parts(event.blobs[0])] == ["张三", "案件移送前"]
        assert "张三".encode() not in event.raw
    assert livewitness("verify", anchored.root).returncode == 0


def test_the_bracket_of_an_entry_is_told_when_it_is_proved(anchored: Anchored, tmp_path: Path) -> None:
    with Store.open(anchored.root, anchors=load_settings(anchored.root / "anchors.yaml")) as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        before_ns = time.time_ns()
        writer.submit(Draft(EntryType.ROOM_STATE, before_ns, time.monotonic_ns(), {"state": "live"})).result()
        writer.close("done")
    done = livewitness("prove", "entry", anchored.root, writer.log, "1", "--out", tmp_path / "out", "--json")
    bracket = json.loads(done.stdout)["bracket"]
    assert bracket["not_before"] < moment(before_ns) < bracket["not_after"]
    words = (tmp_path / "out" / "README.txt").read_text(encoding="utf-8")
    assert "at the earliest, by the token that the log knew" in words
    assert "one: register entry" in words


def test_a_store_without_tokens_says_what_its_time_rests_on(tmp_path: Path) -> None:
    Store.create(tmp_path / "s").close()
    done = livewitness("verify", tmp_path / "s")
    assert done.returncode == 0
    assert "time rests on this machine's clock" in done.stdout


def test_anchor_asks_everybody_and_says_who_did_not_answer(anchored: Anchored) -> None:
    with Store.open(anchored.root) as store:
        store.open_log("capture", case="c", subject="r", body={}).close("done")
    anchored.authority.misbehave("garbage")
    done = livewitness("anchor", anchored.root, "--json")
    assert done.returncode == 3
    said = {row["name"]: row for row in json.loads(done.stdout)}
    assert said["one"]["problem"]
    assert said[anchored.witness.vkey.name]["problem"] is None
    anchored.authority.misbehave(None)
    assert livewitness("anchor", anchored.root).returncode == 0
    again = livewitness("anchor", anchored.root)
    assert "nothing new" in again.stdout


def test_a_token_whose_certificates_end_soon_is_followed_by_a_newer_one(tmp_path: Path) -> None:
    root = tmp_path / "s"
    with LocalAuthority(tmp_path / "tsa", "one", leaf_days=30) as one:
        settings = tmp_path / "anchors.yaml"
        settings.write_text(f"authorities:\n  - {{name: one, url: '{one.url}', root: '{one.root_pem}'}}\n")
        with Store.create(root, anchors=load_settings(settings)) as store:
            store.open_log("capture", case="c", subject="r", body={}).close("done")
        said = livewitness("verify", root).stdout
        assert "expire" in said
        assert "livewitness anchor" in said
        assert livewitness("anchor", root, "--anchors", settings).returncode == 0
        with Store.open_read_only(root) as store, store.register_reader() as register:
            sizes = [entry.body["size"] for entry in register.entries(types=[EntryType.ANCHOR_TOKEN])]
            newest = register.newest(without=[EntryType.ANCHOR_TOKEN])
        assert sizes[-1] > sizes[-2] > (newest or 0)  # asked though nothing but a token was new


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("verify", "{root}", "--trust", "/nowhere.pem"), "--trust: expected certificates in PEM"),
        (("verify", "{root}", "--witness", "nobody"), "--witness: "),
        (("verify", "{root}", "--known", "/nowhere.txt"), "--known: expected a signed checkpoint"),
        (("anchor", "{root}", "--anchors", "/nowhere.yaml"), "/nowhere.yaml"),
        (("verify", "/nowhere"), "livewitness"),
    ],
)
def test_what_was_typed_wrongly_is_said_with_code_2(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    Store.create(tmp_path / "s").close()
    done = livewitness(*(argument.format(root=tmp_path / "s") for argument in arguments))
    assert done.returncode == 2, done.stderr
    assert words in done.stderr


def test_anchor_without_settings_says_where_they_belong(tmp_path: Path) -> None:
    Store.create(tmp_path / "s").close()
    done = livewitness("anchor", tmp_path / "s")
    assert done.returncode == 2
    assert "anchors.yaml" in done.stderr
