"""IdiomaticKernel: the loss of one pixel, mx.vmap of mx.value_and_grad, mx.compile.

When to use it: to see what MLX gives a user who writes the mathematics and leaves the rest to the
framework. It keeps one core busy; there `tuned` is three times as fast (measured). The pixel is the
first axis of every array.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from fractbench.backend import Tile
from fractbench.free import Training, pixels
from fractbench_mlx import sums
from fractbench_mlx.lanes import block_size
from fractbench_mlx.precision import Precision

Array = Any


class IdiomaticKernel:
    """Trains a tile's pixels together and evaluates after every step.

    In bfloat16 and float16 weights, data and everything between them and the errors have that
    type, gradients too; errors are squared and averaged, and weights updated, in float32.
    """

    name = "idiomatic"

    def __init__(self, net: Training, precision: Precision, device: Any) -> None:
        """Upload the data; the first run compiles."""
        self.tile = block_size(net, device)
        self._net, self._device, self._type = net, device, precision
        with mx.stream(device):
            self._X, self._y = precision.store(net.X), precision.store(net.y)
            self._gradients = mx.vmap(mx.value_and_grad(self._loss, (0, 1)), (0, 0, None, None))
            self._drawn = mx.vmap(mx.value_and_grad(self._loss, (0, 1)), (0, 0, 0, 0))
            self._flags = mx.array(False), mx.array(True)
            mx.eval(self._X, self._y, self._flags)
        self._compiled = mx.compile(self._step)

    def run(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the accumulators, each (count,)."""
        return sums.result(self._train(tile, None))

    def trajectory(self, tile: Tile) -> NDArray[Any]:
        """Return the losses, (steps, count)."""
        seen: list[Array] = []
        self._train(tile, seen)
        return np.stack([np.array(loss) for loss in seen])

    def _loss(self, W: Array, v: Array, X: Array, y: Array) -> Array:
        """Return the loss of one pixel."""
        net, u = self._net, self._net.scale * (X @ W)
        if net.activation == "tanh":
            h = mx.tanh(u)
        else:
            h = mx.maximum(u, 0) if net.activation == "relu" else u
        e = (h @ v) / net.width - y
        return mx.mean(mx.square(e.astype(self._type.wide)))

    def _train(self, tile: Tile, seen: list[Array] | None) -> list[Array]:
        """Return the accumulators; `seen` is given every step's losses."""
        net, px, wide = self._net, pixels(tile), self._type.wide
        shape = (tile.count, net.width)
        with mx.stream(self._device):
            W = mx.broadcast_to(
                self._type.store(net.W if px.W is None else px.W), (*shape, shape[1])
            )
            v = mx.broadcast_to(self._type.store(net.v if px.v is None else px.v), shape)
            x, y = mx.array(px.x, dtype=wide), mx.array(px.y, dtype=wide)
            if net.offset != "none":
                W = (W + x[:, None, None]).astype(W.dtype)
            order = net.order if px.order is None else np.moveaxis(px.order, -1, 1)
            batches = None if order is None else mx.array(order)
            added = sums.start(tile.count, wide)
            for step in range(net.steps):
                first, late = self._flags[step == 0], self._flags[step >= net.steps - net.late]
                batch = None if batches is None else batches[step]
                W, v, loss, added = self._compiled(W, v, x, y, batch, added, first, late)
                mx.eval(W, v, loss, added)
                if seen is not None:
                    seen.append(loss)
        return added

    def _step(
        self, W: Array, v: Array, x: Array, y: Array, batch: Array | None,
        added: list[Array], first: Array, late: Array,
    ) -> tuple[Array, Array, Array, list[Array]]:  # fmt: skip
        """Return the weights after a step, the loss before it and the accumulators."""
        loss, (gW, gv) = self._gradients(W, v, self._X, self._y)
        if batch is not None:
            gradients = self._gradients if batch.ndim == 1 else self._drawn
            _, (gW, gv) = gradients(W, v, self._X[batch], self._y[batch])
        rate_W, rate_v = (x, y) if self._net.offset == "none" else (y, y)
        new_W = W - rate_W[:, None, None] * gW
        new_v = v - rate_v[:, None] * gv
        if self._net.offset == "drift":
            new_W = new_W + x[:, None, None]
        added = sums.observe(added, loss, first, late)
        return new_W.astype(W.dtype), new_v.astype(v.dtype), loss, added
