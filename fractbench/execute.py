"""execute: a Kernel over the Tiles of a Plan -> a Map, with progress and resumption.

The Map depends neither on the tile size nor on the order of tiles nor on where an earlier run
stopped. Memory is the accumulators of the whole map plus what one tile needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
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


def silent(pixels: int, fresh: bool) -> None:
    """Report nothing."""


def execute(
    plan: Plan,
    kernel: Kernel,
    *,
    tile: int | None = None,
    folder: Path | None = None,
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
        folder: where finished tiles are kept until the map is whole; nowhere if None.
        progress: is told of finished pixels.
        order: the order in which tiles are run; given their number, their indices.
        made: what the Map should remember of its making.
        clock: seconds, for `made`.

    Raises:
        FractbenchError: a finished tile cannot be kept.
    """
    names, dtype = plan.problem.accumulators, plan.arithmetic.format.dtype
    size = min(tile or kernel.tile, plan.grid.pixels)
    sums = {name: np.empty(plan.grid.pixels, dtype) for name in names}
    done = np.zeros(plan.grid.pixels, bool)
    begun, fresh = clock(), 0
    keeper = journal_of(plan, folder, size, made) if folder else nullcontext()
    with keeper as journal:
        if journal:
            for start, count, found in journal.tiles():
                if start % size == 0 and start + count <= plan.grid.pixels:
                    _place(sums, done, start, found)
                    progress(count, False)
        cuts = plan.cuts(size)
        for index in order(len(cuts)):
            start, count = cuts[index]
            if done[start]:
                continue
            found = kernel.run(plan.tile(start, count))
            _place(sums, done, start, found)
            if journal:
                journal.append(start, count, found)
            fresh += count
            progress(count, True)
        seconds = clock() - begun
    shape = (plan.grid.height, plan.grid.width)
    facts = {**(made or {}), "run_seconds": seconds, "fresh_pixels": fresh, "tile": size}
    rasters = {name: array.reshape(shape) for name, array in sums.items()}
    return Map(plan.problem, plan.grid, plan.arithmetic, rasters, facts)


def journal_of(
    plan: Plan, folder: Path, tile: int, made: Mapping[str, Any] | None = None
) -> Journal:
    """Return the Journal of one plan, one tile size and one maker: a device of a backend."""
    maker = "-".join(str((made or {}).get(name, "")) for name in ("device", "kernel"))
    key = f"{plan.key}-{maker.replace(':', '.')}"
    names, dtype = plan.problem.accumulators, plan.arithmetic.format.dtype
    return Journal(folder, key, names, dtype, tile)


def _place(
    sums: dict[str, NDArray[Any]], done: NDArray[np.bool_], start: int,
    found: Mapping[str, NDArray[Any]],
) -> None:  # fmt: skip
    for name, array in sums.items():
        array[start : start + len(found[name])] = found[name]
    done[start : start + len(next(iter(found.values())))] = True
