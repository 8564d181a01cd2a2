"""Readings as entries of a reading log, and back (data path 5; pure).

A batch is one `readings` entry. Its body holds values, boxes and probabilities; raw text stands only in the parts of
the attachment "texts", one part per text, so that it can be withheld. Looks that the gate spared are kept as counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crawler.clock import Instant
from crawler.readers.counters import Counter, frame_of
from crawler.readers.ocr import Box
from crawler.readers.readings import Candidate, Ladder, Reading, Status
from evidence_store.entries import JSON, Attachment, Draft, EntryType, Part

TEXTS = "texts"
MOST_SPARED = 200  # of these, under 60 bytes each
MOST_READINGS = 40  # an entry is at most 65 535 bytes; a reading with three candidates takes under 1 200


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of one entry, each once, in the order in which they were first needed."""

    parts: dict[str, int]

    def number(self, text: str) -> int:
        return self.parts.setdefault(text, len(self.parts))


def drafts(readings: Sequence[Reading], ids: Mapping[int, str], now: Instant) -> Iterator[Draft]:
    """`readings` entries for these readings. `ids` gives the id of each capture entry that was read."""
    looked = [r for r in readings if r.status is not Status.NOT_LOOKED]
    spared = _spared([r for r in readings if r.status is Status.NOT_LOOKED])
    for start in range(0, len(looked), MOST_READINGS):
        batch = looked[start : start + MOST_READINGS]
        texts = _Texts({})
        body: dict[str, JSON] = {"readings": [_to_json(r, ids[r.entry], texts) for r in batch]}
        if spared:
            body["not_looked"] = spared.pop(0)
        parts = tuple(Part(text.encode()) for text in texts.parts)
        attachments = (Attachment(TEXTS, "text/plain; charset=utf-8", parts),) if parts else ()
        yield Draft(EntryType.READINGS, now.wall_ns, now.mono_ns, body, attachments)
    for more in spared:  # FORMAT.md, `readings`: a batch leads back to an entry even when the gate spared all of it
        last = readings[-1].entry
        body = {"readings": [], "entry": last, "entry_id": ids[last], "not_looked": more}
        yield Draft(EntryType.READINGS, now.wall_ns, now.mono_ns, body)


def _spared(readings: Sequence[Reading]) -> list[list[JSON]]:
    """Looks that the gate spared, by field, in pieces of at most `MOST_SPARED`."""
    pieces: list[list[JSON]] = []
    for start in range(0, len(readings), MOST_SPARED):
        entries: dict[str, list[int]] = {}
        for reading in readings[start : start + MOST_SPARED]:
            entries.setdefault(reading.field, []).append(reading.entry)
        pieces.append([{"field": field, "entries": found} for field, found in sorted(entries.items())])
    return pieces


def readings_of(body: Mapping[str, JSON], texts: Sequence[bytes]) -> list[Reading]:
    """The readings of one entry, looks that the gate spared excepted. `texts` are its parts' payloads, in order."""
    return [_from_json(item, [t.decode() for t in texts]) for item in body.get("readings", ())]


def spared_of(body: Mapping[str, JSON]) -> dict[str, list[int]]:
    """Per field the capture entries at which the gate decided not to look."""
    return {item["field"]: list(item["entries"]) for item in body.get("not_looked", ())}


def _to_json(reading: Reading, entry_id: str, texts: _Texts) -> JSON:
    box = reading.box
    return {
        "entry": reading.entry,
        "entry_id": entry_id,
        "wall": str(reading.wall_ns),
        "field": reading.field,
        "kind": reading.kind,
        "status": str(reading.status),
        "box": [box.x, box.y, box.w, box.h],
        "text_part": texts.number(reading.text),
        "value": reading.value,
        "lo": reading.lo,
        "hi": reading.hi,
        "min_probability": round(reading.min_probability, 4),
        "model": reading.model,
        "ladder": str(reading.ladder) if reading.ladder else None,
        "agreed_by": reading.agreed_by,
        "doubts": list(reading.doubts),
        "candidates": [
            {
                "text_part": texts.number(c.text),
                "counter": {"kind": c.counter.kind, "lo": c.counter.lo, "hi": c.counter.hi} if c.counter else None,
                "min_probability": round(c.min_probability, 4),
                "model": c.model,
                "margin": c.margin,
                "sure": c.sure,
            }
            for c in reading.candidates
        ],
    }


def _from_json(item: Mapping[str, JSON], texts: Sequence[str]) -> Reading:
    return Reading(
        entry=item["entry"],
        wall_ns=int(item["wall"]),
        field=item["field"],
        kind=item["kind"],
        status=Status(item["status"]),
        box=Box(*item["box"]),
        text=texts[item["text_part"]],
        value=item["value"],
        lo=item["lo"],
        hi=item["hi"],
        min_probability=item["min_probability"],
        model=item["model"],
        ladder=Ladder(item["ladder"]) if item["ladder"] else None,
        agreed_by=item["agreed_by"],
        doubts=tuple(item["doubts"]),
        candidates=tuple(
            Candidate(
                text=texts[c["text_part"]],
                counter=_counter(c["counter"], texts[c["text_part"]]),
                min_probability=c["min_probability"],
                model=c["model"],
                margin=c["margin"],
                sure=c["sure"],
            )
            for c in item["candidates"]
        ),
    )


def _counter(item: Mapping[str, JSON] | None, text: str) -> Counter | None:
    """The counter as recorded: its value is never read from the text again, by whatever grammar is in force now."""
    if item is None:
        return None
    form, digits = frame_of(item["kind"], text)
    return Counter(item["kind"], item["lo"], item["hi"], form, digits)
