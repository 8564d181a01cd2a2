"""Writing a proof folder (FORMAT.md section 12): files that whoever gets them checks with `sh check.sh`.

A folder is made complete or not at all from the reader's view: `manifest-sha256.txt` is written last, and without it
no check passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from evidence_store.blobs import Blobs
from evidence_store.entries import BlobRef, StoredEntry
from evidence_store.errors import StorageFailed, StoreError
from evidence_store.hashing import sha256
from evidence_store.proofs.gathered import Gathered, KnownToken, Proven

MANIFEST = "manifest-sha256.txt"
CHECK = "check.sh"
README = "README.txt"
TOKEN_FILES = {"note": "note.txt", "request": "request.tsq", "reply": "reply.tsr", "chain": "chain.pem"}
"""Role of a blob of an `anchor.token` entry -> its name in the token's folder; revocation data is numbered."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class FolderInTheWay(StoreError):
    """The place where a proof is to be written is taken."""


@dataclass(frozen=True, slots=True)
class Written:
    """A folder that was written. `register_size` is the size of the register checkpoint that all of it rests on."""

    path: Path
    files: int
    first: int | None
    last: int | None
    head_size: int
    register_size: int
    authorities: tuple[str, ...]


def check_script() -> bytes:
    """check.sh, the same bytes in every folder."""
    return (files("evidence_store.proofs") / CHECK).read_bytes()


def refuse_what_is_there(out: Path) -> None:
    """Raise FolderInTheWay unless `out` is new or an empty folder."""
    taken = not out.is_dir() if out.exists() or out.is_symlink() else False
    if taken or (out.is_dir() and any(out.iterdir())):
        raise FolderInTheWay(
            "a proof is written into a new or empty folder",
            expected="nothing there",
            got=f"{out}: {'a file' if taken else 'a folder that is not empty'}",
            next_step="choose another --out",
        )


def write_folder(gathered: Gathered, blobs: Blobs, out: Path, *, with_blobs: bool = False) -> Written:
    """Write everything that was gathered into a new or empty folder, with the entries' blobs if asked for.

    Raises FolderInTheWay, BlobMissing or Corrupt (a blob that is not what its entry says), StorageFailed.
    """
    refuse_what_is_there(out)
    digests: dict[str, str] = {}
    try:
        for name, content in _contents(gathered, blobs, with_blobs=with_blobs):
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            digests[f"./{name}"] = sha256(content).hex()
        lines = [f"{digests[name]}  {name}\n" for name in sorted(digests)]
        (out / MANIFEST).write_bytes("".join(lines).encode())
    except OSError as error:
        raise StorageFailed(
            "a proof folder can be written", expected=f"room and leave to write in {out}", got=error, next_step="df -h"
        ) from error
    return Written(
        out,
        len(digests) + 1,
        gathered.entries[0].entry.index if gathered.entries else None,
        gathered.entries[-1].entry.index if gathered.entries else None,
        int(gathered.head.entry.body["size"]),
        gathered.head.proof.checkpoint.size,
        tuple(str(token.body.get("authority")) for token in gathered.tokens),
    )


