"""Frames and answers as they were kept, entry by entry, as pieces for a decoder (data path 5).

A part that is withheld or an index that can't be read is a piece that can't be decoded: it is counted with the rest.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from crawler.platforms.pieces import Piece
from evidence_store.entries import StoredEntry

TEXT_OPCODE = 1
MOST_SOCKETS = 10_000  # whose addresses are remembered; a page that opens more is heard without an address
HANDSHAKES = frozenset({"created", "handshake-request", "handshake-response", "error"})


@dataclass(frozen=True, slots=True)
class RawPiece:
    """A piece with the place that it was kept in: part `part` of the parts blob of capture entry `entry`."""

    piece: Piece
    entry: int
    part: int
    mono_ns: int
    wall_ns: int


class RawPieces:
    """Remembers what sockets are called: their addresses stand in the entry that saw them opened."""

    def __init__(self) -> None:
        self._sockets: OrderedDict[int, str] = OrderedDict()
        self.unreadable = 0  # entries whose index could not be read

    def of_chat(self, entry: StoredEntry, parts: Sequence[bytes]) -> Iterator[RawPiece]:
        """The frames of a `chat` entry, both directions, in their order."""
        for event in self._rows(parts, "events"):
            number, part, kind = event.get("socket"), event.get("part"), event.get("kind")
            content = _part(parts, part)
            if kind == "created" and isinstance(number, int):
                self._named(number, content.decode("utf-8", "replace"))
            if kind not in {"in", "out"} or not isinstance(part, int):
                continue
            mono_ns = _whole(event.get("mono"), entry.mono_ns)
            wall_ns = entry.wall_ns + mono_ns - entry.mono_ns
            piece = Piece(
                "frame",
                self._sockets.get(cast("int", number), _socket_url(entry.body, number)),
                content,
                outgoing=kind == "out",
                text=event.get("op") == TEXT_OPCODE,
                received_ms=wall_ns // 1_000_000,
            )
            yield RawPiece(piece, entry.index, part, mono_ns, wall_ns)

    def of_answers(self, entry: StoredEntry, parts: Sequence[bytes]) -> Iterator[RawPiece]:
        """The answers of an `answers` entry whose bodies were kept, in their order."""
        for row in self._rows(parts, "answers"):
            part = row.get("body_part")
            if not isinstance(part, int):
                continue
            mono_ns = _whole(row.get("mono_finished"), entry.mono_ns)
            wall_ns = entry.wall_ns + mono_ns - entry.mono_ns
            address = _part(parts, row.get("address_part")).decode("utf-8", "replace")
            piece = Piece(
                "answer",
                address or str(row.get("url", "")),
                _part(parts, part),
                text=row.get("sent_as") == "text",
                status=row["status"] if isinstance(row.get("status"), int) else None,
                media_type=str(row.get("media_type", "")),
                headers=_headers(_part(parts, row.get("headers_part"))),
                post=_part(parts, row.get("post_part")),
                received_ms=wall_ns // 1_000_000,
            )
            yield RawPiece(piece, entry.index, part, mono_ns, wall_ns)

    def _named(self, number: int, url: str) -> None:
        self._sockets[number] = url
        while len(self._sockets) > MOST_SOCKETS:
            self._sockets.popitem(last=False)

    def _rows(self, parts: Sequence[bytes], name: str) -> list[Mapping[str, Any]]:
        try:
            rows = json.loads(parts[0])[name]
        except (ValueError, LookupError, TypeError, RecursionError):
            self.unreadable += 1
            return []
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _part(parts: Sequence[bytes], number: object) -> bytes:
    return parts[number] if isinstance(number, int) and 0 < number < len(parts) else b""


def _whole(value: object, otherwise: int) -> int:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else otherwise


def _socket_url(body: Mapping[str, Any], number: object) -> str:
    rows = body.get("sockets")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("socket") == number:
            return str(row.get("url", ""))
    return ""


def _headers(content: bytes) -> dict[str, str]:
    """Response headers of an answer, by lower-case name."""
    try:
        found = json.loads(content) if content else {}
    except (ValueError, RecursionError):
        return {}
    found = found.get("response", found) if isinstance(found, dict) else {}
    return {str(k).lower(): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
