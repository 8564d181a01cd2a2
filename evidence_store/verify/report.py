"""The result of a verification: numbered checks, each with what was expected, what was got, and where (FORMAT.md 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from evidence_store.entries import JSON

CHECKS: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        1: ("store marker", "marker"),
        2: ("store key", "key"),
        3: ("databases sound", "database"),
        4: ("register entries", "register entry"),
        5: ("register checkpoints", "register checkpoint"),
        6: ("register bodies", "register entry"),
        7: ("logs known", "log"),
        8: ("log keys", "log key"),
        9: ("entries canonical", "entry"),
        10: ("chain", "entry"),
        11: ("checkpoint signatures", "checkpoint"),
        12: ("checkpoint roots", "checkpoint"),
        13: ("heads in the register", "registered head"),
        14: ("opening and ending", "log"),
        15: ("blobs present", "blob"),
        16: ("blob digests", "blob"),
        17: ("parts", "parts blob"),
        18: ("files beside", "file"),
        19: ("readings", "reading"),
        20: ("key changes", "key change"),
        21: ("time-stamp tokens", "token"),
        22: ("cosignatures", "cosignature"),
        23: ("brackets", "entry"),
    }
)
"""Number -> (name, what is counted). FORMAT.md section 9 says what each compares."""

LISTED = 20
"""How many findings of one check a report lists; the rest are counted."""


class Status(StrEnum):
    """What a check came to, worst last. A note is worth knowing and is no failure; what nobody looked at can't pass."""

    PASS = "pass"  # noqa: S105 - the word, not a password
    NOTE = "note"
    UNCHECKED = "not checked"
    FAIL = "fail"


_SEVERITY = tuple(Status)
_BAD = (Status.FAIL, Status.UNCHECKED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found. `where` names log, entry index, file or blob."""

    status: Status
    expected: str
    got: str
    where: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: its worst status, its first finding of that status, and up to 20 findings; `more` were left out."""

    number: int
    name: str
    status: Status
    expected: str
    got: str
    where: str
    findings: tuple[Finding, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of `verify`. `ok` when no check failed and each was made; notes do not fail.

    `register_size`: how many entries of the register were looked at; None when it could not be read.
    """

    path: str
    store: str | None
    results: tuple[CheckResult, ...]
    register_size: int | None = None

    @property
    def ok(self) -> bool:
        return all(result.status not in _BAD for result in self.results)

    @property
    def exit_code(self) -> int:
        """0 when nothing failed, 1 otherwise."""
        return 0 if self.ok else 1

    def to_json(self) -> dict[str, JSON]:
        """The report as plain JSON values."""
        return {
            "path": self.path,
            "store": self.store,
            "ok": self.ok,
            "register_size": self.register_size,
            "checks": [
                {
                    "number": result.number,
                    "name": result.name,
                    "status": result.status.value,
                    "expected": result.expected,
                    "got": result.got,
                    "where": result.where,
                    "findings": [
                        {"status": each.status.value, "expected": each.expected, "got": each.got, "where": each.where}
                        for each in result.findings
                    ],
                    "more": result.more,
                }
                for result in self.results
            ],
        }

    def lines(self) -> list[str]:
        """The report as text for a person, a line per check and two per finding."""
        lines = [f"store {self.store or '(unknown)'} in {self.path}"]
        for result in self.results:
            lines.append(f"{result.number:>3}  {result.status.value:<11}  {result.name}: {result.got}")
            for each in result.findings:
                lines.append(f"       {each.status.value}: {each.where}: {each.got}")
                lines.append(f"             expected {each.expected}")
            if result.more:
                lines.append(f"       and {result.more} more")
        bad = {
            words: ", ".join(str(result.number) for result in self.results if result.status is status)
            for words, status in (("failed", Status.FAIL), ("not checked", Status.UNCHECKED))
        }
        if not self.ok:
            said = "; ".join(f"check {numbers} {words}" for words, numbers in bad.items() if numbers)
            lines.append(f"does NOT verify: {said}")
        else:
            lines.append(f"verifies: {len(self.results)} checks, none failed")
        return lines


@dataclass(slots=True)
class Findings:
    """Collects what the checks find while the store is read once. Not safe for several threads."""

    _found: dict[int, list[Finding]] = field(default_factory=lambda: {number: [] for number in CHECKS})
    _counts: dict[int, int] = field(default_factory=lambda: dict.fromkeys(CHECKS, 0))
    _more: dict[int, int] = field(default_factory=lambda: dict.fromkeys(CHECKS, 0))
    _worst: dict[int, Status] = field(default_factory=lambda: dict.fromkeys(CHECKS, Status.PASS))

    def count(self, number: int) -> None:
        """Say that the check looked at one more thing."""
        self._counts[number] += 1

    def fail(self, number: int, *, expected: object, got: object, where: str) -> None:
        self._add(number, Finding(Status.FAIL, str(expected), str(got), where))

    def note(self, number: int, *, expected: object, got: object, where: str) -> None:
        self._add(number, Finding(Status.NOTE, str(expected), str(got), where))

    def unchecked(self, numbers: range, *, why: str, where: str) -> None:
        """Say of checks that they could not be made: what nobody looked at must not pass."""
        for number in numbers:
            self._add(number, Finding(Status.UNCHECKED, "to be checked", why, where))

    def merge(self, other: Findings) -> None:
        """Take in what another look found; `other` is not used any more."""
        for number in CHECKS:
            self._counts[number] += other._counts[number]
            for finding in other._found[number]:
                self._add(number, finding)
            self._more[number] += other._more[number]

    def report(self, path: str, store: str | None, register_size: int | None = None) -> Report:
        return Report(path, store, tuple(self._result(number) for number in CHECKS), register_size)

    def _add(self, number: int, finding: Finding) -> None:
        found = self._found[number]
        self._worst[number] = max(self._worst[number], finding.status, key=_SEVERITY.index)
        if len(found) < LISTED:
            found.append(finding)
            return
        self._more[number] += 1
        for at, other in enumerate(found):  # many notes must not hide a failure
            if _SEVERITY.index(other.status) < _SEVERITY.index(finding.status):
                found[at] = finding
                return

    def _result(self, number: int) -> CheckResult:
        name, unit = CHECKS[number]
        found, more = tuple(self._found[number]), self._more[number]
        looked_at = f"{_counted(self._counts[number], unit)} looked at"
        status = self._worst[number]
        if status is not Status.PASS:
            alike = [each for each in found if each.status is status]
            first, others = alike[0], len(alike) - 1 + more
            got = f"{first.got} (and {others} more)" if others else first.got
            return CheckResult(number, name, status, first.expected, got, first.where, found, more)
        return CheckResult(number, name, Status.PASS, "nothing amiss", looked_at, "", (), 0)


def _counted(count: int, unit: str) -> str:
    if count == 1:
        return f"1 {unit}"
    if unit.endswith("entry"):
        return f"{count:,} {unit.removesuffix('y')}ies"
    return f"{count:,} {unit}s"
