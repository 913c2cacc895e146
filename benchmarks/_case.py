"""Case: a map that a kernel makes again and again, every output held to what it must be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractbench.backend import Kernel, Tile
    from fractbench.map import Map
    from fractbench.plan import Plan

SAMPLE, MOST = 0.02, 1000
"""A sample makes the map as often as takes so many seconds, and at most so many times."""

Judge = Callable[["Map"], str]
"""judge(map) -> what is wrong with it, or nothing."""


class WrongMapError(Exception):
    """A kernel's map is not what it must be, so its time means nothing."""


@dataclass
class Case:
    """A plan cut into tiles for a kernel, and what the kernel gave since the last check."""

    plan: Plan
    kernel: Kernel
    tiles: list[Tile]
    judge: Judge
    passes: int = 1
    made: list[list[dict[str, Any]]] = field(default_factory=list)

    @property
    def work(self) -> float:
        """Millions of pixel-steps in one `run`."""
        return self.plan.grid.pixels * self.plan.problem.steps * self.passes / 1e6

    def timer(self) -> float:
        """Return the clock in seconds per million pixel-steps; asv takes it around a `run`."""
        return perf_counter() / self.work

    def run(self) -> None:
        """Make the map `passes` times; a kernel returns when its device is done."""
        for _ in range(self.passes):
            self.made.append([self.kernel.run(tile) for tile in self.tiles])

    def check(self) -> None:
        """Judge every map made since the last check, and forget them.

        Raises:
            WrongMapError: one is wrong.
        """
        made, self.made = self.made, []
        for parts in made:
            if said := self.judge(assembled(self.plan, parts)):
                raise WrongMapError(said)

    def warm(self) -> Case:
        """Judge a first map, which compiles, and choose `passes` by a second one.

        Raises:
            WrongMapError: one of them is wrong.
        """
        self.run()
        self.check()
        begun = perf_counter()
        self.run()
        seconds = perf_counter() - begun
        self.check()
        self.passes = max(1, min(MOST, ceil(SAMPLE / seconds)))
        return self


def assembled(plan: Plan, parts: list[dict[str, Any]]) -> Map:
    """Return the Map of the accumulators of all tiles in order."""
    import numpy as np

    from fractbench.map import Map

    shape = (plan.grid.height, plan.grid.width)
    rasters = {
        name: np.concatenate([part[name] for part in parts]).reshape(shape)
        for name in plan.problem.accumulators
    }
    return Map(plan.problem, plan.grid, plan.arithmetic, rasters)
