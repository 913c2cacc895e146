"""Deep windows that hold both classes, found by search, and ways to train their pixels."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fractbench.arithmetic.contract import Arithmetic
from fractbench.arithmetic.exact import power_of_ten
from fractbench.arithmetic.formats import FLOAT32, FLOAT64
from fractbench.arithmetic.host import HostOps
from fractbench.backend import Tile
from fractbench.grid import points
from fractbench.kernel import OpsKernel
from fractbench.problems.catalogue import problem
from fractbench.window import Window
from fractbench.zoom.levels import BITS
from fractbench.zoom.perturbed import level_of, perturbed
from fractbench.zoom.place import Place, differences, scaled
from fractbench.zoom.precision import orbit
from helpers import trained

STEPS = 60
SIDE = 8
"""`SIDE` pixels over `NARROW` decades are 2e-9 apart: float32 holds a few values of them."""
NARROW, DEEPEST = "1.5e-8", "4e-30"


@dataclass(frozen=True)
class Case:
    """A window of a problem, `SIDE` or fewer pixels a side."""

    name: str
    x: str
    y: str
    width: str = NARROW
    side: int = SIDE
    steps: int = STEPS

    def __str__(self):
        return f"{self.name} {self.width}"

    @property
    def problem(self):
        return problem(self.name).with_steps(self.steps)

    @property
    def window(self):
        return Window.around(f"{self.x},{self.y}", self.width)

    @property
    def axes(self):
        """The exact exponents of columns and of rows."""
        return tuple(points(*self.window.bounds(axis), self.side) for axis in (0, 1))

    @property
    def options(self):
        """What `fractbench.run` and a Request take."""
        return {"size": self.side, "steps": self.steps, "window": str(self.window)}


SINGLE = Case("single", "1.465608896422701993", "1.307337115719617895")
RELU = Case("relu:width=8", "-0.548003492930889373", "1.518843372791627736")
SMALL = Case(
    "tanh:samples=9,seed=1,width=8", "2.859914700223405131", "1.171715918607482974"
)  # fmt: skip
MINIBATCH = Case("minibatch:width=8", "1.706422790530175009", "1.286781168511394764")
DRIFT = Case("weight-drift:width=8", "0.984684298325009356", "1.162974049578021778")
NARROW_CASES = (
    Case("linear", "1.897572861374525343", "1.559520715242158879"),
    SINGLE,
    RELU,
    SMALL,
    Case("tanh:width=8", "4.614806495107784430", "1.328437435544273482"),
    MINIBATCH,
    Case("init-offset:width=8", "-0.724062296594869264", "1.569937768039181894"),
    DRIFT,
)
"""Chosen where float64 is enough, and float32 is not."""
DEEP_TANH = Case(
    "tanh:samples=9,seed=1,width=8", "2.886696573799462326353728966159112043",
    "1.197383509087791507", DEEPEST, 4,
)  # fmt: skip
DEEP_RELU = Case(
    "relu:samples=9,seed=1,width=8", "-0.634339722990970292260479171538364602",
    "1.330458122570873366", DEEPEST, 4,
)  # fmt: skip
KINK = Case(
    "relu:samples=9,seed=1,width=8", "2.114406036597543688713541619498", "-0.1875", DEEPEST, 4,
)  # fmt: skip
"""One gate turns along a line through the window, when differences have hardly grown."""


def calm_place(rng):
    """Return rates of which anything trains."""
    return Place(*(Fraction(int(rng.integers(-2000, 500)), 1000) for _ in range(2)))


def at_the_gates(base, level, rng):
    """Return a relu's Problem beside a reference whose u are as small as differences at a level."""
    reference = orbit(base, calm_place(rng), 53)
    for name in ("u", "h"):
        reference.frames[name] *= np.float32(2.0 ** (-BITS * level))
    return perturbed(base, reference, level)


def direct(case, fmt):
    """Train every pixel directly; return whether each converged, (rows, columns)."""
    n, chosen = case.side, case.problem
    with np.errstate(all="ignore"):
        sums = trained(chosen, HostOps(fmt), rates(case, fmt))
    return chosen.readout(sums)[1].reshape(n, n).astype(bool)


def rates(case, fmt):
    """Return the hyperparameters of all pixels, each rounded once, equal neighbours or not."""
    x, y = (np.array([power_of_ten(e, fmt) for e in axis], fmt.dtype) for axis in case.axes)
    return {"x": np.tile(x, case.side), "y": np.repeat(y, case.side)}


def whole(case, bits):
    """Train every pixel whole at a precision; return whether each converged."""
    columns, rows = case.axes
    return np.array(
        [[orbit(case.problem, Place(x, y), bits).converged for x in columns] for y in rows]
    )


def first_converged(case, truth):
    """Return the place of one pixel that converges."""
    row, column = np.argwhere(truth)[0]
    return Place(case.axes[0][column], case.axes[1][row])


def beside(case, reference):
    """Train every pixel as a difference from an orbit.

    Returns:
        Whether each converged, the level that they began with, and their last levels.
    """
    made, pixels = differing(case, reference)
    with np.errstate(all="ignore"):
        sums = trained(made, HostOps(FLOAT32), pixels)
    shape = case.side, case.side
    converged = made.readout(sums)[1].reshape(shape).astype(bool)
    return converged, made.level, sums["level"].reshape(shape)


def differing(case, reference):
    """Return the Problem of differences from an orbit and the scaled ones of all pixels."""
    x, y = (
        differences(axis, origin)
        for axis, origin in zip(case.axes, (reference.place.x, reference.place.y), strict=True)
    )
    level, n = level_of(max(abs(d) for d in (*x, *y))), case.side
    x, y = (scaled(d, BITS * level) for d in (x, y))
    pixels = {"x": np.tile(x, n), "y": np.repeat(y, n)}
    return perturbed(case.problem, reference, level), pixels


def losses(case, reference=None):
    """Return the loss of every step and pixel: of differences from an orbit, or of float64."""
    fmt = FLOAT64 if reference is None else FLOAT32
    if reference is None:
        made, pixels = case.problem, rates(case, fmt)
    else:
        made, pixels = differing(case, reference)
    kernel = OpsKernel(made, HostOps(fmt), Arithmetic(format=fmt), 1, "host")
    return kernel.trajectory(Tile(0, case.side**2, pixels))
