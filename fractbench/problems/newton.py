"""newton: Newton's iteration for z^3 - 1, a control whose basins have the Wada property.

z - (z^3 - 1) / (3 z^2) = (2/3) z + (1/3) w^2 with w = 1/z = conj(z) / |z|^2, which needs one
reciprocal and no division.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.constants import common, scalar
from fractbench.arithmetic.exact import square_root
from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.guard import guard
from fractbench.arithmetic.ops import Array, Ops
from fractbench.arithmetic.reciprocal import reciprocal
from fractbench.problems.base import Axis, Class, Problem, Program, Sums
from fractbench.tree import Tree
from fractbench.window import Window

ROOTS = 3


@dataclass(frozen=True)
class NewtonProgram(Program):
    """State: z, and for each root the number of steps that z spent near it, at the end near it."""

    def start(self, ops: Ops, fixed: Tree, pixels: Tree) -> dict[str, Array]:
        """Return z = x + iy, no root reached."""
        k, count = fixed["constants"], pixels["x"].shape[0]
        zero = ops.broadcast(k["zero"], (count,))
        return {
            "re": guard(ops, k, pixels["x"], "unit"),
            "im": guard(ops, k, pixels["y"], "unit"),
            "signal": zero,
            **{f"near_{root}": zero for root in range(ROOTS)},
        }

    def step(self, ops: Ops, state: Tree, frame: Tree, args: Tree) -> dict[str, Array]:
        """Count the step for the root that is near, then iterate."""
        k, re, im = args[0]["constants"], state["re"], state["im"]
        norm = ops.add(ops.mul(re, re), ops.mul(im, im))
        inverse = reciprocal(ops, k, norm)
        a, b = ops.mul(re, inverse), ops.mul(ops.mul(im, inverse), k["minus_one"])
        real = ops.sub(ops.mul(a, a), ops.mul(b, b))
        imaginary = ops.mul(k["two"], ops.mul(a, b))
        out = {
            "re": guard(ops, k, _blend(ops, k, re, real), "unit"),
            "im": guard(ops, k, _blend(ops, k, im, imaginary), "unit"),
            "signal": norm,
        }
        for root, (x, y) in enumerate(k["roots"]):
            dx, dy = ops.sub(re, x), ops.sub(im, y)
            near = ops.less(ops.add(ops.mul(dx, dx), ops.mul(dy, dy)), k["near"])
            count = state[f"near_{root}"]
            out[f"near_{root}"] = ops.select(near, ops.add(count, k["one"]), count)
        return out


def _blend(ops: Ops, k: Tree, z: Array, square: Array) -> Array:
    return ops.add(ops.mul(k["two_thirds"], z), ops.mul(k["third"], square))


@dataclass(frozen=True)
class Newton(Problem):
    """The basins of the cube roots of one; x and y are the parts of the first z."""

    accumulators: ClassVar[tuple[str, ...]] = tuple(f"near_{root}" for root in range(ROOTS))
    classes: ClassVar[tuple[Class, ...]] = (
        Class("none", False, "#444444"),
        Class("root 1", True, "#d53e4f"),
        Class("root exp(2 pi i/3)", True, "#3288bd"),
        Class("root exp(-2 pi i/3)", True, "#fdae61"),
    )
    palette: ClassVar[Literal["published", "classes"]] = "classes"

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The real and the imaginary part."""
        return (
            Axis("Re z", "linear", "-1000", "1000"),
            Axis("Im z", "linear", "-1000", "1000"),
        )

    @property
    def title(self) -> str:
        """What is iterated."""
        return "Newton's iteration for z^3 - 1 (control)"

    @property
    def views(self) -> Mapping[str, Window]:
        """``start``: a square about the origin."""
        return {"start": Window((("-2", "2"), ("-2", "2")))}

    @property
    def program(self) -> NewtonProgram:
        """The kernel text."""
        return NewtonProgram()

    def inputs(self, fmt: Format) -> dict[str, Tree]:
        """Return constants, the roots among them."""
        height = square_root(Fraction(3, 4), fmt)
        corners = ((1, 0), (Fraction(-1, 2), height), (Fraction(-1, 2), -height))
        constants = common(fmt) | {
            "third": scalar(Fraction(1, 3), fmt),
            "two_thirds": scalar(Fraction(2, 3), fmt),
            "near": scalar(Fraction(1, 1 << 16), fmt),
            "roots": tuple((scalar(x, fmt), scalar(y, fmt)) for x, y in corners),
        }
        # Nothing changes from step to step; the array only says how many there are.
        frames = {"step": np.zeros(self.steps, bool)}
        return {"constants": constants, "shared": {}, "frames": frames}

    def readout(self, sums: Sums) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
        """Return the steps before the root was near, and 1 + the root's index (0 for none)."""
        near = np.stack([sums[name] for name in self.accumulators])
        total = near.sum(axis=0, dtype=near.dtype)
        root = near.argmax(axis=0) + 1
        classes = np.where(total > 0, root, 0).astype(np.uint8)
        return near.dtype.type(self.steps) - total, classes
