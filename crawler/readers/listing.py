"""What a session's counters and overlay texts showed, as lists and as a contact sheet (data path 7).

Read from a reading log alone; the contact sheet cuts its crops out of the capture log's own pictures. Texts come from
the parts of the readings. A session may have several reading logs (`livewitness reread`): without a choice the newest
complete one over the whole session is listed, else the newest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default

from crawler.readers.confirming import confirmed
from crawler.readers.phrases import as_members, parse_claims
from crawler.readers.readings import Ladder, Reading, Status
from crawler.readers.runs import chosen_run, screenshot_readings_in, video_readings_in, video_runs
from crawler.readers.series import Change, series
from crawler.readers.streams.two_sources import two_sources
from crawler.readers.streams.video_readings import SOURCE, seconds
from crawler.readers.tabular import aligned, csv_line, defused, moment, printable
from evidence_store.entries import JSON, EntryType
from evidence_store.store import Store


@dataclass(frozen=True, slots=True)
class Listing:
    """The changes of a session's fields, in order of time, and where they were read."""

    capture_log: str
    reading_log: str
    ended: str  # why the reading log was closed, or its state while it is not
    pictures_left: int | None  # not read; null when the reading log has not been closed
    models: Mapping[str, str]  # BLAKE3 by file
    changes: Sequence[Change]
    # Of a reading log of the original video: its pictures' media time in microseconds, by field and wall nanoseconds.
    media_us: Mapping[tuple[str, int], int] = default(default_factory=dict)

    def first_media_us(self, change: Change) -> int | None:
        """The media time of the first picture that showed a change; null for one of screenshots."""
        return self.media_us.get((change.field, change.first_seen_ns))


def list_changes(store: Store, log: str, reading_log: str | None = None) -> Listing:
    """The changes read from a capture log's pictures.

    Raises:
        BadInputError: nothing has read this session, or `reading_log` is not one of its readings.
    """
    chosen = chosen_run(store, log, reading_log)
    with store.reader(chosen.log) as reader:
        opening, closing = reader.entry(0), reader.last()
    of_video = video_readings_in(store, chosen.log) if opening.body.get("source") == SOURCE else []
    readings = _each_once([each.reading for each in of_video] or screenshot_readings_in(store, chosen.log))
    media_us = {(each.reading.field, each.reading.wall_ns): each.media_us for each in of_video}
    left = closing.body.get("pictures_left") if closing and closing.type == EntryType.SESSION_CLOSE else None
    changes = sorted(
        (change for rows in series(readings).values() for change in rows), key=lambda c: (c.first_seen_ns, c.field)
    )
    if not of_video:
        changes = confirmed(changes, two_sources(store, log, readings, [chosen.log, *video_runs(store, log)]))
    ended = chosen.closed_reason or chosen.state
    return Listing(log, chosen.log, ended, left, opening.body.get("models", {}), changes, media_us)


def _each_once(readings: Iterable[Reading]) -> list[Reading]:
    """Looks that gave the same for the same picture as one: looking back comes by pictures that were read before.

    Two looks at one picture are one sighting; the one with more behind it stays, with what was said against either.
    """
    found: dict[tuple[str, int, int, Status, str], Reading] = {}
    for reading in readings:
        key = (reading.field, reading.entry, reading.wall_ns, reading.status, reading.text)
        before = found.get(key, reading)
        more = max(before, reading, key=lambda r: -1 if r.ladder is None else list(Ladder).index(r.ladder))
        found[key] = replace(more, doubts=tuple(dict.fromkeys((*before.doubts, *reading.doubts))))
    return list(found.values())


def claims_of(change: Change) -> list[dict[str, JSON]]:
    """What an accepted text claims, by the grammar of this installation: types and members as in its closed list."""
    if change.status is not Status.ACCEPTED:
        return []
    return [as_members(claim) for claim in parse_claims(change.text, source="ocr")]


def shown_value(change: Change) -> str:
    """A value for people: 37, 04:59, 11500 to 12999, 12000 or more; "not accepted" for a row that is no value."""
    if change.status is not Status.ACCEPTED:
        return "not accepted"
    if change.lo is None:
        return ", ".join(claim["type"] for claim in claims_of(change)) or "text"
    if change.hi is None:
        return f"{change.lo} or more"
    if change.value is None:
        return f"{change.lo} to {change.hi - 1}"
    if change.kind == "countdown":
        hours, rest = divmod(change.value, 3600)
        return (f"{hours:02d}:" if hours else "") + f"{rest // 60:02d}:{rest % 60:02d}"
    return f"{change.value}{'%' if change.kind == 'percent' else ''}"


