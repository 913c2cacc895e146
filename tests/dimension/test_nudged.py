"""One ulp: what is moved, by how much, and what is counted."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from fractbench.dimension import nudged
from fractbench.dimension.nudged import NudgedPlan, flips
from fractbench.execute import execute
from fractbench.request import Request

LINE = Request("quadratic", size=33, steps=4).plan()
SQUARE = Request("mandelbrot", size=9, steps=4, dtype="float64").plan()


def threshold(plan, bound):
    """Return a kernel whose pixels converge below a bound of x."""

    def run(tile):
        inside = np.where(tile.pixels["x"] < bound, plan.problem.steps, 0)
        dtype = plan.arithmetic.format.dtype
        return {name: inside.astype(dtype) for name in plan.problem.accumulators}

    return SimpleNamespace(name="threshold", tile=5, run=run)


def test_both_axes_are_one_ulp_up_and_zero_stays():
    flat = np.arange(81, dtype=np.int64)
    moved = NudgedPlan(SQUARE.problem, SQUARE.grid, SQUARE.arithmetic).gather(flat)
    plain = SQUARE.gather(flat)
    for name in "xy":
        zero = plain.pixels[name] == 0
        assert 0 < zero.sum() < 81
        up = np.nextafter(plain.pixels[name], np.inf)
        assert np.array_equal(moved.pixels[name], np.where(zero, 0, up))
        assert moved.pixels[name].dtype == np.float64


def test_a_pixel_within_an_ulp_of_the_bound_flips_and_no_other():
    axis = LINE.tile(0, 33).pixels["x"]
    bound = np.nextafter(axis[7], np.float32(np.inf))
    kernel = threshold(LINE, bound)
    made = execute(LINE, kernel)
    found = flips(LINE, kernel, made, seed=0)
    assert (found.pixels, found.changed) == (33, 1)
    assert found.share == pytest.approx(1 / 33)
    assert flips(LINE, threshold(LINE, axis[7] * 1.01), made, 0).changed == 0


def test_a_large_map_is_sampled_without_repetition(monkeypatch):
    monkeypatch.setattr(nudged, "POINTS", 10)
    seen = []
    kernel = threshold(LINE, 1.0)
    made = execute(LINE, kernel)
    found = flips(LINE, replace_run(kernel, seen), made, seed=3)
    assert found.pixels == 10
    assert len(set(np.concatenate(seen))) == 10
    again = []
    flips(LINE, replace_run(kernel, again), made, seed=4)
    assert set(np.concatenate(again)) != set(np.concatenate(seen))


def replace_run(kernel, seen):
    def run(tile):
        seen.append(tile.pixels["x"])
        return kernel.run(tile)

    return SimpleNamespace(**{**vars(kernel), "run": run})


def test_draws_of_the_pixel_stay_where_they_are():
    plan = Request("tanh:width=2", size=4, steps=2, draws="per-pixel=weights").plan()
    flat = np.array([3, 7], np.int64)
    plain = plan.gather(flat).pixels
    moved = NudgedPlan(plan.problem, plan.grid, plan.arithmetic).gather(flat).pixels
    assert set(moved) == set(plain)
    assert not np.array_equal(moved["x"], plain["x"])
