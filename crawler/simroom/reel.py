"""An encoded video and sound that repeats: its GOPs in memory, read from the cached MP4 files.

A *rendition* is one encoding of the same loop (main, low, black). A *GOP* is GOP_S seconds that decode on their own:
PICTURES pictures and SOUNDS AAC frames. Media time counts from the beginning of the broadcast and never jumps back:
GOP number n covers [n * GOP_S, (n + 1) * GOP_S) and shows the loop at n modulo its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FPS = 25
AUDIO_RATE = 48_000
AAC_FRAME = 1024
PICTURES = 40  # per GOP
SOUNDS = 75  # AAC frames per GOP
GOP_S = PICTURES / FPS
AAC_LEAD = 4  # frames at the beginning of an encoded sound track that hold the encoder's start


@dataclass(frozen=True, slots=True)
class Gop:
    """Samples of one GOP: length-prefixed H.264 pictures (the first one is a key frame) and raw AAC frames."""

    pictures: tuple[bytes, ...]
    sounds: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Rendition:
    """One encoding: ``avcc`` is the AVCDecoderConfigurationRecord, ``asc`` the AudioSpecificConfig."""

    name: str
    width: int
    height: int
    avcc: bytes
    asc: bytes
    gops: tuple[Gop, ...]

    @property
    def codecs(self) -> str:
        """As in a MIME type's codecs parameter (RFC 6381)."""
        return f"avc1.{self.avcc[1:4].hex().upper()}, mp4a.40.2"


@dataclass(frozen=True, slots=True)
class Reel:
    """All renditions of one loop; ``main`` is always there."""

    renditions: dict[str, Rendition]
    loop_s: float

    def gop(self, rendition: str, number: int) -> Gop:
        """The samples of GOP ``number`` of the broadcast (0 or more)."""
        gops = self.renditions[rendition].gops
        return gops[number % len(gops)]


def read_rendition(path: Path, name: str) -> Rendition:
    """A rendition from an MP4 file as ``encode.py`` writes it. Raises ValueError when it isn't one."""
    import av

    with av.open(str(path)) as box:
        video, audio = box.streams.video[0], box.streams.audio[0]
        pictures = [bytes(packet) for packet in box.demux(video) if packet.size]
        avcc, asc = bytes(video.codec_context.extradata or b""), bytes(audio.codec_context.extradata or b"")
        width, height = video.codec_context.width, video.codec_context.height
    with av.open(str(path)) as box:
        sounds = [bytes(packet) for packet in box.demux(box.streams.audio[0]) if packet.size]
    count = len(pictures) // PICTURES
    # A loop taken from behind the encoder's start joins to its own beginning without a click.
    sounds = sounds[AAC_LEAD : AAC_LEAD + count * SOUNDS]
    if not count or len(pictures) != count * PICTURES or len(sounds) != count * SOUNDS or not avcc or not asc:
        raise ValueError(
            f"{path}: expected whole GOPs of {PICTURES} pictures and {SOUNDS} AAC frames, got "
            f"{len(pictures)} pictures and {len(sounds)} frames. Next: delete this file, it will be made again"
        )
    gops = tuple(
        Gop(tuple(pictures[n * PICTURES : (n + 1) * PICTURES]), tuple(sounds[n * SOUNDS : (n + 1) * SOUNDS]))
        for n in range(count)
    )
    return Rendition(name, width, height, avcc, asc, gops)
