from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fractbench.arithmetic.exact import power_of_ten, square_root
from fractbench.arithmetic.formats import FLOAT32, FLOAT64

EXPONENTS = st.fractions(-30, 30, max_denominator=10**9)


def rounded_by_mpmath(value, precision):
    """Round an mpf of high precision to float's range without subnormals, ties impossible."""
    with mpmath.workprec(precision):
        return float(+value)


def power(exponent):
    with mpmath.workprec(400):
        return mpmath.mpf(10) ** (mpmath.mpf(exponent.numerator) / exponent.denominator)


@given(EXPONENTS)
@settings(max_examples=200)
def test_power_of_ten_is_correctly_rounded(exponent):
    assert power_of_ten(exponent, FLOAT32) == rounded_by_mpmath(power(exponent), 24)
    assert power_of_ten(exponent, FLOAT64) == rounded_by_mpmath(power(exponent), 53)


@pytest.mark.parametrize("exponent", range(-37, 39))
def test_integer_powers_are_exact_decimals(exponent):
    found = power_of_ten(Fraction(exponent), FLOAT32)
    assert found == float(np.float32(f"1e{exponent}"))
    assert power_of_ten(Fraction(exponent), FLOAT64) == float(f"1e{exponent}")


@pytest.mark.parametrize("digits", [25, 60, 150])
def test_powers_next_to_a_tie_fall_on_the_right_side(digits):
    tie = 1 + Fraction(1, 2**24)
    with mpmath.workdps(digits + 50):
        log = mpmath.log10(mpmath.mpf(tie.numerator) / tie.denominator)
        scaled = int(mpmath.floor(log * mpmath.mpf(10) ** digits))
    below, above = (Fraction(scaled + k, 10**digits) for k in (0, 1))
    assert power_of_ten(below, FLOAT32) == 1.0
    assert power_of_ten(above, FLOAT32) == 1 + 2.0**-23


def test_rounding_by_way_of_float64_gives_other_bits():
    """Even a correctly rounded float64 power lands on the tie, and from there on the even side."""
    with mpmath.workdps(60):
        exponent = Fraction(
            int(mpmath.ceil(mpmath.log10(1 + mpmath.mpf(2) ** -24) * 10**40)), 10**40
        )
    naive = np.float32(power_of_ten(exponent, FLOAT64))
    assert (naive, power_of_ten(exponent, FLOAT32)) == (1.0, 1 + 2.0**-23)


def test_a_float64_logspace_is_not_correctly_rounded():
    count = 512
    with np.errstate(all="raise"):
        naive = 10.0 ** np.linspace(-3, 6, count)
    exact = [power_of_ten(-3 + Fraction(9 * k, count - 1), FLOAT64) for k in range(count)]
    assert np.mean(naive != exact) > 0.5


@given(st.fractions(Fraction(1, 10**6), 10**6, max_denominator=10**6))
def test_square_root_is_correctly_rounded(value):
    with mpmath.workprec(400):
        root = mpmath.sqrt(mpmath.mpf(value.numerator) / value.denominator)
    assert square_root(value, FLOAT32) == rounded_by_mpmath(root, 24)


@pytest.mark.parametrize("root", [Fraction(1), Fraction(3, 4), Fraction(181), Fraction(1, 2**40)])
def test_perfect_squares_end(root):
    assert square_root(root * root, FLOAT32) == float(root)
