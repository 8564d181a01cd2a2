"""Runs a drill: a copy of the store, then for each attack a copy of that copy, attacked, verified, thrown away.

Of the store itself everything is read and nothing opened for writing. The first copy is whole (no links to the store);
the others are hard links to it, and an attack writes what it attacks anew.
"""

from __future__ import annotations

import random
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from evidence_store.anchors.chains import is_root, read_pem
from evidence_store.anchors.cosignature import CosignerKey
from evidence_store.anchors.records import read_cosignature, read_token
from evidence_store.blobs import Blobs
from evidence_store.databases.copying import copy_store
from evidence_store.drill.attacks import Attack, Needs, attacks_on
from evidence_store.drill.target import NothingToAttackError, Target, link_tree
from evidence_store.durable import as_store_error
from evidence_store.entries import EntryType
from evidence_store.errors import Corrupt, DiskFull, NotAStore, UnknownLog
from evidence_store.marker import read_marker
from evidence_store.verify import Report, Status, Trust, verify
from evidence_store.verify.known import read_known

_SPARE_BYTES = 64 << 20
"""Room that a drill leaves beside the copy and the files that it attacks."""

Progress = Callable[[str, int, int], None]


class Outcome(StrEnum):
    """What became of an attack."""

    SEEN = "seen"  # by verify alone
    NOTED = "noted"  # it harms nothing, and is listed
    OUTSIDE = "seen from outside"  # by whoever knows a checkpoint, a root or a witness's key from elsewhere
    ABSENT = "nothing to attack"
    UNSEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Result:
    """One attack: `checks` failed (or noted), `where` is the first place that was named.

    `given`: where verify alone saw nothing, which checks fail with each of the options that say what is known from
    elsewhere. `located`: whether the report names the place that was changed. `lacks`: what the store has none of.
    """

    attack: Attack
    outcome: Outcome
    checks: tuple[int, ...] = ()
    given: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    where: str = ""
    located: bool = False
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Drill:
    """A whole drill. `ok` when no attack went unseen."""

    store: str
    seed: int
    anchors: int
    results: tuple[Result, ...]

    @property
    def ok(self) -> bool:
        return all(result.outcome is not Outcome.UNSEEN for result in self.results)


@dataclass(frozen=True, slots=True)
class Outside:
    """What a verifier may know from elsewhere of the store before it was attacked: option -> Trust."""

    known: tuple[tuple[str, Trust], ...]
    anchors: int


def run_drill(
    root: Path,
    *,
    seed: int = 0,
    keep: Path | None = None,
    database: str | None = None,
    progress: Progress | None = None,
) -> Drill:
    """Attack copies of the store at `root`, which is left as it is. Takes about two verifications an attack.

    `keep`: a new or empty folder in which the attacked copies stay, one each. `database`: URL of a store on PostgreSQL,
    whose copy is on SQLite. `progress(name, done, total)` is called before each attack. Raises StoreError: NotAStore,
    UnknownLog for a store without a log, DiskFull, Corrupt for one that does not verify to begin with.
    """
    store = read_marker(root).store
    with _folder(keep) as place:
        try:
            _need_room(root, place)
            base = place / "copy"
            copy_store(root, base, database=database)
            _need_sound(base)
            target = Target(base, random.Random(seed))  # noqa: S311 - chooses places, guards nothing
            if not target.logs():
                raise UnknownLog(
                    "a drill attacks a store with a log in it",
                    expected="a log with an entry",
                    got=f"none in {root}",
                    next_step="livewitness demo --store DIR makes one",
                )
            outside = what_is_known(target)
            attacks = attacks_on(target)
            results = []
            for number, attack in enumerate(attacks, 1):
                if progress is not None:
                    progress(attack.name, number, len(attacks))
                copy = place / f"{number:02}-{_file_name(attack.name)}"
                link_tree(base, copy)
                results.append(_run_one(attack, copy, outside, random.Random(f"{seed} {number}")))  # noqa: S311
                if keep is None:
                    shutil.rmtree(copy)
        except OSError as error:
            raise as_store_error(error, f"a drill in {place}") from error
    return Drill(store, seed, outside.anchors, tuple(results))


