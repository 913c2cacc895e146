"""OpsKernel: a Problem's kernel text run through a Backend's Ops; every Backend has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.canary import check
from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Tile
from fractbench.problems.base import Problem, Program
from fractbench.tree import Tree, map_tree

SMALLEST_BUCKET = 64


class OpsKernel:
    """Trains every pixel of a tile in step; the slowest Kernel that is always right."""

    name = "ops"

    def __init__(
        self, problem: Problem, ops: Ops, arithmetic: Arithmetic, tile: int, device: str
    ) -> None:
        """Check the device with the canary and upload what all tiles share."""
        check(ops, arithmetic.format, device)
        self.tile = tile
        self._problem, self._ops, self._program = problem, ops, problem.program
        self._fixed = problem.inputs(arithmetic.format)
        self._run = self._compiled(watch=False)

    def _compiled(self, watch: bool) -> Callable[[Tree], Tree]:
        problem = self._problem
        program = Training(self._program, problem.steps, watch, problem.accumulators)
        return self._ops.compile(program, self._fixed)

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators of a tile's pixels."""
        out = self._run(self._padded(tile))
        return {name: np.asarray(out[name])[: tile.count] for name in self._problem.accumulators}

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the watched signal, (steps, count)."""
        out = self._compiled(watch=True)(self._padded(tile))
        return np.asarray(out["watched"])[:, : tile.count]

    def _padded(self, tile: Tile) -> Tree:
        """Repeat the last pixel up to a power of two, where a new size costs a compilation."""
        if not self._ops.static_shapes:
            return tile.pixels
        bucket = max(SMALLEST_BUCKET, 1 << (tile.count - 1).bit_length())
        where = np.minimum(np.arange(bucket), tile.count - 1)
        return map_tree(lambda a: np.ascontiguousarray(a[..., where]), dict(tile.pixels))


@dataclass(frozen=True)
class Training:
    """A Program for all its steps; equal ones are one compilation where a Backend keeps them."""

    program: Program
    steps: int
    watch: bool
    accumulators: tuple[str, ...]

    def __call__(self, ops: Ops, fixed: Tree, pixels: Tree) -> dict[str, Any]:
        """Return the accumulators, or the watched signal."""
        pixels = dict(pixels)
        frames = {**fixed["frames"], **pixels.pop("frames", {})}
        state = self.program.start(ops, fixed, pixels)
        watched = "signal" if self.watch else None
        args = (fixed, pixels)
        state, seen = ops.scan(self.program.step, state, frames, args, self.steps, watched)
        return {"watched": seen} if self.watch else {n: state[n] for n in self.accumulators}
