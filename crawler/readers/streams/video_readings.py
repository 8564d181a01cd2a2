"""What was read from the original video, and how it stands in a reading log (pure).

A reading of the video names the media entry that carries its picture's first byte, so that it leads back to bytes as
one of a screenshot does; `media_s` says which picture of that entry. Its fields are apart from those of the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from crawler.clock import Instant
from crawler.readers.ocr import Bgr
from crawler.readers.readings import Reading, Status
from crawler.readers.records import drafts, readings_of
from crawler.readers.streams.playhead import Shown
from evidence_store.entries import JSON, Draft

PREFIX = "video-"
SOURCE = "video"


class PixelReader(Protocol):
    """Reads counters from decoded pictures, in order of time: `ScreenReader`."""

    def read_pixels(
        self, entry: int, wall_ns: int, pixels: Bgr, again: Callable[[], Bgr] | None = None
    ) -> list[Reading]: ...

    def finish(self) -> list[Reading]: ...

    def unsettled(self) -> list[Reading]: ...


@dataclass(frozen=True, slots=True)
class VideoReading:
    """A reading whose picture is one of the original video's. Its time is when that picture was on the screen."""

    reading: Reading
    media_us: int
    within_ns: int  # how far the reading's time may be wrong, either way
    certain: bool  # false: the picture came, but that it was shown at that time is not certain


def video_readings(readings: Sequence[Reading], media_us: int, shown: Shown) -> list[VideoReading]:
    """Readings of one picture as readings of the video."""
    return [
        VideoReading(replace(reading, field=PREFIX + reading.field), media_us, shown.within_ns, shown.certain)
        for reading in readings
    ]


def video_drafts(readings: Sequence[VideoReading], ids: Mapping[int, str], now: Instant) -> Iterator[Draft]:
    """`readings` entries: the members of a reading from a screenshot, and where in the video it is from."""
    # `drafts` leaves out what the gate spared, and keeps the order of the rest.
    written = iter([each for each in readings if each.reading.status is not Status.NOT_LOOKED])
    for draft in drafts([each.reading for each in readings], ids, now):
        items: list[JSON] = [{**item, **_more(next(written))} for item in draft.body["readings"]]
        yield replace(draft, body={**draft.body, "source": SOURCE, "readings": items})


def video_readings_of(body: Mapping[str, JSON], texts: Sequence[bytes]) -> list[VideoReading]:
    """The readings of the video in one entry, looks that the gate spared excepted; none in an entry of screenshots."""
    items = body.get("readings", ())
    return [
        VideoReading(reading, microseconds(item["media_s"]), int(item["within_ms"]) * 1_000_000, bool(item["certain"]))
        for item, reading in zip(items, readings_of(body, texts), strict=True)
        if item.get("source") == SOURCE
    ]


def of_video(field: str) -> bool:
    """Whether a field is one of the original video, by its name."""
    return field.startswith(PREFIX)


def _more(each: VideoReading) -> dict[str, JSON]:
    return {
        "source": SOURCE,
        "media_s": seconds(each.media_us),
        "within_ms": -(-each.within_ns // 1_000_000),
        "certain": each.certain,
    }


def seconds(us: int) -> str:
    """Microseconds as seconds with six digits behind the point."""
    return f"{'-' if us < 0 else ''}{abs(us) // 1_000_000}.{abs(us) % 1_000_000:06d}"


def microseconds(text: str) -> int:
    """`seconds`, read back."""
    whole, _, rest = text.lstrip("-").partition(".")
    return (int(whole) * 1_000_000 + int(rest.ljust(6, "0")[:6])) * (-1 if text.startswith("-") else 1)
