"""Places: exact positions of pixels, and what separates their hyperparameters from a reference's.

A position never passes through a float: it is a rational exponent of ten. The difference of two
powers of ten is taken with so many digits that 40 of them are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.formats import FLOAT32

DIGITS = 40
"""Significant digits that a difference keeps."""


@dataclass(frozen=True)
class Place:
    """Exact exponents of ten, one of each axis."""

    x: Fraction
    y: Fraction


def differences(exponents: Sequence[Fraction], origin: Fraction) -> list[Fraction]:
    """Return 10**exponent - 10**origin for every exponent, to `DIGITS` digits; 0 exactly at 0."""
    spread = [abs(e - origin) for e in exponents if e != origin]
    digits = DIGITS + 15 + len(str(int(1 / min(spread)) if spread else 0))
    start = power(origin, digits)
    return [Fraction(0) if e == origin else power(e, digits) - start for e in exponents]


def power(exponent: Fraction, digits: int) -> Fraction:
    """Return 10**exponent to so many significant digits."""
    context = Context(prec=digits)
    quotient = context.divide(Decimal(exponent.numerator), Decimal(exponent.denominator))
    return Fraction(context.power(Decimal(10), quotient))


def scaled(exact: Sequence[Fraction], bits: int) -> NDArray[np.float32]:
    """Return every number times 2**bits, rounded once to float32."""
    return np.array([FLOAT32.round(value * 2**bits) for value in exact], np.float32)
