"""Binary floating-point formats: what a contract needs to know of float32 and float64."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np


@dataclass(frozen=True)
class Format:
    """One IEEE 754 binary format.

    `precision` counts the significand's bits, the hidden one included; `emin` and `emax` are the
    exponents of the smallest and the largest normal binade; `integer` is the signed integer dtype
    of the same size.
    """

    name: str
    precision: int
    emin: int
    emax: int
    integer: str

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """The NumPy dtype."""
        return np.dtype(self.name)

    def round(self, value: Fraction) -> float:
        """Round an exact number once, to nearest, ties to even.

        Raises:
            OverflowError: the value lies beyond the largest finite number.
        """
        if value == 0:
            return 0.0
        magnitude = abs(value)
        exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
        if magnitude < Fraction(2) ** exponent:
            exponent -= 1
        last_place = max(exponent, self.emin) - (self.precision - 1)
        digits = round(value / Fraction(2) ** last_place)
        if exponent > self.emax or abs(digits) >= 1 << (self.emax - last_place + 1):
            raise OverflowError(f"2**{exponent} is beyond {self.name}")
        return math.ldexp(digits, last_place)


FLOAT32 = Format("float32", 24, -126, 127, "int32")
FLOAT64 = Format("float64", 53, -1022, 1023, "int64")
FORMATS = {f.name: f for f in (FLOAT32, FLOAT64)}
