"""ticks: exact marks on an axis, as they are or as offsets from a number that is written once."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from fractions import Fraction

from fractbench.plot.span import Span

_LONGEST = 7
"""Characters of a mark that is written in full."""
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Ticks:
    """Where marks are, in pixels from the centre of the first, and what is written there.

    Where `origin` is not empty, the marks are offsets from that number in units of ten to the
    `exponent`.
    """

    places: tuple[float, ...]
    labels: tuple[str, ...]
    origin: str = ""
    exponent: int = 0

    def label(self, name: str) -> list[str]:
        """Return the lines that name the axis, and what its marks are offsets from."""
        if not self.origin:
            return [name]
        return [f"{name}, in 10{str(self.exponent).translate(_RAISED)} from", self.origin]


def ticks(span: Span, most: int) -> Ticks:
    """Return at most `most` marks at multiples of 1, 2 or 5 times a power of ten, and at least one.

    Marks that would be long are offsets from the middle, rounded to a tenth of their unit:
    the number that is written is exact, and so are the marks.
    """
    step, exponent = _step(span.high - span.low, most)
    marks = _multiples(span, Fraction(0), step)
    labels = [_plain(mark, exponent) for mark in marks]
    if marks and max(map(len, labels)) <= _LONGEST:
        return _at(span, marks, labels)
    unit, finer = Fraction(10) ** exponent, Fraction(10) ** (exponent - 1)
    origin = round((span.low + span.high) / 2 / finer) * finer
    marks = _multiples(span, origin, step)
    labels = [_minus(str(int((mark - origin) / unit))) for mark in marks]
    written = _decimal(origin, exponent - 1).rstrip("0") if exponent <= 0 else str(int(origin))
    return dataclasses.replace(_at(span, marks, labels), origin=written, exponent=exponent)


def _step(length: Fraction, most: int) -> tuple[Fraction, int]:
    """Return the smallest step with which no more than `most` marks fit, and its power of ten."""
    exponent = _power(length / most)
    for factor in (1, 2, 5, 10):
        step = factor * Fraction(10) ** exponent
        if length <= step * most:
            break
    return step, exponent + (factor == 10)


def _power(x: Fraction) -> int:
    """Return the largest n with 10**n <= x."""
    near = math.floor((x.numerator.bit_length() - x.denominator.bit_length()) * math.log10(2)) - 1
    while Fraction(10) ** (near + 1) <= x:
        near += 1
    return near


def _multiples(span: Span, origin: Fraction, step: Fraction) -> list[Fraction]:
    first = math.ceil((span.low - origin) / step)
    last = math.floor((span.high - origin) / step)
    return [origin + k * step for k in range(first, last + 1)]


def _at(span: Span, marks: list[Fraction], labels: list[str]) -> Ticks:
    return Ticks(tuple(span.place(mark) for mark in marks), tuple(labels))


def _plain(mark: Fraction, exponent: int) -> str:
    return _minus(_decimal(mark, exponent))


def _decimal(number: Fraction, exponent: int) -> str:
    """Return a multiple of ten to the `exponent` in decimal digits."""
    places = max(0, -exponent)
    digits = str(abs(int(number * 10**places))).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if number < 0 else text


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")
