"""Builds ``GET /truth.json`` (see TRUTH.md) from the ledger, the script and the clock."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from .air import PICTURE_FAULTS, Air
from .encode import burned_timelines
from .ledger import Ledger, PageRecord
from .scenario import Fault

LATE_NS = 2 * 10**9  # a player plays out its buffer first, so a stall's frozen picture may begin after the stall


def truth(ledger: Ledger, air: Air, seed: int) -> dict[str, Any]:
    """The whole truth as JSON values. Cheap enough to ask for while the room runs."""
    pages = list(ledger.pages.values())
    return {
        "scenario": air.scenario.name,
        "seed": seed,
        "room_id": air.scenario.room.id,
        "broadcast_id": air.scenario.room.broadcast,
        "started_wall_ns": air.started_ns,
        "now_wall_ns": air.wall_ns(air.now()),
        "media_loop_s": air.scenario.media.loop_s,
        "sockets": [record.as_truth() for record in ledger.sockets.values()],
        "media": [record.as_truth() for record in ledger.media.values()],
        "page_counters": [shown for page in pages for shown in page.counters],
        "burned_counters": _burned(air, seed),
        "media_to_wall": [
            {"media_s": at, "wall_ns": ns, "page": page.id} for page in pages for at, ns in page.pictures
        ],
        "faults": [_fault(fault, ledger, air, pages) for fault in air.faults],
        "pages": [page.as_truth() for page in pages],
        "requests": ledger.requests,
    }


def _burned(air: Air, seed: int) -> list[dict[str, Any]]:
    """Burned-in counters from the broadcast's start to the end of the loop that is on air, in media time."""
    loop = air.scenario.media.loop_s
    rounds = 0 if air.started_ns is None else math.floor(air.now() / loop) + 1
    places = {counter.name: counter.place for counter in air.scenario.counters}
    out: list[dict[str, Any]] = []
    for name, shown in burned_timelines(air.scenario, seed).items():
        for turn in range(rounds):
            for stretch in shown:
                start, end = round(turn * loop + stretch.from_s, 3), round(turn * loop + stretch.to_s, 3)
                if out and out[-1]["name"] == name and out[-1]["text"] == stretch.text:
                    out[-1]["media_to_s"] = end  # the same text before and after the loop's join is one showing
                    continue
                out.append(
                    {
                        "name": name,
                        "kind": stretch.kind,
                        "text": stretch.text,
                        "media_from_s": start,
                        "media_to_s": end,
                        "place": places[name],
                    }
                )
    return out


def _fault(fault: Fault, ledger: Ledger, air: Air, pages: list[PageRecord]) -> dict[str, Any]:
    record = ledger.faults.get(fault.id)
    start, end, by = (record.from_ns, record.to_ns, record.by) if record is not None else (None, None, "")
    planned_end = None if fault.length_s is None else air.wall_ns(fault.at_s + fault.length_s)
    if fault.kind in PICTURE_FAULTS:
        first, last = air.picture_span(fault)
        start = min(filter(None, (page.wall_of(first) for page in pages)), default=None)
        end = None if last is None else max(filter(None, (page.wall_of(last) for page in pages)), default=None)
        by = "page" if start else ""
    elif fault.kind == "video_stall" and (planned := air.wall_ns(fault.at_s)) is not None and planned_end is not None:
        # Of each page the first freeze that began in or just after the stall: later ones have other causes.
        firsts = (next((f for f in page.freezes if planned <= f[0] <= planned_end + LATE_NS), None) for page in pages)
        if frozen := [freeze for freeze in firsts if freeze is not None]:
            start, end, by = min(a for a, _ in frozen), max(b for _, b in frozen), "page"
    elif fault.kind == "crash":
        start, end, by = _crash(air.wall_ns(fault.at_s), pages)
    return {
        "id": fault.id,
        "kind": fault.kind,
        "variant": fault.variant,
        "planned_from_wall_ns": air.wall_ns(fault.at_s),
        "planned_to_wall_ns": planned_end,
        "from_wall_ns": start,
        "to_wall_ns": end,
        "by": by,
    }


def _crash(planned: int | None, pages: list[PageRecord]) -> tuple[int | None, int | None, str]:
    """From the last report of a page that fell silent without leaving to the next page's first picture."""
    if planned is None:
        return None, None, ""
    for page, following in pairwise(pages):
        if page.left_ns is None and page.last_report_ns is not None and following.asked_ns >= planned:
            return page.last_report_ns, following.first_picture_ns, "server"
    return None, None, ""
