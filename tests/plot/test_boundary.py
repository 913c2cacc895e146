"""The contour is where classes change, all of it and nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from fractbench.plot.boundary import contour, on_boundary
from fractbench.plot.shown import read

classes = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=7),
                 elements=st.integers(0, 3))  # fmt: skip


def crossed(segments):
    """Return the pairs of neighbours, ((column, row), (column, row)), that segments part."""
    pairs = []
    for (x0, y0), (x1, y1) in segments:
        assert (x0 == x1) != (y0 == y1)
        if x0 == x1:
            pairs += [((x0 - 0.5, y), (x0 + 0.5, y)) for y in np.arange(y0 + 0.5, y1)]
        else:
            pairs += [((x, y0 - 0.5), (x, y0 + 0.5)) for x in np.arange(x0 + 0.5, x1)]
    return pairs


@given(classes)
def test_the_contour_parts_all_neighbours_of_different_classes_once(found):
    wanted = set()
    for row, column in np.ndindex(found.shape):
        for other in ((row, column + 1), (row + 1, column)):
            inside = other[0] < found.shape[0] and other[1] < found.shape[1]
            if inside and found[row, column] != found[other]:
                wanted.add(((column, row), other[::-1]))
    pairs = crossed(contour(found))
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == wanted


def test_edges_in_one_line_are_one_segment():
    assert contour(np.array([[0, 1], [0, 1], [0, 1]], np.uint8)).tolist() == [
        [[0.5, -0.5], [0.5, 2.5]]
    ]


@given(classes)
def test_boundary_pixels_have_a_neighbour_of_another_class(found):
    mask = on_boundary(found)
    for row, column in np.ndindex(found.shape):
        near = found[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        assert mask[row, column] == bool((near != found[row, column]).any())


def test_a_map_of_more_classes_and_a_line_have_contours(maps):
    assert len(contour(read(maps / "newton.npz").classes)) > 20
    line = read(maps / "line.npz")
    changes = np.flatnonzero(np.diff(line.classes[0]))
    assert len(changes)
    assert contour(line.classes)[:, 0, 0].tolist() == (changes + 0.5).tolist()
