"""Neighbours: which pixels are in doubt, and why."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from deep_windows import SINGLE, SMALL
from fractbench.arithmetic.formats import FLOAT32
from fractbench.problems.catalogue import problem
from fractbench.reference import Host
from fractbench.zoom.levels import GATES
from fractbench.zoom.neighbours import EDGE, Neighbours, undecided
from fractbench.zoom.perturbed import HELD, nudge, perturbed
from fractbench.zoom.place import Place
from fractbench.zoom.precision import orbit

HOST = Host(), Host().devices()[0]


def doubted(problem, reference, width):
    """Return the level of nine pixels about a reference, and which of them are in doubt."""
    middle = reference.place.x, reference.place.y
    columns, rows = ([at + width * k for k in (-1, 0, 1)] for at in middle)
    beside = Neighbours(problem, reference, columns, rows, HOST)
    grid = np.repeat(np.arange(3), 3), np.tile(np.arange(3), 3)
    return beside.level, beside.train(*grid)[1]


def inside(problem):
    """Return the orbit of a place where training is calm, well inside its class."""
    return orbit(problem, Place(Fraction(-2), Fraction(-2)), 53)


@pytest.mark.parametrize("steps", [5, 500])
def test_a_measure_at_its_threshold_decides_nothing(steps):
    threshold = min(20, steps)
    last = threshold * (1 + EDGE * np.array([-2, -0.9, 0, 0.9, 2, np.nan]))
    assert undecided(last, steps).tolist() == [False, True, True, True, False, False]


def test_float32_sums_at_the_threshold_decide_nothing():
    last = np.float32([20, np.nextafter(np.float32(20), 0), 20.00001, 19.999, 20.001, 0, 2e7])
    assert undecided(last, 60).tolist() == [True, True, True, False, False, False, False]
    assert undecided(np.float32([12, 20]), 12).tolist() == [True, False]


def test_a_gate_too_near_to_turn_unseen_puts_every_pixel_in_doubt():
    relu = problem("relu:samples=9,seed=1,width=8").with_steps(12)
    calm = inside(relu)
    width = Fraction(1, 10**38)
    level, doubt = doubted(relu, calm, width)
    assert level >= GATES
    assert not doubt.any()
    calm.frames["u"][3, 1, 2] = 2.0**-110
    assert doubted(relu, calm, width)[1].all()
    level, doubt = doubted(relu, calm, Fraction(1, 10**9))
    assert level < GATES
    assert not doubt.any()


def test_only_relu_has_gates():
    tanh = SMALL.problem.with_steps(12)
    calm = inside(tanh)
    calm.frames["u"][3, 1, 2] = 2.0**-110
    assert not doubted(tanh, calm, Fraction(1, 10**38))[1].any()


def test_the_twin_is_one_ulp_off_in_everything_but_0_and_1():
    single = SINGLE.problem.with_steps(12)
    reference = inside(single)
    plain, twin = (perturbed(single, reference, 1, nudged=n).inputs(FLOAT32) for n in (False, True))
    for name in HELD:
        values, other = plain["frames"][name], twin["frames"][name]
        apart = np.abs(other.view(np.int32) - values.view(np.int32))
        assert np.array_equal(apart, np.where((values == 0) | (values == 1), 0, 1)), name
    one = np.float32(1)
    assert (plain["constants"]["top"], twin["constants"]["top"]) == (
        one,
        np.nextafter(one, 2 * one),
    )
    assert nudge(np.float32([-2.0, -2.0])).tolist() == [
        np.nextafter(np.float32(-2), np.float32(0)), np.nextafter(np.float32(-2), np.float32(-3))
    ]  # fmt: skip
