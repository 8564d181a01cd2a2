"""Coded pictures to pixels, with libavcodec (PyAV), one thread (data path 5).

A picture that libavcodec itself calls damaged (concealed slices, missing references) is never handed on: what it shows
was made up by the decoder. After one, nothing is decoded until the next picture that needs no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
import av.error
import numpy as np
from av.codec.context import CodecContext
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext

from crawler.readers.ocr import Bgr
from crawler.readers.streams.coded import Codec, Coded
from crawler.readers.streams.pieces import MediaPiece

MOST_PIXELS = 4096 * 2304  # larger pictures are refused: one of 8k takes 50 MB, and a decoder keeps up to 16
MOST_WAITING = 64  # coded pictures whose decoded one has not come out yet


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """A picture of the original video, still as the decoder gives it (YUV); `bgr` converts when it is asked.

    `piece` carries its first byte. `media_us` is its presentation time in microseconds, in the stream's own count.
    """

    piece: MediaPiece
    media_us: int
    key: bool
    picture: av.VideoFrame

    @property
    def width(self) -> int:
        return self.picture.width

    @property
    def height(self) -> int:
        return self.picture.height

    @property
    def nbytes(self) -> int:
        """What it holds in memory."""
        return sum(plane.buffer_size for plane in self.picture.planes)

    def bgr(self) -> Bgr:
        """The pixels, height x width x 3, as the readers take them."""
        return np.asarray(self.picture.to_ndarray(format="bgr24"), np.uint8)


@dataclass(frozen=True, slots=True)
class BrokenStretch:
    """Bytes of the original video that could not be read, from this capture entry on; what, in words."""

    entry: int
    what: str


Found = VideoFrame | BrokenStretch


class Decoder:
    """Decodes the pictures of one stream in the order of their bytes.

    `keys_only`: pictures that need no other, each on its own; nothing before one can spoil it. Of these, none within
    `apart_us` of media time after one that was decoded; `spared` counts what was left out so.
    """

    def __init__(self, *, keys_only: bool, apart_us: int = 0, most_pixels: int = MOST_PIXELS) -> None:
        self.keys_only = keys_only
        self._apart_us = apart_us
        self._last_us: int | None = None
        self.spared = 0
        self._most_pixels = most_pixels
        self._codec: Codec | None = None
        self._context: VideoCodecContext | None = None
        self._waiting: dict[int, tuple[Coded, MediaPiece]] = {}
        self._number = 0
        self._broken = True  # until a picture that needs no other

    def decode(self, coded: Coded, piece: MediaPiece) -> Iterator[Found]:
        """Take the next coded picture and the piece that carries it; yields what comes out, maybe of earlier ones."""
        if coded.codec != self._codec:
            yield from self.finish()
            self._context, self._codec = None, coded.codec
        if not coded.key and (self.keys_only or self._broken):
            return
        if self.keys_only and self._last_us is not None and 0 <= coded.media_us - self._last_us < self._apart_us:
            self.spared += 1
            return
        self._last_us = coded.media_us
        try:
            self._context = self._context or self._open(coded.codec)
        except (av.error.FFmpegError, ValueError) as error:
            yield BrokenStretch(piece.entry, f"no decoder for {coded.codec.name}: {_words(error)}")
            return
        self._broken = False
        packet = av.Packet(coded.content)
        # The decoder hands its pictures back with the number: times may jump or repeat, numbers do not.
        packet.pts = packet.dts = self._number
        packet.is_keyframe = coded.key
        self._waiting[self._number] = (coded, piece)
        self._waiting.pop(self._number - MOST_WAITING, None)
        self._number += 1
        yield from self._give(self._context, packet, piece.entry)
        if self.keys_only:
            yield from self.finish()

    def finish(self) -> Iterator[Found]:
        """The stream ends, or the next picture needs none of these: what the decoder still holds."""
        if self._context is not None and self._waiting:
            yield from self._give(self._context, None, max(piece.entry for _, piece in self._waiting.values()))
            self._context.flush_buffers()
        self._waiting.clear()
        self._broken = True

    def _give(self, context: VideoCodecContext, packet: av.Packet[Stream] | None, entry: int) -> Iterator[Found]:
        try:
            pictures = context.decode(packet)
        except (av.error.FFmpegError, ValueError) as error:
            self._broken = True
            self._waiting.clear()
            context.flush_buffers()
            yield BrokenStretch(entry, f"{context.name}: {_words(error)}")
            return
        for picture in pictures:
            of = self._waiting.pop(picture.pts, None) if picture.pts is not None else None
            if of is None:
                continue
            coded, piece = of
            if picture.is_corrupt:
                self._broken = True
                yield BrokenStretch(piece.entry, f"{context.name}: the picture is damaged")
            elif not self._broken:
                yield VideoFrame(piece, coded.media_us, coded.key, picture)

    def _open(self, codec: Codec) -> VideoCodecContext:
        context = CodecContext.create(codec.name, "r")
        assert isinstance(context, VideoCodecContext)  # noqa: S101 - all codecs named by the demultiplexers are
        context.thread_count = 1
        context.options = {"max_pixels": str(self._most_pixels)}
        if codec.configuration:
            context.extradata = codec.configuration
        context.open()
        return context


def _words(error: Exception) -> str:
    return str(error).splitlines()[0][:200] or type(error).__name__
