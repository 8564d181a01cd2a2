"""A simulated room and a watch of it, each a process of its own, as a person would start them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOM = re.compile(r"room: (http://\S+)")
MAIN = [sys.executable, "-c", "from crawler.cli import main; main()"]


@dataclass(frozen=True)
class Room:
    """A simulated room that is being served."""

    url: str
    process: subprocess.Popen[str]

    @property
    def base(self) -> str:
        return "/".join(self.url.split("/")[:3])

    def truth(self) -> dict[str, Any]:
        """What the room knows by now."""
        with urllib.request.urlopen(f"{self.base}/truth.json", timeout=20) as answer:
            value: dict[str, Any] = json.load(answer)
            return value


@contextmanager
def simulated_room(scenario: str = "default", *arguments: str) -> Iterator[Room]:
    """Serve a scenario on a free loopback port until the block ends."""
    command = [sys.executable, "-m", "crawler.simroom", "--scenario", scenario, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := _ROOM.search(line):
                yield Room(found[1], process)
                break
        else:
            raise AssertionError(f"the simulated room {scenario} did not start")
    finally:
        process.terminate()
        process.communicate(timeout=10)


@dataclass(frozen=True)
class Watched:
    """A finished watch: exit code, what it printed, how long it took."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    @property
    def log(self) -> str:
        """The session's capture log."""
        return next(str(event["log"]) for event in self.events if event["event"] == "opened")


def watch(url: str, store: Path, *arguments: str, limit: float = 110.0) -> Watched:
    """`livewitness watch URL --store STORE --json ...`, to its end."""
    began = time.monotonic()
    process = start_watch(url, store, *arguments)
    try:
        out, err = process.communicate(timeout=limit)
    finally:
        if process.poll() is None:
            process.kill()
    return Watched(process.returncode, out, err, time.monotonic() - began)


def start_watch(url: str, store: Path, *arguments: str) -> subprocess.Popen[str]:
    """The same, running."""
    return subprocess.Popen(
        [*MAIN, "watch", url, "--store", str(store), "--json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def wait_for_event(process: subprocess.Popen[str], wanted: str, limit: float = 60.0, **members: Any) -> dict[str, Any]:
    """Read a running watch's events until one of this kind, with these members, comes."""
    assert process.stdout is not None
    until = time.monotonic() + limit
    for line in process.stdout:
        if line.startswith("{"):
            event: dict[str, Any] = json.loads(line)
            if event["event"] == wanted and all(event.get(key) == value for key, value in members.items()):
                return event
        if time.monotonic() > until:
            break
    process.send_signal(signal.SIGKILL)
    raise AssertionError(f"no event {wanted} {members} within {limit} s; stderr: {process.communicate()[1][-2000:]}")


def livewitness(*arguments: str, limit: float = 60.0) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run([*MAIN, *arguments], capture_output=True, text=True, timeout=limit, check=False)
