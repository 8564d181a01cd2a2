"""Chat lines as the page showed them: the text of each row of its chat list, and when it appeared (data path 3).

The frames say what the page was sent, the lines what it showed: where both agree, a decoded message rests on two
sources. A poll a second is one `chat.lines` entry, when anything came. Its body has counts, the list's selector (or
`found`: by its looks; null: there is none), and the call's bracket; no text. Part 0 is an index, `{"lines": [...]}`:
per line the number of its part, `page_ms` (the page's clock, epoch milliseconds) and between which moments of
CLOCK_MONOTONIC it appeared. Then one part per line, JSON: its text as the page has it, the `alt` words of its pictures,
and the site's own numbers of it.

`how` of a line: "new"; "again" (an existing row says something else); "stood" (it stood there when the list was first
watched: it appeared some time before). `visible` false: the list was hidden when it was read.

Cost on the page's main thread (CPU time of its scripts with and without polls, two saturated cores, 20 new lines a
second in a list of 60): 1 to 2.5 ms a second with a selector; without one, the search of the first seconds included,
about 3.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.captures.line_watcher import taking, watcher
from crawler.clock import Clock, Instant
from crawler.probe import Probe
from evidence_store.entries import JSON, Attachment, Draft, EntryType, Part

MISSING_SECONDS = 10.0  # a document that shows no list for this long is said to have none, once


@dataclass(slots=True)
class _Document:
    """What we have of one document's watcher."""

    born: float
    since_mono_ns: int
    arrived: int = 0  # number of its last line that we have
    over: int = 0
    told: bool = False  # that it shows no list, or a list was seen


class LineCapture:
    """One session's chat lines. `emit(draft, ended_mono_ns)` takes each batch. One poll at a time."""

    def __init__(self, clock: Clock, emit: Callable[[Draft, int], None]) -> None:
        self._clock = clock
        self._emit = emit
        self._document = _Document(0.0, 0)
        self.count = 0  # lines so far
        self.over = 0  # lines that were seen and not kept: more than twice `MAX_LINES` waited

    async def poll(self, probe: Probe, selectors: Sequence[str], *, timeout: float = 2.0) -> None:
        """Take what the page showed since the last poll; installs the watcher in a document that has none.

        `selectors` are the adapter's `chat_rows`. A poll that fails loses nothing as long as the document lives: the
        lines come with the next one. Raises `CdpError` (navigating), `CdpTimeoutError` (frozen), `CdpClosedError`.
        """
        for _ in range(2):
            held = self._document
            before = self._clock.now()
            answer = await probe.evaluate(taking(held.born, held.arrived), timeout=timeout)
            after = self._clock.now()
            if answer is not None:
                self._took(answer, before, after)
                return
            await probe.evaluate(watcher(selectors), timeout=timeout)  # in a document that goes at once: next time

    def _took(self, answer: dict[str, Any], before: Instant, after: Instant) -> None:
        if answer["born"] != self._document.born:
            self._document = _Document(answer["born"], before.mono_ns)
        document, lines = self._document, answer["lines"]
        over, document.over = answer["over"] - document.over, answer["over"]
        body: dict[str, JSON] = {
            "lines": len(lines),
            "over": over,
            "list": answer["by"],
            "visible": answer["visible"],
            "page_ms": answer["now"],
            "before_mono": str(before.mono_ns),
            "after_mono": str(after.mono_ns),
        }
        self.over += over
        if not lines:
            if answer["by"] is not None and answer["visible"]:
                document.told = True
            elif not document.told and before.mono_ns - document.since_mono_ns >= MISSING_SECONDS * 1e9:
                document.told = True
                self._emit(Draft(EntryType.CHAT_LINES, before.wall_ns, before.mono_ns, body), after.mono_ns)
            return
        document.told = True
        document.arrived = lines[-1]["n"]
        self.count += len(lines)
        index = [_indexed(line, number, answer["now"], before, after) for number, line in enumerate(lines, 1)]
        first = min(int(each["mono_before"]) for each in index)
        body |= {
            "first_mono": str(first),
            "last_mono": str(max(int(each["mono_after"]) for each in index)),
            "stood": sum(line["how"] == "stood" for line in lines),
            "again": sum(line["how"] == "again" for line in lines),
        }
        parts = (Part(_encoded({"lines": index})), *(Part(_encoded(_content(line))) for line in lines))
        attachment = Attachment("lines", "application/vnd.livewitness.parts", parts)
        draft = Draft(EntryType.CHAT_LINES, before.wall_at(first), first, body, (attachment,))
        self._emit(draft, after.mono_ns)


def _indexed(line: dict[str, Any], part: int, page_ms: float, before: Instant, after: Instant) -> dict[str, JSON]:
    """When a line appeared: as long before the call as the page's own clock says."""
    age_ns = max(0, round((page_ms - line["ms"]) * 1e6))
    return {
        "part": part,
        "how": line["how"],
        "page_ms": line["ms"],
        "mono_before": str(before.mono_ns - age_ns),
        "mono_after": str(min(after.mono_ns - age_ns + round(line["wait"] * 1e6), after.mono_ns)),
    }


def _content(line: dict[str, Any]) -> dict[str, JSON]:
    """What a line says: all of it may be personal."""
    content: dict[str, JSON] = {"text": line["text"]}
    if line["cut"]:
        content["cut"] = True
    for name in ("images", "attributes"):
        if line[name]:
            content[name] = line[name]
    return content


def _encoded(value: dict[str, JSON]) -> bytes:
    """JSON in UTF-8; a page may hold half surrogates, which are kept."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8", "surrogatepass")
