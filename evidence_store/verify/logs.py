"""Checks 9 to 14 and 19: one log, walked once from its bytes, against the register and its own ending."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from evidence_store.anchors.brackets import SECOND_NS, Bracket, Brackets, moment
from evidence_store.catalog import LONGEST_UNSIGNED_NS, Catalog, Ending, Head, LogRecord
from evidence_store.checkpoint import VerifierKey
from evidence_store.codec import NO_ENTRY
from evidence_store.databases.seam import Databases
from evidence_store.entries import AFTER, BlobRef, EntryType, StoredEntry
from evidence_store.errors import StoreError
from evidence_store.lease import LOCK_SUFFIX, is_held
from evidence_store.marker import LOGS
from evidence_store.merkle import EMPTY_ROOT
from evidence_store.reader import LogReader
from evidence_store.verify.garbled import garbled_is_corrupt
from evidence_store.verify.newer import NewerTokens
from evidence_store.verify.readings import ReadingCheck
from evidence_store.verify.report import Findings
from evidence_store.verify.walk import LOG, CheckpointCheck, Walked, walk

OUTSIDE_NS = 15 * SECOND_NS
"""How far a wall clock may lie outside a bracket before it is noted; a long segment begins well before it is kept."""
FAR_OUTSIDE_NS = 600 * SECOND_NS
"""From here it fails: a clock that is minutes off is an observation about a machine, hours are another story."""
LATE_NS = 86_400 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Walk:
    """What a log is checked against: everything that the register's first `seen` entries said."""

    root: Path
    record: LogRecord
    catalog: Catalog
    key: VerifierKey | None
    brackets: Brackets
    seen: int


@dataclass(slots=True)
class Outcome:
    """What a walk found, and the blobs that the log names, each with where it first stands."""

    findings: Findings = field(default_factory=Findings)
    blobs: list[tuple[BlobRef, str]] = field(default_factory=list)


def check_log(task: Walk, databases: Databases) -> Outcome:
    """Walk one log whose database is there."""
    record, outcome, where = task.record, Outcome(), f"log {task.record.log}"
    findings = outcome.findings
    # Asked before the walk: a writer that ends meanwhile must not make its log look cut off.
    held = is_held(task.root / LOGS / f"{record.log}{LOCK_SUFFIX}")
    readings = ReadingCheck(record, databases, task.catalog, findings) if record.kind == "reading" else None
    try:
        with garbled_is_corrupt(), LogReader(databases.log(record.log, "ro")) as reader:
            newer = NewerTokens(databases, task.seen)
            _LogCheck(reader, task, outcome, where, newer, held=held).run(readings)
    except StoreError as error:
        findings.fail(3, expected=error.expected, got=error.got, where=where)
        unseen = {*range(9, 15), 15, 16, 17, 23} | ({19} if readings is not None else set())
        for number in sorted(unseen):  # blobs too: which ones its entries name, nobody knows
            findings.unchecked(range(number, number + 1), why="the database can't be read to its end", where=where)
    finally:
        if readings is not None:
            readings.close()
    return outcome


