"""Traced: a boundary, the pixels that were trained for it, and what they say of the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fractbench.errors import UsageError
from fractbench.grid import MAX_PIXELS
from fractbench.tracing.cells import Places
from fractbench.tracing.known import UNKNOWN, Classes, Known
from fractbench.tracing.rule import Rule


@dataclass(frozen=True)
class Level:
    """What one level took: cells looked at, those mixed, and pixels trained until its end."""

    step: int
    looked: int
    mixed: int
    trained: int


@dataclass(frozen=True)
class Traced:
    """A boundary traced on a grid of `width` x `height` pixels.

    Attributes:
        width: columns of the full grid.
        height: rows of the full grid.
        rule: what was refined.
        levels: from the coarse lattice to single pixels.
        known: the trained pixels and their classes, which are those of the full map.
        keys: the boundary: 2 x 2 blocks that hold more than one class, in order; the block whose
            lower left pixel is in column c and row r has the key r * (width - 1) + c.
    """

    width: int
    height: int
    rule: Rule
    levels: tuple[Level, ...]
    known: Known
    keys: Places

    @property
    def trained(self) -> int:
        """The number of pixels trained."""
        return len(self.known)

    @property
    def share(self) -> float:
        """Pixels trained, as a share of the full grid."""
        return self.trained / (self.width * self.height)

    @property
    def rows(self) -> Places:
        """The row of every boundary block."""
        return self.keys // (self.width - 1)

    @property
    def columns(self) -> Places:
        """The column of every boundary block."""
        return self.keys % (self.width - 1)

    def classes(self, columns: Places, rows: Places) -> Classes:
        """Return the classes of any pixels: trained ones have their own.

        Another pixel has that of the lower left corner of the smallest cell about it whose corner
        was trained: where nothing was refined, all corners of its cell agree.
        """
        found = np.full(columns.shape, UNKNOWN, np.uint8)
        left = np.arange(columns.size)
        for level in reversed(self.levels):
            x, y = columns.flat[left], rows.flat[left]
            x = np.where(x == self.width - 1, x, x - x % level.step)
            y = np.where(y == self.height - 1, y, y - y % level.step)
            here = self.known.find(y * self.width + x)
            found.flat[left] = here
            left = left[here == UNKNOWN]
        return found

    def dense(self) -> Classes:
        """Return the class of every pixel of the full grid, (height, width).

        Raises:
            UsageError: the grid is too large for an array.
        """
        if self.width * self.height > MAX_PIXELS:
            raise UsageError(
                f"{self.width} x {self.height} pixels are too many for a dense map; allowed are "
                f"{MAX_PIXELS}: use the boundary's cells, or type a smaller --size"
            )
        places, trained = self.known.all()
        y, x = np.divmod(places, self.width)
        out: Classes | None = None
        for level in self.levels:
            columns, rows = _nodes(self.width, level.step), _nodes(self.height, level.step)
            if out is not None:
                out = out[_parents(rows, level.step)][:, _parents(columns, level.step)]
            else:
                out = np.zeros((rows.size, columns.size), np.uint8)
            i, on_row = _index(y, self.height, level.step)
            j, on_column = _index(x, self.width, level.step)
            on = on_row & on_column
            out[i[on], j[on]] = trained[on]
        assert out is not None
        return out


def _nodes(size: int, step: int) -> Places:
    """Return the pixels of a lattice along one side, the last one always among them."""
    return np.minimum(np.arange(-(-(size - 1) // step) + 1, dtype=np.int64) * step, size - 1)


def _parents(nodes: Places, step: int) -> Places:
    """Return the index of the coarser lattice's node at or before every node."""
    parents = nodes // (2 * step)
    parents[-1] = -(-nodes[-1] // (2 * step))
    return parents


def _index(places: Places, size: int, step: int) -> tuple[Places, np.typing.NDArray[np.bool_]]:
    """Return the places' indices on a lattice, and which of them are on it."""
    return -(-places // step), (places % step == 0) | (places == size - 1)
