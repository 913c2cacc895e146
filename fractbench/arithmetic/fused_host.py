"""FusedHostOps: the host's Ops under the contract `fma`; the reference for fused kernels.

NumPy has no fused multiply-add, so `mad` computes one from exact parts and rounds once: the sum of
the exact product and c is rounded to odd first, which makes the second rounding harmless (Boldo
and Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to
odd", IEEE Transactions on Computers 57, 2008). Slow; meant for goldens.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.formats import FLOAT32, FLOAT64
from fractbench.arithmetic.host import HostOps

Doubles = NDArray[np.float64]
_SPLIT = 2.0**27 + 1
_SAFE = 2.0**400
"""Within 1/_SAFE and _SAFE no part of a float64 product over- or underflows."""


class FusedHostOps(HostOps):
    """NumPy with an emulated `mad` that rounds once."""

    fused = True

    def mad(self, a: Any, b: Any, c: Any) -> Any:
        """The correctly rounded a b + c."""
        a, b, c = np.broadcast_arrays(a, b, c)
        if self.dtype == FLOAT32.name:
            product = a.astype(np.float64) * b
            return rounded_to_odd(product, c.astype(np.float64)).astype(np.float32)
        return _mad64(a, b, c)


def rounded_to_odd(a: Doubles, b: Doubles) -> Doubles:
    """Return a + b: itself where that is a number, else the neighbour whose last bit is set."""
    s = a + b
    v = s - a
    error = (a - (s - v)) + (b - v)
    even = (s.view(np.int64) & 1) == 0
    toward = np.where(error > 0, np.inf, -np.inf)
    inexact = np.isfinite(s) & (error != 0) & np.isfinite(error)
    return np.where(inexact & even, np.nextafter(s, toward), s)


def _mad64(a: Doubles, b: Doubles, c: Doubles) -> Doubles:
    high = a * b
    low = _product_error(a, b, high)
    s, t = _two_sum(c, low)
    u, v = _two_sum(high, s)
    out = u + rounded_to_odd(t, v)
    sizes = np.abs(np.stack([a, b, c]))
    tame = ((sizes > 1 / _SAFE) & (sizes < _SAFE)).all(axis=0)
    out = np.where(tame, out, high + c)
    numbers = np.isfinite(sizes).all(axis=0)
    some = (sizes != 0).all(axis=0)
    for where in np.argwhere(numbers & some & ~tame):
        place = tuple(where)
        out[place] = _exactly(float(a[place]), float(b[place]), float(c[place]))
    return np.where(np.isfinite(a) & np.isfinite(b) & np.isinf(c), c, out)


def _exactly(a: float, b: float, c: float) -> float:
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact == 0:
        return a * b + c
    try:
        return FLOAT64.round(exact)
    except OverflowError:
        return float(np.copysign(np.inf, float(exact > 0) - 0.5))


def _two_sum(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    s = a + b
    v = s - a
    return s, (a - (s - v)) + (b - v)


def _product_error(a: Doubles, b: Doubles, product: Doubles) -> Doubles:
    """Return a b - fl(a b), exactly (Dekker 1971)."""
    a_high, b_high = _high(a), _high(b)
    a_low, b_low = a - a_high, b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _high(a: Doubles) -> Doubles:
    t = _SPLIT * a
    return t - (t - a)
