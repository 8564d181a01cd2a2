"""The worked examples of FORMAT.md: rebuilt byte for byte, and checked by programs that are not ours."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from evidence_store.checkpoint import Checkpoint, VerifierKey, parse_note, register_origin
from evidence_store.codec import NO_ENTRY, parse_entry
from evidence_store.merkle import CompactRange, leaf_hash
from evidence_store.parts import ShownPart, parse_parts, withhold

HERE = Path(__file__).parent
FILES = HERE / "files"
FORMAT = (HERE.parents[1] / "evidence_store" / "FORMAT.md").read_text(encoding="utf-8")
ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")


def tool(*command: str, stdin: bytes | None = None) -> str:
    assert shutil.which(command[0]), f"{command[0]} is missing: apt-get install b3sum openssl coreutils"
    done = subprocess.run(command, input=stdin, capture_output=True, check=True, timeout=20)
    return done.stdout.decode()


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_build", HERE / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entries(name: str) -> list[bytes]:
    return (FILES / f"{name}.jsonl").read_bytes().splitlines()


def notes(name: str) -> list[bytes]:
    whole = (FILES / f"{name}.checkpoints.txt").read_bytes()
    return re.findall(rb"[^\n]+\n\d+\n[^\n]+\n\n\xe2\x80\x94 [^\n]+\n", whole)


def test_the_golden_files_are_what_the_program_writes(tmp_path: Path) -> None:
    builder().build(tmp_path)
    built, kept = (
        {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path, FILES)
    )
    assert sorted(built) == sorted(kept)
    assert [name for name in built if built[name] != kept[name]] == []


def test_format_md_names_only_golden_files_that_exist() -> None:
    named = {
        name for line in re.findall(r"Examples?: .*", FORMAT) for name in re.findall(r"`([a-z<>-]+\.[a-z.]+)`", line)
    }
    assert {"parts.bin", "entry.json", "checkpoint.txt", "statement.sig"} <= named
    for name in named:
        assert list(FILES.glob(name.replace("<i>", "*"))), name


@pytest.mark.parametrize("name", ["entry.json", "checkpoint.txt"])
def test_format_md_shows_the_golden_files_themselves(name: str) -> None:
    assert f"```\n{(FILES / name).read_text(encoding='utf-8').rstrip()}\n```" in FORMAT


@pytest.mark.parametrize("name", ["capture", "reading", "register"])
def test_each_log_is_a_chain_under_its_checkpoints(name: str) -> None:
    prev, tree, roots = NO_ENTRY, CompactRange(), {}
    for index, raw in enumerate(entries(name)):
        entry = parse_entry(raw)
        assert (entry.index, entry.prev) == (index, prev)
        prev = entry.id
        tree.append(leaf_hash(raw))
        roots[tree.size] = tree.root()
    heads = [Checkpoint.parse(parse_note(note).text) for note in notes(name)]
    assert heads[-1].size == tree.size
    assert [head.root for head in heads] == [roots[head.size] for head in heads]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_part_withheld_in_turn_still_has_the_root_of_the_entry(number: int) -> None:
    named = json.loads((FILES / "entry.json").read_bytes())["blobs"][0]["parts"]
    redacted = (FILES / f"parts-withheld-{number}.bin").read_bytes()
    assert redacted == withhold((FILES / "parts.bin").read_bytes(), {number})
    parsed = parse_parts(redacted)
    assert {"count": len(parsed.parts), "root": parsed.root.hex()} == named
    assert (FILES / "parts.root").read_text().strip() == named["root"]
    whole = parse_parts((FILES / "parts.bin").read_bytes()).parts[number]
    assert isinstance(whole, ShownPart)
    assert whole.salt not in redacted


def test_b3sum_gives_the_id_of_an_entry_and_the_prev_of_the_next() -> None:
    context = re.search(r'derive_key\(context "([^"]+)"', FORMAT)
    assert context is not None
    found = tool("b3sum", "--no-names", "--derive-key", context[1], str(FILES / "entry.json")).strip()
    assert found == (FILES / "entry.id").read_text().strip()
    assert json.loads(entries("capture")[3])["prev"] == found


def test_b3sum_and_sha256sum_give_the_digests_of_a_blob() -> None:
    blob = json.loads((FILES / "entry.json").read_bytes())["blobs"][0]
    assert tool("b3sum", "--no-names", str(FILES / "parts.bin")).strip() == blob["blake3"]
    assert tool("sha256sum", str(FILES / "parts.bin")).split()[0] == blob["sha256"]
    assert (FILES / "parts.bin").stat().st_size == blob["size"]


def test_sha256sum_gives_the_root_of_the_first_checkpoint() -> None:
    leaf = tool("sha256sum", stdin=b"\x00" + entries("capture")[0]).split()[0]
    first = Checkpoint.parse(parse_note(notes("capture")[0]).text)
    assert (first.size, first.root.hex()) == (1, leaf)


def test_openssl_verifies_the_key_statement_with_the_stores_key(tmp_path: Path) -> None:
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(FILES / "store.pub"), "-rawin"]
    command += ["-sigfile", str(FILES / "statement.sig"), "-in"]
    assert "Verified Successfully" in tool(*command, str(FILES / "statement.txt"))
    changed = tmp_path / "statement.txt"
    changed.write_bytes((FILES / "statement.txt").read_bytes().replace(b"capture", b"reading"))
    assert subprocess.run([*command, str(changed)], capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("name", ["capture", "register"])
def test_openssl_verifies_a_checkpoint_with_the_right_key(name: str, tmp_path: Path) -> None:
    note = notes(name)[-1]
    text, line = note.split(b"\n\n")
    _, key_name, signature = line.decode().split()
    public = tmp_path / "public.pem"
    if name == "register":
        public.write_bytes((FILES / "store.pub").read_bytes())
        store = json.loads((FILES / "store.json").read_bytes())["store"]
        assert key_name == register_origin(store)
    else:
        vkey = VerifierKey.parse((FILES / "vkey.txt").read_text().strip())
        der = base64.encodebytes(ED25519_SPKI + vkey.public)
        public.write_bytes(b"-----BEGIN PUBLIC KEY-----\n" + der + b"-----END PUBLIC KEY-----\n")
        assert (FILES / "checkpoint.txt").read_bytes() == note
    (tmp_path / "text").write_bytes(text + b"\n")
    (tmp_path / "sig").write_bytes(base64.b64decode(signature)[4:])
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-rawin"]
    assert "Verified" in tool(*command, "-sigfile", str(tmp_path / "sig"), "-in", str(tmp_path / "text"))
