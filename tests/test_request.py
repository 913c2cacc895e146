"""request and presets: words -> the plan that was meant."""

from __future__ import annotations

import pytest

from fractbench.errors import UsageError
from fractbench.presets import PRESETS, preset
from fractbench.request import Request


@pytest.mark.parametrize(
    ("name", "problem", "size", "steps"),
    [
        ("quick", "tanh", (48, 48), 100), ("standard", "tanh", (256, 256), 500),
        ("paper", "tanh", (4096, 4096), 500), ("paper", "minibatch", (4096, 4096), 1000),
        ("quick", "newton", (48, 48), 40), ("quick", "quadratic", (1025, 1), 100),
        ("standard", "quadratic", (65537, 1), 500),
    ],
)  # fmt: skip
def test_presets(name, problem, size, steps):
    plan = Request(problem, preset=name).plan()
    assert (plan.grid.width, plan.grid.height) == size
    assert plan.problem.steps == steps


def test_the_longest_line_is_what_float32_can_tell_apart():
    assert Request("quadratic", preset="paper").plan().grid.width == PRESETS["paper"].line


def test_options_win_over_the_preset():
    plan = Request("tanh", preset="paper", size="7x5", steps=3).plan()
    assert (plan.grid.width, plan.grid.height, plan.problem.steps) == (7, 5, 3)


def test_a_centre_has_as_many_numbers_as_axes():
    for name, centre, form in (("tanh", "1", "X,Y"), ("quadratic", "1,2", "X")):
        with pytest.raises(UsageError, match=f"; type --center {form}$"):
            Request(name, center=centre, width="0.1").plan()


def test_an_unknown_preset_is_refused_even_where_it_decides_nothing():
    with pytest.raises(UsageError, match="unknown preset 'qick' \\(did you mean quick\\?\\)"):
        Request("tanh", preset="qick", size=3, steps=2)
    with pytest.raises(UsageError):
        preset("")


def test_equal_plans_have_one_key_and_others_another():
    base = Request("tanh", size=8, steps=5)
    same = Request("tanh:width=16", size="8x8", steps=5, window="-3.0:6,-3:6.00")
    assert base.plan().key == same.plan().key
    others = (
        Request("tanh", size=9, steps=5), Request("tanh", size=8, steps=6),
        Request("relu", size=8, steps=5), Request("tanh", size=8, steps=5, seed=0),
        Request("tanh", size=8, steps=5, window="-3:6,-3:5"),
        Request("tanh", size=8, steps=5, draws="per-pixel=weights"),
    )  # fmt: skip
    assert len({base.plan().key, *(r.plan().key for r in others)}) == 1 + len(others)
