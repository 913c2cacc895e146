"""The free kernels of every backend pass; docs/calibration.md has all problems and windows."""

from __future__ import annotations

import pytest

from fractbench.agreement.reading import Reading
from fractbench.execute import execute
from helpers import backend

COMPILED = pytest.param("torch", marks=pytest.mark.slow)
"""Its compiler takes half a minute."""


@pytest.mark.parametrize("name", ["numpy", "mlx", "jax", COMPILED])
def test_free_kernels_pass(judge_of, small_plan, name):
    tested, plan = backend(name), small_plan("single")
    device = tested.device("cpu")
    offered = tested.offers(plan.problem, device, plan.arithmetic)
    assert offered
    for kernel in offered:
        made = execute(plan, tested.prepare(plan.problem, device, plan.arithmetic, kernel))
        verdict = judge_of(plan)(Reading.of(made))
        assert verdict.passed, f"{name} {kernel}: {verdict}"
