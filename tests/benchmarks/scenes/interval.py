"""The exact (Clopper-Pearson) interval of a share, without scipy (pure)."""

from __future__ import annotations

import math
from collections.abc import Callable

CONFIDENCE = 0.95
STEPS = 60  # halvings: far below what is printed
TERMS = 300


def clopper_pearson(hits: int, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Lower and upper bound of the share behind `hits` of `of` (Clopper and Pearson 1934); (0, 1) when `of` is 0.

    Raises:
        ValueError: `hits` is not in 0..of.
    """
    if not 0 <= hits <= of:
        raise ValueError(f"interval: expected hits in 0..{of}, got {hits}")
    tail = (1 - confidence) / 2
    # P(X >= hits | p) is the regularised incomplete beta function of (hits, of - hits + 1), and rises with p.
    lower = 0.0 if hits == 0 else _where(lambda p: beta_share(p, hits, of - hits + 1), tail)
    upper = 1.0 if hits == of else _where(lambda p: beta_share(p, hits + 1, of - hits), 1 - tail)
    return lower, upper


def _where(rising: Callable[[float], float], target: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < target else (low, middle)
    return (low + high) / 2


def beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (DLMF 8.17.22), for a, b > 0."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(1 - x, b, a)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    # Lentz's method.
    tiny = 1e-300
    c, d = 1.0, 1 / max(tiny, 1 - (a + b) * x / (a + 1))
    total = d
    for m in range(1, TERMS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + step * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + step / c
            c = c if abs(c) > tiny else tiny
            total *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return math.exp(scale) * total / a
