"""Plan: a Problem on a Grid under an Arithmetic, and the Tiles that a Kernel takes one by one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Tile
from fractbench.digest import canonical_json, header
from fractbench.grid import Grid
from fractbench.problems.base import Problem


@dataclass(frozen=True)
class Plan:
    """What map is to be made, whoever makes it."""

    problem: Problem
    grid: Grid
    arithmetic: Arithmetic

    def __post_init__(self) -> None:
        """Refuse a window that the axes or the dtype do not allow, before anything runs."""
        _ = self._axes

    @cached_property
    def _axes(self) -> list[NDArray[np.floating]]:
        return [
            self.grid.values(index, axis, self.arithmetic.format)
            for index, axis in enumerate(self.problem.axes)
        ]

    @property
    def key(self) -> str:
        """A short name of the map that will be made: equal plans make equal maps."""
        return map_key(self.problem, self.grid, self.arithmetic)

    def tile(self, start: int, count: int) -> Tile:
        """Return `count` pixels from `start` on, in row order from the lowest y."""
        return self.gather(np.arange(start, start + count, dtype=np.int64), start)

    def gather(self, flat: NDArray[np.int64], start: int = 0) -> Tile:
        """Return the pixels with the given places in row order, whatever their order."""
        columns, rows = flat % self.grid.width, flat // self.grid.width
        pixels = {"x": self._axes[0][columns]}
        if len(self._axes) == 2:
            pixels["y"] = self._axes[1][rows]
        fmt = self.arithmetic.format
        return Tile(start, len(flat), {**pixels, **self.problem.pixel_draws(fmt, columns, rows)})

    def cuts(self, tile: int) -> list[tuple[int, int]]:
        """Return (start, count) of every tile in order."""
        total = self.grid.pixels
        return [(start, min(tile, total - start)) for start in range(0, total, tile)]


def map_key(problem: Problem, grid: Grid, arithmetic: Arithmetic) -> str:
    """Return the short name of a map."""
    head = header(problem, grid, arithmetic)
    return hashlib.sha256(canonical_json(head).encode()).hexdigest()[:16]
