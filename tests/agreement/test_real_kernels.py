"""The free kernels of every backend pass; docs/calibration.md has all problems and windows."""

from __future__ import annotations

import pytest

from fractbench.agreement.reading import Reading
from fractbench.execute import execute
from helpers import backend

COMPILED = pytest.mark.slow
"""PyTorch's compiler takes half a minute."""


CASES = [("numpy", "tanh"), ("numpy", "minibatch"), ("jax", "tanh"), ("mlx", "single"),
         pytest.param("torch", "single", marks=COMPILED)]  # fmt: skip


@pytest.mark.parametrize(("name", "task"), CASES)
def test_free_kernels_pass(judge_of, small_plan, name, task):
    tested, plan = backend(name), small_plan(task)
    device = tested.device("cpu")
    offered = tested.offers(plan.problem, device, plan.arithmetic)
    assert offered
    for kernel in offered:
        made = execute(plan, tested.prepare(plan.problem, device, plan.arithmetic, kernel))
        verdict = judge_of(plan)(Reading.of(made))
        assert verdict.passed, f"{name} {kernel}: {verdict}"
