"""Frame: what is written around a panel, and the room that it takes."""

from __future__ import annotations

from dataclasses import dataclass

from fractbench.plot.letters import high, wide, wrapped
from fractbench.plot.panel import Panel
from fractbench.plot.span import Span
from fractbench.plot.ticks import Ticks, ticks

TICK, GAP = 0.8, 0.7
"""Millimetres: a tick's length, and the space between things."""
_MOST = 6
"""Marks on an axis."""


@dataclass(frozen=True)
class Frame:
    """Marks and lines of text around a panel; `left` to `top` are mm outside it."""

    x: Ticks | None
    y: Ticks | None
    below: tuple[str, ...]
    beside: tuple[str, ...]
    title: tuple[str, ...]
    left: float
    right: float
    bottom: float
    top: float


def small(points: float) -> float:
    """Return the size of the letters of marks and feet, in points."""
    return points - 1


def framed(
    panel: Panel, width: float, points: float, shown: tuple[bool, bool], bare: bool = False
) -> Frame:
    """Return the frame of a panel of some mm, with the marks of x or y where they are shown.

    A bare panel has its foot in place of marks.
    """
    title = tuple(wrapped(panel.title, points, width)) if panel.title else ()
    top = high(len(title), points) + GAP if title else GAP
    if bare:
        foot = tuple(wrapped(panel.foot, small(points), width)) if panel.foot else ()
        bottom = 3 * GAP + high(len(foot), small(points))
        return Frame(None, None, foot, (), title, GAP, GAP, bottom, top)
    height = panel.height(width)
    x = fitting(panel.spans[0], width, points, along=True) if shown[0] else None
    y = fitting(panel.spans[1], height, points, along=False) if shown[1] else None
    below = _lines(x, panel, 0, points, width)
    beside = _lines(y, panel, 1, points, height)
    hang = _overhang(panel.spans[0], x, width, points)
    left = hang[0]
    if y is not None:
        marks = max(wide(label, small(points)) for label in y.labels)
        left = max(left, TICK + 2 * GAP + marks + high(len(beside), points))
    bottom = GAP
    if x is not None:
        bottom = TICK + 2 * GAP + high(1, small(points)) + high(len(below), points)
    return Frame(x, y, below, beside, title, left, hang[1], bottom, top)


def fitting(span: Span, length: float, points: float, along: bool) -> Ticks:
    """Return as many marks as fit on a side of some mm without touching."""
    for most in range(_MOST, 1, -1):
        made = ticks(span, most)
        room = length / span.count * _pitch(made)
        widest = max(wide(label, small(points)) for label in made.labels)
        if room >= (widest + 2 * GAP if along else high(1, small(points)) * 1.2):
            return made
    return ticks(span, 1)


def _pitch(made: Ticks) -> float:
    """Return the pixels from one mark to the next."""
    return made.places[1] - made.places[0] if len(made.places) > 1 else float("inf")


def _overhang(span: Span, x: Ticks | None, width: float, points: float) -> tuple[float, float]:
    """Return how far the outermost marks reach over the panel's sides, a gap at least."""
    if x is None:
        return GAP, GAP
    half = [wide(label, small(points)) / 2 for label in x.labels]
    first = (x.places[0] + 0.5) / span.count * width
    last = (span.count - 0.5 - x.places[-1]) / span.count * width
    return max(GAP, half[0] - first + GAP), max(GAP, half[-1] - last + GAP)


def _lines(
    made: Ticks | None, panel: Panel, axis: int, points: float, length: float
) -> tuple[str, ...]:
    if made is None:
        return ()
    declared = panel.axes[axis]
    name = f"log10 {declared.label}" if declared.scale == "log10" else declared.label
    return tuple(line for text in made.label(name) for line in wrapped(text, points, length))
