"""Grid: a Window with a size in pixels, and the exact hyperparameters of its rows and columns."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.exact import power_of_ten
from fractbench.arithmetic.formats import FLOAT32, FLOAT64, Format
from fractbench.errors import UsageError
from fractbench.problems.base import Axis, Problem
from fractbench.window import Window, brief

MAX_WIDTH, MAX_HEIGHT, MAX_PIXELS = (1 << 24) + 1, 1 << 16, 1 << 30
FEW = 4096
"""Points that are enough to advise a dtype by; millions would take minutes."""


class TooFineError(UsageError):
    """Neighbouring pixels would share a hyperparameter; networks have the deep zoom for that."""


class NoReferenceError(UsageError):
    """Nothing in a window converges, so that a deep zoom has nothing to differ from."""


@dataclass(frozen=True)
class Grid:
    """A raster of `width` columns and `height` rows; row 0 is the lowest y, both ends included."""

    window: Window
    width: int
    height: int

    def __post_init__(self) -> None:
        """Refuse sizes that no map can have."""
        shown = f"{self.width}x{self.height}"
        if self.width < 1 or self.height < 1:
            raise UsageError(f"size {shown} is not positive; type --size 64 or --size 64x48")
        if (
            self.width > MAX_WIDTH
            or self.height > MAX_HEIGHT
            or self.width * self.height > MAX_PIXELS
        ):
            raise UsageError(
                f"size {shown} is too large; allowed are {MAX_WIDTH} columns, {MAX_HEIGHT} rows "
                f"and {MAX_PIXELS} pixels in all"
            )

    @property
    def pixels(self) -> int:
        """The number of pixels."""
        return self.width * self.height

    def values(self, axis: int, declared: Axis, fmt: Format) -> NDArray[np.floating]:
        """Return one axis' hyperparameters, each the exact rational point rounded once.

        Raises:
            UsageError: the window leaves the allowed range.
            TooFineError: two neighbours round to one value.
        """
        self.check_range(axis, declared)
        low, high = self.window.bounds(axis)
        count = self.width if axis == 0 else self.height
        if declared.scale == "log10":
            exact = [power_of_ten(x, fmt) for x in points(low, high, count)]
            values = np.array(exact, dtype=fmt.dtype)
        else:
            values = rounded_points(low, high, count, fmt)
        tiny = np.abs(values[values != 0])
        if tiny.size and tiny.min() < 2.0**-100:
            raise UsageError(
                f"the window range {self._shown(axis)} holds {tiny.min():g}, too close to 0 for "
                f"{declared.label}; type a range whose points are 0 or at least 1e-30 in size"
            )
        if np.any(values[1:] <= values[:-1]):
            raise TooFineError(self._too_fine(axis, declared, values, fmt))
        return values

    def _too_fine(
        self, axis: int, declared: Axis, values: NDArray[np.floating], fmt: Format
    ) -> str:
        """Return the sentence; it advises float64 where that is enough."""
        wider = ""
        if fmt.name == FLOAT32.name:
            few = Grid(self.window, *(min(side, FEW) for side in (self.width, self.height)))
            with suppress(TooFineError):
                few.values(axis, declared, FLOAT64)
                wider = "--dtype float64, "
        return (
            f"the window range {self._shown(axis)} is finer than {fmt.name} can resolve: "
            f"{len(values)} pixels share {len(np.unique(values))} distinct values; type {wider}a "
            "wider window or a smaller --size"
        )

    def _shown(self, axis: int) -> str:
        """Return an axis' range for a sentence."""
        return brief(":".join(self.window.intervals[axis]))

    def check_range(self, axis: int, declared: Axis) -> None:
        """Refuse a window that leaves an axis.

        Raises:
            UsageError: it does.
        """
        low, high = self.window.bounds(axis)
        if low < Fraction(declared.low) or high > Fraction(declared.high):
            raise UsageError(
                f"the window range {self._shown(axis)} leaves what {declared.label} allows; type "
                f"a range within {declared.low}:{declared.high}"
            )


def points(low: Fraction, high: Fraction, count: int) -> list[Fraction]:
    """Return `count` equidistant points with both ends, or the centre alone for a count of 1."""
    if count == 1:
        return [(low + high) / 2]
    return [low + (high - low) * k / (count - 1) for k in range(count)]


def rounded_points(low: Fraction, high: Fraction, count: int, fmt: Format) -> NDArray[np.floating]:
    """Return `points`, each rounded once to the format.

    Millions of fractions would take minutes. Dyadic points are exact in float64. Otherwise float64
    decides for float32: where the ends of an enclosure of the exact point round to one float32,
    that is the answer; the rest is done exactly.
    """
    if count == 1:
        return np.array([fmt.round(x) for x in points(low, high, count)], dtype=fmt.dtype)
    step = (high - low) / (count - 1)
    whole = math.lcm(low.denominator, step.denominator)
    if whole & (whole - 1) == 0 and (abs(low) + high - low) * whole < 2**53:
        # Dyadic points, as on grids of 2**k + 1: float64 holds each of them exactly.
        return ((int(low * whole) + int(step * whole) * np.arange(count)) / whole).astype(fmt.dtype)
    if fmt.precision > 24:
        return np.array([fmt.round(x) for x in points(low, high, count)], dtype=fmt.dtype)
    way = float(high - low) * (np.arange(count, dtype=np.float64) / (count - 1))
    near = float(low) + way
    slack = 2.0**-50 * (abs(float(low)) + way)
    values = (near - slack).astype(fmt.dtype)
    for k in np.flatnonzero(values != (near + slack).astype(fmt.dtype)):
        values[k] = fmt.round(low + step * int(k))
    return values


def parse_size(text: str, axes: int) -> tuple[int, int]:
    """Read ``64`` or ``64x48``; a Problem with one axis has one row.

    Raises:
        UsageError: the text is no size, or names rows for a Problem that has one.
    """
    match = re.fullmatch(r"(-?\d{1,18})(?:[xX](-?\d{1,18}))?", text.strip())
    if match is None:
        raise UsageError(f"{text!r} is no size; type --size 64 or --size 64x48")
    width = int(match[1])
    if axes == 1:
        if match[2] not in (None, "1"):
            raise UsageError(f"size {text} has rows, but this problem has one axis; type {width}")
        return width, 1
    return width, int(match[2] or width)


def grid_of(problem: Problem, window: Window, size: tuple[int, int]) -> Grid:
    """Make a Grid that fits a Problem's axes.

    Raises:
        UsageError: the window has another number of axes.
    """
    check_axes(problem, window, f"window {window}", ("--window X0:X1", "--window X0:X1,Y0:Y1"))
    return Grid(window, *size)


def check_axes(problem: Problem, window: Window, told: str, forms: tuple[str, str]) -> None:
    """Refuse a Window of another number of axes; `told` and `forms` are what was and may be typed.

    Raises:
        UsageError: it has another.
    """
    if len(window.intervals) != len(problem.axes):
        raise UsageError(
            f"{problem.name} has {len(problem.axes)} axes and the {told} has "
            f"{len(window.intervals)}; type {forms[len(problem.axes) - 1]}"
        )
