"""Ensembles that the tests of this folder share."""

from __future__ import annotations

import pytest

from fractbench.agreement.makers import strict_maker
from fractbench.agreement.trial import Judges
from fractbench.arithmetic.contract import arithmetic
from fractbench.grid import Grid
from fractbench.plan import Plan
from fractbench.problems.catalogue import problem

SIDE, STEPS = 16, 30


@pytest.fixture(scope="session")
def small_plan():
    """Return a function that gives the plan of a problem's start window, small."""

    def of(name, dtype="float32"):
        chosen = problem(name).with_steps(STEPS)
        return Plan(chosen, Grid(chosen.view("start"), SIDE, SIDE), arithmetic("free", dtype))

    return of


@pytest.fixture(scope="session")
def judge_of(one_torch_thread):
    """Return a function plan -> Judge that makes each ensemble once."""
    maker, judges = strict_maker(), Judges()
    return lambda plan: judges.of(plan, maker)
