"""IdiomaticKernel: gradient descent for many pixels at once, as one writes it in NumPy.

When to use it: to see what plain NumPy gives without effort; `tuned` gives the same mathematics
several times as fast. The pixel is the first axis of every array and matmul does the batching.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fractbench.backend import Tile
from fractbench.free import Pixels, Training, pixels
from fractbench.ready import ready
from fractbench_numpy.sums import Sums

Floats = NDArray[np.floating]

TEMPORARY = 72 << 10
"""Bytes of a temporary array. The C library returns larger ones to the system, which has to clear
their pages again at the next step. Measured (2 cores of an AMD EPYC, glibc, width 16, 272 samples;
pixel-steps per CPU second in a fresh process): 54,000 with 4 pixels, 19,000 with 8, 22,000 with 64;
95,000 with 64 in a process whose heap is large already."""


class IdiomaticKernel:
    """Trains a tile's pixels together, on one core; float32 or float64 throughout."""

    name = "idiomatic"

    def __init__(self, net: Training) -> None:
        """Keep the network and choose the tile."""
        self._net = net
        one = net.width * max(net.samples, net.width) * net.y.dtype.itemsize
        self.tile = max(1, TEMPORARY // one)

    def run(self, tile: Tile) -> dict[str, Floats]:
        """Return the accumulators, each (count,)."""
        sums = Sums(self._net, tile.count)
        with np.errstate(all="ignore"):
            for loss in train(self._net, pixels(tile)):
                sums.observe(loss)
        ready()
        return sums.result()

    def trajectory(self, tile: Tile) -> Floats:
        """Return the losses, (steps, count)."""
        with np.errstate(all="ignore"):
            return np.array(list(train(self._net, pixels(tile))))


def train(net: Training, px: Pixels) -> Iterator[Floats]:
    """Yield the loss (pixels,) before every update."""
    W = np.repeat(net.W[None], len(px.x), axis=0) if px.W is None else px.W
    v = np.repeat(net.v[None], len(px.x), axis=0) if px.v is None else px.v
    shift = px.x[:, None, None]
    rate_W, rate_v = (px.x, px.y) if net.offset == "none" else (px.y, px.y)
    order = net.order if px.order is None else np.moveaxis(px.order, -1, 1)
    if net.offset != "none":
        W = W + shift
    for step in range(net.steps):
        loss, gW, gv = loss_and_gradients(net, net.X, net.y, W, v)
        if order is not None:
            batch = order[step]
            _, gW, gv = loss_and_gradients(net, net.X[batch], net.y[batch], W, v)
        W = W - rate_W[:, None, None] * gW
        v = v - rate_v[:, None] * gv
        if net.offset == "drift":
            W = W + shift
        yield loss


def loss_and_gradients(
    net: Training, X: Floats, y: Floats, W: Floats, v: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the mean squared error (pixels,) and its gradients in W and v.

    X is (samples, inputs) and y (samples,), or both with the pixel in front.
    """
    z = net.scale * (X @ W)
    h, slope = activate(net, z)
    e = (h @ v[:, :, None])[:, :, 0] / net.width - y
    d = e * (2 / (y.shape[-1] * net.width))
    dz = net.scale * d[:, :, None] * v[:, None, :] * slope
    gW = np.swapaxes(X, -1, -2) @ dz
    gv = (d[:, None, :] @ h)[:, 0, :]
    return np.mean(e**2, axis=1), gW, gv


def activate(net: Training, z: Floats) -> tuple[Floats, Floats]:
    """Return the activation of z and its derivative there."""
    if net.activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if net.activation == "relu":
        return np.maximum(z, 0), (z > 0).astype(z.dtype)
    return z, np.ones_like(z)
