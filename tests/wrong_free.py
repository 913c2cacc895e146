"""A small honest kernel that rounds freely, and variants of it that are wrong on purpose.

`FreeKernel` trains every pixel with NumPy's matmul and tanh in float32 or float64, as `free`
kernels do; its `Knobs` at rest change rounding only (the order of samples and units). `WRONG`
names knobs that make it wrong as real kernels are; the agreement check has to fail each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fakes import HostBackend
from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Device, Kernel, Tile
from fractbench.free import Pixels, Training, pixels, training
from fractbench.problems.base import Problem
from fractbench.problems.mlp import Mlp

CAP, HUGE, TINY = 1e6, 2.0**100, 2.0**-100
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Knobs:
    """What a kernel does; the defaults are right, and only `order` may be moved without harm.

    `order` seeds a permutation of samples and hidden units: another honest rounding. `mantissa` is
    the number of bits that a product's operands keep, `stored` a dtype that weights are kept in.
    """

    order: int | None = None
    rate_hidden: float = 1.0
    rate_output: float = 1.0
    scale: float = 1.0
    gradient_output: float = 1.0
    dropped: int = 0
    shifted: int = 0
    steps: int = 0
    late: int = 0
    swapped: bool = False
    mantissa: int | None = None
    stored: str | None = None
    stale: int = 0
    filled: float | None = None


class FreeKernel:
    """Trains a tile at once, one GEMM per pixel."""

    name = "tuned"
    tile = 100

    def __init__(self, problem: Mlp, arithmetic: Arithmetic, knobs: Knobs | None = None) -> None:
        self._knobs = knobs or Knobs()
        longer = problem.with_steps(problem.steps + self._knobs.steps)
        assert isinstance(longer, Mlp)
        self._job = _turned(training(longer, arithmetic.format), self._knobs)
        self._late = min(20, problem.steps) - self._knobs.late
        self._before: dict[str, Floats] = {}

    def run(self, tile: Tile) -> dict[str, Floats]:
        """Return the accumulators."""
        given, k = pixels(tile), self._knobs
        if k.swapped:
            given = replace(given, x=given.y, y=given.x)
        with np.errstate(all="ignore"):
            out = _sums(_losses(self._job, given, k), self._late)
        if k.filled is not None:
            out = {name: np.full_like(a, k.filled) for name, a in out.items()}
        for name, old in self._before.items():
            out[name][: k.stale] = old[: k.stale]
        if k.stale:
            self._before = {name: a.copy() for name, a in out.items()}
        return out

    def trajectory(self, tile: Tile) -> Floats:
        """Return the losses, (steps, count)."""
        with np.errstate(all="ignore"):
            return _losses(self._job, pixels(tile), self._knobs)


def _turned(job: Training, k: Knobs) -> Training:
    """Return the data as the knobs would have them."""
    X, y, W, v, order = job.X, job.y, job.W, job.v, job.order
    if k.order is not None:
        rng = np.random.default_rng(k.order)
        samples, units = rng.permutation(job.samples), rng.permutation(job.width)
        X, y, W, v = X[samples], y[samples], W[:, units], v[units]
        order = None if order is None else np.argsort(samples).astype(np.int32)[order]
    y = np.roll(y, k.shifted)
    if k.dropped:
        X, y = X[: -k.dropped], y[: -k.dropped]
        order = None if order is None else np.minimum(order, len(y) - 1)
    return replace(job, X=X, y=y, W=W, v=v, order=order, scale=job.scale * k.scale)


def _losses(job: Training, given: Pixels, k: Knobs) -> Floats:
    """Train and return the loss of every step, (steps, pixels)."""
    count, kind = len(given.x), job.X.dtype
    x, y = given.x[:, None, None], given.y[:, None, None]
    W = np.broadcast_to(job.W, (count, *job.W.shape)) if given.W is None else given.W
    v = np.broadcast_to(job.v[:, None], (count, job.width, 1)) if given.v is None else (
        given.v[..., None])  # fmt: skip
    W = W + x if job.offset != "none" else W
    rate_W = (y if job.offset != "none" else x) * kind.type(k.rate_hidden)
    rate_v = y * kind.type(k.rate_output)
    out = np.empty((job.steps, count), kind)
    for step in range(job.steps):
        if job.order is None:
            out[step], gW, gv = _gradient(job, job.X, job.y, W, v, k)
        else:
            batch = job.order[step]
            out[step], _, _ = _gradient(job, job.X, job.y, W, v, k, backward=False)
            _, gW, gv = _gradient(job, job.X[batch], job.y[batch], W, v, k)
        W = W - rate_W * gW
        v = v - rate_v * (gv * kind.type(k.gradient_output))
        if job.offset == "drift":
            W = W + x
        if k.stored:
            W, v = W.astype(k.stored).astype(kind), v.astype(k.stored).astype(kind)
    return out


def _gradient(
    job: Training, X: Floats, y: Floats, W: Floats, v: Floats, k: Knobs, backward: bool = True
) -> tuple[Floats, Any, Any]:
    """Return the loss (pixels,) and the gradients of W (pixels, n, n) and v (pixels, n, 1)."""
    kind = X.dtype.type
    z = _product(X, W, k) * kind(job.scale)
    if job.activation == "tanh":
        h = np.tanh(z)
    else:
        h = np.where(z < 0, kind(0), z) if job.activation == "relu" else z
    e = _product(h, v, k)[..., 0] * kind(1 / job.width) - y
    loss = (e * e).mean(axis=1)
    if not backward:
        return loss, None, None
    d = e * kind(2 / (len(y) * job.width))
    back = d[..., None] * v[:, None, :, 0]
    if job.activation == "tanh":
        back = back * (1 - h * h)
    elif job.activation == "relu":
        back = np.where(z > 0, back, kind(0))
    gW = _product(X.T, back * kind(job.scale), k)
    return loss, gW, _product(h.swapaxes(1, 2), d[..., None], k)


def _product(a: Floats, b: Floats, k: Knobs) -> Floats:
    if k.mantissa is not None:
        a, b = _rounded(a, k.mantissa), _rounded(b, k.mantissa)
    return np.matmul(a, b)


def _rounded(a: Floats, bits: int) -> Floats:
    """Round a float32 array to a number of mantissa bits, ties away; inf and NaN stay."""
    cut = 23 - bits
    near = ((a.astype(np.float32).view(np.uint32) + (1 << (cut - 1))) >> cut) << cut
    return np.where(np.isfinite(a), near.view(np.float32), a).astype(a.dtype)


def _sums(losses: Floats, late: int) -> dict[str, Floats]:
    """Return the published measure's accumulators."""
    v = losses / losses[0]
    v = np.where(v < CAP, v, losses.dtype.type(CAP))
    v = np.where(losses[0] < HUGE, v, losses.dtype.type(CAP))
    inverse = np.where(v < TINY, losses.dtype.type(HUGE), 1 / v)
    return {
        "sum_v": v.sum(axis=0),
        "sum_inverse": inverse.sum(axis=0),
        "sum_inverse_low": np.zeros_like(v[0]),
        "last": v[len(v) - late :].sum(axis=0),
    }


