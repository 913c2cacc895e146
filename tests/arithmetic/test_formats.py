from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fractbench.arithmetic.formats import FLOAT32, FLOAT64, FORMATS

HALF_ULP = Fraction(1, 2**24)
SMALLEST = Fraction(1, 2**149)
LARGEST = (2 - Fraction(1, 2**23)) * 2**127


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(5e-324)
@example(2.0**-126 * (1 - 2.0**-25))
@example(1e-46)
def test_rounds_a_float64_as_numpy_does(value):
    with np.errstate(over="ignore", under="ignore"):
        expected = np.float32(value)
    if np.isinf(expected):
        with pytest.raises(OverflowError):
            FLOAT32.round(Fraction(value))
    else:
        assert FLOAT32.round(Fraction(value)) == expected


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_rounds_a_sum_to_float64_as_the_processor_does(a, b):
    assert FLOAT64.round(Fraction(a) + Fraction(b)) == a + b


@given(st.floats(-1e150, 1e150), st.floats(1e-150, 1e150))
def test_rounds_a_quotient_to_float64_as_the_processor_does(a, b):
    assert FLOAT64.round(Fraction(a) / Fraction(b)) == a / b


@given(st.fractions(Fraction(-(10**30)), Fraction(10**30)))
def test_is_nearest_and_odd(value):
    rounded = FLOAT32.round(value)
    assert float(np.float32(rounded)) == rounded
    above, below = (np.nextafter(np.float32(rounded), np.float32(s)) for s in (np.inf, -np.inf))
    error = abs(Fraction(rounded) - value)
    assert all(error <= abs(Fraction(float(other)) - value) for other in (above, below))
    assert FLOAT32.round(-value) == -rounded


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1 + HALF_ULP, 1.0),  # ties go to even: down here,
        (1 + 3 * HALF_ULP, 1 + 2.0**-22),  # and up here
        (1 + HALF_ULP + Fraction(1, 10**60), 1 + 2.0**-23),
        (1 - HALF_ULP / 2, 1.0),
        (Fraction(2**24 + 1), 2.0**24),
        (SMALLEST, 2.0**-149),
        (SMALLEST / 2, 0.0),
        (SMALLEST * Fraction(3, 2), 2.0**-148),
        (Fraction(1, 2**126) - SMALLEST / 2, 2.0**-126),
        (LARGEST, float(LARGEST)),
        (LARGEST + Fraction(2**103) - 1, float(LARGEST)),
        (Fraction(0), 0.0),
    ],
)
def test_ties_subnormals_and_the_largest(value, expected):
    assert FLOAT32.round(value) == expected
    assert FLOAT32.round(-value) == -expected


@pytest.mark.parametrize("value", [LARGEST + Fraction(2**103), Fraction(10) ** 39])
def test_overflow_is_refused_and_names_the_format(value):
    for signed in (value, -value):
        with pytest.raises(OverflowError, match="float32"):
            FLOAT32.round(signed)


def test_dtypes_have_the_declared_limits():
    for name, fmt in FORMATS.items():
        limits = np.finfo(name)
        assert fmt.dtype == np.dtype(name)
        assert (limits.nmant + 1, limits.minexp, limits.maxexp - 1) == (
            fmt.precision, fmt.emin, fmt.emax,
        )  # fmt: skip
        assert np.dtype(fmt.integer).itemsize == fmt.dtype.itemsize
