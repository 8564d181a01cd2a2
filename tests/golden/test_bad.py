"""For each check of FORMAT.md section 9 golden bad stores that fail this check and no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evidence_store.verify import Report, Status, verify
from evidence_store.verify.report import CHECKS
from tests.harness.small_store import failing, unchecked
from tests.harness.store_text import to_store

HERE = Path(__file__).parent
BAD = HERE / "bad"
CASES = sorted(path.name for path in BAD.iterdir() if path.name[:2].isdigit())
LIMIT_BYTES = 1_000_000


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def check(root: Path) -> Report:
    """Verify a day after the tokens: which certificates have expired since is not the question here."""
    wall_ns = int((BAD / "tokens" / "clock.txt").read_text(encoding="ascii"))
    return verify(root, now_ns=lambda: wall_ns + 86_400 * 10**9)


def expected(case: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((BAD / case / "expected.json").read_bytes())
    return facts


def test_the_sound_store_passes_every_check(tmp_path: Path) -> None:
    to_store(files_in(BAD / "good"), tmp_path / "store")
    report = check(tmp_path / "store")
    assert report.ok
    # Whether the root and the witness's key are whose they say, no store can show: two notes say so.
    noted = [result.number for result in report.results if result.status is not Status.PASS]
    assert noted == [21, 22]


@pytest.mark.parametrize("case", CASES)
def test_a_bad_store_fails_its_check_and_no_other_in_the_right_place(case: str, tmp_path: Path) -> None:
    facts = expected(case)
    files = files_in(BAD / "good") | files_in(BAD / case)
    for name in ("expected.json", *facts["taken_away"]):
        del files[name]
    to_store(files, tmp_path / "store")
    report = check(tmp_path / "store")
    told = "\n".join(report.lines())
    number = facts["check"]
    assert failing(report) == (set() if facts["status"] == "note" else {number}), told
    assert unchecked(report) == set(facts["not_checked"]), told
    result = report.results[number - 1]
    assert result.status.value == facts["status"]
    assert {finding.where for finding in result.findings if finding.status.value == facts["status"]} == {facts["where"]}


def test_there_is_one_or_more_for_each_check() -> None:
    facts = [expected(case) for case in CASES]
    assert sorted({each["check"] for each in facts}) == list(CHECKS)
    for case, each in zip(CASES, facts, strict=True):
        assert each["name"] == CHECKS[each["check"]][0]
        assert case.startswith(f"{each['check']:02}-{each['name'].replace(' ', '-')}")


def test_what_is_committed_is_what_the_program_makes_and_small(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.golden.build_bad", str(tmp_path)]
    subprocess.run(command, check=True, cwd=HERE.parents[1])
    kept = {name: content for name, content in files_in(BAD).items() if not name.startswith(("tokens/", "README"))}
    built = files_in(tmp_path)
    assert sorted(built) == sorted(kept)
    assert [name for name in built if built[name] != kept[name]] == []
    assert sum(len(content) for content in files_in(BAD).values()) < LIMIT_BYTES
