"""nudged: the share of pixels whose class one ulp of the hyperparameters changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from fractbench.agreement.ensemble import stepped
from fractbench.backend import Kernel, Tile
from fractbench.dimension.controls import generator
from fractbench.execute import tile_size
from fractbench.map import Map
from fractbench.plan import Plan

SAMPLE, POINTS = 4096, 1 << 16
"""Pixels of a map, and points of a line, that are trained again. A share of 5 % of a map is then
known to 0.34 %, one sigma; boundaries on lines are sparse, and points are cheap."""


def sample_size(plan: Plan) -> int:
    """Return how many pixels of a plan are trained again: all of them if they are few."""
    return min(plan.grid.pixels, POINTS if plan.grid.height == 1 else SAMPLE)


@dataclass(frozen=True)
class NudgedPlan(Plan):
    """A Plan whose hyperparameters are all one ulp larger; its maps have no digest of their own."""

    def gather(self, flat: NDArray[np.int64], start: int = 0) -> Tile:
        """Return the pixels with the given places, one ulp off.

        A zero stays: its neighbour is a subnormal number, which the guard bands keep out.
        """
        tile = super().gather(flat, start)
        moved = {name: _up(tile.pixels[name]) for name in ("x", "y") if name in tile.pixels}
        return replace(tile, pixels={**tile.pixels, **moved})


def _up(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.where(values == 0, values, stepped(values, 1))


@dataclass(frozen=True)
class Flips:
    """Of `pixels` trained again one ulp off, `changed` came out in another class."""

    pixels: int
    changed: int

    @property
    def share(self) -> float:
        """The share that changed."""
        return self.changed / self.pixels

    @property
    def least_share(self) -> float:
        """The share, less two standard deviations of a count: what a few flips do prove."""
        return max(0.0, self.changed - 2 * sqrt(self.changed)) / self.pixels


def flips(plan: Plan, kernel: Kernel, made: Map, seed: int) -> Flips:
    """Train a random sample of a map's pixels again with hyperparameters one ulp up.

    Args:
        plan: the map's Plan, of plain axes.
        kernel: prepared for it.
        made: the map.
        seed: of the choice of pixels.
    """
    moved = NudgedPlan(plan.problem, plan.grid, plan.arithmetic)
    total, count = plan.grid.pixels, sample_size(plan)
    places = np.sort(generator(seed, total).choice(total, count, replace=False))
    found: list[NDArray[np.uint8]] = []
    step = tile_size(plan, kernel)
    for first in range(0, len(places), step):
        sums = kernel.run(moved.gather(places[first : first + step]))
        found.append(plan.problem.readout(sums)[1])
    changed = np.concatenate(found) != made.classes.ravel()[places]
    return Flips(len(places), int(np.count_nonzero(changed)))
