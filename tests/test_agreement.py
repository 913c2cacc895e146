"""agreement: where two maps differ, NaN being equal to NaN and -0 not to +0."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import fractbench
from fakes import FakeKernel
from fractbench.agreement import compare, differing, first_step
from fractbench.request import Request


@pytest.fixture(scope="module")
def made():
    return fractbench.run("mandelbrot", backend="numpy", size="6x4", steps=30)


def changed(made, name, where, value):
    sums = {key: array.copy() for key, array in made.accumulators.items()}
    sums[name][where] = value
    return replace(made, accumulators=sums)


def test_a_map_agrees_with_itself(made):
    found = compare(made, made)
    assert found.same
    assert (found.pixels, found.different, found.classes_different) == (24, 0, 0)
    assert found.first is None


def test_one_ulp_is_found_and_placed(made):
    value = np.nextafter(made.accumulators["sum_v"][2, 5], np.float32(np.inf))
    found = compare(made, changed(made, "sum_v", (2, 5), value))
    assert (found.different, found.classes_different, found.first) == (1, 0, (5, 2))


def test_a_class_that_changes_is_counted(made):
    other = changed(made, "last", (0, 0), 1e6 if made.converged[0, 0] else 0.0)
    assert compare(made, other).classes_different == 1


def test_every_nan_is_equal_and_zeros_have_signs(made):
    one = changed(made, "last", (1, 1), np.nan)
    other = changed(made, "last", (1, 1), -np.float32(np.nan))
    assert not differing(one, other).any()
    zero, minus = changed(made, "last", (1, 1), 0.0), changed(made, "last", (1, 1), -0.0)
    assert np.argwhere(differing(zero, minus)).tolist() == [[1, 1]]


def test_maps_of_other_problems_are_not_compared(made):
    other = fractbench.run("newton", backend="numpy", size="6x4", steps=3)
    with pytest.raises(ValueError, match="cannot be compared"):
        differing(made, other)


def test_the_first_step_is_found():
    plan = Request("mandelbrot", size=3, steps=9).plan()

    class Late(FakeKernel):
        """Agrees with the fake kernel's signal for four steps."""

        def trajectory(self, tile):
            wrong = np.repeat(super().trajectory(tile), 9, axis=0)
            wrong[4:] += 1
            return wrong

    class Steady(FakeKernel):
        def trajectory(self, tile):
            return np.repeat(super().trajectory(tile), 9, axis=0)

    assert first_step(plan, Steady(plan.problem), Late(plan.problem), (1, 1)) == 4
    assert first_step(plan, Steady(plan.problem), Steady(plan.problem), (1, 1)) is None
