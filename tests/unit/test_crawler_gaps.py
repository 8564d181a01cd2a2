"""Gaps are numbered, written at both ends, and told apart; captures wait for the look that confirms them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler import outbox
from crawler.clock import Instant
from crawler.gaps import Cause, GapLedger, instant_body
from crawler.outbox import Dropped, Outbox
from evidence_store.canonical_json import canonical
from evidence_store.entries import Attachment, Draft, EntryType


def at(second: float) -> Instant:
    return Instant(1_700_000_000_000_000_000 + round(second * 1e9), round(second * 1e9))


def capture(number: int, size: int = 10) -> Draft:
    return Draft(EntryType.SCREEN, number, number, {"number": number}, (Attachment("x", "y", b"z" * size),))


def numbers(drafts: list[Draft]) -> list[int]:
    return [draft.body["number"] for draft in drafts]


def test_a_gap_is_written_when_it_begins_and_when_it_ends() -> None:
    ledger = GapLedger()
    begun = ledger.begin(Cause.FROZEN, at(10), at(12), why="no answer")
    assert begun is not None
    assert begun.type is EntryType.GAP
    assert begun.mono_ns == at(12).mono_ns
    assert begun.body == {
        "gap": 1,
        "cause": "page frozen",
        "from": instant_body(at(10)),
        "to": None,
        "detail": {"why": "no answer"},
    }
    assert ledger.is_open(Cause.FROZEN)
    assert ledger.causes == ["page frozen"]
    ended = ledger.end(Cause.FROZEN, at(15), at(16))
    assert ended is not None
    assert ended.body == {**begun.body, "to": instant_body(at(15))}
    assert ledger.causes == []


def test_a_gap_that_is_open_is_not_begun_again_and_one_that_is_not_does_not_end() -> None:
    ledger = GapLedger()
    assert ledger.end(Cause.BLACK, at(1), at(1)) is None
    assert ledger.begin(Cause.BLACK, at(1), at(1)) is not None
    assert ledger.begin(Cause.BLACK, at(2), at(2)) is None
    assert ledger.count == 1


def test_one_cause_at_two_places_is_two_gaps() -> None:
    ledger = GapLedger()
    first, second = (ledger.begin(Cause.MEDIA_LOST, at(1), at(1), where) for where in ("video", "sound"))
    assert first is not None
    assert second is not None
    assert (first.body["gap"], second.body["gap"]) == (1, 2)
    assert second.body["detail"] == {"where": "sound"}
    assert ledger.end(Cause.MEDIA_LOST, at(2), at(2)) is None, "neither stands at the empty place"
    assert ledger.end(Cause.MEDIA_LOST, at(2), at(2), "sound") is not None
    assert ledger.is_open(Cause.MEDIA_LOST, "video")


def test_a_noted_gap_has_both_ends_and_takes_the_next_number() -> None:
    ledger = GapLedger()
    ledger.begin(Cause.COVERED, at(1), at(1))
    noted = ledger.note(Cause.LOAD_SHED, at(3), at(4), bytes=9)
    assert (noted.body["gap"], noted.body["to"], noted.body["detail"]) == (2, instant_body(at(4)), {"bytes": 9})
    assert not ledger.is_open(Cause.LOAD_SHED)


def test_what_is_open_at_the_end_is_closed_once_with_the_session() -> None:
    ledger = GapLedger()
    for cause in (Cause.FROZEN, Cause.BLACK, Cause.CHAT_SILENT):
        ledger.begin(cause, at(1), at(1))
    closed = ledger.end_all(at(9))
    assert [draft.body["gap"] for draft in closed] == [1, 2, 3]
    assert {draft.body["to"]["mono"] for draft in closed} == {str(at(9).mono_ns)}
    assert ledger.end_all(at(10)) == []


STEPS = st.lists(st.tuples(st.sampled_from(list(Cause)), st.sampled_from(["begin", "end", "note"])), max_size=60)


@given(STEPS)
def test_each_gap_number_begins_once_and_ends_once(steps: list[tuple[Cause, str]]) -> None:
    ledger, written = GapLedger(), []
    for second, (cause, step) in enumerate(steps):
        if step == "note":
            written.append(ledger.note(cause, at(second), at(second + 0.5)))
        else:
            draft = ledger.begin(cause, at(second), at(second)) if step == "begin" else None
            draft = ledger.end(cause, at(second), at(second)) if step == "end" else draft
            written += [draft] if draft is not None else []
    written += ledger.end_all(at(len(steps)))
    ends = sorted(draft.body["gap"] for draft in written if draft.body["to"] is not None)
    assert ends == list(range(1, ledger.count + 1)), "each gap has one end"
    begins = [draft.body["gap"] for draft in written if draft.body["to"] is None]
    assert len(set(begins)) == len(begins)
    for draft in written:
        canonical(dict(draft.body))  # what RFC 8785 can't write could not be kept
        until = draft.body["to"]
        assert until is None or int(until["mono"]) >= int(draft.body["from"]["mono"])


def test_a_capture_waits_for_a_look_that_began_after_it_ended() -> None:
    out: list[Draft] = []
    box = Outbox(out.append)
    box.put(capture(1), ended_mono_ns=100)
    box.confirm(99)
    assert out == [], "that look began before the capture ended"
    assert box.held_bytes == 10
    box.confirm(100)
    assert numbers(out) == [1]
    assert box.held_bytes == 0


def test_order_in_is_order_out_even_when_a_later_one_ended_earlier() -> None:
    out: list[Draft] = []
    box = Outbox(out.append)
    box.put(capture(1), 200)
    box.put(capture(2), 50)
    box.confirm(100)
    assert out == [], "the second may not overtake the first"
    box.confirm(200)
    assert numbers(out) == [1, 2]


def test_a_confirmation_holds_for_what_ended_before_it_and_never_goes_back() -> None:
    out: list[Draft] = []
    box = Outbox(out.append)
    box.confirm(500)
    box.confirm(100)
    box.put(capture(1), 400)
    assert numbers(out) == [1]


def test_facts_of_ours_wait_for_nothing() -> None:
    out: list[Draft] = []
    box = Outbox(out.append)
    box.put(capture(1), 100)
    box.pass_by(capture(2))
    assert numbers(out) == [2]


def test_what_came_since_the_last_good_look_is_dropped_and_counted() -> None:
    out: list[Draft] = []
    box = Outbox(out.append)
    for number, ended in ((1, 100), (2, 200), (3, 300)):
        box.put(capture(number), ended)
    box.confirm(100)
    assert box.drop() == Dropped(2, 20, since_mono_ns=2)
    assert box.drop() == Dropped(0, 0, None)
    box.confirm(1000)
    box.flush()
    assert numbers(out) == [1], "what was dropped never comes back"


def test_an_outbox_is_bounded_in_bytes_and_loses_nothing_by_that() -> None:
    out: list[Draft] = []
    box = Outbox(out.append)
    size = outbox.HELD_BYTES // 4
    for number in range(6):
        box.put(capture(number, size), 10**18)
        assert box.held_bytes <= outbox.HELD_BYTES
    assert numbers(out) == [0, 1]
    box.flush()
    assert numbers(out) == [0, 1, 2, 3, 4, 5]
    assert box.held_bytes == 0


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 100)),
        st.tuples(st.just("confirm"), st.integers(0, 100)),
        st.tuples(st.just("drop"), st.just(0)),
    ),
    max_size=80,
)


@given(MOVES)
def test_each_capture_is_delivered_in_order_or_dropped_and_never_unconfirmed(moves: list[tuple[str, int]]) -> None:
    out: list[Draft] = []
    box, confirmed, ended, dropped = Outbox(out.append), 0, [], 0
    for move, value in moves:
        before = len(out)
        if move == "put":
            box.put(capture(len(ended)), value)
            ended.append(value)
        elif move == "confirm":
            confirmed = max(confirmed, value)
            box.confirm(value)
        else:
            dropped += box.drop().captures
        assert all(ended[number] <= confirmed for number in numbers(out[before:]))
    box.flush()
    assert numbers(out) == sorted(numbers(out))
    assert len(out) + dropped == len(ended)
