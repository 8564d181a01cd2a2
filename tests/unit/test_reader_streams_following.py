"""Which pictures of the original video are read, when, and what is said of those that are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from crawler.readers.ocr import Bgr, Box
from crawler.readers.readings import Reading, Status
from crawler.readers.streams import following
from crawler.readers.streams.alignment import Alignment, Screenshot
from crawler.readers.streams.following import VideoReader
from crawler.readers.streams.offset import Offset
from crawler.readers.streams.playhead import Look, Playhead
from tests.harness import video
from tests.harness.video import encode, number_of, piece

S = 1_000_000_000
BEGIN = 1000 * S  # when the first byte came
LATER = 2 * S  # after which its picture was on the screen


@dataclass
class NumberReader:
    """Reads the number that a picture says, and hands out each reading one picture late, as readers do."""

    seen: list[tuple[int, int, int]] = field(default_factory=list)
    _late: list[Reading] = field(default_factory=list)

    def read_pixels(
        self, entry: int, wall_ns: int, pixels: Bgr, again: Callable[[], Bgr] | None = None
    ) -> list[Reading]:
        assert again is None or (again() == pixels).all()
        number = number_of(pixels)
        self.seen.append((entry, wall_ns, number))
        now, self._late = (
            self._late,
            [Reading(entry, wall_ns, "stock-1", "stock", Status.ACCEPTED, Box(0, 0, 9, 9), str(number), number)],
        )
        return now

    def finish(self) -> list[Reading]:
        now, self._late = self._late, []
        return now

    def unsettled(self) -> list[Reading]:
        return [replace(each, status=Status.DISAGREE) for each in self._late]


def look(wall_ns: int, element_s: float, *, box: tuple[int, int, int, int] = (0, 0, 160, 90)) -> Look:
    return Look(
        wall_ns - 5_000_000, wall_ns + 5_000_000, round(element_s * 1e6), paused=False, width=320, height=180, box=box
    )


@pytest.fixture(scope="module")
def content() -> list[bytes]:
    """Eight seconds of video, a piece for each two, a key picture each 0.4 s."""
    clip = encode(200)
    tags = video.flv_tags(clip)
    parts = [b"".join(tags[i : i + 50]) for i in range(0, 200, 50)]
    return [video.flv_header(clip) + parts[0], *parts[1:]]


def follow(
    reader: VideoReader, content: list[bytes], *, looks: int = 12, **of_look: tuple[int, int, int, int]
) -> list[following.VideoReading]:
    """A look a second, a piece each two, in the order in which a capture log has them."""
    readings = []
    at, given = 0, 0
    for second in range(max(looks, 12)):
        if second < looks:
            readings += reader.look(look(BEGIN + LATER + second * S, second, **of_look))
        if second % 2 and given < len(content):
            readings += reader.piece(piece(50 + given, at, wall_ns=BEGIN + given * 2 * S), content[given])
            at += len(content[given])
            given += 1
    return readings + reader.finish()


def test_each_key_picture_is_read_at_its_own_time(content: list[bytes]) -> None:
    inner = NumberReader()
    reader = VideoReader(inner, keys_only=True)
    readings = follow(reader, content)
    assert [number for _, _, number in inner.seen] == list(range(0, 200, 10))
    assert [each.reading.value for each in readings] == list(range(0, 200, 10))
    for each in readings:
        assert each.media_us == each.reading.value * 40_000  # type: ignore[operator]
        assert abs(each.reading.wall_ns - (BEGIN + LATER + each.media_us * 1000)) <= each.within_ns < S // 4
        assert each.reading.entry == 50 + each.media_us // 2_000_000
        assert each.reading.field == "video-stock-1"
    assert (reader.tally.pictures, reader.tally.read) == (20, 20)


def test_of_a_stretch_every_picture_is_read_and_no_other(content: list[bytes]) -> None:
    inner = NumberReader()
    begin = BEGIN + LATER + 3 * S
    reader = VideoReader(inner, keys_only=False, stretch=(begin, begin + S), whatever=True)
    follow(reader, content)
    numbers = [number for _, _, number in inner.seen]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert set(range(75, 100)) <= set(numbers) <= set(range(70, 105))
    assert reader.tally.outside == 200 - len(numbers)
    assert reader.tally.pictures == reader.tally.read + reader.tally.outside


def test_a_video_that_is_shown_at_its_own_size_is_not_read_again(content: list[bytes]) -> None:
    inner = NumberReader()
    reader = VideoReader(inner, keys_only=True)
    follow(reader, content, box=(0, 0, 320, 180))
    assert not inner.seen
    assert reader.tally.pieces_no_better == 4
    asked = VideoReader(inner, keys_only=True, whatever=True)
    follow(asked, content, box=(0, 0, 320, 180))
    assert len(inner.seen) == 20


def test_pictures_that_the_player_never_showed_are_counted_and_not_read(content: list[bytes]) -> None:
    """The page was left after four seconds of playing; the rest had come already."""
    inner = NumberReader()
    reader = VideoReader(inner, keys_only=True)
    follow(reader, content, looks=4)
    assert max(number for _, _, number in inner.seen) * 0.04 <= 4.6
    assert reader.tally.not_shown > 0
    assert reader.tally.pictures == 20 == reader.tally.read + reader.tally.not_shown


def test_what_waits_for_its_time_is_bounded(content: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a look nothing tells when a picture was shown: it is read by its arrival, and that is said."""
    monkeypatch.setattr(following, "MOST_WAITING_BYTES", 20 * 320 * 180)
    inner = NumberReader()
    reader = VideoReader(inner, keys_only=True)
    readings = reader.piece(piece(50, wall_ns=BEGIN), b"".join(content))
    assert reader._waiting_bytes <= 20 * 320 * 180
    assert readings
    assert not any(each.certain for each in readings)
    readings += reader.finish()
    assert [each.reading.value for each in readings] == list(range(0, 200, 10))
    for each in readings:
        assert each.reading.wall_ns - each.within_ns <= BEGIN + S


