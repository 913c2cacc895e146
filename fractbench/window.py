"""Window: a rectangle of hyperparameters as exact decimal strings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from fractbench.errors import UsageError

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_LONGEST = 1000
"""Digits of a number as it is typed: far more than any zoom needs, and quick to compute with."""
_EXACT = Context(prec=4 * _LONGEST)
_FORM = "two numbers low:high for each axis, for example --window -3:6,-3:6"


def decimal(text: str, form: str = f"a window takes {_FORM}") -> Decimal:
    """Read an exact decimal number; `form` says what to type instead.

    Raises:
        UsageError: the text is no finite decimal number.
    """
    if len(text) > _LONGEST:
        raise UsageError(f"a number of {len(text)} characters is too long; type at most {_LONGEST}")
    if not _NUMBER.fullmatch(text.strip()):
        raise UsageError(f"{text!r} is no finite decimal number; {form}")
    return Decimal(text.strip())


def canonical(number: Decimal) -> str:
    """Write a decimal without exponent, trailing zeros or a negative zero."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def brief(text: str) -> str:
    """Return a text for a sentence: what is very long loses its middle."""
    return text if len(text) <= 120 else f"{text[:56]}...{text[-56:]}"


Interval = tuple[str, str]


@dataclass(frozen=True)
class Window:
    """The range of each axis, both ends included: one Interval for a line, two for a rectangle."""

    intervals: tuple[Interval, ...]

    @classmethod
    def parse(cls, text: str) -> Window:
        """Read ``X0:X1`` or ``X0:X1,Y0:Y1``.

        Raises:
            UsageError: the text has another form, or a range is empty or reversed.
        """
        intervals = []
        for part in text.split(","):
            ends = part.split(":")
            if len(ends) != 2:
                raise UsageError(f"{text!r} is no window; it takes {_FORM}")
            intervals.append(_interval(decimal(ends[0]), decimal(ends[1])))
        if len(intervals) > 2:
            raise UsageError(f"{text!r} has {len(intervals)} ranges; a window takes {_FORM}")
        return cls(tuple(intervals))

    @classmethod
    def around(cls, center: str, width: str) -> Window:
        """Make a window of equal extent on every axis about a centre ``X`` or ``X,Y``.

        Raises:
            UsageError: a number is malformed or the width is not positive.
        """
        extent = decimal(width, "--width takes a number above 0")
        if extent <= 0:
            raise UsageError(f"width {width} is not positive; type a width above 0")
        half = _EXACT.multiply(extent, Decimal("0.5"))
        middles = [decimal(part, "type --center X,Y") for part in center.split(",")]
        if len(middles) > 2:
            raise UsageError(f"{center!r} is no centre; type --center X,Y, or X for a line")
        return cls(tuple(_interval(_EXACT.subtract(m, half), _EXACT.add(m, half)) for m in middles))

    def __str__(self) -> str:
        """Return the form that `parse` reads."""
        return ",".join(f"{low}:{high}" for low, high in self.intervals)

    @property
    def short(self) -> str:
        """The window for a sentence."""
        return brief(str(self))

    def bounds(self, axis: int) -> tuple[Fraction, Fraction]:
        """Return one axis' exact ends."""
        low, high = self.intervals[axis]
        return Fraction(low), Fraction(high)


def _interval(low: Decimal, high: Decimal) -> Interval:
    if low == high:
        raise UsageError(f"the window range {low}:{high} is empty; a window takes {_FORM}")
    if low > high:
        raise UsageError(f"the window range {low}:{high} is reversed; type {high}:{low}")
    return canonical(low), canonical(high)
