"""Traditional characters of the grammar's own words, to simplified ones, character by character."""

from __future__ import annotations

_PAIRS = ""

SIMPLIFIED = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
