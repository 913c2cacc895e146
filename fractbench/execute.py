"""execute: a Kernel over the Tiles of a Plan -> a Map, with progress and resumption.

The Map depends neither on the tile size nor on the order of tiles nor on where an earlier run
stopped. Memory is the accumulators of the whole map plus what one tile needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.backend import Kernel
from fractbench.journal import Journal
from fractbench.map import Map
from fractbench.plan import Plan

Progress = Callable[[int, bool], None]
"""progress(pixels, fresh): some pixels are done; `fresh` is False for those of an earlier run."""
Clock = Callable[[], float]

DRAWN_BYTES = 1 << 28
"""What the per-pixel draws of one tile may take."""


def silent(pixels: int, fresh: bool) -> None:
    """Report nothing."""


class Raster:
    """Accumulators of a map in the making, flat, and which pixels are there."""

    def __init__(self, plan: Plan) -> None:
        """Reserve memory; no page of it is touched before a tile is."""
        names, dtype = plan.accumulators, plan.arithmetic.format.dtype
        self.sums = {name: np.empty(plan.grid.pixels, dtype) for name in names}
        self.done = np.zeros(plan.grid.pixels, bool)

    def place(self, start: int, count: int, found: Mapping[str, NDArray[Any]]) -> None:
        """Put a tile where it belongs."""
        for name, array in self.sums.items():
            array[start : start + count] = found[name]
        self.done[start : start + count] = True


def tile_size(plan: Plan, kernel: Kernel, tile: int | None = None) -> int:
    """Return the pixels of a tile: as told, or as the kernel likes and memory allows."""
    wish = tile or min(kernel.tile, DRAWN_BYTES // max(1, plan.problem.drawn_bytes))
    return max(1, min(wish, plan.grid.pixels))


def execute(
    plan: Plan,
    kernel: Kernel,
    *,
    tile: int | None = None,
    journal: Journal | None = None,
    progress: Progress = silent,
    order: Callable[[int], Sequence[int]] = range,
    made: Mapping[str, Any] | None = None,
    clock: Clock = perf_counter,
) -> Map:
    """Run a Kernel over every tile and return the Map.

    Args:
        plan: what to make.
        kernel: who makes it.
        tile: pixels at a time; the kernel's own wish if None.
        journal: an open Journal of the same tile size that has, and is given, finished tiles.
        progress: is told of finished pixels.
        order: the order in which tiles are run; given their number, their indices.
        made: what the Map should remember of its making.
        clock: seconds, for `made`.

    Raises:
        FractbenchError: a finished tile cannot be kept.
    """
    size, raster, fresh = tile_size(plan, kernel, tile), Raster(plan), 0
    begun = clock()
    if journal:
        _take_up(plan, raster, journal, size, progress)
    cuts = plan.cuts(size)
    for index in order(len(cuts)):
        start, count = cuts[index]
        if raster.done[start]:
            continue
        found = kernel.run(plan.tile(start, count))
        raster.place(start, count, found)
        if journal:
            journal.append(start, count, found)
        fresh += count
        progress(count, True)
    facts = {**(made or {}), "run_seconds": clock() - begun, "fresh_pixels": fresh, "tile": size}
    shape = (plan.grid.height, plan.grid.width)
    rasters = {name: array.reshape(shape) for name, array in raster.sums.items()}
    return Map(plan.problem, plan.grid, plan.arithmetic, rasters, facts)


def _take_up(
    plan: Plan, raster: Raster, journal: Journal, size: int, progress: Progress
) -> None:  # fmt: skip
    for start, count, found in journal.tiles():
        fits = start % size == 0 and start + count <= plan.grid.pixels
        if fits and not raster.done[start]:
            raster.place(start, count, found)
            progress(count, False)


def journal_of(
    plan: Plan, folder: Path, tile: int, made: Mapping[str, Any] | None = None
) -> Journal:
    """Return the Journal of one plan, one tile size and one maker: a device of a backend."""
    maker = "-".join(str((made or {}).get(name, "")) for name in ("device", "kernel"))
    key = f"{plan.key}-{maker.replace(':', '.')}"
    names, dtype = plan.accumulators, plan.arithmetic.format.dtype
    return Journal(folder, key, names, dtype, tile)