def test_broken_bytes_are_named_and_the_rest_is_read(content: list[bytes]) -> None:
    inner = NumberReader()
    reader = VideoReader(inner, keys_only=True)
    spoilt = [content[0], content[1][:2000] + bytes(3000) + content[1][5000:], *content[2:]]
    follow(reader, spoilt)
    assert {b.entry for b in reader.tally.stretches} >= {51}
    assert {number for _, _, number in inner.seen} >= {0, 10, 20, 30, 40, 110, 120, 190}


def test_stopped_in_the_middle_what_waits_is_no_value(content: list[bytes]) -> None:
    reader = VideoReader(NumberReader(), keys_only=True)
    for second in range(4):
        reader.look(look(BEGIN + LATER + second * S, second))
    reader.piece(piece(50, wall_ns=BEGIN), content[0])
    (left,) = reader.unsettled()
    assert left.reading.status is Status.DISAGREE


def drawn(number: int, *, covered: bool = False) -> Bgr:
    """A page of 400x300 px with the video at (40, 60), shown at half its size, perhaps with a card over it."""
    page = np.full((300, 400, 3), 250, np.uint8)
    noise = np.random.default_rng(number).integers(0, 255, (9, 16, 3), dtype=np.uint8)
    page[60:150, 40:200] = np.repeat(np.repeat(noise, 10, axis=0), 10, axis=1)
    if covered:
        page[100:150, 40:120] = 255
    return page


def aligned(*, covered: bool, numbers: dict[float, int]) -> Offset | None:
    """Six seconds of pictures, each another, and screenshots at seconds of wall time."""
    alignment, head = Alignment(), Playhead()
    for at in range(40):
        head.take(look(BEGIN + at * S, at + 500.0, box=(40, 60, 160, 90)))
    for frame in range(160):
        alignment.frame(frame * 40_000, drawn(frame)[60:150, 40:200])
    assert not alignment.wants_frames
    for wall_s, number in numbers.items():
        wall = BEGIN + round(wall_s * S)
        shot = Screenshot(wall - 20_000_000, wall + 20_000_000, lambda number=number: drawn(number, covered=covered))  # type: ignore[misc]
        alignment.shot(shot, look(wall, 0, box=(40, 60, 160, 90)))
    return alignment.solve(head, Offset(480_000_000, 510_000_000, "arrival"))


@pytest.mark.parametrize("covered", [False, True])
def test_pictures_tell_the_offset(covered: bool) -> None:  # noqa: FBT001 - a parameter
    # Element time is wall time + 500 s; the media began 7.3 s after the first look.
    shots = {at: round((at - 7.3) / 0.04) for at in (7.5, 8.5, 9.5, 10.5, 11.5, 12.5)}
    found = aligned(covered=covered, numbers=shots)
    assert found is not None
    assert found.rule == "pictures"
    assert found.low_us <= 507_300_000 <= found.high_us


def test_pictures_that_say_nothing_give_no_offset() -> None:
    assert aligned(covered=False, numbers=dict.fromkeys((7.5, 8.5, 9.5, 10.5), 999)) is None  # other scenes
    assert aligned(covered=False, numbers={7.5: 30, 8.5: 111, 9.5: 7, 10.5: 152, 11.5: 69}) is None  # no common offset
