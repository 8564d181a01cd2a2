"""What a picture's entry says of the video: which moment of the media was on the screen, and where."""

from __future__ import annotations

import math

from crawler.captures.screen import FAR_PX, FAR_US, Shot, screen_draft, video_fact
from crawler.clock import Instant
from crawler.platforms import Sight, Video
from crawler.readers.streams.playhead import look_of
from evidence_store.canonical_json import canonical
from evidence_store.entries import StoredEntry


def sight(time: float = 12.345678, box: tuple[float, float, float, float] = (460.4, 0.0, 405.0, 720.0)) -> Sight:
    video = Video(time, paused=False, ended=False, width=720, height=1280, ready=4, box=box, covered=0.1, frames=9)
    return Sight(5_000_000, "http://room/", video=video)


def test_the_fact_is_whole_numbers_that_a_reader_finds_again() -> None:
    fact = video_fact(sight(), 7_000_000)
    shot = Shot(b"jpeg", Instant(1_000_000_000, 10_000_000), Instant(1_100_000_000, 110_000_000), "screenshot")
    draft = screen_draft(shot, 3, video=fact)
    canonical(dict(draft.body))
    look = look_of(StoredEntry("l", 1, "i", "p", "screen", draft.wall_ns, draft.mono_ns, draft.body, (), b""))
    assert look is not None
    assert (look.element_us, look.paused, look.width, look.height) == (12_345_678, False, 720, 1280)
    assert look.box == (460, 0, 405, 720)
    assert (look.from_ns, look.to_ns) == (995_000_000, 997_000_000)  # before the picture, as the look was


def test_a_page_without_video_says_so() -> None:
    assert video_fact(Sight(1, "http://room/"), 2) is None


def test_numbers_of_a_hostile_page_are_kept_within_bounds() -> None:
    fact = video_fact(sight(math.inf, (math.nan, -1e300, math.inf, 1e9)), 7)
    assert (fact["time_us"], fact["box"]) == (FAR_US, [0, -FAR_PX, FAR_PX, FAR_PX])
    canonical(fact)
