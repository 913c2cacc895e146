"""difference: which pixels of two maps differ, in class and in bits, as numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.bits import differing_bits
from fractbench.errors import UsageError
from fractbench.plot.boundary import on_boundary
from fractbench.plot.shown import Shown

Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]
"""(first column, first row, last column, last row), all within."""


@dataclass(frozen=True)
class Apart:
    """How far the values of some pixels differ; None where no difference is finite."""

    largest: float | None
    median: float | None


@dataclass(frozen=True)
class Difference:
    """What differs between two maps of one size; `bits` and `classes` are masks, [row, column].

    `bits` is where any accumulator differs in a bit. Arrays of two dtypes are compared in the
    wider one, which holds both exactly. NaN equals NaN.
    """

    bits: Mask
    classes: Mask
    accumulators: dict[str, int]
    """Pixels in which each of them differs, in the Problem's order."""
    changes: dict[tuple[str, str], int]
    """Pixels by their class in the first and in the second map, where these differ."""
    value: Apart
    """Of all pixels that differ."""
    value_in_class: Apart
    """Of those that differ and keep their class."""
    boundary: int
    """Pixels of the first map that have a neighbour, of eight, of another class."""
    differing_on_boundary: int
    classes_on_boundary: int

    @property
    def pixels(self) -> int:
        """The number of pixels of a map."""
        return self.bits.size

    @property
    def count(self) -> int:
        """The number of pixels that differ in any bit."""
        return int(np.count_nonzero(self.bits))

    @property
    def classes_count(self) -> int:
        """The number of pixels that differ in class."""
        return int(np.count_nonzero(self.classes))

    @property
    def same(self) -> bool:
        """Whether every accumulator has the same bits."""
        return not self.count

    @property
    def first_accumulator(self) -> str | None:
        """The first accumulator, in the Problem's order, that differs anywhere."""
        return next((name for name, count in self.accumulators.items() if count), None)

    @property
    def first_pixel(self) -> tuple[int, int] | None:
        """(column, row) of the first pixel that differs, in row order from the lowest y."""
        if self.same:
            return None
        row, column = divmod(int(np.argmax(self.bits)), self.bits.shape[1])
        return column, row

    @property
    def box(self) -> Box | None:
        """The box of all pixels that differ."""
        return _box(self.bits)

    @property
    def classes_box(self) -> Box | None:
        """The box of all pixels that differ in class."""
        return _box(self.classes)


def check_comparable(a: Shown, b: Shown, anyway: bool) -> None:
    """Refuse maps that are not of one thing; `anyway` only asks for one size and one measure.

    Raises:
        UsageError: they are not.
    """
    for name in ("size", "problem", "steps", "window", "draws"):
        if a.about[name] != b.about[name] and (name == "size" or not anyway):
            rest = ""
            if name != "size":
                rest = ", or type --anyway to compare pixel by pixel what was trained differently"
            raise UsageError(
                f"the maps differ in {name}: {_words(a, name)} and {_words(b, name)}; type two "
                f"maps of one {name}{rest}"
            )
    if a.problem.accumulators != b.problem.accumulators or a.problem.classes != b.problem.classes:
        raise UsageError(
            f"{a.problem.spec} and {b.problem.spec} measure different things; type two maps with "
            "the same accumulators and classes"
        )


def difference(a: Shown, b: Shown) -> Difference:
    """Compare two maps that are comparable, pixel by pixel."""
    shared = [name for name in a.accumulators if name in b.accumulators]
    each = {name: _differing(a.accumulators[name], b.accumulators[name]) for name in shared}
    bits: Mask = np.logical_or.reduce(list(each.values()))
    classes = a.classes != b.classes
    names = [entry.name for entry in a.problem.classes]
    pairs = zip(a.classes[classes].tolist(), b.classes[classes].tolist(), strict=True)
    boundary = on_boundary(a.classes)
    return Difference(
        bits=bits,
        classes=classes,
        accumulators={name: int(np.count_nonzero(mask)) for name, mask in each.items()},
        changes={(names[i], names[j]): n for (i, j), n in sorted(Counter(pairs).items())},
        value=_apart(a, b, bits),
        value_in_class=_apart(a, b, bits & ~classes),
        boundary=int(np.count_nonzero(boundary)),
        differing_on_boundary=int(np.count_nonzero(bits & boundary)),
        classes_on_boundary=int(np.count_nonzero(classes & boundary)),
    )


def _differing(a: NDArray[np.floating], b: NDArray[np.floating]) -> Mask:
    wider = np.promote_types(a.dtype, b.dtype)
    return differing_bits(a.astype(wider, copy=False), b.astype(wider, copy=False))


def _box(mask: Mask) -> Box | None:
    if not mask.any():
        return None
    columns, rows = (np.flatnonzero(mask.any(axis=axis)) for axis in (0, 1))
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])


def _apart(a: Shown, b: Shown, where: Mask) -> Apart:
    first, second = (item.value[where].astype(np.float64) for item in (a, b))
    with np.errstate(invalid="ignore", over="ignore"):
        far = np.abs(first - second)
    far = far[np.isfinite(far)]
    if not far.size:
        return Apart(None, None)
    return Apart(float(far.max()), float(np.median(far)))


def _words(item: Shown, name: str) -> str:
    if name == "size":
        return "{} x {}".format(*item.about["size"])
    return str(item.window) if name == "window" else str(item.about[name])
