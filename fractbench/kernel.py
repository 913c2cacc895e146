"""OpsKernel: a Problem's kernel text run through a Backend's Ops; every Backend has it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
        program = partial(
            train, program=self._program, steps=problem.steps, watch=watch,
            accumulators=problem.accumulators,
        )  # fmt: skip
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


def train(
    ops: Ops,
    fixed: Tree,
    pixels: Tree,
    *,
    program: Program,
    steps: int,
    watch: bool,
    accumulators: tuple[str, ...],
) -> dict[str, Any]:
    """Run a Program for all its steps and return its accumulators, or the watched signal."""
    pixels = dict(pixels)
    frames = {**fixed["frames"], **pixels.pop("frames", {})}
    args = (fixed, pixels)
    state = program.start(ops, fixed, pixels)
    state, seen = ops.scan(program.step, state, frames, args, steps, "signal" if watch else None)
    return {"watched": seen} if watch else {name: state[name] for name in accumulators}
