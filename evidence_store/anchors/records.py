"""Anchors as entries of the register, written and read back (FORMAT.md sections 10.1 and 10.2). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from evidence_store.anchors.authority import Answer
from evidence_store.anchors.cosignature import Cosignature
from evidence_store.catalog import malformed_entry
from evidence_store.codec import is_digest
from evidence_store.entries import JSON, REPLY_ROLE, Attachment, BlobRef, EntryType, Part, StoredEntry
from evidence_store.errors import AnchorError

NOTE, REQUEST, CHAIN, REVOCATION = "note", "request", "chain", "revocation"
_WORDS = 300  # of an error, as much as an entry keeps
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,59}")


class Record(NamedTuple):
    """What is to be appended to the register."""

    kind: EntryType
    body: dict[str, JSON]
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """An `anchor.token` entry. `at` is its index in the register; times in Unix nanoseconds."""

    at: int
    authority: str
    size: int
    imprint_algorithm: str
    imprint_digest: str
    time_ns: int
    accuracy_ns: int | None
    serial: int
    policy: str
    verified_by: str
    expires_ns: int
    note: BlobRef
    request: BlobRef
    reply: BlobRef
    chain: BlobRef
    revocation: tuple[BlobRef, ...]


@dataclass(frozen=True, slots=True)
class CosignatureRecord:
    """An `anchor.cosignature` entry. `at` is its index in the register; `time_s` in Unix seconds."""

    at: int
    witness: str
    vkey: str
    size: int
    root: str
    time_s: int
    line: str


def token_record(authority: str, size: int, note: bytes, answer: Answer) -> Record:
    """A token that was granted over the register's checkpoint of this size."""
    kept = [
        Attachment(NOTE, "text/plain; charset=utf-8", note),
        Attachment(REQUEST, "application/timestamp-query", answer.request.raw),
        Attachment(REPLY_ROLE, "application/timestamp-reply", answer.reply),
        Attachment(CHAIN, "application/pem-certificate-chain", answer.token.chain_pem()),
    ]
    kept += [Attachment(REVOCATION, item.media_type, item.content) for item in answer.revocation.items]
    body: dict[str, JSON] = {"authority": authority, "size": size, **answer.token.body()}
    body["revocation_missing"] = len(answer.revocation.failures)
    return Record(EntryType.ANCHOR_TOKEN, body, tuple(kept))


def cosignature_record(cosignature: Cosignature) -> Record:
    """A witness's line over the register's checkpoint."""
    body: dict[str, JSON] = {
        "witness": cosignature.witness,
        "vkey": cosignature.vkey,
        "size": cosignature.size,
        "root": cosignature.root.hex(),
        "time": str(cosignature.time_s),
        "line": cosignature.line,
    }
    return Record(EntryType.ANCHOR_COSIGNATURE, body)


def failure_record(asked: str, size: int, tries: int, error: AnchorError) -> Record:
    """An authority or witness that gave no anchor; what came from it is kept."""
    words = {"rule": error.rule, "expected": error.expected, "got": error.got}
    body: dict[str, JSON] = {"from": asked, "size": size, "tries": tries}
    body |= {name: str(value)[:_WORDS].encode("utf-8", "replace").decode() for name, value in words.items()}
    # As a part, so that it can be withheld: what answers may be a log-in page with somebody's name on it.
    kept = (Attachment(REPLY_ROLE, "application/octet-stream", (Part(error.received),)),) if error.received else ()
    return Record(EntryType.ANCHOR_FAILED, body, kept)


def read_token(entry: StoredEntry) -> TokenRecord:
    """Read an `anchor.token` entry. Raises Malformed when it lacks a member or a blob of FORMAT.md section 10.1."""
    body = entry.body
    imprint = body.get("imprint")
    if not isinstance(imprint, Mapping) or not isinstance(imprint.get("algorithm"), str):
        raise malformed_entry(entry, "`imprint` has algorithm and digest", "an object", imprint)
    if not is_digest(imprint.get("digest")):
        raise malformed_entry(entry, "the imprint's digest is SHA-256", "64 hex", imprint.get("digest"))
    return TokenRecord(
        entry.index,
        _text(entry, "authority"),
        _size(entry),
        imprint["algorithm"],
        imprint["digest"],
        _decimal(entry, "time"),
        None if body.get("accuracy") is None else _decimal(entry, "accuracy"),
        _decimal(entry, "serial"),
        _text(entry, "policy"),
        _text(entry, "verified_by"),
        _decimal(entry, "expires"),
        _blob(entry, NOTE),
        _blob(entry, REQUEST),
        _blob(entry, REPLY_ROLE),
        _blob(entry, CHAIN),
        tuple(blob for blob in entry.blobs if blob.role == REVOCATION),
    )


def read_cosignature(entry: StoredEntry) -> CosignatureRecord:
    """Read an `anchor.cosignature` entry. Raises Malformed when it lacks a member of FORMAT.md section 10.2."""
    root = entry.body.get("root")
    if not is_digest(root):
        raise malformed_entry(entry, "`root` is a digest", "64 hex", root)
    return CosignatureRecord(
        entry.index,
        _text(entry, "witness"),
        _text(entry, "vkey"),
        _size(entry),
        str(root),
        _decimal(entry, "time"),
        _text(entry, "line"),
    )


def _blob(entry: StoredEntry, role: str) -> BlobRef:
    found = [blob for blob in entry.blobs if blob.role == role]
    if len(found) != 1:
        raise malformed_entry(entry, f"one blob has the role {role}", "one", len(found))
    return found[0]


def _text(entry: StoredEntry, member: str) -> str:
    value = entry.body.get(member)
    if not isinstance(value, str):
        raise malformed_entry(entry, f"`{member}` is there", "text", value)
    return value


def _decimal(entry: StoredEntry, member: str) -> int:
    value = _text(entry, member)
    if _DECIMAL.fullmatch(value) is None:
        raise malformed_entry(entry, f"`{member}` is a decimal string", "digits", value)
    return int(value)


def _size(entry: StoredEntry) -> int:
    size = entry.body.get("size")
    if type(size) is not int or not 0 < size <= entry.index:
        raise malformed_entry(entry, "`size` is a size that the register had by then", f"1 to {entry.index}", size)
    return size
