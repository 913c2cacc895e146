"""picture: a traced boundary as a PNG: classes pale, as they are filled, and the boundary dark."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from fractbench.tracing.cells import Places
from fractbench.tracing.made import Made
from fractbench.tracing.traced import Traced

SIDE = 1024
"""Pixels of the longer side at most; each then stands for a square of the grid's pixels."""
_PALE = 0.45


def image(traced: Traced, colors: NDArray[np.float64], side: int = SIDE) -> NDArray[np.uint8]:
    """Return the picture, (rows, columns, 3), row 0 the lowest y.

    A square that a straight line runs through is black, one that it touches is grey.

    Args:
        traced: the boundary.
        colors: of the classes, (classes, 3), 0 to 1.
        side: pixels of the longer side at most.
    """
    cell = -(-max(traced.width, traced.height) // side)
    x, y = np.meshgrid(_middles(traced.width, cell), _middles(traced.height, cell))
    pale = 1 - _PALE * (1 - colors)[traced.classes(x, y)]
    across = x.shape[1]
    squares = traced.rows // cell * across + traced.columns // cell
    blocks = np.bincount(squares, minlength=x.size).reshape(x.shape)
    light = 1 - np.minimum(blocks / cell, 1)
    return np.asarray(np.rint(pale * light[..., None] * 255), np.uint8)


def _middles(size: int, cell: int) -> Places:
    return np.minimum(np.arange(0, size, cell, dtype=np.int64) + cell // 2, size - 1)


def png(made: Made) -> bytes:
    """Return the picture as a PNG whose metadata hold the problem, the window and the digest."""
    from matplotlib.colors import to_rgb
    from PIL import Image, PngImagePlugin

    problem, grid = made.plan.problem, made.plan.grid
    colors = np.array([to_rgb(entry.color) for entry in problem.classes])
    about = PngImagePlugin.PngInfo()
    about.add_text("Title", f"{problem.spec}: the boundary on {grid.width} x {grid.height} pixels")
    about.add_text(
        "Description", f"window {grid.window}; {problem.steps} steps; {made.digest}"
    )  # fmt: skip
    about.add_text("Software", "fractbench")
    buffer = io.BytesIO()
    Image.fromarray(image(made.traced, colors)[::-1]).save(buffer, format="png", pnginfo=about)
    return buffer.getvalue()
