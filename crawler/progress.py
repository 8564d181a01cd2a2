"""What a watch shows while it runs: a live panel on a terminal, plain lines elsewhere, events as JSON on request."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from crawler.anchors import words
from evidence_store.entries import Draft, Receipt

if TYPE_CHECKING:
    from crawler.reading import ReaderProcess
    from crawler.session import SessionFigures
    from evidence_store.anchors.anchoring import Standing

PLAIN_SECONDS = 10.0


@dataclass(slots=True)
class WatchFigures:
    """All that is known of a running watch. Written on the watch's loop, read by the renderers there."""

    wanted_seconds: float
    log: str | None = None
    session: SessionFigures | None = None
    reader: ReaderProcess | None = None  # of pictures
    messages: ReaderProcess | None = None  # the reader of frames and answers
    entries: int = 0
    ended: bool = False
    recovered: tuple[str, ...] = ()
    error: BaseException | None = None
    started: float = field(default_factory=time.monotonic)
    on_event: Callable[[dict[str, Any]], None] = lambda _: None
    on_gone: Callable[[], None] = lambda: None
    standings: Callable[[], Sequence[Standing]] | None = None  # of authorities and witnesses, once the store is open

    def tell(self, event: dict[str, Any]) -> None:
        """Pass an event on. Whoever reads the output may have gone: that ends the watch, and loses no entry."""
        try:
            self.on_event(event)
        except BrokenPipeError:
            self.nobody_reads()

    def nobody_reads(self) -> None:
        """The output is closed (`| head`): say no more, and end the watch in an orderly way."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        self.on_gone()

    def opened(self, log: str, recovered: list[Any]) -> None:
        self.log = log
        self.recovered = tuple(str(getattr(found, "log", found)) for found in recovered)
        self.tell({"event": "opened", "log": log, "cut_off_logs_found": list(self.recovered)})

    def preserved(self, draft: Draft, receipt: Receipt, latency_ms: float) -> None:
        """An entry is durable. `latency_ms`: from the end of its content."""
        self.entries += 1
        event: dict[str, Any] = {
            "event": "entry",
            "type": draft.type.value,
            "index": receipt.index,
            "id": receipt.id,
            "wall_ns": str(draft.wall_ns),
            "bytes": draft.size,
            "durable_ms": round(latency_ms, 1),
        }
        if draft.type == "gap":
            event["gap"] = dict(draft.body)
        if draft.type == "room.state":
            event["state"] = draft.body.get("state")
        self.tell(event)

    def closed(self) -> None:
        self.ended = True
        self.tell({"event": "closed", "log": self.log, "entries": self.entries})

    @property
    def readers(self) -> list[ReaderProcess]:
        """Those that were started."""
        return [each for each in (self.reader, self.messages) if each is not None]

    def elapsed(self) -> float:
        """Seconds since the room was entered, at most those wanted; 0 before."""
        session = self.session
        if session is None or session.entered_mono_ns is None:
            return 0.0
        return min(self.wanted_seconds, (time.monotonic_ns() - session.entered_mono_ns) / 1e9)


class Renderer(Protocol):
    """Shows figures; `tick` about once a second, `close` at the end."""

    def tick(self, figures: WatchFigures) -> None: ...

    def close(self, figures: WatchFigures) -> None: ...


class PlainLines:
    """A line every ten seconds, for log files and pipes."""

    def __init__(self, store: Path, write: Callable[[str], None]) -> None:
        self._store = store
        self._write = write
        self._next = 0.0
        self._said: dict[str, Any] = {}

    def tick(self, figures: WatchFigures) -> None:
        if figures.elapsed() >= self._next and figures.elapsed() > 0:
            self._next = figures.elapsed() + PLAIN_SECONDS
            self._write(" | ".join(f"{name} {value}" for name, value in rows(figures, self._store)))

    def close(self, figures: WatchFigures) -> None:
        if figures.elapsed() > 0:
            self._write(" | ".join(f"{name} {value}" for name, value in rows(figures, self._store)))


class JsonLines:
    """Each event as one JSON object a line, and a `progress` event every ten seconds."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._next = 0.0

    def event(self, event: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def tick(self, figures: WatchFigures) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PLAIN_SECONDS
            self.close(figures)

    def close(self, figures: WatchFigures) -> None:
        self.event({"event": "progress", **dict(rows(figures, self._store))})


class LivePanel:
    """A table that renews itself in place."""

    def __init__(self, store: Path, title: str) -> None:
        from rich.console import Console
        from rich.live import Live

        self._store = store
        self._title = title
        self._live = Live(console=Console(stderr=False), refresh_per_second=2, transient=False)
        self._live.start()

    def tick(self, figures: WatchFigures) -> None:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE, show_header=False, title=Text(self._title), title_justify="left")
        for name, value in rows(figures, self._store):
            table.add_row(name, Text(value))
        self._live.update(table)

    def close(self, figures: WatchFigures) -> None:
        self.tick(figures)
        self._live.stop()


def rows(figures: WatchFigures, store: Path) -> list[tuple[str, str]]:
    """What to show, in the order in which a person looks for it."""
    session = figures.session
    if session is None or session.entered_mono_ns is None:
        return [
            ("state", "opening the browser and the room"),
            ("waited", f"{time.monotonic() - figures.started:.0f} s"),
        ]
    remaining = max(0.0, figures.wanted_seconds - figures.elapsed())
    shown = [
        ("time", f"{clock(figures.elapsed())} of {clock(figures.wanted_seconds)}, {clock(remaining)} to go"),
        ("seen", f"{session.seen_seconds:.0f} s"),
        ("screenshots", _screenshots(session)),
        ("media", f"{session.media_bytes / 1e6:.1f} MB"),
        ("chat frames", str(session.chat_frames)),
        ("answers", str(session.answers)),
        ("gaps", f"{session.gaps}" + (f", now: {', '.join(session.open_gaps)}" if session.open_gaps else "")),
        ("entries kept", str(figures.entries)),
    ]
    if figures.reader is not None:
        reading = figures.reader.figures
        latest = ", ".join(visible(str(value.get("text", ""))) for value in list(reading.latest.values())[:8])
        shown.append(("counters", latest or "none read yet"))
        shown.append(("reading", f"{reading.read} pictures read, {reading.behind} behind"))
    if figures.messages is not None:
        kinds = figures.messages.figures.kinds
        shown.append(("messages", ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "none read yet"))
    if figures.standings is not None:
        shown += words(figures.standings())
    shown.append(("disk left", f"{shutil.disk_usage(store if store.exists() else store.parent).free / 1e9:.1f} GB"))
    return shown


def clock(seconds: float) -> str:
    """75 -> "1:15"; 3675 -> "1:01:15"."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def visible(text: str) -> str:
    """A stranger's text for a terminal: control and direction characters shown as escapes, at most 60 characters."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:60])


def _screenshots(session: SessionFigures) -> str:
    """Those of the grid, about rate times time; the bursts' apart."""
    shown = str(session.pictures - session.burst_pictures)
    return f"{shown}, and {session.burst_pictures} in {session.bursts} bursts" if session.bursts else shown
