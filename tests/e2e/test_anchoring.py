"""A store that is anchored while it is written: real authorities, a real witness, a register that others read."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evidence_store.anchors.anchoring import Standing
from evidence_store.anchors.records import read_cosignature, read_token
from evidence_store.anchors.settings import AnchorSettings, load_settings
from evidence_store.checkpoint import parse_note
from evidence_store.entries import Draft, EntryType, StoredEntry
from evidence_store.errors import StoreError
from evidence_store.hashing import sha256
from evidence_store.keys import load_verifier
from evidence_store.store import Store
from tests.harness.authority import LocalAuthority
from tests.harness.witnesses import serving

PATIENCE_S = 30.0


@pytest.fixture
def authorities(tmp_path: Path) -> Iterator[tuple[LocalAuthority, LocalAuthority]]:
    with LocalAuthority(tmp_path / "tsa", "one") as one, LocalAuthority(tmp_path / "tsa", "two", kind="rsa") as two:
        yield one, two


def settings(folder: Path, *authorities: LocalAuthority, witness: tuple[str, str] | None = None) -> AnchorSettings:
    lines = ["authorities:"]
    lines += [f"  - {{name: {each.name}, url: '{each.url}', root: '{each.root_pem}'}}" for each in authorities]
    if witness is not None:
        lines += ["witnesses:", f"  - {{url: '{witness[0]}', vkey: '{witness[1]}'}}"]
    lines += ["every_s: 1", "close_wait_s: 20"]
    file = folder / "anchors.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    return load_settings(file)


def register_entries(root: Path, *kinds: EntryType) -> list[StoredEntry]:
    with Store.open_read_only(root) as store, store.register_reader() as reader:
        return list(reader.entries(types=kinds))


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, "never came"
        time.sleep(0.05)


def standing(store: Store, name: str) -> Standing:
    assert store.anchoring is not None
    return next(each for each in store.anchoring.standings() if each.name == name)


def test_two_authorities_stamp_the_register_while_a_log_is_written_and_when_it_closes(
    tmp_path: Path, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    root = tmp_path / "s"
    with Store.create(root, anchors=settings(tmp_path, *authorities)) as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        wait_for(lambda: all(standing(store, name).covered >= 2 for name in ("one", "two")))
        writer.close("done")
    tokens = [read_token(entry) for entry in register_entries(root, EntryType.ANCHOR_TOKEN)]
    (closed,) = register_entries(root, EntryType.LOG_CLOSED)
    for name in ("one", "two"):
        mine = [token for token in tokens if token.authority == name]
        assert mine[0].size < closed.index + 1 <= mine[-1].size  # at open, and again over the closed log
    with Store.open_read_only(root) as store, store.register_reader() as reader:
        notes = {row.size: row.note for row in reader.checkpoints()}
        for token in tokens:
            note = store.blobs.read(token.note)
            assert note == notes[token.size]
            assert parse_note(note).signed_by([load_verifier(root, store.id)])
            assert token.imprint_digest == sha256(note).hex()
            ca = next(each.root_pem for each in authorities if each.name == token.authority)
            checked = subprocess.run(
                ["openssl", "ts", "-verify", "-data", store.blobs.path(token.note), "-in",
                 store.blobs.path(token.reply), "-CAfile", ca, "-untrusted", store.blobs.path(token.chain)],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert checked.returncode == 0, checked.stderr


def test_a_heartbeat_and_a_later_log_name_the_newest_token(
    tmp_path: Path, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    root = tmp_path / "s"
    with Store.create(root, anchors=settings(tmp_path, authorities[0])) as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        wait_for(lambda: standing(store, "one").covered >= 2)
        writer.submit(Draft(EntryType.HEARTBEAT, time.time_ns(), time.monotonic_ns(), {"pictures": 0})).result()
        later = store.open_log("capture", case="c", subject="r", body={})
        replies = [read_token(entry).reply.blake3 for entry in register_entries(root, EntryType.ANCHOR_TOKEN)]
        with store.reader(writer.log) as reader:
            assert reader.entry(0).body["after"] is None
            assert reader.entry(1).body["after"] in replies
        with store.reader(later.log) as reader:
            assert reader.entry(0).body["after"] in replies
        writer.close("done")
        later.close("done")


def test_an_authority_out_of_reach_is_said_holds_up_nothing_and_is_asked_again(
    tmp_path: Path, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    one, two = authorities
    one.misbehave("unreachable")
    two.misbehave("hang")
    root = tmp_path / "s"
    with Store.create(root, anchors=settings(tmp_path, one, two)) as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        wait_for(lambda: standing(store, "one").reachable is False)
        for _ in range(20):
            writer.submit(Draft(EntryType.ROOM_STATE, time.time_ns(), time.monotonic_ns(), {"state": "live"})).result()
        failed = register_entries(root, EntryType.ANCHOR_FAILED)
        assert [entry.body["from"] for entry in failed] == ["one"]  # once, however often it is asked
        assert standing(store, "one").problem is not None
        one.misbehave(None)
        two.misbehave(None)
        wait_for(lambda: standing(store, "one").reachable is True)
        writer.close("done")
    sizes = [read_token(entry).size for entry in register_entries(root, EntryType.ANCHOR_TOKEN)]
    (closed,) = register_entries(root, EntryType.LOG_CLOSED)
    assert max(sizes) > closed.index


def test_what_was_refused_is_kept_with_the_reason(
    tmp_path: Path, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    one, _ = authorities
    one.misbehave("wrong nonce")
    root = tmp_path / "s"
    with Store.create(root, anchors=settings(tmp_path, one)) as store:
        store.open_log("capture", case="c", subject="r", body={}).close("done")
        wait_for(lambda: standing(store, "one").reachable is False)
    failed = register_entries(root, EntryType.ANCHOR_FAILED)
    assert "nonce" in str(failed[0].body["expected"])
    with Store.open_read_only(root) as store:
        assert len(store.blobs.read(failed[0].blobs[0])) > 100


def test_a_store_that_was_closed_without_an_answer_is_anchored_by_whoever_opens_it_next(
    tmp_path: Path, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    one, _ = authorities
    one.misbehave("unreachable")
    root = tmp_path / "s"
    asked = settings(tmp_path, one)
    with Store.create(root, anchors=asked) as store:
        store.open_log("capture", case="c", subject="r", body={}).close("done")
    assert register_entries(root, EntryType.ANCHOR_TOKEN) == []
    one.misbehave(None)
    with Store.open(root, anchors=asked) as store:
        wait_for(lambda: standing(store, "one").reachable is True)
    (token,) = register_entries(root, EntryType.ANCHOR_TOKEN)
    (closed,) = register_entries(root, EntryType.LOG_CLOSED)
    assert read_token(token).size > closed.index


def test_processes_that_share_a_store_share_its_tokens(
    tmp_path: Path, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    one, _ = authorities
    root = tmp_path / "s"
    asked = settings(tmp_path, one)
    with Store.create(root, anchors=asked) as first:
        wait_for(lambda: one.asked == 0)
        first.open_log("capture", case="c", subject="r", body={}).close("done")
        wait_for(lambda: standing(first, "one").covered >= 3)
        before = one.asked
        with Store.open(root, anchors=asked) as second:
            wait_for(lambda: standing(second, "one").covered >= 3)
        assert one.asked == before


def test_a_witness_cosigns_and_a_store_rolled_back_is_noticed(tmp_path: Path) -> None:
    root = tmp_path / "s"
    with Store.create(root) as store:
        key = load_verifier(root, store.id)

    class Known:
        vkey = key

    with serving(tmp_path / "witness", Known()) as witness:
        asked = settings(tmp_path, witness=(witness.url, str(witness.vkey)))
        with Store.open(root, anchors=asked) as store:
            store.open_log("capture", case="c", subject="r", body={}).close("done")
        old = (root / "register.db").read_bytes()
        with Store.open(root, anchors=asked) as store:
            store.open_log("capture", case="c", subject="r", body={}).close("done")
        (cosigned, *_) = register_entries(root, EntryType.ANCHOR_COSIGNATURE)
        record = read_cosignature(cosigned)
        with Store.open_read_only(root) as store, store.register_reader() as reader:
            note = next(row.note for row in reader.checkpoints() if row.size == record.size)
        assert witness.vkey.verify(record.line, parse_note(note).text).time_s == record.time_s
        (root / "register.db").write_bytes(old)  # an older copy of the register, as a thief of evidence would put it
        with Store.open(root, anchors=asked) as store:
            wait_for(lambda: standing(store, witness.vkey.name).reachable is False)
            assert "older" in str(standing(store, witness.vkey.name).problem)


def test_settings_with_no_one_in_them_ask_nobody(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        assert store.anchoring is not None
        assert store.anchoring.standings() == ()
    with pytest.raises(StoreError):
        Store.create(tmp_path / "s")
