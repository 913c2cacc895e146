"""edges: where the class changes between neighbouring pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def edges(converged: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the 2 x 2 blocks of pixels that hold both classes.

    A square of s x s such blocks holds an edge exactly if the (s + 1) x (s + 1) pixels at its
    lattice points are not all of one class.

    Args:
        converged: (rows, columns) of bool.

    Returns:
        (rows - 1, columns - 1) of bool; nothing where there are no two rows and columns.
    """
    corners = (converged[1:, 1:], converged[1:, :-1], converged[:-1, 1:], converged[:-1, :-1])
    some = corners[0] | corners[1] | corners[2] | corners[3]
    every = corners[0] & corners[1] & corners[2] & corners[3]
    return some & ~every
