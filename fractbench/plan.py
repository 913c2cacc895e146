"""Plan: a Problem on a Grid under an Arithmetic, and the Tiles that a Kernel takes one by one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import PERTURBED, Arithmetic
from fractbench.backend import Tile
from fractbench.digest import canonical_json, header
from fractbench.errors import UsageError
from fractbench.grid import Grid
from fractbench.problems.base import Problem

DOUBT = "doubt"
"""Under `perturbed`: the references beside which one ulp changed the pixel's class, 0 where
none; as many as there may be where it did beside all that there are."""


@dataclass(frozen=True)
class Plan:
    """What map is to be made, whoever makes it."""

    problem: Problem
    grid: Grid
    arithmetic: Arithmetic

    def __post_init__(self) -> None:
        """Refuse a window that the axes or the dtype do not allow, before anything runs."""
        _ = self._axes

    @property
    def perturbed(self) -> bool:
        """Whether pixels are differences from a reference, of hyperparameters no float can hold."""
        return self.arithmetic.contract == PERTURBED

    @property
    def accumulators(self) -> tuple[str, ...]:
        """The names of the arrays that a Kernel returns for a tile."""
        return (*self.problem.accumulators, *((DOUBT,) if self.perturbed else ()))

    @cached_property
    def _axes(self) -> list[NDArray[Any]]:
        if self.perturbed:
            check_perturbed(self.problem)
            for index, axis in enumerate(self.problem.axes):
                self.grid.check_range(index, axis)
            return [np.arange(self.grid.width), np.arange(self.grid.height)]
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
        """Return the pixels with the given places in row order, whatever their order.

        Under `perturbed` ``x`` and ``y`` are columns and rows: the Kernel knows the grid.
        """
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


def check_perturbed(problem: Problem) -> None:
    """Refuse what has no differences from a reference.

    Raises:
        UsageError: the Problem has no deep zoom, or draws something for every pixel.
    """
    if PERTURBED not in problem.contracts:
        raise UsageError(
            f"{problem.spec} has no deep zoom, the networks have; type one of them: tanh, relu, "
            "linear, single, minibatch"
        )
    if problem.draws.kinds:
        raise UsageError(
            f"--draws {problem.draws} gives every pixel a training of its own, which has no common "
            "reference; type --draws fixed"
        )


def map_key(problem: Problem, grid: Grid, arithmetic: Arithmetic) -> str:
    """Return the short name of a map."""
    head = header(problem, grid, arithmetic)
    return hashlib.sha256(canonical_json(head).encode()).hexdigest()[:16]
