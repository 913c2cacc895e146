"""Places on a chart: percentages across, pixels down.

So a chart is as wide as there is room for, and its dots and its text keep their size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fractbench.bench.report.scale import Scale
from fractbench.bench.tables.figures import plain, three


@dataclass(frozen=True)
class Point:
    """A place on a chart."""

    x: float
    y: float


@dataclass(frozen=True)
class Tick:
    """A grid line and its label."""

    at: float
    label: str


@dataclass(frozen=True)
class Axis:
    """A Scale laid from `first` to `last`, in percent or in pixels."""

    scale: Scale
    first: float
    last: float
    label: Callable[[float], str]

    def at(self, value: float) -> float:
        """Return a value's place."""
        found = self.first + self.scale.place(value) * (self.last - self.first)
        return round(found, 2)

    @property
    def ticks(self) -> list[Tick]:
        """The grid lines."""
        return [Tick(self.at(value), self.label(value)) for value in self.scale.ticks]


def rate_label(value: float) -> str:
    """Return a tick as ``10 M``."""
    return _short(three(value))


def share_label(value: float) -> str:
    """Return a tick as ``20 %``."""
    return _short(share_text(value))


def share_text(value: float) -> str:
    """Return a share as ``41.2 %``."""
    return f"{plain(value * 100)} %"


def seconds_label(value: float) -> str:
    """Return a tick as ``20 ms``."""
    return _short(three(value, "s")) if value else "0 s"


def down(count: int, first: float, last: float) -> Sequence[float]:
    """Return `count` places from `first` to `last`; a single one lies in the middle."""
    if count == 1:
        return [(first + last) / 2]
    return [round(first + n * (last - first) / (count - 1), 2) for n in range(count)]


def _short(text: str) -> str:
    """Drop zeros after the point of a number."""
    number, space, unit = text.partition(" ")
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return number + space + unit
