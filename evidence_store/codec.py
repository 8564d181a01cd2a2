"""The canonical bytes of an entry, written and read back (FORMAT.md section 4). Pure.

What is hashed is always the bytes as stored; parsing checks that they are the RFC 8785 form of what they say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from evidence_store.entries import JSON, BlobRef, StoredEntry
from evidence_store.errors import FutureFormat, InvalidDraft, Malformed
from evidence_store.hashing import entry_id

VERSION = 1
ENTRY_LIMIT = 65_535
NO_ENTRY = "0" * 64
"""`prev` of entry 0, and `head` of a log without entries."""

_HEX32 = re.compile(r"[0-9a-f]{32}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,19}")
_SAFE = 2**53 - 1


def is_log_id(text: object) -> bool:
    """Whether this is 16 bytes in lower-case hex."""
    return isinstance(text, str) and _HEX32.fullmatch(text) is not None


def is_digest(text: object) -> bool:
    """Whether this is 32 bytes in lower-case hex."""
    return isinstance(text, str) and _HEX64.fullmatch(text) is not None


def canonical(value: JSON) -> bytes:
    """The RFC 8785 form. Raises InvalidDraft for what JSON can't say (NaN, integers beyond 2^53, lone surrogates)."""
    try:
        return rfc8785.dumps(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidDraft(
            "a body is JSON that RFC 8785 can write",
            expected="text keys, text without lone surrogates, integers within 2^53, finite numbers",
            got=f"{type(error).__name__}: {str(error)[:200]}",
            next_step="put raw bytes and hostile text into a part of an attachment",
        ) from error


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
    time = {"mono": str(mono_ns), "wall": str(wall_ns)}
    raw = b"".join(
        (
            b'{"blobs":',
            canonical([blob_to_json(blob) for blob in blobs]),
            b',"body":',
            body,
            b',"index":%d,"log":' % index,
            canonical(log),
            b',"prev":',
            canonical(prev),
            b',"time":',
            canonical(time),
            b',"type":',
            canonical(kind),
            b',"v":%d}' % VERSION,
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


def parse_json(raw: bytes) -> Any:
    """JSON that is its own RFC 8785 form. Raises Malformed for anything else, also for a member that occurs twice."""
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_number
        )
        again = rfc8785.dumps(value)
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise _malformed(
            "stored JSON is RFC 8785", "canonical JSON", f"{type(error).__name__}: {error}"[:200]
        ) from error
    if again != raw:
        at = next((n for n, (a, b) in enumerate(zip(again, raw, strict=False)) if a != b), min(len(again), len(raw)))
        raise _malformed("stored JSON is RFC 8785", f"{again[at : at + 24]!r} at byte {at}", f"{raw[at : at + 24]!r}")
    return value


def parse_entry(raw: bytes) -> StoredEntry:
    """Read an entry's stored bytes, with its id recomputed from them.

    Raises Malformed when they break FORMAT.md section 4 and FutureFormat for an unknown `v`. Unknown members are kept
    in `raw`.
    """
    if len(raw) > ENTRY_LIMIT:
        raise _malformed("an entry is at most 65,535 bytes", f"<= {ENTRY_LIMIT}", len(raw))
    value = parse_json(raw)
    if not isinstance(value, dict):
        raise _malformed("an entry is an object", "an object", type(value).__name__)
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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise _malformed("a member occurs once in its object", "each name once", f"{twice} twice")
    return found


def _no_constant(text: str) -> Any:
    raise _malformed("numbers are finite", "a number", text)


def _number(text: str) -> int | float:
    # RFC 8785 writes the double 1e16 as 10000000000000000, so a long run of digits is a double, as in JavaScript.
    value = int(text) if len(text) <= len(str(_SAFE)) + 1 else float(text)
    return value if abs(value) <= _SAFE else float(text)


def _require(holds: object, member: str, expected: str, got: object) -> None:
    if not holds:
        raise _malformed(f"an entry's `{member}` has its form", expected, repr(got)[:80])


def _malformed(rule: str, expected: object, got: object) -> Malformed:
    return Malformed(rule, expected=expected, got=got, next_step="livewitness verify STORE")
