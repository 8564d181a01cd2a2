"""The sound under the video: speech-like syllables over soft music, one loop long."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .reel import AAC_FRAME, AAC_LEAD, AUDIO_RATE, GOP_S, SOUNDS


def paint_sound(seed: int, loop_s: float) -> NDArray[np.float32]:
    """Samples in -1..1, 2 x count at AUDIO_RATE: one loop, and a little of its beginning once more."""
    count = round(loop_s / GOP_S) * SOUNDS * AAC_FRAME
    rng = np.random.default_rng(seed + 2)
    seconds = np.arange(count, dtype=np.float32) / AUDIO_RATE
    voice = np.zeros(count, np.float32)
    for start, length, pitch in _syllables(rng, count):
        local = seconds[:length]
        shape = np.sin(np.pi * np.arange(length, dtype=np.float32) / length)
        tone = sum((np.sin(2 * np.pi * pitch * k * local) / k for k in range(1, 7)), np.zeros(length, np.float32))
        voice[start : start + length] += (tone + 0.3 * rng.standard_normal(length)) * shape
    music = sum(
        (np.sin(2 * np.pi * round(note * loop_s) / loop_s * seconds) for note in (220.0, 277.18, 329.63)),
        np.zeros(count),
    )
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
