"""Proof folders with bytes that nobody would write by accident: each is refused with a report, none ends the check."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.anchors.chains import read_pem
from evidence_store.anchors.settings import Authority
from evidence_store.canonical_json import canonical
from evidence_store.checkpoint import Checkpoint, SigningKey, key_statement, log_origin, register_origin
from evidence_store.entries import JSON
from evidence_store.hashing import digests_of_file, entry_id
from evidence_store.key_history import rotation_body
from evidence_store.merkle import leaf_hash, tree_root
from evidence_store.proofs.check import verify_folder
from evidence_store.proofs.folder import CHECK, MANIFEST, README, check_script, write_folder
from evidence_store.proofs.gather import Source
from tests.harness.anchored import rotate, stamp
from tests.harness.authority import LocalAuthority
from tests.harness.small_store import small_store
from tests.unit.test_proofs_folder import failing, manifest_anew
from tests.unit.test_proofs_keys import entry, put

NO_EVIDENCE = {CHECK, README, MANIFEST}
VALUES: tuple[JSON, ...] = (
    *("é", "A", "=" * 44, "+", "a+b+c", "\u0000", "\n", "٣", "9" * 5000, "x+00000000+é", "\ud7ff" * 99),
    *(None, True, -1, 2**53 - 1, 1.5, [], {}, [[[]]], {"wall": "é"}, ["é"]),
)
RAW = (
    b"",
    b"\n",
    b"\xff\xfe",
    "é\n".encode(),
    b"0" * 70_000,
    b"[" * 60_000,
    b'{"a":' * 10_000,
    b'{"index":' + b"9" * 5000 + b"}",
    b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + "é\n1\né\n\n— é é\n".encode(),
    b"c2sp.org/tlog-proof@v1\nindex " + b"9" * 5000 + b"\n\nx\n",
    "c2sp.org/tlog-proof@v1\nindex 0\né\n\nx\n1\nx\n".encode(),
    b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    bytes.fromhex("300702010130023000"),  # a query whose imprint has one member
    bytes.fromhex("3084ffffffff02010130023000"),
    bytes.fromhex("3080" * 2000),
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with everything: blobs, a token, a change of the store's key."""
    folder = tmp_path_factory.mktemp("good")
    with LocalAuthority(folder / "tsa", "tsa") as local:
        small = small_store(folder / "store")
        rotate(small.root)
        stamp(small.root, Authority("tsa", local.url, local.root_pem, tuple(read_pem(local.root_pem.read_bytes()))))
        with Source(small.root) as source:
            gathered = source.entries(source.find_log(small.capture), 1, 1)
            write_folder(gathered, source.blobs, folder / "proof", with_blobs=True)
        yield folder / "proof"


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "proof"))


def ok(folder: Path) -> bool:
    manifest_anew(folder)
    return verify_folder(folder, now_ns=time.time_ns()).ok


