from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractbench.arithmetic import guard as guards
from fractbench.arithmetic.horner import horner
from fractbench.arithmetic.reciprocal import reciprocal
from fractbench.arithmetic.sin2pi import cos2pi, sin2pi
from fractbench.arithmetic.tanh import tanh
from fractbench.arithmetic.two_sum import two_sum
from helpers import FMT, CheckedOps, K, f32, primitive, ulps

SPECIALS = f32(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 0.25, 7.77, -9.0, 1e-30, 1e30, 2.0**-126]
)
NUMBERS = st.floats(-(2.0**100), 2.0**100, width=32).filter(lambda x: x == 0 or abs(x) > 1e-20)


def bits(array):
    return np.asarray(array).view(np.int32).tolist()


def guard(ops, k, x):
    return guards.guard(ops, k, x, "state")


@given(NUMBERS, NUMBERS)
def test_two_sum_is_exact(a, b):
    s, e = primitive(lambda o, k, x, y: two_sum(o, x, y), f32([a]), f32([b]))
    assert s[0] == np.float32(a) + np.float32(b)
    assert Fraction(float(s[0])) + Fraction(float(e[0])) == Fraction(a) + Fraction(b)


def test_guard_takes_only_what_is_below_the_band():
    band = 2.0**-50
    just_below = np.nextafter(np.float32(band), np.float32(0))
    x = f32([band, -band, just_below, -just_below, 1e-38, 2.0**-149, -0.0, 1, -np.inf])
    expected = f32([band, -band, 0, 0, 0, 0, 0, 1, -np.inf])
    assert bits(primitive(guard, x)) == bits(expected)
    assert np.isnan(primitive(guard, f32([np.nan]))[0])


def test_horner_rounds_every_product_and_sum():
    coefficients, t = f32([3.3, -1.7, 0.9]), f32([1.1, -7.3])
    found = primitive(lambda o, k, x: horner(o, list(coefficients), x), t)
    assert bits(found) == bits((coefficients[0] * t + coefficients[1]) * t + coefficients[2])


def test_reciprocal_of_special_values():
    x = f32([0, -0.0, 1e-40, -1e-40, np.inf, -np.inf, 2.0**101, -(2.0**101), np.nan])
    found = primitive(reciprocal, x)
    assert bits(found[:-1]) == bits(f32([np.inf, -np.inf, np.inf, -np.inf, 0, -0.0, 0, -0.0]))
    assert np.isnan(found[-1])


def test_reciprocal_is_within_two_ulp():
    x = f32(np.linspace(1, 2, 100_001))
    assert ulps(primitive(reciprocal, x), 1 / x.astype(np.float64)).max() <= 2
    wide = f32(np.ldexp(1.37, np.arange(-126, 101)))
    wide = wide[wide <= np.float32(2.0**100)]
    assert ulps(primitive(reciprocal, wide), 1 / wide.astype(np.float64)).max() <= 2


def test_reciprocal_is_odd():
    x = f32(np.geomspace(1e-30, 1e30, 999))
    assert bits(primitive(reciprocal, -x)) == bits(-primitive(reciprocal, x))


@pytest.mark.parametrize("ends", [(1e-9, 2.0**-12), (2.0**-12, 0.25), (0.25, 2), (2, 9.2)])
def test_tanh_is_within_eight_ulp_of_float64(ends):
    x = f32(np.geomspace(*ends, 200_001))
    exact = np.tanh(x.astype(np.float64))  # itself within 1e-8 of these ulp
    assert ulps(primitive(tanh, x), exact).max() <= 8


def test_tanh_is_within_eight_ulp_of_the_true_value():
    x = f32(np.linspace(0.001, 9, 500))
    with mpmath.workdps(40):
        exact = np.array([float(mpmath.tanh(mpmath.mpf(float(v)))) for v in x])
    assert ulps(primitive(tanh, x), exact).max() <= 8


def test_tanh_is_odd_to_the_bit_and_never_beyond_one():
    x = f32(np.concatenate([np.geomspace(1e-38, 1e38, 100_001), np.linspace(6, 10, 100_001)]))
    found = primitive(tanh, x)
    assert found.max() == 1
    assert bits(primitive(tanh, -x)) == bits(-found)


def test_tanh_saturates_exactly():
    limit = K["tanh_limit"]
    beyond = f32([np.nextafter(limit, np.float32(99)), 8, 9.0109, 1e10, 3e38, np.inf])
    assert (primitive(tanh, beyond) == 1).all()
    assert (primitive(tanh, -beyond) == -1).all()
    assert primitive(tanh, limit[None])[0] <= 1


def test_tanh_keeps_nan_and_signed_zeros():
    assert np.isnan(primitive(tanh, f32([np.nan, -np.nan]))).all()
    assert bits(primitive(tanh, f32([0.0, -0.0]))) == bits(f32([0.0, -0.0]))


@pytest.mark.parametrize(("function", "exact"), [(sin2pi, "sinpi"), (cos2pi, "cospi")])
@pytest.mark.parametrize("scale", [1, 37.5, 2.0**20])
def test_sine_and_cosine_are_accurate(function, exact, scale):
    x = f32(np.linspace(-scale, scale, 801))
    with mpmath.workdps(40):
        turn = [getattr(mpmath, exact)(2 * mpmath.mpf(float(v))) for v in x]
    exact = np.array([float(v) for v in turn])
    normal = np.abs(exact) > 2.0**-126
    found = primitive(function, x)
    assert ulps(found[normal], exact[normal]).max() <= 4
    assert (found[~normal] == 0).all()


def test_sine_and_cosine_at_quarters():
    x = f32([0, 0.25, 0.5, 0.75, 1, -0.25, -0.5, 1e6, 2.0**30, 12345.25])
    assert primitive(sin2pi, x).tolist() == [0, 1, 0, -1, 0, -1, 0, 0, 0, 1]
    assert primitive(cos2pi, x).tolist() == [1, 0, -1, 0, 1, 0, -1, 1, 1, 0]


def test_sine_is_odd_and_cosine_even():
    x = f32(np.linspace(0.001, 2.999, 9999))  # sin of a whole turn is +0 on both sides
    assert bits(primitive(sin2pi, -x)) == bits(-primitive(sin2pi, x))
    assert bits(primitive(cos2pi, -x)) == bits(primitive(cos2pi, x))


@pytest.mark.parametrize("function", [sin2pi, cos2pi])
def test_sine_and_cosine_of_what_is_no_number(function):
    assert np.isnan(primitive(function, f32([np.inf, -np.inf, np.nan]))).all()


@pytest.mark.parametrize("function", [guard, reciprocal, tanh, sin2pi, cos2pi])
def test_every_intermediate_has_the_dtype_of_the_format(function):
    assert primitive(function, SPECIALS, ops=CheckedOps(FMT)).dtype == np.float32
