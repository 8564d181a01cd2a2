"""Proof folders by somebody who stole a key that the store has replaced: neither judge takes it for the present one."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from evidence_store.canonical_json import canonical
from evidence_store.checkpoint import Checkpoint, SigningKey, key_statement
from evidence_store.codec import encode_entry
from evidence_store.entries import JSON
from evidence_store.hashing import entry_id
from evidence_store.keys import load_store_key, new_log_key
from evidence_store.merkle import inclusion_path, leaf_hash, tree_root
from evidence_store.proofs.folder import write_folder
from evidence_store.proofs.gather import Source
from evidence_store.proofs.tlog_proof import TlogProof
from evidence_store.store import Store
from tests.harness.small_store import small_store
from tests.unit.test_proofs_folder import check_sh, failing, manifest_anew, passes

WALL_NS = 1_795_224_000_000_000_000


@dataclass(frozen=True)
class Theft:
    """A store, and an honest folder of it, whose first key was replaced and revoked, and that first key."""

    root: Path
    folder: Path
    store: str
    stolen: SigningKey


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Theft:
    folder = tmp_path_factory.mktemp("theft")
    small = small_store(folder / "store")
    with Store.open(small.root) as store:
        stolen = load_store_key(small.root, store.id)
        old = store.keys().rotate().old
        store.keys().revoke(str(old), reason="stolen", good_to=0)
        name = store.id
    with Source(small.root) as source:
        write_folder(source.entries(source.find_log(small.capture), 1, 1), source.blobs, folder / "proof")
    return Theft(small.root, folder / "proof", name, stolen)


@pytest.fixture
def theft(honest: Theft, tmp_path: Path) -> Theft:
    return replace(honest, folder=Path(shutil.copytree(honest.folder, tmp_path / "proof")))


def entry(log: str, index: int, prev: str, kind: str, body: dict[str, JSON]) -> bytes:
    return encode_entry(
        log=log, index=index, prev=prev, kind=kind, wall_ns=WALL_NS, mono_ns=1, body=canonical(body), blobs=[]
    )


def put(folder: Path, name: str, index: int, raws: Sequence[bytes], note: bytes) -> None:
    path = inclusion_path(index, [leaf_hash(raw) for raw in raws])
    (folder / f"{name}.json").write_bytes(raws[index])
    (folder / f"{name}.tlog-proof").write_bytes(TlogProof(index, tuple(path), note).to_bytes())


def forge(theft: Theft, size: int, rotation: tuple[str, int] | None = None) -> None:
    """Put an entry that never was into the folder, in a register of the thief's own with `size` entries.

    `rotation`: file name and index of the true change of keys, to stand in that register too.
    """
    folder, log = theft.folder, os.urandom(16).hex()
    key = new_log_key(log, os.urandom)
    vkey = str(key.verifier)
    first = entry(log, 0, "0" * 64, "session.open", {"after": None})
    second = entry(log, 1, entry_id(first), "screen", {"stock": "never shown"})
    root = tree_root([leaf_hash(first), leaf_hash(second)])
    statement = theft.stolen.private.sign(key_statement(theft.store, log, "capture", vkey))
    signature = base64.b64encode(statement).decode()
    opened: dict[str, JSON] = {"log": log, "kind": "capture", "vkey": vkey, "signature": signature}
    head: dict[str, JSON] = {"log": log, "size": 2, "root": root.hex(), "head": entry_id(second)}
    register = [entry(theft.store, 0, "0" * 64, "log.opened", opened)]
    register.append(entry(theft.store, 1, entry_id(register[0]), "log.head", head))
    while len(register) < size:
        register.append(entry(theft.store, len(register), entry_id(register[-1]), "custody", {"what": "x"}))
    if rotation is not None:
        register[rotation[1]] = (folder / f"{rotation[0]}.json").read_bytes()
    checkpoint = Checkpoint(theft.stolen.name, len(register), tree_root([leaf_hash(raw) for raw in register]))
    note = theft.stolen.sign_note(checkpoint.text())
    for path in folder.glob("entry*"):
        path.unlink()
    put(folder, "entry", 1, [first, second], key.sign_note(Checkpoint(key.name, 2, root).text()))
    (folder / "entry.id").write_text(f"{entry_id(second)}\n")
    put(folder, "opened", 0, register, note)
    put(folder, "head", 1, register, note)
    if rotation is not None:
        put(folder, rotation[0], rotation[1], register, note)
    (folder / "log.vkey").write_text(f"{vkey}\n")
    manifest_anew(folder)


def test_the_honest_folder_leads_back_to_the_key_that_opened_the_log(theft: Theft) -> None:
    out = passes(theft.folder)
    assert "P2 rotated-0000000006.json" in out
    assert f"signed by {(theft.folder / 'register.vkey').read_text().strip()}\n" in out


@pytest.mark.parametrize("size", [2, 9])  # before and past the change of keys, which is entry 6
def test_a_stolen_older_key_signs_no_checkpoint_of_the_register(theft: Theft, size: int) -> None:
    forge(theft, size)
    assert failing(theft.folder) >= {2, 4}


def test_nor_one_that_has_the_true_change_of_keys_in_it(theft: Theft) -> None:
    forge(theft, 9, rotation=("rotated-0000000006", 6))
    assert failing(theft.folder) == {4}
    assert "FAIL P4" in check_sh(theft.folder).stdout


def test_nor_without_the_change_of_keys(theft: Theft) -> None:
    forge(theft, 2)
    for path in theft.folder.glob("rotated-*"):
        path.unlink()
    manifest_anew(theft.folder)
    assert failing(theft.folder) == {4, 5}


def test_nor_as_a_second_line_below_the_present_key(theft: Theft) -> None:
    forge(theft, 9, rotation=("rotated-0000000006", 6))
    with (theft.folder / "register.vkey").open("a") as file:
        file.write(f"{theft.stolen.verifier}\n")
    manifest_anew(theft.folder)
    assert 2 in failing(theft.folder)


def test_a_change_of_keys_lies_under_the_one_checkpoint(theft: Theft) -> None:
    # Under an earlier checkpoint of the true register, which the present key signed as well.
    with Store.open_read_only(theft.root) as store, store.register_reader() as register:
        raws = [each.raw for each in register.entries()][:7]
        note = next(row.note for row in register.checkpoints() if row.size == 7)
    put(theft.folder, "rotated-0000000006", 6, raws, note)
    manifest_anew(theft.folder)
    assert 2 in failing(theft.folder)
