"""FusedHostOps: the host's Ops under the contract `fma`; the reference for fused kernels.

NumPy has no fused multiply-add, so `mad` computes one from exact parts and rounds once: what is
left of the sum is rounded to odd first, which makes the second rounding harmless (Boldo and
Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd",
IEEE Transactions on Computers 57, 2008). In float32 the product is exact in float64; in float64
it is the sum of two numbers (Dekker 1971). Slow; meant for goldens.
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
_SMALL, _LARGE = 2.0**-900, 2.0**990
"""Products between them, of factors and with summands below _LARGE, have no part that under- or
overflows; all others are computed one by one."""


class FusedHostOps(HostOps):
    """NumPy with an emulated `mad` that rounds once."""

    fused = True

    def mad(self, a: Any, b: Any, c: Any) -> Any:
        """The correctly rounded a b + c."""
        if self.dtype == FLOAT32.name:
            product = a.astype(np.float64) * b
            total, rest = _two_sum(product, c.astype(np.float64))
            return rounded_to_odd(total, rest).astype(np.float32)
        return _mad64(a, b, c)


def rounded_to_odd(s: Doubles, rest: Doubles) -> Doubles:
    """Round s + rest to odd, where s is that sum rounded to nearest and `rest` its error.

    That is s where nothing is left, else the neighbour of the sum whose last bit is set: the sum
    cut off towards zero, and then that bit. It writes over s and leaves what is no number alone.
    """
    inexact = np.abs(rest) > 0
    beyond = inexact & ((s < 0) != (rest < 0))
    bits = s.view(np.int64)
    bits -= beyond
    bits |= inexact
    return s


def _mad64(a: Doubles, b: Doubles, c: Doubles) -> Doubles:
    product, low = exact_product(a, b)
    s, t = _two_sum(c, low)
    total, u = _two_sum(product, s)
    out: Doubles = total + rounded_to_odd(*_two_sum(t, u))
    size = np.abs(product)
    tame = (size > _SMALL) & (size < _LARGE) & (np.abs(c) < _LARGE) & (c != 0)
    tame &= (np.abs(a) < _LARGE) & (np.abs(b) < _LARGE)
    if not tame.all():
        _mend(out, ~tame, *np.broadcast_arrays(a, b, c, product))
    return out


def _mend(
    out: Doubles, where: NDArray[np.bool_], a: Doubles, b: Doubles, c: Doubles, product: Doubles
) -> None:
    """Put right what has a zero, no number, or a size at which the parts are not exact."""
    a, b, c, plain = a[where], b[where], c[where], product[where]
    finite = np.isfinite(a) & np.isfinite(b)
    found = np.where(finite & ~np.isfinite(c), c, plain + c)
    hard = finite & np.isfinite(c) & (a != 0) & (b != 0)
    hard &= (c != 0) | (np.abs(plain) < _SMALL) | (np.abs(plain) > _LARGE)
    for i in np.flatnonzero(hard):
        found[i] = _exactly(float(a[i]), float(b[i]), float(c[i]))
    out[where] = found


def _exactly(a: float, b: float, c: float) -> float:
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact == 0:
        return 0.0
    try:
        rounded = FLOAT64.round(exact)
    except OverflowError:
        rounded = np.inf
    return float(np.copysign(rounded, 1 if exact > 0 else -1))


def _two_sum(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    s = a + b
    v = s - a
    return s, (a - (s - v)) + (b - v)


def exact_product(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    """Return the rounded a b and its error."""
    product = a * b
    a_high, b_high = _high(a), _high(b)
    a_low, b_low = a - a_high, b - b_high
    rest = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, rest


def _high(a: Doubles) -> Doubles:
    t = _SPLIT * a
    return t - (t - a)
