"""From readings to changes, and readings as entries and back."""

from __future__ import annotations

import random

from crawler.clock import Instant
from crawler.readers.counters import parse
from crawler.readers.ocr import Box
from crawler.readers.readings import Candidate, Ladder, Reading, Status
from crawler.readers.records import MOST_READINGS, drafts, readings_of, spared_of
from crawler.readers.series import series
from evidence_store.canonical_json import canonical
from evidence_store.codec import ENTRY_LIMIT
from evidence_store.entries import Attachment

BOX = Box(10, 20, 100, 24)


def reading(entry: int, text: str, status: Status = Status.ACCEPTED, field: str = "stock-1") -> Reading:
    counter = parse(text)
    assert counter is not None
    accepted = status is Status.ACCEPTED
    candidates = (
        Candidate(text, counter, 0.91234, "tiny", "tight", True),
        Candidate("库存:3?", None, 0.2, "small", "loose", False),
    )
    return Reading(
        entry=entry,
        wall_ns=1_795_000_000_000_000_000 + entry * 1_000_000_000,
        field=field,
        kind="stock",
        status=status,
        box=BOX,
        text=text,
        value=counter.exact if accepted else None,
        lo=counter.lo if accepted else None,
        hi=counter.hi if accepted else None,
        min_probability=0.9123,
        model="tiny",
        ladder=Ladder.ONCE if accepted else None,
        doubts=() if accepted else ("digits lost",),
        candidates=candidates,
    )


def spared(entry: int, field: str = "stock-1") -> Reading:
    return Reading(entry, 0, field, "stock", Status.NOT_LOOKED, BOX)


def unreadable(entry: int) -> Reading:
    return Reading(entry, 0, "stock-1", "stock", Status.UNREADABLE, BOX, text="领券")


def test_equal_values_join_and_others_part() -> None:
    rows = series([reading(1, "库存:37"), spared(2), reading(3, "库存:37"), unreadable(4), reading(5, "库存:36")])[
        "stock-1"
    ]
    assert [(r.value, r.entries, r.not_looked, r.unreadable) for r in rows] == [(37, (1, 3), 1, 1), (36, (5,), 0, 0)]
    assert rows[0].last_seen_ns - rows[0].first_seen_ns == 2_000_000_000
    assert (rows[0].ladder, rows[1].ladder) == (Ladder.TWO, Ladder.ONCE)


def test_order_of_arrival_does_not_matter() -> None:
    """Looking back yields readings of earlier pictures late."""
    readings = [reading(i, f"库存:{40 - i // 3}") for i in range(20)]
    mixed = list(readings)
    random.Random(5).shuffle(mixed)  # noqa: S311 - a fixed order
    assert series(mixed) == series(readings)


def test_a_doubted_reading_is_a_row_of_its_own_and_no_value() -> None:
    rows = series([reading(1, "库存:100"), reading(2, "库存:10", Status.DISAGREE), reading(3, "库存:100")])["stock-1"]
    assert [r.value for r in rows] == [100, None, 100]
    assert rows[1].candidates[0].text == "库存:10"
    assert rows[1].doubts == ("digits lost",)


def test_readings_come_back_from_entries_as_they_were() -> None:
    sent = [reading(1, "库存:37"), reading(2, "库存:36", Status.DISAGREE), unreadable(3), spared(4), spared(5)]
    (draft,) = drafts(sent, {1: "a" * 64, 2: "b" * 64, 3: "c" * 64}, Instant(1, 2))
    texts = [part.payload for part in parts_of(draft.attachments)]
    back = readings_of(draft.body, texts)
    assert [(r.entry, r.text, r.value, r.status, r.doubts) for r in back] == [
        (r.entry, r.text, r.value, r.status, r.doubts) for r in sent[:3]
    ]
    assert back[0].candidates[0].counter == sent[0].candidates[0].counter
    assert spared_of(draft.body) == {"stock-1": [4, 5]}


def test_raw_text_stands_in_parts_only() -> None:
    (draft,) = drafts([reading(1, "库存:37")], {1: "a" * 64}, Instant(1, 2))
    assert "库存".encode() not in canonical(dict(draft.body))
    assert {part.payload for part in parts_of(draft.attachments)} == {"库存:37".encode(), "库存:3?".encode()}


def test_large_batches_are_cut_into_entries_that_fit() -> None:
    sent = [reading(i, f"库存:{i}") for i in range(3 * MOST_READINGS + 1)]
    made = list(drafts(sent, {r.entry: "a" * 64 for r in sent}, Instant(1, 2)))
    assert len(made) == 4
    assert all(len(canonical(dict(d.body))) < ENTRY_LIMIT - 4096 for d in made)
    assert [r["entry"] for d in made for r in d.body["readings"]] == [r.entry for r in sent]


def test_nothing_read_makes_no_entry() -> None:
    assert list(drafts([], {}, Instant(1, 2))) == []


def parts_of(attachments: tuple[Attachment, ...]) -> tuple:
    (texts,) = attachments
    assert texts.role == "texts"
    assert isinstance(texts.content, tuple)
    return texts.content


def test_very_many_spared_looks_are_cut_into_entries_that_fit() -> None:
    """Two thousand fields on one picture: a hostile page, not a room."""
    sent = [spared(7, f"stock-{number}") for number in range(2000)]
    made = list(drafts([reading(7, "库存:37"), *sent], {7: "a" * 64}, Instant(1, 2)))
    assert all(len(canonical(dict(d.body))) < ENTRY_LIMIT - 4096 for d in made)
    assert sum(len(spared_of(d.body)) for d in made) == 2000
    assert all(d.body["readings"] or d.body["entry"] == 7 for d in made), "each leads back to an entry"


def test_statements_with_other_texts_are_other_rows() -> None:
    def says(entry: int, text: str) -> Reading:
        return Reading(
            entry, entry * 10**9, "statement-1", "statement", Status.ACCEPTED, BOX, text=text, ladder=Ladder.ONCE
        )

    rows = series([says(1, "已抢光"), says(2, "已抢光"), says(3, "每人限购2件")])["statement-1"]
    assert [(row.text, row.entries, row.ladder) for row in rows] == [
        ("已抢光", (1, 2), Ladder.TWO),
        ("每人限购2件", (3,), Ladder.ONCE),
    ]
    assert not says(1, "已抢光").says_the_same(says(2, "每人限购2件"))
