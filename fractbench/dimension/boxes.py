"""boxes: how many squares of a size hold something.

One table of running sums answers for every size and every offset: an edge mask of 4095 x 4095 takes
64 MiB and a few tenths of a second, whatever the number of sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["mixed", "touched"]
Totals = NDArray[np.int32] | NDArray[np.int64]


def running_sums(mask: NDArray[np.bool_]) -> Totals:
    """Return the number of set pixels above and left of every lattice point.

    Args:
        mask: (rows, columns) of bool.

    Returns:
        (rows + 1, columns + 1) of int32, or of int64 where the count could overflow that.
    """
    dtype = np.int32 if mask.size < 2**31 else np.int64
    sums = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), dtype)
    np.cumsum(mask, axis=0, dtype=dtype, out=sums[1:, 1:])
    np.cumsum(sums[1:, 1:], axis=1, out=sums[1:, 1:])
    return sums


def filled(corners: Totals) -> Totals:
    """Return the number of set pixels of each box between neighbouring lattice points.

    Args:
        corners: `running_sums` at the boxes' corners, (boxes down + 1, boxes across + 1).

    Returns:
        (boxes down, boxes across).
    """
    strips = corners[1:] - corners[:-1]
    return strips[:, 1:] - strips[:, :-1]


def box_counts(
    mask: NDArray[np.bool_], sizes: Sequence[int], kind: Kind = "mixed"
) -> NDArray[np.int64]:
    """Return the number of boxes of every size, laid from the first pixel on.

    Boxes that would reach over the far sides are cut off there, as in the published estimator.

    Args:
        mask: (rows, columns) of bool.
        sizes: sides of the boxes in pixels, each 1 or more.
        kind: ``mixed`` counts boxes that are neither empty nor full, ``touched`` all that are not
            empty.

    Returns:
        (sizes,) of counts.
    """
    if not mask.size:
        return np.zeros(len(sizes), np.int64)
    sums = running_sums(mask)
    counts = []
    for size in sizes:
        down, across = (np.append(np.arange(0, n, size), n) for n in mask.shape)
        inside = filled(sums[np.ix_(down, across)])
        kept = inside > 0
        if kind == "mixed":
            kept &= inside < np.outer(np.diff(down), np.diff(across))
        counts.append(np.count_nonzero(kept))
    return np.array(counts, np.int64)
