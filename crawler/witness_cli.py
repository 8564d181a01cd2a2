"""`livewitness witness`: a witness for the registers of others, on a machine of its own."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from crawler.exits import BadInputError

app = typer.Typer(
    no_args_is_help=True,
    help="Cosign the registers of others: a second machine that remembers how far each one had come.",
)

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The witness's folder: its key and what it cosigned.")]


@app.command()
def init(
    folder: Folder,
    name: Annotated[str, typer.Option("--name", help="Its name in each cosignature, such as witness.example/desk.")],
) -> None:
    """Make a witness: a new key and an empty memory. Prints the verifier key that stores are given."""
    import os

    from evidence_store.anchors.witness_folder import create_witness
    from evidence_store.durable import FileSystem
    from evidence_store.errors import Malformed

    try:
        own = create_witness(folder, name, os.urandom, FileSystem())
    except Malformed as error:
        msg = (
            f"witness: {error.rule}: expected {error.expected}, got {error.got}; type: livewitness witness init --help"
        )
        raise BadInputError(msg) from error
    _say(str(own))


@app.command()
def serve(
    folder: Folder,
    log: Annotated[
        list[str] | None, typer.Option("--log", metavar="VKEY", help="A register's verifier key; may be repeated.")
    ] = None,
    logs: Annotated[Path | None, typer.Option("--logs", help="A file with one verifier key a line.")] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8788,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; others than this machine: 0.0.0.0.")] = (
        "127.0.0.1"
    ),
) -> None:
    """Answer registers that ask for a cosignature, until Ctrl-C or SIGTERM."""
    from evidence_store.anchors.witness_folder import open_witness
    from evidence_store.anchors.witness_server import run_witness

    keys = _keys([*(log or []), *_lines(logs)])
    witness = open_witness(folder)

    def serving(url: str) -> None:
        own = str(witness.key.verifier)
        _say_json({"event": "serving", "url": url, "vkey": own, "logs": [str(key) for key in keys]})

    try:
        run_witness(witness, keys, host=host, port=port, clock=time.time, report=_report, serving=serving)
    except OSError as error:
        msg = f"witness: expected an address and a port that are free, got {host}:{port}: {error.strerror or error}"
        raise BadInputError(msg) from error


@app.command()
def vkey(store: Annotated[Path, typer.Argument(metavar="STORE", help="A store.")]) -> None:
    """The verifier key of a store's register, to be given to whoever runs a witness (`serve --log`)."""
    from evidence_store.keys import load_verifier
    from evidence_store.marker import read_marker

    _say(str(load_verifier(store, read_marker(store).store)))


@app.command()
def show(folder: Folder) -> None:
    """What a witness cosigned last, and signed checkpoints that contradict it. JSON, one object."""
    from evidence_store.anchors.witness_folder import open_witness

    witness = open_witness(folder)
    heads = [
        {"origin": origin, "size": kept.head.size, "root": kept.head.root.hex(), "line": kept.line}
        for origin, kept in witness.state.heads().items()
    ]
    against = [
        {"origin": each.origin, "size": each.size, "note": each.note.decode("utf-8", "backslashreplace")}
        for each in witness.state.contradictions()
    ]
    _say_json({"vkey": str(witness.key.verifier), "heads": heads, "contradictions": against})


def _keys(texts: list[str]) -> list[Any]:
    from evidence_store.checkpoint import VerifierKey
    from evidence_store.errors import Malformed

    if not texts:
        msg = (
            "witness: expected at least one --log VKEY or --logs FILE, got none; type: livewitness witness serve --help"
        )
        raise BadInputError(msg)
    try:
        return [VerifierKey.parse(text) for text in texts]
    except Malformed as error:
        msg = (
            f"witness: {error.rule}: expected {error.expected}, got {error.got}; type: livewitness witness serve --help"
        )
        raise BadInputError(msg) from error


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"witness: expected a file of verifier keys, got {path}: {error}"
        raise BadInputError(msg) from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _say_json(value: dict[str, Any]) -> None:
    _say(json.dumps(value, ensure_ascii=False))


def _report(line: str) -> None:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    # Whoever read the log of requests may have gone away; the registers still get their answers.
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(f"{stamp} {line}\n")
        sys.stderr.flush()
