"""Cells of every step tile the grid, and their corners are its pixels."""

from __future__ import annotations

import numpy as np
import pytest

from fractbench.errors import UsageError
from fractbench.tracing import Rule, trace
from fractbench.tracing.cells import Cells, among
from fractbench.tracing.known import UNKNOWN, Known

SIZES = [(2, 2), (9, 9), (8, 8), (13, 6), (3, 40)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("step", [1, 2, 4, 16])
def test_cells_tile_the_grid(size, step):
    width, height = size
    cells = Cells(width, height, step)
    covered = np.zeros((height - 1, width - 1), int)
    for low, right, top, high in cells.corners(cells.all()).T:
        assert (right % width, top // width) == (high % width, high // width)
        covered[low // width : high // width, low % width : high % width] += 1
    assert (covered == 1).all()


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("step", [2, 4, 16])
def test_children_make_up_their_parents(size, step):
    cells = Cells(*size, step)
    assert np.array_equal(cells.children(cells.all()), cells.halved().all())
    one = cells.all()[-1:]
    low, _, _, high = cells.corners(one)[:, 0]
    inner = cells.halved().corners(cells.children(one))
    assert (inner.min(), inner.max()) == (low, high)


def test_neighbours_end_at_the_sides():
    cells = Cells(6, 5, 1)
    assert cells.grown(np.array([0]), 1).tolist() == [0, 1, 5, 6]
    assert cells.grown(np.array([12]), 1).tolist() == [6, 7, 8, 11, 12, 13, 16, 17, 18]
    assert cells.grown(np.array([4, 7]), 0).tolist() == [4, 7]
    assert cells.shifted(np.array([4, 5]), -1, 0).tolist() == [3]
    assert cells.shifted(np.array([4, 15]), 0, 1).tolist() == [9]


@pytest.mark.parametrize(
    ("side", "coarse", "step"),
    [(65536, 256, 256), (65537, 256, 256), (2048, 256, 8), (2, 256, 1), (300, 1, 512), (9, 8, 1),
     (1000, 300, 2)],
)  # fmt: skip
def test_the_coarse_lattice_has_the_cells_asked_for(side, coarse, step):
    assert Rule(coarse).step(side) == step


def test_known_places_are_found_in_any_order():
    known, draw = Known(), np.random.Generator(np.random.Philox(5))
    places = draw.permutation(5000)
    classes = (places % 7).astype(np.uint8)
    for start, end in ((0, 1000), (1000, 1003), (1003, 1010), (1010, 3000), (3000, 3001)):
        some = np.sort(places[start:end])
        known.add(some, (some % 7).astype(np.uint8))
    assert len(known) == 3001
    found = known.find(places.reshape(50, 100)).ravel()
    assert np.array_equal(found[:3001], classes[:3001])
    assert (found[3001:] == UNKNOWN).all()
    assert np.array_equal(known.all()[0], np.sort(places[:3001]))
    assert not among(places, np.empty(0, np.int64)).any()
    assert Known().all()[0].size == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Rule(coarse=0), "coarse 0 is not allowed; type --coarse 256"),
        (lambda: Rule(guard=-1), "guard -1 is not allowed; type --guard with 0 to 64"),
        (lambda: Rule(guard=65), "guard 65 is not allowed"),
        (lambda: trace(lambda p: p, 1, 9), "a grid of 1x9 pixels has no cells"),
    ],
)
def test_what_cannot_be_is_refused(wrong, words):
    with pytest.raises(UsageError, match=words):
        wrong()
