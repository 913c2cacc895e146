import numpy as np
import pytest

from fractbench.dimension.edges import edges
from known_shapes import koch


def test_an_edge_is_a_block_of_two_by_two_that_holds_both_classes():
    mask = np.array([[0, 0, 0, 1], [0, 0, 0, 0], [0, 1, 1, 1]], bool)
    assert edges(mask).tolist() == [[False, False, True], [True, True, True]]


def test_edges_agree_with_a_loop_over_blocks():
    mask = koch(48)
    found = edges(mask)
    assert found.shape == (47, 47)
    for row in range(47):
        for column in range(47):
            block = mask[row : row + 2, column : column + 2]
            assert found[row, column] == (block.any() and not block.all())


def test_edges_are_those_of_the_other_class():
    mask = koch(64)
    assert (edges(mask) == edges(~mask)).all()


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (1, 1), (0, 0)])
def test_a_line_has_no_blocks(shape):
    assert edges(np.ones(shape, bool)).size == 0
