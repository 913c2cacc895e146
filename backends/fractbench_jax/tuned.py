"""TunedKernel: all pixels of a block share one GEMM; the whole training is one compiled program.

When to use it: for the fastest maps that JAX makes under `free`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from fractbench.backend import Tile
from fractbench.free import Pixels, Training, blocks, part, pixels
from fractbench.held import Block, Data
from fractbench_jax import sums
from fractbench_jax.descent import State, descend, start
from fractbench_jax.held import block, data
from fractbench_jax.scope import scoped

Array = Any
T = TypeVar("T")

CPU_OPTIONS = {"xla_cpu_prefer_vector_width": 512}
"""Of the compiler, for this program alone; ignored where the processor has narrower vectors."""


class TunedKernel:
    """Trains blocks of pixels of one size, `threads` of them at a time.

    In float32 and float64 everything has that dtype. In bfloat16 and float16 weights, data,
    activations, products and gradients are narrow; errors, losses, rates, updates before they are
    rounded and accumulators are float32. In tf32 the GPU's matrix units round what they multiply.
    """

    name = "tuned"

    def __init__(
        self, net: Training, products: str, device: Any, block: int, threads: int, tile: int
    ) -> None:
        """Upload the network; `block` counts pixels."""
        self.tile, self.block, self.threads = tile, block, threads
        self._net, self._device, self._dtype = net, device, net.y.dtype.name
        self._tf32 = products == "tf32"
        self._products = self._dtype if self._tf32 else products
        with scoped(self._dtype):
            self._data = data(net, self._products, device)
        self._train = self._compiled(watch=False)

    def _compiled(self, watch: bool) -> Callable[..., tuple[sums.Sums, Array | None]]:
        cpu = self._device.platform == "cpu"
        text = partial(train, self._net, watch=watch, rational=cpu)
        return jax.jit(text, compiler_options=CPU_OPTIONS if cpu else None)  # type: ignore[no-any-return]

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators, each (count,)."""

        def job(px: Block, count: int) -> dict[str, NDArray[Any]]:
            return sums.result(self._train(self._data, px)[0], count)

        found = self._each(pixels(tile), job)
        return {name: np.concatenate([f[name] for f in found]) for name in found[0]}

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the losses, (steps, count)."""
        text = self._compiled(watch=True)

        def job(px: Block, count: int) -> NDArray[Any]:
            return np.array(text(self._data, px)[1])[:, :count]

        return np.concatenate(self._each(pixels(tile), job), axis=1)

    def _each(self, px: Pixels, job: Callable[[Block, int], T]) -> list[T]:
        """Do a job for every block; XLA computes without the GIL, one block a thread."""

        def one(cut: tuple[int, int]) -> T:
            with scoped(self._dtype, self._tf32):
                held = block(part(px, *cut, padded=self.block), self._products, self._device)
                return job(held, cut[1])

        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(one, blocks(len(px.x), self.block)))


def train(
    net: Training, given: Data, px: Block, watch: bool, rational: bool
) -> tuple[sums.Sums, Array | None]:
    """Return a block's accumulators, each (pixels,), and its losses (steps, pixels) if watched."""

    def step(
        held: tuple[State, sums.Sums], x: tuple[Array, Array | None]
    ) -> tuple[tuple[State, sums.Sums], Array | None]:
        (state, found), (t, batch) = held, x
        state, loss = descend(net, given, state, batch, rational)
        return (state, sums.observe(found, loss, t, net)), loss if watch else None

    first = start(net, given, px), sums.start(px.x)
    order = given.order if px.order is None else px.order
    (_, found), seen = jax.lax.scan(step, first, (jnp.arange(net.steps), order))
    return found, seen
