"""A whole store told anew by somebody who holds its key: every log, the register, all signatures agree again.

It uses new keys and puts its own into keys/store.pub: to whoever knows the store's key from nowhere else this looks the
same as the true key, so the drill never touches that one.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from evidence_store.blobs import Blobs
from evidence_store.checkpoint import SigningKey, key_statement, log_origin, register_origin
from evidence_store.codec import NO_ENTRY, blob_to_json
from evidence_store.drill.rewriting import Entry, chained, new_key, trees_of, write_checkpoints, write_entries
from evidence_store.drill.target import Target
from evidence_store.entries import AFTER, Attachment, BlobRef, EntryType
from evidence_store.hashing import digests, entry_id
from evidence_store.key_history import rotation_body
from evidence_store.keys import public_pem

_DAY_NS = 86_400 * 10**9
HEADS = {EntryType.LOG_HEAD, EntryType.LOG_CLOSED, EntryType.LOG_CUT_OFF}
ANCHORS = {EntryType.ANCHOR_TOKEN, EntryType.ANCHOR_COSIGNATURE, EntryType.ANCHOR_FAILED}


@dataclass(slots=True)
class Forgery:
    """The whole store told anew. Change `logs` and `register`, then `write`."""

    target: Target
    logs: dict[str, list[Entry]] = field(default_factory=dict)
    register: list[Entry] = field(default_factory=list)
    keys: dict[str, SigningKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.register = [json.loads(raw) for raw in self.target.raws(self.target.register_file)]
        for record in self.target.logs():
            self.logs[record.log] = [json.loads(raw) for raw in self.target.raws(self.target.log_file(record.log))]

    def without(self, log: str) -> None:
        """A log that never was, nor any log of readings from it."""
        gone = {log} | {name for name, entries in self.logs.items() if entries[0]["body"].get("reads") == log}
        for name in gone & set(self.logs):
            del self.logs[name]
            self.target.log_file(name).unlink()
        self.register = [entry for entry in self.register if entry["body"].get("log") not in gone]

    def without_anchors(self) -> None:
        """No authority and no witness ever said anything."""
        self.register = [entry for entry in self.register if entry["type"] not in ANCHORS]
        for entries in self.logs.values():
            for entry in entries:
                if AFTER in entry["body"]:
                    entry["body"][AFTER] = None

    def move_clock(self, days: int) -> None:
        """Every entry was made so many days later (earlier: less than 0) by its own word."""
        for entry in (*self.register, *(each for entries in self.logs.values() for each in entries)):
            entry["time"]["wall"] = str(max(0, int(entry["time"]["wall"]) + days * _DAY_NS))

    def write(self) -> None:
        """Write it all: chains, trees, counts, heads, keys and signatures that agree with each other."""
        before = {log: self.target.raws(self.target.log_file(log)) for log in self.logs}
        self._count()
        after = {log: chained(entries) for log, entries in self.logs.items()}
        renamed = {
            entry_id(old): entry_id(new)
            for log, raws in after.items()
            for old, new in zip(before[log], raws, strict=False)
        }
        for entries in self.logs.values():
            for entry in entries:
                _rename(entry["body"], renamed)
        self._count(closing=True)
        for log, entries in self.logs.items():
            self._write_log(log, chained(entries))
        self._write_register()
        self._sweep()

    def append(self, kind: EntryType, body: Entry, attachments: Sequence[Attachment] = ()) -> None:
        """One more entry at the end of the register, made when the one before it was."""
        last = self.register[-1]
        named = [blob_to_json(self._keep(attachment)) for attachment in attachments]
        self.register.append({**last, "type": str(kind), "body": body, "blobs": named})

    def newest_note(self) -> bytes:
        """The register's last checkpoint as it was written."""
        return self.target.checkpoints(self.target.register_file)[-1].note

    def _keep(self, attachment: Attachment) -> BlobRef:
        content = attachment.content
        if not isinstance(content, bytes):
            raise TypeError(f"a forged blob is bytes, not {type(content).__name__}")
        size, blake3, sha256 = digests(content)
        path = Blobs(self.target.root).path_of(blake3)
        path.parent.mkdir(exist_ok=True)
        self.target.write(path, content)
        return BlobRef(attachment.role, attachment.media_type, size, blake3, sha256)

    def _sweep(self) -> None:
        """Remove the blobs that nothing names any more: left behind, they would be noted."""
        told = (self.register, *self.logs.values())
        named = {blob["blake3"] for entries in told for entry in entries for blob in entry["blobs"]}
        for path in list(Blobs(self.target.root).files()):
            if path.name not in named:
                path.unlink()

    def _count(self, *, closing: bool = False) -> None:
        """Counts and `last` of each `session.close`, which a change may have made false."""
        for entries in self.logs.values():
            if entries[-1]["type"] != EntryType.SESSION_CLOSE:
                continue
            body = entries[-1]["body"]
            body["counts"] = dict(sorted(Counter(entry["type"] for entry in entries[:-1]).items()))
            if closing:
                raws = chained(entries[:-1])
                body["last"] = entry_id(raws[-1]) if raws else NO_ENTRY

    def _write_log(self, log: str, raws: Sequence[bytes]) -> None:
        key = self._key(log, log_origin(log))
        sizes = {row.size for row in self.target.checkpoints(self.target.log_file(log)) if row.size <= len(raws)}
        with self.target.rows(self.target.log_file(log)) as connection:
            write_entries(connection, raws)
            write_checkpoints(connection, raws, sizes | {len(raws)}, lambda _: key)
        self._say_in_register(log, raws)

    def _say_in_register(self, log: str, raws: Sequence[bytes]) -> None:
        vkey = str(self._key(log, log_origin(log)).verifier)
        told = [entry for entry in self.register if entry["type"] in HEADS and entry["body"]["log"] == log]
        for entry in told:
            entry["body"]["size"] = len(raws) if entry is told[-1] else min(entry["body"]["size"], len(raws))
        trees = trees_of(raws, {entry["body"]["size"] for entry in told})
        for entry in self.register:
            body = entry["body"]
            if body.get("log") != log:
                continue
            if entry["type"] == EntryType.LOG_OPENED:
                body["vkey"] = vkey
            elif entry["type"] in HEADS:
                size = body["size"]
                head = entry_id(raws[size - 1]) if size else NO_ENTRY
                body |= {"root": trees[size].root().hex(), "head": head}

    def _write_register(self) -> None:
        keys = self._sign_statements()
        raws = chained(self.register)
        with self.target.rows(self.target.register_file) as connection:
            write_entries(connection, raws)
            write_checkpoints(connection, raws, range(1, len(raws) + 1), lambda size: keys[size])
        self.target.write(self.target.public_key, public_pem(keys[-1].verifier))

    def _sign_statements(self) -> list[SigningKey]:
        """Sign what the store's key signs inside of entries; the key of each size, which changes where it once did."""
        store, name = self.target.store, register_origin(self.target.store)
        keys = [self._key("store", name)]
        renamed: dict[str, str] = {}
        for index, entry in enumerate(self.register):
            body, key = entry["body"], keys[-1]
            if entry["type"] == EntryType.KEY_ROTATED:
                key = self._key(f"store from {index}", name)
                renamed |= {body["from"]: str(keys[-1].verifier), body["to"]: str(key.verifier)}
                body |= rotation_body(store, index, keys[-1], key)
            elif entry["type"] == EntryType.KEY_REVOKED:
                body["vkey"] = renamed.get(body["vkey"], body["vkey"])
            elif entry["type"] == EntryType.LOG_OPENED:
                statement = key_statement(store, body["log"], body["kind"], body["vkey"])
                body["signature"] = base64.b64encode(key.private.sign(statement)).decode("ascii")
            keys.append(key)
        return keys

    def _key(self, whose: str, name: str) -> SigningKey:
        if whose not in self.keys:
            self.keys[whose] = new_key(self.target, name)
        return self.keys[whose]


def _rename(value: Any, renamed: dict[str, str]) -> None:
    """Replace ids of entries by those that they have now, wherever a body names them."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        if isinstance(item, str) and item in renamed:
            value[key] = renamed[item]
        else:
            _rename(item, renamed)
