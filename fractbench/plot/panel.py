"""Panel and Picture: what is to be drawn, before anything is placed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fractbench.plot.boundary import Segments
from fractbench.plot.key import Key
from fractbench.plot.page import Page
from fractbench.plot.ranges import Note
from fractbench.plot.span import Span
from fractbench.problems.base import Axis

LINE_HEIGHT = 10.0
"""Millimetres of a map with one row."""


@dataclass(frozen=True)
class Panel:
    """One image with its axes.

    `image` is a colour for each pixel, (rows, columns, 3), or a mark, (rows, columns), that stands
    for a colour of `palette`; of marks that share a dot the highest is shown. `box` is drawn around
    the pixels (first column, first row, last column, last row).
    """

    image: NDArray[np.uint8]
    spans: tuple[Span, ...]
    axes: tuple[Axis, ...]
    title: str = ""
    foot: str = ""
    palette: tuple[str, ...] = ()
    contour: Segments | None = None
    notes: tuple[Note, ...] = ()
    box: tuple[int, int, int, int] | None = None

    @property
    def line(self) -> bool:
        """Whether it has one axis."""
        return len(self.spans) == 1

    def height(self, width: float) -> float:
        """Return the height in mm at a width: pixels are square, if that is not extreme."""
        rows, columns = self.image.shape[:2]
        return LINE_HEIGHT if self.line else width * min(max(rows / columns, 1 / 8), 4)


@dataclass(frozen=True)
class Picture:
    """Panels on a page; `bare` ones have a foot in place of axes. No `columns`: as many as fit."""

    panels: tuple[Panel, ...]
    page: Page
    key: Key
    heading: str = ""
    bare: bool = False
    columns: int | None = None
