"""Perturbed: a network's difference from one reference, as a Problem that every Backend can run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fractbench import measure
from fractbench.arithmetic.constants import BANDS, scalar
from fractbench.arithmetic.formats import Format
from fractbench.problems.base import Axis, Problem, Sums
from fractbench.problems.mlp import Mlp, banded
from fractbench.problems.network import Activation
from fractbench.tree import Tree
from fractbench.window import Window
from fractbench.zoom.levels import BITS, KNOWN, LIMIT, inverses_of
from fractbench.zoom.orbit import Orbit
from fractbench.zoom.program import PerturbedProgram

CHANGE_BAND = -40
"""Exponent of two below which the change of an activation counts as 0."""
GATE_BAND = -120
"""The same for relu's u, which differences of level 6 are held against, 2**-96 and less."""
HELD = {"u": "slope", "h": "unit", "q": "unit", "e": "state", "d": "slope", "v": "state",
        "gW": "tiny", "gv": "tiny"}  # fmt: skip
"""The guard band of every part of an orbit."""


@dataclass(frozen=True, kw_only=True)
class Perturbed(Problem):
    """The training of `base` beside an orbit, from `level` down; made by `perturbed`."""

    base: Mlp
    orbit: Orbit
    level: int
    nudged: bool = False

    accumulators: ClassVar[tuple[str, ...]] = (*measure.ACCUMULATORS, "level")

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Those of the base."""
        return self.base.axes

    @property
    def title(self) -> str:
        """That of the base."""
        return f"{self.base.title}, beside a reference"

    @property
    def views(self) -> Mapping[str, Window]:
        """Those of the base."""
        return self.base.views

    @property
    def program(self) -> PerturbedProgram:
        """The kernel text."""
        return PerturbedProgram(self.base.activation, self.base.minibatch, self.base.offset)

    def inputs(self, fmt: Format) -> dict[str, Tree]:
        """Return constants, data and the orbit's frames; one ulp off where it is `nudged`."""
        given, orbit = self.base.inputs(fmt), self.orbit
        known = range(inverses_of(self.base.activation))
        level = [scalar(n, fmt) for n in known]
        sigmas = tuple(scalar(2.0 ** (-BITS * n), fmt) for n in range(KNOWN))
        inverses = tuple(scalar(2.0 ** (BITS * n), fmt) for n in known)
        constants = given["constants"] | {
            "levels": tuple(level), "sigmas": sigmas, "inverses": inverses,
            "limit": scalar(2**LIMIT, fmt),
            "top": scalar(1 + 2.0**-23 if self.nudged else 1, fmt),
            "band_change": scalar(2.0**CHANGE_BAND, fmt),
        }  # fmt: skip
        shared = {
            "X": given["shared"]["X"],
            "level": np.full(1, self.level, fmt.dtype),
            "rate_W": np.full(1, orbit.rates[0], fmt.dtype),
            "rate_v": np.full(1, orbit.rates[1], fmt.dtype),
        }
        bands = {**BANDS[fmt.name], "gate": GATE_BAND}
        exact = {name: orbit.frames[name].astype(np.float64) for name in HELD}
        frames = given["frames"] | {
            name: self._off(banded(exact[name], fmt, bands[band]))
            for name, band in held(self.base.activation).items()
        }
        return {"constants": constants, "shared": shared, "frames": frames}

    def _off(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the values, every other one an ulp larger and the rest smaller if `nudged`."""
        return nudge(values) if self.nudged else values

    def readout(self, sums: Sums) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
        """Return the published value and class."""
        return measure.readout(sums, self.steps)


def held(activation: Activation) -> dict[str, str]:
    """Return the guard bands of the parts of an orbit."""
    return HELD | ({"u": "gate"} if activation == "relu" else {})


def nudge(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return values one ulp off, away from 0 and towards it by turns; 0 and 1 stay."""
    far = np.nextafter(values, np.where(values > 0, np.inf, -np.inf).astype(values.dtype))
    near = np.nextafter(values, values.dtype.type(0))
    turns = (np.arange(values.size) % 2).reshape(values.shape).astype(bool)
    return np.where((values == 0) | (values == 1), values, np.where(turns, far, near))


def perturbed(base: Mlp, orbit: Orbit, level: int, *, nudged: bool = False) -> Perturbed:
    """Return the Problem of differences from an orbit."""
    return Perturbed(name=base.name, steps=base.steps, base=base, orbit=orbit, level=level,
                     nudged=nudged)  # fmt: skip


def level_of(spread: Fraction) -> int:
    """Return the level at which a difference of that size is about one."""
    return max(0, exponent(spread) // -BITS)


def exponent(value: Fraction) -> int:
    """Return the exponent of two of a positive number, to within one."""
    return value.numerator.bit_length() - value.denominator.bit_length()
