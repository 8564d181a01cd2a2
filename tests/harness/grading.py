"""Compares what a store holds with what the simulated room says that it sent (`/truth.json`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blake3 import blake3

from evidence_store.entries import StoredEntry
from evidence_store.store import Store

Truth = dict[str, Any]


@dataclass(frozen=True)
class SocketGrade:
    """One chat socket: frames kept against frames that the page received, and whether the bytes are the same."""

    kept: int
    received: int
    same: bool
    id: str = ""  # the room's


@dataclass(frozen=True)
class MediaGrade:
    """One media response: bytes kept against bytes that the page received, and whether they are the same."""

    kept: int
    received: int
    same: bool


@dataclass(frozen=True)
class GapRange:
    """A gap as kept, wall nanoseconds."""

    cause: str
    from_ns: int
    to_ns: int | None


def entries(store: Path, log: str, kind: str) -> list[StoredEntry]:
    """All entries of one kind."""
    with Store.open_read_only(store) as opened, opened.reader(log) as reader:
        return list(reader.entries(types={kind}))


def chat_frames(store: Path, log: str) -> dict[int, list[bytes]]:
    """Frames that were received, raw, by our socket number, in order."""
    frames: dict[int, list[bytes]] = {}
    with Store.open_read_only(store) as opened, opened.reader(log) as reader:
        for entry in reader.entries(types={"chat"}):
            parts = opened.blobs.parts(entry.blobs[0])
            for event in json.loads(parts[0])["events"]:
                if event["kind"] == "in":
                    frames.setdefault(event["socket"], []).append(parts[event["part"]])
    return frames


def media_resources(store: Path, log: str) -> dict[int, bytes]:
    """Bytes of each media response, joined from its segments, by the order of the responses."""
    resources: dict[int, bytearray] = {}
    with Store.open_read_only(store) as opened, opened.reader(log) as reader:
        for entry in reader.entries(types={"media"}):
            held = resources.setdefault(int(entry.body["resource"]), bytearray())
            assert entry.body["resource_offset"] == len(held), "segments of a response follow each other"
            held += opened.blobs.read(entry.blobs[0])
    return {order: bytes(content) for order, content in resources.items()}


def grade_chat(truth: Truth, store: Path, log: str) -> list[SocketGrade]:
    """Match each of the room's sockets that the page opened with ours, in order of opening."""
    ours = list(chat_frames(store, log).values())
    grades = []
    for socket in truth["sockets"]:
        received = socket["page_received"]
        if not received:
            continue
        kept = ours.pop(0) if ours else []
        expected = socket["frames"][len(kept) - 1]["prefix_blake3"] if 0 < len(kept) <= len(socket["frames"]) else ""
        grades.append(SocketGrade(len(kept), received, chain(kept) == expected, socket.get("id", "")))
    return grades


def chain(frames: list[bytes]) -> str:
    """The room's running digest over frames: BLAKE3 over all bytes so far (see the room's TRUTH.md)."""
    hasher = blake3()
    for frame in frames:
        hasher.update(frame)
    return hasher.hexdigest()


def gaps(store: Path, log: str) -> list[GapRange]:
    """Gaps with their whole range: what began, and its end where that was written."""
    found: dict[int, GapRange] = {}
    for entry in entries(store, log, "gap"):
        body = entry.body
        until = body["to"]
        found[body["gap"]] = GapRange(
            body["cause"], int(body["from"]["wall"]), int(until["wall"]) if until is not None else None
        )
    return [found[number] for number in sorted(found)]


def grade_media(truth: Truth, store: Path, log: str) -> list[MediaGrade]:
    """Match each media response of the room with ours: by what we hold, its digest stands at that very offset."""
    held = [content for content in media_resources(store, log).values() if content]
    by_digest = {(len(content), blake3(content).hexdigest()): content for content in held}
    grades = []
    for response in truth["media"]:
        received = response["page_received_bytes"]
        if not received:
            continue
        prefixes = {(chunk["end_offset"], chunk["prefix_blake3"]) for chunk in response["chunks"]}
        same = sorted(size for size, digest in prefixes if (size, digest) in by_digest)
        grades.append(MediaGrade(same[-1] if same else 0, received, bool(same)))
    return grades
