"""Whether three basins share one boundary: the share of it that is near all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fractbench.dimension.boxes import running_sums

DISTANCES = (1, 2, 4, 8, 16)
Classes = NDArray[np.uint8]


def boundary(classes: Classes) -> NDArray[np.bool_]:
    """Return the pixels that have a neighbour of another class, to the left, right, above, below.

    Args:
        classes: (rows, columns) of class numbers.
    """
    found = np.zeros(classes.shape, bool)
    across, down = classes[:, 1:] != classes[:, :-1], classes[1:] != classes[:-1]
    found[:, 1:] |= across
    found[:, :-1] |= across
    found[1:] |= down
    found[:-1] |= down
    return found


def near(mask: NDArray[np.bool_], distance: int) -> NDArray[np.bool_]:
    """Return the pixels with a set one at most so many columns and so many rows away."""
    rows, columns = mask.shape
    sums = running_sums(np.pad(mask, distance))
    side = 2 * distance + 1
    inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(inside > 0)[:rows, :columns]


def shared(classes: Classes, basins: Sequence[int], distance: int) -> float | None:
    """Return the share of boundary pixels that have every basin within a distance.

    Pixels nearer to the window's sides than the distance are left out; None without a boundary.

    Args:
        classes: (rows, columns) of class numbers.
        basins: the classes that have to be near.
        distance: in pixels, columns and rows alike.
    """
    inner = (slice(distance, -distance),) * 2
    edge = boundary(classes)[inner]
    if not edge.any():
        return None
    every = np.logical_and.reduce([near(classes == basin, distance)[inner] for basin in basins])
    return float(every[edge].mean())


def sectors(size: int) -> Classes:
    """Return the control without the property: three sectors that meet in one point."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2 + 0.25
    return np.asarray(1 + np.floor((np.arctan2(y, x) / (2 * np.pi) % 1) * 3), np.uint8)


def draws(size: int, seed: int = 0) -> Classes:
    """Return the control of noise: three classes, drawn pixel by pixel."""
    rng = np.random.Generator(np.random.Philox(seed))
    return rng.integers(1, 4, (size, size), dtype=np.uint8)
