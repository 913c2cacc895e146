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

Reals = NDArray[np.float64]
Shade = Callable[[NDArray[np.floating], NDArray[np.uint8]], Reals]
"""shade(value, classes) -> colours in [0, 1], one axis more."""

BAND = 1 << 18
"""Pixels that are coloured at once."""


def rank_table(value: NDArray[np.floating], buffer: float = 0.25) -> tuple[Reals, Reals]:
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
    """Return the picture's pixels, (height, width, 3), row 0 the lowest y.

    Row by row in bands, so that a map of 4096 x 4096 needs no float64 picture of itself.
    """
    shade = _published(made) if made.problem.palette == "published" else _by_class(made)
    out = np.empty((*made.value.shape, 3), np.uint8)
    step = max(1, BAND // made.grid.width)
    for row in range(0, made.grid.height, step):
        rows = slice(row, row + step)
        out[rows] = np.rint(shade(made.value[rows], made.classes[rows]) * 255)
    return out


def _published(made: Map) -> Shade:
    from matplotlib import colormaps

    order, rank = rank_table(made.value)
    spectral = colormaps["Spectral"]
    return lambda value, classes: spectral((np.interp(value, order, rank) + 1) / 2)[..., :3]


def _by_class(made: Map) -> Shade:
    from matplotlib.colors import to_rgb

    base = np.array([to_rgb(entry.color) for entry in made.legend])
    levels = np.unique(made.value)

    def shade(value: NDArray[np.floating], classes: NDArray[np.uint8]) -> Reals:
        dark = np.searchsorted(levels, value) / max(len(levels) - 1, 1)
        return np.asarray(base[classes] * (1 - 0.55 * dark)[..., None])

    return shade
