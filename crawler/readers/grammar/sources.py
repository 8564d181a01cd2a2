"""Where a text was read (pure); apart from the rules, since whoever names a source need not load them."""

from __future__ import annotations

from typing import Literal, get_args

Source = Literal["ocr", "chat", "popup", "asr"]
SOURCES: tuple[Source, ...] = get_args(Source)