class FreeBackend(HostBackend):
    """The host with `FreeKernel` as its kernel under `free`."""

    def __init__(self, knobs: Knobs | None = None) -> None:
        super().__init__()
        self._knobs = knobs

    def formats(self, device: Device) -> Sequence[str]:
        return ("float32", "float64")

    def kernels(self, problem: Problem, device: Device, arithmetic: Arithmetic) -> Sequence[str]:
        if arithmetic.exact:
            return super().kernels(problem, device, arithmetic)
        return () if arithmetic.narrow else ("tuned",)

    def prepare(
        self, problem: Problem, device: Device, arithmetic: Arithmetic, kernel: str = "auto"
    ) -> Kernel:
        if arithmetic.exact:
            return super().prepare(problem, device, arithmetic, kernel)
        assert isinstance(problem, Mlp)
        return FreeKernel(problem, arithmetic, self._knobs)


SCANNED: dict[str, Callable[[float], Knobs]] = {
    "rate of W": lambda size: Knobs(rate_hidden=1 + size),
    "rate of v": lambda size: Knobs(rate_output=1 + size),
    "scale": lambda size: Knobs(scale=1 + size),
}
"""Errors of any size, relative -> knobs."""

WRONG = {
    "rate of W x 1.001": Knobs(rate_hidden=1.001),
    "rate of v x 1.001": Knobs(rate_output=1.001),
    "one sample dropped": Knobs(dropped=1),
    "sqrt2 as 1.4142": Knobs(scale=1.4142 / 2**0.5),
    "one step less": Knobs(steps=-1),
    "one step more": Knobs(steps=1),
    "axes swapped": Knobs(swapped=True),
    "last 20 as 19": Knobs(late=1),
    "gradient of v halved": Knobs(gradient_output=0.5),
    "targets shifted": Knobs(shifted=1),
    "float16 weights": Knobs(stored="float16"),
    "TF32 products": Knobs(mantissa=10),
    "stale buffer": Knobs(stale=16),
    "all zeros": Knobs(filled=0.0),
    "all NaN": Knobs(filled=np.nan),
}
"""What is wrong -> its knobs."""


def applies(problem: Mlp, knobs: Knobs) -> bool:
    """Return whether knobs change anything: one sample can be neither dropped nor shifted."""
    return problem.count > 1 or not (knobs.dropped or knobs.shifted)
