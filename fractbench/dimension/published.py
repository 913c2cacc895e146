"""published: the estimator behind the six published dimensions (arXiv 2402.06184).

A 2 x 2 block of pixels is an edge where the class changes. Boxes of 10 sizes, geometrically from
10 pixels to the side, are counted where they are neither empty nor full; the slopes of log count
against log size are taken at each size (central differences, one-sided at the ends), and the
dimension is minus the median of all slopes of all frames. At 4096 x 4096 it gives 0.997 for a
straight line, 1.005 for a circle and 1.991 for noise, as published (1.9969 with differences between
neighbours in place of central ones).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fractbench.dimension.boxes import box_counts
from fractbench.dimension.edges import edges

FINEST = 10
"""The smallest box, in pixels."""
SIZES = 10


def sizes_of(side: int) -> list[int]:
    """Return the sides of the boxes for an edge mask of a side; those that coincide count once."""
    if side < FINEST:
        return []
    sizes = np.unique(np.geomspace(FINEST, side, SIZES).astype(np.int64))
    sizes[-1] = side  # geomspace may end one rounding below it
    return [int(size) for size in sizes]


def slopes(converged: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the local slopes of one frame, one for each size; none where nothing can be said.

    Args:
        converged: (rows, columns) of bool.
    """
    found = edges(np.atleast_2d(converged))
    sizes = sizes_of(min(found.shape))
    if len(sizes) < 2:
        return np.empty(0)
    counts = box_counts(found, sizes)
    kept = counts > 0
    if np.count_nonzero(kept) < 2:
        return np.empty(0)
    return np.asarray(-np.gradient(np.log(counts[kept]), np.log(np.array(sizes)[kept])))


def published_dimension(masks: Sequence[NDArray[np.bool_]]) -> float:
    """Return the published estimate of the boundary's dimension.

    Args:
        masks: whether each pixel converged, one (rows, columns) of bool for each frame.

    Returns:
        The median slope; nan where no frame has a boundary or eleven pixels a side.
    """
    every = [slopes(mask) for mask in masks]
    joined = np.concatenate([np.empty(0), *every])
    return float(np.median(joined)) if joined.size else float("nan")
