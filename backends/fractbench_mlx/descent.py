"""Descent: one step of a block of pixels, with all products of one kind in one GEMM.

The pixel is the last axis: Z (S, n P) = X (S, n) W (n, n P), and the gradient of W is X^T times the
errors of the hidden units. The scale of the activation is a factor of X, the rates carry 2/(B n).
P pixels, n inputs and units, S samples, B samples in a gradient.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import numpy as np

from fractbench.free import Pixels, Training
from fractbench_mlx.activation import activation, derivative
from fractbench_mlx.precision import Precision

Array = Any


class Descent:
    """The network on a device.

    Data, weights, hidden units and the products with them have the narrow type; rates, sums,
    errors, losses and the update before it is stored have the wide one.
    """

    def __init__(self, net: Training, precision: Precision, device: Any) -> None:
        """Upload what all pixels share."""
        self.net, self.type = net, precision
        self._X = precision.store(net.X * net.X.dtype.type(net.scale))
        self._columns = mx.contiguous(self._X.T)
        self._y = precision.store(net.y).astype(precision.wide)[:, None]
        self._act = activation(net.activation, precision.narrow, device)
        self._slope = derivative(net.activation)
        mx.eval(self._X, self._columns, self._y)

    def weights(self, px: Pixels) -> tuple[Array, Array]:
        """Return the first weights W (n, n P) and v (n, P) of some pixels."""
        n, P = self.net.width, len(px.x)
        W = self.net.W[:, :, None] if px.W is None else np.moveaxis(px.W, 0, -1)
        v = self.net.v[:, None] if px.v is None else px.v.T
        if self.net.offset != "none":
            W = W + px.x
        W = np.ascontiguousarray(np.broadcast_to(W, (n, n, P))).reshape(n, n * P)
        v = np.ascontiguousarray(np.broadcast_to(v, (n, P)))
        return self.type.store(W), self.type.store(v)

    def rates(self, px: Pixels) -> tuple[Array, Array, Array]:
        """Return both rates times 2/(B n), and the offset, each (P,)."""
        net = self.net
        order = net.order if px.order is None else px.order
        batch = net.samples if order is None else order.shape[1]
        rates = (px.x, px.y) if net.offset == "none" else (px.y, px.y)
        slope = px.x.dtype.type(2 / (batch * net.width))
        wide = [mx.array(a, dtype=self.type.wide) for a in (*(r * slope for r in rates), px.x)]
        return wide[0], wide[1], wide[2]

    def forward(self, W: Array, v: Array) -> tuple[Array, Array]:
        """Return the hidden units (S, n, P) and the errors (S, P)."""
        h = self._act(self._X @ W).reshape(self.net.samples, *v.shape)
        o = mx.sum((h * v).astype(self.type.wide), axis=1)
        return h, o * (1 / self.net.width) - self._y

    def step(
        self, W: Array, v: Array, rates: tuple[Array, Array, Array], batch: Array | None
    ) -> tuple[Array, Array, Array]:
        """Return the weights after a step, and the loss (P,) before it.

        `batch` holds the samples of a minibatch, (B,), or (B, P) where pixels draw their own.
        """
        net, (n, P) = self.net, v.shape
        h, e = self.forward(W, v)
        loss = mx.mean(e * e, axis=0)
        h, e, gradient = self._drawn(h, e, batch)
        d = e.astype(self.type.narrow)[:, None, :]
        gv = mx.sum((h * d).astype(self.type.wide), axis=0)
        gW = gradient(self._slope(h, d)).reshape(n, n, P) * v
        rate_W, rate_v, offset = rates
        new = W.reshape(n, n, P) - rate_W * gW
        if net.offset == "drift":
            new = new + offset
        v = v - rate_v * gv
        return new.reshape(n, n * P).astype(self.type.narrow), v.astype(self.type.narrow), loss

    def _drawn(self, h: Array, e: Array, batch: Array | None) -> tuple[Array, Array, Any]:
        """Return h and e of the samples in the gradient, and their product with X^T."""
        if batch is None:
            return h, e, lambda q: self._columns @ q.reshape(q.shape[0], -1)
        if batch.ndim == 1:
            X = self._X[batch].T
            return h[batch], e[batch], lambda q: X @ q.reshape(q.shape[0], -1)
        where = mx.broadcast_to(batch[:, None, :], (batch.shape[0], *h.shape[1:]))
        X = self._X[batch].swapaxes(1, 2)[:, :, None]
        return (mx.take_along_axis(h, where, axis=0), mx.take_along_axis(e, batch, axis=0),
                lambda q: mx.sum(X * q[:, None], axis=0))  # fmt: skip
