"""Wrong kernels under `free`: each fails, and honest ones that round otherwise pass."""

from __future__ import annotations

import pytest

from fractbench.agreement.ensemble import ensemble
from fractbench.agreement.makers import strict_maker
from fractbench.agreement.reading import Reading
from fractbench.arithmetic.contract import arithmetic
from fractbench.errors import UsageError
from fractbench.execute import execute
from fractbench.grid import Grid
from fractbench.plan import Plan
from fractbench.problems.catalogue import problem
from wrong_free import SCANNED, WRONG, FreeKernel, Knobs


@pytest.fixture
def verdict(judge_of, small_plan):
    """Return a function that judges the free kernel, turned."""

    def of(name, knobs, dtype="float32"):
        plan = small_plan(name, dtype)
        kernel = FreeKernel(plan.problem, plan.arithmetic, knobs)
        return judge_of(plan)(Reading.of(execute(plan, kernel)))

    return of


@pytest.mark.parametrize("order", [None, 1, 2, 3])
def test_an_honest_kernel_passes(verdict, order):
    assert verdict("tanh", Knobs(order=order)).passed


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_honest_kernel_passes_in_both_dtypes(verdict, dtype):
    assert verdict("single", Knobs(order=4), dtype).passed


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_kernel_fails(verdict, name):
    assert not verdict("tanh", WRONG[name]).passed


@pytest.mark.parametrize("name", ["sqrt2 as 1.4142", "rate of W x 1.001", "last 20 as 19"])
def test_a_wrong_kernel_fails_in_float64(verdict, name):
    assert not verdict("single", WRONG[name], "float64").passed


def test_float32_sees_a_ten_thousandth(verdict):
    assert not verdict("tanh", SCANNED["rate of v"](1e-4)).passed


def test_float64_sees_errors_far_below_float32(verdict):
    assert not verdict("single", SCANNED["rate of W"](1e-12), "float64").passed
    assert verdict("single", SCANNED["rate of W"](1e-16), "float64").passed


def test_a_stale_buffer_is_marked_where_it_is(verdict):
    found = verdict("tanh", WRONG["stale buffer"])
    bad = (found.marks == 2).nonzero()[0]
    assert set(bad) <= {*range(100, 116), *range(200, 216)}
    assert len(bad) > 16


def test_problems_with_exact_kernels_only_are_refused():
    plan = Plan(problem("newton"), Grid(problem("newton").view("start"), 8, 8), arithmetic())
    with pytest.raises(UsageError, match="newton has no free contract"):
        ensemble(plan, strict_maker())
