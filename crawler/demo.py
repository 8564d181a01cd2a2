"""`livewitness demo`: a simulated room, a real watch of it, a check of what was kept, and what was read.

Everything but the room is the product as it is used: the same browser, store, reader and checks, each by its own
command.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from crawler.exits import ExitCode, LiveWitnessError

DEFAULT_STORE = Path("evidence-demo")
ROOM_SECONDS = 180.0  # the room's video may have to be made first
SHOWN_LINES = 24  # of what was read; a countdown alone changes every second
_ROOM = re.compile(r"room: (http://\S+)")


class DemoError(LiveWitnessError):
    """The simulated room does not start."""


def run_demo(seconds: float, store: Path | None, say: Callable[[str], None]) -> ExitCode:
    """Returns the first exit code that is not fine, or FINE."""
    path = store or DEFAULT_STORE
    say("1. a simulated live room, on this machine")
    room = subprocess.Popen([sys.executable, "-m", "crawler.simroom"], stdout=subprocess.PIPE, text=True)
    try:
        url = _room_url(room, say)
        say(f"\n2. watching it for {seconds:g} s")
        code = _run(["watch", url, "--for", f"{seconds:g}s", "--case", "demo", "--store", str(path)])
    finally:
        room.terminate()
        room.wait(10)
    if code is not ExitCode.FINE:
        return code
    say("\n3. checking what was kept")
    code = _run(["verify", str(path)])
    if code is not ExitCode.FINE:
        return code
    say("\n4. what was read from the pictures")
    lines, code = _lines(["readings", "last", "--store", str(path)])
    for line in lines[:SHOWN_LINES]:
        say(line)
    if len(lines) > SHOWN_LINES:
        say(f"... and more: livewitness readings last --store {path}\n{lines[-1]}")
    if code is not ExitCode.FINE:
        return code
    sheet = path.parent / f"{path.name}-readings.html"
    code = _run(["readings", "last", "--store", str(path), "--contact-sheet", str(sheet)])
    say(f"\nopen {sheet} in a browser: each value beside its picture")
    say("watch a real room next: livewitness watch URL --for 30m")
    return code


def _room_url(room: subprocess.Popen[str], say: Callable[[str], None]) -> str:
    assert room.stdout is not None  # noqa: S101 - a pipe
    until = time.monotonic() + ROOM_SECONDS
    for line in room.stdout:
        found = _ROOM.search(line)
        if found:
            say(f"   {line.strip()}")
            return found[1]
        say(f"   {line.strip()}")
        if time.monotonic() > until:
            break
    msg = "the simulated room did not start; type: livewitness simroom"
    raise DemoError(msg)


def _lines(arguments: list[str]) -> tuple[list[str], ExitCode]:
    command = [sys.executable, "-c", "from crawler.cli import main; main()", *arguments]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines() or [""], ExitCode(done.returncode)


def _run(arguments: list[str]) -> ExitCode:
    command = [sys.executable, "-c", "from crawler.cli import main; main()", *arguments]
    return ExitCode(subprocess.run(command, check=False).returncode)
