"""When a picture of the original video was on the screen, and which places and values are the same as the screen's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.clock import Instant
from crawler.readers.counters import parse
from crawler.readers.ocr import Box
from crawler.readers.readings import Reading, Status
from crawler.readers.records import readings_of
from crawler.readers.streams.agreement import Verdict, compare
from crawler.readers.streams.offset import MOST_BUFFER_NS, Arrival, Offset, estimate, shown_at
from crawler.readers.streams.placing import better, on_screen, picture_box
from crawler.readers.streams.playhead import Look, Playhead, Shown, look_of
from crawler.readers.streams.video_readings import (
    VideoReading,
    microseconds,
    seconds,
    video_drafts,
    video_readings,
    video_readings_of,
)
from evidence_store.canonical_json import canonical
from evidence_store.entries import StoredEntry

S = 1_000_000_000
BOX = (460, 0, 405, 720)


def look(wall_s: float, media_s: float, *, paused: bool = False) -> Look:
    """A look that took 10 ms."""
    wall = round(wall_s * S)
    return Look(wall - 5_000_000, wall + 5_000_000, round(media_s * 1e6), paused, 720, 1280, BOX)


def playhead(*looks: Look) -> Playhead:
    head = Playhead()
    for each in looks:
        head.take(each)
    return head


def steady(count: int = 60, *, begins_s: float = 100.0, offset_s: float = 0.0) -> Playhead:
    """A player that has played since `begins_s`, a look a second."""
    return playhead(*(look(begins_s + i, i + offset_s) for i in range(count)))


def shown(head: Playhead, media_s: float, since_s: float = 0, until_s: float = 1e6) -> Shown | None:
    return head.shown(round(media_s * 1e6), round(since_s * S), round(until_s * S))


def test_between_two_looks_of_a_playing_video_the_time_is_known_to_an_eighth_of_a_second() -> None:
    found = shown(steady(), 7.25)
    assert found is not None
    assert found.wall_ns == round(107.25 * S)
    assert found.within_ns <= S // 8
    assert found.certain


def test_over_a_stall_the_time_is_an_interval_that_holds_both_ways() -> None:
    # 1 s of media in 4 s of wall time: where in it the player stood still is not known.
    head = playhead(look(100, 10), look(104, 11))
    found = shown(head, 10.5)
    assert found is not None
    assert found.earliest_ns <= round(100.5 * S) <= found.latest_ns
    assert found.earliest_ns <= round(103.5 * S) <= found.latest_ns
    assert found.certain


def test_what_a_player_may_have_jumped_over_is_not_certain() -> None:
    head = playhead(look(100, 10), look(101, 19), look(102, 20))
    jumped, played = shown(head, 15), shown(head, 19.5)
    assert jumped is not None
    assert played is not None
    assert (jumped.certain, played.certain) == (False, True)


def test_what_was_never_shown_has_no_time() -> None:
    head = steady(10)
    assert shown(head, 30) is None
    assert shown(head, 5, since_s=200) is None
    assert shown(Playhead(), 5) is None
    after_the_last = shown(head, 9.8)
    assert after_the_last is not None
    assert not after_the_last.certain


def test_an_element_that_begins_anew_does_not_mix_its_times() -> None:
    head = playhead(*(look(100 + i, i) for i in range(20)), *(look(130 + i, i) for i in range(20)))
    first, second = shown(head, 7.5, 90, 120), shown(head, 7.5, 128, 160)
    assert first is not None
    assert second is not None
    assert (first.wall_ns, second.wall_ns) == (round(107.5 * S), round(137.5 * S))


def arrivals(first_media_s: float, *, came_s: float = 99.0, count: int = 8) -> list[Arrival]:
    """Pictures two seconds apart, each of which came within a second, a second or more before it is shown."""
    return [
        Arrival(round((first_media_s + 2 * i) * 1e6), round((came_s + 2 * i) * S), round((came_s + 1 + 2 * i) * S))
        for i in range(count)
    ]


@pytest.mark.parametrize(
    ("first_media_s", "element_s", "rule"),
    [(0.0, 0.0, "own times"), (5000.0, 5000.0, "own times"), (5000.0, 0.0, "from first picture")],
)
def test_the_players_way_to_count_is_found(first_media_s: float, element_s: float, rule: str) -> None:
    head = steady(offset_s=element_s)
    found = estimate(arrivals(first_media_s), head, round(first_media_s * 1e6))
    assert found is not None
    assert found.rule == rule
    assert found.low_us <= round((element_s - first_media_s) * 1e6) <= found.high_us
    (third,) = [a for a in arrivals(first_media_s) if a.media_us == round((first_media_s + 4) * 1e6)]
    at = shown_at(third, found, head)
    assert at is not None
    assert at.certain
    assert at.earliest_ns <= 104 * S <= at.latest_ns
    assert at.within_ns < S // 4


def test_an_offset_that_no_way_explains_is_bounded_by_arrival() -> None:
    """The player counts from 700 s: neither the stream's times nor its first picture."""
    head = steady(offset_s=700)
    found = estimate(arrivals(5000), head, 5_000_000_000)
    assert found is not None
    assert found.rule == "arrival"
    assert found.low_us <= -4_300_000_000 <= found.high_us
    assert found.high_us - found.low_us <= MOST_BUFFER_NS // 1000 + 3_000_000
    at = shown_at(arrivals(5000)[2], found, head)
    assert at is not None
    assert not at.certain
    assert at.earliest_ns <= 104 * S <= at.latest_ns


