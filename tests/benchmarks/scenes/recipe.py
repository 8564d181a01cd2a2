"""The scenes: what each contains, seeded, in two splits of the same kinds with other seeds, texts, places and fonts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from blake3 import blake3

from tests.benchmarks.scenes.letters import Dynamics

Split = Literal["tuning", "test"]
Backdrop = Literal["host", "pan", "gradient", "noise", "stripes"]
Feature = Literal[
    "popups", "veils", "cuts", "drift", "sells out", "barrage", "chat in the video", "cards", "small", "large", "boxes",
    "two colours", "statements", "late",
]  # fmt: skip

# Faces of a split: the test split has faces that the tuning split never shows.
FACES: dict[Split, dict[str, tuple[str, ...]]] = {
    "tuning": {"common": ("sans-700", "sans-400", "serif-700", "microhei"), "art": ("kuaile", "xiaowei")},
    "test": {
        "common": ("sans-900", "sans-400", "zenhei", "microhei", "serif-700"),
        "art": ("huangyou", "brush", "smiley"),
    },
}
SEEDS: dict[Split, int] = {"tuning": 10_000, "test": 20_000}
RENDERING = ("truth", "timelines", "letters", "layout", "backdrops", "clutter", "covers", "stage", "film")
# Of the later kinds only, by feature: the digests of the first ones do not know of these modules.
RENDERING_LATER: dict[Feature, tuple[str, ...]] = {
    "two colours": ("two_colours", "comings", "shoot"),
    "statements": ("two_colours", "comings", "shoot", "labels"),
    "late": ("two_colours", "comings", "shoot", "late"),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a scene is made from; equal recipes give equal pictures."""

    name: str
    split: Split
    seed: int
    width: int  # of the picture as sampled
    height: int
    backdrop: Backdrop
    dynamics: tuple[Dynamics, ...]  # dealt out to the counters in turn
    seconds: float = 40.0
    scale: float = 1.0  # of the video against the picture that it is shown in
    crf: int = 24
    cap_kbps: int | None = None  # heavy compression: the most that the stream may take
    counters: int = 5
    art: bool = False
    in_page: float = 0.4  # share of counters that the page draws, after decoding
    pace: tuple[float, float] = (0.8, 4.0)  # seconds between changes
    covers_every: tuple[float, float] = (1.5, 4.0)  # seconds from one pop-up's going to the next one's coming
    features: frozenset[Feature] = frozenset()

    @property
    def heavy(self) -> bool:
        return self.cap_kbps is not None

    @property
    def later(self) -> bool:
        """Whether it is of a kind that `shoot` paints; these know no scale, no cuts, no pop-ups."""
        return bool(self.features & RENDERING_LATER.keys())


def _kind(name: str, size: tuple[int, int], backdrop: Backdrop, *dynamics: Dynamics, **more: object) -> Recipe:
    features = more.pop("features", ())
    assert isinstance(features, tuple)
    recipe = Recipe(name, "tuning", 0, *size, backdrop, dynamics or ("still",), features=frozenset(features))
    return replace(recipe, **more)  # type: ignore[arg-type]


