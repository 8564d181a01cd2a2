"""The canonical bytes of an entry, written and read back (FORMAT.md section 4). Pure.

What is hashed is always the bytes as stored; parsing checks that they are the RFC 8785 form of what they say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from evidence_store.canonical_json import canonical, malformed, parse_json
from evidence_store.entries import JSON, BlobRef, StoredEntry
from evidence_store.errors import FutureFormat, InvalidDraft
from evidence_store.hashing import entry_id

VERSION = 1
ENTRY_LIMIT = 65_535
NO_ENTRY = "0" * 64
"""`prev` of entry 0, and `head` of a log without entries."""

_HEX32 = re.compile(r"[0-9a-f]{32}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,19}")


def is_log_id(text: object) -> bool:
    """Whether this is 16 bytes in lower-case hex."""
    return isinstance(text, str) and _HEX32.fullmatch(text) is not None


def is_digest(text: object) -> bool:
    """Whether this is 32 bytes in lower-case hex."""
    return isinstance(text, str) and _HEX64.fullmatch(text) is not None


def encode_entry(
    *,
    log: str,
    index: int,
    prev: str,
    kind: str,
    wall_ns: int,
    mono_ns: int,
    body: bytes,
    blobs: Sequence[BlobRef],
) -> bytes:
    """The stored bytes of an entry.

    `body` is already canonical (`canonical(body)`): it is spliced in, so that a body is encoded once, by the thread
    that submits it. Members stand in RFC 8785 order. Raises InvalidDraft over 65,535 bytes.
    """
    raw = b"".join(
        (
            b'{"blobs":',
            canonical([blob_to_json(blob) for blob in blobs]) if blobs else b"[]",
            b',"body":',
            body,
            # Hex and digits need no escaping.
            f',"index":{index},"log":"{log}","prev":"{prev}","time":{{"mono":"{mono_ns}","wall":"{wall_ns}"}},"type":'.encode(),
            _canonical_kind(str(kind)),
            f',"v":{VERSION}}}'.encode(),
        )
    )
    if len(raw) > ENTRY_LIMIT:
        raise InvalidDraft(
            "an entry is at most 65,535 bytes",
            expected=f"<= {ENTRY_LIMIT} bytes",
            got=f"{len(raw)} bytes ({kind})",
            next_step="move what is long into an attachment",
        )
    return raw


@lru_cache(maxsize=64)  # there are some thirty kinds, and thousands of entries of each
def _canonical_kind(kind: str) -> bytes:
    return canonical(kind)


def blob_to_json(blob: BlobRef) -> dict[str, JSON]:
    """A blob as an entry names it."""
    named: dict[str, JSON] = {
        "role": blob.role,
        "type": blob.media_type,
        "size": blob.size,
        "blake3": blob.blake3,
        "sha256": blob.sha256,
    }
    if blob.parts_count is not None:
        named["parts"] = {"count": blob.parts_count, "root": blob.parts_root}
    return named


def parse_entry(raw: bytes) -> StoredEntry:
    """Read an entry's stored bytes, with its id recomputed from them.

    Raises Malformed when they break FORMAT.md section 4 and FutureFormat for an unknown `v`. Unknown members are kept
    in `raw`.
    """
    if len(raw) > ENTRY_LIMIT:
        raise malformed("an entry is at most 65,535 bytes", f"<= {ENTRY_LIMIT}", len(raw))
    value = parse_json(raw)
    if not isinstance(value, dict):
        raise malformed("an entry is an object", "an object", type(value).__name__)
    version = value.get("v")
    if type(version) is not int or version != VERSION:
        raise FutureFormat(
            "an entry's version is known", expected=VERSION, got=repr(version), next_step="update livewitness"
        )
    index, time, body, blobs = value.get("index"), value.get("time"), value.get("body"), value.get("blobs")
    _require(is_log_id(value.get("log")), "log", "32 hex", value.get("log"))
    _require(type(index) is int and index >= 0, "index", "a whole number from 0", index)
    _require(is_digest(value.get("prev")), "prev", "64 hex", value.get("prev"))
    _require(isinstance(value.get("type"), str), "type", "text", value.get("type"))
    _require(isinstance(time, dict), "time", "an object", time)
    _require(isinstance(body, dict), "body", "an object", body)
    _require(isinstance(blobs, list), "blobs", "a list", blobs)
    return StoredEntry(
        log=value["log"],
        index=value["index"],
        id=entry_id(raw),
        prev=value["prev"],
        type=value["type"],
        wall_ns=_nanoseconds(value["time"], "wall"),
        mono_ns=_nanoseconds(value["time"], "mono"),
        body=value["body"],
        blobs=tuple(_parse_blob(item) for item in value["blobs"]),
        raw=raw,
    )


def _parse_blob(value: Any) -> BlobRef:
    _require(isinstance(value, dict), "blobs", "a list of objects", value)
    for name in ("role", "type"):
        _require(isinstance(value.get(name), str), f"blobs.{name}", "text", value.get(name))
    size = value.get("size")
    _require(type(size) is int and size >= 0, "blobs.size", "a whole number from 0", size)
    for name in ("blake3", "sha256"):
        _require(is_digest(value.get(name)), f"blobs.{name}", "64 hex", value.get(name))
    count: int | None = None
    root: str | None = None
    if "parts" in value:
        parts = value["parts"]
        _require(isinstance(parts, dict), "blobs.parts", "an object", parts)
        count, root = parts.get("count"), parts.get("root")
        _require(type(count) is int and count >= 0, "blobs.parts.count", "a whole number from 0", count)
        _require(is_digest(root), "blobs.parts.root", "64 hex", root)
    return BlobRef(value["role"], value["type"], value["size"], value["blake3"], value["sha256"], count, root)


def _nanoseconds(time: Mapping[str, Any], name: str) -> int:
    text = time.get(name)
    _require(isinstance(text, str) and _DECIMAL.fullmatch(text) is not None, f"time.{name}", "a decimal string", text)
    return int(time[name])


def _require(holds: object, member: str, expected: str, got: object) -> None:
    if not holds:
        raise malformed(f"an entry's `{member}` has its form", expected, repr(got)[:80])