def test_without_looks_a_picture_was_shown_some_time_after_it_came() -> None:
    arrival = Arrival(0, 50 * S, 51 * S)
    at = shown_at(arrival, None, Playhead())
    assert at is not None
    assert (at.earliest_ns, at.latest_ns, at.certain) == (50 * S, 51 * S + MOST_BUFFER_NS, False)


def test_looks_come_from_screen_entries() -> None:
    body = {
        "video": {
            "from_mono": "1000",
            "to_mono": "3000",
            "time_us": 5,
            "paused": False,
            "width": 720,
            "height": 1280,
            "box": list(BOX),
        }
    }
    entry = StoredEntry("l", 3, "i", "p", "screen", 10_000, 4000, body, (), b"")
    found = look_of(entry)
    assert found is not None
    assert (found.from_ns, found.to_ns, found.wall_ns, found.half_ns) == (7000, 9000, 8000, 1000)
    assert look_of(replace(entry, body={})) is None
    assert look_of(replace(entry, body={"video": None})) is None
    assert look_of(replace(entry, body={"video": {**body["video"], "width": 0}})) is None


def test_only_a_picture_that_is_shown_smaller_is_read_from_the_video() -> None:
    assert better(look(0, 0))  # 1280 lines shown on 720
    own_size = replace(look(0, 0), width=405, height=720)
    assert not better(own_size)
    assert not better(replace(own_size, width=440, height=780))  # 8 % smaller: JPEG takes more
    assert better(replace(own_size, width=480, height=850))
    assert not better(replace(look(0, 0), box=(0, 0, 0, 0)))


def test_places_of_the_picture_on_the_screen() -> None:
    assert on_screen(Box(40, 250, 160, 48), look(0, 0)) == Box(482, 141, 90, 27)
    wide = replace(look(0, 0), box=(0, 0, 1280, 720))
    assert picture_box(wide, "contain") == Box(438, 0, 405, 720)
    assert picture_box(wide, "cover") == Box(0, -778, 1280, 2276)
    assert picture_box(wide, "fill") == Box(0, 0, 1280, 720)


def reading(wall_s: float, text: str, field: str, box: Box, status: Status = Status.ACCEPTED) -> Reading:
    counter = parse(text)
    assert counter is not None
    value = status is Status.ACCEPTED
    return Reading(
        round(wall_s), round(wall_s * S), field, counter.kind, status, box, text,
        counter.exact if value else None, counter.lo if value else None, counter.hi if value else None, 0.99, "tiny",
    )  # fmt: skip


PLACE = Box(40, 250, 160, 48)
ON_SCREEN = Box(484, 142, 86, 26)


def of_video(wall_s: float, text: str, *, within_s: float = 0.1, box: Box = PLACE) -> VideoReading:
    at = Shown(round(wall_s * S), round(within_s * S))
    (found,) = video_readings([reading(wall_s, text, "stock_left-1", box)], round((wall_s - 100) * 1e6), at)
    return found


