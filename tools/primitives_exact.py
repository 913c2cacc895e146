"""Errors of float64 results, by mpmath; for tools/prove_primitives.py.

There are too many float64 arguments to try them all. A sample is taken instead, at equal steps of
the bit pattern, so that every binade of a range has the same share and the sample is the same on
every machine.
"""

from collections.abc import Callable
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np

from primitives_numpy import Array

Exact = Callable[[Any], Any]
BITS = 120
"""Of mpmath's results: 67 more than those of float64."""


def sample(low: float, high: float, count: int) -> Array:
    """Return `count` float64 numbers from low to high, both included."""
    first, last = (int(np.float64(end).view(np.int64)) for end in (low, high))
    steps = np.arange(count, dtype=np.int64) * ((last - first) // (count - 1))
    return np.append(first + steps[:-1], last).view(np.float64)


def errors(x: Array, results: Array, exact: Exact) -> Array:
    """Return the errors in units in the last place of the exact result, which is at most 1."""
    with mpmath.workprec(BITS):
        true = [exact(mpmath.mpf(float(value))) for value in x]
        near = np.array([float(value) for value in true])
        rest = np.array([float(t - n) for t, n in zip(true, near, strict=True)])
    ulp = np.spacing(np.minimum(near, 1 - 2.0**-53))
    return np.asarray(np.abs((results - near) - rest) / ulp)
