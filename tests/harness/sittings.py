"""Finished watches of the default room that several tests look at: a watch takes half a minute, a look at it none."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tests.harness.grading import Truth
from tests.harness.room import simulated_room, watch

CASE = "案2026-7"
SECRET = "secret-of-a-viewer"
REPORT_S = 1.5  # by then the page's last report has come


@dataclass(frozen=True)
class Sitting:
    """A session in a room. Who writes into its store takes a copy.

    `truth`: what the room knew when the watch ended; `last_truth`: with what its page told when it was left.
    """

    store: Path
    log: str
    seconds: int
    truth: Truth
    last_truth: Truth

    def copied(self, folder: Path) -> Path:
        """Its store once more, to write into."""
        return Path(shutil.copytree(self.store, folder / "store"))


def sit(folder: Path, seconds: int, room_arguments: tuple[str, ...], *arguments: str) -> Sitting:
    """Watch a room of its own for these seconds, with a secret in its address, for a case."""
    store = folder / "store"
    with simulated_room("default", *room_arguments) as room:
        watched = watch(f"{room.url}?token={SECRET}", store, "--for", f"{seconds}s", "--case", CASE, *arguments)
        assert watched.code == 0, watched.err
        truth = room.truth()
        time.sleep(REPORT_S)
        return Sitting(store, watched.log, seconds, truth, room.truth())
