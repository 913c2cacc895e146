"""IdiomaticKernel: the training of one pixel, mapped and compiled, as one writes it in JAX.

When to use it: to see what JAX gives without effort; `tuned` gives the same mathematics faster.
One pixel's whole training is a `lax.scan` of `value_and_grad`; `jax.vmap` and `jax.jit` do the
rest.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from fractbench.backend import Tile
from fractbench.free import Training, part, pixels, roomy
from fractbench.held import Block, Data, Weights, rates_of
from fractbench_jax import sums
from fractbench_jax.held import block, data
from fractbench_jax.network import descend, first_weights
from fractbench_jax.scope import scoped

Array = Any


class IdiomaticKernel:
    """Trains a tile in one compiled program.

    In float32 and float64 everything has that dtype. In bfloat16 and float16 weights, data,
    activations, products and gradients are narrow; losses, rates, updates before they are rounded
    and accumulators are float32. In tf32 the GPU's matrix units round what they multiply.
    """

    name = "idiomatic"

    def __init__(self, net: Training, products: str, device: Any, tile: int) -> None:
        """Upload the network; `products` is the dtype of products, or ``tf32``."""
        self.tile = tile
        self._net, self._device, self._dtype = net, device, net.y.dtype.name
        self._tf32 = products == "tf32"
        self._products = self._dtype if self._tf32 else products
        with scoped(self._dtype):
            self._data = data(net, self._products, device)
        self._train = jax.jit(partial(train, net, watch=False))

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators, each (count,)."""
        with scoped(self._dtype, self._tf32):
            found, _ = self._train(self._data, self._block(tile))
            return sums.result(found, tile.count)

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the losses, (steps, count)."""
        with scoped(self._dtype, self._tf32):
            _, seen = jax.jit(partial(train, self._net, watch=True))(self._data, self._block(tile))
            return np.array(seen).T[:, : tile.count]

    def _block(self, tile: Tile) -> Block:
        padded = part(pixels(tile), 0, tile.count, roomy(tile.count))
        return block(padded, self._products, self._device)


def train(
    net: Training, given: Data, px: Block, watch: bool
) -> tuple[sums.Sums, Array | None]:  # fmt: skip
    """Return every pixel's accumulators, each (pixels,), and its losses (pixels, steps)."""

    def one(px: Block) -> tuple[sums.Sums, Array | None]:
        rates, order = rates_of(net, px), given.order if px.order is None else px.order
        W, v = given.W if px.W is None else px.W, given.v if px.v is None else px.v
        first = first_weights(net, W, v, rates), sums.start(px.x)

        def step(
            held: tuple[Weights, sums.Sums], x: tuple[Array, Array | None]
        ) -> tuple[tuple[Weights, sums.Sums], Array | None]:
            (p, found), (t, batch) = held, x
            p, loss = descend(net, p, rates, given.X, given.y, batch)
            return (p, sums.observe(found, loss, t, net)), loss if watch else None

        (_, found), seen = jax.lax.scan(step, first, (jnp.arange(net.steps), order))
        return found, seen

    axes = Block(0, 0, _axis(px.W, 0), _axis(px.v, 0), _axis(px.order, -1))
    found, seen = jax.vmap(one, in_axes=(axes,))(px)
    return found, seen


def _axis(drawn: Array | None, pixel: int) -> int | None:
    return None if drawn is None else pixel
