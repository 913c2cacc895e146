"""Statistics of one process's samples: an interval for the median, drift and spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def interval(samples: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Return an interval of the median between order statistics (Hettmansperger, Sheather 1986).

    It assumes that samples are independent, and nothing of how they are spread. Simulated coverage
    at 95 % (normal, lognormal, exponential): 93.5 to 95.5 % from 6 samples on. Fewer samples
    cannot do it: the interval is then their range, 93.8 % for 5, 87.5 % for 4, 75 % for 3. The
    percentile bootstrap that is often used instead covers 87 % for 7 samples.

    Samples of one process are not independent of each other: compare launches, not samples.
    """
    values, count = np.sort(np.asarray(samples, float)), len(samples)
    depth, outer, inner = _depth(count, level)
    share = (outer - level) / (outer - inner) if outer > level else 0.0
    weight = (count - depth) * share / (depth + (count - 2 * depth) * share)
    ends = []
    for side in (values, values[::-1]):
        outside, inside = side[depth - 1], side[min(depth, count - 1)]
        ends.append(float((1 - weight) * outside + weight * inside))
    return ends[0], ends[1]


def _depth(count: int, level: float) -> tuple[int, float, float]:
    """Return a depth d, and how often the median is between the d-th values from either end.

    It is the deepest that is often enough, or 1; the third number is how often at d + 1.
    """
    depth, term, below, total = 1, 1, 1, 2**count
    outer = 1 - 2 / total
    while True:
        term = term * (count - depth + 1) // depth
        below += term
        inner = max(0.0, 1 - 2 * below / total)
        if inner < level:
            return depth, outer, inner
        depth, outer = depth + 1, inner


def drift(samples: Sequence[float]) -> float:
    """Return the median of the last third over that of the first, less 1; 0 for fewer than 3."""
    third = len(samples) // 3
    if not third:
        return 0.0
    return float(np.median(samples[-third:]) / np.median(samples[:third]) - 1)


def spread(samples: Sequence[float]) -> float:
    """Return the distance of the quartiles over the median."""
    low, middle, high = np.quantile(samples, [0.25, 0.5, 0.75])
    return float((high - low) / middle)
