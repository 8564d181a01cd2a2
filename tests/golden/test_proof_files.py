"""FORMAT.md's sections 10 to 12 against their worked examples, by programs that are not ours."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

import pytest

from evidence_store.anchors.brackets import SECOND_NS
from evidence_store.anchors.cosignature import CosignerKey
from evidence_store.checkpoint import Checkpoint, VerifierKey, parse_note
from evidence_store.hashing import sha256
from evidence_store.proofs.check import verify_folder
from evidence_store.proofs.files import PROOF_CHECKS
from evidence_store.proofs.folder import check_script
from evidence_store.proofs.tlog_proof import parse_consistency, parse_tlog_proof
from evidence_store.verify.logs import FAR_OUTSIDE_NS

HERE = Path(__file__).parent
FILES = HERE / "files"
FORMAT = (HERE.parents[1] / "evidence_store" / "FORMAT.md").read_text(encoding="utf-8")
SPKI = bytes.fromhex("302a300506032b6570032100")
NOW_NS = 1_795_300_000_000_000_000


def openssl_verifies(key: bytes, signature: bytes, message: bytes, folder: Path) -> bool:
    for name, content in (("key", SPKI + key), ("sig", signature), ("msg", message)):
        (folder / name).write_bytes(content)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", str(folder / "key"), "-rawin"]
    command += ["-sigfile", str(folder / "sig"), "-in", str(folder / "msg")]
    return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0


def test_the_table_of_format_md_is_that_of_the_code_and_of_check_sh() -> None:
    table = re.search(r"<!-- proof checks:.*?-->(.*?)<!-- end of proof checks -->", FORMAT, re.DOTALL)
    assert table is not None
    rows = re.findall(r"^\| P(\d+) \| ([^|]+) \| [^|]{10,} \|$", table[1], re.MULTILINE)
    assert [(int(number), name) for number, name in rows] == [(n, name) for n, (name, _) in PROOF_CHECKS.items()]
    assert set(re.findall(r'tell "P(\d+) ', check_script().decode())) == {number for number, _ in rows}


def test_format_md_gives_the_digest_of_check_sh() -> None:
    assert f"SHA-256 `{sha256(check_script()).hex()}`" in FORMAT


def test_check_sh_and_format_md_know_the_limit_of_check_23() -> None:
    limit = FAR_OUTSIDE_NS // SECOND_NS
    assert f"$((at + {limit}))" in check_script().decode()
    assert f"is over {limit} s later than the earliest token" in FORMAT


def test_the_golden_folder_checks_by_check_sh_and_by_us() -> None:
    done = subprocess.run(["sh", str(FILES / "proof" / "check.sh")], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout.decode()
    assert verify_folder(FILES / "proof", now_ns=NOW_NS).ok
    assert (FILES / "entry.tlog-proof").read_bytes() == (FILES / "proof" / "entry.tlog-proof").read_bytes()
    assert (FILES / "proof" / "entry.json").read_bytes() == (FILES / "entry.json").read_bytes()


def test_the_golden_proof_leads_from_the_golden_entry_to_the_golden_checkpoint() -> None:
    proof = parse_tlog_proof((FILES / "entry.tlog-proof").read_bytes())
    assert proof.note == (FILES / "checkpoint.txt").read_bytes()
    assert proof.leads_to_root((FILES / "entry.json").read_bytes())
    assert not proof.leads_to_root((FILES / "entry.json").read_bytes() + b" ")
    assert proof.signed_by(VerifierKey.parse((FILES / "vkey.txt").read_text().strip()))


def test_the_golden_consistency_file_extends_an_older_golden_checkpoint() -> None:
    notes = re.findall(
        rb"[^\n]+\n\d+\n[^\n]+\n\n\xe2\x80\x94 [^\n]+\n", (FILES / "register.checkpoints.txt").read_bytes()
    )
    grown = parse_consistency((FILES / "consistency.txt").read_bytes())
    older = Checkpoint.parse(parse_note(notes[grown.old - 1]).text)
    assert older.size == grown.old
    assert grown.extends(older.root)
    assert grown.note == notes[-1]


def test_openssl_verifies_the_golden_cosignature(tmp_path: Path) -> None:
    note, line = (FILES / "cosigned.txt").read_bytes().decode().rsplit("\n", 2)[:2]
    text = note.partition("\n\n")[0] + "\n"
    key = CosignerKey.parse((FILES / "cosigner.vkey").read_text().strip())
    raw = base64.b64decode(line.split(" ")[2])
    assert raw[:4] == sha256(key.name.encode(), b"\n\x04", key.public)[:4]
    seconds = int.from_bytes(raw[4:12], "big")
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    assert openssl_verifies(key.public, raw[12:], message, tmp_path)
    assert not openssl_verifies(key.public, raw[12:], message.replace(b"time 1", b"time 2"), tmp_path)


@pytest.mark.parametrize(("end", "line"), [("from", 3), ("to", 4)])
def test_openssl_verifies_both_signatures_of_the_golden_change_of_keys(end: str, line: int, tmp_path: Path) -> None:
    statement = (FILES / "rotation.txt").read_bytes()
    lines = statement.decode().split("\n")
    assert (lines[0], lines[2], lines[5]) == ("livewitness/key-rotation/v1", "6", "")
    key = VerifierKey.parse(lines[line])
    signature = (FILES / f"rotation-{end}.sig").read_bytes()
    assert openssl_verifies(key.public, signature, statement, tmp_path)
    assert not openssl_verifies(key.public, signature, statement.replace(b"\n6\n", b"\n7\n"), tmp_path)
