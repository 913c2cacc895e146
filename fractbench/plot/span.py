"""Span: where the pixels of one axis are, exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Span:
    """The pixels of an axis: `count` of them, `pitch` apart, the centre of the first at `first`.

    Fractions, since a deep window's points differ by less than a float can tell.
    """

    first: Fraction
    pitch: Fraction
    count: int

    @classmethod
    def of(cls, low: Fraction, high: Fraction, count: int) -> Span:
        """Return the span of `count` points from `low` to `high`; one point is the middle."""
        if count == 1:
            return cls((low + high) / 2, high - low, 1)
        return cls(low, (high - low) / (count - 1), count)

    @property
    def low(self) -> Fraction:
        """The first pixel's lower edge."""
        return self.first - self.pitch / 2

    @property
    def high(self) -> Fraction:
        """The last pixel's upper edge."""
        return self.low + self.count * self.pitch

    def at(self, pixel: int) -> Fraction:
        """Return the centre of a pixel."""
        return self.first + pixel * self.pitch

    def place(self, x: Fraction) -> float:
        """Return where a number is, in pixels from the centre of the first."""
        return float((x - self.first) / self.pitch)

    def holds(self, x: Fraction) -> bool:
        """Tell whether a number is within the pixels' edges."""
        return self.low <= x <= self.high

    def within(self, low: Fraction, high: Fraction) -> tuple[int, int]:
        """Return (start, stop) of the pixels whose centres are in an interval, ends included."""
        start = max(0, math.ceil((low - self.first) / self.pitch))
        stop = min(self.count, math.floor((high - self.first) / self.pitch) + 1)
        return start, max(start, stop)

    def cut(self, start: int, stop: int) -> Span:
        """Return the span of the pixels from `start` up to and without `stop`."""
        return Span(self.at(start), self.pitch, stop - start)
