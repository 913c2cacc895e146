"""IdiomaticKernel: the step of one pixel, mapped and compiled, as one writes it in PyTorch.

When to use it: to see what PyTorch gives without effort; `tuned` gives the same mathematics faster.
`torch.func.vmap` of `grad_and_value` is one step of all pixels, `torch.compile` compiles it, and a
loop takes it from Python (on CUDA as a captured graph).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fractbench.backend import Tile
from fractbench.free import Training, part, pixels, roomy
from fractbench.held import Rates, Weights, rates_of
from fractbench_torch import sums
from fractbench_torch.held import block, data
from fractbench_torch.loop import Loop, State, many_shapes
from fractbench_torch.network import descend, first_weights
from fractbench_torch.scope import scoped

Array = Any


class IdiomaticKernel:
    """Trains a tile together, on as many threads as the user has given PyTorch.

    In float32 and float64 everything has that dtype. In bfloat16 and float16 weights, data,
    activations, products and gradients are narrow; losses, rates, updates before they are rounded
    and accumulators are float32. In tf32 the GPU's matrix units round what they multiply.
    """

    name = "idiomatic"

    def __init__(self, net: Training, products: str, device: str, tile: int) -> None:
        """Upload the network; `products` is the dtype of products, or ``tf32``."""
        self.tile = tile
        self._net, self._device = net, torch.device(device)
        self._tf32 = products == "tf32"
        self._products = net.y.dtype.name if self._tf32 else products
        self._data = data(net, self._products, self._device)
        self._loop = Loop(partial(step, net), self._device, {})

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators, each (count,)."""
        return sums.result(self._train(tile, None)[2:6], tile.count)

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the losses, (steps, count)."""
        seen: list[Array] = []
        self._train(tile, seen)
        return np.asarray(torch.stack(seen).cpu().numpy())[:, : tile.count]

    def _train(self, tile: Tile, seen: list[Array] | None) -> State:
        net, given = self._net, self._data
        padded = part(pixels(tile), 0, tile.count, roomy(tile.count))
        with scoped(self._device, self._tf32), many_shapes():
            px = block(padded, self._products, self._device)
            rates, order = rates_of(net, px), given.order if px.order is None else px.order
            W, v = (shared.expand(len(px.x), *shared.shape) if own is None else own
                    for shared, own in ((given.W, px.W), (given.v, px.v)))  # fmt: skip
            p = torch.func.vmap(partial(first_weights, net))(W, v, rates)
            t = torch.zeros((), dtype=torch.int64, device=self._device)
            state = (*(a.clone() for a in p), *sums.start(px.x), t)
            return self._loop(state, (*rates, given.X, given.y, order), net.steps, seen)


def step(net: Training, state: State, fixed: State) -> tuple[State, Array]:
    """Take one step of every pixel; also return the losses (pixels,) before it."""
    (W, v, *found, t), (rate_W, rate_v, shift, X, y, order) = state, fixed
    batch = None if order is None else order.index_select(0, t[None])[0].long()
    own = None if batch is None or batch.ndim == 1 else -1
    each = torch.func.vmap(partial(descend, net), in_dims=(0, 0, None, None, own))
    p, loss = each(Weights(W, v), Rates(rate_W, rate_v, shift), X, y, batch)
    return (*p, *sums.observe((*found,), loss, t, net), t + 1), loss
