"""Box counts of a boundary that is given by its cells, without the array that they are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fractbench.tracing.cells import Places

Kind = Literal["mixed", "touched"]


def sparse_box_counts(
    rows: Places,
    columns: Places,
    shape: tuple[int, int],
    sizes: Sequence[int],
    kind: Kind = "mixed",
) -> NDArray[np.int64]:
    """Count the boxes that hold some cells, for every size.

    Args:
        rows: row of every cell, each cell once.
        columns: column of every cell.
        shape: (rows, columns) of the array that the cells are in.
        sizes: sides of the boxes in cells, each 1 or more.
        kind: ``mixed`` counts boxes that are neither empty nor full, ``touched`` all that are not
            empty.

    Returns:
        (sizes,) of counts, the same as `fractbench.dimension.boxes.box_counts` of the array.
    """
    counts = []
    for size in sizes:
        across = -(-shape[1] // size)
        boxes = np.sort(rows // size * across + columns // size)
        first = np.flatnonzero(np.diff(boxes, prepend=-1))
        if kind == "mixed":
            inside = np.diff(first, append=boxes.size)
            row, column = np.divmod(boxes[first], across)
            # Boxes that would reach over the far sides are cut off there.
            high = np.minimum(size, shape[0] - row * size)
            wide = np.minimum(size, shape[1] - column * size)
            first = first[inside < high * wide]
        counts.append(first.size)
    return np.array(counts, np.int64)
