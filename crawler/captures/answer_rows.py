"""Exchanges of a page with its servers as rows of an `answers` entry. Pure; `answers.py` describes the index."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from crawler.captures.addresses import canonical
from crawler.captures.answer_kinds import Body, is_empty
from crawler.clock import Instant
from evidence_store.entries import JSON, Attachment, Draft, EntryType, Part

MAX_POST = 64 << 10  # bytes of what a request carried
MAX_HEADERS = 64 << 10
MAX_TYPE = 200
MAX_HOSTS = 50
MAX_WHY = 100  # characters of the browser's words for why something is missing
MAX_WHYS = 10
_PARTS = ("post_part", "headers_part", "name_part", "body_part")

OnLost = Callable[[int, int, int, Mapping[str, int]], None]


@dataclass(slots=True)
class Exchange:
    """One request of the room, and its answer as far as it has come. Times in CLOCK_MONOTONIC nanoseconds."""

    request: str
    session: str
    url: str
    document: int  # how many documents the page had shown before
    asked_ns: int
    has_post: bool = False
    post: Body | None = None
    facts: dict[str, JSON] | None = None  # of the answer, once it has begun, if it is one to keep
    headers: bytes = b""
    empty: bool = False
    redirects: int = 0
    received: int = 0
    messages: int = 0
    failed: str = ""
    finished_ns: int = 0

    def answered(self, kind: str, response: Mapping[str, Any]) -> None:
        """Take over what a response says before its body comes."""
        status = int(response["status"])
        self.url = response["url"]
        self.empty = is_empty(status, response["headers"])
        self.headers = json.dumps(response["headers"], sort_keys=True)[:MAX_HEADERS].encode("utf-8", "surrogatepass")
        self.facts = {
            "url": canonical(response["url"]),
            "status": status,
            "type": kind,
            "media_type": response["mimeType"][:MAX_TYPE],
            "charset": str(response.get("charset", ""))[:MAX_TYPE],
            "from_cache": bool(response.get("fromDiskCache") or response.get("fromServiceWorker")),
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the index, with the payloads of its parts by member."""

    finished_ns: int
    document: int
    url: str
    facts: dict[str, JSON]
    parts: dict[str, bytes]

    @property
    def size(self) -> int:
        """Bytes that it will take in a batch."""
        return len(self.url) + sum(map(len, self.parts.values()))


def row_of(exchange: Exchange, parts: Mapping[str, bytes], **more: JSON) -> Row:
    """The row of an exchange whose answer is over, or of one message of it."""
    facts: dict[str, JSON] = {
        **(exchange.facts or {}),
        "mono_asked": str(exchange.asked_ns),
        "mono_finished": str(exchange.finished_ns),
        "redirects": exchange.redirects,
        **more,
    }
    held = dict(parts)
    if exchange.failed:
        facts["failed"] = exchange.failed
    if exchange.has_post:
        post = exchange.post
        facts |= {"post_size": len(post.content) if post else None, "post_sent_as": post.sent_as if post else None}
        if post is not None and len(post.content) <= MAX_POST:
            held["post_part"] = post.content
    if exchange.headers and (facts["status"] >= 400 or (not exchange.received and not exchange.messages)):
        held["headers_part"] = exchange.headers
    return Row(exchange.finished_ns, exchange.document, exchange.url, facts, held)


def draft_of(rows: Sequence[Row], now: Instant) -> tuple[Draft, int]:
    """One entry of these rows, and when the last of them had finished. At least one row."""
    parts: list[Part] = []
    addresses: dict[str, int] = {}
    listed: list[dict[str, JSON]] = []
    for row in rows:
        if row.url not in addresses:
            parts.append(Part(row.url.encode("utf-8", "surrogatepass")))
            addresses[row.url] = len(parts)
        numbers: dict[str, int | None] = {"address_part": addresses[row.url]}
        for member in _PARTS:
            if member in row.parts:
                parts.append(Part(row.parts[member]))
            numbers[member] = len(parts) if member in row.parts else None
        listed.append({**row.facts, **numbers})
    index = json.dumps({"answers": listed}, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    first, last = min(row.finished_ns for row in rows), max(row.finished_ns for row in rows)
    body: dict[str, JSON] = {
        "answers": len(rows),
        "bytes": sum(len(row.parts.get("body_part", b"")) for row in rows),
        "not_kept": sum("not_kept" in row.facts for row in rows),
        "not_exact": sum(row.facts.get("exact") is False for row in rows),
        "hosts": sorted({urlsplit(str(row.facts["url"])).hostname or "" for row in rows})[:MAX_HOSTS],
        "first_mono": str(first),
        "last_mono": str(last),
    }
    content = (Part(index.encode("utf-8", "surrogatepass")), *parts)
    attachment = Attachment("answers", "application/vnd.livewitness.parts", content)
    return Draft(EntryType.ANSWERS, now.wall_at(first), first, body, (attachment,)), last


@dataclass(slots=True)
class Loss:
    """What was received and could not be kept since it was last told: how much, since when, and why."""

    answers: int = 0
    bytes: int = 0
    since_ns: int = 0
    whys: Counter[str] = field(default_factory=Counter)

    def add(self, size: int, since_ns: int, why: str) -> None:
        self.since_ns = min(self.since_ns or since_ns, since_ns)
        self.answers += 1
        self.bytes += size
        self.whys[why if why in self.whys or len(self.whys) < MAX_WHYS else "other"] += 1
