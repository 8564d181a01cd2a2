"""Looks at the page become gaps, seen seconds, a silence of the chat, and a verdict on the room."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.gaps import Cause
from crawler.health import (
    BLACK_PART,
    CHAT_PACE_FRAMES,
    CHAT_SILENCE_SECONDS,
    GRACE_SECONDS,
    STALL_SECONDS,
    ChatPace,
    Turn,
    VideoHealth,
)
from crawler.judgement import Ending, OurRoom, Unclear, VisitEnd, judge
from crawler.platforms import RoomIdentity, RoomState, Sight, Video

SECOND = 1_000_000_000
VIDEO = Video(
    time=0, paused=False, ended=False, width=720, height=1280, ready=4, box=(10, 20, 300, 500), covered=0.1, frames=0
)


def ns(second: float) -> int:
    return round(second * SECOND)


def sight(second: float, **video: object) -> Sight:
    """A look at a video that plays in real time, but for what is said."""
    playing = replace(VIDEO, time=second, frames=round(second * 25) + 1)
    return Sight(ns(second), "https://h/room/1", video=replace(playing, **video))  # type: ignore[arg-type]


def bare(second: float) -> Sight:
    return Sight(ns(second), "https://h/room/1")


def playing(until: float) -> VideoHealth:
    health = VideoHealth()
    for half in range(round(until * 2) + 1):
        assert health.look(sight(half / 2)) == []
    return health


def test_seconds_of_a_playing_video_are_seen() -> None:
    health = playing(5)
    assert health.seen_ns == ns(5)
    assert health.good
    assert health.box == (10, 20, 300, 500)


def test_a_pause_is_a_gap_from_the_last_good_look_to_the_first_good_one() -> None:
    health = playing(5)
    frozen = {"time": 5.0, "frames": 126, "paused": True}
    assert health.look(sight(5.5, **frozen)) == [Turn(Cause.VIDEO_PAUSED, begins=True, good_ns=ns(5))]
    assert health.look(sight(6, **frozen)) == []
    assert not health.good
    assert health.look(sight(8)) == [Turn(Cause.VIDEO_PAUSED, begins=False, good_ns=ns(8))]
    assert health.seen_ns <= ns(5) + ns(2), "what was paused is not seen"


def test_a_stall_counts_from_the_last_look_at_which_the_video_moved() -> None:
    health = playing(5)
    still = {"time": 5.0, "frames": 126}
    turns = [turn for half in range(11, 20) for turn in health.look(sight(half / 2, **still))]
    assert turns == [Turn(Cause.VIDEO_STALLED, begins=True, good_ns=ns(5))]
    assert health.seen_ns == ns(5)
    assert health.look(sight(10)) == [Turn(Cause.VIDEO_STALLED, begins=False, good_ns=ns(10))]


def test_a_wait_that_any_viewer_would_call_buffering_is_no_gap_but_not_seen_either() -> None:
    health = playing(5)
    assert health.look(sight(5 + STALL_SECONDS - 0.5, time=5.0, frames=126)) == []
    assert health.seen_ns == ns(5)


def test_time_that_moves_without_pictures_is_no_advance() -> None:
    health = playing(5)
    turns = [turn for half in range(11, 20) for turn in health.look(sight(half / 2, frames=126))]
    assert [turn.cause for turn in turns] == [Cause.VIDEO_STALLED]


def test_a_browser_that_counts_no_pictures_is_judged_by_time() -> None:
    health = VideoHealth()
    for half in range(11):
        assert health.look(sight(half / 2, frames=0)) == []
    assert health.seen_ns == ns(5)


def test_a_pop_up_covers_the_picture_but_the_rooms_own_furniture_does_not() -> None:
    health = playing(5)
    assert health.look(sight(5.5, covered=0.2)) == []
    assert health.look(sight(6, covered=0.6)) == [Turn(Cause.COVERED, begins=True, good_ns=ns(5.5))]
    assert health.look(sight(6.5, covered=0.1)) == [Turn(Cause.COVERED, begins=False, good_ns=ns(6.5))]


def test_a_player_may_take_its_time_to_begin_and_a_longer_wait_counts_from_its_beginning() -> None:
    health = VideoHealth()
    turns = [turn for half in range(round(2 * GRACE_SECONDS)) for turn in health.look(bare(1 + half / 2))]
    assert turns == []
    assert health.look(bare(1 + GRACE_SECONDS)) == [Turn(Cause.NO_VIDEO, begins=True, good_ns=ns(1))]
    assert health.box is None


def test_a_video_that_goes_away_is_a_gap() -> None:
    health = playing(5)
    assert health.look(bare(5.5)) == [Turn(Cause.NO_VIDEO, begins=True, good_ns=ns(5))]
    health.look(sight(9))
    assert Turn(Cause.NO_VIDEO, begins=False, good_ns=ns(9.5)) not in health.look(sight(9.5)), "it ended at 9 already"
    assert health.good


def test_a_black_picture_is_a_gap_and_a_dark_one_with_light_in_it_is_not() -> None:
    health = playing(5)
    assert health.picture(0.1, ns(5)) == []
    assert health.picture(BLACK_PART - 0.1, ns(5.5)) == [], "dark, with light in it"
    assert health.picture(BLACK_PART, ns(6)) == [Turn(Cause.BLACK, begins=True, good_ns=ns(5.5))]
    health.look(sight(6))
    assert health.seen_ns == ns(5), "a black second is not seen"
    assert health.picture(0.1, ns(7)) == [Turn(Cause.BLACK, begins=False, good_ns=ns(7))]


def test_a_player_that_has_not_begun_is_not_black() -> None:
    assert VideoHealth().picture(1.0, ns(1)) == []


def test_a_new_document_ends_what_was_wrong_with_the_old_one() -> None:
    health = playing(5)
    health.look(sight(6, paused=True, covered=1.0))
    ended = health.restart()
    assert {(turn.cause, turn.begins) for turn in ended} == {(Cause.VIDEO_PAUSED, False), (Cause.COVERED, False)}
    assert health.restart() == []
    assert health.look(sight(20, time=0.0, frames=0)) == [], "it has its time to begin again"
    assert health.seen_ns == ns(5), "what lay between is not seen"


LOOKS = st.lists(
    st.tuples(
        st.sampled_from([0.4, 0.5, 0.6, 3.0]),
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.sampled_from([0.0, 0.1, 0.9]),
    ),
    max_size=60,
)


@given(LOOKS)
def test_each_cause_begins_and_ends_in_turn_and_no_more_is_seen_than_has_passed(
    looks: list[tuple[float, bool, bool, bool, float]],
) -> None:
    health, now, media, open_causes = VideoHealth(), 100.0, 0.0, set[Cause]()
    for step, moves, paused, there, covered in looks:
        now += step
        media += step if moves else 0
        look = sight(now, time=media, frames=round(media * 25), paused=paused, covered=covered) if there else bare(now)
        for turn in health.look(look):
            assert turn.begins == (turn.cause not in open_causes)
            (open_causes.add if turn.begins else open_causes.discard)(turn.cause)
            assert ns(100) < turn.good_ns <= ns(now)
        assert health.seen_ns <= ns(now - 100)
        assert not (health.good and open_causes)


def chat(frames: int, per_second: float) -> tuple[ChatPace, float]:
    """A room whose chat has gone on at this pace; returns the moment of its newest frame."""
    pace, second = ChatPace(), 0.0
    for number in range(1, frames + 1):
        second = number / per_second
        assert pace.look(number, ns(second), ns(second)) == []
    return pace, second


def test_a_busy_chat_that_stops_is_silent_from_its_last_frame() -> None:
    pace, last = chat(200, per_second=20)
    shortest = CHAT_SILENCE_SECONDS[0]
    assert pace.limit_seconds == shortest
    assert pace.look(200, ns(last), ns(last + shortest)) == []
    assert pace.look(200, ns(last), ns(last + shortest + 0.1)) == [
        Turn(Cause.CHAT_SILENT, begins=True, good_ns=ns(last))
    ]
    assert pace.look(200, ns(last), ns(last + 60)) == [], "told once"
    assert pace.look(201, ns(last + 61), ns(last + 61.5)) == [
        Turn(Cause.CHAT_SILENT, begins=False, good_ns=ns(last + 61))
    ]


def test_a_quiet_room_is_not_silent_by_the_pace_of_a_busy_one() -> None:
    pace, last = chat(30, per_second=0.5)
    limit = pace.limit_seconds
    assert limit is not None
    assert 60 < limit <= CHAT_SILENCE_SECONDS[1]
    assert pace.look(30, ns(last), ns(last + 60)) == []


def test_a_room_without_a_pace_is_never_silent() -> None:
    pace, last = chat(CHAT_PACE_FRAMES - 1, per_second=20)
    assert pace.limit_seconds is None
    assert pace.look(CHAT_PACE_FRAMES - 1, ns(last), ns(last + 10_000)) == []
    assert ChatPace().look(0, None, ns(10_000)) == []


ROOM = RoomIdentity("simulated", "room-7", "b1")
HERE = {"roomId": "room-7", "broadcastId": "b1"}


def simulated(**facts: str) -> Sight:
    return Sight(1, "http://127.0.0.1/room/room-7", simulated=True, facts=facts)


@pytest.mark.parametrize(
    ("facts", "known", "entered", "verdict"),
    [
        ({**HERE, "roomState": "live"}, None, False, OurRoom(RoomState.LIVE, ROOM)),
        ({**HERE, "roomState": "live"}, ROOM, True, OurRoom(RoomState.LIVE, ROOM)),
        ({**HERE, "roomState": "paused"}, ROOM, True, OurRoom(RoomState.PAUSED, ROOM)),
        ({"roomId": "room-7", "roomState": "live"}, ROOM, True, OurRoom(RoomState.LIVE, replace(ROOM, broadcast=None))),
        ({**HERE, "roomState": "login"}, None, False, (Ending.WALL, RoomState.LOGIN_WALL)),
        ({"roomState": "login"}, ROOM, True, (Ending.WALL, RoomState.LOGIN_WALL)),
        ({**HERE, "roomId": "other", "roomState": "captcha"}, ROOM, True, (Ending.WALL, RoomState.CAPTCHA)),
        ({**HERE, "roomId": "other", "roomState": "live"}, ROOM, True, (Ending.LEFT, RoomState.LIVE)),
        ({**HERE, "roomId": "other", "roomState": "ended"}, ROOM, True, (Ending.LEFT, RoomState.LIVE)),
        ({**HERE, "roomState": "not_found"}, None, False, (Ending.NOT_LIVE, RoomState.NOT_FOUND)),
        ({**HERE, "roomState": "not_found"}, ROOM, True, (Ending.NOT_LIVE, RoomState.NOT_FOUND)),
        ({**HERE, "roomState": "ended"}, None, False, (Ending.NOT_LIVE, RoomState.ENDED)),
        ({**HERE, "roomState": "ended"}, ROOM, True, (Ending.ENDED, RoomState.ENDED)),
        ({**HERE, "roomState": "ended"}, ROOM, False, (Ending.ENDED, RoomState.ENDED)),
        ({**HERE, "roomState": "not_started"}, None, False, (Ending.NOT_LIVE, RoomState.NOT_STARTED)),
        ({**HERE, "roomState": "not_started"}, ROOM, True, OurRoom(RoomState.NOT_STARTED, ROOM)),
        ({**HERE, "broadcastId": "b2", "roomState": "live"}, ROOM, True, (Ending.ANOTHER_BROADCAST, RoomState.LIVE)),
        ({**HERE, "roomState": "hacked"}, ROOM, True, Unclear(RoomState.NO_CONTENT)),
        ({"roomState": "live"}, ROOM, True, Unclear(RoomState.LIVE)),
        ({}, None, False, Unclear(RoomState.NO_CONTENT)),
    ],
)  # fmt: skip
def test_what_a_look_at_the_simulated_room_means(
    *,
    facts: dict[str, str],
    known: RoomIdentity | None,
    entered: bool,
    verdict: OurRoom | Unclear | tuple[Ending, RoomState],
) -> None:
    check(judge(simulated(**facts), known, entered=entered), verdict)


ANY = RoomIdentity("generic", "h:/room/1")


def page(text: str = "", title: str = "", url: str = "https://h/room/1?share=x", video: Video | None = None) -> Sight:
    return Sight(1, url, title=title, text=text, video=video)


@pytest.mark.parametrize(
    ("look", "known", "verdict"),
    [
        (page(video=VIDEO), None, OurRoom(RoomState.LIVE, ANY)),
        (page(video=VIDEO, url="https://h/room/1/#x"), ANY, OurRoom(RoomState.LIVE, ANY)),
        (page(video=replace(VIDEO, paused=True)), ANY, OurRoom(RoomState.PAUSED, ANY)),
        (page("请先登录", video=VIDEO), None, OurRoom(RoomState.LIVE, ANY)),
        (page("请先登录", video=replace(VIDEO, ready=1)), None, (Ending.WALL, RoomState.LOGIN_WALL)),
        (page("登录后继续观看"), ANY, (Ending.WALL, RoomState.LOGIN_WALL)),
        (page("请拖动滑块完成验证，或请先登录"), None, (Ending.WALL, RoomState.CAPTCHA)),
        (page("直播已结束"), None, (Ending.NOT_LIVE, RoomState.ENDED)),
        (page("直播已结束"), ANY, (Ending.ENDED, RoomState.ENDED)),
        (page("直播已结束", video=replace(VIDEO, ended=True)), ANY, (Ending.ENDED, RoomState.ENDED)),
        (page(title="Page not found"), None, (Ending.NOT_LIVE, RoomState.NOT_FOUND)),
        (page("直播即将开始"), None, (Ending.NOT_LIVE, RoomState.NOT_STARTED)),
        (page(video=VIDEO, url="https://h/room/2"), ANY, (Ending.LEFT, RoomState.LIVE)),
        (page(video=VIDEO, url="https://evil/room/1"), ANY, (Ending.LEFT, RoomState.LIVE)),
        (page("新品上架"), ANY, Unclear(RoomState.NO_CONTENT)),
        (page(url="about:blank"), ANY, Unclear(RoomState.NO_CONTENT)),
        (page(url="chrome-error://chromewebdata/"), ANY, Unclear(RoomState.NO_CONTENT)),
    ],
)
def test_what_a_look_at_a_room_without_an_adapter_means(
    look: Sight, known: RoomIdentity | None, verdict: OurRoom | Unclear | tuple[Ending, RoomState]
) -> None:
    check(judge(look, known, entered=known is not None), verdict)


def check(got: OurRoom | VisitEnd | Unclear, wanted: OurRoom | Unclear | tuple[Ending, RoomState]) -> None:
    if not isinstance(wanted, tuple):
        assert got == wanted
        return
    assert isinstance(got, VisitEnd)
    assert (got.ending, got.state) == wanted
    assert got.words, "a person has to be told something that can be acted on"
