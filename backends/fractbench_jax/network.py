"""The network of one pixel, written plainly: its loss, and gradient descent by JAX's autodiff.

`published` and `idiomatic` share it; `jax.vmap` makes it that of many pixels.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from fractbench.free import Training
from fractbench.held import Rates, Weights
from fractbench.problems.network import Activation

Array = Any


ACTIVATIONS = {"tanh": jnp.tanh, "relu": jax.nn.relu, "identity": lambda z: z}


def loss(p: Weights, X: Array, y: Array, scale: float, activation: Activation) -> Array:
    """Return one pixel's mean squared error in y's dtype; X is (samples, inputs)."""
    h = ACTIVATIONS[activation](scale * (X @ p.W))
    out = h @ p.v / p.v.shape[0]
    return jnp.mean((out.astype(y.dtype) - y) ** 2)


def descend(
    net: Training, p: Weights, rates: Rates, X: Array, y: Array, batch: Array | None
) -> tuple[Weights, Array]:
    """Return one pixel's weights after a step, and its loss before it."""
    args = (net.scale, net.activation)
    if batch is None:
        value, g = jax.value_and_grad(loss)(p, X, y, *args)
    else:
        value = loss(p, X, y, *args)
        g = jax.grad(loss)(p, X[batch], y[batch], *args)
    W, v = p.W - rates.W * g.W, p.v - rates.v * g.v
    if net.offset == "drift":
        W = W + rates.shift
    return Weights(W.astype(p.W.dtype), v.astype(p.v.dtype)), value


def first_weights(net: Training, W: Array, v: Array, rates: Rates) -> Weights:
    """Return one pixel's weights before the first loss, in W's dtype."""
    moved = W if net.offset == "none" else (W + rates.shift).astype(W.dtype)
    return Weights(moved, v)
