"""The media entries of a capture log as the demultiplexers need them (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidence_store.entries import StoredEntry

SEGMENT = "segment"
Container = Literal["flv", "fmp4", "mpeg-ts"]
_NO_PICTURES = ("audio/", "text/")


@dataclass(frozen=True, slots=True)
class MediaPiece:
    """Bytes of one media response, as an entry of the capture log carries them."""

    entry: int
    stream: int
    resource: int
    at: int  # place of its first byte in the resource
    container: str
    init: bool
    last: bool  # the resource ends with it, as far as that is known
    streamed: bool  # of an endless response
    name: str  # of the resource, without its folder
    from_ns: int  # wall time at which its first byte came
    to_ns: int  # and its last


def piece_of(entry: StoredEntry) -> MediaPiece | None:
    """The piece that a `media` entry carries; None when it holds no pictures (sound alone, a playlist)."""
    body = entry.body
    kind = str(body.get("media_type", "")).lower()
    if body.get("container") in {"aac", "playlist"} or kind.startswith(_NO_PICTURES):
        return None
    to_mono = int(body.get("to_mono") or entry.mono_ns)
    return MediaPiece(
        entry.index,
        int(body["stream"]),
        int(body["resource"]),
        int(body["resource_offset"]),
        str(body["container"]),
        bool(body.get("init")),
        bool(body.get("whole")),
        body.get("method") == "stream",
        str(body.get("url", "")).rpartition("/")[2],
        entry.wall_ns,
        entry.wall_ns + max(0, to_mono - entry.mono_ns),
    )


def sniffed(container: str, content: bytes) -> Container | None:
    """The container by its first bytes; what the response said counts only where the bytes do not speak."""
    if content[:3] == b"FLV":
        return "flv"
    if content[4:8] in {b"ftyp", b"styp", b"moov", b"moof", b"sidx", b"emsg", b"prft"}:
        return "fmp4"
    if content[:1] == b"G" and content[188:189] in {b"G", b""}:
        return "mpeg-ts"
    return {"flv": "flv", "fmp4": "fmp4", "mpeg-ts": "mpeg-ts"}.get(container)  # type: ignore[return-value]


def likeness(name: str, other: str) -> int:
    """How many words two file names share that are no numbers: "init-stream1.m4s" and "chunk-stream1-00005.m4s"."""
    return len(_words(name) & _words(other))


def _words(name: str) -> set[str]:
    stem = name.rpartition(".")[0]
    apart = "".join(char if char.isalnum() else " " for char in stem).split()
    return {word for word in apart if not word.isdigit()} - {"init", "chunk", "seg", "segment"}
