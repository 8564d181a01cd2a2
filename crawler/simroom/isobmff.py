"""Fragmented MP4 from samples: an initialization segment and media segments (ISO/IEC 14496-12, -14, -15).

Two tracks: 1 video (timescale VIDEO_SCALE), 2 audio (timescale AUDIO_RATE). Written here and not by a library so that
decode times go on over the joins of the loop.
"""

from __future__ import annotations

import struct

from .reel import AAC_FRAME, AUDIO_RATE, FPS, PICTURES, SOUNDS, Gop, Rendition

VIDEO_SCALE = 25_000
KEY, DELTA = 0x02000000, 0x01010000  # sample flags: depends on nothing; depends on others and is no sync sample
MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def init_segment(rendition: Rendition) -> bytes:
    """ftyp and moov of a rendition."""
    video = _box(
        b"avc1",
        bytes(6)
        + struct.pack(">H", 1)
        + bytes(16)
        + struct.pack(">HHIIIH", rendition.width, rendition.height, 0x480000, 0x480000, 0, 1)
        + bytes(32)
        + struct.pack(">Hh", 24, -1),
        _box(b"avcC", rendition.avcc),
    )
    audio = _box(
        b"mp4a",
        bytes(6) + struct.pack(">H", 1) + bytes(8) + struct.pack(">HHHHI", 2, 16, 0, 0, AUDIO_RATE << 16),
        _esds(rendition.asc),
    )
    tracks = [
        _track(1, VIDEO_SCALE, b"vide", _full(b"vmhd", 0, 1, bytes(8)), video, (rendition.width, rendition.height)),
        _track(2, AUDIO_RATE, b"soun", _full(b"smhd", 0, 0, bytes(4)), audio, (0, 0)),
    ]
    head = _full(
        b"mvhd",
        0,
        0,
        struct.pack(">IIIIIH", 0, 0, 1000, 0, 0x10000, 0x100) + bytes(10) + MATRIX + bytes(24) + struct.pack(">I", 3),
    )
    extends = _box(b"mvex", *(_full(b"trex", 0, 0, struct.pack(">IIIII", n, 1, 0, 0, 0)) for n in (1, 2)))
    brands = b"iso6" + struct.pack(">I", 1) + b"iso6mp41dash"
    return _box(b"ftyp", brands) + _box(b"moov", head, *tracks, extends)


def media_segment(gop: Gop, number: int) -> bytes:
    """styp, moof and mdat of GOP ``number`` of the broadcast."""
    step = VIDEO_SCALE // FPS
    pictures = b"".join(struct.pack(">III", step, len(p), DELTA if i else KEY) for i, p in enumerate(gop.pictures))
    sounds = b"".join(struct.pack(">III", AAC_FRAME, len(s), KEY) for s in gop.sounds)
    media = b"".join(gop.pictures) + b"".join(gop.sounds)
    video_bytes = sum(map(len, gop.pictures))

    def moof(offset: int) -> bytes:
        return _box(
            b"moof",
            _full(b"mfhd", 0, 0, struct.pack(">I", number + 1)),
            _fragment(1, number * PICTURES * step, len(gop.pictures), offset, pictures),
            _fragment(2, number * SOUNDS * AAC_FRAME, len(gop.sounds), offset + video_bytes, sounds),
        )

    return _box(b"styp", b"msdh" + bytes(4) + b"msdhiso6") + moof(len(moof(0)) + 8) + _box(b"mdat", media)


def _fragment(track: int, decode_time: int, count: int, offset: int, samples: bytes) -> bytes:
    return _box(
        b"traf",
        _full(b"tfhd", 0, 0x020000, struct.pack(">I", track)),  # default-base-is-moof
        _full(b"tfdt", 1, 0, struct.pack(">Q", decode_time)),
        _full(b"trun", 0, 0x000701, struct.pack(">Ii", count, offset) + samples),  # offset; duration, size, flags each
    )


def _track(number: int, scale: int, handler: bytes, header: bytes, entry: bytes, size: tuple[int, int]) -> bytes:
    tkhd = _full(
        b"tkhd",
        0,
        7,
        struct.pack(">IIIII", 0, 0, number, 0, 0)
        + bytes(8)
        + struct.pack(">hhhH", 0, 0, 0 if size[0] else 0x100, 0)
        + MATRIX
        + struct.pack(">II", size[0] << 16, size[1] << 16),
    )
    table = _box(
        b"stbl",
        _full(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        _full(b"stts", 0, 0, bytes(4)),
        _full(b"stsc", 0, 0, bytes(4)),
        _full(b"stsz", 0, 0, bytes(8)),
        _full(b"stco", 0, 0, bytes(4)),
    )
    refer = _box(b"dinf", _full(b"dref", 0, 0, struct.pack(">I", 1), _full(b"url ", 0, 1, b"")))
    media = _box(
        b"mdia",
        _full(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, scale, 0, 0x55C4, 0)),
        _full(b"hdlr", 0, 0, bytes(4) + handler + bytes(12) + b"room\0"),
        _box(b"minf", header, refer, table),
    )
    return _box(b"trak", tkhd, media)


def _esds(asc: bytes) -> bytes:
    """ES_Descriptor with a DecoderConfigDescriptor for AAC (ISO/IEC 14496-1, one length byte each)."""
    specific = bytes([5, len(asc)]) + asc
    decoder = bytes([4, 13 + len(specific), 0x40, 0x15]) + bytes(3) + bytes(8) + specific
    body = struct.pack(">HB", 2, 0) + decoder + bytes([6, 1, 2])
    return _full(b"esds", 0, 0, bytes([3, len(body)]) + body)


def _box(kind: bytes, *parts: bytes) -> bytes:
    size = 8 + sum(map(len, parts))
    return struct.pack(">I", size) + kind + b"".join(parts)


def _full(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *parts)
