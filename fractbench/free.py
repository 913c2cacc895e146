"""Training: what a kernel that rounds freely needs of a network problem, in plain arrays.

Use it in the kernels of a framework written as its users would write them (`published`,
`idiomatic`, `tuned`); exact kernels take `Problem.inputs` instead. The mathematics is that of
problems/network.py: z = X W, h = act(scale z), out = h v / n, loss = mean (out - y)^2.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.formats import Format
from fractbench.backend import Tile
from fractbench.measure import LAST
from fractbench.problems.mlp import Mlp
from fractbench.problems.network import Activation, Offset

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Training:
    """One network problem in a format; every float array has the format's dtype.

    `X` is (samples, inputs), `y` (samples,), `W` (inputs, units), `v` (units,); `order` is
    (steps, batch), the samples of every minibatch, or None where the batch is full. `late` counts
    the last steps that decide the class.
    """

    activation: Activation
    offset: Offset
    steps: int
    late: int
    scale: float
    X: Floats
    y: Floats
    W: Floats
    v: Floats
    order: NDArray[np.int32] | None

    @property
    def width(self) -> int:
        """The number of inputs, and of hidden units."""
        return int(self.X.shape[1])

    @property
    def samples(self) -> int:
        """The number of samples in the loss."""
        return int(self.X.shape[0])


@dataclass(frozen=True)
class Pixels:
    """What differs between pixels: two hyperparameters (pixels,), and draws of their own or None.

    `x` is the rate of W and `y` that of v, or, in problems with an offset, `x` the offset of W and
    `y` both rates. `W` is (pixels, inputs, units), `v` (pixels, units), `order`
    (steps, batch, pixels).
    """

    x: Floats
    y: Floats
    W: Floats | None
    v: Floats | None
    order: NDArray[np.int32] | None


def training(problem: Mlp, fmt: Format) -> Training:
    """Return a problem's Training."""
    inputs = problem.inputs(fmt)
    shared = inputs["shared"]
    return Training(
        activation=problem.activation,
        offset=problem.offset,
        steps=problem.steps,
        late=min(LAST, problem.steps),
        scale=float(inputs["constants"]["scale"]),
        X=np.ascontiguousarray(shared["X"][..., 0].T),
        y=shared["Y"][:, 0],
        W=shared["W"][..., 0],
        v=shared["v"][:, 0],
        order=inputs["frames"].get("order"),
    )


def pixels(tile: Tile) -> Pixels:
    """Return a tile's Pixels, with the pixel as the first axis of weights."""
    given = tile.pixels
    frames = given.get("frames", {})
    W, v = given.get("W"), given.get("v")
    return Pixels(
        x=given["x"],
        y=given["y"],
        W=None if W is None else np.ascontiguousarray(np.moveaxis(W, -1, 0)),
        v=None if v is None else np.ascontiguousarray(v.T),
        order=frames.get("order"),
    )


def part(px: Pixels, start: int, size: int, padded: int = 0) -> Pixels:
    """Return `size` Pixels from `start` on, the last one repeated up to `padded` of them."""
    where = np.minimum(np.arange(max(size, padded)), size - 1) + start
    return Pixels(
        x=px.x[where],
        y=px.y[where],
        W=None if px.W is None else px.W[where],
        v=None if px.v is None else px.v[where],
        order=None if px.order is None else np.ascontiguousarray(px.order[..., where]),
    )


def roomy(count: int) -> int:
    """Return a number of pixels of at least `count` to compile for, so that sizes are few.

    It is a multiple of 16 that exceeds `count` by at most 15 or by a sixty-fourth.
    """
    unit = max(16, 1 << max(0, count.bit_length() - 7))
    return -(-count // unit) * unit


def blocks(count: int, block: int, least: int = 1) -> list[tuple[int, int]]:
    """Return (start, size) of as few blocks of at most `block` pixels as can be, all alike.

    There are at least `least` of them if there are as many pixels.
    """
    number = max(-(-count // block), min(least, count))
    edges = [count * i // number for i in range(number + 1)]
    return [(a, b - a) for a, b in pairwise(edges)]


def fitting(net: Training, budget: int, most: int = 1024) -> int:
    """Return the pixels of a block whose activations and weights take at most `budget` bytes.

    It is a power of two from 4 to `most`, as compilers like it.
    """
    each = net.width * (net.samples + net.width) * net.y.dtype.itemsize
    return min(most, max(4, 1 << max(0, (budget // each).bit_length() - 1)))