def test_two_sources_agree_contradict_or_stand_alone() -> None:
    head = steady()
    screen = [
        reading(wall_s, text, "stock_left-7", ON_SCREEN)
        for wall_s, text in (
            (110, "仅剩50单"),
            (111, "仅剩50单"),
            (112, "仅剩44单"),
            (113, "仅剩44单"),
            (120, "仅剩40单"),
        )
    ]
    screen += [
        reading(112, "库存5", "stock-2", ON_SCREEN),
        reading(112, "仅剩9单", "stock_left-8", Box(10, 10, 90, 26)),
    ]
    seen = [
        of_video(110.4, "仅剩50单"),
        of_video(111.9, "仅剩50单"),  # the change lies within what is known of the times
        of_video(113.0, "仅剩14单"),  # at that very moment the screen says 44
        of_video(116.5, "仅剩43单"),  # nobody looked at the screen then
    ]
    found = compare(screen, seen, head)
    assert found.fields == {"video-stock_left-1": "stock_left-7"}
    assert [each.verdict for each in found.values] == [
        Verdict.AGREE,
        Verdict.AGREE,
        Verdict.CONTRADICT,
        Verdict.ALONE,
    ]
    contradicted = found.of(Verdict.CONTRADICT)[0]
    assert contradicted.screen is not None
    assert (contradicted.video.reading.value, contradicted.screen.value) == (14, 44)  # both as they were read
    assert {r.wall_ns // S for r in found.screen_alone} == {112, 113, 120}


def test_values_that_were_doubted_are_no_values() -> None:
    screen = [reading(110, "仅剩50单", "stock_left-7", ON_SCREEN, Status.DISAGREE)]
    found = compare(screen, [of_video(110, "仅剩50单")], steady())
    assert not found.fields
    assert [each.verdict for each in found.values] == [Verdict.ALONE]


def test_an_uncertain_time_never_makes_a_contradiction() -> None:
    screen = [reading(110 + i, "仅剩50单", "stock_left-7", ON_SCREEN) for i in range(5)]
    video = replace(of_video(112, "仅剩14单"), certain=False)
    found = compare(screen, [of_video(110, "仅剩50单"), video], steady())
    assert [each.verdict for each in found.values] == [Verdict.AGREE, Verdict.ALONE]


def test_in_the_log_each_reading_says_where_in_the_video_it_is_from() -> None:
    readings = [of_video(110.4, "仅剩50单"), replace(of_video(112, "仅剩44单"), certain=False)]
    spared = replace(readings[0].reading, status=Status.NOT_LOOKED, entry=111)
    readings.insert(1, replace(readings[0], reading=spared))
    (draft,) = video_drafts(readings, {110: "a" * 64, 111: "b" * 64, 112: "c" * 64}, Instant(1, 2))
    canonical(draft.body)
    first, second = draft.body["readings"]
    assert (first["source"], first["media_s"], first["within_ms"], first["certain"]) == (
        "video",
        "10.400000",
        100,
        True,
    )
    assert (second["entry"], second["entry_id"], second["certain"]) == (112, "c" * 64, False)
    assert draft.body["not_looked"] == [{"field": "video-stock_left-1", "entries": [111]}]
    texts = [part.payload for part in draft.attachments[0].content]  # type: ignore[union-attr]
    assert [r.value for r in readings_of(draft.body, texts)] == [50, 44]
    again = video_readings_of(draft.body, texts)
    assert [(v.reading.value, v.media_us, v.within_ns, v.certain) for v in again] == [
        (50, 10_400_000, 100_000_000, True),
        (44, 12_000_000, 100_000_000, False),
    ]
    plain = {
        **draft.body,
        "readings": [{k: v for k, v in item.items() if k != "source"} for item in draft.body["readings"]],
    }
    assert video_readings_of(plain, texts) == []


def test_a_batch_of_which_the_gate_spared_everything_still_names_its_entry() -> None:
    spared = of_video(110.4, "仅剩50单")
    spared = replace(spared, reading=replace(spared.reading, status=Status.NOT_LOOKED))
    (draft,) = video_drafts([spared], {110: "a" * 64}, Instant(1, 2))
    assert (draft.body["readings"], draft.body["entry"], draft.body["entry_id"]) == ([], 110, "a" * 64)


@pytest.mark.parametrize("us", [0, 1, 40_000, 1_600_000, 5_000_123_456, -21_333])
def test_media_times_as_text_and_back(us: int) -> None:
    assert microseconds(seconds(us)) == us


def test_an_offset_is_known_with_its_reason() -> None:
    assert Offset(0, 0, "own times") == estimate(arrivals(0), steady(), 0)
