"""What is listed of a picture that was looked at twice; and cells of a spreadsheet: texts of a room are never run."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from crawler.clock import Instant
from crawler.readers.counters import Counter, parse
from crawler.readers.listing import Listing, list_changes, render_csv, render_json
from crawler.readers.ocr import Box
from crawler.readers.readings import Candidate, Ladder, Reading, Status
from crawler.readers.records import drafts
from crawler.readers.series import Change
from evidence_store.entries import Attachment, Draft, EntryType
from evidence_store.store import Store

BOX = Box(10, 20, 100, 24)
BEGIN_NS = 1_795_000_000_000_000_000


def listing(text: str, candidate: str, doubt: str = "digits lost") -> Listing:
    """A listing with one row that is no value."""
    counter = Counter("stock", 37, 38, "库存#", "37")
    change = Change(
        field="stock-1",
        kind="stock",
        status=Status.DISAGREE,
        text=text,
        value=None,
        lo=None,
        hi=None,
        first_seen_ns=BEGIN_NS,
        last_seen_ns=BEGIN_NS,
        first_box=BOX,
        ladder=None,
        min_probability=0.9,
        models=("tiny",),
        entries=(7,),
        candidates=(Candidate(candidate, counter, 0.9, "tiny", "tight", True),),
        doubts=(doubt,),
    )
    return Listing("a" * 32, "b" * 32, "complete", 0, {}, [change])


def cells(found: Listing) -> dict[str, str]:
    (row,) = csv.DictReader(io.StringIO(render_csv(found), newline=""))
    return row


SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹣")
SKIPPED = (
    "", " ", "\u3000", "\u00a0", "\u2003", "\u200e", "\u200f", "\u202e", "\u2066", "\u200b", "\u200d", "\u2060",
    "\ufeff", "\u00ad", "\u180e", "\ufe0f", "\u034f", "\u3164", "\u2800", "\x00", "\x1b", "\x85", "\u2028",
    " \u202e\u200b ",
)  # fmt: skip


@pytest.mark.parametrize("sign", SIGNS, ids=ascii)
@pytest.mark.parametrize("skipped", SKIPPED, ids=ascii)
def test_a_sign_that_begins_a_formula_is_defused_also_behind_what_is_not_seen(skipped: str, sign: str) -> None:
    text = f"{skipped}{sign}HYPERLINK(A1)"
    row = cells(listing(text, text, text))
    assert (row["text"], row["candidates"], row["doubts"]) == (f"'{text}", f"'{text}", f"'{text}")


@pytest.mark.parametrize("text", ["\t=1", "\r=1", "\n=1", "\tA1", " \tA1", "\u200b\rA1"], ids=ascii)
def test_a_tab_or_a_line_end_ahead_of_the_text_is_defused(text: str) -> None:
    assert cells(listing(text, "库存:37"))["text"] == f"'{text}"


@pytest.mark.parametrize(
    "text", ["库存:37", " 库存:37", "\u200b37", "'=1", "3-2", "A=1", "(=1", "", "\u200b"], ids=ascii
)
def test_other_texts_are_given_as_they_were_read(text: str) -> None:
    row = cells(listing(text, text))
    assert (row["text"], row["candidates"]) == (text, text)


def test_only_the_spreadsheet_gets_a_quote() -> None:
    (change,) = json.loads(render_json(listing("\u202e=1", "@1")))["changes"]
    assert (change["text"], change["candidates"]) == ("\u202e=1", ["@1"])


def read_twice(entry: int, text: str, status: Status, doubt: str = "", ladder: Ladder | None = None) -> Reading:
    counter = parse(text)
    assert counter is not None
    accepted = status is Status.ACCEPTED
    return Reading(
        entry=entry,
        wall_ns=BEGIN_NS + entry * 1_000_000_000,
        field="stock-1",
        kind="stock",
        status=status,
        box=BOX,
        text=text,
        value=counter.exact if accepted else None,
        lo=counter.lo if accepted else None,
        hi=counter.hi if accepted else None,
        min_probability=0.9,
        model="tiny",
        ladder=ladder,
        doubts=(doubt,) if doubt else (),
    )


def listed(store: Store, readings: list[Reading]) -> Listing:
    """What is listed of a reading log with these readings of a capture log with six pictures."""
    capture = store.open_log("capture", case="c", subject="room", body={})
    for number in range(6):
        picture = Attachment("picture", "image/jpeg", b"%d" % number * 50)
        capture.submit(Draft(EntryType.SCREEN, BEGIN_NS + number, number, {}, (picture,))).result()
    capture.close("over")
    with store.reader(capture.log) as reader:
        ids = {entry.index: entry.id for entry in reader.entries()}
    log = store.open_log("reading", case="c", subject="room", body={"reads": capture.log})
    for reading in readings:  # a batch each: looking back comes later
        for draft in drafts([reading], ids, Instant(BEGIN_NS, 0)):
            log.submit(draft).result()
    log.close("complete", {})
    return list_changes(store, capture.log)


def test_a_picture_that_was_looked_at_again_is_listed_once(tmp_path: Path) -> None:
    """Looking back from a field that was found comes by pictures that were read before."""
    with Store.create(tmp_path / "store") as store:
        found = listed(
            store,
            [
                read_twice(1, "库存:37", Status.ACCEPTED, ladder=Ladder.TWO),
                read_twice(2, "库存37件", Status.DISAGREE, "recognitions differ"),
                read_twice(2, "库存57件", Status.DISAGREE, "frame changed"),
                read_twice(2, "库存37件", Status.DISAGREE, "frame changed"),
                read_twice(3, "库存37件", Status.ACCEPTED, ladder=Ladder.ONCE),
                read_twice(3, "库存37件", Status.ACCEPTED, ladder=Ladder.ONCE),
            ],
        )
    assert [(c.text, c.status, c.entries, c.ladder) for c in found.changes] == [
        ("库存:37", "accepted", (1,), "two agree"),
        ("库存37件", "disagree", (2,), None),
        ("库存57件", "disagree", (2,), None),
        ("库存37件", "accepted", (3,), "seen once"),
    ]
    assert found.changes[1].doubts == ("recognitions differ", "frame changed")


def test_of_two_looks_at_a_picture_the_one_with_more_behind_it_is_listed(tmp_path: Path) -> None:
    once, twice = (read_twice(1, "库存:37", Status.ACCEPTED, ladder=step) for step in (Ladder.ONCE, Ladder.TWO))
    for name, both in (("a", [once, twice]), ("b", [twice, once])):
        with Store.create(tmp_path / name) as store:
            (change,) = listed(store, both).changes
        assert (change.looks, change.ladder) == (1, "two agree")


def test_two_pictures_with_one_value_are_two_looks(tmp_path: Path) -> None:
    with Store.create(tmp_path / "store") as store:
        found = listed(store, [read_twice(n, "库存:37", Status.ACCEPTED, ladder=Ladder.ONCE) for n in (1, 2)])
    assert [(c.looks, c.ladder) for c in found.changes] == [(2, "two agree")]
