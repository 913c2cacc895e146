"""mandelbrot: z -> z^2 + c under the published measure, a control that everyone knows.

The "loss" is |z|^2 and the first loss is taken to be 4, the square of the escape radius, so a
pixel has converged exactly if the mean of its last 20 |z|^2 is below 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fractbench import measure
from fractbench.arithmetic.constants import common, scalar
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.guard import guard
from fractbench.arithmetic.ops import Array, Ops
from fractbench.problems.base import Axis, Problem, Program, Sums
from fractbench.tree import Tree
from fractbench.window import Window


@dataclass(frozen=True)
class MandelbrotProgram(Program):
    """z starts at c; each step measures |z|^2, then squares and adds."""

    def start(self, ops: Ops, fixed: Tree, pixels: Tree) -> dict[str, Array]:
        """Return z = c, guarded, and empty accumulators."""
        k, count = fixed["constants"], pixels["x"].shape[0]
        z = {"re": guard(ops, k, pixels["x"], "state"), "im": guard(ops, k, pixels["y"], "state")}
        zero = ops.broadcast(k["zero"], (count,))
        return {**z, "signal": zero, **measure.start(ops, k, count)}

    def step(self, ops: Ops, state: Tree, frame: Tree, args: Tree) -> dict[str, Array]:
        """Measure |z|^2 / 4, then z = z^2 + c."""
        fixed, pixels = args
        k, re, im = fixed["constants"], state["re"], state["im"]
        re2, im2 = ops.mul(re, re), ops.mul(im, im)
        loss = ops.add(re2, im2)
        v = measure.relative(ops, k, loss, k["four"], k["quarter"])
        cross = ops.mul(k["two"], ops.mul(re, im))
        return {
            "re": guard(ops, k, ops.add(ops.sub(re2, im2), pixels["x"]), "state"),
            "im": guard(ops, k, ops.add(cross, pixels["y"]), "state"),
            "signal": loss,
            **measure.observe(ops, k, state, v, frame["late"]),
        }


@dataclass(frozen=True)
class Mandelbrot(Problem):
    """The Mandelbrot set; x and y are the parts of c."""

    accumulators: ClassVar[tuple[str, ...]] = measure.ACCUMULATORS

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The real and the imaginary part."""
        return (
            Axis("Re c", "linear", "-1000", "1000"),
            Axis("Im c", "linear", "-1000", "1000"),
        )

    @property
    def title(self) -> str:
        """What is iterated."""
        return "z -> z^2 + c under the published measure (control)"

    @property
    def views(self) -> Mapping[str, Window]:
        """``start``: the whole set."""
        return {"start": Window((("-2.25", "0.75"), ("-1.5", "1.5")))}

    @property
    def program(self) -> MandelbrotProgram:
        """The kernel text."""
        return MandelbrotProgram()

    def inputs(self, fmt: Format) -> dict[str, Tree]:
        """Return constants and the late steps."""
        constants = common(fmt) | {"four": scalar(Fraction(4), fmt)}
        frames = {"late": measure.late_steps(self.steps)}
        return {"constants": constants, "shared": {}, "frames": frames}

    def readout(self, sums: Sums) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
        """Return the published value and class."""
        return measure.readout(sums, self.steps)
