"""Programs that say what a counter shows over time. Pure: same program, seed and length give the same timeline."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from .fields import ScenarioError


@dataclass(frozen=True, slots=True)
class Step:
    """A fixed text for a number of seconds."""

    text: str
    length_s: float
    kind: str


@dataclass(frozen=True, slots=True)
class Script:
    """Fixed texts one after another; the last one stays."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """A number moving from ``start`` to ``until`` by random steps (``by``) at random intervals (``every``, seconds).

    ``text`` holds ``{n}`` (plain) or ``{wan}`` (from 10 000 on as 1.2万, as the platforms show it). Having reached
    ``until`` the number goes back to ``start`` when ``reset`` is set, else it stays.
    """

    text: str
    start: float
    until: float
    by: tuple[float, float]
    every: tuple[float, float]
    reset: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """A countdown in whole seconds from ``start_s``; ``text`` holds ``{clock}`` (MM:SS).

    ``moves`` are (at, to) pairs: at second ``at`` the rest jumps to ``to`` seconds (an extended deadline).
    """

    text: str
    start_s: int
    moves: tuple[tuple[float, int], ...]
    restart: bool


Program = Script | Walk | Clock


@dataclass(frozen=True, slots=True)
class Showing:
    """One text and the half-open stretch [from_s, to_s) for which it is shown."""

    text: str
    kind: str
    from_s: float
    to_s: float


def timeline(
    program: Program, *, name: str, kind: str, seed: int, length_s: float, grid_s: float
) -> tuple[Showing, ...]:
    """What the counter shows in [0, length_s): stretches that join without a gap, borders on multiples of ``grid_s``.

    Neighbouring stretches always differ in text: a value that would repeat prolongs the stretch before it.
    """
    if isinstance(program, Script):
        raw = [(step.length_s, step.text, step.kind) for step in program.steps]
    elif isinstance(program, Walk):
        raw = [(length, text, kind) for length, text in _walk(program, random.Random(f"{seed}:{name}"), length_s)]
    else:
        raw = [(1.0, text, kind) for text in _clock(program, length_s)]
    shown: list[Showing] = []
    at = 0.0
    for length, text, what in raw:
        start, at = _snap(at, grid_s), at + length
        end = _snap(min(at, length_s), grid_s)
        if end <= start:
            continue
        if shown and shown[-1].text == text:
            shown[-1] = Showing(text, shown[-1].kind, shown[-1].from_s, end)
        else:
            shown.append(Showing(text, what, start, end))
    if shown and shown[-1].to_s < length_s:  # a script that is over keeps its last text
        shown[-1] = Showing(shown[-1].text, shown[-1].kind, shown[-1].from_s, length_s)
    return tuple(shown)


def seconds_of(clock: str, where: str) -> int:
    """MM:SS as whole seconds."""
    match = re.fullmatch(r"(\d{1,2}):([0-5]\d)", clock)
    if match is None:
        raise ScenarioError(f'{where}: expected a clock "MM:SS" in quotes, got {clock!r}')
    return int(match[1]) * 60 + int(match[2])


def in_wan(number: int) -> str:
    """A count as the platforms show it: 9863, then 1.0万, 1.2万 (cut, not rounded, below)."""
    return str(number) if number < 10_000 else f"{number // 1000 / 10:.1f}万"


def _snap(at: float, grid_s: float) -> float:
    return round(round(at / grid_s) * grid_s, 6)


def _walk(walk: Walk, dice: random.Random, length_s: float) -> list[tuple[float, str]]:
    out: list[tuple[float, str]] = []
    value, at, falling = int(walk.start), 0.0, walk.until < walk.start
    while at < length_s:
        length = round(dice.uniform(*walk.every), 2)
        out.append((length, walk.text.format(n=value, wan=in_wan(value))))
        at += length
        if value == int(walk.until):
            value = int(walk.start) if walk.reset else value
            continue
        moved = value + (round(dice.uniform(*walk.by)) or (-1 if falling else 1))
        value = max(moved, int(walk.until)) if falling else min(moved, int(walk.until))
    return out


def _clock(clock: Clock, length_s: float) -> list[str]:
    moves = {int(at): to for at, to in clock.moves}
    rest, out = clock.start_s, []
    for second in range(int(length_s) + 1):
        rest = moves.get(second, rest)
        out.append(clock.text.format(clock=f"{rest // 60:02d}:{rest % 60:02d}"))
        rest = rest - 1 if rest > 0 else (clock.start_s if clock.restart else 0)
    return out
