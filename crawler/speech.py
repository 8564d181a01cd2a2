"""What the commands have in common: how they speak to a person or a pipe, and where the store is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from crawler.exits import ExitCode

StoreOption = Annotated[
    Path | None, typer.Option("--store", help="The store's folder; else $LIVEWITNESS_STORE, else ./evidence.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="For scripts.")]


def store_of(option: Path | None) -> Path:
    """The store that a command works on: the option, else the environment's, else ./evidence."""
    return option or Path(os.environ.get("LIVEWITNESS_STORE") or "evidence")


def line(text: str) -> None:
    """A line to standard output; raises BrokenPipeError when nobody reads it any more."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """A line to standard output. Whoever read it may have gone away (`| head`): that is no fault."""
    try:
        line(text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.FINE) from None
