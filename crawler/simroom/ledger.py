"""What really happened: what the room sent, with digests, and what its page says that it got and painted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import blake3


@dataclass(slots=True)
class Stream:
    """Bytes that went one way over one connection: each write's time and end, and the digest of all bytes up to it."""

    _hash: Any = field(default_factory=blake3.blake3)
    end: int = 0
    writes: list[tuple[int, int, int, str]] = field(default_factory=list)  # wall_ns, size, end offset, prefix digest

    def add(self, payload: bytes, wall_ns: int) -> None:
        """Note a write; call it just before the bytes are handed to the connection."""
        self._hash.update(payload)
        self.end += len(payload)
        self.writes.append((wall_ns, len(payload), self.end, self._hash.hexdigest()))


@dataclass(slots=True)
class SocketRecord:
    """One chat connection. ``page_received``: how many frames the page says that it got, None if it never said."""

    id: str
    room_id: str
    opened_ns: int
    sent: Stream = field(default_factory=Stream)
    client: Stream = field(default_factory=Stream)
    closed_ns: int | None = None
    page_received: int | None = None

    def as_truth(self) -> dict[str, Any]:
        """The socket's member of truth.json."""
        return {
            "id": self.id,
            "room_id": self.room_id,
            "opened_wall_ns": self.opened_ns,
            "closed_wall_ns": self.closed_ns,
            "frames": _frames(self.sent),
            "client_sent": _frames(self.client),
            "page_received": self.page_received,
        }


@dataclass(slots=True)
class MediaRecord:
    """One media response. ``kind``: flv, init, segment or playlist."""

    id: str
    path: str
    kind: str
    room_id: str
    rendition: str
    sent: Stream = field(default_factory=Stream)
    complete: bool = False
    page_received_bytes: int | None = None

    def as_truth(self) -> dict[str, Any]:
        """The response's member of truth.json."""
        chunks = [
            {"end_offset": end, "sent_wall_ns": at, "prefix_blake3": digest} for at, _, end, digest in self.sent.writes
        ]
        return {
            "id": self.id,
            "path": self.path,
            "kind": self.kind,
            "room_id": self.room_id,
            "rendition": self.rendition,
            "chunks": chunks,
            "complete": self.complete,
            "page_received_bytes": self.page_received_bytes,
        }


@dataclass(slots=True)
class PageRecord:
    """One load of the room's page, by what it reported."""

    id: str
    room_id: str
    asked_ns: int
    first_report_ns: int | None = None
    last_report_ns: int | None = None
    first_picture_ns: int | None = None
    left_ns: int | None = None
    video: dict[str, float] = field(default_factory=dict)
    boxes: dict[str, list[float]] = field(default_factory=dict)
    counters: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[tuple[float, int]] = field(default_factory=list)  # media_s, wall_ns
    freezes: list[tuple[int, int]] = field(default_factory=list)  # wall_ns of the last picture before, the first after

    def counter_painted(self, name: str, kind: str, text: str, wall_ns: int) -> None:
        """A counter was painted with a new text (the page's clock); its text before is gone since then."""
        self.counter_gone(name, wall_ns)
        self.counters.append(
            {
                "name": name,
                "kind": kind,
                "text": text,
                "shown_wall_ns": wall_ns,
                "hidden_wall_ns": None,
                "page": self.id,
            }
        )

    def counter_gone(self, name: str | None, wall_ns: int) -> None:
        """The counter (all with None) is not on the page since a moment."""
        for shown in reversed(self.counters):
            if shown["hidden_wall_ns"] is None and name in (None, shown["name"]):
                shown["hidden_wall_ns"] = wall_ns

    def wall_of(self, media_s: float) -> int | None:
        """When the first picture at or after a media time was shown, by the page's samples; None: they don't say."""
        before = [at for at, _ in self.pictures if at < media_s]
        for at, wall_ns in self.pictures:
            if at >= media_s and before:
                # Between two samples pictures come in real time, so the first one came this much before the sample.
                return wall_ns - round((at - media_s) * 1e9)
        return None

    def as_truth(self) -> dict[str, Any]:
        """The page's member of truth.json."""
        return {
            "id": self.id,
            "room_id": self.room_id,
            "asked_wall_ns": self.asked_ns,
            "first_report_wall_ns": self.first_report_ns,
            "last_report_wall_ns": self.last_report_ns,
            "first_picture_wall_ns": self.first_picture_ns,
            "left_wall_ns": self.left_ns,
            "video": self.video,
            "boxes": self.boxes,
            "freezes": [{"from_wall_ns": a, "to_wall_ns": b} for a, b in self.freezes],
        }


@dataclass(slots=True)
class FaultRecord:
    """When a fault really was there; ``by`` says who measured it."""

    from_ns: int | None = None
    to_ns: int | None = None
    by: str = ""


@dataclass(slots=True)
class Ledger:
    """Everything above for one run of the room."""

    sockets: dict[str, SocketRecord] = field(default_factory=dict)
    media: dict[str, MediaRecord] = field(default_factory=dict)
    pages: dict[str, PageRecord] = field(default_factory=dict)
    faults: dict[str, FaultRecord] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def fault_begins(self, fault_id: str, wall_ns: int, by: str) -> None:
        """Note a fault's first moment; later calls for the same fault change nothing."""
        record = self.faults.setdefault(fault_id, FaultRecord())
        if record.from_ns is None:
            record.from_ns, record.by = wall_ns, by

    def fault_ends(self, fault_id: str, wall_ns: int) -> None:
        """Note that a fault that began is over; only the first call counts."""
        record = self.faults.get(fault_id)
        if record is not None and record.from_ns is not None and record.to_ns is None:
            record.to_ns = wall_ns

    def unique(self, wanted: str, taken: dict[str, Any], prefix: str) -> str:
        """The id that a page proposed, or a fresh one when it proposed none or one that is in use."""
        return wanted if wanted and wanted not in taken else f"{prefix}{len(taken) + 1}"


def _frames(stream: Stream) -> list[dict[str, Any]]:
    return [
        {"n": n, "sent_wall_ns": at, "size": size, "prefix_blake3": digest}
        for n, (at, size, _, digest) in enumerate(stream.writes, 1)
    ]
