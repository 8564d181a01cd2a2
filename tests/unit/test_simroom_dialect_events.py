"""What happens in a room that speaks as a site does: made from seed and number alone."""

from __future__ import annotations

from collections import Counter

from crawler.simroom.dialects.events import Event, event


def events(count: int, *, hostile: bool = False, seed: int = 7) -> list[Event]:
    return [event(seed, number, number * 50, hostile=hostile) for number in range(1, count + 1)]


def test_events_depend_on_seed_and_number_alone() -> None:
    assert events(600) == events(600)
    assert events(600)[200:] == [event(7, number, number * 50) for number in range(201, 601)]
    assert [one.text for one in events(300)] != [one.text for one in events(300, seed=8)]


def test_every_kind_happens_and_counters_only_go_the_way_they_should() -> None:
    happened = events(1500)
    kinds = Counter(one.kind for one in happened)
    assert set(kinds) == {
        *("chat", "arrival", "like", "follow", "share", "gift", "fan_club", "purchase", "viewers", "product_card"),
        *("product_list", "sold_out", "coupon", "countdown", "notice"),
    }
    assert kinds["chat"] > 600
    totals = [one.figure("total") for one in happened if one.kind == "viewers"]
    assert totals == sorted(totals)
    assert len({one.figure("online") for one in happened if one.kind == "viewers"}) > 30
    by_id = {one.who.id: one.who for one in happened if one.who}
    assert all(one.who == by_id[one.who.id] for one in happened if one.who), "the same person comes again"


def test_a_hostile_room_has_hostile_people_and_lines_in_well_formed_unicode() -> None:
    happened = events(1500, hostile=True)
    said = "".join(one.text + (one.who.name if one.who else "") for one in happened)
    said.encode()
    for sign in ("\u202e", "\x00", "\x1b", "<script>", "\u0301", "字" * 3400):
        assert sign in said
