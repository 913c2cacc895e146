"""figures: what the estimators say of some rasters, side by side.

Beside the two figures stand the slopes at small and at large boxes. A boundary that scales has one
slope. A dust of noise has none: its small boxes hold a point or nothing (slope 0), its large ones
are all hit (slope 2), and it passes every figure in between without having that dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from fractbench.dimension.controls import Raster, is_line
from fractbench.dimension.fitted import block_counts, fitted_dimension, scaling_sizes, slope
from fractbench.dimension.pairs import pair_dimension
from fractbench.dimension.published import published_dimension


@dataclass(frozen=True)
class Figure:
    """The published estimate, and the better one with its 95 % interval; None: nothing to say.

    `small` and `large` are slopes of the same fit over the lower and the upper half of its sizes.
    """

    published: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    small: float | None = None
    large: float | None = None
    frames: int = 0
    note: str = ""

    @property
    def interval(self) -> tuple[float, float] | None:
        """The interval, or None where there is none."""
        return None if self.low is None or self.high is None else (self.low, self.high)


def figure(rasters: Sequence[Raster], seed: int, note: str = "") -> Figure:
    """Measure frames of one zoom, or one window; a line by Liu's pairs alone.

    Args:
        rasters: bool, each (rows, columns); of lines only the first is taken.
        seed: of the bootstrap.
        note: what a reader of the row must know besides.
    """
    published = small = large = None
    if is_line(rasters[0]):
        found = pair_dimension(rasters[0], seed=seed)
    else:
        found = fitted_dimension(rasters, seed=seed)
        published = _known(published_dimension(rasters))
        small, large = halves(rasters)
    notes = "; ".join(filter(None, (note, found.note)))
    value = _known(found.value)
    low, high = (_known(found.low), _known(found.high)) if value is not None else (None, None)
    return Figure(published, value, low, high, small, large, len(rasters), notes)


def halves(rasters: Sequence[Raster]) -> tuple[float | None, float | None]:
    """Return the mean slopes at small and at large boxes, which share the size in the middle."""
    sizes = scaling_sizes(min(min(one.shape) for one in rasters))
    if len(sizes) < 3:
        return None, None
    counts = [block_counts(one, sizes).sum(axis=0) for one in rasters]
    kept = np.array([one for one in counts if one.all()])
    if not len(kept):
        return None, None
    middle = len(sizes) // 2
    lower = slope(kept[:, : middle + 1], sizes[: middle + 1])
    upper = slope(kept[:, middle:], sizes[middle:])
    return float(lower.mean()), float(upper.mean())


def _known(number: float) -> float | None:
    return float(number) if isfinite(number) else None
