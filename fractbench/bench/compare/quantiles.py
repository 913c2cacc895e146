"""Quantiles of the two distributions that comparisons of few launches need."""

from __future__ import annotations

from functools import lru_cache
from math import atan, cos, pi, sin, sqrt

import numpy as np


def student(level: float, freedom: int) -> float:
    """Return what Student's t stays within, both sides, with probability `level`."""
    low, high = 0.0, 1.0
    while _within(high, freedom) < level:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < level else (low, middle)
    return high


def _within(t: float, freedom: int) -> float:
    """Return P(|T| <= t): Abramowitz and Stegun 26.7.3 and 26.7.4."""
    angle = atan(t / sqrt(freedom))
    odd = freedom % 2
    term = cos(angle) if odd else 1.0
    total = term if freedom > 1 else 0.0
    for k in range(2 + odd, freedom - 1, 2):
        term *= (k - 1) / k * cos(angle) ** 2
        total += term
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total


@lru_cache
def signed_rank(level: float, count: int) -> int | None:
    """Return how many of the sorted means of pairs to leave out at either end of an interval.

    Those means (of all pairs among `count` values, each with itself as well) bound the centre of a
    symmetric distribution with probability `level` at least: the exact signed-rank distribution.
    None if `count` values are too few for that.
    """
    ways = np.ones(1)
    for rank in range(1, count + 1):
        ways = np.pad(ways, (0, rank)) + np.pad(ways, (rank, 0))
    below = np.cumsum(ways / 2.0**count)
    left_out = int(np.searchsorted(below, (1 - level) / 2, side="right"))
    return left_out - 1 if left_out else None
