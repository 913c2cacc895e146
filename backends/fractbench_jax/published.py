"""PublishedKernel: the published method, the baseline of every claim of speed.

When to use it: to compare with, not to make maps. It is the method of Sohl-Dickstein's notebook
(arXiv 2402.06184): one jitted step per call from a Python loop, which maps value_and_grad of one
pixel's loss over a batch of 50,000 pixels, in float64 there. The measure is taken inside the step.
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
from fractbench.held import Rates, Weights, rates_of
from fractbench_jax import sums
from fractbench_jax.held import block, data
from fractbench_jax.network import descend, first_weights
from fractbench_jax.scope import scoped

Array = Any


BATCH = 50_000
"""Pixels of the published batch."""
ROOM = 1 << 31
"""Bytes that one array of a batch's hidden units may take; the published problem's takes 0.87 GB in
float32 and 1.74 GB in float64."""


class PublishedKernel:
    """Trains a tile in one batch, step by step from Python; float32 or float64 throughout.

    A step holds arrays of (pixels, samples, units), 3.2 at once as XLA reports for the CPU: 2.8 GB
    in float32 and 5.6 GB in float64 at 50,000 pixels of the published problem. Wider networks get
    fewer pixels, so that no step takes more than 7 GB; a smaller tile (--tile) lowers it.
    """

    name = "published"

    def __init__(self, net: Training, device: Any) -> None:
        """Upload the network."""
        self._net, self._device, self._dtype = net, device, net.y.dtype.name
        one = net.width * max(net.samples, net.width) * net.y.dtype.itemsize
        self.tile = max(1, min(BATCH, ROOM // one))
        with scoped(self._dtype):
            self._data = data(net, self._dtype, device)
        self._step = jax.jit(partial(step, net))

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators, each (count,)."""
        with scoped(self._dtype):
            return sums.result(self._train(tile, None), tile.count)

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the losses, (steps, count)."""
        seen: list[Array] = []
        with scoped(self._dtype):
            self._train(tile, seen)
            return np.array(jnp.stack(seen))[:, : tile.count]

    def _train(self, tile: Tile, seen: list[Array] | None) -> sums.Sums:
        """Train a padded tile; `seen` is given every step's losses."""
        net, given = self._net, self._data
        px = block(part(pixels(tile), 0, tile.count, roomy(tile.count)), self._dtype, self._device)
        rates, order = rates_of(net, px), given.order if px.order is None else px.order
        p = Weights(*(jnp.repeat(shared[None], len(px.x), 0) if own is None else own
                      for shared, own in ((given.W, px.W), (given.v, px.v))))  # fmt: skip
        p = jax.vmap(partial(first_weights, net))(p.W, p.v, rates)
        found = sums.start(px.x)
        for t in range(net.steps):
            batch = None if order is None else order[t]
            p, found, loss = self._step(p, found, rates, given.X, given.y, batch, t)
            if seen is not None:
                seen.append(loss)
        jax.block_until_ready(found)
        return found


def step(
    net: Training,
    p: Weights,
    found: sums.Sums,
    rates: Rates,
    X: Array,
    y: Array,
    batch: Array | None,
    t: Array,
) -> tuple[Weights, sums.Sums, Array]:
    """Take one step of every pixel; `batch` is (batch,), (batch, pixels) or None."""
    own = None if batch is None or batch.ndim == 1 else -1
    each = jax.vmap(partial(descend, net), in_axes=(0, 0, None, None, own))
    p, loss = each(p, rates, X, y, batch)
    return p, sums.observe(found, loss, t, net), loss