def row(listing: Listing, change: Change) -> dict[str, JSON]:
    """One change as flat members; times in epoch milliseconds."""
    box = change.first_box
    media_us = listing.first_media_us(change)
    return {
        "field": change.field,
        "kind": change.kind,
        "status": str(change.status),
        "text": change.text,
        "value": change.value,
        "lo": change.lo,
        "hi": change.hi,
        "first_seen_ms": change.first_seen_ns // 1_000_000,
        "last_seen_ms": change.last_seen_ns // 1_000_000,
        "looks": change.looks,
        "not_looked": change.not_looked,
        "unreadable": change.unreadable,
        "ladder": str(change.ladder) if change.ladder else None,
        "min_probability": change.min_probability,
        "models": list(change.models),
        "doubts": list(change.doubts),
        "candidates": [c.text for c in change.candidates],
        "claims": claims_of(change),
        "box": [box.x, box.y, box.w, box.h],
        "source": "screenshots" if media_us is None else SOURCE,
        "first_media_s": None if media_us is None else seconds(media_us),
        "capture_log": listing.capture_log,
        "first_entry": change.entries[0],
        "last_entry": change.entries[-1],
        "reading_log": listing.reading_log,
    }


def render_json(listing: Listing) -> str:
    """One JSON object: the logs, the models' digests, and the changes as `row` gives them."""
    whole = {
        "capture_log": listing.capture_log,
        "reading_log": listing.reading_log,
        "ended": listing.ended,
        "pictures_left": listing.pictures_left,
        "models": dict(listing.models),
        "changes": [row(listing, change) for change in listing.changes],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def render_csv(listing: Listing) -> str:
    """Comma-separated, one header line, lists joined by " | ". What a spreadsheet would run begins with a quote."""
    lines = [csv_line(_COLUMNS)]
    for change in listing.changes:
        flat = row(listing, change)
        for name, value in flat.items():
            if name == "claims":
                flat[name] = json.dumps(value, ensure_ascii=False)
            elif isinstance(value, list):
                flat[name] = " | ".join(str(v) for v in value)
        flat |= {name: defused(flat[name]) for name in _FROM_THE_ROOM}
        lines.append(csv_line([flat[name] for name in _COLUMNS]))
    return "".join(lines)


_FROM_THE_ROOM = ("text", "candidates", "doubts")
_COLUMNS = (
    "field", "kind", "status", "text", "value", "lo", "hi", "first_seen_ms", "last_seen_ms", "looks", "not_looked",
    "unreadable", "ladder", "min_probability", "models", "doubts", "candidates", "claims", "box", "source",
    "first_media_s", "capture_log", "first_entry", "last_entry", "reading_log",
)  # fmt: skip


def render_table(listing: Listing) -> str:
    """Aligned columns for a terminal, and below them what was left unread."""
    head = ("first seen (UTC)", "last seen", "field", "shown", "value", "looks", "confirmed", "entry", "")
    rows = [head]
    for c in listing.changes:
        mark = ", ".join(printable(doubt) for doubt in c.doubts)
        ladder = str(c.ladder) if c.ladder else "-"
        first, last = moment(c.first_seen_ns), moment(c.last_seen_ns)
        entry = str(c.entries[0])
        rows.append((first, last[11:], c.field, printable(c.text), shown_value(c), str(c.looks), ladder, entry, mark))
    lines = aligned(rows)
    left = "still reading" if listing.pictures_left is None else f"{listing.pictures_left} pictures not read"
    lines.append(f"{len(listing.changes)} changes; reading log {listing.reading_log}: {listing.ended}, {left}")
    return "\n".join(lines) + "\n"


def render_contact_sheet(store: Store, log: str, reading_log: str | None = None) -> str:
    """See `contact_sheet`, which needs cv2 and is imported only here."""
    from crawler.readers import contact_sheet

    return contact_sheet.render(store, list_changes(store, log, reading_log))
