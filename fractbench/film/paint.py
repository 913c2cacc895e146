"""paint: colour ranks of one key frame's values among those of another, and ranks -> colours.

The colours are those of fractbench/colors.py; here rank and paint are apart, so that a frame
between two key frames can blend the ranks that a value has in each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fractbench.colors import rank_table
from fractbench.problems.base import Problem

Values = NDArray[np.floating]
Ranks = NDArray[np.float64]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Palette:
    """How a Problem is coloured.

    `rank(among)` gives a function that ranks values, of any shape, among all of the array `among`;
    `paint(ranks, classes)` gives colours, uint8, one axis of 3 more than its arguments. `shades`
    are all colours that it can give, (colours, 3), where they are at most 256.
    """

    rank: Callable[[Values], Callable[[Values], Ranks]]
    paint: Callable[[Ranks, NDArray[np.uint8]], Pixels]
    shades: NDArray[np.uint8] | None = None


def palette(problem: Problem) -> Palette:
    """Return a Problem's palette: of a map's own ranks it makes what `colors` makes of the map."""
    if problem.palette == "published":
        return Palette(_published_rank, _published_paint, _spectral())
    return Palette(_level, _painted_by_class(problem))


def _published_rank(among: Values) -> Callable[[Values], Ranks]:
    order, rank = rank_table(among)
    return lambda value: np.asarray(np.interp(value, order, rank))


@cache
def _spectral() -> NDArray[np.uint8]:
    from matplotlib import colormaps

    shades = colormaps["Spectral"](np.arange(256))[:, :3]
    return np.asarray(np.rint(shades * 255).astype(np.uint8))


def _published_paint(ranks: Ranks, classes: NDArray[np.uint8]) -> Pixels:
    place = np.clip((ranks + 1) / 2 * 256, 0, 255).astype(np.uint8)
    return _spectral()[place]


def _level(among: Values) -> Callable[[Values], Ranks]:
    levels = np.unique(among)
    return lambda value: np.searchsorted(levels, value) / max(len(levels) - 1, 1)


def _painted_by_class(problem: Problem) -> Callable[[Ranks, NDArray[np.uint8]], Pixels]:
    from matplotlib.colors import to_rgb

    base = np.array([to_rgb(entry.color) for entry in problem.classes])

    def paint(ranks: Ranks, classes: NDArray[np.uint8]) -> Pixels:
        shade = base[classes] * (1 - 0.55 * ranks)[..., None]
        return np.asarray(np.rint(np.clip(shade, 0, 1) * 255).astype(np.uint8))

    return paint
