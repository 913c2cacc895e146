"""frames: which windows a dimension is measured on, and in which dtype each of them is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from fractbench.arithmetic.formats import FLOAT32, FLOAT64, Format
from fractbench.errors import UsageError
from fractbench.grid import Grid, grid_of, parse_size
from fractbench.problems.base import Problem
from fractbench.problems.catalogue import problem
from fractbench.request import Request
from fractbench.window import Window

LADDER = "published:"
ULPS = 16
"""Ulps between neighbours that float32 must have: a pixel is then at most 1/32 off its place."""


@dataclass(frozen=True)
class Asked:
    """What a dimension is asked for: a problem, the size of a frame, and how it is trained.

    `size` is the side in pixels, or the points of a line; None for `steps` are the problem's own.
    A `window` is one that has no name: it takes the place of whatever view is named. `float64`
    tells whether the device has it.
    """

    problem: str
    size: int
    steps: int | None = None
    dtype: str = "auto"
    window: str | None = None
    float64: bool = True

    def request(self, view: str) -> Request:
        """Return the Request of one frame, its dtype chosen.

        Raises:
            UsageError: something asked for is not allowed.
        """
        chosen = problem(self.problem)
        steps = chosen.steps if self.steps is None else self.steps
        named = chosen.view(view) if self.window is None else Window.parse(self.window)
        dtype = self.dtype
        if dtype == "auto":
            dtype = dtype_of(chosen, named, self.size) if self.float64 else FLOAT32.name
        return Request(chosen, dtype=dtype, window=str(named), size=self.size, steps=steps)

    def doubled(self) -> Asked:
        """Return the same with half the spacing: 2 n - 1 pixels, both ends of the window kept."""
        return replace(self, size=2 * self.size - 1)


def views(chosen: Problem, view: str | None, frames: int | None = None) -> list[str]:
    """Return the named windows to measure, the widest first.

    Args:
        chosen: the problem.
        view: ``ladder`` for ``published:0`` to its last, or one named window; None takes
            ``published`` where there is one, else ``start``.
        frames: so many of the ladder's, evenly spread, with the first and the last; None takes all.

    Raises:
        UsageError: the problem has no such view, or no ladder, or not so many frames.
    """
    ladder = [name for name in chosen.views if name.startswith(LADDER)]
    if view != "ladder":
        if frames is not None:
            raise UsageError("--frames chooses among a ladder's frames; type --view ladder with it")
        name = view or ("published" if "published" in chosen.views else "start")
        chosen.view(name)
        return [name]
    if not ladder:
        raise UsageError(
            f"{chosen.name} has no ladder of published windows; type --view with one of: "
            + ", ".join(chosen.views)
        )
    if frames is None:
        return ladder
    if not 2 <= frames <= len(ladder):
        raise UsageError(
            f"--frames {frames} is not allowed: the ladder of {chosen.name} has {len(ladder)} "
            f"frames; type 2 to {len(ladder)}"
        )
    return [ladder[round(k * (len(ladder) - 1) / (frames - 1))] for k in range(frames)]


def dtype_of(chosen: Problem, window: Window, size: int) -> str:
    """Return the dtype of a frame: float32 where its pixels are `ULPS` apart, else float64.

    What float64 cannot tell apart is asked for as it stands, so that a deep zoom may make it.

    Raises:
        UsageError: the window does not fit the problem's axes.
    """
    grid = grid_of(chosen, window, parse_size(str(size), len(chosen.axes)))
    if all(_spacing(chosen, grid, axis) >= ULPS for axis in range(len(chosen.axes))):
        return FLOAT32.name
    return FLOAT64.name if _resolved(chosen, grid, FLOAT64) else FLOAT32.name


def _spacing(chosen: Problem, grid: Grid, axis: int) -> float:
    """Return the least distance of neighbours in float32 ulps, from the ends of the window.

    On a log10 axis neighbours differ by one factor, so the ulp relative to a number is at most
    2**-23; on a linear one the ulp is largest at the end farthest from zero.
    """
    low, high = grid.window.bounds(axis)
    count = grid.width if axis == 0 else grid.height
    step = float(Fraction(high - low) / max(count - 1, 1))
    if chosen.axes[axis].scale == "log10":
        return float(step * np.log(10) * 2**23)
    return float(step / np.spacing(np.float32(max(abs(low), abs(high)))))


def _resolved(chosen: Problem, grid: Grid, fmt: Format) -> bool:
    try:
        for index, axis in enumerate(chosen.axes):
            grid.values(index, axis, fmt)
    except UsageError:
        return False
    return True
