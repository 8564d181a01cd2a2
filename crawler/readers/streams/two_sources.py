"""Screenshots and original video of a session held against each other, out of its reading logs (data path 7)."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.readers.readings import Reading
from crawler.readers.runs import video_readings_in
from crawler.readers.streams.agreement import Comparison, compare
from crawler.readers.streams.playhead import Playhead, look_of
from evidence_store.entries import EntryType
from evidence_store.store import Store

SCREENS = frozenset({str(EntryType.SCREEN)})


def two_sources(store: Store, capture_log: str, screen: Sequence[Reading], reading_logs: Sequence[str]) -> Comparison:
    """The readings of screenshots held against those of the original video in these reading logs.

    Raises as reading logs and blobs does (`Corrupt`, `BlobMissing`).
    """
    video = [each for log in reading_logs for each in video_readings_in(store, log)]
    if not video:
        return Comparison({}, (), ())  # the capture log, long as it may be, is not read for nothing
    return compare(screen, video, playhead_of(store, capture_log))


def playhead_of(store: Store, capture_log: str) -> Playhead:
    """All looks of a session."""
    head = Playhead(most=1 << 20)
    with store.reader(capture_log) as reader:
        for entry in reader.entries(types=SCREENS):
            if (look := look_of(entry)) is not None:
                head.take(look)
    return head
