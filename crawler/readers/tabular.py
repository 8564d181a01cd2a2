"""Lists as text for people and programs: aligned columns, CSV that no spreadsheet runs (pure)."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

from evidence_store.entries import JSON


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of columns as wide as their widest cell, two blanks between; all rows have the same number of cells."""
    widths = [max(_width(cells[i]) for cells in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def csv_line(cells: Sequence[JSON]) -> str:
    """One line of comma-separated values."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)  # so that a cell with either sign in it is quoted
    return out.getvalue().removesuffix("\r\n") + "\n"


def defused(cell: str) -> str:
    """A room's text as a cell that no spreadsheet runs: with a quote ahead if the first seen sign begins a formula.

    Some spreadsheets pass over blanks, bidi marks and characters without a width to find it, and take full-width signs.
    """
    seen = next((at for at, char in enumerate(cell) if not _unseen(char)), len(cell))
    formula = unicodedata.normalize("NFKC", cell[seen : seen + 1]) in {"=", "+", "-", "@"}
    return f"'{cell}" if formula or set(cell[:seen]) & {"\t", "\r", "\n"} else cell


def _unseen(char: str) -> bool:
    """Whether a character shows nothing by itself: controls, formats, separators, marks, and letters that are blank."""
    return unicodedata.category(char)[0] in "CZM" or char in "\u115f\u1160\u2800\u3164\uffa0"


def printable(text: str) -> str:
    """A text without control characters: what a room shows must not steer the terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def moment(ns: int) -> str:
    """A picture's time as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(ns / 1e9, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _width(text: str) -> int:
    """Terminal columns: Chinese characters and full-width signs take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
