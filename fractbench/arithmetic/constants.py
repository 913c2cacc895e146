"""The constants that every kernel text takes as arguments.

They are arguments, never literals: XLA re-associates captured constants and drops ``x + 0``, and
MLX prints captured floats with seven digits.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from fractbench.arithmetic.coefficients import RECIPROCAL, SIN2PI, TANH
from fractbench.arithmetic.formats import Format
from fractbench.tree import Tree

BANDS = {
    "float32": {"state": -50, "unit": -30, "slope": -60, "tiny": -100, "huge": 100},
    "float64": {"state": -400, "unit": -240, "slope": -480, "tiny": -100, "huge": 100},
}
"""Exponents of two of the guard bands, by dtype; docs/contract.md shows why they suffice."""


def scalar(value: Fraction | float | int, fmt: Format) -> np.ndarray:
    """Return a zero-dimensional array holding a number rounded once to the format."""
    return np.array(fmt.round(Fraction(value)), dtype=fmt.dtype)


def common(fmt: Format) -> dict[str, Tree]:
    """Return the constants of the primitives, the guard bands and the measure."""
    reciprocal, bands = RECIPROCAL[fmt.name], BANDS[fmt.name]
    tanh = TANH[fmt.name]
    out: dict[str, Tree] = {
        "zero": scalar(0, fmt),
        "quarter": scalar(Fraction(1, 4), fmt),
        "half": scalar(Fraction(1, 2), fmt),
        "one": scalar(1, fmt),
        "minus_one": scalar(-1, fmt),
        "two": scalar(2, fmt),
        "cap": scalar(10**6, fmt),
        "infinity": np.array(np.inf, dtype=fmt.dtype),
        "smallest_normal": scalar(Fraction(2) ** fmt.emin, fmt),
        "integer_zero": np.array(0, dtype=fmt.integer),
        "reciprocal_magic": np.array(reciprocal["magic"], dtype=fmt.integer),
        "tanh_numerator": _row(tanh["numerator"], fmt),
        "tanh_denominator": _row(tanh["denominator"], fmt),
        "tanh_limit": scalar(tanh["limit"][0], fmt),
        "sin2pi": _row(SIN2PI[fmt.name]["odd"], fmt),
    }
    out |= {f"band_{name}": scalar(Fraction(2) ** power, fmt) for name, power in bands.items()}
    return out


def _row(values: Iterable[float], fmt: Format) -> tuple[np.ndarray, ...]:
    return tuple(scalar(value, fmt) for value in values)
