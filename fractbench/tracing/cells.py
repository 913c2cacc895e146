"""Cells: squares of `step` pixels whose four corners are pixels of the full grid.

The cell in column c and row r at a step has the key r * across + c. The last cell of a row or a
column ends at the last pixel, so it may be smaller. At step 1 a cell is a 2 x 2 block of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
"""Pixels by their places in row order, or cells by their keys."""
LEFT, RIGHT, BELOW, ABOVE = (-1, 0), (1, 0), (0, -1), (0, 1)
SIDES = ((LEFT, (0, 2)), (RIGHT, (1, 3)), (BELOW, (0, 1)), (ABOVE, (2, 3)))
"""The neighbour across every side of a cell, and the corners at the ends of that side."""


@dataclass(frozen=True)
class Cells:
    """The cells of one step on a grid of `width` x `height` pixels."""

    width: int
    height: int
    step: int

    @property
    def across(self) -> int:
        """Cells in a row."""
        return -(-(self.width - 1) // self.step)

    @property
    def up(self) -> int:
        """Cells in a column."""
        return -(-(self.height - 1) // self.step)

    def all(self) -> Places:
        """Return every cell."""
        return np.arange(self.across * self.up, dtype=np.int64)

    def corners(self, keys: Places) -> Places:
        """Return the pixels at the corners, (4, n): lower left and right, upper left and right."""
        left, low = keys % self.across * self.step, keys // self.across * self.step
        right = np.minimum(left + self.step, self.width - 1)
        top = np.minimum(low + self.step, self.height - 1)
        low, top = low * self.width, top * self.width
        return np.stack([low + left, low + right, top + left, top + right])

    def shifted(self, keys: Places, columns: int, rows: int) -> Places:
        """Return the cells so many columns and rows further, without those outside the grid."""
        column, row = keys % self.across + columns, keys // self.across + rows
        inside = (column >= 0) & (column < self.across) & (row >= 0) & (row < self.up)
        return np.asarray((row * self.across + column)[inside])

    def grown(self, keys: Places, by: int) -> Places:
        """Return the cells and all within `by` columns and rows of them, in order."""
        for columns, rows in ((1, 0), (0, 1)):
            moves = range(-by, by + 1)
            keys = unique([self.shifted(keys, columns * k, rows * k) for k in moves])
        return keys

    def children(self, keys: Places) -> Places:
        """Return the cells of half the step that make these up, in order."""
        finer = self.halved()
        column, row = keys % self.across * 2, keys // self.across * 2
        found = []
        for rows in (0, 1):
            for columns in (0, 1):
                inside = (column + columns < finer.across) & (row + rows < finer.up)
                found.append(((row + rows) * finer.across + column + columns)[inside])
        return unique(found)

    def halved(self) -> Cells:
        """Return the cells of half the step."""
        return Cells(self.width, self.height, self.step // 2)


def unique(parts: list[Places]) -> Places:
    """Return every place once, in order."""
    together = np.sort(np.concatenate(parts))
    first = np.ones(together.size, bool)
    np.not_equal(together[1:], together[:-1], out=first[1:])
    return together[first]


def among(keys: Places, ordered: Places) -> NDArray[np.bool_]:
    """Return which keys are among others, which are in order."""
    if not ordered.size:
        return np.zeros(keys.shape, bool)
    where = np.minimum(np.searchsorted(ordered, keys), ordered.size - 1)
    return np.asarray(ordered[where] == keys)
