"""Makes a scenario's video once and keeps it in the cache, named by everything that its bytes depend on."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import blake3

from .reel import FPS, Gop, Reel, read_rendition
from .scenario import Scenario
from .timeline import Showing, timeline

Progress = Callable[[str], None]
RECIPE = 1  # raise when the same scenario would give other pictures: old cache folders are then left alone


def burned_timelines(scenario: Scenario, seed: int) -> dict[str, tuple[Showing, ...]]:
    """For each burned-in counter what the loop shows when, on the grid of pictures; by the counter's name."""
    return {
        counter.name: timeline(
            counter.program,
            name=counter.name,
            kind=counter.kind,
            seed=seed,
            length_s=scenario.media.loop_s,
            grid_s=1 / FPS,
        )
        for counter in scenario.counters
        if counter.burned
    }


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
    lines = {
        name: [[s.text, s.from_s, s.to_s] for s in shown] for name, shown in burned_timelines(scenario, seed).items()
    }
    recipe = [
        RECIPE,
        seed,
        media.loop_s,
        media.width,
        media.height,
        media.video_kbps,
        media.audio_kbps,
        names,
        places,
        lines,
    ]
    digest = blake3.blake3(json.dumps(recipe, ensure_ascii=False).encode()).hexdigest()[:32]
    folder = cache / digest
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        from .film import make_film  # brings OpenCV, Pillow and fonts: only needed when a video has to be made

        workshop = Path(tempfile.mkdtemp(prefix="making-", dir=cache))
        try:
            make_film(scenario, seed, workshop, names, progress)
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
