"""FORMAT.md, the code and the report speak of the same numbered checks."""

from __future__ import annotations

import json
import re
from pathlib import Path

from evidence_store.entries import Attachment, Draft, EntryType
from evidence_store.store import Store
from evidence_store.verify import verify
from evidence_store.verify.report import CHECKS, LISTED, Findings, Status

ROOT = Path(__file__).parents[2] / "evidence_store"
FORMAT = (ROOT / "FORMAT.md").read_text(encoding="utf-8")


def test_the_table_of_format_md_is_the_table_of_the_code() -> None:
    table = re.search(r"<!-- checks:.*?-->(.*?)<!-- end of checks -->", FORMAT, re.DOTALL)
    assert table is not None
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \| [^|]{10,} \|$", table[1], re.MULTILINE)
    assert [(int(number), name) for number, name in rows] == [(n, name) for n, (name, _) in CHECKS.items()]
    assert list(CHECKS) == list(range(1, len(CHECKS) + 1))


def test_each_check_is_made_somewhere_in_the_code() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("verify/*.py"))
    walked = {4, 5, 9, 10, 11, 12}  # named by walk.Numbers
    named = {int(number) for number in re.findall(r"findings\.(?:fail|note|count)\(\s*(\d+)", source)}
    named |= {int(number) for number in re.findall(r"self\._fail\((\d+)", source)}
    assert named | walked == set(CHECKS)


def test_a_report_has_a_result_for_each_check_also_when_there_is_no_store(tmp_path: Path) -> None:
    report = verify(tmp_path / "nowhere")
    assert [result.number for result in report.results] == list(CHECKS)
    assert (report.ok, report.exit_code, report.store) == (False, 1, None)
    # What nobody looked at must not pass.
    assert [result.status for result in report.results] == [Status.FAIL, *[Status.UNCHECKED] * (len(CHECKS) - 1)]
    assert report.lines()[-1].startswith("does NOT verify: check 1 failed; check 2, 3, 4")


def test_progress_is_told_from_beginning_to_end(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        writer = store.open_log("capture", case="c", subject="r", body={})
        picture = Attachment("picture", "image/jpeg", bytes(5000))
        writer.submit(Draft(EntryType.SCREEN, 1, 1, {}, (picture,))).result()
        writer.close("done")
    told: list[tuple[str, int, int]] = []
    assert verify(tmp_path / "s", progress=lambda *step: told.append(step)).ok
    assert told[0] == ("logs", 0, 1)
    assert ("logs", 1, 1) in told
    assert told[-1][0] == "blobs"
    assert told[-1][1] == told[-1][2] > 5000


def test_a_store_without_its_folders_does_not_pass(tmp_path: Path) -> None:
    Store.create(tmp_path / "s").close()
    (tmp_path / "s" / "blobs" / "tmp").rmdir()
    (tmp_path / "s" / "blobs").rmdir()
    (tmp_path / "s" / "logs").rmdir()
    (tmp_path / "s" / "logs").write_bytes(b"")
    report = verify(tmp_path / "s")
    assert [result.number for result in report.results if result.status is Status.FAIL] == [7, 15]


def test_the_json_form_is_plain_json_and_says_the_same() -> None:
    findings = Findings()
    findings.fail(15, expected="a file", got="no file", where="blob x")
    findings.note(18, expected="nothing", got="an orphan", where="blobs/aa/y")
    report = findings.report("/store", "ab" * 16)
    again = json.loads(json.dumps(report.to_json()))
    assert again["ok"] is False
    blob = again["checks"][14]
    assert (blob["number"], blob["status"], blob["expected"], blob["got"], blob["where"]) == (
        15,
        "fail",
        "a file",
        "no file",
        "blob x",
    )
    assert again["checks"][17]["status"] == "note"
    assert "       fail: blob x: no file" in report.lines()


def test_many_findings_are_counted_and_notes_never_hide_a_failure() -> None:
    findings = Findings()
    for number in range(LISTED + 5):
        findings.note(18, expected="nothing", got="an orphan", where=str(number))
    assert findings.report("p", None).ok
    findings.fail(18, expected="nothing", got="a failure", where="there")
    result = findings.report("p", None).results[17]
    assert result.status is Status.FAIL
    assert result.where == "there"
    assert len(result.findings) == LISTED
    assert result.more == 6
