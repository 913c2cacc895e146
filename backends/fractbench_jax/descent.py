"""descend: one step of a block of pixels in which all share one GEMM, with a backward by hand.

Z (S, P n) = X (S, n) W (n, P n), and gW = X^T dZ: the pixel lies between samples and units, W is
(inputs, pixels, units) and v (pixels, units). X carries the scale of the activation. S samples,
B of them in a gradient, P pixels, n inputs and units.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from fractbench.free import Training
from fractbench.held import Block, Data, Rates, rates_of
from fractbench_jax.activation import activate, back

Array = Any


class State(NamedTuple):
    """W (inputs, pixels, units), v (pixels, units) in the dtype of products, and the rates."""

    W: Array
    v: Array
    rates: Rates


def start(net: Training, given: Data, px: Block) -> State:
    """Return the State before the first loss."""
    P, n = px.x.shape[0], net.width
    W = jnp.broadcast_to(given.W[:, None], (n, P, n)) if px.W is None else px.W.swapaxes(0, 1)
    v = jnp.broadcast_to(given.v, (P, n)) if px.v is None else px.v
    rates = rates_of(net, px)
    if net.offset != "none":
        W = (W + rates.shift[:, None]).astype(given.W.dtype)
    return State(W, v, rates)


def descend(
    net: Training, given: Data, state: State, batch: Array | None, rational: bool
) -> tuple[State, Array]:
    """Return the State after a step, and the losses (pixels,) before it.

    `batch` is (B,), or (B, pixels) where pixels draw, or None for the full batch.
    """
    X, (n, P, _) = scaled(net, given), state.W.shape
    z = (X @ state.W.reshape(n, P * n)).reshape(-1, P, n)
    # The barriers keep XLA from computing tanh again in every pass that reads it: 10 to 25 %
    # at 16 to 64 pixels a block (docs/free.md).
    h = jax.lax.optimization_barrier(activate(net.activation, z, rational))
    wide = given.y.dtype
    e = (h * state.v).sum(axis=2).astype(wide) / n - given.y[:, None]
    loss = (e * e).sum(axis=0) / net.samples
    if batch is not None:
        X, h, e = drawn(X, h, e, batch)
    gW, gv = gradients(net, X, h, e, state.v)
    rates = state.rates
    W, v = state.W - rates.W[:, None] * gW, state.v - rates.v[:, None] * gv
    if net.offset == "drift":
        W = W + rates.shift[:, None]
    return State(W.astype(state.W.dtype), v.astype(state.v.dtype), rates), loss


def gradients(net: Training, X: Array, h: Array, e: Array, v: Array) -> tuple[Array, Array]:
    """Return gW (n, P, n) and gv (P, n); X is (B, n), or (B, P, n) where pixels draw."""
    B, P, n = h.shape
    d = (e * (2 / (B * n))).astype(h.dtype)[:, :, None]
    gv = (d * h).sum(axis=0)
    dz = jax.lax.optimization_barrier(back(net.activation, d * v, h))
    if X.ndim == 3:
        return jnp.einsum("bpi,bpj->ipj", X, dz), gv
    return (X.T @ dz.reshape(B, P * n)).reshape(n, P, n), gv


def drawn(X: Array, h: Array, e: Array, batch: Array) -> tuple[Array, Array, Array]:
    """Return the rows of a minibatch, in their order."""
    if batch.ndim == 1:
        return X[batch], h[batch], e[batch]
    return (X[batch], jnp.take_along_axis(h, batch[:, :, None], axis=0),
            jnp.take_along_axis(e, batch, axis=0))  # fmt: skip


def scaled(net: Training, given: Data) -> Array:
    """Return X times the scale of the activation, in its dtype."""
    return (given.X.astype(given.y.dtype) * net.scale).astype(given.X.dtype)
