"""Levels: a difference is brought down exactly, by as many levels as it needs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deep_windows import RELU, SINGLE
from fractbench.arithmetic.formats import FLOAT32
from fractbench.arithmetic.host import HostOps
from fractbench.zoom.levels import BITS, GATES, KNOWN, LIMIT, largest, lowered, sigma_of
from fractbench.zoom.orbit_float64 import orbit_float64
from fractbench.zoom.perturbed import Perturbed
from fractbench.zoom.place import Place
from helpers import assert_same, f32, primitive

OPS = HostOps(FLOAT32)
NAMES = ("W", "v", "x", "y")


def constants(case):
    """Return the constants as the Problem makes them."""
    place = Place(*(axis[0] for axis in case.axes))
    short = case.problem.with_steps(1)
    made = Perturbed(
        name=short.name, steps=1, base=short, orbit=orbit_float64(short, place), level=1
    )
    return made.inputs(FLOAT32)["constants"]


@pytest.fixture(scope="module")
def k():
    return constants(SINGLE)


@pytest.fixture(scope="module")
def gates():
    """Relu's."""
    return constants(RELU)


def state(level, W, v=1.0, rate=1.0):
    """Return a state of one pixel per level, two units wide."""
    level = f32(np.atleast_1d(level))
    held = {
        "W": np.full((2, 2, len(level)), f32(W)),
        "v": np.full((2, len(level)), f32(v)),
        "x": np.full(len(level), f32(rate)),
        "y": np.full(len(level), f32(-rate)),
    }
    return {**held, "level": level}


def exact(held, name):
    """Return state times 2**(-16 L) in float64, which holds it."""
    return held[name].astype(np.float64) * 2.0 ** (-BITS * held["level"].astype(np.float64))


@given(
    level=st.integers(0, 12),
    size=st.integers(-20, 90),
    digits=st.integers(1 << 23, (1 << 24) - 1),
    rate=st.integers(1 << 23, (1 << 24) - 1),
)
def test_what_is_lowered_stays_what_it_is(k, level, size, digits, rate):
    before = state(level, digits * 2.0 ** (size - 23), rate=rate * 2.0**-23)
    after = {**before, **lowered(OPS, k, before)}
    for name in ("W", "x", "y"):
        assert exact(after, name).tolist() == exact(before, name).tolist()
    down = int(before["level"][0] - after["level"][0])
    assert 0 <= down <= min(3, level)
    if size < LIMIT:
        assert down == 0
    if down:
        assert abs(after["W"]).max() > 2.0**-4
    if down < min(3, level):
        assert abs(after["W"]).max() <= 2.0**LIMIT


def test_several_levels_at_once_and_never_below_none(k):
    sizes = [2.0**12, 2.0**13, 2.0**29, 2.0**45, 2.0**61]
    for size, down in zip(sizes, (0, 1, 2, 3, 3), strict=True):
        assert lowered(OPS, k, state(9, size))["level"] == 9 - down
        assert lowered(OPS, k, state(1, size))["level"] == 1 - min(down, 1)
        assert lowered(OPS, k, state(0, size))["level"] == 0


def test_a_gate_that_turns_brings_all_levels_at_once(gates):
    """Its change of the slope is 2**96 of what the difference was."""
    for down in range(7):
        after = lowered(OPS, gates, state(6, 2.0 ** (LIMIT + BITS * down)))
        assert after["level"] == 6 - down
        assert after["W"].max() == 2.0**LIMIT


def test_the_larger_of_w_and_v_decides_for_both(k):
    for sizes in ((2.0**20, 3.0), (3.0, 2.0**20)):
        before = state(4, *sizes)
        after = {**before, **lowered(OPS, k, before)}
        assert after["level"] == 3
        for name in ("W", "v"):
            assert exact(after, name).tolist() == exact(before, name).tolist()


def test_every_pixel_has_its_own_level(k):
    before = state([0, 1, 2, 3], 2.0**20)
    before["W"][..., 2] = 1
    assert lowered(OPS, k, before)["level"].tolist() == [0, 0, 2, 2]


def test_nan_stays_and_brings_nothing_down(k):
    before = state(5, 1.0)
    before["W"][0, 0] = np.nan
    after = lowered(OPS, k, before)
    assert after["level"] == 5
    assert np.isnan(after["W"][0, 0, 0])
    assert after["W"][1, 1, 0] == 1


def test_infinity_goes_down_to_the_bottom(k):
    after, steps = state(7, np.inf), 0
    while after["level"] > 0:
        after, steps = {**after, **lowered(OPS, k, after)}, steps + 1
    assert steps == 3
    assert np.isinf(after["W"]).all()


def test_sigma_is_the_levels_power_of_two_as_far_as_it_matters(k):
    sigma, inverse = sigma_of(OPS, k, f32(np.arange(7)))
    known = 2.0 ** (-BITS * np.arange(KNOWN))
    assert sigma.tolist() == [*known, 0, 0, 0]
    assert inverse.tolist() == [*1 / known, 0, 0, 0]


def test_relu_knows_one_over_sigma_as_long_as_gates_turn(gates):
    sigma, inverse = sigma_of(OPS, gates, f32(np.arange(9)))
    assert sigma.tolist() == [*2.0 ** (-BITS * np.arange(KNOWN)), 0, 0, 0, 0, 0]
    assert inverse.tolist() == [*2.0 ** (BITS * np.arange(GATES)), 0, 0]


@given(st.integers(1, 40), st.integers(0, 1000))
def test_the_largest_is_the_largest(count, seed):
    values = np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)
    found = primitive(lambda o, k, a: {"a": largest(o, a)}, values)
    assert_same(found, {"a": np.abs(values).max(0)})
