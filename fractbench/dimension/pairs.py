"""pairs: the dimension of a boundary on a line, by Liu's pair counting (arXiv 2406.13971).

Among 2**k + 1 equidistant points, count the neighbours of different class; the slope of log2 of
that number against k is the dimension, here by least squares over every k from `least` on. The line
of the largest k holds the points of all the others.

The 95 % interval is drawn from `BLOCKS` pieces of the stretch that holds the boundary, with
replacement, and widened by `SYSTEMATIC` on both sides.

Measured on Cantor sets at random places, 2**16 + 1 and 2**20 + 1 points: largest error 0.056 and
0.028 (dimension 0.63), 0.093 and 0.031 (0.50), 0.037 and 0.018 (0.87); the intervals held the truth
in 39, 39 and 40 of 40, and in 20 of 20 each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fractbench.dimension.fitted import DRAWS, FEWEST, Estimate, nothing

LEAST = 8
BLOCKS = 64
SYSTEMATIC = 0.02


def pair_counts(converged: NDArray[np.bool_], least: int = LEAST) -> NDArray[np.int64]:
    """Return the neighbouring pairs of different class, by piece of the line and distance.

    Points at the far end that the largest distance does not reach are left out: none if their
    number is 2**k + 1.

    Args:
        converged: (points,) of bool.
        least: the largest distance leaves 2**least pairs or more.

    Returns:
        (pieces, distances), distances 1, 2, 4, ... points; both may be nothing.
    """
    powers = (max(len(converged) - 1, 0) >> least).bit_length()
    if powers == 0:
        return np.empty((0, 0), np.int64)
    whole = (len(converged) - 1) >> (powers - 1)
    cuts = _cuts(converged, whole, 1 << (powers - 1))
    counts = []
    for power in range(powers):
        points = converged[: (whole << (powers - 1)) + 1 : 1 << power]
        changes = points[1:] != points[:-1]
        starts = cuts << (powers - 1 - power)
        counts.append(np.add.reduceat(changes, starts, dtype=np.int64))
    return np.stack(counts, axis=1)


def _cuts(converged: NDArray[np.bool_], whole: int, distance: int) -> NDArray[np.int64]:
    """Return where the pieces begin, in pairs of the largest distance; the first begins at 0."""
    points = converged[: whole * distance + 1]
    changes = np.flatnonzero(points[1:] != points[:-1])
    first, last = (changes[[0, -1]] // distance).tolist() if len(changes) else (0, whole - 1)
    stretch = last + 1 - first
    cuts = first + np.arange(min(BLOCKS, stretch)) * stretch // min(BLOCKS, stretch)
    # What lies outside the stretch holds no pair of different class, so it may be in any piece.
    cuts[0] = 0
    return np.asarray(cuts, np.int64)


def slope(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the slope of log2 count against k over the last axis, finest distance first."""
    k = -np.arange(counts.shape[-1], dtype=np.float64)
    k -= k.mean()
    return np.asarray(np.log2(counts) @ k / (k @ k))


def pair_dimension(
    converged: NDArray[np.bool_], *, least: int = LEAST, seed: int = 0
) -> Estimate:  # fmt: skip
    """Return the dimension of the boundary on a line.

    Args:
        converged: (points,) or (1, points) of bool.
        least: the smallest k of the fit.
        seed: of the draws of the interval.

    Returns:
        The Estimate; its sizes are the smallest and the largest distance in points, its windows
        the pieces of the line that hold a boundary.
    """
    line = np.ravel(converged)
    counts = pair_counts(line, least)
    distances = counts.shape[1]
    if distances < 3:
        return nothing(f"{len(line)} points are too few; {4 << least} + 1 are needed")
    every = counts.sum(axis=0)
    if not every.all():
        size = 1 << int(np.flatnonzero(every == 0)[0])
        what = "at any distance" if not every.any() else f"at a distance of {size} points"
        return nothing(f"there is no pair of different class {what}")
    rng, pieces = np.random.Generator(np.random.Philox(seed)), len(counts)
    sums = rng.multinomial(pieces, np.full(pieces, 1 / pieces), DRAWS) @ counts
    drawn = slope(sums[sums.all(axis=1)])
    windows = int(np.count_nonzero(counts.any(axis=1)))
    ends = (1, 1 << (distances - 1))
    value = float(slope(every))
    if windows < FEWEST or len(drawn) < DRAWS // 2:
        note = f"the boundary lies in {windows} of the pieces, too few for an interval"
        return Estimate(value, float("nan"), float("nan"), ends, windows, note)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(value, float(low) - SYSTEMATIC, float(high) + SYSTEMATIC, ends, windows)
