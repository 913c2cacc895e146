"""Work: one map, made again and again, each time with its pixels in another order.

A kernel that keeps an old result, or gives the one before, would be right if the same question came
twice. So the pixels are turned by an offset that changes with every pass; the results are turned
back, and have to give the one digest. Under `free`, where a pixel's place may change its rounding,
every third pass repeats the one before, so that equal questions still meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.backend import Kernel, Tile
from fractbench.digest import header, map_digest
from fractbench.execute import tile_size
from fractbench.map import Map
from fractbench.plan import Plan

Found = dict[str, NDArray[Any]]
REPEATED = 3
"""Under `free` every pass of this number has the offset of the one before."""


class Work:
    """The tiles of a plan for a kernel, and what its results amount to."""

    def __init__(self, plan: Plan, kernel: Kernel) -> None:
        """Cut the plan as the kernel likes it."""
        self.plan, self.tile = plan, tile_size(plan, kernel)
        self.cuts = plan.cuts(self.tile)

    def offset(self, turn: int) -> int:
        """Return by how many pixels the map is turned in a pass; 0 in the first."""
        pixels, exact = self.plan.grid.pixels, self.plan.arithmetic.exact
        stride = max(1, int(pixels * 0.381966))
        return (turn if exact else turn - turn // REPEATED) * stride % pixels

    def tiles(self, offset: int) -> Iterator[Tile]:
        """Make the tiles one by one: hyperparameters and draws of the turned pixels."""
        pixels = self.plan.grid.pixels
        for start, count in self.cuts:
            flat = (np.arange(start, start + count, dtype=np.int64) + offset) % pixels
            yield self.plan.gather(flat, start)

    def turned_back(self, parts: list[Found], offset: int) -> Found:
        """Return whole accumulators, each (pixels,), in the map's own order.

        Raises:
            TypeError: a part is no array on the host, or has not the plan's shape and dtype.
        """
        names, dtype = self.plan.accumulators, self.plan.arithmetic.format.dtype
        for (_, count), part in zip(self.cuts, parts, strict=True):
            for name in names:
                array = part.get(name)
                if not isinstance(array, np.ndarray):
                    raise TypeError(f"{name} is {type(array).__name__}, not an array on the host")
                if (array.shape, array.dtype) != ((count,), dtype):
                    raise TypeError(
                        f"{name} is {array.dtype} {array.shape}, not {dtype} ({count},)"
                    )
        whole = {name: np.concatenate([part[name] for part in parts]) for name in names}
        return {name: np.roll(array, offset) for name, array in whole.items()}

    def digest(self, found: Mapping[str, NDArray[Any]]) -> str:
        """Return the digest of a map's accumulators."""
        plan = self.plan
        head = header(plan.problem, plan.grid, plan.arithmetic)
        return map_digest(head, plan.accumulators, found)

    def map(self, found: Mapping[str, NDArray[Any]]) -> Map:
        """Return the Map of accumulators."""
        plan = self.plan
        shape = (plan.grid.height, plan.grid.width)
        rasters = {name: array.reshape(shape) for name, array in found.items()}
        return Map(plan.problem, plan.grid, plan.arithmetic, rasters)
