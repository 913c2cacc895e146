"""Reading: what the agreement check compares of a map, flat and in float64.

Of the published measure it takes the class, the `value` that the picture shows and `last`, the sum
over the last steps that decides the class. `slack` is what rounding the running sums alone may do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fractbench.map import Map
from fractbench.measure import LAST

Reals = NDArray[np.float64]
MEASURES = ("value", "last")


@dataclass(frozen=True)
class Reading:
    """The class and the measures of every pixel, in row order from the lowest y."""

    classes: NDArray[np.uint8]
    value: Reals
    last: Reals

    @classmethod
    def of(cls, made: Map) -> Reading:
        """Read a map; the low word of the compensated sum is added where the value is sum 1/v."""
        sums = {name: array.ravel().astype(np.float64) for name, array in made.accumulators.items()}
        classes = made.classes.ravel()
        inverse = sums["sum_inverse"] + sums["sum_inverse_low"]
        converged = made.converged.ravel()
        return cls(classes, np.where(converged, -sums["sum_v"], inverse), sums["last"])


def slack(measure: str, center: Reals, steps: int, precision: int) -> Reals:
    """Return how far rounding may take a running sum in a format from the exact one.

    A sum of n terms of one sign errs by at most (n - 1) u, relative, u = 2**-precision (Higham,
    Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2). Strict kernels compensate
    sum 1/v and free ones need not. `last` decides at min(20, steps), so that is its scale.
    """
    u = 2.0**-precision
    if measure == "value":
        return np.asarray(steps * u * np.abs(center))
    late = min(LAST, steps)
    return np.asarray(late * u * np.maximum(center, late))
