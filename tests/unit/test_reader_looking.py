"""One look at a field: what the gate spares, when a look is forced, and that a line which grew is read whole."""

from __future__ import annotations

import pytest

from crawler.readers.cascade import LineReader, Thresholds
from crawler.readers.counters import parse
from crawler.readers.fields import Field, Frame, Rules
from crawler.readers.looking import FieldReader
from crawler.readers.ocr import PaddleEngine
from crawler.readers.readings import Reading, Status
from tests.harness.watched_field import line, picture

SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


@pytest.fixture
def reader(engine: PaddleEngine) -> FieldReader:
    return FieldReader(engine, LineReader(engine, Thresholds()), Rules())


def looks(reader: FieldReader, texts: list[str], every_s: float = 1.0) -> list[Reading]:
    """Look at one field on a picture of each text, in order of the pictures."""
    counter = parse(texts[0])
    assert counter is not None
    field = Field("x-1", counter.kind, line(texts[0]))
    found: list[Reading] = []
    for entry, text in enumerate(texts):
        found += reader.look(field, Frame(entry, round(entry * every_s * SECOND), picture(text)))
    return sorted([*found, *reader.settled(field)], key=lambda r: r.entry)


def test_unchanged_pixels_are_spared_until_a_look_is_forced(reader: FieldReader) -> None:
    """At one picture a second: a look, and from then on one every three seconds."""
    found = looks(reader, ["库存:37"] * 8)
    assert [r.entry for r in found if r.status is Status.ACCEPTED] == [0, 3, 6]
    assert [r.entry for r in found if r.status is Status.NOT_LOOKED] == [1, 2, 4, 5, 7]


def test_pictures_far_apart_are_all_looked_at(reader: FieldReader) -> None:
    assert {r.status for r in looks(reader, ["库存:37"] * 4, every_s=3.0)} == {Status.ACCEPTED}


@pytest.mark.parametrize(
    "numbers",
    [[3, 8, 3, 8], [9, 99, 999, 9999], [17, 11, 71, 77], [5, 6, 9, 8], [50, 1200, 1199, 123456]],
)
def test_a_number_that_changes_or_grows_is_looked_at_and_read_whole(reader: FieldReader, numbers: list[int]) -> None:
    found = looks(reader, [f"库存:{number}" for number in numbers for _ in range(2)])
    assert len(found) == 2 * len(numbers)
    read = {r.entry: r.value for r in found if r.status is Status.ACCEPTED}
    assert {entry: value for entry, value in read.items() if value != numbers[entry // 2]} == {}
    assert {value for value in read.values() if value is not None} == set(numbers)


def test_what_is_not_there_is_unreadable_then_spared_and_looked_at_again(reader: FieldReader) -> None:
    found = looks(reader, ["库存:37", "库存:37", *[""] * 6, "库存:36", "库存:36"])
    assert [r.entry for r in found] == list(range(10))
    gone = {r.entry: r.status for r in found if 2 <= r.entry < 8}
    assert gone[2] is Status.UNREADABLE
    assert set(gone.values()) <= {Status.UNREADABLE, Status.NOT_LOOKED}
    assert list(gone.values()).count(Status.UNREADABLE) >= 2, "it is looked at again every few seconds"
    assert {r.entry: r.value for r in found if r.status is Status.ACCEPTED and r.entry >= 8}[8] == 36


def test_a_picture_that_was_cut_through_the_line_is_no_error_and_no_value(reader: FieldReader) -> None:
    """The window was made smaller: what is left of 库存:37 is 库存:3, which nothing says is a counter's value."""
    field = Field("x-1", "stock", line("库存:37"))
    found = reader.look(field, Frame(0, 0, picture("库存:37")))
    found += reader.look(field, Frame(1, SECOND, picture("库存:37")))
    box = line("库存:37")
    found += reader.look(field, Frame(2, 2 * SECOND, picture("库存:37")[:, : box.right - box.h // 2].copy()))
    found += reader.look(field, Frame(3, 3 * SECOND, picture("库存:37")))
    found += reader.settled(field)
    assert sorted(r.entry for r in found) == list(range(4))
    assert {r.value for r in found if r.status is Status.ACCEPTED} == {37}


def test_a_smaller_picture_than_before_is_looked_at_and_no_error(reader: FieldReader) -> None:
    field = Field("x-1", "stock", line("库存:37"))
    reader.look(field, Frame(0, 0, picture("库存:37")))
    found = reader.look(field, Frame(1, SECOND, picture("库存:37")[:30, :60].copy()))
    assert [(r.entry, r.status) for r in found] == [(1, Status.UNREADABLE)]
