"""The one model of what is kept: a `Draft` goes in, a `StoredEntry` comes out (data path 3 to 5).

Spiders, sessions and readers yield drafts; there is no second model between them and the store.
A draft's body never holds viewer names, chat text, raw OCR text, cookies, tokens, account names of
ours or URL queries: such things go into parts of an attachment (see `evidence_store.parts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

JSON = Any  # what RFC 8785 can write: str, int within +-2**53, finite float, bool, None, list, dict

AFTER = "after"
"""Member of `session.open` and `heartbeat`: the BLAKE3 of the newest time-stamp reply, or null (FORMAT.md 10.3)."""

REPLY_ROLE = "reply"
"""The blob of an `anchor.token` whose BLAKE3 stands as `after`."""


class EntryType(StrEnum):
    """Each kind of entry, in the capture log (C), a reading log (R) or the register (G)."""

    SESSION_OPEN = "session.open"  # C R: first entry of each log
    PREFLIGHT = "preflight"  # C: 清洁性检查
    PREFLIGHT_MORE = "preflight.more"  # C: slow digests that follow
    ROOM_STATE = "room.state"  # C
    SCREEN = "screen"  # C: one picture of the page
    MEDIA = "media"  # C: one segment of original video or sound
    CHAT = "chat"  # C: chat frames, raw, one part each
    CHAT_LINES = "chat.lines"  # C: chat lines that the page showed, one part each
    ANSWERS = "answers"  # C: answers to the page's own requests, raw, one part each
    PAGE = "page"  # C: DOM snapshot and lossless picture
    NETWORK = "network"  # C: network facts
    ACTION = "action"  # C: each thing that we did in the page
    GAP = "gap"  # C: a stretch that we know we missed
    HEARTBEAT = "heartbeat"  # C
    CLOCK = "clock"  # C: wall and monotonic clock compared
    MARK = "mark"  # later: a person points at a moment
    REVIEW = "review"  # later: a person confirms or disputes a reading
    DEPOSIT = "deposit"  # later: material from elsewhere
    TOMBSTONE = "tombstone"  # later: a blob lawfully erased
    READINGS = "readings"  # R: a batch of readings
    MESSAGES = "messages"  # R: a batch of messages decoded from frames and answers
    SESSION_CLOSE = "session.close"  # C R: last entry of each log
    LOG_OPENED = "log.opened"  # G
    LOG_HEAD = "log.head"  # G
    LOG_CLOSED = "log.closed"  # G
    LOG_CUT_OFF = "log.cut_off"  # G: found without an orderly close
    ANCHOR_TOKEN = "anchor.token"  # G: an RFC 3161 token over a register checkpoint  # noqa: S105 - no password
    ANCHOR_COSIGNATURE = "anchor.cosignature"  # G: a witness's line on a register checkpoint
    ANCHOR_FAILED = "anchor.failed"  # G: an authority or witness that did not answer, or answered wrongly
    KEY_ROTATED = "key.rotated"  # G: the store's next key
    KEY_REVOKED = "key.revoked"  # G
    CUSTODY = "custody"  # G: what was done with the evidence


@dataclass(frozen=True, slots=True)
class Part:
    """One payload of a parts blob; the store adds 32 random salt bytes (RFC 6962 leaf over salt and payload)."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A blob to be: plain bytes, or a list of parts that can be withheld one by one."""

    role: str  # what it is within its entry: "picture", "segment", "frames", "html", ...
    media_type: str
    content: bytes | tuple[Part, ...]

    @property
    def size(self) -> int:
        if isinstance(self.content, bytes):
            return len(self.content)
        return sum(len(part.payload) for part in self.content)


@dataclass(frozen=True, slots=True)
class Draft:
    """A capture on its way into a log: not yet preserved, not yet an entry.

    `wall_ns` and `mono_ns` say when the capture was made (for a picture: when the call began), not
    when it was written. Unix nanoseconds and CLOCK_MONOTONIC nanoseconds of this boot.
    """

    type: EntryType
    wall_ns: int
    mono_ns: int
    body: Mapping[str, JSON] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that this draft holds in memory while it waits (attachments only)."""
        return sum(a.size for a in self.attachments)


@dataclass(frozen=True, slots=True)
class BlobRef:
    """How an entry names a blob: digests of the plaintext bytes, never where they lie."""

    role: str
    media_type: str
    size: int
    blake3: str  # hex, `b3sum FILE`
    sha256: str  # hex, `sha256sum FILE`
    parts_count: int | None = None
    parts_root: str | None = None  # hex, RFC 6962 root over salted leaves


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry that is durable: fsynced blobs, committed row."""

    log: str
    index: int
    id: str
    durable_mono_ns: int


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as read back. `raw` are the exact stored bytes; the rest is parsed from them."""

    log: str
    index: int
    id: str
    prev: str
    type: str  # a str, not EntryType: an unknown kind of a known version is kept and shown
    wall_ns: int
    mono_ns: int
    body: Mapping[str, JSON]
    blobs: tuple[BlobRef, ...]
    raw: bytes
