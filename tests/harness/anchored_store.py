"""A small sound store with everything in it: two logs, parts, media, tokens, a cosignature, a change of keys.

Made with a clock and "randomness" of its own, so that it is the same each time. The word of the authorities comes from
whoever makes it: a real authority on this machine, or tokens that one gave once (`Recorded`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.anchors.authority import ask
from evidence_store.anchors.cosignature import CosigningKey
from evidence_store.anchors.records import Record, cosignature_record, token_record
from evidence_store.anchors.revocation import RevocationSource
from evidence_store.anchors.settings import Authority
from evidence_store.checkpoint import parse_note
from evidence_store.databases.opening import databases_of
from evidence_store.durable import FileSystem
from evidence_store.entries import REPLY_ROLE, Attachment, Draft, EntryType, Part
from evidence_store.keys import load_store_key
from evidence_store.reader import LogReader
from evidence_store.register import Register
from evidence_store.store import Store
from tests.harness.small_store import Small

SECOND_NS = 10**9
WITNESS = CosigningKey("witness.example/golden", Ed25519PrivateKey.from_private_bytes(b"w" * 32))
Stamp = Callable[[int, bytes], Record]
"""Has the register's checkpoint note of this size stamped."""

ROLES = ("note", "request", REPLY_ROLE, "chain", "revocation")


class Entropy:
    """Bytes that look random and are the same each time: one long BLAKE3 output."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._at = 0

    def __call__(self, size: int) -> bytes:
        self._at += size
        return blake3(self._seed).digest(length=size, seek=self._at - size)


@dataclass
class Clock:
    """Stands still until it is moved."""

    wall_ns: int
    mono_ns: int = SECOND_NS

    def __call__(self) -> tuple[int, int]:
        return self.wall_ns, self.mono_ns

    def move(self, seconds: float) -> None:
        self.wall_ns += int(seconds * SECOND_NS)
        self.mono_ns += int(seconds * SECOND_NS)


@dataclass(frozen=True)
class Recorded:
    """What authorities once said, kept in a folder: the clock as of then, and a folder for each token."""

    folder: Path

    @property
    def wall_ns(self) -> int:
        return int((self.folder / "clock.txt").read_text(encoding="ascii"))

    def stamp(self, size: int, note: bytes) -> Record:
        """The token over this note. Fails when it was given over another one: then the format changed."""
        for token in sorted(path for path in self.folder.iterdir() if path.is_dir()):
            facts = json.loads((token / "entry.json").read_bytes())
            if facts["body"]["size"] == size:
                kept = tuple(
                    Attachment(blob["role"], blob["type"], (token / blob["file"]).read_bytes())
                    for blob in facts["blobs"]
                )
                assert kept[0].content == note, (
                    "recorded tokens are over another store: python -m tests.golden.build_bad --renew"
                )
                return Record(EntryType.ANCHOR_TOKEN, facts["body"], kept)
        raise AssertionError(f"no recorded token over size {size}: python -m tests.golden.build_bad --renew")

    def keep(self, record: Record) -> None:
        """Write a token down."""
        token = self.folder / f"token-{record.body['size']:02}"
        token.mkdir(parents=True)
        blobs = []
        for number, attachment in enumerate(record.attachments):
            assert isinstance(attachment.content, bytes)
            name = f"{number}-{attachment.role}"
            (token / name).write_bytes(attachment.content)
            blobs.append({"role": attachment.role, "type": attachment.media_type, "file": name})
        text = json.dumps({"body": record.body, "blobs": blobs}, indent=1, sort_keys=True)
        (token / "entry.json").write_text(f"{text}\n", encoding="utf-8")


def live(authority: Authority, entropy: Callable[[int], bytes]) -> Stamp:
    """Ask an authority that is there."""

    def stamp(size: int, note: bytes) -> Record:
        return token_record(authority.name, size, note, ask(authority, note, entropy, RevocationSource()))

    return stamp


def anchored_store(root: Path, wall_ns: int, stamp: Stamp, *, seed: bytes = b"anchored") -> Small:
    """Make it. `wall_ns`: when, by its own clock; the authority's time should be the same to some seconds."""
    clock, entropy = Clock(wall_ns), Entropy(seed)
    with Store.create(root, now=clock, entropy=entropy) as store:
        capture = store.open_log(
            "capture", case="案件 7", subject="room.example/7", body={"url": "https://room.example/7"}
        )
        for number in range(2):
            clock.move(0.25)
            picture = Attachment("picture", "image/jpeg", b"\xff\xd8 picture %d " % number * 60)
            segment = Attachment("segment", "video/mp4", b"original film %d " % number * 90)
            frames = Attachment("frames", "application/octet-stream", (Part(b"one"), Part(b"two %d" % number)))
            for kind, attachment in (
                (EntryType.SCREEN, picture),
                (EntryType.MEDIA, segment),
                (EntryType.CHAT, frames),
            ):
                capture.submit(Draft(kind, *clock(), {"n": number}, (attachment,))).result()
        _anchor(store, clock, entropy, stamp)
        clock.move(0.5)
        store.record_custody("shown", {}, who="a person", why="a test")  # the registrar learns of the token
        capture.submit(Draft(EntryType.HEARTBEAT, *clock(), {"pictures": 2})).result()
        old = store.keys().rotate().old
        clock.move(0.25)
        capture.submit(Draft(EntryType.GAP, *clock(), {"cause": "reconnect"})).result()
        capture.close("the time given is over")
        clock.move(0.25)
        store.keys().revoke(str(old), reason="a new one is in force", good_to=None)
        reading = store.open_log("reading", case="案件 7", subject="room.example/7", body={"reads": capture.log})
        texts = Attachment("texts", "text/plain; charset=utf-8", (Part("库存 37".encode()),))
        found = {"readings": [{"entry": 1, "field": "stock", "value": 37}, {"entry": 4}]}
        reading.submit(Draft(EntryType.READINGS, *clock(), found, (texts,))).result()
        reading.close("all pictures are read")
        _anchor(store, clock, entropy, stamp)
    return Small(root, capture.log, reading.log)


def _anchor(store: Store, clock: Clock, entropy: Callable[[int], bytes], stamp: Stamp) -> None:
    """A token and a cosignature over the register as it is now."""
    clock.move(0.25)
    databases = databases_of(store.root)
    with LogReader(databases.register("ro")) as reader:
        row = reader.last_checkpoint()
    assert row is not None
    line = WITNESS.cosign(parse_note(row.note).text, clock.wall_ns // SECOND_NS)
    cosigned = cosignature_record(WITNESS.verifier.verify(line, parse_note(row.note).text))
    key = load_store_key(store.root, store.id)
    register = Register(store.root, databases.register("rw"), key, FileSystem(), clock, entropy)
    for record in (stamp(row.size, row.note), cosigned):
        register.append(*record)
    register.close()
    databases.close()
