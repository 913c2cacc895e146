"""The primitives in float64, against mpmath; those of float32 are in test_primitives.py."""

import itertools
import math

import mpmath
import numpy as np
import pytest

from fractbench.arithmetic.coefficients import TANH
from fractbench.arithmetic.constants import common
from fractbench.arithmetic.formats import FLOAT64
from fractbench.arithmetic.guard import guard
from fractbench.arithmetic.host import HostOps
from fractbench.arithmetic.reciprocal import reciprocal
from fractbench.arithmetic.sin2pi import cos2pi, sin2pi
from fractbench.arithmetic.tanh import tanh
from helpers import CheckedOps, floats, primitive

OPS = HostOps(FLOAT64)
LIMIT = TANH["float64"]["limit"][0]
DRAW = np.random.Generator(np.random.PCG64(64))
U = 2.0**-53


def f64(values):
    return floats(values, FLOAT64)


def run(function, x):
    return primitive(function, f64(x), ops=OPS)


def bits(array):
    return np.asarray(array).view(np.int64).tolist()


def worst(function, exact, x):
    """Return the largest error in units in the last place of the exact result."""
    errors = []
    with mpmath.workprec(160):
        for value, found in zip(x.tolist(), run(function, x).tolist(), strict=True):
            true = exact(mpmath.mpf(value))
            near = abs(float(true))
            ulp = math.ulp(near if near <= abs(true) else math.nextafter(near, 0))
            errors.append(float(abs(found - true) / ulp))
    return max(errors)


@pytest.mark.parametrize(
    "ends", [(1e-12, 2.0**-8), (2.0**-8, 0.25), (0.25, 1), (1, 2), (2, 6), (6, 12), (12, LIMIT)]
)
def test_tanh_is_within_six_ulp(ends):
    assert worst(tanh, mpmath.tanh, DRAW.uniform(*ends, 2000)) <= 6


def test_tanh_beyond_the_limit_is_within_six_ulp():
    assert worst(tanh, mpmath.tanh, DRAW.uniform(LIMIT, 20, 500)) <= 6


def test_tanh_of_small_numbers_is_the_number():
    x = f64([1e-12, 3e-20, 2.0**-240, 2.0**-827, 2.0**-1000])
    assert bits(run(tanh, x)) == bits(x)


def test_tanh_is_odd_to_the_bit_and_never_beyond_one():
    last = np.arange(np.float64(LIMIT).view(np.int64) - 100_000, np.float64(LIMIT).view(np.int64))
    x = np.concatenate([np.geomspace(1e-300, 1e300, 50_001), DRAW.uniform(12, 19, 200_000),
                        last.view(np.float64)])  # fmt: skip
    found = run(tanh, x)
    assert found.max() == 1
    assert bits(run(tanh, -x)) == bits(-found)


def test_no_double_has_a_tanh_beyond_one():
    """A bound on all roundings, from 17.75 to the limit; docs/contract.md says why below too.

    In that range m and d, their squares, the numerator, the sum and its reciprocal each stay in
    one binade, so that half an ulp of each is known.
    """
    k = common(FLOAT64)
    numerator, denominator = k["tanh_numerator"], k["tanh_denominator"]
    edges = np.linspace(17.75, LIMIT, 40)
    with mpmath.workprec(200):
        for a, b in itertools.pairwise(edges):
            (m, d), (m_top, d_top) = (
                (x * mpmath.polyval([float(c) for c in numerator], x * x),
                 mpmath.polyval([float(c) for c in denominator], x * x))
                for x in (mpmath.mpf(float(a)), mpmath.mpf(float(b)))
            )  # fmt: skip
            low, high = m * m + d * d, m_top * m_top + d_top * d_top
            assert 2**19 < m * m < d * d < d_top * d_top < 2**20 < low < high < 2**21
            # Of the numerator, of both squares, of their sum, each half an ulp of [2^20, 2^21);
            # of 2 - s r, of r; in m and d, where the slope is 1/cosh(x): all relative, in u.
            rounding = 3 * 2**20 / low + 1.5 + high / 2**21 + 40 / mpmath.cosh(17.75) + 0.001
            g = 2 * m_top * d_top / high
            assert rounding * U <= 1 - g + U


def test_tanh_saturates_exactly():
    beyond = [np.nextafter(LIMIT, 99), 18.8, 19.06, 22, 1e10, 1e160, 1e308, np.inf]
    assert (run(tanh, beyond) == 1).all()
    assert (run(tanh, -f64(beyond)) == -1).all()
    assert 1 - 5 * U <= run(tanh, [LIMIT])[0] <= 1


def test_tanh_keeps_nan_and_signed_zeros():
    assert np.isnan(run(tanh, [np.nan, -np.nan])).all()
    assert bits(run(tanh, [0.0, -0.0])) == bits(f64([0.0, -0.0]))


def test_reciprocal_is_within_two_ulp():
    assert worst(reciprocal, lambda d: 1 / d, DRAW.uniform(1, 2, 5000)) <= 2
    assert worst(reciprocal, lambda d: 1 / d, np.ldexp(1.37, np.arange(-1021, 100))) <= 2


def test_reciprocal_of_special_values():
    x = [0, -0.0, 1e-310, -1e-310, np.inf, -np.inf, 2.0**101, -(2.0**101), 1, -4, np.nan]
    found = run(reciprocal, x)
    expected = [np.inf, -np.inf, np.inf, -np.inf, 0, -0.0, 0, -0.0, 1, -0.25]
    assert bits(found[:-1]) == bits(f64(expected))
    assert np.isnan(found[-1])


@pytest.mark.parametrize(
    ("function", "exact"), [(sin2pi, mpmath.sinpi), (cos2pi, mpmath.cospi)]
)  # fmt: skip
@pytest.mark.parametrize("scale", [0.25, 37.5, 2.0**40])
def test_sine_and_cosine_are_within_four_ulp(function, exact, scale):
    x = DRAW.uniform(-scale, scale, 1500)
    x = x[run(function, x) != 0]
    assert x.size > 1000
    assert worst(function, lambda turn: exact(2 * turn), x) <= 4


def test_sine_and_cosine_at_quarters_and_signs():
    x = [0, 0.25, 0.5, 0.75, 1, -0.25, -0.5, 1e6, 2.0**60, 12345.25]
    assert run(sin2pi, x).tolist() == [0, 1, 0, -1, 0, -1, 0, 0, 0, 1]
    assert run(cos2pi, x).tolist() == [1, 0, -1, 0, 1, 0, -1, 1, 1, 0]
    x = DRAW.uniform(0.001, 2.999, 9999)
    assert bits(run(sin2pi, -x)) == bits(-run(sin2pi, x))
    assert bits(run(cos2pi, -x)) == bits(run(cos2pi, x))
    near_quarter = 0.25 - np.arange(200_000) * 2.0**-54
    assert run(sin2pi, near_quarter).max() == 1
    assert np.isnan(run(sin2pi, [np.inf, np.nan])).all()


@pytest.mark.parametrize("function", [reciprocal, tanh, sin2pi, cos2pi])
def test_every_intermediate_is_float64(function):
    x = f64([0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 0.25, 18.1, 1e-300, 1e300, 2.0**-1022])
    assert primitive(function, x, ops=CheckedOps(FLOAT64)).dtype == np.float64


def test_guard_takes_only_what_is_below_the_band():
    x = f64([2.0**-400, -(2.0**-400), np.nextafter(2.0**-400, 0), 1e-310, 1])
    found = run(lambda o, k, v: guard(o, k, v, "state"), x)
    assert found.tolist() == [2.0**-400, -(2.0**-400), 0, 0, 1]
