"""`livewitness keys`: the store's own keys, changed, revoked, protected (FORMAT.md section 11)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.exits import BadInputError, ExitCode

if TYPE_CHECKING:
    from evidence_store.key_history import KeyHistory, KeySpan

app = typer.Typer(no_args_is_help=True, help="The keys that sign a store's register: changed, revoked, protected.")

StoreArgument = Annotated[Path, typer.Argument(metavar="STORE", help="The store's folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def show(
    store: StoreArgument,
    *,
    pem: Annotated[
        int | None,
        typer.Option("--pem", metavar="N", min=0, help="Only the public key that signs checkpoint N, for openssl."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Which key signed which part of the register."""
    from evidence_store.keys import load_key_history, public_pem
    from evidence_store.store import Store

    with Store.open_read_only(store) as opened, opened.register_reader() as reader:
        history, size = load_key_history(opened.root, opened.id, reader), reader.size()
    if pem is not None:
        sys.stdout.write(public_pem(history.key_at(pem)).decode("ascii"))
        return
    _say(json.dumps(_facts(history, size), ensure_ascii=False, indent=2) if as_json else _table(history, size))
    if history.problems:
        raise typer.Exit(ExitCode.NOT_VERIFIED)


@app.command()
def rotate(store: StoreArgument, *, as_json: JsonOption = False) -> None:
    """Make a new key that signs from now on. Watches that run go on, and take it up by themselves."""
    from evidence_store.store import Store

    with Store.open(store) as opened:
        done = opened.keys().rotate()
    if as_json:
        _say(json.dumps({"from": str(done.old), "to": str(done.new), "index": done.index}))
        return
    _say(
        f"rotated: {done.old.key_id.hex()} signed up to size {done.index}, {done.new.key_id.hex()} signs from now on\n"
        f"publish: {done.new}\n"
        "next: keep a copy of keys/store.key where you keep one of the old key, and start each witness with one more\n"
        "      --log, this key; if the old one may be in other hands:\n"
        f"      livewitness keys revoke {store} {done.old.key_id.hex()} --reason TEXT"
    )


@app.command()
def revoke(
    store: StoreArgument,
    key: Annotated[str, typer.Argument(metavar="VKEY", help="A past key: its verifier key, or its id in hex.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, in words that a stranger may read.")],
    good_to: Annotated[
        int | None,
        typer.Option("--good-to", metavar="N", min=0, help="Up to which register size it is good; else all it signed."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a past key is not to be trusted any more. The key that signs now: rotate first."""
    from evidence_store.store import Store

    with Store.open(store) as opened:
        keeper = opened.keys()
        receipt = keeper.revoke(key, reason, good_to)
        history = keeper.history()
    span = next(span for span in history.spans if key in {str(span.key), span.key.key_id.hex()})
    good = span.revoked.good_to if span.revoked is not None else 0
    if as_json:
        _say(json.dumps({"vkey": str(span.key), "good_to": good, "index": receipt.index}))
        return
    lines = [f"revoked: {span.key.key_id.hex()} is good up to register size {good} (register entry {receipt.index})"]
    if not span.trusted_at(span.last or 0):
        lines.append(
            f"note: it signed up to size {span.last}: sizes {good + 1} to {span.last} are not to be trusted, and fail"
            " check 20 of livewitness verify"
        )
    _say("\n".join(lines))


@app.command()
def passphrase(
    store: StoreArgument,
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Keep the key without one.")] = False,
    new_file: Annotated[
        Path | None,
        typer.Option("--new-passphrase-file", metavar="FILE", help="A file with the new one; else it is asked for."),
    ] = None,
) -> None:
    """Give the private key another passphrase, or none."""
    from evidence_store.databases.opening import databases_of
    from evidence_store.durable import FileSystem
    from evidence_store.keys import PASSPHRASE_FILE, KeyProtected, load_private, read_passphrase
    from evidence_store.marker import read_marker
    from evidence_store.reader import LogReader
    from evidence_store.rotation import change_passphrase

    if remove and new_file is not None:
        msg = "keys passphrase: expected --remove or --new-passphrase-file, got both; type: livewitness keys --help"
        raise BadInputError(msg)
    marker = read_marker(store)
    old: str | None = None
    try:
        load_private(store, marker.store)
    except KeyProtected:
        if not sys.stdin.isatty():
            raise
        old = typer.prompt("Passphrase now", hide_input=True, err=True)
    new = None if remove else read_passphrase(new_file) if new_file is not None else _asked()
    databases = databases_of(store)
    try:
        change_passphrase(
            store, marker.store, lambda: LogReader(databases.register("ro")), FileSystem(), passphrase=old, new=new
        )
    finally:
        databases.close()
    if new is None:
        _say("removed: keys/store.key opens without a passphrase")
    else:
        _say(
            f"changed: keys/store.key\nnext: export {PASSPHRASE_FILE}=FILE (a file with the passphrase) for what writes"
        )


def _asked() -> bytes:
    if not sys.stdin.isatty():
        msg = "keys passphrase: expected a terminal to ask on, or --new-passphrase-file FILE, got neither"
        raise BadInputError(msg)
    answer: str = typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
    return answer.encode()


def _facts(history: KeyHistory, size: int) -> dict[str, Any]:
    return {
        "store": history.store,
        "size": size,
        "keys": [
            {
                "key_id": span.key.key_id.hex(),
                "vkey": str(span.key),
                "from": span.first,
                "to": span.last,
                "revoked": None
                if span.revoked is None
                else {"index": span.revoked.at, "good_to": span.revoked.good_to, "reason": span.revoked.reason},
            }
            for span in history.spans
        ],
        "unfinished": history.unfinished,
        "problems": [{"index": each.at, "expected": each.expected, "got": each.got} for each in history.problems],
    }


def _table(history: KeyHistory, size: int) -> str:
    lines = [f"store {history.store}, register of {size} entries", "key id    checkpoints of sizes    standing"]
    lines += [f"{span.key.key_id.hex()}  {_sizes(span):<24}{_standing(span)}" for span in history.spans]
    if history.unfinished:
        lines.append("the last change is not finished: the next command that writes finishes it")
    for each in history.problems:
        where = "keys/store.pub" if each.at is None else f"register entry {each.at}"
        lines += [f"problem: {where}: {each.got}", f"         expected {each.expected}"]
    return "\n".join(lines)


def _sizes(span: KeySpan) -> str:
    if span.last is None:
        return f"{span.first} on"
    return f"{span.first} to {span.last}" if span.first <= span.last else "none"


def _standing(span: KeySpan) -> str:
    if span.revoked is not None:
        return (
            f"revoked, good up to size {span.revoked.good_to} (register entry {span.revoked.at}: {span.revoked.reason})"
        )
    return "signs now" if span.last is None else "replaced"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
