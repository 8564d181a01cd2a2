"""`livewitness prove`: proof files for somebody who has neither the store nor this program (FORMAT.md section 12)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.exits import BadInputError, ExitCode

if TYPE_CHECKING:
    from evidence_store.catalog import LogRecord
    from evidence_store.proofs.folder import Written
    from evidence_store.proofs.gather import Source
    from evidence_store.proofs.gathered import Gathered

app = typer.Typer(no_args_is_help=True, help="Write what shows one thing of a store to somebody who has only that.")

StoreArgument = Annotated[Path, typer.Argument(metavar="STORE", help="The store's folder.")]
LogArgument = Annotated[str, typer.Argument(metavar="LOG", help="A log's id, or enough of its beginning.")]
OutOption = Annotated[Path, typer.Option("--out", help="A new or empty folder.")]
BlobsOption = Annotated[bool, typer.Option("--with-blobs", help="The entries' blobs too: pictures, sound, chat.")]
JsonOption = Annotated[bool, typer.Option("--json", help="For scripts.")]

_INDEXES = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?[smh]?")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@app.command()
def entry(
    store: StoreArgument,
    log: LogArgument,
    *,
    index: Annotated[int, typer.Argument(metavar="INDEX", min=0, help="The entry's number in its log, from 0.")],
    out: OutOption,
    with_blobs: BlobsOption = False,
    as_json: JsonOption = False,
) -> None:
    """That an entry is in its log, and the log's head in the register."""

    def gather(source: Source) -> Gathered:
        return source.entries(source.find_log(log), index, index)

    _prove(store, out, gather, as_json=as_json, with_blobs=with_blobs)


@app.command()
def blob(
    store: StoreArgument,
    blake3: Annotated[str, typer.Argument(metavar="BLAKE3", help="The blob's BLAKE3: what b3sum says, 64 hex digits.")],
    *,
    out: OutOption,
    with_blobs: BlobsOption = False,
    every: Annotated[bool, typer.Option("--all", help="A folder for each entry that names it, not the first.")] = False,
    as_json: JsonOption = False,
) -> None:
    """That an entry names these bytes: the first one that does, or each."""
    from evidence_store.errors import BlobMissing
    from evidence_store.proofs.folder import refuse_what_is_there
    from evidence_store.proofs.gather import Source

    if _DIGEST.fullmatch(blake3.lower()) is None:
        msg = f"blob: expected a BLAKE3 digest of 64 hex digits, got {blake3[:80]!r}; type: b3sum FILE"
        raise BadInputError(msg)
    refuse_what_is_there(out)
    with Source(store) as source:
        naming = source.naming(blake3.lower())
        found = list(naming) if every else [first for first in [next(naming, None)] if first is not None]
    if not found:
        raise BlobMissing(
            "a blob is proved by an entry of a log that names it",
            expected=f"an entry of {store} that names {blake3.lower()}",
            got="none in its logs",
            next_step=f"b3sum FILE, then livewitness prove blob {store} BLAKE3",
        )
    for record, index in found:
        folder = out / f"{record.log[:8]}-{index}" if every else out
        gather = partial(Source.entries, record=record, first=index, last=index)
        _prove(store, folder, gather, as_json=as_json, with_blobs=with_blobs)


