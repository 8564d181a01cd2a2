"""Rebuilds the worked examples of `evidence_store/FORMAT.md`: python tests/golden/build.py [FOLDER].

A whole small store is made with fixed clocks and fixed "randomness"; what FORMAT.md shows is taken out of it. The
files are the format's contract: when a change of the program changes one of them, it changes the format.
"""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
from pathlib import Path

from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.anchors.cosignature import CosigningKey
from evidence_store.checkpoint import SigningKey, key_statement
from evidence_store.entries import Attachment, Draft, EntryType, Part, StoredEntry
from evidence_store.key_history import rotation_body, rotation_statement
from evidence_store.parts import withhold
from evidence_store.proofs.folder import write_folder
from evidence_store.proofs.gather import Source
from evidence_store.store import Store

FILES = Path(__file__).parent / "files"
WALL_NS = 1_795_224_000_000_000_000
CASE, ROOM = "案件 2026-11", "room.example/42"


class Entropy:
    """Bytes that look random and are the same each time: one long BLAKE3 output."""

    def __init__(self) -> None:
        self._at = 0

    def __call__(self, size: int) -> bytes:
        self._at += size
        return blake3(b"golden").digest(length=size, seek=self._at - size)


def build(target: Path) -> None:
    """Write every golden file into an existing folder; the proof folder that lies there gives way."""
    shutil.rmtree(target / "proof", ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "store", now=lambda: (WALL_NS, 1_000_000_000), entropy=Entropy())
        capture = _capture(store)
        reading = _reading(store, capture)
        _write(store, capture, reading, target)
        store.close()
        _write_proofs(store.root, capture, target)


def _capture(store: Store) -> str:
    writer = store.open_log("capture", case=CASE, subject=ROOM, body={"url": "https://room.example/42", "rate_hz": 1})
    drafts = [
        Draft(
            EntryType.SCREEN,
            WALL_NS + 250_000_000,
            1_250_000_000,
            {"call_ms": 41, "width": 720, "height": 1280},
            (Attachment("picture", "image/jpeg", b"\xff\xd8 a picture stands here \xff\xd9"),),
        ),
        Draft(
            EntryType.CHAT,
            WALL_NS + 1_000_000_000,
            2_000_000_000,
            {"frames": 3},
            (
                Attachment(
                    "frames",
                    "application/octet-stream",
                    (Part("太便宜了".encode()), Part(b""), Part(b"\x00\x01\x02 raw frame")),
                ),
            ),
        ),
        Draft(EntryType.GAP, WALL_NS + 2_000_000_000, 3_000_000_000, {"cause": "reconnect", "share": 0.5}),
    ]
    for draft in drafts:
        writer.submit(draft).result()
    writer.close("the time given is over")
    return writer.log


def _reading(store: Store, capture: str) -> str:
    writer = store.open_log("reading", case=CASE, subject=ROOM, body={"reads": capture, "models": {"tiny": "ab" * 32}})
    writer.submit(
        Draft(
            EntryType.READINGS,
            WALL_NS + 3_000_000_000,
            4_000_000_000,
            {"readings": [{"entry": 1, "field": "stock", "value": 37, "text_part": 0}]},
            (Attachment("texts", "text/plain; charset=utf-8", (Part("库存 37".encode()),)),),
        )
    ).result()
    writer.close("all pictures are read")
    return writer.log


def _write(store: Store, capture: str, reading: str, target: Path) -> None:
    for name, reader in (
        ("capture", store.reader(capture)),
        ("reading", store.reader(reading)),
        ("register", store.register_reader()),
    ):
        with reader:
            lines = [entry.raw for entry in reader.entries()]
            notes = [row.note for row in reader.checkpoints()]
        (target / f"{name}.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        (target / f"{name}.checkpoints.txt").write_bytes(b"\n".join(notes))
    with store.reader(capture) as reader:
        chat = reader.entry(2)
        (target / "checkpoint.txt").write_bytes(list(reader.checkpoints())[-1].note)
    (target / "entry.json").write_bytes(chat.raw)
    (target / "entry.id").write_text(f"{chat.id}\n")
    _write_parts(store, chat, target)
    with store.register_reader() as reader:
        _write_statement(store, reader.entry(0), target)
    (target / "store.json").write_bytes((store.root / "store.json").read_bytes())
    (target / "store.pub").write_bytes((store.root / "keys" / "store.pub").read_bytes())


def _write_parts(store: Store, chat: StoredEntry, target: Path) -> None:
    blob = store.blobs.read(chat.blobs[0])
    (target / "parts.bin").write_bytes(blob)
    (target / "parts.root").write_text(f"{chat.blobs[0].parts_root}\n")
    for number in range(3):
        (target / f"parts-withheld-{number}.bin").write_bytes(withhold(blob, {number}))


def _write_statement(store: Store, opened: StoredEntry, target: Path) -> None:
    log, kind, vkey = opened.body["log"], opened.body["kind"], opened.body["vkey"]
    (target / "vkey.txt").write_text(f"{vkey}\n")
    (target / "statement.txt").write_bytes(key_statement(store.id, log, kind, vkey))
    (target / "statement.sig").write_bytes(base64.b64decode(opened.body["signature"]))


def _write_proofs(root: Path, capture: str, target: Path) -> None:
    """A whole proof folder, the two kinds of proof file, and what other keys sign: a witness, and the store's next."""
    with Source(root) as source:
        record = source.find_log(capture)
        write_folder(source.entries(record, 2, 2), source.blobs, target / "proof", with_blobs=True)
        shutil.copy(target / "proof" / "entry.tlog-proof", target)
        grown = source.consistency(None, 3, source.register_size)
    (target / "consistency.txt").write_bytes(grown.to_bytes())
    witness = CosigningKey("witness.example/golden", Ed25519PrivateKey.from_private_bytes(b"w" * 32))
    line = witness.cosign(grown.checkpoint.text(), WALL_NS // 10**9 + 60)
    (target / "cosigned.txt").write_bytes(grown.note + f"{line}\n".encode())
    (target / "cosigner.vkey").write_text(f"{witness.verifier}\n")
    name = grown.checkpoint.origin
    old, new = (SigningKey(name, Ed25519PrivateKey.from_private_bytes(seed * 32)) for seed in (b"o", b"n"))
    store = name.rpartition("/")[2]
    body = rotation_body(store, grown.checkpoint.size, old, new)
    statement = rotation_statement(store, grown.checkpoint.size, str(old.verifier), str(new.verifier))
    (target / "rotation.txt").write_bytes(statement)
    (target / "rotation-from.sig").write_bytes(base64.b64decode(body["signature_from"]))
    (target / "rotation-to.sig").write_bytes(base64.b64decode(body["signature_to"]))


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else FILES)
