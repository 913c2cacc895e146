"""Training: what a kernel that rounds freely needs of a network problem, in plain arrays.

Use it in the kernels of a framework written as its users would write them (`published`,
`idiomatic`, `tuned`); exact kernels take `Problem.inputs` instead. The mathematics is that of
problems/network.py: z = X W, h = act(scale z), out = h v / n, loss = mean (out - y)^2.
"""

from __future__ import annotations

from dataclasses import dataclass

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
