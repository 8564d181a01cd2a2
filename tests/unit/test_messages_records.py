"""Messages as entries and back: nothing is lost, and nothing personal stands in an entry's body."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.clock import Instant
from crawler.platforms.base import RoomState
from crawler.platforms.messages import Counts, Figure, Kind, Message, Person, Product, Where
from crawler.readers.messages.records import MOST_BODY, ReadMessage, drafts, messages_of
from evidence_store.entries import Draft

NOW = Instant(1_790_000_000_000_000_000, 5_000_000_000)
SECRET = "暗号-7f3a"

texts = st.text(st.characters(exclude_categories=()), max_size=30)
maybe = st.none() | texts
numbers = st.none() | st.integers(0, 2**53 - 1)
figures = st.builds(Figure, st.sampled_from(Counts), texts, numbers, maybe)
products = st.builds(
    Product, maybe, maybe, numbers, numbers, maybe, numbers, numbers, maybe, st.none() | st.booleans(),
    st.none() | st.booleans(), maybe, numbers, numbers, st.none() | st.booleans(),
)  # fmt: skip
people = st.none() | st.builds(Person, texts, maybe, masked=st.booleans())
plain = st.text(st.characters(codec="utf-8"), max_size=20)
messages = st.builds(
    Message,
    kind=st.sampled_from(Kind),
    method=plain,
    where=st.builds(Where, st.integers(0, 10**6), st.integers(0, 10**6), st.lists(plain, max_size=3).map(tuple)),
    id=st.none() | plain,
    sent_ms=numbers,
    site_kind=st.none() | plain,
    person=people,
    text=maybe,
    figures=st.lists(figures, max_size=3).map(tuple),
    products=st.lists(products, max_size=3).map(tuple),
    state=st.none() | st.sampled_from(RoomState),
    broadcast=st.none() | plain,
    history=st.booleans(),
    flags=st.lists(plain, max_size=2).map(tuple),
    more=st.dictionaries(plain, st.integers(-(2**53) + 1, 2**53 - 1) | plain | st.booleans(), max_size=3),
)
read = st.builds(
    ReadMessage, messages, st.integers(0, 3), st.integers(1, 9), st.integers(0, 2**62), st.integers(0, 2**62),
    again=st.booleans(), answer=st.booleans(),
)  # fmt: skip


def back(found: list[Draft]) -> list[ReadMessage]:
    """What a store gives back of these drafts."""
    result = []
    for draft in found:
        body = json.loads(json.dumps(draft.body))
        parts = [part.payload for each in draft.attachments for part in each.content if not isinstance(part, int)]
        result += messages_of(body, parts)
    return result


@settings(max_examples=150, deadline=None)
@given(st.lists(read, max_size=6))
def test_what_is_written_is_read_back(every: list[ReadMessage]) -> None:
    ids = {number: f"{number:064x}" for number in range(4)}
    assert back(list(drafts(every, ids, NOW))) == every


def test_names_ids_and_texts_of_people_and_titles_stand_in_parts_alone() -> None:
    person = Person(f"name {SECRET}", f"id {SECRET}")
    product = Product(title=SECRET, price_text=SECRET, stock_text=SECRET, sold_text=SECRET)
    message = Message(Kind.CHAT, "Chat", Where(0, 9), person=person, text=f"says {SECRET}", products=(product,))
    (draft,) = drafts([ReadMessage(message, 0, 1, 1, 1)], {0: "00"}, NOW)
    assert SECRET not in json.dumps(draft.body, ensure_ascii=False)
    payloads = [
        part.payload.decode() for each in draft.attachments for part in each.content if not isinstance(part, int)
    ]
    assert sum(SECRET in payload for payload in payloads) == 7  # one part each: each can be withheld alone


def test_many_messages_make_several_entries_that_fit() -> None:
    every = [
        ReadMessage(
            Message(Kind.CHAT, "Chat", Where(n, n + 1), id=str(n), text=f"line {n}", person=Person(f"p{n}")), 0, 1, n, n
        )
        for n in range(1000)
    ]
    found = list(drafts(every, {0: "ab" * 32}, NOW))
    assert len(found) > 1
    assert all(len(json.dumps(draft.body)) < MOST_BODY + 2000 for draft in found)
    assert back(found) == every


@pytest.mark.parametrize("size", [10_001, 1_000_000])
def test_a_text_beyond_all_measure_is_cut_and_the_frame_has_the_rest(size: int) -> None:
    message = Message(Kind.CHAT, "Chat", Where(0, size), text="长" * size)
    (draft,) = drafts([ReadMessage(message, 0, 1, 1, 1)], {0: "00"}, NOW)
    (again,) = back([draft])
    assert again.message.text == "长" * 10_000
