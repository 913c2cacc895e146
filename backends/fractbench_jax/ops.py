"""JaxOps: the strict operations in JAX, a whole training in one compiled program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.ops import Body, Ops, Program
from fractbench.ready import ready
from fractbench.tree import Tree, map_tree

Array = Any


class JaxOps(Ops):
    """XLA contracts every product into a sum, whatever its options say, so products are fenced.

    The fence is a -0.0 that the compiler learns only at run time: contraction then yields the
    rounded product itself. As a literal it would be simplified away.
    """

    block = 34
    static_shapes = True

    def __init__(self, device: Any, fmt: Format, fence: Array | None = None) -> None:
        """Remember the device; `fence` is set while a program is traced."""
        self.dtype = fmt.name
        self._device, self._format, self._fence = device, fmt, fence
        self._float, self._integer = jnp.dtype(fmt.name), jnp.dtype(fmt.integer)

    def upload(self, array: NDArray[Any]) -> Array:
        """Put the array on the device."""
        return jax.device_put(array, self._device)

    def download(self, array: Array) -> NDArray[Any]:
        """Wait, then copy."""
        return np.asarray(array)

    def mul(self, a: Array, b: Array) -> Array:
        """The fenced product."""
        return a * b + self._fence

    def select(self, mask: Array, a: Array, b: Array) -> Array:
        """`jnp.where`."""
        return jnp.where(mask, a, b)

    def nearest(self, a: Array) -> Array:
        """`jax.lax.round`, ties to even."""
        return jax.lax.round(a, jax.lax.RoundingMethod.TO_NEAREST_EVEN)

    def bits(self, a: Array) -> Array:
        """A bit cast to integers."""
        return jax.lax.bitcast_convert_type(a, self._integer)

    def from_bits(self, a: Array) -> Array:
        """A bit cast to floats."""
        return jax.lax.bitcast_convert_type(a, self._float)

    def broadcast(self, a: Array, shape: tuple[int, ...]) -> Array:
        """`jnp.broadcast_to`."""
        return jnp.broadcast_to(a, shape)

    def concat(self, arrays: Sequence[Array]) -> Array:
        """`jnp.concatenate` along the first axis."""
        return jnp.concatenate(list(arrays))

    def scan(
        self, body: Body, carry: Tree, xs: Tree, fixed: Tree, length: int, watch: str | None = None
    ) -> tuple[Tree, Array | None]:
        """`jax.lax.scan`."""

        def step(held: Tree, x: Tree) -> tuple[Tree, Array | None]:
            held = body(self, held, x, fixed)
            return held, held[watch] if watch else None

        final, seen = jax.lax.scan(step, carry, xs, length=length)
        return final, seen

    def compile(self, program: Program, fixed: Tree) -> Callable[[Tree], Tree]:
        """Compile the program once for each shape of its pixels."""
        with self.wide():
            held = map_tree(self.upload, fixed)
            fence = self.upload(np.array(-0.0, self.dtype))

        traced = _traced(program, self._device, self._format)

        def call(pixels: Tree) -> Tree:
            # A user's debugging options must not stop a map in which NaN is a result.
            quiet = jax.debug_nans(False), jax.debug_infs(False), jax.numpy_rank_promotion("allow")
            with self.wide(), quiet[0], quiet[1], quiet[2]:
                out = jax.block_until_ready(traced(fence, held, map_tree(self.upload, pixels)))
                ready()
                return map_tree(self.download, out)

        return call

    def wide(self) -> AbstractContextManager[Any]:
        """JAX's 64-bit mode for our own work only; the process keeps the mode that it has."""
        return jax.enable_x64(True) if self.dtype == "float64" else nullcontext()


@lru_cache(maxsize=64)
def _traced(program: Program, device: Any, fmt: Format) -> Callable[[Array, Tree, Tree], Tree]:
    """Return the compiled program; equal programs share it, for each shape of their arguments."""

    def traced(fence: Array, held: Tree, pixels: Tree) -> Tree:
        return program(JaxOps(device, fmt, fence), held, pixels)

    compiled: Callable[[Array, Tree, Tree], Tree] = jax.jit(traced)
    return compiled
