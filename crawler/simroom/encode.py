"""Makes a scenario's video once and keeps it in the cache, named by everything that its bytes depend on."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import blake3
import numpy as np
from numpy.typing import NDArray

from .reel import AAC_FRAME, AAC_LEAD, AUDIO_RATE, FPS, GOP_S, PICTURES, SOUNDS, Gop, Reel, read_rendition
from .scenario import Scenario
from .timeline import Showing, timeline

Progress = Callable[[str], None]
RECIPE = 1  # raise when the same scenario would give other pictures: old cache folders are then left alone


def burned_timelines(scenario: Scenario, seed: int) -> dict[str, tuple[Showing, ...]]:
    """For each burned-in counter what the loop shows when, on the grid of pictures; by the counter's name."""
    return {
        counter.name: timeline(counter.program, name=counter.name, kind=counter.kind, seed=seed,
                               length_s=scenario.media.loop_s, grid_s=1 / FPS)
        for counter in scenario.counters if counter.burned
    }  # fmt: skip


def renditions_of(scenario: Scenario) -> tuple[str, ...]:
    """Which renditions a scenario can ask for by its faults. Black is always there: it costs one GOP."""
    low = any(fault.kind == "resolution_change" for fault in scenario.faults)
    return ("main", "black", "low") if low else ("main", "black")


def default_cache() -> Path:
    """$XDG_CACHE_HOME/livewitness/simroom, or the same under ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "livewitness" / "simroom"


def obtain_reel(scenario: Scenario, seed: int, cache: Path, progress: Progress) -> Reel:
    """The scenario's reel: read from the cache, or made first (about half a minute for a minute of video).

    Raises lettering.MissingFont when it has to be made and no font with Chinese characters is installed.
    """
    media = scenario.media
    names = renditions_of(scenario)
    places = [(counter.name, counter.place, counter.style) for counter in scenario.counters if counter.burned]
    lines = {name: [[s.text, s.from_s, s.to_s] for s in shown] for name, shown in burned_timelines(scenario, seed).items()}
    recipe = [RECIPE, seed, media.loop_s, media.width, media.height, media.video_kbps, media.audio_kbps, names, places, lines]
    digest = blake3.blake3(json.dumps(recipe, ensure_ascii=False).encode()).hexdigest()[:32]
    folder = cache / digest
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(prefix="making-", dir=cache))
        try:
            _make(scenario, seed, workshop, names, progress)
            try:
                workshop.rename(folder)  # whole or not at all
            except OSError:
                if not folder.is_dir():  # else another process was faster with the same bytes' recipe
                    raise
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    found = {name: read_rendition(folder / f"{name}.mp4", name) for name in names}
    dark = found["black"].gops[0].pictures  # the file holds one GOP; under it the sound goes on as in main
    found["black"] = replace(found["black"], gops=tuple(Gop(dark, gop.sounds) for gop in found["main"].gops))
    return Reel(found, media.loop_s)


def _make(scenario: Scenario, seed: int, folder: Path, names: tuple[str, ...], progress: Progress) -> None:
    import cv2  # only needed, with Pillow and the fonts, when a video has to be made

    from .lettering import Patch, find_font, letter
    from .scene import Scene

    media, font = scenario.media, find_font()
    size = (media.width, media.height)
    lines = burned_timelines(scenario, seed)
    count = round(media.loop_s * FPS)
    showing: list[list[Patch]] = [[] for _ in range(count)]
    for counter in scenario.counters:
        if counter.place is None:
            continue
        for shown in lines[counter.name]:
            patch = letter(shown.text, font=font, place=counter.place, style=counter.style, frame=size)
            for index in range(round(shown.from_s * FPS), round(shown.to_s * FPS)):
                showing[index].append(patch)
    sound = _sound(seed, media.loop_s)
    scene = Scene(seed, *size)
    mains = [_Encoder(folder / "main.mp4", size, media.video_kbps, media.audio_kbps)]
    if "low" in names:
        small = (media.width * 3 // 8 * 2, media.height * 3 // 8 * 2)
        mains.append(_Encoder(folder / "low.mp4", small, media.video_kbps // 2, media.audio_kbps))
    for encoder in mains:
        encoder.sound(sound)
    for index in range(count):
        if index % (FPS * 4) == 0:
            progress(f"simulated room: making its video, {index // FPS} of {count // FPS} s")
        if index % 2 == 0:  # the presenter moves at half the picture rate: painting costs as much as encoding
            scenery = scene.at(index / FPS)
        picture = scenery.copy()
        for patch in showing[index]:
            patch.onto(picture)
        planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)
        planes[: size[1]] = scene.grain(planes[: size[1]])
        for encoder in mains:
            encoder.picture(planes, size)
    black = _Encoder(folder / "black.mp4", size, media.video_kbps, media.audio_kbps)
    black.sound(sound[:, : (SOUNDS + AAC_LEAD + 1) * AAC_FRAME])
    dark = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
    dark[: size[1]] = 16
    for _ in range(PICTURES):
        black.picture(dark, size)
    for encoder in (*mains, black):
        encoder.close()
    progress(f"simulated room: its video is made, {count // FPS} s")


class _Encoder:
    """One MP4 file: H.264 Main without B-pictures, a key frame every PICTURES pictures, and AAC."""

    def __init__(self, path: Path, size: tuple[int, int], video_kbps: int, audio_kbps: int) -> None:
        import av

        self._av = av
        self._size = size
        self._box = av.open(str(path), "w")
        options = {"preset": "superfast", "profile": "main", "bf": "0", "sc_threshold": "0", "g": str(PICTURES),
                   "keyint_min": str(PICTURES), "maxrate": f"{video_kbps}k", "bufsize": f"{video_kbps}k",
                   "x264-params": "threads=2:sliced-threads=0:open-gop=0"}  # fmt: skip
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
            frame = self._av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = AUDIO_RATE, start
            self._box.mux(self._audio.encode(frame))

    def picture(self, planes: NDArray[np.uint8], size: tuple[int, int]) -> None:
        """Encode one I420 picture, (height * 3 / 2) x width, scaled when this file's size differs."""
        frame = self._av.VideoFrame.from_ndarray(planes, format="yuv420p")
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


