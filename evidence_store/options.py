"""With what a store is opened: made once, frozen."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypedDict

from evidence_store.anchors.settings import AnchorSettings
from evidence_store.durable import FileSystem
from evidence_store.log import WriterLimits


def system_now() -> tuple[int, int]:
    """This machine's clocks: Unix nanoseconds and CLOCK_MONOTONIC nanoseconds."""
    return time.time_ns(), time.monotonic_ns()


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """How a store is opened for writing.

    `database`: URL of a PostgreSQL that `livewitness database init` made ready, else $LIVEWITNESS_DATABASE, else the
    store lies in SQLite files. `anchors`: whom to ask about the register while the store is open (nobody by default).
    `passphrase` opens the store's private key, else the one in the file that $LIVEWITNESS_PASSPHRASE_FILE names.
    `limits`: bounds of each log's writer. `now`, `entropy`, `files`: the outside world, for tests to replace.
    """

    database: str | None = None
    passphrase: str | None = field(default=None, repr=False)
    anchors: AnchorSettings = field(default_factory=AnchorSettings)
    limits: WriterLimits = field(default_factory=WriterLimits)
    now: Callable[[], tuple[int, int]] = system_now
    entropy: Callable[[int], bytes] = os.urandom
    files: FileSystem = field(default_factory=FileSystem)


class StoreArguments(TypedDict, total=False):
    """The members of StoreOptions as keywords of `Store.open`, `Store.create` and `Store.open_or_create`."""

    database: str | None
    passphrase: str | None
    anchors: AnchorSettings
    limits: WriterLimits
    now: Callable[[], tuple[int, int]]
    entropy: Callable[[int], bytes]
    files: FileSystem
