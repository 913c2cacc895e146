"""fitted: the boundary's dimension from one straight fit, with a 95 % interval.

Counted are the boxes that an edge touches, at sizes that double from 8 pixels (below, a pixel hides
what is finer than itself) to an eighth of the side (above, the window's end shows). Each count is a
mean over 8 x 8 places of the whole grid of boxes, all of them inside the window. A straight line is
fitted to log count against log size with weights size ** -1/2, for large boxes are few; minus its
slope is the dimension, and that of several frames is their mean.

The interval: frames are drawn again with replacement if there are `FRAMES` or more of them, else
the blocks of each frame, squares of twice the largest box; the middle 95 % of 1000 draws is widened
by `SYSTEMATIC` on both sides, for no draw shows what a finite window does to every block alike.

Measured on 100 instances of each known shape, turned and moved at random (the slow test of
tests/dimension/test_fitted.py): the largest error at 512 and 1024 pixels a side, and how many
intervals held the truth.

    line              0.007  0.004    100  100
    circle            0.015  0.012    100  100
    Koch, whole       0.014  0.011    100  100
    Koch, a part      0.028  0.021    100  100
    quadric Koch      0.025  0.014    100  100
    Sierpinski        0.045  0.032    100  100
    carpet            0.072  0.055     94   95
    Cantor dust       0.065  0.051     99   98
    noise, p = 0.5    0.000  0.000    100  100

The bare bootstrap held it in 11 (carpet) to 100 of 100: hence `SYSTEMATIC`. Below 256 pixels the
smaller boxes miss detail: errors to 0.09 at 128 (Cantor dust, carpet 0.12) and 0.14 at 64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fractbench.dimension.boxes import filled, running_sums
from fractbench.dimension.edges import edges

FINEST, LEAST_SIDE = 8, 64
"""The smallest box in pixels (less on maps of fewer than 256); the smallest map."""
PLACES = 8
FRAMES = 8
DRAWS = 1000
SYSTEMATIC = 0.02
FEWEST = 3
"""Blocks with a boundary below which there is no interval."""


@dataclass(frozen=True)
class Estimate:
    """A dimension with its 95 % interval; nan where nothing can be said, and `note` says why.

    `sizes` are the smallest and the largest box (or distance) of the fit in pixels; `windows` is
    the number of frames or blocks with a boundary that the interval was drawn from.
    """

    value: float
    low: float
    high: float
    sizes: tuple[int, int]
    windows: int
    note: str = ""


def nothing(note: str) -> Estimate:
    """Return the Estimate that says why there is none."""
    return Estimate(float("nan"), float("nan"), float("nan"), (0, 0), 0, note)


def scaling_sizes(side: int) -> tuple[int, ...]:
    """Return the sides of the boxes for maps of a side: doubling, from 8 pixels to side / 8.

    Maps below 256 pixels have three sizes that start lower; below `LEAST_SIDE` there is none.
    """
    if side < LEAST_SIDE:
        return ()
    coarsest = (side // 8).bit_length() - 1
    finest = min(FINEST.bit_length() - 1, coarsest - 2)
    return tuple(1 << power for power in range(finest, coarsest + 1))


def block_counts(converged: NDArray[np.bool_], sizes: Sequence[int]) -> NDArray[np.float64]:
    """Return the boxes that an edge touches in every block, as means over places of the grid.

    Args:
        converged: (rows, columns) of bool, eight times the largest size or more a side.
        sizes: sides of the boxes, each of which divides the next.

    Returns:
        (blocks, sizes).
    """
    sums, block, slack = running_sums(edges(converged)), 2 * sizes[-1], sizes[-1]
    rows, columns = ((n - 1 - slack) // block * block for n in sums.shape)
    tops, lefts = (
        np.linspace(0, n - 1 - kept, PLACES).astype(np.int64)
        for n, kept in zip(sums.shape, (rows, columns), strict=True)
    )
    counts = np.zeros((rows // block, columns // block, len(sizes)))
    for top in tops:
        for left in lefts:
            for index, size in enumerate(sizes):
                corners = sums[top : top + rows + 1 : size, left : left + columns + 1 : size]
                touched = (filled(corners) > 0).reshape(
                    counts.shape[0], block // size, counts.shape[1], block // size
                )
                counts[..., index] += touched.sum(axis=(1, 3))
    return counts.reshape(-1, len(sizes)) / PLACES**2


def slope(counts: NDArray[np.float64], sizes: Sequence[int]) -> NDArray[np.float64]:
    """Return minus the weighted slope of log count against log size.

    Args:
        counts: (..., sizes), positive.
        sizes: sides of the boxes.

    Returns:
        (...) of slopes.
    """
    x, weight = np.log(sizes), np.asarray(sizes, np.float64) ** -0.5
    x = x - np.average(x, weights=weight)
    return np.asarray(-(np.log(counts) @ (weight * x)) / (weight @ x**2))


def fitted_dimension(masks: Sequence[NDArray[np.bool_]], *, seed: int = 0) -> Estimate:
    """Return the dimension of the boundary of one or more frames of equal size.

    Args:
        masks: whether each pixel converged, one (rows, columns) of bool for each frame; frames
            without a boundary are left out.
        seed: of the draws of the interval.
    """
    side = min((min(np.atleast_2d(mask).shape) for mask in masks), default=0)
    sizes = scaling_sizes(side)
    if not sizes:
        return nothing(f"a side of {side} pixels is too small; {LEAST_SIDE} are needed")
    every = (block_counts(mask, sizes) for mask in masks)
    frames = [counts for counts in every if counts.any()]
    if not frames:
        return nothing("there is no boundary: every pixel is of one class")
    values = np.array([slope(counts.sum(axis=0), sizes) for counts in frames])
    rng = np.random.Generator(np.random.Philox(seed))
    if len(frames) >= FRAMES:
        windows = len(frames)
        drawn = values[rng.integers(windows, size=(DRAWS, windows))].mean(axis=1)
    else:
        windows = sum(int(np.count_nonzero(counts.any(axis=1))) for counts in frames)
        drawn = np.mean([_drawn(counts, sizes, rng) for counts in frames], axis=0)
    low, high = np.nanpercentile(drawn, [2.5, 97.5]) + np.array([-SYSTEMATIC, SYSTEMATIC])
    ends, note = (sizes[0], sizes[-1]), ""
    if windows < FEWEST:
        low = high = np.nan
        note = f"the boundary lies in {windows} of the blocks, too few for an interval"
    elif sizes[0] < FINEST:
        note = f"a map of {side} pixels a side is small: errors of 0.1 are common"
    return Estimate(float(values.mean()), float(low), float(high), ends, windows, note)


def _drawn(
    counts: NDArray[np.float64], sizes: Sequence[int], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the slopes of `DRAWS` frames made of blocks drawn with replacement; nan if empty."""
    blocks = len(counts)
    sums = rng.multinomial(blocks, np.full(blocks, 1 / blocks), DRAWS) @ counts
    found = np.full(DRAWS, np.nan)
    kept = sums.any(axis=1)
    found[kept] = slope(sums[kept], sizes)
    return found
