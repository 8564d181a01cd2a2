"""How a reading process speaks to the watch that started it: one JSON object a line (data path 5)."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress

from crawler.exits import ExitCode, LiveWitnessError
from evidence_store.entries import JSON
from evidence_store.errors import NotAStore, StoreError, UnknownLog

Say = Callable[[dict[str, JSON]], None]


def exit_code_of(error: StoreError | LiveWitnessError) -> ExitCode:
    """What a reading process ends with after an error."""
    if isinstance(error, LiveWitnessError):
        return error.exit_code
    return ExitCode.USAGE if isinstance(error, NotAStore | UnknownLog) else ExitCode.OURS


def speaker() -> Say:
    """Writes JSON lines to what was stdout, and turns stdout itself to stderr: the OCR libraries print there.

    When nobody listens any more (the watch is gone), reading goes on without a word: what counts is in the log.
    """
    out = os.dup(1)
    os.dup2(2, 1)
    lock = threading.Lock()

    def say(event: dict[str, JSON]) -> None:
        with lock, suppress(BrokenPipeError):
            os.write(out, (json.dumps(event, ensure_ascii=False) + "\n").encode())

    return say
