"""Anchoring: keeps authorities and witnesses asked about the register while a store is open (data path 6).

One thread for each party, so that a slow one holds up nobody: no capture, no log, no other party. What waits to be
anchored is not a list: the register's newest checkpoint covers all that came before it, so whoever answers late answers
for everything. What was not anchored when the store closed is anchored by whoever opens it next, or by
`livewitness anchor`.

Several processes may use one store. A file lock for each party makes one of them ask at a time, and each looks into the
register first: one token serves every room.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from evidence_store.anchors.brackets import SECOND_NS
from evidence_store.anchors.parties import AuthorityParty, OpenRegister, Party, WitnessParty
from evidence_store.anchors.records import Record, failure_record
from evidence_store.anchors.settings import AnchorSettings
from evidence_store.codec import parse_entry
from evidence_store.durable import as_store_error
from evidence_store.entries import EntryType
from evidence_store.errors import AnchorError, FutureFormat, LogHeld, Malformed, StoreError
from evidence_store.lease import Lease
from evidence_store.reader import LogReader
from evidence_store.registrar import Registrar

FOLDER = "anchors"
ANCHORS = (EntryType.ANCHOR_TOKEN, EntryType.ANCHOR_COSIGNATURE, EntryType.ANCHOR_FAILED)
_FIRST_RETRY_S = 2.0
_TURN_S = 0.5  # how long to leave the party to another process before looking again
_LONGEST_TURN_S = 30.0  # more than a party's time-out and its revocation lists take


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one party stands. `reachable` is None before it was first asked; `covered` the newest size it anchored.

    `problem` is what it said or did not say, `asked` how often it was asked by this process. `ahead_ns`: how far its
    clock was ahead of ours when it last answered (negative: behind), None before that.
    """

    name: str
    kind: EntryType
    reachable: bool | None = None
    covered: int = 0
    problem: str | None = None
    asked: int = 0
    ahead_ns: int | None = None


class Anchoring:
    """Asks every party when woken and every `settings.every_s` seconds while there is something new.

    Made by the store, after the registrar; close it before the registrar. Safe from any thread. It appends entries to
    the register (section 10 of FORMAT.md) and nothing else; whatever goes wrong stands in `standings`.
    """

    def __init__(
        self,
        root: Path,
        settings: AnchorSettings,
        registrar: Registrar,
        open_register: OpenRegister,
        entropy: Callable[[int], bytes],
        now: Callable[[], tuple[int, int]],
    ) -> None:
        parties: list[Party] = [AuthorityParty(authority, entropy) for authority in settings.authorities]
        parties += [WitnessParty(witness, open_register) for witness in settings.witnesses]
        self._settings = settings
        self._askers = [
            _Asker(party, root / FOLDER, settings, registrar, open_register, lambda: now()[0]) for party in parties
        ]

    def wake(self) -> None:
        """Something worth anchoring at once was registered: a log was opened or closed. Returns at once."""
        for asker in self._askers:
            asker.wake()

    def standings(self) -> tuple[Standing, ...]:
        """Where each party stands now."""
        return tuple(asker.standing for asker in self._askers)

    def close(self, wait_s: float | None = None) -> None:
        """Have what is there anchored, for at most `wait_s`, else `close_wait_s`; record who did not; stop asking."""
        deadline = time.monotonic() + (self._settings.close_wait_s if wait_s is None else wait_s)
        for asker in self._askers:
            asker.finish()
        for asker in self._askers:
            asker.join(max(0.0, deadline - time.monotonic()))
        for asker in self._askers:
            asker.leave()


