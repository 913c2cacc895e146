"""colors: a Map's values and classes -> the colour of every pixel.

The published colouring (Sohl-Dickstein 2024, released notebook): values are ranked, the negative
ones onto [-1, -1/4], the others onto [1/4, 1], negated, and shown with Matplotlib's Spectral from
-1 to 1: blue converges, red diverges, pale does so quickly. A Problem with other classes has one
colour for each, darker where its value ranks higher.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fractbench.map import Map
    from fractbench.problems.base import Class

Reals = NDArray[np.float64]
Shade = Callable[[NDArray[np.floating], NDArray[np.uint8]], Reals]
"""shade(value, classes) -> colours in [0, 1], one axis more."""

BUFFER = 0.25
"""The size of the smallest published rank: no colour lies between the two sides."""

BAND = 1 << 18
"""Pixels that are coloured at once."""


def rank_table(value: NDArray[np.floating], buffer: float = BUFFER) -> tuple[Reals, Reals]:
    """Return all values in order and the published rank of each, in [-1, 1]."""
    order = np.sort(value, axis=None).astype(np.float64)
    negative = int(np.count_nonzero(order < 0))
    low = np.linspace(1, buffer, negative)
    high = np.linspace(-buffer, -1, order.size - negative)
    return order, np.concatenate([low, high])


def ranked(value: NDArray[np.floating]) -> Reals:
    """Return the published rank transform of an array of values."""
    return np.asarray(np.interp(value, *rank_table(value)))


def colors(made: Map) -> NDArray[np.uint8]:
    """Return the picture's pixels, (height, width, 3), row 0 the lowest y."""
    if made.problem.palette == "published":
        return painted(rank_shade(made.value), made.value, made.classes)
    return painted(class_shade(made.value, made.legend), made.value, made.classes)


def painted(
    shade: Shade, value: NDArray[np.floating], classes: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return the colours, (height, width, 3), of values and classes, (height, width).

    Row by row in bands, so that a map of 4096 x 4096 needs no float64 picture of itself.
    """
    out = np.empty((*value.shape, 3), np.uint8)
    step = max(1, BAND // value.shape[1])
    for row in range(0, len(value), step):
        rows = slice(row, row + step)
        out[rows] = np.rint(shade(value[rows], classes[rows]) * 255)
    return out


def rank_shade(reference: NDArray[np.floating], palette: str = "Spectral") -> Shade:
    """Return the published colouring by the ranks of `reference`, in a Matplotlib colormap.

    A value that `reference` does not hold lies between its neighbours' ranks, and keeps its side:
    what is negative never looks like what is not.
    """
    from matplotlib import colormaps

    order, rank = rank_table(reference)
    colormap = colormaps[palette]

    def shade(value: NDArray[np.floating], classes: NDArray[np.uint8]) -> Reals:
        near = np.interp(value, order, rank)
        kept = np.where(value < 0, np.maximum(near, BUFFER), np.minimum(near, -BUFFER))
        return np.asarray(colormap((kept + 1) / 2)[..., :3])

    return shade


def class_shade(reference: NDArray[np.floating], legend: tuple[Class, ...]) -> Shade:
    """Return a colouring by class, darker where a value ranks higher among those of `reference`."""
    from matplotlib.colors import to_rgb

    base = np.array([to_rgb(entry.color) for entry in legend])
    levels = np.unique(reference)

    def shade(value: NDArray[np.floating], classes: NDArray[np.uint8]) -> Reals:
        dark = np.searchsorted(levels, value) / max(len(levels) - 1, 1)
        return np.asarray(base[classes] * (1 - 0.55 * np.minimum(dark, 1))[..., None])

    return shade
