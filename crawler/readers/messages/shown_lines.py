"""The lines that a page showed, back from their `chat.lines` entries (data path 5).

Lines of a list that was hidden when it was read were not shown to anybody and are left out; what an index or a part
does not say rightly is left out too, for it can't be compared.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from crawler.readers.messages.cross_check import Shown
from evidence_store.entries import EntryType, StoredEntry
from evidence_store.store import Store


def shown_lines(store: Store, log: str) -> list[Shown]:
    """All lines of a capture log, in their order. Raises what reading a blob raises."""
    with store.reader(log) as reader:
        return [
            line
            for entry in reader.entries(types={str(EntryType.CHAT_LINES)})
            for ref in entry.blobs
            if ref.role == "lines"
            for line in lines_of(entry, store.blobs.parts(ref))
        ]


def lines_of(entry: StoredEntry, parts: Sequence[bytes]) -> list[Shown]:
    """The lines of one entry. A line's time is the middle of the moments between which it appeared."""
    index = _object(parts[0]).get("lines") if parts else None
    if entry.body.get("visible") is not True or not isinstance(index, list):
        return []
    lines = []
    for row in index:
        if not isinstance(row, dict):
            continue
        number, before, after = row.get("part"), _moment(row.get("mono_before")), _moment(row.get("mono_after"))
        if not isinstance(number, int) or not 0 < number < len(parts) or before is None or after is None:
            continue
        text = _object(parts[number]).get("text")
        if isinstance(text, str):
            wall_ns = entry.wall_ns + (before + after) // 2 - entry.mono_ns
            lines.append(Shown(text, wall_ns, entry.index, number, stood=row.get("how") == "stood"))
    return lines


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _moment(value: object) -> int | None:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20 else None
