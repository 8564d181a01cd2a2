"""The chat's own binary framing: one WebSocket binary message is one frame.

Frame: b"LR", version 1, flags 0 (one byte each); type (2 bytes); seq (4); milliseconds of broadcast time (8);
length of the body (4); then the body, one JSON object in UTF-8; then extension bytes up to the message's end, which
the page does not read. Numbers are big-endian. ``seq`` counts the broadcast's frames, so what a dropped socket missed
shows as a jump. Types: 1 chat, 2 purchase, 3 enter, 4 like, 5 follow, 6 counter, 7 state, 16 heartbeat (client).
"""

from __future__ import annotations

import json
import struct
from typing import Any

HEAD = struct.Struct(">2sBBHIQI")
CHAT, PURCHASE, ENTER, LIKE, FOLLOW, COUNTER, STATE, HEARTBEAT = 1, 2, 3, 4, 5, 6, 7, 16


def frame(kind: int, seq: int, ms: int, body: bytes | dict[str, Any], extension: bytes = b"") -> bytes:
    """The bytes of one frame; a mapping is written as compact JSON, bytes are put in as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return HEAD.pack(b"LR", 1, 0, kind, seq, ms, len(raw)) + raw + extension
