"""quadratic: gradient descent on a parabola roughened by cosines.

Liu, "Complex fractal trainability boundary can arise from trivial non-convexity",
arXiv 2406.13971, 2024:
additive f = x^2 + e cos(2 pi x / l), multiplicative f = x^2 (1 + e cos(2 pi x / l)); in d
dimensions the sum of the additive losses, or |x|^2 (1 + e sum cos). Start ones(d)/d, one axis: the
learning rate. A pixel has diverged once its loss exceeds 1e8 d, or is no number. The
two-dimensional analogue a^2 + 0.6 ab + b^2 + e (1 + cos(2 pi (a - b) / l)) has one learning
rate per coordinate; it starts at (1, 1/2), since from a = b equal rates never feel the cosine.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.constants import common, scalar
from fractbench.arithmetic.formats import Format
from fractbench.errors import UsageError
from fractbench.problems.base import Axis, Problem, Sums, within
from fractbench.problems.descent import DescentProgram, Kind
from fractbench.tree import Tree
from fractbench.window import Window

TWO_PI = Fraction("6.28318530717958647692528676655900576839433879875021")
_AXIS_X = Axis("learning rate", "linear", "0", "1000")
_AXES_2D = (Axis("learning rate of a", "linear", "0", "1000"),
            Axis("learning rate of b", "linear", "0", "1000"))  # fmt: skip
STATE_BAND = {"float32": -40, "float64": -320}
"""Exponents of two of the band of x, by dtype."""


@dataclass(frozen=True)
class Quadratic(Problem):
    """A perturbed quadratic; epsilon and lengths are exact decimal strings."""

    kind: Kind = "additive"
    epsilon: str = "0.2"
    lengths: tuple[str, ...] = ("0.1",)
    dimensions: int = 1

    accumulators: ClassVar[tuple[str, ...]] = ("steps_inside", "sum_loss")

    def __post_init__(self) -> None:
        """Refuse parameters beyond what the guard bands allow."""
        super().__post_init__()
        e = Fraction(self.epsilon)
        if e != 0 and not Fraction(1, 2**20) <= e <= 2**10:
            raise UsageError(f"epsilon {self.epsilon} is not allowed; type 0, or 0.000001 to 1024")
        for length in self.lengths:
            if not Fraction(1, 2**10) <= Fraction(length) <= 2**10:
                raise UsageError(f"length {length} is not allowed; type 0.001 to 1024")
        most = {"additive": 64, "multiplicative": 2, "coupled": 1}[self.kind]
        if len(self.lengths) > most:
            raise UsageError(
                f"{len(self.lengths)} lengths are not allowed for {self.name}; type 1 to {most}"
            )
        within(self.name, "dimensions", self.dimensions, 64)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """One learning rate, or one for each coordinate of the two-dimensional analogue."""
        return _AXES_2D if self.kind == "coupled" else (_AXIS_X,)

    @property
    def spec(self) -> str:
        """The name with every option that is not the default."""
        default = DEFAULTS[self.name]
        options = [
            f"{f}={getattr(self, f)}"
            for f in ("dimensions", "epsilon")
            if getattr(self, f) != default.get(f, type(self).__dataclass_fields__[f].default)
        ]
        if self.lengths != default.get("lengths", ("0.1",)):
            options.append("length=" + "/".join(self.lengths))
        return self.name + (":" + ",".join(options) if options else "")

    @property
    def title(self) -> str:
        """What is trained, in one line."""
        d = f", {self.dimensions} dimensions" if self.dimensions > 1 else ""
        return f"{self.kind} quadratic, e = {self.epsilon}, l = {', '.join(self.lengths)}{d}"

    @property
    def views(self) -> Mapping[str, Window]:
        """``start``: learning rates from 0 to 1.5."""
        return {"start": Window((("0", "1.5"),) * len(self.axes))}

    @property
    def program(self) -> DescentProgram:
        """The kernel text."""
        return DescentProgram(self.kind)

    def inputs(self, fmt: Format) -> dict[str, Tree]:
        """Return constants, the start x0 (dimensions, 1) and per-step frames."""
        e = Fraction(self.epsilon)
        waves = tuple(
            {
                "frequency": scalar(1 / Fraction(length), fmt),
                "pull": scalar(TWO_PI * e / Fraction(length), fmt),
            }
            for length in self.lengths
        )
        d = self.dimensions
        coordinates = (1, Fraction(1, 2)) if self.kind == "coupled" else (Fraction(1, d),) * d
        start = np.array([[scalar(x, fmt)] for x in coordinates], fmt.dtype)
        constants = common(fmt) | {
            "epsilon": scalar(e, fmt),
            "waves": waves,
            "coupling": scalar(Fraction(3, 5), fmt),
            "bound": scalar(10**8 * d, fmt),
            "band_state": scalar(Fraction(2) ** STATE_BAND[fmt.name], fmt),
        }
        # Nothing changes from step to step; the array only says how many there are.
        frames = {"step": np.zeros(self.steps, bool)}
        return {"constants": constants, "shared": {"start": start}, "frames": frames}

    def readout(self, sums: Sums) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
        """Return minus the sum of losses where the loss stayed below the bound, else the steps."""
        converged = sums["steps_inside"] == self.steps
        value = np.where(converged, -sums["sum_loss"], sums["steps_inside"])
        return value, converged.astype(np.uint8)


DEFAULTS: dict[str, dict[str, object]] = {
    "quadratic-additive": {},
    "quadratic-multiplicative": {"kind": "multiplicative"},
    "quadratic-two-cosine": {"kind": "additive", "lengths": ("0.3", "0.5")},
    "quadratic-2d": {"kind": "coupled", "epsilon": "0.05", "lengths": ("0.2",), "steps": 500},
}


def quadratic(name: str, **options: object) -> Quadratic:
    """Build a named member of the family with some options changed."""
    plain = Quadratic(name=name, steps=1000)
    return dataclasses.replace(plain, **{**DEFAULTS[name], **options})  # type: ignore[arg-type]