def _sound(seed: int, loop_s: float) -> NDArray[np.float32]:
    """Two channels of speech-like syllables over soft music: one loop, and a little of its beginning once more."""
    count = round(loop_s / GOP_S) * SOUNDS * AAC_FRAME
    rng = np.random.default_rng(seed + 2)
    seconds = np.arange(count, dtype=np.float32) / AUDIO_RATE
    voice = np.zeros(count, np.float32)
    for start, length, pitch in _syllables(rng, count):
        local = seconds[:length]
        shape = np.sin(np.pi * np.arange(length, dtype=np.float32) / length)
        tone = sum((np.sin(2 * np.pi * pitch * k * local) / k for k in range(1, 7)), np.zeros(length, np.float32))
        voice[start : start + length] += (tone + 0.3 * rng.standard_normal(length)) * shape
    music = sum((np.sin(2 * np.pi * round(note * loop_s) / loop_s * seconds) for note in (220.0, 277.18, 329.63)), np.zeros(count))
    mixed = (0.16 * voice + 0.03 * music).astype(np.float32)
    whole = np.concatenate([mixed, mixed[: AAC_FRAME * (AAC_LEAD + 4)]])
    return np.clip(np.stack([whole, whole]), -0.95, 0.95)


def _syllables(rng: np.random.Generator, count: int) -> Iterator[tuple[int, int, float]]:
    """Start and length in samples and pitch in Hz, all inside [0, count)."""
    at = 0
    while True:
        at += int(rng.integers(2000, 7000))
        length = int(rng.integers(4500, 10500))
        if at + length >= count:
            return
        yield at, length, float(rng.uniform(180, 290))
        at += length
