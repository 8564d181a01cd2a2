"""Paints, letters and encodes a scenario's video, once in each rendition."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from .encode import Progress, burned_timelines
from .lettering import Patch, find_font, letter
from .reel import AAC_FRAME, AAC_LEAD, AUDIO_RATE, FPS, PICTURES, SOUNDS
from .scenario import Scenario
from .scene import Scene
from .sound import paint_sound

Planes = NDArray[np.uint8]  # one I420 picture: (height * 3 / 2) x width


def make_film(scenario: Scenario, seed: int, folder: Path, names: tuple[str, ...], progress: Progress) -> None:
    """Write ``NAME.mp4`` for each rendition into ``folder``: the whole loop, of "black" one GOP.

    Takes about half a minute for a minute of video on two cores. Raises lettering.MissingFont.
    """
    media = scenario.media
    size = (media.width, media.height)
    count = round(media.loop_s * FPS)
    showing = _lettered(scenario, seed, count)
    sound = paint_sound(seed, media.loop_s)
    encoders = [Encoder(folder / "main.mp4", size, media.video_kbps, media.audio_kbps)]
    if "low" in names:
        small = (media.width * 3 // 8 * 2, media.height * 3 // 8 * 2)
        encoders.append(Encoder(folder / "low.mp4", small, media.video_kbps // 2, media.audio_kbps))
    for encoder in encoders:
        encoder.sound(sound)
    pictures = _Pictures(Scene(seed, *size), showing)
    with ThreadPoolExecutor(1) as painter:  # paints the next picture while this one is encoded
        following = painter.submit(pictures.paint, 0)
        for index in range(count):
            if index % (FPS * 4) == 0:
                progress(f"simulated room: making its video, {index // FPS} of {count // FPS} s")
            planes = following.result()
            following = painter.submit(pictures.paint, (index + 1) % count)
            for encoder in encoders:
                encoder.picture(planes, size)
    black = Encoder(folder / "black.mp4", size, media.video_kbps, media.audio_kbps)
    black.sound(sound[:, : (SOUNDS + AAC_LEAD + 1) * AAC_FRAME])
    dark = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
    dark[: size[1]] = 16
    for _ in range(PICTURES):
        black.picture(dark, size)
    for encoder in (*encoders, black):
        encoder.close()
    progress(f"simulated room: its video is made, {count // FPS} s")


def _lettered(scenario: Scenario, seed: int, count: int) -> list[list[Patch]]:
    """For each of the loop's pictures what is burned into it."""
    font, size = find_font(), (scenario.media.width, scenario.media.height)
    lines = burned_timelines(scenario, seed)
    showing: list[list[Patch]] = [[] for _ in range(count)]
    for counter in scenario.counters:
        if counter.place is None:
            continue
        for shown in lines[counter.name]:
            patch = letter(shown.text, font=font, place=counter.place, style=counter.style, frame=size)
            for index in range(round(shown.from_s * FPS), round(shown.to_s * FPS)):
                showing[index].append(patch)
    return showing


class _Pictures:
    """Whole pictures, ready for the encoder; to be asked for in order."""

    def __init__(self, scene: Scene, showing: list[list[Patch]]) -> None:
        self._scene, self._showing = scene, showing
        self._scenery = scene.at(0)

    def paint(self, index: int) -> Planes:
        """Picture ``index`` of the loop."""
        if index % 2 == 0:  # the presenter moves at half the picture rate: painting costs as much as encoding
            self._scenery = self._scene.at(index / FPS)
        picture = self._scenery.copy()
        for patch in self._showing[index]:
            patch.onto(picture)
        planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)
        luma = slice(0, picture.shape[0])
        planes[luma] = self._scene.grain(planes[luma])
        return planes


class Encoder:
    """One MP4 file: H.264 Main without B-pictures, a key frame every PICTURES pictures, and AAC."""

    def __init__(self, path: Path, size: tuple[int, int], video_kbps: int, audio_kbps: int) -> None:
        self._size = size
        self._box = av.open(str(path), "w")
        options = {
            "preset": "superfast",
            "profile": "main",
            "bf": "0",
            "sc_threshold": "0",
            "g": str(PICTURES),
            "keyint_min": str(PICTURES),
            "maxrate": f"{video_kbps}k",
            "bufsize": f"{video_kbps}k",
            "x264-params": "threads=2:sliced-threads=0:open-gop=0",
        }
        self._video = self._box.add_stream("libx264", rate=FPS, options=options)
        self._video.width, self._video.height = size
        self._video.pix_fmt = "yuv420p"
        self._video.bit_rate = video_kbps * 1000
        self._video.codec_context.time_base = Fraction(1, FPS)
        self._audio = self._box.add_stream("aac", rate=AUDIO_RATE, layout="stereo")
        self._audio.bit_rate = audio_kbps * 1000
        self._count = 0

    def sound(self, wave: NDArray[np.float32]) -> None:
        """Encode a whole sound track; ``wave`` is 2 x samples in -1..1."""
        for start in range(0, wave.shape[1], AAC_FRAME):
            block = np.ascontiguousarray(wave[:, start : start + AAC_FRAME])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = AUDIO_RATE, start
            self._box.mux(self._audio.encode(frame))

    def picture(self, planes: Planes, size: tuple[int, int]) -> None:
        """Encode one I420 picture, (height * 3 / 2) x width, scaled when this file's size differs."""
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        if size != self._size:
            frame = frame.reformat(width=self._size[0], height=self._size[1])
        frame.pts, frame.time_base = self._count, Fraction(1, FPS)
        self._count += 1
        self._box.mux(self._video.encode(frame))

    def close(self) -> None:
        """Flush and finish the file."""
        self._box.mux(self._video.encode(None))
        self._box.mux(self._audio.encode(None))
        self._box.close()
