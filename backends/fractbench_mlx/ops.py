"""MlxOps: the strict operations in MLX, on Metal, CUDA or the CPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Body, Ops, Program
from fractbench.tree import Tree, leaves, row

Array = Any


class MlxOps(Ops):
    """MLX evaluated eagerly, one kernel per operation, so that nothing can be contracted.

    MLX is lazy: a step's graph is built, then evaluated whole, so that it never grows with the
    number of steps.
    """

    block = 34

    def __init__(self, device: Any, fmt: Format) -> None:
        """Remember the device, under whose stream every program runs."""
        self.dtype = fmt.name
        self._device = device
        self._float, self._integer = getattr(mx, fmt.name), getattr(mx, fmt.integer)
        self._inside = False

    def upload(self, array: NDArray[Any]) -> Array:
        """Name the dtype: `mx.array` of a NumPy float64 is float32 in silence otherwise."""
        return mx.array(
            array, dtype=getattr(mx, "bool_" if array.dtype == bool else array.dtype.name)
        )

    def download(self, array: Array) -> NDArray[Any]:
        """Evaluate, then copy."""
        mx.eval(array)
        return np.array(array)

    def mul(self, a: Array, b: Array) -> Array:
        """One kernel of its own."""
        return a * b

    def select(self, mask: Array, a: Array, b: Array) -> Array:
        """`mx.where`."""
        return mx.where(mask, a, b)

    def nearest(self, a: Array) -> Array:
        """`mx.round`: ties to even."""
        return mx.round(a)

    def bits(self, a: Array) -> Array:
        """A view as integers."""
        return mx.view(a, self._integer)

    def from_bits(self, a: Array) -> Array:
        """A view as floats."""
        return mx.view(a, self._float)

    def broadcast(self, a: Array, shape: tuple[int, ...]) -> Array:
        """`mx.broadcast_to`."""
        return mx.broadcast_to(a, shape)

    def concat(self, arrays: Sequence[Array]) -> Array:
        """`mx.concatenate` along the first axis."""
        return mx.concatenate(list(arrays))

    def scan(
        self, body: Body, carry: Tree, xs: Tree, fixed: Tree, length: int, watch: str | None = None
    ) -> tuple[Tree, Array | None]:
        """Loop in Python; evaluate after each step of the outermost loop."""
        outermost, self._inside = not self._inside, True
        seen = []
        try:
            for index in range(length):
                carry = body(self, carry, row(xs, index), fixed)
                if outermost:
                    mx.eval(*leaves(carry))
                if watch is not None:
                    seen.append(carry[watch][None])
        finally:
            self._inside = not outermost
        return carry, self.concat(seen) if seen else None

    def wait(self, out: Tree) -> None:
        """Evaluate, which waits."""
        mx.eval(*leaves(out))

    def compile(self, program: Program, fixed: Tree) -> Callable[[Tree], Tree]:
        """Run on the device's own stream and wait for it."""
        with mx.stream(self._device):
            call = super().compile(program, fixed)

        def on_device(pixels: Tree) -> Tree:
            with mx.stream(self._device):
                return call(pixels)

        return on_device
