"""Shown: a map, or a part of one, that is to be drawn or compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.errors import UsageError
from fractbench.map import Map, Saved, load
from fractbench.plot.span import Span
from fractbench.problems.base import Problem
from fractbench.problems.catalogue import problem
from fractbench.window import Window


@dataclass(frozen=True)
class Shown:
    """Arrays, [row, column], row 0 the lowest y, with one Span for each axis.

    `about` is the metadata of the whole map, also where a part of it is shown.
    """

    name: str
    problem: Problem
    spans: tuple[Span, ...]
    value: NDArray[np.floating]
    classes: NDArray[np.uint8]
    accumulators: Mapping[str, NDArray[np.floating]]
    about: Mapping[str, Any]

    @property
    def window(self) -> Window:
        """The whole map's window."""
        return Window(tuple((low, high) for low, high in self.about["window"]))

    @property
    def digest(self) -> str:
        """The whole map's digest."""
        return str(self.about["digest"])

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self.value.shape[1], self.value.shape[0]

    def cut(self, columns: tuple[int, int], rows: tuple[int, int]) -> Shown:
        """Return the part from a first up to and without a last column and row."""
        part = np.s_[rows[0] : rows[1], columns[0] : columns[1]]
        return dataclasses.replace(
            self,
            spans=tuple(s.cut(*ends) for s, ends in zip(self.spans, (columns, rows), strict=False)),
            value=self.value[part],
            classes=self.classes[part],
            accumulators={name: array[part] for name, array in self.accumulators.items()},
        )


def read(path: str | Path) -> Shown:
    """Read a map's file.

    Raises:
        UsageError: the file is absent, damaged or foreign.
    """
    path = Path(path)
    if path.is_dir():
        raise UsageError(f"{str(path)!r} is a folder; type a map's .npz")
    return _shown(path.stem, load(path), str(path))


def shown(made: Map, name: str = "") -> Shown:
    """Return a Map as it is shown; it is called by its problem unless it is named."""
    arrays = {"value": made.value, "class": made.classes, **made.accumulators}
    about = made.metadata()
    return _of(name or made.problem.spec, made.problem, about, arrays)


def _shown(name: str, saved: Saved, path: str) -> Shown:
    about = saved.metadata
    width, height = about["size"]
    # The digest is of the bytes in their order; it does not see another shape.
    if any(saved.arrays[key].shape != (height, width) for key in ("value", *about["accumulators"])):
        raise UsageError(f"{path!r} holds arrays that are not {width} x {height}: it was changed")
    chosen = problem(about["problem"]).with_steps(about["steps"])
    return _of(name, chosen, about, saved.arrays)


def _of(
    name: str, chosen: Problem, about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> Shown:
    window = Window(tuple((low, high) for low, high in about["window"]))
    bounds = [window.bounds(axis) for axis in range(len(window.intervals))]
    spans = [Span.of(*ends, count) for ends, count in zip(bounds, about["size"], strict=False)]
    sums = {key: arrays[key] for key in about["accumulators"]}
    return Shown(name, chosen, tuple(spans), arrays["value"], arrays["class"], sums, about)
