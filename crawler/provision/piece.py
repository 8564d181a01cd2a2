"""A piece that set-up brings in: how it is reported when it is there, and when it is not."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from crawler.exits import ExitCode, LiveWitnessError

Say: TypeAlias = Callable[[str], None]
"""Takes one line of progress. The command line prints it; tests collect it."""


class MissingPiece(LiveWitnessError):
    """Something is missing on this machine: `what` and why, and `remedy`, the one command that mends it."""

    exit_code = ExitCode.MISSING

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}. Type: {remedy}")
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of set-up: what was found, or the one command that mends it (empty when nothing needs mending)."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


def cache_folder() -> Path:
    """Where everything that set-up brings in lies: outside the repository, so that a fresh clone finds it again."""
    return Path.home() / ".cache" / "livewitness"


def own_command(arguments: str) -> str:
    """`livewitness ARGUMENTS` as it has to be typed here: by name when the shell finds ours, else by its path."""
    ours = Path(sys.prefix) / "bin" / "livewitness"
    on_path = shutil.which("livewitness")
    if on_path is not None and Path(on_path).resolve() == ours.resolve():
        return f"livewitness {arguments}"
    relative = os.path.relpath(ours)
    shown = str(ours) if relative.startswith("..") else relative
    return f"{shown} {arguments}"
