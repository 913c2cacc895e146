"""Neighbours: which pixels are in doubt, and why."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from deep_windows import RELU, SINGLE, SMALL, Case
from fractbench.arithmetic.formats import FLOAT32
from fractbench.reference import Host
from fractbench.zoom.levels import GATES
from fractbench.zoom.neighbours import EDGE, Neighbours, undecided
from fractbench.zoom.perturbed import HELD, nudge, perturbed
from fractbench.zoom.place import Place
from fractbench.zoom.precision import orbit

HOST = Host(), Host().devices()[0]


def doubted(case, reference, width):
    """Return the level of nine pixels about a reference, and which of them are in doubt."""
    middle = reference.place.x, reference.place.y
    columns, rows = ([at + width * k for k in (-1, 0, 1)] for at in middle)
    beside = Neighbours(case.problem, reference, columns, rows, HOST)
    grid = np.repeat(np.arange(3), 3), np.tile(np.arange(3), 3)
    return beside.level, beside.train(*grid)[1]


def inside(case):
    """Return the orbit of a place where training is calm, well inside its class."""
    return orbit(case.problem.with_steps(12), Place(Fraction(-2), Fraction(-2)), 53)


@pytest.mark.parametrize("steps", [5, 500])
def test_a_measure_at_its_threshold_decides_nothing(steps):
    threshold = min(20, steps)
    last = threshold * (1 + EDGE * np.array([-2, -0.9, 0, 0.9, 2, np.nan]))
    assert undecided(last, steps).tolist() == [False, True, True, True, False, False]


def test_a_gate_too_near_to_turn_unseen_puts_every_pixel_in_doubt():
    case = Case("relu:samples=9,seed=1,width=8", RELU.x, RELU.y, steps=12)
    calm = inside(case)
    width = Fraction(1, 10**38)
    level, doubt = doubted(case, calm, width)
    assert level >= GATES
    assert not doubt.any()
    calm.frames["u"][3, 1, 2] = 2.0**-110
    assert doubted(case, calm, width)[1].all()
    level, doubt = doubted(case, calm, Fraction(1, 10**9))
    assert level < GATES
    assert not doubt.any()


def test_only_relu_has_gates():
    case = Case(SMALL.name, SMALL.x, SMALL.y, steps=12)
    calm = inside(case)
    calm.frames["u"][3, 1, 2] = 2.0**-110
    assert not doubted(case, calm, Fraction(1, 10**38))[1].any()


def test_the_twin_is_one_ulp_off_in_everything_but_0_and_1():
    reference = inside(Case(SINGLE.name, SINGLE.x, SINGLE.y, steps=12))
    problem = SINGLE.problem.with_steps(12)
    plain, twin = (
        perturbed(problem, reference, 1, nudged=n).inputs(FLOAT32) for n in (False, True)
    )
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
