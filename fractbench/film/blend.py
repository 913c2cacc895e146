"""blend: the frames from one key frame to the next.

Key frames are maps of (N + 1) x (N + 1) points for a film of N x N pixels, ends included, about the
fixed point, which is the point (N/2, N/2) of each. So every second point of the inner key frame
*is* a point of the outer one, and pixel (row, column) of a frame that is `way` of the way from the
outer to the inner one shows

    outer point   N/2 + (row - N/2) * 2**-way,       N/2 + (column - N/2) * 2**-way
    inner point   N/2 + (row - N/2) * 2**(1 - way),  N/2 + (column - N/2) * 2**(1 - way)

each rounded to the nearest point: the inner one where its map reaches, the outer one around it.
The colour of a point is painted from (1 - w) * (rank of its value among the outer map's) + w *
(rank among the inner map's), w = sin^2(way * pi / 2).

At way 0 this is the outer map's own picture less its last row and column, pixel for pixel, at way 1
the inner one's. The nearest point, not an interpolation between points, as published: interpolated
colours are none that a network had, and were measured to sharpen with a jolt at each key frame
(mean step between neighbouring pixels of `single`, 256 px: 1.7, 2.2, 1.9 levels in the frames
before, at and after one, against 2.18, 2.21, 2.23).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fractbench.film.paint import Palette, Pixels, Ranks, Values
from fractbench.film.timeline import scale, weight


@dataclass(frozen=True)
class Layer:
    """One key frame's points, [row, column], row 0 the lowest y, all (N + 1, N + 1).

    `among_outer` and `among_inner` are the ranks of its values among those of the two key frames
    of a segment; float32, since the colours are 256.
    """

    classes: NDArray[np.uint8]
    among_outer: NDArray[np.float32]
    among_inner: NDArray[np.float32]

    def shown(
        self, rows: NDArray[np.intp], columns: NDArray[np.intp], share: float, palette: Palette
    ) -> Pixels:
        """Return the colours of the points at `rows` x `columns`, the inner ranks by `share`."""
        places = np.ix_(rows, columns)
        ranks = (1 - share) * self.among_outer[places] + share * self.among_inner[places]
        return palette.paint(ranks, self.classes[places])


@dataclass(frozen=True)
class Segment:
    """Two neighbouring key frames; `inner` covers the middle half of `outer`."""

    outer: Layer
    inner: Layer
    palette: Palette

    def frame(self, way: float) -> Pixels:
        """Return the frame at `way` in [0, 1]: (N, N, 3), row 0 the lowest y."""
        side = self.outer.classes.shape[0] - 1
        share = weight(way)
        near = places(side, scale(way))
        out = self.outer.shown(near, near, share, self.palette)
        fine = places(side, 2 * scale(way))
        inside = np.flatnonzero((fine >= 0) & (fine <= side))
        block = slice(inside[0], inside[-1] + 1)
        out[block, block] = self.inner.shown(fine[block], fine[block], share, self.palette)
        return out


def places(side: int, pitch: float) -> NDArray[np.intp]:
    """Return the map's row (or column) nearest to each of `side` pixels, `pitch` rows apart.

    The middle pixel, side / 2, is on the middle row, side / 2, whatever the pitch: the fixed point
    stays where it is. Rows outside the map are below 0 or above `side`.
    """
    half = side // 2
    exact = half + (np.arange(side) - half) * pitch
    return np.asarray(np.floor(exact + 0.5).astype(np.intp))


def segment(
    outer: tuple[Values, NDArray[np.uint8]],
    inner: tuple[Values, NDArray[np.uint8]],
    palette: Palette,
) -> Segment:
    """Return the Segment between two key frames, each given as (value, class) of every point."""
    among_outer, among_inner = palette.rank(outer[0]), palette.rank(inner[0])

    def layer(value: Values, classes: NDArray[np.uint8]) -> Layer:
        return Layer(classes, _narrow(among_outer(value)), _narrow(among_inner(value)))

    return Segment(layer(*outer), layer(*inner), palette)


def still(value: Values, classes: NDArray[np.uint8], palette: Palette) -> Pixels:
    """Return a key frame's own picture, (N, N, 3), from its (N + 1, N + 1) points."""
    ranks = palette.rank(value)(value)
    return np.ascontiguousarray(palette.paint(ranks, classes)[:-1, :-1])


def _narrow(ranks: Ranks) -> NDArray[np.float32]:
    return ranks.astype(np.float32)