class _Asker:
    """One party's thread."""

    def __init__(
        self,
        party: Party,
        folder: Path,
        settings: AnchorSettings,
        registrar: Registrar,
        open_register: OpenRegister,
        now_ns: Callable[[], int],
    ) -> None:
        self._party = party
        self._lock_path = folder / f"{party.kind}-{party.name}.lock".replace("/", "_")
        self._every_s = settings.every_s
        self._registrar = registrar
        self._open_register = open_register
        self._now_ns = now_ns
        self._renew_ns = int(settings.renew_before_days * 86_400) * SECOND_NS
        self._expires_ns: int | None = None
        self._looked_to: int | None = None
        self._covered_mono_s = -math.inf
        self._failures = 0
        self._told_failure = False
        self._forced = False
        self._turns = 0
        self._answered: tuple[Record, int] | None = None  # an answer that the register could not take yet, its size
        self._finishing = False
        self._left = False
        self._woken = threading.Event()
        self.standing = Standing(party.name, party.kind)
        self._thread = threading.Thread(target=self._run, name=f"anchor-{party.name}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def finish(self) -> None:
        """Ask once more if there is something new, then end."""
        self._finishing = True
        self._woken.set()

    def join(self, timeout_s: float) -> None:
        self._thread.join(timeout_s)

    def leave(self) -> None:
        """Time is over: what is still on its way is not waited for, and is said in the register."""
        self._left = True
        if self._thread.is_alive() and not self._told_failure:
            late = AnchorError(
                "whoever anchors a store answers before it is closed",
                expected=f"an answer of {self._party.name}",
                got="none when the store was closed",
                next_step="livewitness anchor STORE",
            )
            # Not waited for: a register that somebody holds would keep each party's farewell for its whole time-out.
            with suppress(StoreError):
                self._registrar.submit(*failure_record(self._party.name, max(1, self.standing.covered), 1, late))

    def _run(self) -> None:
        wait_s: float = 0.0
        while True:
            self._forced |= self._woken.wait(wait_s)
            self._woken.clear()
            last = self._finishing
            try:
                wait_s = self._look()
            except (StoreError, OSError) as error:
                # The register or its disk is in trouble: whoever writes logs learns of that, anchoring tries again.
                problem = error if isinstance(error, StoreError) else as_store_error(error, "anchoring")
                self._failures += 1
                self.standing = replace(self.standing, problem=str(problem))
                wait_s = self._retry_s()
            if self._left or (last and wait_s != _TURN_S):
                return

    def _look(self) -> float:
        """Ask if there is something new; gives the seconds until the next look."""
        try:
            self._lock_path.parent.mkdir(exist_ok=True)
            lease = Lease.acquire(self._lock_path, keep=True)
        except LogHeld:
            self._left_to_another()
            return _TURN_S
        self._turns = 0
        try:
            wait_s = self._ask_if_due(now=self._forced or self._finishing)
            self._forced = False
            return wait_s
        finally:
            lease.release()

    def _left_to_another(self) -> None:
        """Another process asks this party just now; one that never comes to an end is stopped, or hangs."""
        self._turns += 1
        if self._turns * _TURN_S > _LONGEST_TURN_S:
            problem = (
                f"another process has been asking {self._party.name} for over {_LONGEST_TURN_S:g} s; look for one that "
                "is stopped: ps -eo pid,stat,args | grep livewitness, then kill -CONT PID"
            )
            self.standing = replace(self.standing, reachable=False, problem=problem)

    def _ask_if_due(self, *, now: bool) -> float:
        if self._answered is not None:
            self._keep(*self._answered)
        with self._open_register() as register:
            self._catch_up(register)
            newest = register.newest(without=ANCHORS)
            # Once in each opening of the store, a token whose certificates end soon is followed by a newer one.
            ends_soon = self._expires_ns is not None and self._expires_ns < self._now_ns() + self._renew_ns
            renewing = ends_soon and not self.standing.asked
            anything_new = renewing or (newest is not None and newest >= self.standing.covered)  # but anchors
            # A witness is asked once even so: it alone notices a register that was put back to an older state.
            if not anything_new and (self.standing.asked or self._party.kind != EntryType.ANCHOR_COSIGNATURE):
                return self._every_s
            rest_s = self._covered_mono_s + self._every_s - time.monotonic()
            if not now and rest_s > 0:
                return rest_s
            checkpoint = register.last_checkpoint()
        if checkpoint is None:
            return self._every_s
        asked_ns = self._now_ns()
        try:
            record = self._party.ask(checkpoint.size, checkpoint.note, self.standing.covered)
        except AnchorError as error:
            self._failed(error, checkpoint.size)
            return self._retry_s()
        ahead_ns = self._party.time_ns(record) - (asked_ns + self._now_ns()) // 2
        self.standing = replace(
            self.standing, reachable=True, problem=None, asked=self.standing.asked + 1, ahead_ns=ahead_ns
        )
        if anything_new and not self._left:
            self._answered = (record, checkpoint.size)
            self._keep(record, checkpoint.size)
        self._failures, self._told_failure = 0, False
        self._covered_mono_s = time.monotonic()
        return self._every_s

    def _keep(self, record: Record, size: int) -> None:
        """Append an answer. One that can't be appended is kept for the next look: nobody is asked for it again."""
        self._registrar.append(*record)
        self._answered = None
        self.standing = replace(self.standing, covered=max(size, self.standing.covered), problem=None)

    def _catch_up(self, register: LogReader) -> None:
        """Take in what other processes had anchored."""
        first_look, size_now = self._looked_to is None, register.size()
        for row in register.rows(self._looked_to or 0, {self._party.kind}):
            try:
                word = self._party.word_in(parse_entry(row.raw))
            except (Malformed, FutureFormat):
                continue  # whose word it was can't be read; verify says so
            if word is not None and word.size > self.standing.covered:
                self._expires_ns = word.expires_ns
                self.standing = replace(self.standing, covered=word.size)
                if not first_look:  # another process had it made just now
                    self._covered_mono_s = time.monotonic()
        self._looked_to = size_now

    def _failed(self, error: AnchorError, size: int) -> None:
        self._failures += 1
        asked = self.standing.asked + 1
        self.standing = replace(self.standing, reachable=False, problem=str(error), asked=asked)
        if not self._told_failure:
            self._tell(error, size)

    def _tell(self, error: AnchorError, size: int) -> None:
        self._told_failure = True
        self._registrar.append(*failure_record(self._party.name, size, max(1, self._failures), error))

    def _retry_s(self) -> float:
        return min(self._every_s, _FIRST_RETRY_S * float(2 ** min(10, max(0, self._failures - 1))))
