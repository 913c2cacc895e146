"""The network of one pixel, written plainly: its loss, and gradient descent by torch.func.

`torch.func.vmap` makes it that of many pixels.
"""

from __future__ import annotations

from typing import Any

import torch

from fractbench.free import Training
from fractbench.held import Rates, Weights
from fractbench.problems.network import Activation

Array = Any


ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "identity": lambda z: z}


def loss(p: Weights, X: Array, y: Array, scale: float, activation: Activation) -> Array:
    """Return one pixel's mean squared error in y's dtype; X is (samples, inputs)."""
    h = ACTIVATIONS[activation](scale * (X @ p.W))
    out = h @ p.v / p.v.shape[0]
    return torch.mean((out.to(y.dtype) - y) ** 2)


def descend(
    net: Training, p: Weights, rates: Rates, X: Array, y: Array, batch: Array | None
) -> tuple[Weights, Array]:
    """Return one pixel's weights after a step, and its loss before it."""
    args = (net.scale, net.activation)
    if batch is None:
        g, value = torch.func.grad_and_value(loss)(p, X, y, *args)
    else:
        value = loss(p, X, y, *args)
        g = torch.func.grad(loss)(p, X[batch], y[batch], *args)
    W, v = p.W - rates.W * g.W, p.v - rates.v * g.v
    if net.offset == "drift":
        W = W + rates.shift
    return Weights(W.to(p.W.dtype), v.to(p.v.dtype)), value


def first_weights(net: Training, W: Array, v: Array, rates: Rates) -> Weights:
    """Return one pixel's weights before the first loss, in W's dtype."""
    moved = W if net.offset == "none" else (W + rates.shift).to(W.dtype)
    return Weights(moved, v)