def places(value: JSON, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where each value stands in a JSON value."""
    items: list[tuple[str | int, JSON]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def with_value(raw: bytes, place: tuple[str | int, ...], value: JSON) -> bytes:
    whole = json.loads(raw)
    inner = whole
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return canonical(whole)


def test_no_value_of_an_entry_ends_the_check(folder: Path) -> None:
    assert ok(folder)
    for path in sorted(folder.glob("*.json")):
        raw = path.read_bytes()
        for place in places(json.loads(raw)):
            for value in VALUES[::4]:
                path.write_bytes(with_value(raw, place, value))
                assert path.read_bytes() == raw or not ok(folder), (path.name, place, value)
        path.write_bytes(raw)


@pytest.mark.parametrize("content", RAW, ids=range(len(RAW)))
def test_no_content_of_a_file_ends_the_check(folder: Path, content: bytes) -> None:
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.name not in NO_EVIDENCE):
        raw = path.read_bytes()
        path.write_bytes(content)
        # Kept lists that say nothing make no token worse: that it rests on less is told.
        assert ok(folder) == path.name.startswith("revocation-"), path.name
        path.write_bytes(raw)
    assert ok(folder)


@pytest.mark.parametrize("name", ["entry.json", "register.vkey", "tsa/reply.tsr", MANIFEST, "blob-picture"])
def test_a_pipe_is_refused_and_not_waited_for(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert 1 in {result.number for result in verify_folder(folder, now_ns=0).results if result.status == "fail"}


def write_signed(
    folder: Path, changed: tuple[str, str, JSON] | None = None, blobs: JSON = None, wall: str = "1"
) -> None:
    """A folder by somebody with keys of his own, true in everything but what was changed: (file, member, value)."""
    name = register_origin("ab" * 16)
    old, new = (SigningKey(name, Ed25519PrivateKey.from_private_bytes(seed * 32)) for seed in (b"o", b"n"))
    log = "cd" * 16
    key = SigningKey(log_origin(log), Ed25519PrivateKey.from_private_bytes(b"l" * 32))
    vkey = str(key.verifier)
    only = canonical(
        json.loads(entry(log, 0, "0" * 64, "session.open", {"after": None}))
        | {"blobs": blobs or [], "time": {"mono": "1", "wall": wall}}
    )
    root = tree_root([leaf_hash(only)])
    statement = old.private.sign(key_statement("ab" * 16, log, "capture", vkey))
    bodies: dict[str, dict[str, JSON]] = {
        "opened": {
            "log": log, "kind": "capture", "vkey": vkey, "signature": base64.b64encode(statement).decode(),
        },
        "head": {"log": log, "size": 1, "root": root.hex(), "head": entry_id(only)},
        "rotated-0000000002": dict(rotation_body("ab" * 16, 2, old, new)),
    }  # fmt: skip
    if changed is not None:
        bodies[changed[0]][changed[1]] = changed[2]
    kinds = ("log.opened", "log.head", "key.rotated")
    register = [
        entry("ab" * 16, index, "0" * 64, kind, body)
        for index, (kind, body) in enumerate(zip(kinds, bodies.values(), strict=True))
    ]
    note = new.sign_note(Checkpoint(name, 3, tree_root([leaf_hash(raw) for raw in register])).text())
    for index, file in enumerate(bodies):
        put(folder, file, index, register, note)
    put(folder, "entry", 0, [only], key.sign_note(Checkpoint(key.name, 1, root).text()))
    for file, text in (("entry.id", entry_id(only)), ("log.vkey", vkey), ("register.vkey", str(new.verifier))):
        (folder / file).write_text(f"{text}\n")
    (folder / CHECK).write_bytes(check_script())
    manifest_anew(folder)


SIGNED = [("opened", each) for each in ("log", "kind", "vkey", "signature")]
SIGNED += [("head", each) for each in ("log", "size", "root", "head")]
SIGNED += [("rotated-0000000002", each) for each in ("from", "to", "signature_from", "signature_to")]


@pytest.mark.parametrize(("file", "member"), SIGNED)
def test_no_value_that_was_signed_for_ends_the_check(tmp_path: Path, file: str, member: str) -> None:
    write_signed(tmp_path)
    assert verify_folder(tmp_path, now_ns=0).ok
    for value in VALUES:
        write_signed(tmp_path, (file, member, value))
        assert not verify_folder(tmp_path, now_ns=0).ok, value


def test_a_time_of_any_length_is_a_time(tmp_path: Path) -> None:
    for wall in ("0", "123456789", "9" * 20):
        write_signed(tmp_path, wall=wall)
        assert failing(tmp_path) == set()


def test_parts_that_are_none_are_refused(tmp_path: Path) -> None:
    for content in RAW:
        found = digests_of_file(io.BytesIO(content))
        parts: JSON = {"count": 1, "root": "0" * 64}
        blob: JSON = {"role": "x", "type": "x", "size": len(content), "blake3": found.blake3, "sha256": found.sha256}
        (tmp_path / "blob-x").write_bytes(content)
        write_signed(tmp_path, blobs=[blob])
        assert verify_folder(tmp_path, now_ns=0).ok
        write_signed(tmp_path, blobs=[{**blob, "parts": parts}])
        assert not verify_folder(tmp_path, now_ns=0).ok


def test_a_signature_in_another_alphabet_is_refused_by_both(tmp_path: Path) -> None:
    write_signed(tmp_path)
    assert failing(tmp_path) == set()
    write_signed(tmp_path, ("opened", "signature", "é"))
    assert failing(tmp_path) == {5}
    write_signed(tmp_path, ("rotated-0000000002", "signature_to", "é"))
    assert 2 in failing(tmp_path)
