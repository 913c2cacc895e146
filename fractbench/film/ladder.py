"""ladder: the windows of a film's key frames, each half as wide as the one before, about one point.

All of them are exact decimals, so that the pixels of neighbouring key frames are the same points
wherever they meet.
"""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from math import ceil, log2

from fractbench.errors import UsageError
from fractbench.problems.base import Problem
from fractbench.window import Window, canonical, decimal

MOST_DECADES = 500
_EXACT = Context(prec=8000)
_FORM = "type --to X,Y --width W --decades N"


def ladder(
    problem: Problem,
    *,
    to: str | None = None,
    width: str | None = None,
    view: str | None = None,
    decades: str | None = None,
) -> tuple[Window, ...]:
    """Return the windows of a zoom, widest first; the last is the target.

    Args:
        problem: what is filmed; it has two axes.
        to: the target's centre, ``X,Y``, exact decimals of any length.
        width: the target's extent on both axes, with `to`.
        view: a named window as the target instead; ``published`` if neither is told.
        decades: how much wider the first window is, at least. Without it the film begins with the
            first frame of the view's own ladder or, for `to`, with the widest window that the view
            ``start`` is no narrower than.

    Raises:
        UsageError: the problem has one axis or no such view, or the options do not fit together.
    """
    if len(problem.axes) != 2:
        raise UsageError(
            f"{problem.name} has one axis and a film shows two; type fractbench problems"
        )
    center, extent = _target(problem, to, width, view)
    steps = _doublings(problem, extent, view or ("" if to else "published"), decades)
    widths = [_EXACT.multiply(extent, Decimal(2**k)) for k in range(steps, -1, -1)]
    windows = tuple(Window.around(center, canonical(w)) for w in widths)
    _check_range(problem, windows[0])
    return windows


def _target(
    problem: Problem, to: str | None, width: str | None, view: str | None
) -> tuple[str, Decimal]:
    if to is not None and view is not None:
        raise UsageError("--to and --view both choose where the film ends; type one")
    if (to is None) != (width is None):
        raise UsageError("--to and --width need each other; type both, or --view")
    if to is not None and width is not None:
        extent = decimal(width, "--width takes a number above 0")
        if to.count(",") != 1:
            raise UsageError(f"{to!r} is no centre of a film; type --to X,Y")
        Window.around(to, width)
        return to, extent
    if view is None and "published" not in problem.views:
        raise UsageError(f"{problem.name} has no published ladder; {_FORM}")
    return _middle(problem.view(view or "published"), view or "published")


def _middle(window: Window, name: str) -> tuple[str, Decimal]:
    ends = [(Decimal(low), Decimal(high)) for low, high in window.intervals]
    extents = {_EXACT.subtract(high, low) for low, high in ends}
    if len(extents) != 1:
        raise UsageError(f"the view {name} is not equally wide on both axes; {_FORM}")
    half = Decimal("0.5")
    centers = [_EXACT.multiply(_EXACT.add(low, high), half) for low, high in ends]
    return ",".join(canonical(c) for c in centers), extents.pop()


def _doublings(problem: Problem, extent: Decimal, view: str, decades: str | None) -> int:
    """Return how many times the target's width is doubled."""
    if decades is not None:
        number = float(decimal(decades, "--decades takes a number above 0"))
        if not 0 < number <= MOST_DECADES:
            raise UsageError(
                f"--decades {decades} is not allowed; type a number above 0, to {MOST_DECADES}"
            )
        return ceil(number * log2(10))
    if view == "published" or view.startswith("published:"):
        widest = _middle(problem.view("published:0"), "published:0")[1]
        return _halvings(Fraction(widest), Fraction(extent))
    start = problem.view("start")
    widest_start = min(high - low for low, high in (start.bounds(0), start.bounds(1)))
    found = _halvings(widest_start, Fraction(extent))
    if not found:
        raise UsageError("nothing says how wide the film begins; type --decades N")
    return found


def _halvings(widest: Fraction, extent: Fraction) -> int:
    """Return the largest n with ``extent * 2**n <= widest``, or 0."""
    return max(int(widest // extent), 1).bit_length() - 1


def _check_range(problem: Problem, widest: Window) -> None:
    for index, axis in enumerate(problem.axes):
        low, high = widest.bounds(index)
        if low < Fraction(axis.low) or high > Fraction(axis.high):
            shown = ":".join(widest.intervals[index])
            raise UsageError(
                f"the film's first window {shown} leaves what {axis.label} allows "
                f"({axis.low}:{axis.high}); type a smaller --decades"
            )
