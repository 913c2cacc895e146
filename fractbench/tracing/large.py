"""plan_of: a Request -> a Plan, also of grids with more pixels than a Map may have."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from fractbench.errors import UsageError
from fractbench.grid import MAX_PIXELS, Grid, parse_size
from fractbench.plan import Plan
from fractbench.request import Request

MAX_SIDE = 1 << 16
"""Columns and rows: all axis values of both sides are held, and are exact fractions once."""


@dataclass(frozen=True)
class LargeGrid(Grid):
    """A Grid of which no array of all pixels is made; only its sides are bounded."""

    def __post_init__(self) -> None:
        """Refuse sizes that no boundary is traced on."""
        shown = f"{self.width}x{self.height}"
        if not (2 <= self.width <= MAX_SIDE and 2 <= self.height <= MAX_SIDE):
            raise UsageError(
                f"size {shown} is not allowed; a boundary is traced on 2 to {MAX_SIDE} columns and "
                "rows, so type --size 8192"
            )


def plan_of(request: Request) -> Plan:
    """Return the Plan of a Request whose size may exceed that of a Map.

    Raises:
        UsageError: something asked for is not allowed, or the problem has one axis.
    """
    small = dataclasses.replace(request, size=2).plan()
    if len(small.problem.axes) != 2:
        raise UsageError(
            f"{small.problem.name} has one axis, and tracing needs two; type fractbench run "
            f"{small.problem.name}, whose line is trained whole"
        )
    if request.size is None:
        return request.plan()
    told = request.size
    text = "x".join(str(n) for n in told) if isinstance(told, tuple) else str(told)
    width, height = parse_size(text, 2)
    grid = LargeGrid(small.grid.window, width, height)
    if width * height <= MAX_PIXELS:
        return request.plan()
    if small.perturbed:
        raise UsageError(
            f"size {text} is too large for a deep zoom, which knows every row and column; allowed "
            f"are {MAX_PIXELS} pixels in all, or type --dtype float64"
        )
    return dataclasses.replace(small, grid=grid)
