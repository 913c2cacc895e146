"""Box counts from cells are those of the array, and give the published estimate."""

from __future__ import annotations

import numpy as np
import pytest

from fractbench.dimension.boxes import box_counts
from fractbench.dimension.published import published_dimension, slopes
from fractbench.tracing import Rule, sparse_box_counts, trace
from fractbench.tracing.estimate import counted
from fractbench.tracing.probe import highest_share


@pytest.mark.parametrize("kind", ["mixed", "touched"])
@pytest.mark.parametrize("density", [0.0, 0.02, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("shape", [(40, 40), (37, 101), (1, 9)], ids=str)
def test_counts_are_those_of_the_dense_array(kind, density, shape):
    mask = np.random.Generator(np.random.Philox(3)).random(shape) < density
    sizes = [1, 2, 3, 7, 8, 36, 40, 200]
    rows, columns = np.nonzero(mask)
    found = sparse_box_counts(rows, columns, shape, sizes, kind)
    assert np.array_equal(found, box_counts(mask, sizes, kind))


@pytest.mark.parametrize("name", ["disc", "waves"])
def test_the_estimate_is_the_published_one(shape, name):
    full, ask = shape(name, 400, 300)
    boxes = counted(trace(ask, 400, 300, Rule(50)))
    assert np.array_equal(boxes.slopes, slopes(full.astype(bool)))
    assert boxes.dimension == published_dimension([full.astype(bool)])


def test_no_boundary_has_no_dimension(asked):
    assert counted(trace(asked(np.zeros((50, 50), np.uint8)), 50, 50)).dimension is None
    tiny = np.eye(4, dtype=np.uint8)
    assert counted(trace(asked(tiny), 4, 4)).sizes == ()


def test_the_bound_is_that_of_clopper_and_pearson():
    assert highest_share(0, 2048) == pytest.approx(1 - 0.05 ** (1 / 2048))
    # qbeta(0.95, 4, 97)
    assert highest_share(3, 100) == pytest.approx(0.0757, abs=5e-5)
    assert highest_share(7, 7) == 1
    assert highest_share(1900, 2048) == pytest.approx(0.9368, abs=5e-4)
