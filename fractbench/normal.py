"""Standard normal numbers from random words, by + - * / and square root alone.

Those five are rounded correctly by every float64 unit, so the numbers are the same bits on every
system, which `log` and `normal` of a library are not. The quantile function is Wichura's AS 241
(Applied Statistics 37, 1988), accurate to 1e-16.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_MIDDLE = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
     1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
     4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
     0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494,
     2.05319162663775882187, 1.0),
)  # fmt: skip
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
     0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358,
     5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
     7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531,
     0.59983220655588793769, 1.0),
)  # fmt: skip
_LN2 = 0.6931471805599453


def normal(words: NDArray[np.uint64]) -> Reals:
    """Return one standard normal number for each 32-bit word, by the inverse distribution.

    A word w stands for the probability (w + 1/2) / 2**32, so values lie within +-6.4.
    """
    p = (words.astype(np.float64) + 0.5) / 4294967296.0
    q = p - 0.5
    tail = np.minimum(p, 1.0 - p)
    r = np.sqrt(-_log(tail))
    centre = q * _ratio(_CENTRE, 0.180625 - q * q)
    outer = np.where(r <= 5.0, _ratio(_MIDDLE, r - 1.6), _ratio(_TAIL, r - 5.0))
    return np.where(np.abs(q) <= 0.425, centre, np.where(q < 0, -outer, outer))


def _ratio(pair: tuple[tuple[float, ...], tuple[float, ...]], r: Reals) -> Reals:
    return _horner(pair[0], r) / _horner(pair[1], r)


def _horner(coefficients: tuple[float, ...], r: Reals) -> Reals:
    value = np.full_like(r, coefficients[0])
    for coefficient in coefficients[1:]:
        value = value * r + coefficient
    return value


def _log(x: Reals) -> Reals:
    """Return ln x for 0 < x < 1: exponent and mantissa apart, then the series of atanh."""
    mantissa, exponent = np.frexp(x)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    t = s * s
    series = np.zeros_like(x)
    for power in range(41, 0, -2):
        series = series * t + 1.0 / power
    return exponent * _LN2 + 2.0 * s * series
