"""ranges: what a person types about places in a map: a crop, a note at a point."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from fractbench.errors import UsageError
from fractbench.plot.shown import Shown
from fractbench.window import decimal

_CROP = "type --crop X0:X1,Y0:Y1 in the numbers of the window, X0:X1 for a line"
_PIXELS = "type --crop-pixels C0:C1,R0:R1, from column C0 up to and without C1, row 0 the lowest"
_NOTE = 'type --annotate "text@x,y" in the numbers of the window, "text@x" for a line'


@dataclass(frozen=True)
class Note:
    """Words at a point of the window, one exact number for each axis."""

    text: str
    point: tuple[Fraction, ...]


def crop(whole: Shown, text: str) -> Shown:
    """Return the pixels whose centres are in ``X0:X1,Y0:Y1``, in the numbers of the window.

    Raises:
        UsageError: the text is no crop, leaves the window, or holds no pixel.
    """
    ends = []
    ranges = _ranges(whole, text, "--crop", _CROP)
    for axis, (low, high) in enumerate(ranges):
        span = whole.spans[axis]
        first, last = (Fraction(decimal(part, _CROP)) for part in (low, high))
        _ordered(first < last, low, high, _CROP)
        if not (span.holds(first) and span.holds(last)):
            window = ":".join(whole.window.intervals[axis])
            raise UsageError(f"the crop {low}:{high} leaves the window {window} of {whole.name}; "
                             f"type a range within {window}")  # fmt: skip
        start, stop = span.within(first, last)
        if start == stop:
            raise UsageError(f"the crop {low}:{high} lies between two pixels of {whole.name}; "
                             f"type a range that holds a pixel, they are {float(span.pitch):.3g} "
                             "apart")  # fmt: skip
        ends.append((start, stop))
    return _cut(whole, ends)


def crop_pixels(whole: Shown, text: str) -> Shown:
    """Return the pixels of ``C0:C1,R0:R1``, from C0 up to and without C1, row 0 the lowest.

    Raises:
        UsageError: the text is no crop, leaves the map, or holds no pixel.
    """
    ends = []
    for axis, (low, high) in enumerate(_ranges(whole, text, "--crop-pixels", _PIXELS)):
        if not (low.isdecimal() and high.isdecimal()):
            raise UsageError(f"{low}:{high} are no two whole numbers; {_PIXELS}")
        start, stop = int(low[:18]), int(high[:18])
        _ordered(start < stop, low, high, _PIXELS)
        count = whole.spans[axis].count
        if stop > count:
            raise UsageError(f"the crop {low}:{high} leaves the {count} "
                             f"{('columns', 'rows')[axis]} of {whole.name}; type a range within "
                             f"0:{count}")  # fmt: skip
        ends.append((start, stop))
    return _cut(whole, ends)


def note(text: str) -> Note:
    """Read ``text@x,y``, or ``text@x`` for a line.

    Raises:
        UsageError: the text has another form.
    """
    words, at, point = text.rpartition("@")
    if not at or not words.strip():
        raise UsageError(f"{text!r} is no note at a point; {_NOTE}")
    numbers = tuple(Fraction(decimal(part, _NOTE)) for part in point.split(","))
    return Note(printable(words.strip(), "--annotate"), numbers)


def printable(text: str, option: str) -> str:
    """Return words that can be drawn.

    Raises:
        UsageError: they hold a character that no font draws.
    """
    for character in text:
        if not character.isprintable() and character != "\n":
            raise UsageError(f"{option} {text!r} holds {character!r}, which cannot be drawn; "
                             "leave it out")  # fmt: skip
    return text


def holds(whole: Shown, at: Note) -> bool:
    """Tell whether a note's point is in what is shown.

    Raises:
        UsageError: the note has another number of axes.
    """
    if len(at.point) != len(whole.spans):
        raise UsageError(f"the note {at.text!r} has {len(at.point)} numbers and {whole.name} has "
                         f"{len(whole.spans)} axes; {_NOTE}")  # fmt: skip
    return all(span.holds(x) for span, x in zip(whole.spans, at.point, strict=True))


def _ranges(whole: Shown, text: str, option: str, form: str) -> list[tuple[str, str]]:
    parts = [tuple(end.strip() for end in part.split(":")) for part in text.split(",")]
    if any(len(ends) != 2 for ends in parts):
        raise UsageError(f"{option} {text!r} is no range; {form}")
    if len(parts) != len(whole.spans):
        raise UsageError(f"{option} {text!r} has {len(parts)} ranges and {whole.name} has "
                         f"{len(whole.spans)} axes; {form}")  # fmt: skip
    return [(low, high) for low, high in parts]


def _ordered(in_order: bool, low: str, high: str, form: str) -> None:
    if not in_order:
        raise UsageError(f"the crop {low}:{high} is empty; {form}, the lower number first")


def _cut(whole: Shown, ends: list[tuple[int, int]]) -> Shown:
    return whole.cut(ends[0], ends[1] if len(ends) > 1 else (0, 1))
