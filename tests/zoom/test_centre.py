"""follow: the way inward on scripted maps, whose boundary is known exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from fractbench.errors import UsageError
from fractbench.grid import NoReferenceError, points
from fractbench.problems.catalogue import problem
from fractbench.window import Window
from fractbench.zoom.centre import BACK, POINTS, follow

SINGLE, START = problem("single"), Window.parse("-3:5,-3:5")
HERE = Fraction(10, 7)
EDGES = HERE, Fraction(-11, 7), Fraction(31, 9)


class Scripted:
    """Makes rows of a map whose class changes where x passes one of some edges.

    `doubt(x, y)` tells which pixels are in doubt, `missing(plan)` whether a plan finds nothing.
    """

    def __init__(self, edges=(HERE,), doubt=None, missing=lambda plan: False):
        self.edges, self.doubt, self.missing, self.plans = edges, doubt, missing, []

    def __call__(self, plan):
        self.plans.append(plan)
        if self.missing(plan):
            raise NoReferenceError("nothing converges")
        grid = plan.grid
        x = points(*grid.window.bounds(0), grid.width)
        y = points(*grid.window.bounds(1), grid.height)
        row = np.array([sum(at < edge for edge in self.edges) % 2 == 1 for at in x])
        extra = {}
        if self.doubt is not None:
            extra["doubt"] = np.array([[float(self.doubt(a, b)) for a in x] for b in y])
        return SimpleNamespace(converged=np.tile(row, (len(y), 1)), accumulators=extra, grid=grid,
                               made={"bits": 53} if plan.perturbed else {})  # fmt: skip


def path(make, width="1e-30", seed=0, window=START):
    return list(follow(SINGLE, window, Decimal(width), make, seed))


def test_each_row_divides_the_width_by_512_and_ends_at_the_boundary():
    found = path(Scripted())
    assert found[-1].width <= Decimal("1e-30") < found[-2].width
    for one in found:
        assert abs(Fraction(one.x) - HERE) <= Fraction(one.width)
    for before, after in pairwise(found):
        assert before.width / after.width == pytest.approx(512, rel=1e-2)
        assert HERE - Fraction(one.width) <= Fraction(one.inside) < HERE, "it does not converge"
    assert {one.y for one in found} == {found[0].y}
    assert [one.bits for one in found][:3] == [24, 24, 53]


def test_rows_are_strict_until_float32_ends_and_deep_from_there():
    make = Scripted()
    path(make)
    assert [plan.perturbed for plan in make.plans[:4]] == [False, False, True, True]
    assert all(plan.grid.width == POINTS for plan in make.plans[1:])


def test_the_seed_chooses_and_chooses_the_same_again():
    ends = {seed: path(Scripted(EDGES), seed=seed)[-1] for seed in range(12)}
    near = {min(EDGES, key=lambda edge: abs(edge - Fraction(one.x))) for one in ends.values()}
    assert near == set(EDGES)
    assert path(Scripted(EDGES), seed=5)[-1] == ends[5]


def test_a_change_in_doubt_is_not_followed():
    """One pixel of 33 is in doubt, beside one of three changes: 3 %, which is no noise yet."""
    make = Scripted(EDGES, doubt=lambda x, y: 0 < HERE - x <= Fraction(1, 4))
    for seed in range(6):
        assert abs(Fraction(path(make, seed=seed)[-1].x) - HERE) > 1


def test_a_row_that_is_noise_is_left():
    """Deep rows at the first row's own y are in doubt, but for the pixels beside the edge."""
    first = Fraction(path(Scripted())[0].y)

    def doubt(x, y):
        return abs(y - first) < Fraction(1, 10**9) and Fraction(1, 10**11) < abs(x - HERE) < 1e-9

    found = path(Scripted(doubt=doubt))
    assert found[-1].width <= Decimal("1e-30")
    assert abs(Fraction(found[-1].y) - first) >= Fraction(1, 10**9)


def test_where_a_row_meets_nothing_it_goes_back_and_looks_beside():
    """The boundary has a gap at the first row's own y, from the fifth row on."""
    first = path(Scripted())[0].y
    gap = Fraction(1, 10**15)

    def missing(plan):
        low, high = plan.grid.window.bounds(1)
        return high - low < gap and abs((low + high) / 2 - Fraction(first)) < gap / 100

    make = Scripted(missing=missing)
    found = path(make)
    assert found[-1].width <= Decimal("1e-30")
    assert found[-1].y != first
    widths = [one.width for one in found]
    assert len(set(widths)) < len(widths), "it never went back to a wider window"


def test_where_one_part_of_the_boundary_is_noise_another_is_taken():
    make = deep(Scripted(EDGES, doubt=lambda x, y: x > 0))
    for seed in range(4):
        end = path(make, seed=seed)[-1]
        assert abs(Fraction(end.x) - EDGES[1]) < Fraction(1, 10**29)


def deep(make):
    """Return a maker that leaves doubt out of strict maps, as they do."""

    def made(plan):
        found = make(plan)
        if not plan.perturbed:
            found.accumulators.clear()
        return found

    return made


def test_a_boundary_that_is_lost_ends_in_a_sentence():
    make = Scripted(missing=lambda plan: plan.perturbed)
    with pytest.raises(
        UsageError, match=r"was lost at .*; type another --seed than 3, or a larger"
    ):
        path(make, seed=3)
    assert sum(plan.perturbed for plan in make.plans) > BACK / 2


def test_a_window_without_a_boundary_is_refused():
    with pytest.raises(UsageError, match=r"no row of 129 pixels .* meets a boundary of single"):
        path(Scripted(edges=()))
    with pytest.raises(UsageError, match="has no deep zoom"):
        next(follow(problem("mandelbrot"), START, Decimal("1e-9"), Scripted()))
