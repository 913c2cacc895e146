"""agreement: two Maps -> a verdict, and where they first part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fractbench.arithmetic.bits import differing_bits
from fractbench.backend import Kernel
from fractbench.map import Map
from fractbench.plan import Plan


@dataclass(frozen=True)
class Agreement:
    """How two maps of one plan compare, bit for bit."""

    pixels: int
    different: int
    classes_different: int
    first: tuple[int, int] | None
    """(column, row) of the first pixel that differs, in row order from the lowest y."""

    @property
    def same(self) -> bool:
        """Whether every accumulator has the same bits."""
        return self.different == 0


def differing(a: Map, b: Map) -> np.ndarray:
    """Return a mask, [row, column], of the pixels in which some accumulator differs in a bit.

    Raises:
        ValueError: the maps are of different problems or sizes.
    """
    if a.problem.spec != b.problem.spec or a.value.shape != b.value.shape:
        raise ValueError("maps of different problems or sizes cannot be compared")
    mask = np.zeros(a.value.shape, bool)
    for name in a.accumulators.keys() & b.accumulators.keys():
        mask |= differing_bits(a.accumulators[name], b.accumulators[name])
    return mask


def compare(a: Map, b: Map) -> Agreement:
    """Compare two maps bit for bit; NaN equals NaN."""
    mask = differing(a, b)
    where = np.argwhere(mask)
    first = (int(where[0][1]), int(where[0][0])) if len(where) else None
    classes = int(np.count_nonzero(a.classes != b.classes))
    return Agreement(mask.size, int(mask.sum()), classes, first)


def first_step(plan: Plan, a: Kernel, b: Kernel, pixel: tuple[int, int]) -> int | None:
    """Return the first step (from 0) at which two kernels' signals of a pixel differ, if any."""
    tile = plan.tile(pixel[1] * plan.grid.width + pixel[0], 1)
    x, y = a.trajectory(tile)[:, 0], b.trajectory(tile)[:, 0]
    both = min(len(x), len(y))
    x, y = x[:both], y[:both]
    differs = differing_bits(x, y)
    return int(np.argmax(differs)) if differs.any() else None
