"""`livewitness verify` and `livewitness anchor`: what a store proves, and asking others to speak for its time."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.exits import BadInputError, ExitCode

if TYPE_CHECKING:
    from cryptography import x509

    from evidence_store.anchors.anchoring import Standing
    from evidence_store.verify import Report, Trust

ONE_ROUND_S = 90.0  # for one round of questions: time-outs of the settings and of revocation lists end it before


def verify(
    path: Annotated[Path, typer.Argument(help="A store, or a folder that `livewitness prove` wrote.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
    trust: Annotated[
        list[Path] | None, typer.Option("--trust", help="Root certificates (PEM) of authorities that you know.")
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option("--witness", help="Verifier keys of witnesses that you know.")
    ] = None,
    known: Annotated[
        list[Path] | None,
        typer.Option("--known", help="Register checkpoints that you have from elsewhere (a proof folder's note.txt)."),
    ] = None,
    record: Annotated[bool, typer.Option("--record", help="Keep in the store that this was verified.")] = False,
    who: Annotated[str | None, typer.Option("--who", help="With --record: who verifies; else the account.")] = None,
    why: Annotated[str, typer.Option("--why", help="With --record: why.")] = "",
) -> None:
    """Recompute everything from the bytes; say of each check what was expected and what was got."""
    trusted = _trust(trust or [], witness or [], known or [])
    if (path / "check.sh").is_file() and not (path / "store.json").exists():
        report = _verify_folder(path, trusted, record=record)
    else:
        report = _verify_store(path, trusted)
    _say(json.dumps(report.to_json(), ensure_ascii=False, indent=2) if as_json else "\n".join(report.lines()))
    if record:
        _record(path, report, who, why)
    raise typer.Exit(ExitCode.FINE if report.ok else ExitCode.NOT_VERIFIED)


def anchor(
    store: Annotated[Path, typer.Argument(help="A store.")],
    *,
    settings: Annotated[
        Path | None, typer.Option("--anchors", help="Else $LIVEWITNESS_ANCHORS, else STORE/anchors.yaml.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Ask every authority and witness of the settings about the store's register now."""
    import dataclasses
    import os

    from evidence_store.anchors.settings import find_settings, load_settings
    from evidence_store.store import Store

    file = find_settings(store, settings, os.environ)
    if file is None:
        msg = (
            f"anchor: expected a settings file that names authorities or witnesses, got none; "
            f"write {store}/anchors.yaml (README, Time-stamps) or give --anchors FILE"
        )
        raise BadInputError(msg)
    asked = dataclasses.replace(load_settings(file), close_wait_s=ONE_ROUND_S)
    for note in asked.notes:
        sys.stderr.write(f"livewitness: note: {note}\n")
    opened = Store.open(store, anchors=asked)
    opened.close()
    standings = opened.anchoring.standings() if opened.anchoring is not None else ()
    facts = [_facts(each) for each in standings]
    _say(json.dumps(facts, ensure_ascii=False, indent=2) if as_json else _table(facts))
    raise typer.Exit(ExitCode.FINE if all(each.problem is None for each in standings) else ExitCode.MISSING)


def _verify_store(path: Path, trusted: Trust) -> Report:
    from evidence_store.errors import NotAStore, StoreError
    from evidence_store.store import Store
    from evidence_store.verify import verify as run_checks

    try:
        Store.open_read_only(path).close()
    except StoreError as error:
        if isinstance(error, NotAStore):  # anything else is a store that is not sound, and the checks say how
            raise
    return run_checks(path, progress=_meter() if sys.stderr.isatty() else None, trust=trusted)


def _verify_folder(path: Path, trusted: Trust, *, record: bool) -> Report:
    from evidence_store.proofs.check import verify_folder

    if record:
        msg = f"verify: expected a store with --record, got the proof folder {path}; verify it without --record"
        raise BadInputError(msg)
    return verify_folder(path, now_ns=time.time_ns(), trusted_roots=trusted.roots or None)


def _trust(roots: list[Path], witnesses: list[str], known: list[Path]) -> Trust:
    from evidence_store.anchors.chains import read_pem
    from evidence_store.anchors.cosignature import CosignerKey
    from evidence_store.errors import Malformed
    from evidence_store.verify import Trust
    from evidence_store.verify.known import read_known

    certificates: list[x509.Certificate] = []
    for file in roots:
        try:
            certificates += read_pem(file.read_bytes())
        except (OSError, ValueError) as error:
            msg = f"--trust: expected certificates in PEM, got {file}: {error}; type: openssl x509 -in {file} -text"
            raise BadInputError(msg) from error
    try:
        keys = tuple(CosignerKey.parse(key) for key in witnesses)
    except Malformed as error:
        msg = f"--witness: {error}; ask whoever runs the witness for its key"
        raise BadInputError(msg) from error
    checkpoints = []
    for file in known:
        try:
            checkpoints.append(read_known(file.read_bytes()))
        except (OSError, Malformed) as error:
            msg = (
                f"--known: expected a signed checkpoint, got {file}: {error}; such a file is note.txt of a proof folder"
            )
            raise BadInputError(msg) from error
    return Trust(tuple(certificates), keys, tuple(checkpoints))


def _record(path: Path, report: Report, who: str | None, why: str) -> None:
    import getpass
    import socket
    from importlib.metadata import version

    from evidence_store.store import Store
    from evidence_store.verify import Status

    numbers = {
        status: [result.number for result in report.results if result.status is status]
        for status in (Status.FAIL, Status.UNCHECKED)
    }
    body: dict[str, Any] = {
        "ok": report.ok,
        "failed": numbers[Status.FAIL],
        "not_checked": numbers[Status.UNCHECKED],
        "size": report.register_size,
        "tool": f"livewitness {version('livewitness')}",
    }
    with Store.open(path) as store:
        account = who or f"{getpass.getuser()} at {socket.gethostname()}"
        store.record_custody("verified", body, who=account, why=why)


def _facts(standing: Standing) -> dict[str, Any]:
    return {
        "name": standing.name,
        "kind": "authority" if standing.kind == "anchor.token" else "witness",
        "reachable": standing.reachable,
        "register_entries_covered": standing.covered,
        "asked": standing.asked,
        "problem": standing.problem,
    }


def _table(rows: list[dict[str, Any]]) -> str:
    lines = []
    for row in rows:
        covered = f"speaks for the register's first {row['register_entries_covered']} entries"
        said = row["problem"] or (covered if row["asked"] else f"{covered}; nothing new since, so it was not asked")
        lines.append(f"{row['kind']:<10} {row['name']:<24} {said}")
    return "\n".join(lines)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _meter() -> Callable[[str, int, int], None]:
    """A line on the terminal that counts what verify has looked at."""

    def show(what: str, done: int, total: int) -> None:
        sys.stderr.write(f"\r\x1b[Kverifying {what}: {done} of {total}")
        if done >= total:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    return show
