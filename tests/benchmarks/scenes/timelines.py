"""What a counter says over time: seeded, realistic moves (pure).

Values are stated here, beside the texts, in the convention of the readers' documentation: an exact display is [n, n+1),
a rounded one half a step below to one step above, "+" is open above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tests.benchmarks.scenes.truth import FRAMES_PER_S, Showing

Family = Literal["stock", "stock_left", "percent", "countdown", "countdown_h", "sold", "sold_wan", "viewers"]
Text = tuple[str, str | None, int | None, int | None]  # text, kind, lo, hi

# Frames, "#" stands for the number. Separators differ as rooms do.
FORMS: dict[Family, tuple[str, ...]] = {
    "stock": ("库存#", "库存 #", "库存:#", "库存：#件", "剩余库存#", "剩余#件", "库存仅剩#"),
    "stock_left": ("仅剩#单", "只剩最后#单", "仅剩 # 件", "最后#单", "只剩#份"),
    "percent": ("已抢#%", "已抢 #%"),
    "countdown": ("#", "距结束 #", "倒计时 #", "距结束:#", "限时秒杀 #"),
    "countdown_h": ("#", "距结束#", "倒计时 #", "距离结束 #"),
    "sold": ("已售#", "已售#件", "已抢#件", "销量#"),
    "sold_wan": ("已售#", "已售#件", "销量 #"),
    "viewers": ("#在线", "#人在线", "在线人数 #", "在线人数：#", "#人正在看"),
}
SOLD_OUT = ("已售罄", "已抢光", "补货中")


@dataclass(frozen=True, slots=True)
class Move:
    """How a counter changes: intervals in seconds (log-uniform), and how long each arrival takes."""

    least_s: float
    most_s: float
    motion_s: float
    sells_out: bool = False


def showings(family: Family, form: str, move: Move, seconds: float, seed: int) -> tuple[Showing, ...]:
    """All texts of one counter from 0 to `seconds`; times fall on pictures of the video."""
    rng = np.random.default_rng(seed)
    values = _VALUES[family](rng, form, sells_out=move.sells_out)
    ticking = family in ("countdown", "countdown_h")
    found: list[Showing] = []
    at = 0.0
    # Countdowns tick at a phase of their own.
    ends = float(rng.uniform(0.2, 1.0)) if ticking else _pause(rng, move)
    text = next(values)
    while at < seconds:
        until = min(_on_picture(ends), seconds)
        if until > at:
            # A motion never outlasts its value.
            motion = min(move.motion_s, 0.6 * (until - at)) if found else 0.0
            found.append(Showing(*text, from_s=at, to_s=until, motion_s=round(motion, 3)))
            at = until
        text = next(values)
        while text[0] == found[-1].text:
            text = next(values)
        ends += 1.0 if ticking else _pause(rng, move)
    return tuple(found)


def widest(found: tuple[Showing, ...]) -> str:
    """The text with the most characters, for keeping room."""
    return max((s.text for s in found), key=len)


def _pause(rng: np.random.Generator, move: Move) -> float:
    return float(np.exp(rng.uniform(np.log(move.least_s), np.log(move.most_s))))


def _on_picture(at: float) -> float:
    return round(round(at * FRAMES_PER_S) / FRAMES_PER_S, 3)


def _exact(form: str, kind: str, number: int) -> Text:
    return form.replace("#", str(number)), kind, number, number + 1


def _rounded(form: str, kind: str, tenths: int, *, plus: bool) -> Text:
    """Tenths of 万: 12 is "1.2万"; whole ones from 10万 on."""
    step = 10_000 if tenths >= 100 else 1_000
    number = tenths // 10 * 10_000 if step == 10_000 else tenths * 1_000
    digits = str(tenths // 10) if step == 10_000 else f"{tenths // 10}.{tenths % 10}"
    text = form.replace("#", f"{digits}万{'+' if plus else ''}")
    return (text, kind, number, None) if plus else (text, kind, max(0, number - step // 2), number + step)


def _gone(rng: np.random.Generator) -> Text:
    return SOLD_OUT[int(rng.integers(len(SOLD_OUT)))], None, None, None


def _stock(rng: np.random.Generator, form: str, *, sells_out: bool) -> Iterator[Text]:
    left = int(rng.choice([37, 86, 128, 240, 512, 1100, 3000])) + int(rng.integers(0, 30))
    if sells_out:
        left = int(rng.integers(4, 14))
    while True:
        yield _exact(form, "stock", left)
        chance = rng.random()
        if chance < 0.06:
            left += int(rng.choice([20, 50, 100, 300]))
        elif chance < 0.11:
            left = int(rng.integers(10, 1000))
        else:
            left -= int(rng.integers(1, 4 if left < 60 else 24))
        if left <= 0:
            if sells_out:
                yield _gone(rng)
            left = int(rng.choice([30, 60, 100, 200]))


def _stock_left(rng: np.random.Generator, form: str, *, sells_out: bool) -> Iterator[Text]:
    left = int(rng.integers(3, 9)) if sells_out else 100 - int(rng.integers(0, 20))
    while True:
        yield _exact(form, "stock_left", left)
        left -= int(rng.choice([1, 1, 1, 2, 3]))
        if rng.random() < 0.04:
            left = 100
        if left <= 0:
            if sells_out:
                yield _gone(rng)
            left = int(rng.choice([20, 50, 100]))


def _percent(rng: np.random.Generator, form: str, *, sells_out: bool) -> Iterator[Text]:
    del sells_out
    share = int(rng.integers(5, 80))
    while True:
        yield _exact(form, "percent", share)
        share = share + int(rng.integers(1, 3)) if share < 97 else int(rng.choice([98, 99, 100, 60, 45]))
        share = int(rng.integers(30, 70)) if share > 100 else share


def _countdown(rng: np.random.Generator, form: str, *, hours: bool) -> Iterator[Text]:
    left = int(rng.integers(3600, 9000)) if hours else int(rng.choice([305, 299, 125, 63, 610, 1790]))
    while True:
        clock = f"{left // 60 % 60:02d}:{left % 60:02d}"
        text = form.replace("#", f"{left // 3600:02d}:{clock}" if hours else clock)
        yield text, "countdown", left, left + 1
        left -= 1
        if left < 0:
            left = int(rng.choice([300, 180, 60]))
        elif rng.random() < 0.02:  # extended
            left = min(left + int(rng.choice([60, 120, 180])), 3599 if not hours else 35_999)


def _sold(rng: np.random.Generator, form: str, *, sells_out: bool) -> Iterator[Text]:
    del sells_out
    sold = int(rng.choice([86, 420, 1203, 3821, 9870]))
    while True:
        yield _exact(form, "sold", sold)
        sold += int(rng.integers(1, 40))


def _sold_wan(rng: np.random.Generator, form: str, *, sells_out: bool) -> Iterator[Text]:
    del sells_out
    tenths, plus = int(rng.choice([11, 18, 46, 93, 97])), bool(rng.random() < 0.4)
    while True:
        yield _rounded(form, "sold", tenths, plus=plus)
        tenths += 10 if tenths >= 100 else int(rng.choice([1, 1, 2, 5]))
        tenths = tenths // 10 * 10 if tenths >= 100 else tenths
        if tenths > 300:
            tenths = 11


def _viewers(rng: np.random.Generator, form: str, *, sells_out: bool) -> Iterator[Text]:
    del sells_out
    if rng.random() < 0.5:
        many = int(rng.choice([312, 860, 2210, 8800]))
        while True:
            yield _exact(form, "viewers", many)
            many = max(50, many + int(rng.integers(-30, 40)))
    tenths = int(rng.choice([12, 35, 78, 96]))
    while True:
        yield _rounded(form, "viewers", tenths, plus=False)
        tenths = max(10, tenths + int(rng.choice([-2, -1, 1, 1, 2, 3])))
        tenths = tenths // 10 * 10 if tenths >= 100 else tenths


_VALUES: dict[Family, Callable[..., Iterator[Text]]] = {
    "stock": _stock,
    "stock_left": _stock_left,
    "percent": _percent,
    "countdown": lambda rng, form, sells_out: _countdown(rng, form, hours=False),  # noqa: ARG005
    "countdown_h": lambda rng, form, sells_out: _countdown(rng, form, hours=True),  # noqa: ARG005
    "sold": _sold,
    "sold_wan": _sold_wan,
    "viewers": _viewers,
}
