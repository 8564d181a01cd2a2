"""`verify`: everything recomputed from the bytes, as numbered checks (FORMAT.md section 9).

It reads only, needs no key and no network, streams (memory grows with the number of blobs, not with their size), and
works while other processes write: what it reads first never speaks of what it reads later.

The order, with the numbers of the checks:
    1, 2    store.json and the store's public key
    3       each database by itself
    4 - 6   the register, walked once: entries, checkpoints, bodies -> catalog of logs
    7, 8    files against the catalog, key statements; 20 on the way through 5 and 8
    9 - 14  each log, walked once; 19 on the way for reading logs
    15 - 18 each blob once, then what nothing names
    21, 22  tokens and cosignatures, after the register; 23 the times of entries against them, while logs are walked
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from evidence_store.anchors.brackets import Brackets
from evidence_store.blobs import BLOBS, Blobs
from evidence_store.catalog import Catalog
from evidence_store.codec import parse_entry
from evidence_store.databases.opening import databases_of
from evidence_store.databases.seam import Databases
from evidence_store.errors import FutureFormat, Malformed, StoreError
from evidence_store.lease import LOCK_SUFFIX, is_held
from evidence_store.marker import LOGS, read_marker
from evidence_store.reader import LogReader
from evidence_store.verify.anchors import AnchorCheck, Trust
from evidence_store.verify.blobs import BlobCheck, Progress
from evidence_store.verify.cores import walk_logs
from evidence_store.verify.garbled import garbled_is_corrupt
from evidence_store.verify.keys import KeyCheck
from evidence_store.verify.known import KnownCheckpoints
from evidence_store.verify.logs import Walk, say_outside
from evidence_store.verify.report import CHECKS, CheckResult, Finding, Findings, Report, Status
from evidence_store.verify.walk import REGISTER, CheckpointCheck, walk

__all__ = ["CHECKS", "CheckResult", "Finding", "Progress", "Report", "Status", "Trust", "verify"]


def verify(
    path: str | os.PathLike[str],
    *,
    progress: Progress | None = None,
    database: str | None = None,
    trust: Trust | None = None,
    now_ns: Callable[[], int] = time.time_ns,
) -> Report:
    """Check a whole store and say what was found. Never raises for what lies in the store.

    `trust`: what the verifier knows from elsewhere; `now_ns` tells which certificates have expired.
    `database` is the URL of a store on PostgreSQL, else $LIVEWITNESS_DATABASE; a role that may only read will do.
    `progress(what, done, total)` is called now and then: "logs" counts logs, "blobs" counts bytes. Takes about as long
    as SHA-256 over all blobs. Raises nothing but what `progress` raises.
    """
    return _Verification(Path(path), progress or _silent, database, trust or Trust(), now_ns()).run()


def _silent(_what: str, _done: int, _total: int) -> None:
    """Nobody wants to know."""


class _Verification:
    def __init__(self, root: Path, progress: Progress, database: str | None, trust: Trust, now_ns: int) -> None:
        self._root = root
        self._database = database
        self._progress = progress
        self._register_size: int | None = None
        self._walked = 0  # of the register, which may have grown beyond that size meanwhile
        self._findings = Findings()
        self._blobs = BlobCheck(root, self._findings, progress)
        self._anchors = AnchorCheck(Blobs(root), self._findings, trust, now_ns)
        self._trust = trust

    def run(self) -> Report:
        try:
            store = read_marker(self._root).store
        except (StoreError, OSError) as error:
            self._fail(1, error, "store.json")
            self._findings.unchecked(range(2, len(CHECKS) + 1), why="this is no store that we know", where="store.json")
            return self._findings.report(str(self._root), None)
        self._findings.count(1)
        try:
            keys = KeyCheck(self._root, store, self._findings)
            keys.check_files()
            databases = databases_of(self._root, self._database)
            try:
                self._check(keys, databases)
            finally:
                databases.close()
        except StoreError as error:  # a database that is not named, or out of reach
            self._fail(3, error, "database")
            self._findings.unchecked(range(4, len(CHECKS) + 1), why="the database was not reached", where="database")
        except OSError as error:  # a folder that we may not read, a disk that fails: what was not seen must not pass
            self._findings.unchecked(range(3, len(CHECKS) + 1), why=str(error), where=str(self._root))
        return self._findings.report(str(self._root), store, self._register_size)

    def _check(self, keys: KeyCheck, databases: Databases) -> None:
        # Listed before the register is read: a log is registered before its database is made.
        logs = databases.logs()
        for number, name in ((7, LOGS), (15, BLOBS)):
            if not (self._root / name).is_dir():
                self._findings.fail(number, expected=f"a folder {name}/", got="none", where=name)
        self._check_databases(databases, logs)
        catalog = self._check_register(databases, keys)
        if catalog is None:
            return
        self._check_known(databases, catalog, logs)
        self._check_logs(databases, keys, catalog)
        self._blobs.run()

    def _check_logs(self, databases: Databases, keys: KeyCheck, catalog: Catalog) -> None:
        heads = {record.log: [(head.size, head.at) for head in record.heads] for record in catalog.logs.values()}
        opened = {record.log: record.opened_at for record in catalog.logs.values()}
        brackets = Brackets(self._anchors.good, heads, opened, self._anchors.untrusted)
        self._check_register_times(databases, brackets)
        tasks = []
        for record in catalog.logs.values():
            vkey = keys.check_log(record)
            if databases.has_log(record.log):
                tasks.append(Walk(self._root, record, catalog, vkey, brackets, self._walked))
        for done, outcome in enumerate(walk_logs(tasks, databases, self._database)):
            self._progress("logs", done, len(tasks))
            self._findings.merge(outcome.findings)
            for blob, where in outcome.blobs:
                self._blobs.keep(blob, where)
        self._progress("logs", len(tasks), len(tasks))

    def _check_register_times(self, databases: Databases, brackets: Brackets) -> None:
        if not self._anchors.good:
            return
        with LogReader(databases.register("ro")) as reader:
            for row in reader.rows():
                try:
                    entry = parse_entry(row.raw)
                except (Malformed, FutureFormat):
                    continue  # check 4 says so
                self._findings.count(23)
                where = f"register entry {row.idx}"
                say_outside(brackets.of_register_entry(row.idx), entry, self._findings, where)

    def _check_databases(self, databases: Databases, logs: list[str]) -> None:
        for log in (None, *logs):
            self._findings.count(3)
            where = databases.name_of(log)
            try:
                with (
                    garbled_is_corrupt(),
                    LogReader(databases.register("ro") if log is None else databases.log(log, "ro")) as reader,
                ):
                    for problem in reader.integrity():
                        self._findings.fail(3, expected="a sound database", got=problem, where=where)
            except StoreError as error:
                self._fail(3, error, where)

    def _check_register(self, databases: Databases, keys: KeyCheck) -> Catalog | None:
        catalog = Catalog()
        try:
            with garbled_is_corrupt(), LogReader(databases.register("ro")) as reader:
                self._walk_register(reader, keys, catalog)
        except StoreError as error:
            self._fail(4, error, "register")
            why = "the register can't be read to its end"
            self._findings.unchecked(range(5, len(CHECKS) + 1), why=why, where="register")
            return None
        return catalog

    def _walk_register(self, reader: LogReader, keys: KeyCheck, catalog: Catalog) -> None:
        # As many checkpoints as entries: both are bounded by the size now, so that a growing register stays consistent.
        size = reader.size()
        self._register_size = size
        keys.read(reader)
        rows = (row for row in reader.checkpoints() if row.size <= size)
        checkpoints = CheckpointCheck(rows, keys.of_checkpoint, self._findings, REGISTER, "register")
        known = KnownCheckpoints(self._trust.checkpoints, reader.log, self._findings)
        for entry, state in walk(reader, self._findings, REGISTER, "register"):
            self._walked = state.tree.size
            known.at(state.tree)
            here = f"register entry {state.tree.size - 1}"
            if state.tree.size <= size and not checkpoints.at(state.tree):
                self._findings.fail(5, expected=f"a checkpoint of size {state.tree.size}", got="none", where=here)
            if entry is None:
                continue
            self._findings.count(6)
            try:
                catalog.add(entry)
                self._anchors.take(entry)
            except Malformed as error:
                self._fail(6, error, here)
            for blob in entry.blobs:
                self._blobs.keep(blob, here)
        checkpoints.end()
        known.end(self._walked)
        if reader.size() > size:
            keys.read(reader)  # what was opened since the first look may have been signed by a newer key
        keys.check_changes(size)
        self._anchors.run(reader)
        last = reader.last_checkpoint()
        if last is not None and last.size > reader.size():
            self._findings.fail(
                5, expected=f"at least {last.size} entries", got=f"{reader.size()} entries", where="register"
            )

    def _check_known(self, databases: Databases, catalog: Catalog, logs: list[str]) -> None:
        for log in logs:
            self._findings.count(7)
            if log not in catalog.logs:
                where = databases.name_of(log)
                self._findings.fail(7, expected="log.opened in the register", got="none", where=where)
        there = set(databases.logs())
        for record in catalog.logs.values():
            if record.log in there:
                continue
            if any(head.size for head in record.heads):
                self._findings.fail(
                    7,
                    expected=f"a database with {record.heads[-1].size} entries (register entry {record.heads[-1].at})",
                    got="none",
                    where=f"log {record.log}",
                )
            else:
                held = is_held(self._root / LOGS / f"{record.log}{LOCK_SUFFIX}")
                got = "being opened just now" if held else "cut off before its first entry"
                self._findings.note(14, expected="a log that was closed", got=got, where=f"log {record.log}")

    def _fail(self, number: int, error: StoreError | OSError, where: str) -> None:
        if isinstance(error, StoreError):
            self._findings.fail(number, expected=f"{error.rule}: {error.expected}", got=error.got, where=where)
        else:
            self._findings.fail(number, expected="a file that can be read", got=error, where=where)
