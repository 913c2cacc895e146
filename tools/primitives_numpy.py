"""The strict primitives in NumPy, for the programs that derive and prove their coefficients.

NumPy rounds each +, - and * of an array once, to nearest, and fuses none of them.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Polynomial = list[float]  # highest degree first, each value exact in the format of the argument


def horner(coefficients: Polynomial, t: Array) -> Array:
    """Evaluate a polynomial in the format of t."""
    value = np.full_like(t, coefficients[0])
    for coefficient in coefficients[1:]:
        value = value * t + t.dtype.type(coefficient)
    return value


def reciprocal(d: Array, magic: int, newton: int) -> Array:
    """Evaluate the strict reciprocal of positive normal numbers."""
    integer = np.int32 if d.dtype == np.float32 else np.int64
    r: Array = np.subtract(magic, d.view(integer), dtype=integer).view(d.dtype)
    two = d.dtype.type(2)
    for _ in range(newton):
        r = r * (two - d * r)
    return r


def tanh_inside(x: Array, p: Polynomial, q: Polynomial, magic: int, newton: int) -> Array:
    """Evaluate the strict tanh for |x| <= limit; in float64 p and q are for half of x."""
    t = x * x
    m, d = x * horner(p, t), horner(q, t)
    if x.dtype == np.float64:
        m, d = (x.dtype.type(2) * m) * d, m * m + d * d
    return m * reciprocal(d, magic, newton)


def sin2pi(r: Array, odd: Polynomial) -> Array:
    """Evaluate the strict sin(2 pi r) for |r| <= 1/4."""
    return r * horner(odd, r * r)
