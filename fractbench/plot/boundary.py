"""boundary: where the class changes, as lines between pixels and as pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Classes = NDArray[np.uint8]
Segments = NDArray[np.float64]


def contour(classes: Classes) -> Segments:
    """Return the edges between pixels of different classes, (segments, 2, 2) with x before y.

    In pixels, the centre of the first at (0, 0). Edges in one line are one segment.
    """
    upright = _runs(classes[:, 1:] != classes[:, :-1])
    level = _runs((classes[1:] != classes[:-1]).T)
    return np.concatenate([upright, level[..., ::-1]])


def on_boundary(classes: Classes) -> NDArray[np.bool_]:
    """Return the pixels that have a pixel of another class among their eight neighbours."""
    rows, columns = classes.shape
    framed = np.pad(classes, 1, mode="edge")
    mask = np.zeros(classes.shape, bool)
    for row in range(3):
        for column in range(3):
            mask |= framed[row : row + rows, column : column + columns] != classes
    return mask


def _runs(differs: NDArray[np.bool_]) -> Segments:
    """Return vertical segments right of every column's runs of True, downwards joined."""
    steps = np.diff(np.pad(differs, ((1, 1), (0, 0))).astype(np.int8), axis=0).T
    column, start = np.nonzero(steps == 1)
    _, stop = np.nonzero(steps == -1)
    lower = np.stack([column + 0.5, start - 0.5], axis=-1)
    upper = np.stack([column + 0.5, stop - 0.5], axis=-1)
    return np.stack([lower, upper], axis=1)
