"""FLV (Adobe Flash Video File Format 10.1, annex E) from samples: a header, then tags in the order of their times."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .reel import AAC_FRAME, AUDIO_RATE, FPS, PICTURES, SOUNDS, Gop, Rendition

AUDIO, VIDEO, SCRIPT = 8, 9, 18
HEADER = b"FLV\x01\x05" + struct.pack(">II", 9, 0)  # version 1, sound and video, then the size of "the tag before"


def tag(kind: int, ms: int, body: bytes) -> bytes:
    """One tag and the size that follows it; ``ms`` is the time in milliseconds, 32 bits."""
    head = struct.pack(">I", kind << 24 | len(body)) + struct.pack(">I", ms & 0xFFFFFF)[1:]
    head += bytes([ms >> 24 & 0xFF]) + bytes(3)
    return head + body + struct.pack(">I", 11 + len(body))


def about(rendition: Rendition) -> bytes:
    """The onMetaData script tag: an AMF0 name and an ECMA array."""
    facts: dict[str, float | str] = {
        "width": float(rendition.width),
        "height": float(rendition.height),
        "framerate": float(FPS),
        "videocodecid": 7.0,
        "audiocodecid": 10.0,
        "audiosamplerate": float(AUDIO_RATE),
        "stereo": 1.0,
        "encoder": "simulated room",
    }
    body = b"\x02" + _name("onMetaData") + b"\x08" + struct.pack(">I", len(facts))
    for key, value in facts.items():
        body += _name(key) + (b"\x02" + _name(value) if isinstance(value, str) else b"\x00" + struct.pack(">d", value))
    return tag(SCRIPT, 0, body + b"\x00\x00\x09")


def sequence_headers(rendition: Rendition, ms: int) -> bytes:
    """The decoder configurations of picture and sound; sent at the start and when the rendition changes."""
    video = tag(VIDEO, ms, b"\x17\x00\x00\x00\x00" + rendition.avcc)
    return video + tag(AUDIO, ms, b"\xaf\x00" + rendition.asc)


def gop_chunks(gop: Gop, number: int) -> Iterator[tuple[float, bytes]]:
    """(media time in seconds, tags) for each picture of GOP ``number``, with the sound up to the next picture."""
    sound = 0
    for index, picture in enumerate(gop.pictures):
        frame = number * PICTURES + index
        chunk = tag(VIDEO, frame * 1000 // FPS, (b"\x27" if index else b"\x17") + b"\x01\x00\x00\x00" + picture)
        while sound < len(gop.sounds) and sound * AAC_FRAME * FPS < (index + 1) * AUDIO_RATE:
            ms = (number * SOUNDS + sound) * AAC_FRAME * 1000 // AUDIO_RATE
            chunk += tag(AUDIO, ms, b"\xaf\x01" + gop.sounds[sound])
            sound += 1
        yield frame / FPS, chunk


def _name(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode("ascii")
