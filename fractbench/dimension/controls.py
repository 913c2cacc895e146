"""controls: rasters whose dimension is known, and rasters that have lost theirs.

Every control is a raster of bool, as a map's own is, and goes the same way: edges, then the
estimators. Draws come from a seed and a few words, so that a command gives the same controls again.
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from fractbench.dimension.edges import edges

Raster = NDArray[np.bool_]
"""(rows, columns) of bool; one row is a line."""

DENSEST, DENSEST_PAIRS = 0.875, 0.5
"""The share of 2 x 2 blocks, and of pairs of a line, that fair coins make edges."""


def generator(seed: int, *words: int) -> np.random.Generator:
    """Return the generator of one seed and one use, told apart by `words`."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, *words])))


def density(raster: Raster) -> float:
    """Return the share of 2 x 2 blocks, or of a line's neighbouring pairs, that hold both."""
    found = raster[:, 1:] != raster[:, :-1] if is_line(raster) else edges(raster)
    return float(found.mean())


def is_line(raster: Raster) -> bool:
    """Return whether a raster has one axis."""
    return bool(raster.shape[0] == 1)


def straight(like: Raster, rng: np.random.Generator) -> Raster:
    """Return a half plane of a raster's size, its border near the middle at a random angle."""
    rows, columns = like.shape
    angle, side = rng.uniform(0, 2 * pi), min(like.shape)
    x, y, shift = *_centred(rows, columns), rng.uniform(-side / 4, side / 4)
    return np.asarray(x * np.cos(angle) + y * np.sin(angle) < shift)


def disc(like: Raster, rng: np.random.Generator) -> Raster:
    """Return a disc of random radius and centre that lies wholly inside."""
    rows, columns = like.shape
    side = min(like.shape)
    radius = rng.uniform(0.25, 0.4) * side
    dx, dy = rng.uniform(-0.08 * side, 0.08 * side, 2)
    x, y = _centred(rows, columns)
    return np.asarray((x - dx) ** 2 + (y - dy) ** 2 < radius**2)


def one_point(like: Raster, rng: np.random.Generator) -> Raster:
    """Return a line that changes once: a boundary of dimension 0."""
    columns = like.shape[1]
    place = rng.integers(columns // 4, 3 * columns // 4)
    return np.asarray(np.arange(columns)[None] < place)


def _centred(rows: int, columns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    y, x = np.mgrid[:rows, :columns].astype(np.float64)
    return x - (columns - 1) / 2, y - (rows - 1) / 2


def chance(wanted: float, line: bool = False) -> float:
    """Return the probability p at which independent pixels have a density of edges.

    A block of four is all alike with probability p^4 + (1-p)^4 = 1 - 4 q + 2 q^2, q = p (1-p);
    a pair with 1 - 2 q. No p gives more than p = 1/2 does, so that is the answer above.
    """
    q = min(wanted, DENSEST_PAIRS) / 2 if line else 1 - sqrt(1 - min(wanted, DENSEST) / 2)
    return (1 - sqrt(max(0.0, 1 - 4 * q))) / 2


def noise(raster: Raster, rng: np.random.Generator) -> Raster:
    """Return independent pixels with a raster's size and density of edges."""
    p = chance(density(raster), is_line(raster))
    return np.asarray(rng.random(raster.shape) < p)


def too_dense(raster: Raster) -> bool:
    """Return whether no independent pixels have as many edges."""
    return density(raster) > (DENSEST_PAIRS if is_line(raster) else DENSEST)


def shuffled(raster: Raster, rng: np.random.Generator) -> Raster:
    """Return a raster with its own pixels in random order."""
    return rng.permutation(raster.ravel()).reshape(raster.shape)


def halved(raster: Raster) -> Raster:
    """Return every second pixel of every second row: the window at half the resolution.

    With an odd side both ends of the window are kept; with an even one its last pixel is lost.
    """
    return raster[::2, ::2]
