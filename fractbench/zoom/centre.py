"""centre: follow the boundary of a map inward, to a point on it at any depth.

A round trains one row of pixels across the window, picks a place where the class changes between
two neighbours, and goes on with a window of two spacings about its middle; so each round divides
the width by 512. Which change is picked, and the row of the first round, depend on a seed alone.
The precision follows the width: strict float32 at first, then references of as many bits as the
spacing needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.contract import PERTURBED, arithmetic
from fractbench.errors import UsageError
from fractbench.grid import Grid, points
from fractbench.map import Map
from fractbench.plan import DOUBT, Plan, check_perturbed
from fractbench.problems.base import Problem
from fractbench.window import Window, canonical

POINTS = 1025
COARSE = Fraction(1, 1 << 17)
"""Spacing in decades above which float32 tells neighbours well apart: some 90 ulps."""
ROWS = 24
"""Rows that are tried for a first change, and times that a round may go back to a wider window."""
Maker = Callable[[Plan], Map]


@dataclass(frozen=True)
class Centre:
    """A point on the boundary: the class changes within `width` decades of it along x.

    `x` and `y` are exact decimals; `bits` is the precision of the last round's references, 24
    where it trained in float32 itself.
    """

    x: Decimal
    y: Decimal
    width: Decimal
    bits: int

    @property
    def text(self) -> str:
        """The centre as ``--center`` takes it."""
        return f"{canonical(self.x)},{canonical(self.y)}"


def follow(problem: Problem, window: Window, width: Decimal, make: Maker, seed: int = 0
           ) -> Iterator[Centre]:  # fmt: skip
    """Yield the Centre of every round, until its width is at most `width`.

    Args:
        problem: a network, with its steps.
        window: where to begin.
        width: decades.
        make: returns the Map of a Plan of one row.
        seed: decides which changes are picked.

    Raises:
        UsageError: the Problem has no deep zoom, or no row meets the boundary.
    """
    check_perturbed(problem)
    now, tries = _first(problem, window, make, seed), 0
    path = [now]
    yield now
    while now.width > width:
        row = _row(problem, Window.around(now.text, canonical(now.width * 2)), make)
        found = _pick(row, seed, len(path))
        if found is not None:
            path.append(now := found)
            yield now
            continue
        tries += 1
        if tries > ROWS or len(path) == 1:
            raise UsageError(
                f"the boundary of {problem.spec} was lost at {now.text}, width {now.width:.1e}; "
                f"type another --seed than {seed}"
            )
        path.pop()
        now = path[-1]


def _first(problem: Problem, window: Window, make: Maker, seed: int) -> Centre:
    (left, right), (low, high) = window.intervals[0], window.bounds(1)
    step = (high - low) / 1024
    for attempt in range(ROWS):
        y = low + step * (1 + _number(seed, "row", attempt) % 1023)
        ends = (canonical(_decimal(y - step / 4, step)), canonical(_decimal(y + step / 4, step)))
        found = _pick(_row(problem, Window(((left, right), ends)), make), seed, 0)
        if found is not None:
            return found
    raise UsageError(
        f"none of {ROWS} rows of the window {window} meets a boundary of {problem.spec}; type "
        "another --window or --seed"
    )


def _row(problem: Problem, window: Window, make: Maker) -> Map:
    low, high = window.bounds(0)
    contract = "strict" if (high - low) / (POINTS - 1) > COARSE else PERTURBED
    return make(Plan(problem, Grid(window, POINTS, 1), arithmetic(contract)))


def _pick(row: Map, seed: int, depth: int) -> Centre | None:
    """Return one of the changes of class between two neighbours of which none is doubtful."""
    doubt = row.accumulators.get(DOUBT)
    sure = np.ones(POINTS, bool) if doubt is None else np.asarray(doubt[0] == 0)
    changes = changes_of(row.converged[0], sure)
    if not len(changes):
        return None
    at = int(changes[_number(seed, "change", depth) % len(changes)])
    x = points(*row.grid.window.bounds(0), POINTS)
    spacing, y = x[1] - x[0], sum(row.grid.window.bounds(1)) / 2
    bits = int(row.made.get("bits", 24))
    middle = (x[at] + x[at + 1]) / 2
    return Centre(_decimal(middle, spacing), _decimal(Fraction(y), spacing),
                  _decimal(spacing, spacing), bits)  # fmt: skip


def changes_of(converged: NDArray[np.bool_], sure: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return every k where pixels k and k + 1 are sure and of different classes."""
    return np.flatnonzero((converged[1:] != converged[:-1]) & sure[1:] & sure[:-1])


def _decimal(value: Fraction, spacing: Fraction) -> Decimal:
    """Return the value to a thousandth of the spacing, so that a centre stays short."""
    digits = len(str(int(1 / spacing))) + 3
    exact = Context(prec=digits + 12)
    quotient = exact.divide(Decimal(value.numerator), Decimal(value.denominator))
    return quotient.quantize(Decimal(1).scaleb(-digits), context=exact)


def _number(seed: int, what: str, index: int) -> int:
    """Return a number that depends on its arguments alone, on every system."""
    return int.from_bytes(hashlib.sha256(f"{seed} {what} {index}".encode()).digest()[:8], "big")
