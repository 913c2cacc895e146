"""raster: a panel's pixels -> the dots that are drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fractbench.plot.panel import Panel


def raster(panel: Panel, dots: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the colours to draw, (rows, columns, 3), no finer than (columns, rows) of dots.

    Colours that share a dot are mixed by area; of marks that share one the highest is kept, so that
    one pixel in a million can be seen.
    """
    from matplotlib.colors import to_rgb

    rows, columns = panel.image.shape[:2]
    wanted = min(columns, dots[0]), min(rows, dots[1])
    if panel.image.ndim == 2:
        palette = np.array([to_rgb(color) for color in panel.palette])
        marks = _highest(_highest(panel.image, wanted[1]).T, wanted[0]).T
        return np.asarray(np.rint(palette[marks] * 255), np.uint8)
    if wanted == (columns, rows):
        return panel.image
    from PIL import Image

    mixed = Image.fromarray(panel.image).resize(wanted, Image.Resampling.BOX)
    return np.asarray(mixed)


def _highest(marks: NDArray[np.uint8], wanted: int) -> NDArray[np.uint8]:
    """Return the largest mark in each of `wanted` groups of neighbouring rows."""
    starts = np.arange(wanted) * len(marks) // wanted
    return np.asarray(np.maximum.reduceat(marks, starts, axis=0))
