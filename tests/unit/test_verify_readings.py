"""Check 19: what a reading log counts at its end is held against its batches and the pictures of the capture log."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from evidence_store.entries import JSON, Attachment, Draft, EntryType
from evidence_store.log import LogWriter
from evidence_store.store import Store
from evidence_store.verify import verify
from evidence_store.verify.report import CheckResult, Status
from tests.harness.small_store import failing, unchecked

SECOND = 1_000_000_000
# The screens are entries 1, 2, 4 and 5; 3 is a piece of media.
KINDS = (EntryType.SCREEN, EntryType.SCREEN, EntryType.MEDIA, EntryType.SCREEN, EntryType.SCREEN)
BATCH: dict[str, JSON] = {
    "readings": [{"entry": 1, "field": "stock-1"}, {"entry": 4, "field": "stock-1"}],
    "not_looked": [{"field": "stock-1", "entries": [2]}, {"field": "sold-1", "entries": [2, 4]}],
}
CLOSE: dict[str, JSON] = {
    "read": 4,
    "read_to": 5,
    "pictures_left": 0,
    "not_decoded": [5],
    "not_decoded_count": 1,
    "tally": {"pictures": 3, "searches": 1, "looks": 2, "not_looked": 3},
}


def capture(store: Store) -> LogWriter:
    """A capture log of five entries, a second apart, the first at second 1; still open."""
    writer = store.open_log("capture", case="c", subject="room", body={})
    for number, kind in enumerate(KINDS, 1):
        grow(writer, number, kind)
    return writer


def grow(writer: LogWriter, second: int, kind: EntryType = EntryType.SCREEN) -> None:
    content = Attachment("picture" if kind is EntryType.SCREEN else "segment", "image/jpeg", b"%d" % second * 50)
    writer.submit(Draft(kind, second * SECOND, second * SECOND, {}, (content,))).result()


def opened(store: Store, reads: str, **opening: JSON) -> LogWriter:
    return store.open_log("reading", case="c", subject="room", body={"reads": reads, **opening})


def batch(writer: LogWriter, body: Mapping[str, JSON] = BATCH) -> None:
    writer.submit(Draft(EntryType.READINGS, 9 * SECOND, 9 * SECOND, dict(body))).result()


def check_19(root: Path) -> CheckResult:
    """That check; whatever it says, no other fails."""
    report = verify(root)
    assert failing(report) <= {19}, "\n".join(report.lines())
    assert unchecked(report) == set()
    return report.results[18]


def checked(
    root: Path,
    close: Mapping[str, JSON],
    *,
    reason: str = "complete",
    body: Mapping[str, JSON] = BATCH,
    opening: Mapping[str, JSON] | None = None,
) -> CheckResult:
    """What check 19 makes of a reading log that was opened after its capture log had ended."""
    with Store.create(root) as store:
        seen = capture(store)
        seen.close("over")
        log = opened(store, seen.log, **(opening or {}))
        batch(log, body)
        log.close(reason, dict(close))
    return check_19(root)


def test_counts_that_are_true_pass(tmp_path: Path) -> None:
    assert checked(tmp_path / "s", CLOSE).status is Status.PASS


def test_a_log_that_counts_nothing_passes(tmp_path: Path) -> None:
    assert checked(tmp_path / "s", {"why": "read by something else"}).status is Status.PASS


def test_counts_of_the_original_video_are_its_own(tmp_path: Path) -> None:
    """In a log of the video alone, and in batches of it beside the screenshots."""
    close = {"read": 40, "read_to": 3, "pictures_left": None, "tally": {"pictures": 50}}
    assert checked(tmp_path / "v", close, opening={"source": "video", "range": 1}).status is Status.PASS
    with Store.create(tmp_path / "b") as store:
        seen = capture(store)
        seen.close("over")
        log = opened(store, seen.log)
        batch(log)
        batch(log, {"source": "video", "readings": [{"entry": 3}], "not_looked": [{"field": "v", "entries": [3]}]})
        log.close("complete", CLOSE)
    assert check_19(tmp_path / "b").status is Status.PASS


def test_a_run_that_was_stopped_in_the_middle_of_a_picture_passes(tmp_path: Path) -> None:
    """What that picture gave is left out, though it was counted; what waited for it is told as no value."""
    tally = {"pictures": 4, "looks": 9, "not_looked": 8}
    close = {**CLOSE, "read": 3, "read_to": 4, "pictures_left": 1, "not_decoded": [], "not_decoded_count": 0}
    assert checked(tmp_path / "s", {**close, "tally": tally}, reason="stopped").status is Status.PASS
    nothing = {"read": 0, "read_to": None, "pictures_left": 4, "tally": {"pictures": 0, "looks": 0, "not_looked": 0}}
    with Store.create(tmp_path / "n") as store:
        seen = capture(store)
        seen.close("over")
        opened(store, seen.log).close("stopped", {**close, **nothing})
    assert check_19(tmp_path / "n").status is Status.PASS


def test_a_reader_that_was_killed_counts_nothing_and_passes(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s") as store:
        seen = capture(store)
        log = opened(store, seen.log)
        batch(log)
        shutil.copytree(tmp_path / "s", tmp_path / "killed")
        log.close("complete", CLOSE)
        seen.close("over")
    Store.open(tmp_path / "killed").close()
    assert check_19(tmp_path / "killed").status is Status.PASS


def test_pictures_that_come_after_a_reading_log_was_closed_are_noted(tmp_path: Path) -> None:
    """Whether they came later, or were there and left out, nothing in the two logs can tell."""
    with Store.create(tmp_path / "s") as store:
        seen = capture(store)
        log = opened(store, seen.log)
        batch(log)
        log.close("complete", CLOSE)
        assert check_19(tmp_path / "s").status is Status.PASS
        for second in (6, 7):
            grow(seen, second)
        seen.close("over")
    result = check_19(tmp_path / "s")
    assert result.status is Status.NOTE
    assert "2 more are there" in result.got


def test_a_stretch_is_counted_as_that_stretch(tmp_path: Path) -> None:
    stretch = {"range": {"from": str(2 * SECOND), "to": str(5 * SECOND)}}  # entries 2 and 4
    body = {"readings": [{"entry": 4}]}
    close = {**CLOSE, "read": 2, "read_to": 4, "not_decoded": [], "not_decoded_count": 0}
    close["tally"] = {"pictures": 2, "looks": 1, "not_looked": 0}
    assert checked(tmp_path / "s", close, body=body, opening=stretch).status is Status.PASS
    result = checked(tmp_path / "more", {**close, "pictures_left": 1}, body=body, opening=stretch)
    assert (result.status, result.got) == (Status.FAIL, "`pictures_left` 1")
    outside = checked(tmp_path / "outside", close, body={"readings": [{"entry": 1}]}, opening=stretch)
    assert (outside.status, outside.got) == (Status.FAIL, "1 others, first entry 1")


@pytest.mark.parametrize("bounds", ["all", {}, {"from": "1"}, {"from": "-1", "to": "2"}, {"from": "1", "to": "9" * 40}])
def test_a_stretch_that_is_none_fails(tmp_path: Path, bounds: JSON) -> None:
    assert checked(tmp_path / "s", CLOSE, opening={"range": bounds}).status is Status.FAIL


TALLY = CLOSE["tally"]
FALSE: list[tuple[dict[str, JSON], str]] = [
    ({"read": 3}, "`read` 3"),
    ({"read": 5}, "`read` 5"),
    ({"read_to": 4}, "`read` 4, `read_to` 4"),
    ({"read_to": 3}, "`read_to` 3"),  # no screen
    ({"read_to": 99}, "`read_to` 99"),
    ({"read_to": None}, "`read_to` None"),
    ({"pictures_left": 1}, "`pictures_left` 1"),
    ({"read": 3, "read_to": 4, "not_decoded": [], "not_decoded_count": 0}, "`pictures_left` 0"),
    ({"not_decoded": [3]}, "[3]"),
    ({"not_decoded": []}, "[]"),
    ({"not_decoded": [5, 5]}, "[5, 5]"),
    ({"not_decoded": [5, 5], "not_decoded_count": 2}, "[5, 5]"),
    ({"not_decoded_count": 2}, "[5]"),
    ({"tally": {**TALLY, "looks": 3}}, "'looks': 3"),
    ({"tally": {**TALLY, "looks": 1}}, "'looks': 1"),
    ({"tally": {**TALLY, "not_looked": 2}}, "'not_looked': 2"),
    ({"tally": {**TALLY, "pictures": 4}}, "'pictures': 4"),
    ({"tally": {}}, "'looks': None"),
    ({"tally": 3}, "3"),
    ({"read": "4"}, "'4'"),
    ({"read": True}, "True"),
    ({"read": -1}, "-1"),
    ({"read_to": "5"}, "'5'"),
    ({"pictures_left": None}, "None"),
    ({"not_decoded": 5}, "5"),
    ({"not_decoded": ["5"]}, "['5']"),
    ({"not_decoded_count": 1.5}, "1.5"),
]


@pytest.mark.parametrize(("change", "got"), FALSE, ids=[str(change) for change, _ in FALSE])
def test_counts_that_are_false_fail_this_check_alone(tmp_path: Path, change: dict[str, JSON], got: str) -> None:
    result = checked(tmp_path / "s", {**CLOSE, **change})
    assert result.status is Status.FAIL
    assert any(got in finding.got for finding in result.findings), result.findings
    assert all(finding.where.endswith("entry 2") for finding in result.findings)


@pytest.mark.parametrize("missing", CLOSE)
def test_who_counts_counts_all(tmp_path: Path, missing: str) -> None:
    rest = {name: value for name, value in CLOSE.items() if name != missing}
    assert checked(tmp_path / "s", rest).status is Status.FAIL


@pytest.mark.parametrize(
    "not_looked",
    [
        [{"field": "stock-1", "entries": [99]}],
        [{"field": "stock-1", "entries": [0]}],  # no picture
        [{"field": "stock-1", "entries": [-1]}],
        [{"field": "stock-1", "entries": ["1"]}],
        [{"field": "stock-1", "entries": 1}],
        [{"field": 1, "entries": [1]}],
        [{"entries": [1]}],
        [[1]],
        {"stock-1": [1]},
        None,
    ],
    ids=repr,
)
def test_spared_looks_at_no_picture_fail(tmp_path: Path, not_looked: JSON) -> None:
    """Also in a log that counts nothing at its end."""
    result = checked(tmp_path / "s", {}, body={**BATCH, "not_looked": not_looked})
    assert result.status is Status.FAIL
    assert "`not_looked`" in result.expected
    assert result.where.endswith("entry 1")


def test_a_record_that_was_left_out_fails(tmp_path: Path) -> None:
    """A batch less, or a look less, than the run made."""
    for name, body in (
        ("spared", {**BATCH, "not_looked": BATCH["not_looked"][:1]}),
        ("looked", {**BATCH, "readings": BATCH["readings"][:1]}),
    ):
        assert checked(tmp_path / name, CLOSE, body=body).status is Status.FAIL
