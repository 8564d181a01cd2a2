"""What a spreadsheet makes of a listing's cells: texts of a room are never run."""

from __future__ import annotations

import csv
import io
import json

import pytest

from crawler.readers.counters import Counter
from crawler.readers.listing import Listing, render_csv, render_json
from crawler.readers.ocr import Box
from crawler.readers.readings import Candidate, Status
from crawler.readers.series import Change

BOX = Box(10, 20, 100, 24)


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
        first_seen_ns=1_795_000_000_000_000_000,
        last_seen_ns=1_795_000_000_000_000_000,
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
