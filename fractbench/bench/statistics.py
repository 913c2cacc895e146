"""Statistics of samples: medians, a bootstrap interval, drift and spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

DRAWS = 2000


def interval(samples: Sequence[float], level: float = 0.95, seed: int = 0) -> tuple[float, float]:
    """Return a percentile-bootstrap interval of the median; the same for the same samples."""
    values = np.asarray(samples, float)
    picks = np.random.default_rng(seed).integers(0, len(values), (DRAWS, len(values)))
    medians = np.median(values[picks], axis=1)
    low, high = np.quantile(medians, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


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
