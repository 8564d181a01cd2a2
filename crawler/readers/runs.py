"""The reading runs of a session: which one to show, and what it holds (data path 7).

A session may have several (`livewitness reread`). Without a choice the newest complete one over the whole session is
shown, else the newest; those of the original video alone only when they are asked for, those of messages never.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crawler.exits import BadInputError
from crawler.readers.filing import MESSAGES
from crawler.readers.readings import Reading, Status
from crawler.readers.records import TEXTS, readings_of, spared_of
from crawler.readers.streams.video_readings import SOURCE, VideoReading, of_video, video_readings_of
from evidence_store.entries import JSON, EntryType, StoredEntry
from evidence_store.store import LogSummary, Store

COMPLETE = "complete"


def chosen_run(store: Store, log: str, reading_log: str | None = None) -> LogSummary:
    """The reading log to show of a capture log.

    Raises:
        BadInputError: nothing has read this session, or `reading_log` is not one of its readings.
    """
    runs = [s for s in store.logs() if s.kind == "reading" and s.reads == log]
    if reading_log is not None:
        runs = [s for s in runs if s.log == reading_log and _opening(store, s.log).get("source") != MESSAGES]
    else:
        runs = [s for s in runs if _opening(store, s.log).get("source") is None]
    if not runs:
        raise BadInputError(
            f"readings: expected a reading log of session {log}{f' with id {reading_log}' if reading_log else ''}, "
            f"found none in {store.root}; run `livewitness reread {log}`"
        )
    whole = [s for s in runs if s.closed_reason == COMPLETE and _opening(store, s.log).get("range") is None]
    return (whole or runs)[-1]


def video_runs(store: Store, log: str) -> list[str]:
    """Reading logs of a session's original video alone (`reread --every-frame`)."""
    logs = [s.log for s in store.logs() if s.kind == "reading" and s.reads == log]
    return [each for each in logs if _opening(store, each).get("source") == SOURCE]


def video_readings_in(store: Store, reading_log: str) -> list[VideoReading]:
    """The readings of the original video in a reading log."""
    return [
        each for entry in _batches(store, reading_log) for each in video_readings_of(entry.body, _texts(store, entry))
    ]


def screenshot_readings_in(store: Store, reading_log: str) -> list[Reading]:
    """The readings of screenshots in a reading log, the looks that the gate spared among them (they show nothing)."""
    found: list[Reading] = []
    known: dict[str, Reading] = {}  # a batch may hold nothing but spared looks of a field
    for entry in _batches(store, reading_log):
        batch = [r for r in readings_of(entry.body, _texts(store, entry)) if not of_video(r.field)]
        known |= {r.field: r for r in batch}
        found += batch
        for field, entries in spared_of(entry.body).items():
            if field in known:
                kind, box = known[field].kind, known[field].box
                found += [Reading(index, 0, field, kind, Status.NOT_LOOKED, box) for index in entries]
    return found


def _batches(store: Store, reading_log: str) -> Iterator[StoredEntry]:
    with store.reader(reading_log) as reader:
        yield from reader.entries(1, {str(EntryType.READINGS)})


def _texts(store: Store, entry: StoredEntry) -> Sequence[bytes]:
    ref = next((blob for blob in entry.blobs if blob.role == TEXTS), None)
    return store.blobs.parts(ref) if ref else []


def _opening(store: Store, reading_log: str) -> dict[str, JSON]:
    with store.reader(reading_log) as reader:
        return dict(reader.entry(0).body)