def _contents(gathered: Gathered, blobs: Blobs, *, with_blobs: bool) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file but the manifest."""
    many = len(gathered.entries) > 1
    width = len(str(gathered.entries[-1].entry.index)) if many else 0
    taken: set[str] = set()
    for proven in gathered.entries:
        number = f"-{proven.entry.index:0{width}}" if many else ""
        yield from _proven(f"entry{number}", proven)
        yield f"entry{number}.id", f"{proven.entry.id}\n".encode()
        for blob in proven.entry.blobs if with_blobs else ():
            yield _free(f"blob{number}-{_safe(blob.role)}", taken), blobs.read(blob)
    yield from _proven("head", gathered.head)
    yield from _proven("opened", gathered.opened)
    for proven in gathered.rotated:
        yield from _proven(f"rotated-{proven.entry.index:010}", proven)
    yield "log.vkey", f"{gathered.log_key}\n".encode()
    yield "register.vkey", f"{gathered.register_key}\n".encode()
    for token in gathered.tokens:
        folder = _free(_safe(str(token.body.get("authority"))), taken)
        for name, blob in _token_files(token):
            yield f"{folder}/{name}", blobs.read(blob)
    yield CHECK, check_script()
    yield README, _readme(gathered).encode()


def _proven(name: str, proven: Proven) -> Iterator[tuple[str, bytes]]:
    yield f"{name}.json", proven.entry.raw
    yield f"{name}.tlog-proof", proven.proof.to_bytes()


def _token_files(token: StoredEntry) -> Iterator[tuple[str, BlobRef]]:
    revocations = 0
    for blob in token.blobs:
        if blob.role in TOKEN_FILES:
            yield TOKEN_FILES[blob.role], blob
        elif blob.role == "revocation":
            revocations += 1
            yield f"revocation-{revocations}.der", blob


def _safe(name: str) -> str:
    """A name of a role or an authority as a file name: nothing that leaves the folder or starts an option."""
    return _UNSAFE.sub("_", name).strip(".-")[:80] or "unnamed"


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free)
    return free


def _readme(gathered: Gathered) -> str:
    head, entries = gathered.head, gathered.entries
    if not entries:
        shows = f"Log {gathered.log} is in the register of store {gathered.store}."
    elif len(entries) == 1:
        only = entries[0].entry
        shows = f"Entry {only.index} ({only.type}) of log {gathered.log} of store {gathered.store}."
    else:
        first, last = entries[0].entry, entries[-1].entry
        shows = (
            f"Entries {first.index} to {last.index} of log {gathered.log} of store {gathered.store}, all "
            f"{len(entries)} of them: their numbers have no hole, and each names the id of the one before it."
        )
    clock = [f"  {_utc(each.entry.wall_ns)}  entry {each.entry.index}" for each in (entries[:1] + entries[1:][-1:])]
    tokens = [
        f"  {_utc(int(token.body['time']))}  {token.body.get('authority')}: the checkpoint, and all of this, was there"
        for token in gathered.tokens
    ] or ["  No time-stamp token covers this checkpoint: the time rests on the recording machine's own clock."]
    lines = [
        "What this folder shows",
        f"  {shows}",
        f"  The register held its head of size {head.entry.body['size']} as entry {head.entry.index}; all rests on the",
        f"  register's checkpoint of size {head.proof.checkpoint.size}.",
        "",
        "When, by the clock of the recording machine",
        *(clock or [f"  {_utc(gathered.opened.entry.wall_ns)}  opened"]),
        "When at the earliest, by the token that the log knew (the store shows it, this folder does not)",
        *_earliest(gathered.not_before),
        "When at the latest, by time-stamp authorities",
        *tokens,
        *_passed_over(gathered.passed_over),
        "",
        "How to check it without our software",
        "  sh check.sh     b3sum, sha256sum and openssl do the work; the script is short: read it",
        f"  It is the same in every folder, SHA-256 {sha256(check_script()).hex()}.",
        "",
        "What nobody can check for you",
        "  That register.vkey is the key with which whoever recorded this signs now: ask them. A key that was replaced",
        "  may have been stolen: whoever has it can make a folder like this one.",
        "  That the authority whose root certificate ends a chain.pem deserves trust.",
        "What this does not show",
        "  That what the room showed is true, who spoke, or that the recording is complete (gaps are entries).",
    ]
    return "\n".join(lines) + "\n"


def _earliest(known: KnownToken | None) -> list[str]:
    if known is None:
        return ["  None: the log knew no token yet."]
    token, entry = known.token, known.said_by
    return [
        f"  {_utc(int(token.body['time']))}  {token.body.get('authority')}: register entry {token.index}, named by",
        f"                           entry {entry.index} ({entry.type}) of the log",
    ]


def _passed_over(token: StoredEntry | None) -> list[str]:
    if token is None:
        return []
    return [
        f"  {_utc(int(token.body['time']))}  {token.body.get('authority')}: over size {token.body.get('size')} of the",
        "                           register, signed by a key of the store that was replaced since. The store shows",
        "                           it, this folder does not: it rests on the present key alone, and what stands",
        "                           above comes from after the change of keys.",
    ]


def _utc(ns: int) -> str:
    return f"{datetime.fromtimestamp(ns // 10**9, UTC):%Y-%m-%d %H:%M:%S} UTC"
