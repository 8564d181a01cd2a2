"""Exit codes, and the errors that carry them to the command line.

One table, printed in the README; `tests/unit/test_docs.py` keeps both in step.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the `livewitness` command returns. Several rooms: the highest."""

    FINE = 0  # the time given is over, or the broadcast ended
    NOT_VERIFIED = 1  # evidence does not verify
    USAGE = 2  # wrong usage or bad input
    MISSING = 3  # something is missing on this machine
    ROOM = 4  # the room can't be watched: unreachable, not live, login wall, captcha, not found, left the room
    STOPPED = 5  # stopped early (Ctrl-C, SIGTERM, disk full); what was captured is kept
    OURS = 70  # our own fault


class LiveWitnessError(Exception):
    """Root of the errors that a person is meant to read: what rule, what was expected and got, what to type next."""

    exit_code: ExitCode = ExitCode.OURS


class BadInputError(LiveWitnessError):
    """What was typed or written in a job file can't be used."""

    exit_code = ExitCode.USAGE


class RoomError(LiveWitnessError):
    """The room can't be watched, or no longer."""

    exit_code = ExitCode.ROOM
