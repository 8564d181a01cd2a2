"""What a demultiplexer hands on: coded pictures with their place in the bytes, and what made no sense (pure)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Codec:
    """What a decoder is set up with. `configuration` is avcC, hvcC or av1C; empty when it stands in the stream."""

    name: str  # as libavcodec calls it: "h264", "hevc", "av1", "vp9"
    configuration: bytes = b""


@dataclass(frozen=True, slots=True)
class Coded:
    """One coded picture. `at` is the place of its first byte in the resource, `media_us` its presentation time."""

    at: int
    media_us: int
    key: bool
    content: bytes
    codec: Codec


@dataclass(frozen=True, slots=True)
class Trouble:
    """From `at` on something could not be read; what, in words. Never an error: the room sent it so."""

    at: int
    what: str


Piece = Coded | Trouble