@app.command("range")
def time_range(
    store: StoreArgument,
    log: LogArgument,
    *,
    out: OutOption,
    start: Annotated[
        str | None, typer.Option("--from", help="Seconds from the log's start (90, 2m), or 2026-11-22T01:02:03Z.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Likewise; else the last registered entry.")] = None,
    entries: Annotated[str | None, typer.Option("--entries", help="Indexes in place of times: 10-20.")] = None,
    with_blobs: BlobsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Every entry of a stretch of time; one before and one after show that nothing was left out at its ends."""
    if (entries is None) == (start is None and end is None):
        msg = "range: expected --from and --to, or --entries 10-20; type: livewitness prove range --help"
        raise BadInputError(msg)

    def gather(source: Source) -> Gathered:
        record = source.find_log(log)
        if entries is not None:
            found = _INDEXES.fullmatch(entries)
            if found is None or int(found[1]) > int(found[2]):
                msg = f"entries: expected two indexes, the smaller first, as 10-20, got {entries[:80]!r}"
                raise BadInputError(msg)
            return source.entries(record, int(found[1]), int(found[2]))
        opened = source.opened_ns(record)
        bounds = source.between(record, _moment(start, opened), _moment(end, opened))
        return source.entries(record, *bounds)

    _prove(store, out, gather, as_json=as_json, with_blobs=with_blobs)


@app.command("log")
def whole_log(store: StoreArgument, log: LogArgument, *, out: OutOption, as_json: JsonOption = False) -> None:
    """That a log is in the register, with the last head that the register holds of it."""
    _prove(store, out, lambda source: source.log(source.find_log(log)), as_json=as_json)


@app.command()
def consistency(
    store: StoreArgument,
    *,
    old: Annotated[int, typer.Option("--from", metavar="M", min=1, help="The older size, in entries.")],
    new: Annotated[int, typer.Option("--to", metavar="N", min=1, help="The newer size, one that has a checkpoint.")],
    out: Annotated[Path, typer.Option("--out", help="A new file.")],
    log: Annotated[str | None, typer.Argument(metavar="[LOG]", help="A log; else the register.")] = None,
    as_json: JsonOption = False,
) -> None:
    """That a log, or the register, only grew between two sizes."""
    from evidence_store.proofs.gather import Source

    with Source(store) as source:
        record: LogRecord | None = None if log is None else source.find_log(log)
        proof = source.consistency(record, old, new)
    content = proof.to_bytes()
    try:
        with out.open("xb") as file:
            file.write(content)
    except OSError as error:
        msg = f"consistency: expected --out to name a new file that can be written, got {out}: {error.strerror}"
        raise BadInputError(msg) from error
    told = {"file": str(out), "origin": proof.checkpoint.origin, "from": old, "to": new, "hashes": len(proof.path)}
    lines = [
        f"written: {out}: {proof.checkpoint.origin} grew from {old} to {new} entries, {len(proof.path)} hashes",
        "whoever kept the older checkpoint can check it (FORMAT.md section 12)",
    ]
    typer.echo(json.dumps(told) if as_json else "\n".join(lines))


def _moment(text: str | None, opened_ns: int) -> int | None:
    """Unix nanoseconds of a bound: seconds from the log's start, or RFC 3339 with its zone."""
    if text is None:
        return None
    if _SECONDS.fullmatch(text):
        from crawler.jobs import parse_duration

        return opened_ns + round(parse_duration(text) * 10**9)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        msg = (
            f"time: expected seconds from the log's start (90, 2m), or a date with its zone (2026-11-22T01:02:03Z or "
            f"+08:00), got {text[:80]!r}"
        )
        raise BadInputError(msg)
    return round(moment.timestamp() * 1000) * 10**6


def _prove(
    store: Path, out: Path, gather: Callable[[Source], Gathered], *, as_json: bool, with_blobs: bool = False
) -> None:
    """Gather, write, and check what was written: a folder that does not verify is not handed out in silence."""
    from evidence_store.proofs.check import verify_folder
    from evidence_store.proofs.folder import refuse_what_is_there, write_folder
    from evidence_store.proofs.gather import Source

    refuse_what_is_there(out)
    with Source(store) as source:
        gathered = gather(source)
        written = write_folder(gathered, source.blobs, out, with_blobs=with_blobs)
    report = verify_folder(out, now_ns=time.time_ns())
    typer.echo(json.dumps(_told(gathered, written, ok=report.ok)) if as_json else "\n".join(_lines(gathered, written)))
    if not report.ok:
        typer.echo("\n".join(report.lines()), err=True)
        typer.echo(f"livewitness: what was written does not verify. Next: livewitness verify {store}", err=True)
        raise typer.Exit(ExitCode.NOT_VERIFIED)


def _told(gathered: Gathered, written: Written, *, ok: bool) -> dict[str, Any]:
    return {
        "folder": str(written.path),
        "ok": ok,
        "store": gathered.store,
        "log": gathered.log,
        "first": written.first,
        "last": written.last,
        "head_size": written.head_size,
        "register_size": written.register_size,
        "tokens": list(written.authorities),
        "bracket": _bracket(gathered),
        "files": written.files,
    }


def _lines(gathered: Gathered, written: Written) -> list[str]:
    what = f"log {gathered.log}" if written.first is None else f"entry {written.first} of log {gathered.log}"
    if written.first != written.last:
        what = f"entries {written.first} to {written.last} of log {gathered.log}"
    by = ", ".join(written.authorities)
    time_stamped = (
        f"time-stamped by {by}"
        if by
        else "no time-stamp token covers it: its time rests on the recording machine's clock"
    )
    bracket = _bracket(gathered)
    return [
        f"written: {written.path}: {what}, {written.files} files",
        f"under the head of size {written.head_size} and the register's checkpoint of size {written.register_size}",
        time_stamped,
        f"made not before {bracket['not_before'] or 'none'}, not after {bracket['not_after'] or 'none'}",
        f"check it: sh {written.path}/check.sh   (FORMAT.md section 12)",
    ]


def _bracket(gathered: Gathered) -> dict[str, str | None]:
    """Between which moments it was written, by the word of authorities (FORMAT.md section 10.3); None where none is."""
    from evidence_store.anchors.brackets import moment

    before, after = gathered.not_before, [int(token.body["time"]) for token in gathered.tokens]
    return {
        "not_before": None if before is None else moment(int(before.token.body["time"])),
        "not_after": moment(min(after)) if after else None,
    }