KINDS: tuple[Recipe, ...] = (
    _kind("plain", (1280, 720), "host", "still"),
    _kind("portrait", (720, 1280), "host", "still", "slide"),
    _kind("sliding", (720, 1280), "pan", "slide", counters=6),
    _kind("sliding-wide", (1280, 720), "gradient", "slide", "still"),
    _kind("flipping", (1280, 720), "stripes", "flip", features=("cards",)),
    _kind("flipping-bare", (720, 1280), "gradient", "flip", "still"),
    _kind("popups", (720, 1280), "host", "still", features=("popups",)),
    _kind("veils", (1280, 720), "pan", "still", "slide", features=("veils", "popups")),
    _kind("cuts", (1280, 720), "stripes", "still", features=("cuts",), in_page=0.3),
    _kind("drifting", (720, 1280), "gradient", "still", features=("drift",)),
    _kind("drifting-wide", (960, 540), "host", "still", "slide", features=("drift",), in_page=0.3),
    _kind("heavy", (960, 540), "host", "still", crf=31, cap_kbps=520, in_page=0.0),
    _kind("heavy-portrait", (540, 960), "pan", "still", "slide", crf=31, cap_kbps=560, in_page=0.0),
    _kind("upscaled", (720, 1280), "host", "still", scale=0.75, crf=27, in_page=0.2),
    _kind("art", (720, 1280), "pan", "still", "slide", art=True),
    _kind("art-wide", (1280, 720), "host", "still", "flip", art=True),
    _kind("art-heavy", (960, 540), "gradient", "still", art=True, crf=31, cap_kbps=520, in_page=0.2),
    _kind("small", (1280, 720), "gradient", "still", features=("small", "boxes"), in_page=0.8, counters=7),
    _kind("small-540", (540, 960), "host", "still", features=("small",), in_page=0.8),
    _kind("large", (1080, 1920), "pan", "still", "slide", features=("large",), counters=6),
    _kind("full-hd", (1920, 1080), "host", "still", "flip", counters=7),
    _kind("noise", (960, 540), "noise", "still", "slide"),
    _kind("boxes", (720, 1280), "stripes", "still", features=("boxes",), counters=6),
    _kind("barrage", (1280, 720), "pan", "still", features=("barrage", "chat in the video")),
    _kind("rush", (720, 1280), "host", "still", pace=(0.4, 1.6), features=("sells out",), counters=6),
    _kind("calm", (960, 540), "gradient", "still", "slide", pace=(3.0, 8.0), counters=7),
    _kind("everything", (720, 1280), "stripes", "still", "slide", "flip", counters=7, in_page=0.5,
          features=("popups", "cuts", "barrage", "sells out")),
    # Later kinds stand at the end: seeds go by place.
    _kind("crowded", (720, 1280), "host", "still", "slide", covers_every=(0.2, 0.9), features=("popups",)),
    _kind("crowded-wide", (960, 540), "pan", "still", covers_every=(0.2, 0.9), features=("popups", "veils")),
    _kind("two-coloured", (720, 1280), "host", "still", "slide", counters=7, features=("two colours",)),
    _kind("statements", (720, 1280), "host", "still", counters=4, features=("statements",)),
    _kind("late", (1280, 720), "pan", "still", seconds=80.0, in_page=1.0, pace=(2.0, 8.0), features=("late",)),
)  # fmt: skip


def scenes(split: Split, names: Iterable[str] = (), seconds: float | None = None, *, after: int = 0) -> list[Recipe]:
    """The scenes of a split, each kind twice (the 1080p ones once); `names` chooses among them by name or kind.

    `after`: so many copies of each kind are left out and the next ones made, from seeds of their own: scenes that
    nobody has seen, for a figure that nothing was fitted to.

    Raises:
        ValueError: no scene has one of the names.
    """
    every = []
    for number, kind in enumerate(KINDS):
        for copy in range(after, after + (1 if max(kind.width, kind.height) == 1920 else 2)):
            seed = SEEDS[split] + 100 * number + copy
            every.append(replace(kind, name=f"{kind.name}-{copy + 1}", split=split, seed=seed))
    wanted = set(names)
    known = {label for r in every for label in (r.name, r.name.rsplit("-", 1)[0])}
    if wanted - known:
        raise ValueError(
            f"scenes: expected some of {', '.join(sorted(known))}; got {', '.join(sorted(wanted - known))}"
        )
    chosen = [r for r in every if not wanted or {r.name, r.name.rsplit("-", 1)[0]} & wanted]
    return [replace(r, seconds=seconds) if seconds else r for r in chosen]


def digest(recipe: Recipe, fonts: dict[str, str]) -> str:
    """Names a rendered scene: its recipe, the faces and their digests, and the program text that paints it."""
    text = "\n".join(
        [
            repr(replace(recipe, features=frozenset())),
            repr(sorted(recipe.features)),
            repr(FACES[recipe.split]),
            repr(sorted(fonts.items())),
        ]
    )
    folder = Path(__file__).parent
    later = (module for feature in sorted(recipe.features) for module in RENDERING_LATER.get(feature, ()))
    modules = (*RENDERING, *later)
    program = b"".join((folder / f"{module}.py").read_bytes() for module in modules)
    return blake3(text.encode() + program).hexdigest()[:32]