class _LogCheck:
    """The state of one walk."""

    def __init__(
        self,
        reader: LogReader,
        task: Walk,
        outcome: Outcome,
        where: str,
        newer: NewerTokens,
        *,
        held: bool,
    ) -> None:
        self._reader = reader
        self._newer = newer
        self._record = task.record
        self._key = task.key
        self._brackets = task.brackets
        self._after: str | None = None
        self._named: set[BlobRef] = set()
        self._outcome = outcome
        self._findings = outcome.findings
        self._where = where
        self._held = held
        self._counts: Counter[str] = Counter()
        self._last: StoredEntry | None = None
        self._close: StoredEntry | None = None
        self._signed: StoredEntry | None = None  # the last entry that a checkpoint ends with
        self._unsigned = 0
        self._uncovered = 0
        self._latest_ns = 0

    def run(self, readings: ReadingCheck | None) -> None:
        # Read before the entries: whatever these speak of is committed by now, also while the log is being written.
        checkpoints = CheckpointCheck(
            iter(list(self._reader.checkpoints())), lambda _: self._key, self._findings, LOG, self._where
        )
        heads = list(self._record.heads)
        by_size: dict[int, list[Head]] = {}
        for head in heads:
            by_size.setdefault(head.size, []).append(head)
        state: Walked | None = None
        for head in by_size.get(0, ()):
            self._check_head(head, EMPTY_ROOT.hex(), NO_ENTRY)
        for entry, state in walk(self._reader, self._findings, LOG, self._where):
            signed = checkpoints.at(state.tree)
            self._unsigned = 0 if signed else self._unsigned + 1
            self._signed = entry if signed else self._signed
            for head in by_size.get(state.tree.size, ()):
                self._check_head(head, state.tree.root().hex(), state.head)
            if entry is not None:
                self._take(entry, readings)
        checkpoints.end()
        size = state.tree.size if state is not None else 0
        self._heads_beyond(heads, size)
        self._heads_without_checkpoint(heads, checkpoints.sizes)
        self._check_ending(size)
        self._check_unsigned()
        self._say_how_late()

    def _take(self, entry: StoredEntry, readings: ReadingCheck | None) -> None:
        here = f"{self._where} entry {entry.index}"
        if (entry.index == 0) != (entry.type == EntryType.SESSION_OPEN):
            self._findings.fail(14, expected="session.open at index 0 and nowhere else", got=entry.type, where=here)
        if self._close is not None:
            self._findings.fail(14, expected="nothing after session.close", got=entry.type, where=here)
        if entry.type == EntryType.SESSION_CLOSE:
            self._close = entry
            counts, last = entry.body.get("counts"), entry.body.get("last")
            if counts != dict(self._counts):
                self._findings.fail(14, expected=f"counts {dict(self._counts)}", got=f"counts {counts}", where=here)
            if last != entry.prev:
                self._findings.fail(14, expected=f"last {entry.prev}", got=f"last {last}", where=here)
        self._counts[entry.type] += 1
        self._last = entry
        for blob in entry.blobs:
            if blob not in self._named:
                self._named.add(blob)
                self._outcome.blobs.append((blob, here))
        if readings is not None:
            readings.take(entry, here)
        self._check_time(entry, here)

    def _check_time(self, entry: StoredEntry, here: str) -> None:
        self._findings.count(23)
        if entry.type in {EntryType.SESSION_OPEN, EntryType.HEARTBEAT}:
            named = entry.body.get(AFTER)
            self._after = named if isinstance(named, str) else None
            known = self._after is not None and self._brackets.knows(self._after)
            if named is not None and not known and (self._after is None or self._after not in self._newer):
                self._findings.fail(
                    23, expected="`after`: a token in the register that passes", got=repr(named)[:80], where=here
                )
        bracket = self._brackets.of_log_entry(self._record.log, entry.index, self._after)
        say_outside(bracket, entry, self._findings, here)
        if bracket.not_after is None:
            self._uncovered += 1
        else:
            self._latest_ns = max(self._latest_ns, bracket.not_after.time_ns - entry.wall_ns)

    def _check_head(self, head: Head, root: str, last: str) -> None:
        self._findings.count(13)
        if (head.root, head.head) != (root, last):
            self._findings.fail(
                13,
                expected=f"size {head.size}: root {head.root}, head {head.head} (register entry {head.at})",
                got=f"root {root}, head {last}",
                where=self._where,
            )

    def _heads_beyond(self, heads: list[Head], size: int) -> None:
        for head in heads:
            if head.size > size:
                self._findings.fail(
                    13,
                    expected=f"at least {head.size} entries (register entry {head.at})",
                    got=f"{size} entries: the log was cut short or rolled back",
                    where=self._where,
                )

    def _heads_without_checkpoint(self, heads: list[Head], sizes: set[int]) -> None:
        for head in heads:
            # Nobody could sign for a log whose writer was dead: a cut-off head has no checkpoint of its own.
            if head.ending is not Ending.CUT_OFF and head.size not in sizes:
                self._findings.fail(
                    11,
                    expected=f"a checkpoint of size {head.size} (register entry {head.at})",
                    got="none",
                    where=self._where,
                )

    def _check_ending(self, size: int) -> None:
        self._findings.count(14)
        ending = self._record.ending
        last_head = self._record.heads[-1] if self._record.heads else None
        if ending is not None and last_head is not None and size > last_head.size:
            self._findings.fail(
                14,
                expected=f"{last_head.size} entries: registered as {ending} (register entry {last_head.at})",
                got=f"{size} entries",
                where=self._where,
            )
        if ending is Ending.CLOSED and self._close is None:
            self._findings.fail(
                14, expected="session.close as the last entry", got=self._last_words(), where=self._where
            )
        elif ending is Ending.CUT_OFF:
            if self._close is not None:
                self._findings.fail(14, expected="no session.close in a cut-off log", got="one", where=self._where)
            self._note("a log that was closed", f"cut off after {size} entries; {self._last_words()}")
        elif ending is None and self._held:
            self._note("a log that was closed", f"being written, {size} entries so far")
        elif ending is None and self._close is not None:
            self._note("log.closed in the register", "closed, not registered yet: the next writer does it")
        elif ending is None:
            self._note(
                "a log that was closed", f"cut off after {size} entries, not registered yet; {self._last_words()}"
            )

    def _check_unsigned(self) -> None:
        """What stands after the last checkpoint of a log that nobody writes any more: nobody signed for it."""
        if not self._unsigned or self._held or self._record.ending is Ending.CLOSED or self._last is None:
            return
        if self._close is not None:
            self._findings.fail(
                14, expected="session.close under a checkpoint of the log's key", got="none there", where=self._where
            )
        if self._signed is None:
            return
        since_ns, wall_ns = self._last.mono_ns - self._signed.mono_ns, self._last.wall_ns - self._signed.wall_ns
        seconds = f"{since_ns / SECOND_NS:.0f} s ({wall_ns / SECOND_NS:.0f} s by the wall clock)"
        over = f"{self._unsigned} entries after the last checkpoint, {seconds}: nobody signed for them"
        if since_ns > LONGEST_UNSIGNED_NS:  # not before it: a gap carries the time at which it began
            expected = f"a checkpoint every minute, so at most {LONGEST_UNSIGNED_NS // SECOND_NS} s without one"
            self._findings.fail(14, expected=expected, got=over, where=self._where)
        else:
            self._note("a checkpoint over the last entry", over)

    def _say_how_late(self) -> None:
        """Check 23: entries that no anchor covers, where there are anchors; and how late the first one came."""
        if self._uncovered and self._brackets.any and not self._held:
            got = f"{self._uncovered} of {self._counts.total()} entries have no anchor after them (not after: none)"
            self._findings.note(23, expected="an anchor over each entry", got=got, where=self._where)
        if self._latest_ns > LATE_NS:
            got = f"an entry was anchored {self._latest_ns / SECOND_NS / 86_400:.1f} days after its own time"
            self._findings.note(23, expected="an anchor within a day", got=got, where=self._where)

    def _note(self, expected: str, got: str) -> None:
        self._findings.note(14, expected=expected, got=got, where=self._where)

    def _last_words(self) -> str:
        if self._last is None:
            return "no entry"
        when = datetime.fromtimestamp(self._last.wall_ns // 10**9, UTC).isoformat()
        return f"last entry {self._last.type} of {when}"


def say_outside(bracket: Bracket, entry: StoredEntry, findings: Findings, here: str) -> None:
    """Check 23: whether the entry's own wall clock lies outside what the anchors say."""
    outside_ns = bracket.outside_ns(entry.wall_ns)
    if outside_ns > OUTSIDE_NS:
        tell = findings.fail if outside_ns > FAR_OUTSIDE_NS else findings.note
        got = f"{moment(entry.wall_ns)}, {outside_ns / SECOND_NS:.0f} s outside"
        tell(23, expected=f"a time {bracket}", got=got, where=here)
