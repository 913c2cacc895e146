"""descend: one step of a block of pixels in which all share one GEMM, with a backward by hand.

Z (S, n P) = X (S, n) W (n, n P), and gW = X^T dZ: the pixel is the last axis, so that vectors run
over pixels; W is (inputs, units, pixels), v (units, pixels). X carries the scale of the activation.
S samples, B of them in a gradient, P pixels, n inputs and units.
"""

from __future__ import annotations

from typing import Any

import torch

from fractbench.free import Training
from fractbench.held import Block, Data, rates_of
from fractbench_torch import sums
from fractbench_torch.activation import activate, back
from fractbench_torch.loop import State

Array = Any

UNROLLED = 16
"""Up to this width, and on CPUs, the first product is a sum of broadcast products, which the
compiler fuses with what follows: 15 % faster than the library's GEMM at width 16 (docs/free.md)."""


def start(net: Training, given: Data, px: Block) -> State:
    """Return the state before the first loss: W, v, four accumulators and the step's number."""
    P = len(px.x)
    W = given.W[..., None].expand(-1, -1, P) if px.W is None else px.W.permute(1, 2, 0)
    v = given.v[:, None].expand(-1, P) if px.v is None else px.v.T
    if net.offset != "none":
        W = (W + rates_of(net, px).shift).to(W.dtype)
    t = torch.zeros((), dtype=torch.int64, device=px.x.device)
    copies = (a.clone(memory_format=torch.contiguous_format) for a in (W, v))
    return (*copies, *sums.start(px.x), t)


def fixed(net: Training, given: Data, px: Block) -> State:
    """Return what no step changes: rates, offset, X times the scale, its transpose, y, order."""
    X = (given.X.to(given.y.dtype) * net.scale).to(given.X.dtype)
    order = given.order if px.order is None else px.order
    return (*rates_of(net, px), X, X.T.contiguous(), given.y, order)


def descend(net: Training, state: State, fixed: State) -> tuple[State, Array]:
    """Return the state after a step, and the losses (pixels,) before it."""
    (W, v, *found, t), (rate_W, rate_v, shift, X, XT, y, order) = state, fixed
    h = activate(net.activation, forward(X, W), rational=W.device.type == "cpu")
    out = total(h * v)
    e = out.to(y.dtype) / net.width - y[:, None]
    loss = (e * e).sum(0) / net.samples
    if order is not None:
        batch = order.index_select(0, t[None])[0].long()
        X, h, e = drawn(X, h, e, batch)
        XT = X.T if batch.ndim == 1 else X
    gW, gv = gradients(net, XT, h, e, v)
    new_W, new_v = W - rate_W * gW, v - rate_v * gv
    if net.offset == "drift":
        new_W = new_W + shift
    weights = new_W.to(W.dtype), new_v.to(v.dtype)
    return (*weights, *sums.observe((*found,), loss, t, net), t + 1), loss


def forward(X: Array, W: Array) -> Array:
    """Return X W, (S, n, P)."""
    n, _, P = W.shape
    if n > UNROLLED or W.device.type != "cpu" or W.dtype not in (torch.float32, torch.float64):
        return (X @ W.reshape(n, n * P)).reshape(-1, n, P)
    z = X[:, 0, None, None] * W[0]
    for i in range(1, n):
        z = z + X[:, i, None, None] * W[i]
    return z


def total(terms: Array) -> Array:
    """Return the sum over units, one by one: the compiler's own sum over them takes twice as long.

    `terms` is (S, n, P).
    """
    out = terms[:, 0]
    for j in range(1, terms.shape[1]):
        out = out + terms[:, j]
    return out


def gradients(net: Training, XT: Array, h: Array, e: Array, v: Array) -> tuple[Array, Array]:
    """Return gW (n, n, P) and gv (n, P); XT is (n, B), or X (B, P, n) where pixels draw."""
    B, n, P = h.shape
    d = (e * (2 / (B * n))).to(h.dtype)[:, None]
    gv = (d * h).sum(0)
    dz = back(net.activation, d * v, h)
    if XT.ndim == 3:
        return torch.einsum("bpi,bjp->ijp", XT, dz), gv
    return (XT @ dz.reshape(B, n * P)).reshape(n, n, P), gv


def drawn(X: Array, h: Array, e: Array, batch: Array) -> tuple[Array, Array, Array]:
    """Return the rows of a minibatch, in their order; `batch` is (B,) or (B, pixels)."""
    if batch.ndim == 1:
        return X[batch], h[batch], e[batch]
    where = batch[:, None].expand(-1, h.shape[1], -1)
    return X[batch], h.gather(0, where), e.gather(0, batch)
