"""Reference orbits: float64 and FLINT agree where training is tame, and part where it is not."""

from __future__ import annotations

import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from deep_windows import Case
from fractbench.errors import BackendUnavailableError
from fractbench.problems.catalogue import problem
from fractbench.zoom.orbit import converged
from fractbench.zoom.orbit_float64 import orbit_float64
from fractbench.zoom.orbit_precise import orbit_precise
from fractbench.zoom.place import Place
from fractbench.zoom.precision import bits_for, orbit

NETWORKS = ("tanh:width=8", "relu:width=8", "linear", "single", "minibatch:width=8",
            "init-offset:width=8", "weight-drift:width=8")  # fmt: skip
TAME = Place(Fraction(-1), Fraction(1, 3))
STEPS = 12
CHAOTIC = Case("tanh:width=8", "4.225397553343455723", "1.297548536456365991")
WILD = Place(Fraction(CHAOTIC.x), Fraction(CHAOTIC.y))


@pytest.mark.parametrize("name", NETWORKS)
def test_float64_and_128_bits_give_the_same_frames(name):
    """Each was rounded once to float32, so all but a few of them have the same bits.

    The others lie so near to the middle of two float32 numbers that float64 decides them wrongly,
    or are differences in which float64 has lost what float32 shows.
    """
    chosen = problem(name).with_steps(STEPS)
    found, exact = orbit_float64(chosen, TAME), orbit_precise(chosen, TAME, 128)
    assert set(found.frames) == set(exact.frames) == {"u", "h", "q", "e", "d", "v", "gW", "gv"}
    for key, array in exact.frames.items():
        other = found.frames[key]
        assert array.dtype == other.dtype == np.float32
        assert array.shape == other.shape
        largest = np.abs(array).max()
        assert np.abs(array - other).max() <= 2.0**-23 * largest, key
        assert (array == other).mean() > 0.999, key
    assert found.rates == exact.rates
    assert found.converged == exact.converged
    assert (found.bits, exact.bits) == (53, 128)


def test_an_orbit_is_a_training_in_arbitrary_precision():
    """Three steps of `single:width=2`, written anew with mpmath."""
    chosen, place = problem("single:width=2,seed=1").with_steps(3), Place(Fraction(1), Fraction(1))
    with mpmath.workdps(50):
        expected = trained(chosen.instance, mpmath.mpf(10), 3)
    found = orbit_precise(chosen, place, 160)
    assert found.frames["e"][:, 0, 0].tolist() == [float(np.float32(float(e))) for e in expected]


def trained(drawn, rate, steps):
    """Return the error of every step of a network with one sample and two units."""
    n = 2
    W = mpmath.matrix(drawn.W.tolist())
    v = mpmath.matrix(drawn.v.tolist())
    x = mpmath.matrix(drawn.X[0].tolist())
    errors = []
    for _ in range(steps):
        h = [mpmath.tanh(sum(x[i] * W[i, j] for i in range(n))) for j in range(n)]
        e = sum(h[j] * v[j] for j in range(n)) / n - mpmath.mpf(float(drawn.y[0]))
        errors.append(e)
        back = [2 * e * v[j] / n * (1 - h[j] ** 2) for j in range(n)]
        for j in range(n):
            v[j] -= rate * 2 * e * h[j] / n
            for i in range(n):
                W[i, j] -= rate * x[i] * back[j]
    return errors


def test_precision_matters_where_training_is_chaotic():
    coarse, fine, finer = (orbit(CHAOTIC.problem, WILD, bits) for bits in (53, 192, 256))
    assert not np.allclose(coarse.frames["u"][-1], fine.frames["u"][-1], rtol=0.1)
    for key, array in finer.frames.items():
        assert np.array_equal(fine.frames[key], array), key


def test_a_place_beyond_float64_is_another_orbit():
    """Places 1e-18 decades apart are one in float64 and two at 192 bits."""
    near = Place(WILD.x + Fraction("1e-18"), WILD.y)
    for bits, one in ((53, True), (192, False)):
        ends = [orbit(CHAOTIC.problem, place, bits).frames["u"][-1] for place in (WILD, near)]
        assert np.array_equal(*ends) == one


@pytest.mark.parametrize(("apart", "bits"), [("1", 53), ("2e-9", 53), ("5e-10", 128),
                                             ("1e-20", 192), ("1e-30", 192), ("1e-40", 256),
                                             ("1e-100", 448)])  # fmt: skip
def test_the_precision_follows_from_the_spacing(apart, bits):
    assert bits_for(Fraction(apart)) == bits


def test_a_training_that_blows_up_is_no_reference():
    chosen = problem("linear").with_steps(STEPS)
    wild = Place(Fraction(4), Fraction(4))
    for found in (orbit_float64(chosen, wild), orbit_precise(chosen, wild, 128)):
        assert not found.converged
    assert orbit_float64(chosen, TAME).converged


def test_the_measure_of_a_reference_is_the_published_one():
    assert converged(np.array([2.0] + [1.9] * 24), 25)
    assert not converged(np.array([2.0] + [2.1] * 24), 25)
    assert not converged(np.array([2.0] + [1.9] * 23), 25)
    assert not converged(np.array([2.0] + [1.9] * 23 + [np.nan]), 25)
    assert converged(np.array([2.0] + [9.9] * 4 + [1.9] * 20), 25)


@pytest.fixture
def no_flint(monkeypatch):
    """Make python-flint impossible to import."""
    monkeypatch.setitem(sys.modules, "flint", None)


def test_float64_needs_no_flint_and_more_says_how_to_get_it(no_flint):
    chosen = problem("single").with_steps(2)
    assert orbit(chosen, TAME, 53).bits == 53
    with pytest.raises(BackendUnavailableError, match=r'type pip install "fractbench\[deep\]"'):
        orbit(chosen, TAME, 64)