def what_is_known(target: Target) -> Outside:
    """What somebody may have kept from this store: its newest checkpoint; whose tokens and cosignatures it holds."""
    tokens = [read_token(entry) for entry in target.entries(target.register_file, EntryType.ANCHOR_TOKEN)]
    lines = target.entries(target.register_file, EntryType.ANCHOR_COSIGNATURE)
    chains = [read_pem(Blobs(target.root).read(token.chain)) for token in tokens]
    roots = {certificate for chain in chains for certificate in chain if is_root(certificate)}
    witnesses = {CosignerKey.parse(read_cosignature(entry).vkey) for entry in lines}
    notes = target.checkpoints(target.register_file)[-1:]
    known = [("--known", Trust(checkpoints=tuple(read_known(row.note) for row in notes)))] if notes else []
    if roots:
        known.append(("--trust", Trust(roots=tuple(roots))))
    if witnesses:
        known.append(("--witness", Trust(witnesses=tuple(witnesses))))
    return Outside(tuple(known), len(tokens) + len(lines))


def _run_one(attack: Attack, copy: Path, outside: Outside, source: random.Random) -> Result:
    try:
        place = attack.run(Target(copy, source))
    except NothingToAttackError as error:
        return Result(attack, Outcome.ABSENT, lacks=str(error))
    report = verify(copy)
    if not report.ok:
        return _result(attack, Outcome.SEEN, report, place)
    noted = [
        result.number
        for result in report.results
        for finding in result.findings
        if result.status is Status.NOTE and place in f"{finding.where} {finding.got}"
    ]
    if attack.needs is Needs.NOTHING:
        return Result(
            attack, Outcome.NOTED if noted else Outcome.UNSEEN, tuple(noted), where=place, located=bool(noted)
        )
    results = {
        option: _result(attack, Outcome.OUTSIDE, verify(copy, trust=trust), place) for option, trust in outside.known
    }
    seen = {option: result.checks for option, result in results.items() if result.checks}
    if not seen or (attack.needs is Needs.ANCHOR and outside.anchors):  # what others said should have shown it
        return Result(attack, Outcome.UNSEEN, given=seen, where=place)
    checks = tuple(sorted({check for failed in seen.values() for check in failed}))
    return replace(results[next(iter(seen))], checks=checks, given=seen)


def _result(attack: Attack, outcome: Outcome, report: Report, place: str) -> Result:
    failed = tuple(result.number for result in report.results if result.status is Status.FAIL)
    findings = [finding for result in report.results for finding in result.findings if finding.status is Status.FAIL]
    named = next((finding for finding in findings if place in f"{finding.where} {finding.got}"), None)
    where = (named or findings[0]).where if findings else ""
    return Result(attack, outcome, failed, where=where, located=named is not None)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="livewitness-drill-") as place:
            yield Path(place)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise NotAStore(
            "attacked copies are kept in a new or empty folder",
            expected=f"nothing at {keep}",
            got="something",
            next_step="choose another --keep",
        )
    keep.mkdir(parents=True, exist_ok=True)
    yield keep


def _need_room(root: Path, place: Path) -> None:
    """The copy, then one attacked copy whose databases are all written anew, and as large a blob."""
    sizes = [
        (path.suffix == ".db", found.st_size)
        for path in root.rglob("*")
        if stat.S_ISREG((found := path.lstat()).st_mode)
    ]
    databases = sum(size for is_database, size in sizes if is_database)
    needed = sum(size for _, size in sizes) + 2 * databases + max((size for _, size in sizes), default=0) + _SPARE_BYTES
    free = shutil.disk_usage(place).free
    if free < needed:
        raise DiskFull(
            "a drill works on a whole copy of the store",
            expected=f"{needed:,} bytes free at {place}",
            got=f"{free:,} bytes",
            next_step="livewitness drill STORE --keep DIR (DIR on another disk), or TMPDIR=DIR livewitness drill STORE",
        )


def _need_sound(base: Path) -> None:
    report = verify(base)
    if not report.ok:
        first = next(result for result in report.results if result.status in {Status.FAIL, Status.UNCHECKED})
        raise Corrupt(
            "a drill begins with a store that verifies",
            expected=f"check {first.number} ({first.name}): {first.expected}",
            got=f"{first.where}: {first.got}",
            next_step="livewitness verify STORE",
        )


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)[:60]
