"""Neighbours: pixels near one reference, trained as differences from it, twice.

The second time every number of the reference and every difference is one ulp off: a pixel whose
class this changes has lost its meaning, and its class is not to be believed. Nor is it where the
measure is at its threshold: there all pixels of a window round to one number, and their twins too.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Backend, Device, Tile
from fractbench.measure import ACCUMULATORS, LAST
from fractbench.problems.mlp import Mlp
from fractbench.zoom.levels import BITS, GATES, LIMIT
from fractbench.zoom.orbit import Orbit
from fractbench.zoom.perturbed import level_of, nudge, perturbed
from fractbench.zoom.place import differences, scaled

Sums = dict[str, NDArray[np.float32]]
EDGE = 2.0**-18
"""How near to 1 the mean of the last v decides nothing: float32 sums of hundreds of samples are off
by some dozen ulps, and a smooth boundary's pixels by less."""


class Neighbours:
    """One reference and the exact hyperparameters of columns and rows about it."""

    def __init__(
        self,
        problem: Mlp,
        orbit: Orbit,
        columns: Sequence[Fraction],
        rows: Sequence[Fraction],
        maker: tuple[Backend, Device],
    ) -> None:
        """Take the differences of all columns and rows and prepare two Kernels.

        Args:
            problem: what is trained.
            orbit: the reference.
            columns: exact exponents of x.
            rows: exact exponents of y.
            maker: who trains, under `strict` float32.
        """
        x = differences(columns, orbit.place.x)
        y = differences(rows, orbit.place.y)
        self.level = level_of(max((abs(d) for d in (*x, *y) if d), default=Fraction(1)))
        self._problem, self.orbit = problem, orbit
        self._kinked = self.level >= GATES and kinked(problem, orbit)
        self._x, self._y = scaled(x, BITS * self.level), scaled(y, BITS * self.level)
        backend, device = maker
        self._kernels = [
            backend.prepare(perturbed(problem, orbit, self.level, nudged=n), device, Arithmetic())
            for n in (False, True)
        ]
        self.tile = self._kernels[0].tile

    def train(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> tuple[Sums, NDArray[np.bool_]]:
        """Return the accumulators of pixels, each (count,), and whether an ulp changes their class.

        Args:
            columns: indices into the columns, (count,).
            rows: indices into the rows, (count,).
        """
        x, y = self._x[columns], self._y[rows]
        plain, off = self._kernels
        out = plain.run(Tile(0, len(x), {"x": x, "y": y}))
        twin = off.run(Tile(0, len(x), {"x": nudge(x), "y": nudge(y)}))
        classes = [self._problem.readout(sums)[1] for sums in (out, twin)]
        # Copies, because a framework may lend arrays that must not be written to.
        sums = {name: np.array(out[name]) for name in ACCUMULATORS}
        changed = classes[0] != classes[1]
        return sums, changed | undecided(sums["last"], self._problem.steps) | self._kinked

    def trajectory(
        self, columns: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the loss of every step, (steps, count)."""
        tile = Tile(0, len(columns), {"x": self._x[columns], "y": self._y[rows]})
        return np.asarray(self._kernels[0].trajectory(tile))


def kinked(problem: Mlp, orbit: Orbit) -> bool:
    """Return whether relu's gate may turn between a reference and its neighbours unseen.

    From level `GATES` on none turns; where the reference passes nearer to 0 than differences of
    those levels reach, some would.
    """
    if problem.activation != "relu":
        return False
    return bool(np.abs(orbit.frames["u"]).min() < 2.0 ** (LIMIT - BITS * GATES))


def undecided(last: NDArray[np.floating], steps: int) -> NDArray[np.bool_]:
    """Return whether the sum of the last v is what decides the class, to within its rounding."""
    threshold = min(LAST, steps)
    return np.asarray(np.abs(last - threshold) <= EDGE * threshold)
