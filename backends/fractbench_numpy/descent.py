"""Descent: the steps of one block of pixels, in buffers that are made once.

Rows are (pixel, unit) and columns samples, so that the long axis of every product and of every
elementwise pass is contiguous: Z (P n, S) = W (P n, n) X^T (n, S). The scale of the activation is a
factor of X. P pixels, n inputs and units, S samples, B samples in a gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fractbench.free import Pixels, Training

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]


class Descent:
    """Weights and buffers of one block; every array has the network's dtype."""

    def __init__(self, net: Training, px: Pixels) -> None:
        """Take the first weights and reserve the buffers."""
        P, n, S = len(px.x), net.width, net.samples
        dtype = net.y.dtype
        self._net, self._order = net, net.order if px.order is None else px.order
        self._X = net.X * dtype.type(net.scale)
        self._columns = np.ascontiguousarray(self._X.T)
        self._W = np.array(np.broadcast_to(net.W.T, (P, n, n)) if px.W is None
                           else px.W.swapaxes(1, 2), order="C")  # fmt: skip
        self._v = np.array(np.broadcast_to(net.v, (P, n)) if px.v is None else px.v, order="C")
        self._rate_W, self._rate_v = (px.x, px.y) if net.offset == "none" else (px.y, px.y)
        self._shift = px.x[:, None, None]
        self._h, self._e = np.empty((P, n, S), dtype), np.empty((P, 1, S), dtype)
        if net.offset != "none":
            self._W += self._shift

    def losses(self) -> Iterator[Floats]:
        """Yield the loss (P,) before every update."""
        net = self._net
        for step in range(net.steps):
            h, e = self.forward()
            yield np.einsum("pis,pis->p", e, e) / net.samples
            if self._order is None:
                self.update(h, e, self._X)
            else:
                self.update(*self.drawn(h, e, self._order[step]))
            if net.offset == "drift":
                self._W += self._shift

    def forward(self) -> tuple[Floats, Floats]:
        """Return the hidden units (P, n, S) and the errors (P, 1, S), in the buffers."""
        net, h, e = self._net, self._h, self._e
        np.matmul(self._W.reshape(-1, net.width), self._columns, out=h.reshape(-1, net.samples))
        if net.activation == "tanh":
            np.tanh(h, out=h)
        elif net.activation == "relu":
            np.maximum(h, 0, out=h)
        # One GEMV a pixel: 0.4 us, where a product and a sum over units take 3 to 12.
        np.matmul(self._v[:, None, :], h, out=e)
        e /= net.width
        e -= net.y
        return h, e

    def drawn(self, h: Floats, e: Floats, batch: Integers) -> tuple[Floats, Floats, Floats]:
        """Return h, e and X of a minibatch; `batch` is (B,), or (B, P) where pixels draw."""
        if batch.ndim == 1:
            return h[:, :, batch], e[:, :, batch], self._X[batch]
        where = batch.T[:, None, :]
        return (np.take_along_axis(h, where, axis=2), np.take_along_axis(e, where, axis=2),
                self._X[batch.T])  # fmt: skip

    def update(self, h: Floats, e: Floats, X: Floats) -> None:
        """Take one step; h (P, n, B) and e (P, 1, B) are overwritten, X is (B, n) or (P, B, n)."""
        net, (P, n, B) = self._net, h.shape
        e *= 2 / (B * n)
        gv = np.matmul(h, e.reshape(P, B, 1))[:, :, 0]
        slopes(net, h)
        h *= e
        # v is a factor of a unit's whole gradient: outside the sum it saves a pass over samples.
        gW = (h.reshape(P * n, B) @ X).reshape(P, n, n) if X.ndim == 2 else h @ X
        gW *= self._v[:, :, None]
        gW *= self._rate_W[:, None, None]
        gv *= self._rate_v[:, None]
        self._W -= gW
        self._v -= gv


def slopes(net: Training, h: Floats) -> None:
    """Replace the hidden units by the activation's derivative there."""
    if net.activation == "tanh":
        np.multiply(h, h, out=h)
        np.subtract(1, h, out=h)
    elif net.activation == "relu":
        np.greater(h, 0, out=h, casting="unsafe")
    else:
        h[...] = 1
