"""Scale: values -> places from 0 to 1 along an axis, with its ticks at round numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

ROUND = (1.0, 2.0, 5.0)
"""What is round, times a power of ten."""
_NEAR = 1e-9


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Return where a value lies: 0 at `low`, 1 at `high`."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def logarithmic(values: Sequence[float], most: int = 6) -> Scale:
    """Return an axis from a round number below all values, which are positive, to one above."""
    grid = _rounds(min(values) / 1.1, max(values) * 1.1)
    ticks = grid
    if len(ticks) > most:
        ticks = [value for value in grid if _is_decade(value)]
    stride = math.ceil(len(ticks) / most)
    return Scale(grid[0], grid[-1], True, tuple(ticks[::stride]))


def linear(values: Sequence[float], start: float | None = None, most: int = 5) -> Scale:
    """Return an axis over all values with at most about `most` ticks; it begins at `start`."""
    low = min(values) if start is None else start
    high = max(values)
    if high - low <= abs(high) * _NEAR:
        low, high = (low, low + 1) if low == 0 or start is not None else (low * 0.99, low * 1.01)
    step = _rounds(_smallest := (high - low) / most, _smallest)[-1]
    first, last = math.floor(low / step + _NEAR), math.ceil(high / step - _NEAR)
    ticks = tuple(n * step for n in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], False, ticks)


def _rounds(low: float, high: float) -> list[float]:
    """Return the round numbers from the last one below `low` to the first one above `high`."""
    first, last = math.floor(math.log10(low)), math.floor(math.log10(high)) + 1
    every = [digit * 10.0**power for power in range(first, last + 1) for digit in ROUND]
    start = max(n for n, value in enumerate(every) if value <= low * (1 + _NEAR))
    stop = min(n for n, value in enumerate(every) if value >= high * (1 - _NEAR))
    return every[start : max(stop, start + 1) + 1]


def _is_decade(value: float) -> bool:
    power = math.log10(value)
    return abs(power - round(power)) < _NEAR
