"""Places: differences of powers of ten are right to the last bit, however small."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractbench.window import Window
from fractbench.zoom.perturbed import exponent, level_of, nudge
from fractbench.zoom.place import differences, power, scaled

DIGITS = 400


def exact(exponent):
    return mpmath.power(10, mpmath.mpf(exponent.numerator) / exponent.denominator)


def error(found, expected):
    """Return the relative error of a fraction."""
    found = mpmath.mpf(found.numerator) / found.denominator
    return abs(found / expected - 1)


@pytest.mark.parametrize("apart", ["1e-9", "1e-30", "1e-100", "-1e-100", "0.5", "-7", "3e-300"])
@pytest.mark.parametrize("origin", ["0", "-0.75", "2.301807567137", "-27.5"])
def test_differences_are_exact_to_40_digits(origin, apart):
    start, apart = Fraction(origin), Fraction(apart)
    with mpmath.workdps(DIGITS):
        [found, nothing] = differences([start + apart, start], start)
        assert error(found, exact(start + apart) - exact(start)) < mpmath.mpf("1e-38")
    assert nothing == 0


def test_near_and_far_ones_together_are_exact_too():
    near, far = Fraction("1e-100"), Fraction(2)
    with mpmath.workdps(DIGITS):
        for found, apart in zip(differences([near, far], Fraction(0)), (near, far), strict=True):
            assert error(found, exact(apart) - 1) < mpmath.mpf("1e-38")


@given(st.fractions(-30, 12, max_denominator=10**9), st.integers(20, 120))
def test_powers_have_their_digits(exponent, digits):
    """An exponent of 30 costs two of them, of the 15 that differences take beyond their need."""
    with mpmath.workdps(DIGITS):
        assert error(power(exponent, digits), exact(exponent)) < mpmath.mpf(10) ** (3 - digits)


def test_powers_of_whole_numbers_are_exact():
    assert [power(Fraction(n), 30) for n in (-2, 0, 5)] == [Fraction(1, 100), 1, 10**5]


def test_scaled_numbers_are_rounded_once_and_hold_what_no_float32_does():
    tiny = Fraction(1, 2**300) * (1 + Fraction(1, 2**30))
    found = scaled([tiny, -tiny, Fraction(0)], 304)
    assert found.dtype == np.float32
    assert found.tolist() == [16, -16, 0]
    assert scaled([Fraction(1, 3)], 0).tolist() == [float(np.float32(1) / np.float32(3))]


def test_a_window_of_a_thousand_digits_keeps_its_middle():
    """A position through a float would put all pixels onto one place."""
    window = Window.around("0.1234567890123456789012345678901234567890,1", "1e-37")
    low, high = window.bounds(0)
    assert high - low == Fraction("1e-37")
    [left, right] = differences([low, high], (low + high) / 2)
    assert left < 0 < right
    assert abs(left + right) < right / 10**30


@given(st.integers(-500, 20), st.integers(1, 1 << 40))
def test_the_level_brings_a_spread_near_one(power_of_two, digits):
    spread = Fraction(digits) * Fraction(2) ** (power_of_two - 40)
    level = level_of(spread)
    assert level >= 0
    if level:
        assert spread * 2 ** (16 * level) <= 2
    assert spread * 2 ** (16 * level) >= Fraction(1, 2**17)


@given(st.fractions(min_value=Fraction(1, 10**60), max_value=10**60))
def test_an_exponent_is_right_to_within_one(value):
    assert Fraction(2) ** (exponent(value) - 1) <= value <= Fraction(2) ** (exponent(value) + 1)


@given(st.integers(1, 50), st.integers(0, 1000))
def test_nudged_numbers_are_one_ulp_off_by_turns(count, seed):
    values = np.random.default_rng(seed).normal(size=count).astype(np.float32)
    far = np.abs(nudge(values)) > np.abs(values)
    assert np.array_equal(far, np.arange(count) % 2 == 1)
    ulps = nudge(values).view(np.int32) - values.view(np.int32)
    assert set(np.abs(ulps)) == {1}


def test_zero_and_one_are_not_nudged():
    assert nudge(np.float32([0, 0, 1, 1])).tolist() == [0, 0, 1, 1]
