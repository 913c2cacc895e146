"""Verdict: what `judge` found of a free kernel's map, its numbers, and whether it passes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.001
"""The probability below which a count of pixels is no accident."""
SHIFT = 3.0
"""The largest shift that passes, in units of spread plus slack."""


@dataclass(frozen=True)
class Count:
    """An observed number of pixels, what honest kernels would give, and its tail probability."""

    found: int
    expected: float
    chance: float

    @property
    def passed(self) -> bool:
        """Whether it is no more than chance explains."""
        return self.chance >= LEVEL


@dataclass(frozen=True)
class Verdict:
    """What `judge` found; `marks` is 0 settled, 1 unsettled, 2 wrong or strayed, per pixel."""

    pixels: int
    settled: int
    wrong: Count
    strayed: Count
    flips: Count
    shift: float
    marks: NDArray[np.uint8]

    @property
    def failures(self) -> list[str]:
        """The names of the tests that fail."""
        counts = {"wrong": self.wrong, "strayed": self.strayed, "flips": self.flips}
        failed = [name for name, count in counts.items() if not count.passed]
        return [*failed, *(["shift"] if not self.shift <= SHIFT else [])]

    @property
    def passed(self) -> bool:
        """Whether the kernel is as good as rounding allows."""
        return not self.failures

    def __str__(self) -> str:
        """Return the numbers in one line."""
        return (
            f"{'passed' if self.passed else 'FAILED by ' + ', '.join(self.failures)}: "
            f"{self.settled} of {self.pixels} pixels settled, {self.wrong.found} wrong "
            f"(p = {self.wrong.chance:.2g}), {self.strayed.found} strayed "
            f"(p = {self.strayed.chance:.2g}), {self.flips.found} flips of "
            f"{self.pixels - self.settled} ({self.flips.expected:.1f} expected, "
            f"p = {self.flips.chance:.2g}), shift {self.shift:.2g} (limit {SHIFT:g})"
        )
