"""`livewitness drill`: attacks on copies of a store, and which check sees each."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from crawler.exits import ExitCode


def drill(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="The store's folder; only copies of it are attacked.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep the attacked copies in a new or empty folder.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed attacks other places.")] = 0,
) -> None:
    """Attack copies of a store in every way that we know, and show which check sees what."""
    from evidence_store.drill.runner import run_drill
    from evidence_store.drill.table import lines, to_json

    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # ends like Ctrl-C: copies of evidence are not left behind
    done = run_drill(store, seed=seed, keep=keep, progress=_meter() if sys.stderr.isatty() else None)
    text = json.dumps(to_json(done), ensure_ascii=False, indent=2) if as_json else "\n".join(lines(done))
    sys.stdout.write(text + "\n")
    raise typer.Exit(ExitCode.FINE if done.ok else ExitCode.NOT_VERIFIED)


def _meter() -> Callable[[str, int, int], None]:
    """A line on the terminal that counts attacks."""

    def show(name: str, done: int, total: int) -> None:
        sys.stderr.write(f"\r\x1b[Kattack {done} of {total}: {name}")
        if done >= total:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    return show
