"""Real H.264 and HEVC in FLV, fragmented MP4 and MPEG-TS, whose pictures say their own numbers."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from crawler.readers.streams.pieces import MediaPiece
from crawler.simroom import flv

FPS = 25
STEP_MS = 1000 // FPS
BITS = 10
Pixels = NDArray[np.uint8]


def picture(number: int, width: int = 320, height: int = 180) -> Pixels:
    """A picture with its number in ten blocks, black or white, over a moving gradient."""
    ramp = (np.arange(width)[None, :] + 3 * number + np.arange(height)[:, None]) % 160 + 40
    pixels = np.repeat(ramp[:, :, None], 3, axis=2).astype(np.uint8)
    block = width // BITS
    for bit in range(BITS):
        pixels[height // 4 : 3 * height // 4, bit * block : (bit + 1) * block] = 235 if number >> bit & 1 else 20
    return pixels


def number_of(pixels: Pixels) -> int:
    """The number that a picture says."""
    height, width = pixels.shape[:2]
    block = width // BITS
    row = pixels[height // 2 - 8 : height // 2 + 8].mean(axis=(0, 2))
    return sum((row[bit * block + 4 : (bit + 1) * block - 4].mean() > 128) << bit for bit in range(BITS))


@dataclass(frozen=True)
class Sample:
    """A coded picture with its times in pictures."""

    pts: int
    dts: int
    key: bool
    content: bytes


@dataclass(frozen=True)
class Clip:
    """Coded pictures, length-prefixed, and their decoder's configuration."""

    codec: str
    configuration: bytes
    samples: tuple[Sample, ...]


def encode(  # a clip's own facts, each with a usual value
    count: int,
    *,
    first: int = 0,
    gop: int = 10,
    width: int = 320,
    height: int = 180,
    b_frames: int = 0,
    codec: str = "libx264",
) -> Clip:
    """Pictures `first` to `first + count`, with a key picture each `gop`."""
    kind = "h264" if codec == "libx264" else "hevc"
    held = io.BytesIO()
    params = {"keyint": str(gop), "scenecut": "0", "bframes": str(b_frames)}
    options = {"preset": "ultrafast", "tune": "zerolatency"} if not b_frames else {"preset": "veryfast"}
    options[f"{codec[3:]}-params"] = ":".join(f"{name}={value}" for name, value in params.items())
    with av.open(held, "w", format="mp4") as box:
        stream: Any = box.add_stream(codec, rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, FPS)
        stream.gop_size, stream.thread_count = gop, 1
        for number in range(first, first + count):
            frame = av.VideoFrame.from_ndarray(picture(number, width, height), format="bgr24")
            frame.pts = number - first
            box.mux(stream.encode(frame))
        box.mux(stream.encode(None))
    with av.open(io.BytesIO(held.getvalue())) as read:
        video = read.streams.video[0]
        unit = float(video.time_base or 1) * FPS
        samples = tuple(
            Sample(round((p.pts or 0) * unit), round((p.dts or 0) * unit), p.is_keyframe, bytes(p))
            for p in read.demux(video)
            if p.size
        )
        return Clip(kind, bytes(video.codec_context.extradata or b""), samples)


def flv_header(clip: Clip, ms: int = 0) -> bytes:
    """The file header and the decoder's configuration; HEVC as codec number 12."""
    return flv.HEADER + flv_configuration(clip, ms)


def flv_configuration(clip: Clip, ms: int = 0) -> bytes:
    return flv.tag(flv.VIDEO, ms, bytes([0x10 | _flv_codec(clip), 0, 0, 0, 0]) + clip.configuration)


def flv_tags(clip: Clip, from_ms: int = 0) -> list[bytes]:
    """A tag for each picture, with a tag of sound between."""
    tags = []
    for sample in clip.samples:
        shift = ((sample.pts - sample.dts) * STEP_MS).to_bytes(3, "big", signed=True)
        head = bytes([(0x10 if sample.key else 0x20) | _flv_codec(clip), 1]) + shift
        ms = from_ms + sample.dts * STEP_MS
        tags.append(flv.tag(flv.VIDEO, ms % (1 << 32), head + sample.content) + flv.tag(flv.AUDIO, ms, b"\xaf\x01snd"))
    return tags


def _flv_codec(clip: Clip) -> int:
    return 7 if clip.codec == "h264" else 12


def muxed(clip_of: dict[str, Any], form: str, options: dict[str, str] | None = None) -> bytes:
    """Pictures straight from the encoder into a container of libavformat's making (`clip_of`: as for `encode`)."""
    count, gop, b_frames = clip_of.get("count", 50), clip_of.get("gop", 10), clip_of.get("b_frames", 0)
    width, height = clip_of.get("width", 320), clip_of.get("height", 180)
    held = io.BytesIO()
    with av.open(held, "w", format=form, options=options or {}) as box:
        params = {"x264-params": f"keyint={gop}:scenecut=0:bframes={b_frames}", "preset": "veryfast"}
        stream: Any = box.add_stream("libx264", rate=FPS, options=params)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        sound: Any = box.add_stream("aac", rate=48_000, layout="stereo")
        stream.thread_count = 1
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(picture(number, width, height), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            box.mux(stream.encode(frame))
            for part in range(2):
                quiet = av.AudioFrame.from_ndarray(np.zeros((2, 960), np.float32), format="fltp", layout="stereo")
                quiet.sample_rate, quiet.pts = 48_000, (number * 2 + part) * 960
                quiet.time_base = Fraction(1, 48_000)
                box.mux(sound.encode(quiet))
        box.mux(stream.encode(None))
        box.mux(sound.encode(None))
    return held.getvalue()


def times_of(content: bytes) -> list[float]:
    """When each picture is shown, in microseconds, as libavformat reads the whole file."""
    with av.open(io.BytesIO(content)) as box:
        stream = box.streams.video[0]
        return sorted(float(p.pts * stream.time_base) * 1e6 for p in box.demux(stream) if p.size)


def boxes(content: bytes) -> list[tuple[bytes, bytes]]:
    """(kind, whole box) of each box on the outermost level."""
    found, at = [], 0
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4])
        found.append((content[at + 4 : at + 8], content[at : at + size]))
        at += size
    return found


def init_and_fragments(content: bytes) -> tuple[bytes, list[bytes]]:
    """A fragmented MP4 as its initialization segment and its fragments (`moof` and `mdat`)."""
    init, fragments = b"", []
    for kind, box in boxes(content):
        if kind in {b"ftyp", b"moov"}:
            init += box
        elif kind == b"moof":
            fragments.append(box)
        elif kind == b"mdat":
            fragments[-1] += box
    return init, fragments


def piece(  # noqa: PLR0913 - a piece's own facts, each with a usual value
    entry: int,
    at: int = 0,
    *,
    stream: int = 1,
    resource: int = 1,
    container: str = "flv",
    init: bool = False,
    last: bool = False,
    streamed: bool = True,
    name: str = "room.flv",
    wall_ns: int = 0,
) -> MediaPiece:
    """A media entry's facts; it took a second to come."""
    begin = wall_ns or entry * 1_000_000_000
    return MediaPiece(entry, stream, resource, at, container, init, last, streamed, name, begin, begin + 1_000_000_000)
